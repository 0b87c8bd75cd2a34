#include "controller/settings_values.h"

#include "controller/ports/lines.h"
#include "controller/settings.h"

#include <string.h>
#include <unistd.h>

const char *settings_check_id(const char *value)
{
        size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-");
        return len > 0 && len < FLOW_ID_MAX && value[len] == '\0'
                       ? NULL
                       : "an identifier is wanted: 1 to 32 of a-z, 0-9 and -";
}

const char *settings_check_optional_id(const char *value)
{
        return value[0] == '\0' ? NULL : settings_check_id(value);
}

const char *settings_check_path(const char *value)
{
        return value[0] == '/' || value[0] == '.' ? NULL
                                                  : "a path that begins with / or . is wanted";
}

const char *settings_check_optional_path(const char *value)
{
        return value[0] == '\0' ? NULL : settings_check_path(value);
}

int settings_parse_time(const char *value)
{
        if (strlen(value) != 5 || value[2] != ':' || strspn(value, "0123456789:") != 5)
                return -1;
        int hour = 10 * (value[0] - '0') + value[1] - '0';
        int minute = 10 * (value[3] - '0') + value[4] - '0';
        return value[3] != ':' && hour < 24 && minute < 60 ? 60 * hour + minute : -1;
}

const char *settings_check_time(const char *value)
{
        return value[0] == '\0' || settings_parse_time(value) >= 0
                       ? NULL
                       : "a time of day is wanted, such as 04:00";
}

/* A name that the C library does not know would silently mean UTC. */
const char *settings_check_time_zone(const char *value)
{
        char path[SETTINGS_LINE_MAX + 32];
        snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", value);
        bool is_plain = value[0] != '/' && value[0] != '.' && !strstr(value, "..");
        return value[0] == '\0' || (is_plain && access(path, R_OK) == 0)
                       ? NULL
                       : "not a time zone of this machine; one is wanted such as Asia/Ho_Chi_Minh";
}

const char *settings_check_line(const char *value)
{
        struct settings_line line;
        return settings_parse_line(value, &line);
}

const char *settings_parse_line(const char *value, struct settings_line *line)
{
        char words[SETTINGS_LINE_MAX];
        char *rest = NULL;
        if (strlen(value) >= sizeof(words))
                return "the text is too long";
        strcpy(words, value);
        *line = (struct settings_line){ .bias = LINE_BIAS_AS_IS };
        char *word = strtok_r(words, " ", &rest);
        if (!word)
                return NULL;
        strcpy(line->line, word);
        while ((word = strtok_r(NULL, " ", &rest))) {
                if (strcmp(word, "active-low") == 0)
                        line->is_active_low = true;
                else if (strcmp(word, "pull-up") == 0)
                        line->bias = LINE_BIAS_PULL_UP;
                else if (strcmp(word, "pull-down") == 0)
                        line->bias = LINE_BIAS_PULL_DOWN;
                else if (strcmp(word, "as-is") == 0)
                        line->bias = LINE_BIAS_AS_IS;
                else if (strcmp(word, "bias-off") == 0)
                        line->bias = LINE_BIAS_OFF;
                else
                        return "a line is a name or number, then any of active-low, pull-up, "
                               "pull-down, bias-off, as-is";
        }
        return NULL;
}

unsigned int settings_parse_roles(const char *value)
{
        static const struct {
                const char *name;
                enum manager_role role;
        } known[] = {
                { "access", MANAGER_ACCESS },     { "lockopen", MANAGER_LOCKOPEN },
                { "lockdown", MANAGER_LOCKDOWN }, { "release", MANAGER_RELEASE },
                { "sync", MANAGER_SYNC },         { "config", MANAGER_CONFIG },
                { "registry", MANAGER_REGISTRY },
        };
        unsigned int roles = 0;
        while (*(value += strspn(value, " "))) {
                unsigned int role = 0;
                size_t len = strcspn(value, " ");
                for (size_t i = 0; i < ARRAY_LEN(known); i++)
                        if (strlen(known[i].name) == len && strncmp(known[i].name, value, len) == 0)
                                role = known[i].role;
                if (role == 0)
                        return 0;
                roles |= role;
                value += len;
        }
        return roles;
}

const char *settings_check_roles(const char *value)
{
        return settings_parse_roles(value) != 0
                       ? NULL
                       : "roles are any of access, lockopen, lockdown, release, sync, config, "
                         "registry";
}

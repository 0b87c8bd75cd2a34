/* Settings: reading the file, and what must agree between its keys. */
#include "controller/settings.h"

#include <errno.h>
#include <string.h>

/* A line may serve one purpose only; `seen` collects the names met so far. */
struct line_census {
        const char *path;
        FILE *complaints;
        char seen[SETTINGS_POINTS_MAX * 8 + 2][SETTINGS_LINE_MAX];
        char owner[SETTINGS_POINTS_MAX * 8 + 2][96];
        size_t count;
        int complained;
};

static void count_line(struct line_census *census, const char *section, const char *key,
                       const char *value)
{
        struct settings_line line;
        if (settings_parse_line(value, &line) || line.line[0] == '\0')
                return;
        for (size_t i = 0; i < census->count; i++) {
                if (strcmp(census->seen[i], line.line) != 0)
                        continue;
                fprintf(census->complaints, "%s: [%s] %s: line %s is already %s\n", census->path,
                        section, key, line.line, census->owner[i]);
                census->complained++;
                return;
        }
        snprintf(census->owner[census->count], sizeof(census->owner[0]), "[%s] %s", section, key);
        strcpy(census->seen[census->count++], line.line);
}

static void count_point_lines(struct line_census *census, const struct settings_point *point)
{
        char section[64];
        snprintf(section, sizeof(section), "access-point %s", point->id);
        count_line(census, section, "pass-line", point->pass_line);
        count_line(census, section, "release-line", point->release_line);
        count_line(census, section, "sensor-line", point->sensor_line);
        count_line(census, section, "button-line", point->button_line);
        count_line(census, section, "tamper-line", point->tamper_line);
        count_line(census, section, "green-line", point->green_line);
        count_line(census, section, "red-line", point->red_line);
        count_line(census, section, "buzzer-line", point->buzzer_line);
}

static int complain_point(const struct settings_point *point, const char *path, FILE *complaints)
{
        int complained = 0;
        if (point->pass_line[0] == '\0' && ++complained)
                fprintf(complaints, "%s: [access-point %s] pass-line: must be given\n", path,
                        point->id);
        if (point->camera_source[0] == '\0' && ++complained)
                fprintf(complaints, "%s: [access-point %s] camera-source: must be given\n", path,
                        point->id);
        if (point->direction < 0 && ++complained)
                fprintf(complaints, "%s: [access-point %s] direction: must be given\n", path,
                        point->id);
        if (point->window_ms < point->pulse_ms && ++complained)
                fprintf(complaints,
                        "%s: [access-point %s] window-ms: must not be shorter than pulse-ms\n",
                        path, point->id);
        return complained;
}

static int complain_manager(const struct settings_manager *manager, const char *path,
                            FILE *complaints)
{
        int complained = 0;
        if (manager->key_file[0] == '\0' && ++complained)
                fprintf(complaints, "%s: [manager %s] key: must be given\n", path, manager->name);
        if (manager->roles[0] == '\0' && ++complained)
                fprintf(complaints, "%s: [manager %s] roles: must be given\n", path, manager->name);
        return complained;
}

int settings_check(const struct settings *settings, const char *path, FILE *complaints)
{
        struct line_census census = { .path = path, .complaints = complaints };
        int complained = 0;
        if (settings->points == 0 && ++complained)
                fprintf(complaints, "%s: no [access-point NAME] section\n", path);
        count_line(&census, "fire", "line", settings->fire.fire_line);
        count_line(&census, "fire", "reset-line", settings->fire.reset_line);
        for (size_t i = 0; i < settings->points; i++) {
                complained += complain_point(&settings->point[i], path, complaints);
                count_point_lines(&census, &settings->point[i]);
        }
        for (size_t i = 0; i < settings->managers; i++)
                complained += complain_manager(&settings->manager[i], path, complaints);
        if (settings->fire.fire_line[0] != '\0' && settings->fire.reset_line[0] == '\0' &&
            ++complained)
                fprintf(complaints, "%s: [fire] reset-line: a fire line needs one\n", path);
        /* It has no reasons: what nobody wanted or the access list dropped would count as settled.
         */
        if (settings->uplink.mqtt == MQTT_311 && settings->uplink.ack == ACK_PUBACK && ++complained)
                fprintf(complaints, "%s: [uplink] ack: puback needs mqtt = 5\n", path);
        bool is_loopback = strcmp(settings->uplink.host, "localhost") == 0 ||
                           strncmp(settings->uplink.host, "127.", 4) == 0 ||
                           strcmp(settings->uplink.host, "::1") == 0;
        if (!settings->uplink.is_tls && !is_loopback && ++complained)
                fprintf(complaints, "%s: [uplink] tls: no is for loopback only\n", path);
        return complained + census.complained > 0 ? -EINVAL : 0;
}

int settings_load(struct settings *settings, const char *path, FILE *complaints)
{
        memset(settings, 0, sizeof(*settings));
        option_defaults(&settings_table, settings);
        int error = option_load(&settings_table, settings, path, complaints);
        if (error && error != -EINVAL)
                return error;
        int disagreement = settings_check(settings, path, complaints);
        return error ? error : disagreement;
}

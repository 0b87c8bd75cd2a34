#include "controller/overrides.h"

#include "common/log.h"
#include "common/replace.h"

#include <errno.h>
#include <string.h>

#define FIRST_LINE       "stile overrides 1\n"
#define LAST_LINE        "end\n"
#define BETWEEN          " = "
#define VALUE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
#define NAME_CHARACTERS  VALUE_CHARACTERS " ."

/* Sections of which nothing is changed from afar, whatever is live in them. */
static const char *const kept_sections[] = { "gate",     "fire",   "lines",
                                             "commands", "uplink", "manager" };

static bool is_kept(const char *section)
{
        for (size_t i = 0; i < ARRAY_LEN(kept_sections); i++)
                if (strcmp(kept_sections[i], section) == 0)
                        return true;
        return false;
}

static const struct option_row *find_option(const char *section, size_t section_len,
                                            const char *key)
{
        for (size_t i = 0; i < settings_table.option_count; i++) {
                const struct option_row *option = &settings_table.options[i];
                if (strlen(option->section) == section_len &&
                    strncmp(option->section, section, section_len) == 0 &&
                    strcmp(option->key, key) == 0)
                        return option;
        }
        return NULL;
}

/* Where the section's values are; NULL: there is no such one. `element` is "" or the rest of the
 * header, " entry". */
static void *find_base(struct settings *settings, const struct option_row *option,
                       const char *element)
{
        if (strcmp(option->section, "access-point") != 0)
                return element[0] == '\0' ? settings : NULL;
        for (size_t i = 0; element[0] == ' ' && i < settings->points; i++)
                if (strcmp(settings->point[i].id, element + 1) == 0)
                        return &settings->point[i];
        return NULL;
}

static const char *lay_one(const struct override *item, struct settings *settings, char *room,
                           size_t size)
{
        char header[OVERRIDE_NAME_MAX];
        strcpy(header, item->name);
        char *dot = strrchr(header, '.');
        if (!dot)
                return "section.key is wanted";
        *dot = '\0';
        size_t word = strcspn(header, " ");
        const struct option_row *option = find_option(header, word, dot + 1);
        void *base = option ? find_base(settings, option, header + word) : NULL;
        if (!base)
                return "there is no such option";
        if (is_kept(option->section))
                return "is not to be changed from afar";
        if (!option->is_live)
                return "needs a restart, and gate.conf";
        return option_set(option, base, item->value, room, size);
}

/* Lays them over `settings`, which are half changed on false. */
static bool lay(const struct overrides *overrides, struct settings *settings, const char *path,
                char why[OVERRIDES_WHY_MAX])
{
        char room[OVERRIDES_WHY_MAX / 2];
        for (size_t i = 0; i < overrides->count; i++) {
                const struct override *item = &overrides->item[i];
                const char *wrong = lay_one(item, settings, room, sizeof(room));
                if (!wrong)
                        continue;
                snprintf(why, OVERRIDES_WHY_MAX, "%s: %s", item->name, wrong);
                return false;
        }
        FILE *complaints = fmemopen(why, OVERRIDES_WHY_MAX, "w");
        if (!complaints)
                return false;
        int error = settings_check(settings, path, complaints);
        fclose(complaints);
        why[OVERRIDES_WHY_MAX - 1] = '\0';
        why[strcspn(why, "\n")] = '\0';
        return error == 0;
}

void overrides_lay(struct overrides *overrides, struct settings *settings, const char *path)
{
        char why[OVERRIDES_WHY_MAX] = "out of memory";
        if (overrides->count == 0)
                return;
        struct settings *laid = malloc(sizeof(*laid));
        if (laid)
                *laid = *settings;
        overrides->is_ignored = !laid || !lay(overrides, laid, path, why);
        if (overrides->is_ignored)
                log_error("overrides ignored", "path=%s reason=\"%s\"", overrides->path, why);
        else
                *settings = *laid;
        if (!overrides->is_ignored)
                log_info("options are overridden", "path=%s count=%zu", overrides->path,
                         overrides->count);
        free(laid);
}

static bool is_word(const char *text, const char *characters, size_t max)
{
        size_t len = strlen(text);
        return len > 0 && len < max && strspn(text, characters) == len;
}

static struct override *find(struct overrides *overrides, const char *name)
{
        for (size_t i = 0; i < overrides->count; i++)
                if (strcmp(overrides->item[i].name, name) == 0)
                        return &overrides->item[i];
        return NULL;
}

/* NULL, or why not. */
static const char *set_one(struct overrides *overrides, const char *name, const char *value)
{
        if (!value || !is_word(value, VALUE_CHARACTERS, OVERRIDE_VALUE_MAX))
                return "a short text is wanted";
        struct override *item = find(overrides, name);
        if (!item && overrides->count == OVERRIDES_MAX)
                return "more options than are kept";
        if (!item) {
                item = &overrides->item[overrides->count++];
                strcpy(item->name, name);
        }
        strcpy(item->value, value);
        return NULL;
}

static const char *unset_one(struct overrides *overrides, const char *name)
{
        struct override *item = find(overrides, name);
        if (!item)
                return "is not overridden";
        struct override *last = &overrides->item[--overrides->count];
        if (item != last)
                *item = *last;
        return NULL;
}

/* A stranger's word is repeated only when it is harmless. */
static bool complain(char why[OVERRIDES_WHY_MAX], const char *name, const char *wrong)
{
        snprintf(why, OVERRIDES_WHY_MAX, "%s: %s", name, wrong);
        return false;
}

static bool change(struct overrides *overrides, const json_t *set, const json_t *unset,
                   char why[OVERRIDES_WHY_MAX])
{
        const char *name;
        json_t *value;
        size_t index;
        json_array_foreach(unset, index, value)
        {
                name = json_string_value(value);
                if (!name || !is_word(name, NAME_CHARACTERS, OVERRIDE_NAME_MAX))
                        return complain(why, "unset", "section.key is wanted");
                const char *wrong = unset_one(overrides, name);
                if (wrong)
                        return complain(why, name, wrong);
        }
        json_object_foreach((json_t *)set, name, value)
        {
                if (!is_word(name, NAME_CHARACTERS, OVERRIDE_NAME_MAX))
                        return complain(why, "set", "section.key is wanted");
                const char *wrong = set_one(overrides, name, json_string_value(value));
                if (wrong)
                        return complain(why, name, wrong);
        }
        return true;
}

bool overrides_change(struct overrides *overrides, const json_t *set, const json_t *unset,
                      const struct settings *base, char why[OVERRIDES_WHY_MAX])
{
        struct overrides *changed = malloc(sizeof(*changed));
        struct settings *settings = malloc(sizeof(*settings));
        bool is_good = changed && settings;
        if (is_good) {
                *changed = *overrides;
                changed->is_ignored = false;
                *settings = *base;
                is_good = change(changed, set, unset, why) &&
                          lay(changed, settings, "gate.conf", why);
        } else {
                snprintf(why, OVERRIDES_WHY_MAX, "out of memory");
        }
        if (is_good)
                *overrides = *changed;
        free(settings);
        free(changed);
        return is_good;
}

static void fill(const void *context, FILE *file)
{
        const struct overrides *overrides = context;
        fputs(FIRST_LINE, file);
        for (size_t i = 0; i < overrides->count; i++)
                fprintf(file, "%s" BETWEEN "%s\n", overrides->item[i].name,
                        overrides->item[i].value);
        fputs(LAST_LINE, file);
}

int overrides_save(const struct overrides *overrides)
{
        return replace_file(overrides->path, fill, overrides);
}

static bool read_line(struct overrides *overrides, char *line)
{
        line[strcspn(line, "\n")] = '\0';
        char *between = strstr(line, BETWEEN);
        if (!between)
                return false;
        *between = '\0';
        return is_word(line, NAME_CHARACTERS, OVERRIDE_NAME_MAX) && !find(overrides, line) &&
               !set_one(overrides, line, between + sizeof(BETWEEN) - 1);
}

void overrides_load(struct overrides *overrides, const char *store_folder)
{
        char line[OVERRIDE_NAME_MAX + OVERRIDE_VALUE_MAX + 8];
        bool is_ended = false;
        *overrides = (struct overrides){ .count = 0 };
        snprintf(overrides->path, sizeof(overrides->path), "%s/overrides", store_folder);
        FILE *file = fopen(overrides->path, "re");
        int error = file ? 0 : errno;
        if (error == ENOENT)
                return;
        bool is_good = file && fgets(line, sizeof(line), file) && strcmp(line, FIRST_LINE) == 0;
        while (is_good && !is_ended && fgets(line, sizeof(line), file)) {
                is_ended = strcmp(line, LAST_LINE) == 0;
                is_good = is_ended || read_line(overrides, line);
        }
        if (file)
                fclose(file);
        if (is_good && is_ended)
                return;
        log_error("overrides cannot be read, gate.conf alone counts", "path=%s error=%s",
                  overrides->path, error ? strerror(error) : "damaged");
        overrides->count = 0;
        overrides->is_ignored = true;
}

#include "controller/record/modes.h"

#include "common/log.h"
#include "common/replace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char first_line[] = "stile modes 1\n";
static const char last_line[] = "end\n";

static int find_point(const struct settings *settings, const char *id)
{
        for (size_t i = 0; i < settings->points; i++)
                if (strcmp(settings->point[i].id, id) == 0)
                        return (int)i;
        return -1;
}

/* Points that the settings no longer have are forgotten. False: not a line of ours. */
static bool read_line(struct modes *modes, const struct settings *settings, char *line)
{
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "fire") == 0) {
                modes->is_fire = true;
                return true;
        }
        char *id = strchr(line, ' ');
        if (!id)
                return false;
        *id++ = '\0';
        int point = find_point(settings, id);
        if (strcmp(line, "lock-down") == 0 && point >= 0)
                modes->is_locked_down[point] = true;
        else if (strcmp(line, "lock-open") == 0 && point >= 0)
                modes->is_locked_open[point] = true;
        return strcmp(line, "lock-down") == 0 || strcmp(line, "lock-open") == 0;
}

int modes_load(struct modes *modes, const struct settings *settings, const char *path)
{
        *modes = (struct modes){ 0 };
        FILE *file = fopen(path, "re");
        if (!file)
                return errno == ENOENT ? 0 : -errno;
        char line[128];
        bool is_good = fgets(line, sizeof(line), file) && strcmp(line, first_line) == 0;
        bool is_ended = false;
        while (is_good && !is_ended && fgets(line, sizeof(line), file)) {
                is_ended = strcmp(line, last_line) == 0;
                is_good = is_ended || read_line(modes, settings, line);
        }
        fclose(file);
        if (is_good && is_ended)
                return 0;
        log_error("modes file damaged, released until reset", "path=%s", path);
        *modes = (struct modes){ .is_fire = true };
        return 0;
}

/* Modes and the settings that name their points. */
struct content {
        const struct modes *modes;
        const struct settings *settings;
};

static void fill(const void *context, FILE *file)
{
        const struct content *content = context;
        const struct modes *modes = content->modes;
        const struct settings *settings = content->settings;
        fputs(first_line, file);
        if (modes->is_fire)
                fputs("fire\n", file);
        for (size_t i = 0; i < settings->points; i++) {
                if (modes->is_locked_down[i])
                        fprintf(file, "lock-down %s\n", settings->point[i].id);
                if (modes->is_locked_open[i])
                        fprintf(file, "lock-open %s\n", settings->point[i].id);
        }
        fputs(last_line, file);
}

int modes_save(const struct modes *modes, const struct settings *settings, const char *path)
{
        return replace_file(path, fill, &(struct content){ modes, settings });
}

static bool set_points(bool *flags, const struct settings *settings, int point, bool is_on)
{
        bool has_changed = false;
        for (size_t i = 0; i < settings->points; i++) {
                if (point >= 0 && point != (int)i)
                        continue;
                has_changed = has_changed || flags[i] != is_on;
                flags[i] = is_on;
        }
        return has_changed;
}

bool modes_apply(struct modes *modes, const struct settings *settings, enum event event, int point)
{
        bool was_fire = modes->is_fire;
        switch ((int)event) {
        case EVENT_FIRE_RELEASE:
        case EVENT_FIRE_RESET:
                modes->is_fire = event == EVENT_FIRE_RELEASE;
                return modes->is_fire != was_fire;
        case EVENT_LOCK_DOWN:
        case EVENT_LOCK_DOWN_RELEASE:
                return set_points(modes->is_locked_down, settings, point, event == EVENT_LOCK_DOWN);
        case EVENT_LOCK_OPEN:
        case EVENT_LOCK_OPEN_RELEASE:
                return set_points(modes->is_locked_open, settings, point, event == EVENT_LOCK_OPEN);
        }
        return false;
}

/*
 * Overrides: live options that managers have changed from afar (cmd/config). A small text file
 * beside the journal, laid over gate.conf at the start and at each reload:
 *
 *     stile overrides 1
 *     rules.passback = hard
 *     access-point entry.pulse-ms = 900
 *     end
 *
 * Who the gate is, whom it obeys, its fire loop, its lines and its link to the broker are nobody's
 * to change from afar. Belongs to desk's thread after the start.
 */
#pragma once

#include "controller/settings.h"
#include <jansson.h>

enum {
        OVERRIDES_MAX = 64,
        OVERRIDE_NAME_MAX = 80,  /* "access-point NAME.key" */
        OVERRIDE_VALUE_MAX = 33, /* numbers and words: no live option is longer */
        OVERRIDES_WHY_MAX = 192,
        OVERRIDES_PATH_MAX = 128
};

struct overrides {
        char path[OVERRIDES_PATH_MAX];
        bool is_ignored; /* they do not go with gate.conf any more, or the file is damaged */
        size_t count;
        struct override {
                char name[OVERRIDE_NAME_MAX];
                char value[OVERRIDE_VALUE_MAX];
        } item[OVERRIDES_MAX];
};

/* Reads the file in the store's folder. None is none; one that cannot be read is said in the log.
 */
void overrides_load(struct overrides *overrides, const char *store_folder);
/* Lays them over settings that were read from `path`, all of them or, after a log line, none. */
void overrides_lay(struct overrides *overrides, struct settings *settings, const char *path);

/*
 * Changes `overrides` as cmd/config says it: `set` is an object of "section.key": "value", `unset`
 * an array of "section.key"; either may be NULL. `base` are the settings of gate.conf alone. False:
 * *why names the option and what is wrong, and nothing was changed.
 */
MUST_USE bool overrides_change(struct overrides *overrides, const json_t *set, const json_t *unset,
                               const struct settings *base, char why[OVERRIDES_WHY_MAX]);
/* Keeps them. 0 or -errno. Blocks for the disk. */
MUST_USE int overrides_save(const struct overrides *overrides);

/*
 * Modes: what must outlive the process: a fire release that nobody has reset, lock-downs and
 * lock-opens. A small text file beside the journal, replaced as a whole (write, fsync, rename).
 * Belongs to the recorder thread after start.
 */
#pragma once

#include "controller/settings.h"

struct modes {
        bool is_fire;
        bool is_locked_down[SETTINGS_POINTS_MAX], is_locked_open[SETTINGS_POINTS_MAX];
};

/* A missing file means none. 0 or -errno; a damaged file is told and means a fire release: free is
 * the safe side. */
MUST_USE int modes_load(struct modes *modes, const struct settings *settings, const char *path);
MUST_USE int modes_save(const struct modes *modes, const struct settings *settings,
                        const char *path);
/* What an event does to them. True: something changed. `point` -1: all of them. */
bool modes_apply(struct modes *modes, const struct settings *settings, enum event event, int point);

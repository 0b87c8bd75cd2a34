#include "controller/decode/exposure.h"

enum {
        WHITE_MUCH = 35, /* percent of the region's samples: half a code is paper, but not all of it
                            burnt out */
        HIGH_LEAST = 110 /* the lightest sample of a code that has light */
};

static bool is_within(int64_t at_ms, int64_t now_ms, int64_t span_ms)
{
        return at_ms != 0 && now_ms - at_ms < span_ms;
}

/* Away from what is too much, never past the limit. */
static int wanted(const struct exposure *exposure, const struct aim_sight *sight)
{
        if (sight->white_percent >= WHITE_MUCH && exposure->step > -EXPOSURE_STEPS_MAX)
                return exposure->step - 1;
        if (sight->high < HIGH_LEAST && exposure->step < EXPOSURE_STEPS_MAX)
                return exposure->step + 1;
        return exposure->step;
}

int exposure_see(struct exposure *exposure, const struct aim_sight *sight, int64_t now_ms)
{
        bool is_seen = sight->region.patterns >= AIM_PATTERNS;
        if (sight->is_read) {
                exposure->read_ms = now_ms;
                exposure->since_ms = 0;
                return exposure->step;
        }
        if (!is_seen) {
                if (!is_within(exposure->seen_ms, now_ms, EXPOSURE_GONE_MS) &&
                    !is_within(exposure->read_ms, now_ms, EXPOSURE_STAY_MS))
                        exposure->step = 0;
                if (!is_within(exposure->seen_ms, now_ms, AIM_GONE_MS))
                        exposure->since_ms = 0;
                return exposure->step;
        }
        exposure->seen_ms = now_ms;
        if (exposure->since_ms == 0)
                exposure->since_ms = now_ms;
        if (now_ms - exposure->since_ms < EXPOSURE_AFTER_MS ||
            is_within(exposure->step_ms, now_ms, EXPOSURE_STEP_MS))
                return exposure->step;
        int step = wanted(exposure, sight);
        if (step != exposure->step)
                exposure->step_ms = now_ms;
        exposure->step = step;
        return step;
}

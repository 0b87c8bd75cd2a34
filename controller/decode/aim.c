#include "controller/decode/aim.h"

enum {
        SAMPLES = 32, /* to a side of the region */
        CONTRAST_LEAST = 24,
        EDGE_PX = 2,
        WHITE = 250,
        STAY_MS = 800 /* a hint can be read, and followed, before it becomes another */
};

/* zbar reads best at 4. */
#define MODULE_SMALL_PX 2.5F
#define MODULE_AMPLE_PX 6.0F
#define MODULE_LARGE_PX 12.0F

const char *const aim_hint_names[AIM_HINTS] = { "", "too-dark", "closer", "farther", "hold-still" };

struct aim_sight aim_sight(const struct frame *frame, const struct region *region)
{
        struct aim_sight sight = { .region = *region };
        int low = UINT8_MAX, high = 0, white = 0;
        if (region->patterns == 0)
                return sight;
        for (int i = 0; i < SAMPLES; i++) {
                int y = region->top + region->height * i / SAMPLES;
                const uint8_t *row = frame->luma + (ptrdiff_t)y * frame->stride;
                for (int j = 0; j < SAMPLES; j++) {
                        int x = region->left + region->width * j / SAMPLES;
                        int value = row[(ptrdiff_t)x * frame->step];
                        low = value < low ? value : low;
                        high = value > high ? value : high;
                        white += value >= WHITE;
                }
        }
        sight.contrast = high - low;
        sight.high = high;
        sight.white_percent = 100 * white / (SAMPLES * SAMPLES);
        sight.is_cut = region->left < EDGE_PX || region->top < EDGE_PX ||
                       region->left + region->width > frame->width_px - EDGE_PX ||
                       region->top + region->height > frame->height_px - EDGE_PX;
        return sight;
}

/* A code of many modules is small at any distance: what is cut off cannot come closer. What is
 * large and still and not read is too near for the lens, or it glares. */
static enum aim_hint hint_of(const struct aim_sight *sight)
{
        float module_px = sight->region.module_px;
        if (sight->contrast < CONTRAST_LEAST)
                return AIM_LIGHT;
        if (sight->is_cut || module_px > MODULE_LARGE_PX)
                return AIM_FARTHER;
        if (module_px < MODULE_SMALL_PX)
                return AIM_CLOSER;
        if (sight->is_moving)
                return AIM_STEADY;
        return module_px >= MODULE_AMPLE_PX ? AIM_FARTHER : AIM_CLOSER;
}

enum aim_hint aim_see(struct aim *aim, const struct aim_sight *sight, int64_t now_ms)
{
        bool is_seen = sight->region.patterns >= AIM_PATTERNS;
        if (sight->is_read || (!is_seen && now_ms - aim->seen_ms >= AIM_GONE_MS)) {
                *aim = (struct aim){ .hint = AIM_NONE };
                return AIM_NONE;
        }
        if (!is_seen)
                return aim->hint;
        if (!aim->is_on) {
                aim->is_on = true;
                aim->since_ms = now_ms;
        }
        aim->seen_ms = now_ms;
        int64_t age_ms = now_ms - aim->since_ms;
        aim->is_given_up = aim->is_given_up || age_ms >= AIM_AFTER_MS + AIM_LONGEST_MS;
        if (aim->is_given_up || age_ms < AIM_AFTER_MS)
                aim->hint = AIM_NONE;
        else if (aim->hint == AIM_NONE || now_ms - aim->hint_ms >= STAY_MS) {
                aim->hint = hint_of(sight);
                aim->hint_ms = now_ms;
        }
        return aim->hint;
}

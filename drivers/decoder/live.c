/* Decoder: a camera's way through the stages, from frame to frame. */
#include "drivers/decoder/cascade_private.h"

enum {
        LOOK_LEAST_US = 90000,    /* a code that is shown for 100 ms is looked at, new or not */
        ALIKE_LEAST = 2 * STAGES, /* looks in vain, before the next ones are thought to be, too */
        FRESH_US = 200000         /* a hand has moved further by then */
};

bool live_is_same(struct decoder *decoder, const struct frame *frame)
{
        struct live *live = &decoder->live;
        int64_t age_us = frame->captured_us - live->looked_us;
        bool is_new = motion_is_new(&live->motion, frame);
        live->is_moving = is_new;
        if (is_new)
                live->alike = 0;
        return !is_new && (live->is_read || live->alike >= ALIKE_LEAST) && age_us >= 0 &&
               age_us < LOOK_LEAST_US;
}

static bool is_fresh(int64_t at_us, const struct frame *frame)
{
        return frame->captured_us >= at_us && frame->captured_us - at_us < FRESH_US;
}

int live_begin(struct decoder *decoder, const struct frame *frame)
{
        struct live *live = &decoder->live;
        if (!is_fresh(live->looked_us, frame))
                live->reader = NULL;
        live->looked_us = frame->captured_us;
        live->is_read = false;
        live->view.patterns = 0;
        if (live->alike < ALIKE_LEAST)
                live->alike++;
        return motion_keep(&live->motion, frame);
}

/* An eighth to each side: what a hand moves in some frames. */
static struct region grown(const struct region *region, const struct frame *frame)
{
        int more_x = region->width / 8, more_y = region->height / 8;
        int left = region->left > more_x ? region->left - more_x : 0;
        int top = region->top > more_y ? region->top - more_y : 0;
        int right = region->left + region->width + more_x;
        int bottom = region->top + region->height + more_y;
        struct region larger = *region;
        larger.left = left;
        larger.top = top;
        larger.width = (right < frame->width_px ? right : frame->width_px) - left;
        larger.height = (bottom < frame->height_px ? bottom : frame->height_px) - top;
        return larger;
}

/* Its middle is. */
static bool is_inside(const struct region *one, const struct region *other)
{
        int x = one->left + one->width / 2 - other->left,
            y = one->top + one->height / 2 - other->top;
        return x >= 0 && x < other->width && y >= 0 && y < other->height;
}

int live_regions(struct decoder *decoder, const struct frame *frame, enum stage_look look,
                 struct region regions[REGIONS_MAX], int count)
{
        struct live *live = &decoder->live;
        if (count > 0 && regions[0].patterns >= CODE_PATTERNS) {
                live->region[look] = regions[0];
                live->region_us[look] = frame->captured_us;
                return count;
        }
        const struct region *last = &live->region[look];
        bool is_within = last->left + last->width <= frame->width_px &&
                         last->top + last->height <= frame->height_px;
        if (last->patterns == 0 || !is_fresh(live->region_us[look], frame) || !is_within)
                return count;
        const struct region known = grown(last, frame);
        if (count == 0 || !is_inside(&regions[0], &known)) {
                count += count < REGIONS_MAX;
                for (int i = count - 1; i > 0; i--)
                        regions[i] = regions[i - 1];
        }
        regions[0] = known;
        return count;
}

/* One slow stage, the next one that has something to look at; a look of its own ends the turn. */
static int run_slow(struct decoder *decoder, const struct frame *frame,
                    struct decoder_report *report)
{
        struct live *live = &decoder->live;
        bool is_seen = decoder->look[STAGE_LOOK_FRAME].count > 0;
        if (is_seen && !live->was_seen)
                live->turn = 0;
        live->was_seen = is_seen;
        if (cascade_is_satisfied(decoder, frame) || cascade_is_over_budget(decoder))
                return 0;
        for (int tried = 1; tried < STAGES; tried++) {
                const struct stage *stage = &stages[1 + live->turn];
                live->turn = (live->turn + 1) % (STAGES - 1);
                if (stage == live->reader)
                        continue; /* it began this frame */
                int before = report->stages;
                int error = stage->look != STAGE_LOOK_FRAME || is_seen
                                    ? cascade_run(decoder, stage, frame, report)
                                    : 0;
                if (error || report->stages > before || stage->look != STAGE_LOOK_FRAME)
                        return error;
        }
        return 0;
}

/* Of codes that were read no pattern is left. */
static struct region unread(const struct decoder *decoder, const struct frame *frame)
{
        struct region most = { .patterns = 0 };
        for (int way = 0; way < STAGE_LOOKS; way++) {
                const struct look *seen = &decoder->look[way];
                struct region regions[REGIONS_MAX];
                int count = region_find(seen->candidates, seen->count, frame->width_px,
                                        frame->height_px, regions);
                if (count > 0 && regions[0].patterns > most.patterns)
                        most = regions[0];
        }
        return most;
}

int live_run(struct decoder *decoder, const struct frame *frame, struct decoder_report *report)
{
        struct live *live = &decoder->live;
        int error = 0;
        /* What read the frame before is likely to read this one. */
        if (live->reader && live->reader != &stages[0])
                error = cascade_run(decoder, live->reader, frame, report);
        if (!error && !cascade_is_satisfied(decoder, frame))
                error = cascade_run(decoder, &stages[0], frame, report);
        if (!error)
                error = run_slow(decoder, frame, report);
        live->view = unread(decoder, frame);
        live->is_read = cascade_is_satisfied(decoder, frame);
        live->reader = decoder->found > 0 ? &stages[stage_index(decoder->payload[0].stage)] : NULL;
        return error;
}

/*
 * Decoder port: a cascade of stages (controller/decode/stage.h) over zbar.
 *
 * Finder patterns say where in the frame a code may lie; a stage makes an image of that region, and
 * zbar reads the image. A frame in which none of the looks sees a pattern costs the looks alone.
 * Every image is counted before zbar gets it, not only the frame: sharpening and thresholds bring
 * out patterns that were too faint to be counted, and zbar's time grows with their cube.
 */
#include "drivers/decoder/cascade_private.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
        CANDIDATES_UNLIMITED = 256 /* how many are counted when no number is too many */
};

static int64_t thread_cpu_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int decoder_new(const struct decoder_settings *settings, struct decoder **result)
{
        if (settings->candidates_max < 0 || settings->candidates_max == INT_MAX ||
            settings->budget_ms < 0)
                return -EINVAL;
        struct decoder *decoder = calloc(1, sizeof(*decoder));
        if (!decoder)
                return -ENOMEM;
        decoder->settings = *settings;
        decoder->capacity =
                settings->candidates_max ? settings->candidates_max + 1 : CANDIDATES_UNLIMITED;
        size_t capacity = (size_t)decoder->capacity;
        bool is_whole = (decoder->counted = calloc(capacity, sizeof(*decoder->counted))) &&
                        (decoder->zbar = zbar_pass_new()) && !zxing_pass_new(&decoder->zxing);
        for (int i = 0; i < STAGE_LOOKS; i++) {
                decoder->look[i].candidates =
                        calloc(capacity, sizeof(*decoder->look[i].candidates));
                is_whole = is_whole && decoder->look[i].candidates;
        }
        if (!is_whole) {
                decoder_free(decoder);
                return -ENOMEM;
        }
        *result = decoder;
        return 0;
}

struct decoder *decoder_free(struct decoder *decoder)
{
        if (!decoder)
                return NULL;
        for (int i = 0; i < STAGE_LOOKS; i++)
                free(decoder->look[i].candidates);
        free(decoder->counted);
        zbar_pass_free(decoder->zbar);
        zxing_pass_free(decoder->zxing);
        motion_deinit(&decoder->live.motion);
        stage_bench_deinit(&decoder->bench);
        free(decoder);
        return NULL;
}

static bool is_possible(const struct frame *frame)
{
        return frame->luma && frame->width_px > 0 && frame->width_px <= FINDER_SIDE_MAX &&
               frame->height_px > 0 && frame->height_px <= FINDER_SIDE_MAX && frame->step > 0 &&
               frame->stride > (int64_t)(frame->width_px - 1) * frame->step;
}

static bool is_too_many(const struct decoder *decoder, int candidates)
{
        return decoder->settings.candidates_max > 0 &&
               candidates > decoder->settings.candidates_max;
}

/* 0 or -ENOMEM. A look that sees too many patterns sees nothing. */
static int look(struct decoder *decoder, const struct frame *frame, enum stage_look way)
{
        struct look *seen = &decoder->look[way];
        if (seen->is_done)
                return 0;
        int count = stage_look(way, frame, &decoder->bench, seen->candidates, decoder->capacity);
        if (count < 0)
                return count;
        seen->is_done = true;
        seen->count = is_too_many(decoder, count) ? 0 : count;
        return 0;
}

static bool is_known(const struct decoder *decoder, const struct zbar_code *code)
{
        for (int i = 0; i < decoder->found; i++)
                if (decoder->payload[i].len == code->len &&
                    memcmp(decoder->payload[i].bytes, code->bytes, code->len) == 0)
                        return true;
        return false;
}

static void keep_code(struct decoder *decoder, const struct zbar_code *code,
                      const struct frame *frame, const char *stage)
{
        if (code->len > FLOW_PAYLOAD_MAX || decoder->found == DECODER_CODES_MAX ||
            is_known(decoder, code))
                return;
        struct payload *payload = &decoder->payload[decoder->found++];
        memcpy(payload->bytes, code->bytes, code->len);
        payload->bytes[code->len] = 0;
        payload->len = code->len;
        payload->captured_us = frame->captured_us;
        payload->decoded_us = monotonic_us();
        payload->stage = stage;
}

/* Does the code cover that point of the image? Its corners go round, either way. */
static bool is_covered(const struct zbar_code *code, float x, float y)
{
        int left = 0, right = 0;
        for (int i = 0; i < code->corners; i++) {
                int j = (i + 1) % code->corners;
                float dx = (float)(code->corner[j].x - code->corner[i].x);
                float dy = (float)(code->corner[j].y - code->corner[i].y);
                float side =
                        dx * (y - (float)code->corner[i].y) - dy * (x - (float)code->corner[i].x);
                left += side < 0;
                right += side > 0;
        }
        return code->corners > 0 && (left == 0 || right == 0);
}

/* A code that was read needs no other stage: its patterns are taken out of what was seen. */
static void take_out(struct decoder *decoder, const struct zbar_code *code,
                     const struct region *region, float scale)
{
        float left = region ? (float)region->left : 0, top = region ? (float)region->top : 0;
        for (int way = 0; way < STAGE_LOOKS; way++) {
                struct look *seen = &decoder->look[way];
                int kept = 0;
                for (int i = 0; i < seen->count; i++) {
                        float x = ((float)seen->candidates[i].x_px - left) * scale;
                        float y = ((float)seen->candidates[i].y_px - top) * scale;
                        if (!is_covered(code, x, y))
                                seen->candidates[kept++] = seen->candidates[i];
                }
                seen->count = kept;
        }
}

static int pass(struct decoder *decoder, const struct stage *stage, const struct frame *image,
                struct zbar_code codes[DECODER_CODES_MAX])
{
        if (stage->is_zxing)
                return zxing_pass_read(decoder->zxing, image->luma, image->width_px,
                                       image->height_px, codes, DECODER_CODES_MAX);
        return zbar_pass_read(decoder->zbar, image->luma, image->width_px, image->height_px, codes,
                              DECODER_CODES_MAX);
}

/* zbar reads the stage's image. 0 or -errno. */
static int read_image(struct decoder *decoder, const struct stage *stage, const struct frame *frame,
                      const struct region *region)
{
        float scale = 1;
        bool is_in_place = stage->is_whole && frame->step == 1 && frame->stride == frame->width_px;
        struct frame image = *frame;
        if (!is_in_place) {
                int error = stage_prepare(stage, frame, region, &decoder->bench, &scale);
                if (error)
                        return error;
                image = image_frame(&decoder->bench.image);
                if (is_too_many(decoder, finder_find(&image, decoder->counted, decoder->capacity)))
                        return 0;
        }
        struct zbar_code codes[DECODER_CODES_MAX];
        decoder->given_px += (int64_t)image.width_px * image.height_px;
        int count = pass(decoder, stage, &image, codes);
        for (int i = 0; i < count; i++) {
                keep_code(decoder, &codes[i], frame, stage->name);
                take_out(decoder, &codes[i], region, scale);
        }
        return count < 0 ? count : 0;
}

bool cascade_is_over_budget(const struct decoder *decoder)
{
        return decoder->settings.budget_ms > 0 &&
               thread_cpu_us() - decoder->began_us >= (int64_t)decoder->settings.budget_ms * 1000;
}

static bool is_anything_seen(const struct decoder *decoder)
{
        for (int way = 0; way < STAGE_LOOKS; way++)
                if (decoder->look[way].count > 0)
                        return true;
        return false;
}

int cascade_run(struct decoder *decoder, const struct stage *stage, const struct frame *frame,
                struct decoder_report *report)
{
        int error = look(decoder, frame, stage->look);
        if (error)
                return error;
        if (stage->is_whole) {
                if (!is_anything_seen(decoder))
                        return 0;
                report->stages++;
                return read_image(decoder, stage, frame, NULL);
        }
        const struct look *seen = &decoder->look[stage->look];
        struct region regions[REGIONS_MAX];
        int count = region_find(seen->candidates, seen->count, frame->width_px, frame->height_px,
                                regions);
        if (decoder->settings.mode == DECODER_LIVE)
                count = live_regions(decoder, frame, stage->look, regions, count);
        bool is_tried = false;
        for (int i = 0; i < count && !error; i++) {
                /* A lone pattern has much around it, and hardly ever a code: the first stage's. */
                bool is_worth_it =
                        regions[i].patterns > 1 || (stage == &stages[0] && decoder->found == 0);
                if (!is_worth_it || (i > 0 && cascade_is_over_budget(decoder)))
                        continue;
                is_tried = true;
                error = read_image(decoder, stage, frame, &regions[i]);
        }
        report->stages += is_tried;
        return error;
}

bool cascade_is_satisfied(const struct decoder *decoder, const struct frame *frame)
{
        if (decoder->found == 0)
                return false;
        const struct look *seen = &decoder->look[STAGE_LOOK_FRAME];
        struct region regions[REGIONS_MAX];
        return region_find(seen->candidates, seen->count, frame->width_px, frame->height_px,
                           regions) == 0 ||
               regions[0].patterns < CODE_PATTERNS;
}

static bool is_over_effort(const struct decoder *decoder, const struct stage *stage,
                           const struct frame *frame)
{
        return decoder->settings.mode == DECODER_STILL && !stage->is_whole &&
               decoder->given_px >= (int64_t)frame->width_px * frame->height_px;
}

static int run_still(struct decoder *decoder, const struct frame *frame,
                     struct decoder_report *report)
{
        int error = cascade_run(decoder, &stages[0], frame, report);
        for (int i = 1; i < STAGES && !error; i++)
                if (!cascade_is_satisfied(decoder, frame) &&
                    !is_over_effort(decoder, &stages[i], frame) && !cascade_is_over_budget(decoder))
                        error = cascade_run(decoder, &stages[i], frame, report);
        return error;
}

static void begin(struct decoder *decoder)
{
        decoder->began_us = thread_cpu_us();
        decoder->given_px = 0;
        decoder->found = 0;
        for (int way = 0; way < STAGE_LOOKS; way++) {
                decoder->look[way].is_done = false;
                decoder->look[way].count = 0;
        }
}

static int scan(struct decoder *decoder, const struct frame *frame, struct decoder_report *report)
{
        struct look *first = &decoder->look[STAGE_LOOK_FRAME];
        first->is_done = true;
        first->count = finder_find(frame, first->candidates, decoder->capacity);
        report->candidates = first->count;
        report->is_refused = is_too_many(decoder, first->count);
        if (report->is_refused)
                return 0;
        return decoder->settings.mode == DECODER_LIVE ? live_run(decoder, frame, report)
                                                      : run_still(decoder, frame, report);
}

/* Codes that are still in view. */
static void see_again(struct decoder *decoder, const struct frame *frame)
{
        for (int i = 0; i < decoder->found; i++) {
                decoder->payload[i].captured_us = frame->captured_us;
                decoder->payload[i].decoded_us = monotonic_us();
        }
}

int decoder_scan(struct decoder *decoder, const struct frame *frame, decoder_found_fn *found,
                 void *context, struct decoder_report *report)
{
        *report = (struct decoder_report){ .codes = 0 };
        if (!is_possible(frame))
                return -EINVAL;
        int64_t began_us = thread_cpu_us();
        int error = 0;
        report->is_same = decoder->settings.mode == DECODER_LIVE && live_is_same(decoder, frame);
        if (report->is_same) {
                see_again(decoder, frame);
        } else {
                begin(decoder);
                if (decoder->settings.mode == DECODER_LIVE)
                        error = live_begin(decoder, frame);
                if (!error)
                        error = scan(decoder, frame, report);
        }
        report->view = decoder->live.view;
        report->is_moving = decoder->live.is_moving;
        report->cpu_us = thread_cpu_us() - began_us;
        if (error)
                return error;
        report->codes = decoder->found;
        for (int i = 0; i < decoder->found; i++)
                found(context, &decoder->payload[i]);
        return 0;
}

/*
 * Fuzz: frames of any shape and content through every stage. The first bytes say the shape, the
 * rest are samples, each of which may stand for a block: patterns need some size to be seen.
 */
#include "controller/decode/finder.h"
#include "controller/decode/stage.h"
#include "controller/ports/decoder.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
        HEAD = 4,
        SIDE_MAX = 320
};

static void check_payload(void *context, const struct payload *payload)
{
        int *codes = context;
        if (payload->len == 0 || payload->len > FLOW_PAYLOAD_MAX ||
            payload->bytes[payload->len] != 0 || stage_index(payload->stage) == STAGES)
                abort();
        (*codes)++;
}

static void scan(struct decoder *decoder, const struct frame *frame)
{
        struct decoder_report report;
        int codes = 0;
        if (decoder_scan(decoder, frame, check_payload, &codes, &report) != 0 ||
            codes != report.codes || codes > DECODER_CODES_MAX || report.stages > STAGES ||
            (report.is_refused && report.stages > 0))
                abort();
}

static struct decoder *decoder_of(enum decoder_mode mode)
{
        const struct decoder_settings settings = { .candidates_max = DECODER_CANDIDATES_DEFAULT,
                                                   .mode = mode,
                                                   .budget_ms = 200 };
        struct decoder *decoder = NULL;
        if (decoder_new(&settings, &decoder))
                abort();
        return decoder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct decoder *still, *live;
        if (size <= HEAD)
                return 0;
        still = still ? still : decoder_of(DECODER_THOROUGH);
        live = live ? live : decoder_of(DECODER_LIVE);
        int columns = data[0] + 1, block = 1 + data[1] % 4, step = 1 + data[2] % 2;
        int padding = data[3] % 16, samples = (int)size - HEAD;
        columns = columns < samples ? columns : samples;
        int width = columns * block, height = samples / columns * block;
        if (width > SIDE_MAX || height > SIDE_MAX)
                return 0;
        int stride = width * step + padding;
        uint8_t *luma = malloc((size_t)stride * (size_t)height);
        if (!luma)
                return 0;
        for (int y = 0; y < height; y++)
                for (int x = 0; x < stride; x++)
                        luma[(ptrdiff_t)y * stride + x] =
                                x < width * step
                                        ? data[HEAD + y / block * columns + x / step / block]
                                        : 0;
        const struct frame frame = {
                .luma = luma, .width_px = width, .height_px = height, .stride = stride, .step = step
        };
        scan(still, &frame);
        scan(live, &frame);
        free(luma);
        return 0;
}

/*
 * Decoder port on libzbar (tried with 0.23.92), with the settings that measurements demand:
 * - QR only. Half the cost, and the readers of the other symbologies have had memory faults.
 * - Binary. In text mode zbar guesses at an encoding, and takes a third of all Vietnamese texts
 *   for Shift-JIS, Big5 or Latin-1. A code that declares an encoding (ECI) is converted even so.
 * - No result cache: who is in view is decided in decode/presentation.
 * Codes of several symbols (structured append) are reported once all of them are in the frame.
 */
#include "controller/decode/finder.h"
#include "controller/ports/decoder.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <zbar.h>

enum {
        /* A scanner keeps about 320 bytes for every code it has read (mchehab/zbar#258). A new one
         * costs 4 to 30 µs; a pass costs milliseconds. */
        SCANS_PER_SCANNER = 256,
        CANDIDATES_UNLIMITED = 256 /* how many are counted when no number is too many */
};

struct decoder {
        int candidates_max; /* 0: no limit */
        struct finder_candidate *candidates;
        int candidate_capacity;
        zbar_image_scanner_t *scanner;
        int scans; /* of this scanner */
        zbar_image_t *image;
        uint8_t *luma; /* a copy without gaps, of frames that have them */
        size_t luma_size;
        struct payload payload;
};

static int64_t thread_cpu_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* NULL: no memory. */
static zbar_image_scanner_t *new_scanner(void)
{
        zbar_image_scanner_t *scanner = zbar_image_scanner_create();
        if (!scanner)
                return NULL;
        static const struct {
                zbar_symbol_type_t symbol;
                zbar_config_t config;
                int value;
        } settings[] = {
                { ZBAR_NONE, ZBAR_CFG_ENABLE, 0 },    { ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1 },
                { ZBAR_QRCODE, ZBAR_CFG_BINARY, 1 },  { ZBAR_NONE, ZBAR_CFG_X_DENSITY, 1 },
                { ZBAR_NONE, ZBAR_CFG_Y_DENSITY, 1 },
        };
        for (size_t i = 0; i < ARRAY_LEN(settings); i++)
                zbar_image_scanner_set_config(scanner, settings[i].symbol, settings[i].config,
                                              settings[i].value);
        zbar_image_scanner_enable_cache(scanner, 0);
        return scanner;
}

int decoder_new(const struct decoder_settings *settings, struct decoder **result)
{
        if (settings->candidates_max < 0 || settings->candidates_max == INT_MAX)
                return -EINVAL;
        struct decoder *decoder = calloc(1, sizeof(*decoder));
        if (!decoder)
                return -ENOMEM;
        decoder->candidates_max = settings->candidates_max;
        /* One more than the limit tells that there are too many. */
        decoder->candidate_capacity =
                settings->candidates_max ? settings->candidates_max + 1 : CANDIDATES_UNLIMITED;
        decoder->candidates =
                calloc((size_t)decoder->candidate_capacity, sizeof(*decoder->candidates));
        decoder->scanner = new_scanner();
        decoder->image = zbar_image_create();
        if (!decoder->candidates || !decoder->scanner || !decoder->image) {
                decoder_free(decoder);
                return -ENOMEM;
        }
        zbar_image_set_format(decoder->image, zbar_fourcc('Y', '8', '0', '0'));
        *result = decoder;
        return 0;
}

struct decoder *decoder_free(struct decoder *decoder)
{
        if (!decoder)
                return NULL;
        if (decoder->image)
                zbar_image_destroy(decoder->image);
        if (decoder->scanner)
                zbar_image_scanner_destroy(decoder->scanner);
        free(decoder->candidates);
        free(decoder->luma);
        free(decoder);
        return NULL;
}

static bool is_possible(const struct frame *frame)
{
        return frame->luma && frame->width_px > 0 && frame->width_px <= FINDER_SIDE_MAX &&
               frame->height_px > 0 && frame->height_px <= FINDER_SIDE_MAX && frame->step > 0 &&
               frame->stride > (int64_t)(frame->width_px - 1) * frame->step;
}

/* The frame's samples one after the other, as zbar wants them: in place, or copied. NULL: no
 * memory. */
static const uint8_t *contiguous(struct decoder *decoder, const struct frame *frame)
{
        if (frame->step == 1 && frame->stride == frame->width_px)
                return frame->luma;
        size_t width = (size_t)frame->width_px, size = width * (size_t)frame->height_px;
        if (size > decoder->luma_size) {
                free(decoder->luma);
                decoder->luma = malloc(size);
                decoder->luma_size = decoder->luma ? size : 0;
                if (!decoder->luma)
                        return NULL;
        }
        for (int y = 0; y < frame->height_px; y++) {
                const uint8_t *from = frame->luma + (ptrdiff_t)y * frame->stride;
                uint8_t *to = decoder->luma + (size_t)y * width;
                if (frame->step == 1) {
                        memcpy(to, from, width);
                        continue;
                }
                for (size_t x = 0; x < width; x++)
                        to[x] = from[x * (size_t)frame->step];
        }
        return decoder->luma;
}

/* One pass of zbar over the samples. The symbols it found stay with the image. */
static int pass(struct decoder *decoder, const struct frame *frame, const uint8_t *luma)
{
        if (decoder->scans == SCANS_PER_SCANNER) {
                zbar_image_scanner_t *fresh = new_scanner();
                if (!fresh)
                        return -ENOMEM;
                zbar_image_set_symbols(decoder->image, NULL);
                zbar_image_scanner_destroy(decoder->scanner);
                decoder->scanner = fresh;
                decoder->scans = 0;
        }
        decoder->scans++;
        unsigned int width = (unsigned int)frame->width_px;
        unsigned int height = (unsigned int)frame->height_px;
        zbar_image_set_size(decoder->image, width, height);
        zbar_image_set_data(decoder->image, luma, (unsigned long)width * height, NULL);
        int found = zbar_scan_image(decoder->scanner, decoder->image);
        zbar_image_set_data(decoder->image, NULL, 0, NULL);
        return found < 0 ? -EIO : 0;
}

static bool is_reported(const zbar_symbol_t *const reported[], int count,
                        const zbar_symbol_t *symbol)
{
        unsigned int len = zbar_symbol_get_data_length(symbol);
        for (int i = 0; i < count; i++)
                if (zbar_symbol_get_data_length(reported[i]) == len &&
                    memcmp(zbar_symbol_get_data(reported[i]), zbar_symbol_get_data(symbol), len) ==
                            0)
                        return true;
        return false;
}

/* Lends each distinct code; returns how many. */
static int report_codes(struct decoder *decoder, const struct frame *frame, decoder_found_fn *found,
                        void *context)
{
        const zbar_symbol_t *reported[DECODER_CODES_MAX];
        int count = 0;
        struct payload *payload = &decoder->payload;
        payload->captured_us = frame->captured_us;
        payload->decoded_us = monotonic_us();
        payload->stage = "zbar";
        for (const zbar_symbol_t *symbol = zbar_image_first_symbol(decoder->image);
             symbol && count < DECODER_CODES_MAX; symbol = zbar_symbol_next(symbol)) {
                size_t len = zbar_symbol_get_data_length(symbol);
                if (zbar_symbol_get_type(symbol) != ZBAR_QRCODE || len == 0 ||
                    len > FLOW_PAYLOAD_MAX || is_reported(reported, count, symbol))
                        continue;
                reported[count++] = symbol;
                memcpy(payload->bytes, zbar_symbol_get_data(symbol), len);
                payload->bytes[len] = 0;
                payload->len = len;
                found(context, payload);
        }
        return count;
}

int decoder_scan(struct decoder *decoder, const struct frame *frame, decoder_found_fn *found,
                 void *context, struct decoder_report *report)
{
        *report = (struct decoder_report){ .codes = 0 };
        if (!is_possible(frame))
                return -EINVAL;
        int64_t began_us = thread_cpu_us();
        report->candidates = finder_find(frame, decoder->candidates, decoder->candidate_capacity);
        report->is_refused =
                decoder->candidates_max > 0 && report->candidates > decoder->candidates_max;
        int r = 0;
        if (!report->is_refused) {
                const uint8_t *luma = contiguous(decoder, frame);
                r = luma ? pass(decoder, frame, luma) : -ENOMEM;
        }
        report->cpu_us = thread_cpu_us() - began_us;
        if (r == 0 && !report->is_refused)
                report->codes = report_codes(decoder, frame, found, context);
        return r;
}

/* Decoder scenes: frames with codes drawn into them, and what a decoder found in them. */
#pragma once

#include "tests/check.h"

#include "controller/ports/decoder.h"
#include <qrencode.h>
#include <stdio.h>
#include <string.h>

enum {
        LIGHT = 225,
        DARK = 25,
        QUIET_MODULES = 4,
        CAPTURED_US = 1234567
};

/* Grey samples that a test owns, and the frame that shows them. */
struct scene {
        uint8_t *luma;
        struct frame frame;
};

/* What a scan found. */
struct found {
        int count;
        struct payload payloads[DECODER_CODES_MAX];
};

static inline struct scene new_scene(int width, int height)
{
        struct scene scene = { .luma = malloc((size_t)width * (size_t)height) };
        assert_non_null(scene.luma);
        memset(scene.luma, LIGHT, (size_t)width * (size_t)height);
        scene.frame = (struct frame){ .luma = scene.luma,
                                      .width_px = width,
                                      .height_px = height,
                                      .stride = width,
                                      .step = 1,
                                      .captured_us = CAPTURED_US };
        return scene;
}

static inline void free_scene(struct scene *scene)
{
        free(scene->luma);
        scene->luma = NULL;
}

static inline QRcode *encode(const void *bytes, size_t len)
{
        QRcode *code = QRcode_encodeData((int)len, bytes, 0, QR_ECLEVEL_L);
        assert_non_null(code);
        return code;
}

static inline void draw(struct scene *scene, const QRcode *code, int left, int top, int module_px)
{
        for (int y = 0; y < code->width * module_px; y++)
                for (int x = 0; x < code->width * module_px; x++)
                        if (code->data[y / module_px * code->width + x / module_px] & 1)
                                scene->luma[(top + y) * scene->frame.stride + left + x] = DARK;
}

/* A frame that holds one code and its quiet zone. */
static inline struct scene scene_of(const void *bytes, size_t len, int module_px)
{
        QRcode *code = encode(bytes, len);
        int side = (code->width + 2 * QUIET_MODULES) * module_px;
        struct scene scene = new_scene(side, side);
        draw(&scene, code, QUIET_MODULES * module_px, QUIET_MODULES * module_px, module_px);
        QRcode_free(code);
        return scene;
}

static inline void keep(void *context, const struct payload *payload)
{
        struct found *found = context;
        assert_true(found->count < DECODER_CODES_MAX);
        found->payloads[found->count++] = *payload;
}

static inline struct decoder *new_decoder(int candidates_max)
{
        const struct decoder_settings settings = { .candidates_max = candidates_max };
        struct decoder *decoder = NULL;
        assert_int_equal(decoder_new(&settings, &decoder), 0);
        assert_non_null(decoder);
        return decoder;
}

static inline struct decoder_report scan(struct decoder *decoder, const struct frame *frame,
                                         struct found *found)
{
        struct decoder_report report;
        found->count = 0;
        assert_int_equal(decoder_scan(decoder, frame, keep, found, &report), 0);
        assert_int_equal(report.codes, found->count);
        return report;
}

static inline bool holds(const struct found *found, const void *bytes, size_t len)
{
        for (int i = 0; i < found->count; i++)
                if (found->payloads[i].len == len &&
                    memcmp(found->payloads[i].bytes, bytes, len) == 0)
                        return true;
        return false;
}

/* Draws codes "badge-0", "badge-1", … side by side; every one that is `same` reads "badge-0". */
static inline struct scene scene_of_many(int count, bool same)
{
        struct scene scene = new_scene(1280, 300);
        for (int i = 0; i < count; i++) {
                char text[16];
                int len = snprintf(text, sizeof(text), "badge-%d", same ? 0 : i);
                QRcode *code = encode(text, (size_t)len);
                draw(&scene, code, 20 + i % 10 * 125, 20 + i / 10 * 130, 4);
                QRcode_free(code);
        }
        return scene;
}

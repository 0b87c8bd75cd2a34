/*
 * Scan endurance: do 2,000 Vietnamese cards come out byte for byte, and does memory stay flat over
 * 100,000 frames of a camera? Prints both; judges nothing.
 */
#include "controller/decode/finder.h"
#include "controller/ports/decoder.h"
#include "tests/scene/camera_sim.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

enum {
        CARDS = 2000,
        FRAMES = 100000,
        VIEWS = 50, /* different frames, over and over */
        SETTLED = 1000,
        FRAME_US = 33333,
        SEED = 300000
};

struct tally {
        const struct camera_sim_shot *shot;
        int right, wrong;
};

static void judge(void *context, const struct payload *payload)
{
        struct tally *tally = context;
        bool is_right = payload->len == tally->shot->len &&
                        memcmp(payload->bytes, tally->shot->text, payload->len) == 0;
        tally->right += is_right;
        tally->wrong += !is_right;
}

static struct decoder *decoder_of(enum decoder_mode mode)
{
        const struct decoder_settings settings = { .candidates_max = DECODER_CANDIDATES_DEFAULT,
                                                   .mode = mode };
        struct decoder *decoder = NULL;
        if (decoder_new(&settings, &decoder) == 0)
                return decoder;
        fputs("no decoder\n", stderr);
        exit(1);
}

static void scan(struct decoder *decoder, const struct frame *frame, struct tally *tally)
{
        struct decoder_report report;
        if (decoder_scan(decoder, frame, judge, tally, &report) != 0)
                tally->wrong++;
}

static void read_cards(void)
{
        struct decoder *decoder = decoder_of(DECODER_STILL);
        struct tally tally = { .right = 0 };
        for (uint32_t i = 0; i < CARDS; i++) {
                const struct camera_sim_view view = { .width_px = 400,
                                                      .height_px = 300,
                                                      .text = CAMERA_SIM_CARD,
                                                      .share = 0.8,
                                                      .seed = SEED + i };
                struct camera_sim_shot shot;
                camera_sim_shoot(&view, &shot);
                tally.shot = &shot;
                scan(decoder, &shot.frame, &tally);
                camera_sim_deinit(&shot);
        }
        printf("%d of %d cards byte for byte, %d otherwise\n", tally.right, CARDS, tally.wrong);
        decoder_free(decoder);
}

/* Codes that come, and go, and are hard: every stage has its turn. */
static void stay_flat(void)
{
        static struct camera_sim_shot shot[VIEWS];
        struct decoder *decoder = decoder_of(DECODER_LIVE);
        struct tally tally = { .right = 0 };
        size_t settled = 0, most = 0;
        for (uint32_t i = 0; i < VIEWS; i++) {
                const struct camera_sim_view view = {
                        .width_px = 320,
                        .height_px = 240,
                        .text = (enum camera_sim_text)(i % (CAMERA_SIM_TEXTS + 1)),
                        .trouble = (enum camera_sim_trouble)(i % CAMERA_SIM_TROUBLES),
                        .share = 0.6,
                        .seed = SEED + i
                };
                camera_sim_shoot(&view, &shot[i]);
        }
        for (int i = 0; i < FRAMES; i++) {
                struct frame frame = shot[i / 10 % VIEWS].frame;
                tally.shot = &shot[i / 10 % VIEWS];
                frame.captured_us = (int64_t)(i + 1) * FRAME_US;
                scan(decoder, &frame, &tally);
                size_t used = mallinfo2().uordblks;
                settled = i == SETTLED ? used : settled;
                most = used > most ? used : most;
        }
        printf("%d frames: %d codes, %d wrong; heap %zu KiB after %d frames, at most %zu KiB\n",
               FRAMES, tally.right, tally.wrong, settled / 1024, SETTLED, most / 1024);
        for (int i = 0; i < VIEWS; i++)
                camera_sim_deinit(&shot[i]);
        decoder_free(decoder);
}

int main(void)
{
        read_cards();
        stay_flat();
        return 0;
}

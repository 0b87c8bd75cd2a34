/*
 * What the cascade (cascade.c) and a camera's way through it (live.c) share.
 */
#pragma once

#include "controller/decode/motion.h"
#include "controller/decode/stage.h"
#include "controller/ports/decoder.h"
#include "drivers/decoder/zbar_pass.h"
#include "drivers/decoder/zxing_pass.h"

enum {
        CODE_PATTERNS = 3 /* that it takes to read one */
};

/* What a look at this frame found; patterns of codes that were read are taken out. */
struct look {
        bool is_done;
        int count;
        struct finder_candidate *candidates;
};

/* What a camera's last frames told. */
struct live {
        struct motion motion;
        int64_t looked_us;          /* the frame that was looked at last */
        int alike;                  /* frames in a row that were looked at and showed nothing new */
        bool is_read;               /* all codes that are in view were */
        bool is_moving;             /* that frame was new */
        struct region view;         /* a code that was not read; patterns 0: there is none */
        int turn;                   /* the slow stage whose turn it is, 0 the first of them */
        bool was_seen;              /* the frame before had patterns */
        const struct stage *reader; /* that read a code last; NULL: none has */
        struct region region[STAGE_LOOKS]; /* where each look saw a whole code last */
        int64_t region_us[STAGE_LOOKS];    /* when, unless it has no patterns */
};

struct decoder {
        struct decoder_settings settings;
        int capacity; /* candidates of a look: one more than the limit tells that it is too many */
        struct look look[STAGE_LOOKS];
        struct finder_candidate *counted; /* of an image, before zbar gets it */
        struct stage_bench bench;
        struct zbar_pass *zbar;
        struct zxing_pass *zxing; /* NULL without WITH_ZXING */
        struct live live;
        int64_t began_us;
        int64_t given_px; /* to a reader, of this frame */
        int found;
        struct payload payload[DECODER_CODES_MAX];
};

/* Runs one stage on what its look sees; counts it when there was something. 0 or -errno. */
MUST_USE int cascade_run(struct decoder *decoder, const struct stage *stage,
                         const struct frame *frame, struct decoder_report *report);
/* Codes were read, and no other is in view as far as one can see. */
bool cascade_is_satisfied(const struct decoder *decoder, const struct frame *frame);
bool cascade_is_over_budget(const struct decoder *decoder);

/* live.c */

/* The frame shows what the one looked at last did, which was not long ago: it need not be looked
 * at, and what was read then is in view now. */
bool live_is_same(struct decoder *decoder, const struct frame *frame);
/* The frame is looked at now. 0 or -ENOMEM. */
MUST_USE int live_begin(struct decoder *decoder, const struct frame *frame);
/* What the look saw becomes what it saw a few frames ago, where that was more of a code. */
int live_regions(struct decoder *decoder, const struct frame *frame, enum stage_look look,
                 struct region regions[REGIONS_MAX], int count);
/* The stages of a camera's frame. 0 or -errno. */
MUST_USE int live_run(struct decoder *decoder, const struct frame *frame,
                      struct decoder_report *report);

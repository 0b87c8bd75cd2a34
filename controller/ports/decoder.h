/*
 * Decoder port: finds the QR codes of one frame. Implemented once per build (drivers/decoder).
 *
 * A decoder belongs to one thread. It reads the frame in place and keeps no reference to it.
 */
#pragma once

#include "common/base.h"
#include "controller/decode/region.h"
#include "controller/flow.h"

struct decoder;

enum {
        DECODER_CODES_MAX = 8
}; /* codes of one frame that are reported; more are ignored */

enum decoder_mode {
        DECODER_THOROUGH, /* a picture: every way of reading, until one reads */
        /* The same, but no other image is made when the slow reader was given as many px as the
         * frame has; then it gets the frame as it is. So what no way reads costs little more than
         * what one reads, and nothing is left that the reader alone would read. */
        DECODER_STILL,
        /* A camera: the first way and one other for each frame, in turn. Frames that show what the
         * last one did, 90 ms later at the most, are not looked at: their codes are its codes. */
        DECODER_LIVE
};

struct decoder_settings {
        /* A frame with more finder-pattern candidates than this is not given to the slow reader:
         * such frames cost tens of times a normal one. 0: no limit. */
        int candidates_max;
        enum decoder_mode mode;
        /* No further way begins on a frame that has taken so much of the thread's time; 0: no
         * limit. What has begun is bounded by candidates_max. */
        int budget_ms;
};

struct decoder_report {
        int codes;       /* how many were found */
        int candidates;  /* finder-pattern candidates seen by the cheap look */
        int stages;      /* how many ways of reading were tried */
        bool is_refused; /* too many candidates: the frame was not decoded */
        bool is_same;    /* it shows what the one before did: not decoded, the codes are those */
        int64_t cpu_us;  /* thread CPU time spent */
        /* Live: where most patterns of a code that was not read are, patterns 0: there are none;
         * and whether the frame differs from the one that was looked at before. */
        struct region view;
        bool is_moving;
};

/* Called for each code found. The payload is borrowed for the call. */
typedef void decoder_found_fn(void *context, const struct payload *payload);

/* 0 and *decoder, or -errno. */
MUST_USE int decoder_new(const struct decoder_settings *settings, struct decoder **decoder);
/* Accepts NULL; returns NULL. */
struct decoder *decoder_free(struct decoder *decoder);

/*
 * Decodes one frame; calls found() once for each distinct payload, at most DECODER_CODES_MAX times.
 * 0 or -errno (-EINVAL: the frame's shape is impossible; -ENOMEM).
 */
MUST_USE int decoder_scan(struct decoder *decoder, const struct frame *frame,
                          decoder_found_fn *found, void *context, struct decoder_report *report);

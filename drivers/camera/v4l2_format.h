/*
 * V4L2 format: which pixel format to ask for, and where the luma lies in what comes. Pure.
 *
 * The decoder needs luma only, and reads it with a stride and a step: five formats need no
 * conversion at all. Everything else is libv4lconvert's (v4l2_convert.h).
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include <linux/videodev2.h>

/* Where the samples are in a buffer of the device. */
struct v4l2_luma {
        int width_px, height_px;
        int stride, step;
        size_t offset; /* of the first sample */
        size_t needed; /* bytes that a buffer must hold, to the last sample */
};

/* "auto" gives 0, "NV12" or "Y16" (blanks to four characters) its fourcc. 0 or -EINVAL. */
MUST_USE int v4l2_format_parse(const char *text, uint32_t *fourcc);

/* A fourcc as text, for the log; what cannot be printed becomes '?'. */
void v4l2_format_name(uint32_t fourcc, char name[5]);

/* The luma of this format can be read in place. */
bool v4l2_format_is_direct(uint32_t fourcc);

/* The best of those offered that can be read in place; 0: there is none. */
uint32_t v4l2_format_choose(const uint32_t *offered, size_t count);

/* 0; -EINVAL: not a direct format, or sizes that contradict each other. */
MUST_USE int v4l2_format_luma(const struct v4l2_pix_format *format, struct v4l2_luma *luma);

/* Describes a buffer of which `used` bytes are good as a frame (all but captured_us). False: it is
 * too short. */
MUST_USE bool v4l2_format_lend(const struct v4l2_luma *luma, const uint8_t *data, size_t used,
                               struct frame *frame);

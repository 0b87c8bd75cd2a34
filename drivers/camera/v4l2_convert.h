/*
 * V4L2 convert: frames whose luma cannot be read in place (MJPEG, Bayer, RGB and more), turned into
 * YU12 by libv4lconvert. YU12 and not YUYV, which the library refuses to make.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include <linux/videodev2.h>

struct v4l2_convert;

/* Talks to the device behind `fd`, which is borrowed for as long as the converter lives. 0 or
 * -errno. */
MUST_USE int v4l2_convert_open(int fd, int rate, struct v4l2_convert **convert);

/* The device's format that is best converted at this size; 0: there is none. */
uint32_t v4l2_convert_choose(struct v4l2_convert *convert, int width_px, int height_px);

/* Prepares for frames of `format`, as the driver gave it, and takes the memory. 0 or -errno. */
MUST_USE int v4l2_convert_start(struct v4l2_convert *convert, const struct v4l2_pix_format *format);

/*
 * Converts one buffer and describes the result (all but captured_us); it is valid until the next
 * call. May use `data` as its scratch paper. 0; -EAGAIN: this frame is damaged, the next may not
 * be; other -errno: frames of this camera cannot be converted.
 */
MUST_USE int v4l2_convert_frame(struct v4l2_convert *convert, uint8_t *data, size_t used,
                                struct frame *frame);

/* Accepts NULL; returns NULL. */
struct v4l2_convert *v4l2_convert_close(struct v4l2_convert *convert);

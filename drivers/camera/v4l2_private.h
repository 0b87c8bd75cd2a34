/*
 * V4L2 camera, inside: what its files share. Only drivers/camera/v4l2*.c include this.
 *
 * Everything goes through plain open, ioctl, mmap and poll: libcamerify, which makes a Pi's ribbon
 * camera look like a V4L2 one, replaces exactly these, and libv4l2's wrappers would go past it.
 */
#pragma once

#include "controller/ports/camera.h"
#include "drivers/camera/v4l2_convert.h"
#include "drivers/camera/v4l2_format.h"

/* An ioctl that is tried again when a signal interrupts it. 0 or -errno. */
MUST_USE int v4l2_call(int fd, unsigned long request, void *arg);

/* Logs the one line of a failed open and returns `error`. `what` is a constant string. */
int v4l2_refuse(const struct camera_settings *settings, const char *what, int error);

/*
 * Agrees with the driver on format, size and rate and logs the result. *format is what the driver
 * gave. *convert is the converter when the luma cannot be read in place, else NULL; the caller's
 * to close, also after an error. 0, or -errno after one log line.
 */
MUST_USE int v4l2_negotiate(int fd, const struct camera_settings *settings,
                            struct v4l2_pix_format *format, struct v4l2_convert **convert);

/* So many EV more light than configured: by the automatism's bias where the camera has one, by the
 * time where `exposure` is set. 0, -ENOTSUP, or -errno. */
MUST_USE int v4l2_set_steps(int fd, int exposure, int steps);

/* Sets exposure, gain and focus where the settings say. What the camera lacks is one warning. */
void v4l2_set_controls(int fd, const struct camera_settings *settings);

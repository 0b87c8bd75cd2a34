/*
 * Camera port: where frames come from. One implementation per driver in drivers/camera.
 *
 * A camera belongs to one eye thread; no operation may be called from two threads. A driver never
 * logs repeated faults and never retries by itself: it returns the error, and the eye closes it,
 * tells once, waits and opens it again.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include <errno.h>

struct camera;

struct camera_ops {
        const char *name;
        /*
         * Waits up to timeout_ms for a frame newer than the last one and lends it: older ones that
         * queued up meanwhile are dropped. The frame's memory is the driver's and is valid until
         * the next call of any operation. 0; -ETIMEDOUT when none came (the camera may still be
         * well); any other -errno: the device is lost and must be closed.
         */
        int (*next)(struct camera *camera, struct frame *frame, int timeout_ms);
        /* NULL: it cannot. So many EV more light (less: negative) than was configured, from some
         * frame on. 0 or -errno; -ENOTSUP: this device cannot. */
        int (*expose)(struct camera *camera, int steps);
        /* Gives the device back and frees the camera. */
        void (*close)(struct camera *camera);
};

struct camera {
        const struct camera_ops *ops;
};

/* What the configuration says of one camera; strings are borrowed for the call of open only.
 * CAMERA_AUTO in a control leaves it as the device has it. */
enum {
        CAMERA_AUTO = -1
};

struct camera_settings {
        const char *source; /* v4l2: device node; exec: shell command; replay: file or folder */
        int width_px, height_px;
        int rate;           /* frames per second; replay: at most that many */
        int exposure;       /* V4L2_CID_EXPOSURE_ABSOLUTE, 100 µs units */
        int gain;           /* V4L2_CID_GAIN, the device's units */
        int focus;          /* V4L2_CID_FOCUS_ABSOLUTE, the device's units */
        const char *format; /* exec: "grey" or "yuv420"; v4l2: "auto" or a fourcc to insist on */
        int hold_ms;        /* replay: how long each picture is shown */
        bool is_told;       /* that the camera is lost was logged already: open fails silently */
        bool is_looping; /* replay: begin again after the last picture, else show an empty scene */
};

/* 0 and *camera, or -errno and *camera == NULL after one log line (unless settings->is_told) that
 * names the device and why. */
typedef int camera_open_fn(const struct camera_settings *settings, struct camera **camera);

static inline int camera_next(struct camera *camera, struct frame *frame, int timeout_ms)
{
        return camera->ops->next(camera, frame, timeout_ms);
}

static inline int camera_expose(struct camera *camera, int steps)
{
        return camera->ops->expose ? camera->ops->expose(camera, steps) : -ENOTSUP;
}

/* Accepts NULL; returns NULL. */
static inline struct camera *camera_close(struct camera *camera)
{
        if (camera)
                camera->ops->close(camera);
        return NULL;
}

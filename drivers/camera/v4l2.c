/*
 * V4L2 camera: frames of a capture device, read where the driver put them.
 *
 * Four buffers circulate: one is lent to the reader, the others are the driver's. Only the newest
 * frame counts, so next() takes every full buffer and gives back all but the last. If every buffer
 * was full, the driver had none left and dropped what came after them: then even the last is old,
 * and next() waits for one that begins now. A reader that rested (the eye does, after a costly
 * frame) would otherwise look at the moment when its rest began.
 */
#include "common/log.h"
#include "drivers/camera/camera_drivers.h"
#include "drivers/camera/v4l2_private.h"
#include "drivers/camera/wait.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
        BUFFERS = 4,
        BUFFERS_MIN = 2, /* one lent, one being filled */
        NONE = -1,
        INTERRUPTS_MAX = 100
};

struct camera_v4l2 {
        struct camera camera;
        int fd;
        struct v4l2_luma luma;
        struct v4l2_convert *convert; /* NULL: read in place */
        struct {
                uint8_t *start; /* NULL: not mapped */
                size_t len;
        } buffer[VIDEO_MAX_FRAME];
        int buffers;
        int lent; /* index of the buffer that the reader has, or NONE */
        bool is_streaming;
        int64_t last_us; /* timestamp of the last frame lent */
        int exposure;    /* as configured */
};

/* A full buffer, taken from the driver. */
struct filled {
        int index; /* NONE: no buffer */
        size_t used;
        int64_t captured_us;
};

int v4l2_call(int fd, unsigned long request, void *arg)
{
        for (int i = 0; i < INTERRUPTS_MAX; i++) {
                if (ioctl(fd, request, arg) >= 0)
                        return 0;
                if (errno != EINTR)
                        return -errno;
        }
        return -EINTR;
}

int v4l2_refuse(const struct camera_settings *settings, const char *what, int error)
{
        if (!settings->is_told)
                log_error("camera not opened", "device=%s format=%s what=\"%s\" why=\"%s\"",
                          settings->source, settings->format, what, strerrordesc_np(-error));
        return error;
}

static int give_back(struct camera_v4l2 *v4l2, int index)
{
        struct v4l2_buffer buffer = { .index = (uint32_t)index,
                                      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                      .memory = V4L2_MEMORY_MMAP };
        return v4l2_call(v4l2->fd, VIDIOC_QBUF, &buffer);
}

/* The driver's time if it is of our clock and makes sense, else now. */
static int64_t timestamp(const struct camera_v4l2 *v4l2, const struct v4l2_buffer *buffer)
{
        int64_t now_us = monotonic_us(), at_us = now_us;
        if ((buffer->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
                at_us = (int64_t)buffer->timestamp.tv_sec * 1000000 + buffer->timestamp.tv_usec;
        if (at_us <= 0 || at_us > now_us)
                at_us = now_us;
        return at_us > v4l2->last_us ? at_us : v4l2->last_us;
}

/*
 * Takes what is full, keeps the newest good one in *newest and gives the others back. How many
 * there were, or -errno.
 */
static int drain(struct camera_v4l2 *v4l2, struct filled *newest)
{
        int taken = 0;
        newest->index = NONE;
        while (taken < v4l2->buffers) {
                struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                              .memory = V4L2_MEMORY_MMAP };
                int r = v4l2_call(v4l2->fd, VIDIOC_DQBUF, &buffer);
                if (r == -EAGAIN)
                        break;
                if (r == 0 && buffer.index >= (uint32_t)v4l2->buffers)
                        r = -EIO;
                if (r < 0)
                        return r;
                taken++;
                int idle = (int)buffer.index;
                if (!(buffer.flags & V4L2_BUF_FLAG_ERROR)) {
                        idle = newest->index;
                        newest->index = (int)buffer.index;
                        newest->used = buffer.bytesused;
                        newest->captured_us = timestamp(v4l2, &buffer);
                }
                r = idle == NONE ? 0 : give_back(v4l2, idle);
                if (r < 0)
                        return r;
        }
        return taken;
}

/* Describes the frame in a full buffer. 0 and the buffer is lent or was given back; -EAGAIN: it was
 * no good and was given back; -errno. */
static int lend(struct camera_v4l2 *v4l2, const struct filled *filled, struct frame *frame)
{
        uint8_t *data = v4l2->buffer[filled->index].start;
        size_t used = filled->used, len = v4l2->buffer[filled->index].len;
        int r = 0;
        if (used > len)
                used = len;
        if (v4l2->convert)
                r = v4l2_convert_frame(v4l2->convert, data, used, frame);
        else if (!v4l2_format_lend(&v4l2->luma, data, used, frame))
                r = -EAGAIN;
        if (r == 0 && !v4l2->convert) {
                v4l2->lent = filled->index;
        } else {
                int given = give_back(v4l2, filled->index);
                r = given < 0 ? given : r;
        }
        if (r == 0)
                v4l2->last_us = frame->captured_us = filled->captured_us;
        return r;
}

/* Poll says only that something is wrong; dequeueing says what (ENODEV: unplugged). */
static int what_is_wrong(const struct camera_v4l2 *v4l2)
{
        struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                      .memory = V4L2_MEMORY_MMAP };
        int r = v4l2_call(v4l2->fd, VIDIOC_DQBUF, &buffer);
        return r == 0 || r == -EAGAIN ? -EIO : r;
}

/* Until a buffer may be full. 0; -ETIMEDOUT; other -errno: the device says that none will be. */
static int wait_for_buffer(const struct camera_v4l2 *v4l2, int64_t deadline_us)
{
        struct pollfd device = { .fd = v4l2->fd, .events = POLLIN };
        int left_ms = wait_left_ms(deadline_us);
        int r = poll(&device, 1, left_ms);
        if (r < 0)
                return errno == EINTR ? 0 : -errno;
        if (device.revents & (POLLERR | POLLHUP | POLLNVAL))
                return what_is_wrong(v4l2);
        return r == 0 || left_ms == 0 ? -ETIMEDOUT : 0;
}

static int v4l2_next(struct camera *camera, struct frame *frame, int timeout_ms)
{
        struct camera_v4l2 *v4l2 = CONTAINER_OF(camera, struct camera_v4l2, camera);
        int64_t deadline_us = wait_deadline_us(timeout_ms);
        int drivers_own = v4l2->buffers - (v4l2->lent == NONE ? 0 : 1);
        bool may_be_old = true;
        if (v4l2->lent != NONE) {
                int r = give_back(v4l2, v4l2->lent);
                if (r < 0)
                        return r;
                v4l2->lent = NONE;
        }
        for (;;) {
                struct filled newest = { .index = NONE };
                int r = drain(v4l2, &newest);
                if (r < 0)
                        return r;
                bool is_old = may_be_old && r >= drivers_own;
                may_be_old = false;
                if (newest.index != NONE) {
                        r = is_old ? give_back(v4l2, newest.index) : lend(v4l2, &newest, frame);
                        if (r == 0 && !is_old)
                                return 0;
                        if (r < 0 && r != -EAGAIN)
                                return r;
                }
                r = wait_for_buffer(v4l2, deadline_us);
                if (r < 0)
                        return r;
        }
}

/* From any half-open state. */
static void v4l2_camera_close(struct camera *camera)
{
        struct camera_v4l2 *v4l2 = CONTAINER_OF(camera, struct camera_v4l2, camera);
        int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        if (v4l2->is_streaming)
                ioctl(v4l2->fd, VIDIOC_STREAMOFF, &type);
        for (int i = 0; i < v4l2->buffers; i++)
                if (v4l2->buffer[i].start)
                        munmap(v4l2->buffer[i].start, v4l2->buffer[i].len);
        v4l2->convert = v4l2_convert_close(v4l2->convert);
        if (v4l2->fd >= 0)
                close(v4l2->fd); /* which frees the driver's buffers, now that none is mapped */
        free(v4l2);
}

static int v4l2_expose(struct camera *camera, int steps)
{
        struct camera_v4l2 *v4l2 = CONTAINER_OF(camera, struct camera_v4l2, camera);
        return v4l2_set_steps(v4l2->fd, v4l2->exposure, steps);
}

static const struct camera_ops v4l2_ops = { "v4l2", v4l2_next, v4l2_expose, v4l2_camera_close };

/* NULL: it is a camera. Otherwise what it is not. */
static const char *what_it_lacks(int fd, int *error)
{
        struct v4l2_capability has = { 0 };
        *error = v4l2_call(fd, VIDIOC_QUERYCAP, &has);
        if (*error < 0)
                return "it is not a V4L2 device";
        uint32_t caps =
                has.capabilities & V4L2_CAP_DEVICE_CAPS ? has.device_caps : has.capabilities;
        *error = -ENODEV;
        if (!(caps & V4L2_CAP_VIDEO_CAPTURE))
                return "it is not a capture device"; /* a UVC camera's second node is metadata */
        if (!(caps & V4L2_CAP_STREAMING))
                return "it cannot stream";
        *error = 0;
        return NULL;
}

/* Maps the buffers and hands them to the driver. */
static int take_buffers(struct camera_v4l2 *v4l2)
{
        struct v4l2_requestbuffers request = { .count = BUFFERS,
                                               .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                               .memory = V4L2_MEMORY_MMAP };
        int r = v4l2_call(v4l2->fd, VIDIOC_REQBUFS, &request);
        if (r < 0)
                return r;
        if (request.count < BUFFERS_MIN || request.count > VIDEO_MAX_FRAME)
                return -ENOMEM;
        v4l2->buffers = (int)request.count;
        for (int i = 0; i < v4l2->buffers; i++) {
                struct v4l2_buffer buffer = { .index = (uint32_t)i,
                                              .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
                                              .memory = V4L2_MEMORY_MMAP };
                r = v4l2_call(v4l2->fd, VIDIOC_QUERYBUF, &buffer);
                if (r < 0)
                        return r;
                if (!v4l2->convert && buffer.length < v4l2->luma.needed)
                        return -EOVERFLOW; /* no frame would ever be long enough */
                /* Writable, because libv4lconvert unpacks Bayer in place. */
                void *start = mmap(NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
                                   v4l2->fd, (off_t)buffer.m.offset);
                if (start == MAP_FAILED)
                        return -errno;
                v4l2->buffer[i].start = start;
                v4l2->buffer[i].len = buffer.length;
                r = give_back(v4l2, i);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Everything from the path to running frames. 0, or -errno after one log line. */
static int start(struct camera_v4l2 *v4l2, const struct camera_settings *settings)
{
        int r, type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        struct v4l2_pix_format format;
        v4l2->fd = open(settings->source, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (v4l2->fd < 0)
                return v4l2_refuse(settings, "it cannot be opened", -errno);
        const char *what = what_it_lacks(v4l2->fd, &r);
        if (what)
                return v4l2_refuse(settings, what, r);
        r = v4l2_negotiate(v4l2->fd, settings, &format, &v4l2->convert);
        if (r < 0)
                return r;
        if (!v4l2->convert) {
                r = v4l2_format_luma(&format, &v4l2->luma);
                if (r < 0)
                        return v4l2_refuse(settings, "its frame size makes no sense", r);
        }
        v4l2_set_controls(v4l2->fd, settings);
        v4l2->exposure = settings->exposure;
        r = take_buffers(v4l2);
        if (r < 0)
                return v4l2_refuse(settings, "no buffers", r);
        r = v4l2_call(v4l2->fd, VIDIOC_STREAMON, &type);
        if (r < 0)
                return v4l2_refuse(settings, "it does not start", r);
        v4l2->is_streaming = true;
        return 0;
}

int v4l2_camera_open(const struct camera_settings *settings, struct camera **camera)
{
        *camera = NULL;
        struct camera_v4l2 *v4l2 = calloc(1, sizeof(*v4l2));
        if (!v4l2)
                return v4l2_refuse(settings, "no memory", -ENOMEM);
        v4l2->camera.ops = &v4l2_ops;
        v4l2->fd = -1;
        v4l2->lent = NONE;
        int r = start(v4l2, settings);
        if (r < 0) {
                v4l2_camera_close(&v4l2->camera);
                return r;
        }
        *camera = &v4l2->camera;
        return 0;
}

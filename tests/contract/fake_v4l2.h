/*
 * Fake V4L2: a capture device in this process, for the driver's own code path without a kernel's
 * camera. The device node is a plain file, which mmap really maps; ioctl and poll are replaced for
 * it by two functions below, which the linker prefers to the C library's. For all
 * other files they pass on to the kernel.
 *
 * A frame's samples all have the frame's number as their value. Frames are shot by hand
 * (fake_shoot), or every `period_us`; like a driver's, they are lost while no buffer is queued.
 * To be included by one .c of a test program.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
        FAKE_FORMATS_MAX = 8,
        FAKE_BUFFERS_MAX = 8,
        FAKE_CONTROLS_MAX = 16,
        FAKE_BUFFER_LEN = 1 << 16 /* a multiple of every page size */
};

/* What the device is and does; set before opening, and between the driver's calls. */
static struct {
        char path[64];
        uint32_t capabilities;
        uint32_t formats[FAKE_FORMATS_MAX]; /* up to the first 0 */
        uint32_t max_width_px, max_height_px;
        uint32_t padding; /* bytes at the end of each row */
        int buffers;      /* how many it gives */
        uint32_t controls[FAKE_CONTROLS_MAX];
        bool has_rate;
        bool has_bias; /* of the exposure: -2 to +2 EV by thirds, as index 0 to 12; +1/3 is missing
                        */
        uint32_t timestamp_flags;
        const uint8_t *compressed; /* what an MJPEG frame is */
        size_t compressed_len;
        int64_t period_us; /* 0: frames are shot by hand */
        /* Faults */
        int ioctls_until_fault; /* this many succeed, then one fails; -1: none does */
        int fault;
        int interruptions; /* ioctls that are interrupted first */
        uint32_t flags;    /* of the frames shot from now on */
        size_t cut;        /* bytes that they lack */
        int dequeue_error, poll_events;

        /* State */
        struct v4l2_pix_format format;
        bool is_streaming;
        int requested;
        bool is_queued[FAKE_BUFFERS_MAX];
        struct v4l2_buffer full[FAKE_BUFFERS_MAX]; /* oldest first */
        int full_count;
        int shot; /* number of the last frame */
        int64_t due_us;
        struct {
                uint32_t id;
                int32_t value;
        } set[FAKE_CONTROLS_MAX];
        int set_count, ioctls;
} fake;

static inline int64_t fake_now_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline bool fake_is(int fd)
{
        struct stat ours, theirs;
        return fake.path[0] && stat(fake.path, &ours) == 0 && fstat(fd, &theirs) == 0 &&
               ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

static inline size_t fake_fill(uint8_t *data)
{
        const struct v4l2_pix_format *format = &fake.format;
        if (format->pixelformat == V4L2_PIX_FMT_MJPEG) {
                memcpy(data, fake.compressed, fake.compressed_len);
                return fake.compressed_len;
        }
        memset(data, 128, format->sizeimage);
        size_t first = format->pixelformat == V4L2_PIX_FMT_UYVY, step = 1;
        if (format->pixelformat == V4L2_PIX_FMT_YUYV || format->pixelformat == V4L2_PIX_FMT_UYVY)
                step = 2;
        size_t row_len = format->bytesperline - fake.padding;
        for (uint32_t y = 0; y < format->height; y++)
                for (size_t i = first; i < row_len; i += step)
                        data[y * format->bytesperline + i] = (uint8_t)fake.shot;
        return format->sizeimage;
}

/* The sensor has a frame: into a buffer, or lost. */
static inline void fake_shoot_at(int64_t at_us)
{
        fake.shot++;
        for (int i = 0; i < fake.requested; i++) {
                if (!fake.is_queued[i])
                        continue;
                int fd = open(fake.path, O_RDWR | O_CLOEXEC);
                uint8_t *data = mmap(NULL, FAKE_BUFFER_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                                     (off_t)i * FAKE_BUFFER_LEN);
                close(fd);
                if (data == MAP_FAILED)
                        abort();
                struct v4l2_buffer *full = &fake.full[fake.full_count++];
                *full = (struct v4l2_buffer){ .index = (uint32_t)i,
                                              .bytesused = (uint32_t)(fake_fill(data) - fake.cut),
                                              .flags = fake.flags | fake.timestamp_flags };
                full->timestamp.tv_sec = (time_t)(at_us / 1000000);
                full->timestamp.tv_usec = (suseconds_t)(at_us % 1000000);
                munmap(data, FAKE_BUFFER_LEN);
                fake.is_queued[i] = false;
                return;
        }
}

static inline void fake_shoot(int frames)
{
        while (frames-- > 0)
                fake_shoot_at(fake_now_us());
}

/* What was due since the last look. */
static inline void fake_catch_up(void)
{
        if (!fake.is_streaming || fake.period_us == 0)
                return;
        for (int64_t now_us = fake_now_us(); fake.due_us <= now_us; fake.due_us += fake.period_us)
                fake_shoot_at(fake.due_us);
}

static inline int fake_capability(struct v4l2_capability *capability)
{
        *capability = (struct v4l2_capability){
                .driver = "fake",
                .card = "fake",
                .capabilities = fake.capabilities | V4L2_CAP_DEVICE_CAPS | V4L2_CAP_VIDEO_CAPTURE,
                .device_caps = fake.capabilities,
        };
        return 0;
}

static inline int fake_enum_format(struct v4l2_fmtdesc *description)
{
        if (description->index >= FAKE_FORMATS_MAX || fake.formats[description->index] == 0)
                return EINVAL;
        description->pixelformat = fake.formats[description->index];
        return 0;
}

/* Makes of the wish what the device can; as drivers do, an unknown format becomes the first. */
static inline int fake_adjust(struct v4l2_format *wish)
{
        struct v4l2_pix_format *format = &wish->fmt.pix;
        uint32_t known = fake.formats[0], bits = 8;
        for (int i = 0; i < FAKE_FORMATS_MAX && fake.formats[i]; i++)
                if (fake.formats[i] == format->pixelformat)
                        known = fake.formats[i];
        format->pixelformat = known;
        if (format->width > fake.max_width_px)
                format->width = fake.max_width_px;
        if (format->height > fake.max_height_px)
                format->height = fake.max_height_px;
        if (known == V4L2_PIX_FMT_YUYV || known == V4L2_PIX_FMT_UYVY)
                bits = 16;
        if (known == V4L2_PIX_FMT_RGB24)
                bits = 24;
        format->bytesperline = format->width * bits / 8 + fake.padding;
        format->sizeimage = format->bytesperline * format->height;
        if (known == V4L2_PIX_FMT_NV12 || known == V4L2_PIX_FMT_YUV420)
                format->sizeimage += format->sizeimage / 2;
        if (known == V4L2_PIX_FMT_MJPEG)
                format->bytesperline = 0;
        return 0;
}

/* A device that shoots by itself does so at the rate asked for. */
static inline int fake_rate(struct v4l2_streamparm *parameters)
{
        struct v4l2_fract *period = &parameters->parm.capture.timeperframe;
        if (!fake.has_rate)
                return ENOTTY;
        parameters->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        if (period->denominator == 0)
                *period = (struct v4l2_fract){ 1, 25 };
        if (fake.period_us)
                fake.period_us = (int64_t)1000000 * period->numerator / period->denominator;
        return 0;
}

static inline int fake_set_control(const struct v4l2_control *control)
{
        for (int i = 0; i < FAKE_CONTROLS_MAX && fake.controls[i]; i++) {
                if (fake.controls[i] != control->id)
                        continue;
                fake.set[fake.set_count].id = control->id;
                fake.set[fake.set_count++].value = control->value;
                return 0;
        }
        return EINVAL;
}

static inline int fake_query_control(struct v4l2_queryctrl *query)
{
        if (!fake.has_bias || query->id != V4L2_CID_AUTO_EXPOSURE_BIAS)
                return EINVAL;
        query->type = V4L2_CTRL_TYPE_INTEGER_MENU;
        query->minimum = 0;
        query->maximum = 12;
        query->default_value = 6;
        return 0;
}

static inline int fake_query_menu(struct v4l2_querymenu *item)
{
        if (!fake.has_bias || item->id != V4L2_CID_AUTO_EXPOSURE_BIAS || item->index > 12 ||
            item->index == 7)
                return EINVAL;
        item->value = ((int64_t)item->index - 6) * 1000 / 3;
        return 0;
}

static inline int fake_request(struct v4l2_requestbuffers *request)
{
        int fd = open(fake.path, O_RDWR | O_CLOEXEC);
        request->count = (uint32_t)fake.buffers;
        fake.requested = fake.buffers;
        int r = ftruncate(fd, (off_t)fake.buffers * FAKE_BUFFER_LEN);
        close(fd);
        return r < 0 ? EIO : 0;
}

static inline int fake_queue(const struct v4l2_buffer *buffer)
{
        if (buffer->index >= (uint32_t)fake.requested || fake.is_queued[buffer->index])
                return EINVAL;
        fake.is_queued[buffer->index] = true;
        return 0;
}

static inline int fake_dequeue(struct v4l2_buffer *buffer)
{
        fake_catch_up();
        if (fake.dequeue_error)
                return fake.dequeue_error;
        if (fake.full_count == 0)
                return EAGAIN;
        *buffer = fake.full[0];
        fake.full_count--;
        memmove(fake.full, fake.full + 1, (size_t)fake.full_count * sizeof(fake.full[0]));
        return 0;
}

static inline int fake_stream(bool is_on)
{
        fake.is_streaming = is_on;
        fake.due_us = fake_now_us() + fake.period_us;
        if (!is_on) {
                memset(fake.is_queued, 0, sizeof(fake.is_queued));
                fake.full_count = 0;
        }
        return 0;
}

/* 0 or an errno. */
static inline int fake_ioctl(unsigned long request, void *arg)
{
        switch (request) {
        case VIDIOC_QUERYCAP:
                return fake_capability(arg);
        case VIDIOC_ENUM_FMT:
                return fake_enum_format(arg);
        case VIDIOC_TRY_FMT:
                return fake_adjust(arg);
        case VIDIOC_S_FMT:
                fake_adjust(arg);
                fake.format = ((struct v4l2_format *)arg)->fmt.pix;
                return fake.format.sizeimage > FAKE_BUFFER_LEN ? ENOMEM : 0;
        case VIDIOC_G_PARM:
        case VIDIOC_S_PARM:
                return fake_rate(arg);
        case VIDIOC_S_CTRL:
                return fake_set_control(arg);
        case VIDIOC_QUERYCTRL:
                return fake_query_control(arg);
        case VIDIOC_QUERYMENU:
                return fake_query_menu(arg);
        case VIDIOC_REQBUFS:
                return fake_request(arg);
        case VIDIOC_QUERYBUF:
                ((struct v4l2_buffer *)arg)->length = FAKE_BUFFER_LEN;
                ((struct v4l2_buffer *)arg)->m.offset =
                        ((struct v4l2_buffer *)arg)->index * FAKE_BUFFER_LEN;
                return 0;
        case VIDIOC_QBUF:
                return fake_queue(arg);
        case VIDIOC_DQBUF:
                return fake_dequeue(arg);
        case VIDIOC_STREAMON:
                return fake_stream(true);
        case VIDIOC_STREAMOFF:
                return fake_stream(false);
        default:
                return ENOTTY;
        }
}

/* Under their own names here, for glibc's headers may have made an inline of poll. */
int fake_ioctl_symbol(int fd, unsigned long request, ...) __asm__("ioctl");
int fake_poll_symbol(struct pollfd *fds, nfds_t count, int timeout_ms) __asm__("poll");
int fake_poll_checked_symbol(struct pollfd *fds, nfds_t count, int timeout_ms,
                             size_t size) __asm__("__poll_chk");

int fake_ioctl_symbol(int fd, unsigned long request, ...)
{
        va_list args;
        va_start(args, request);
        void *arg = va_arg(args, void *);
        va_end(args);
        if (!fake_is(fd))
                return (int)syscall(SYS_ioctl, fd, request, arg);
        fake.ioctls++;
        int error;
        if (fake.interruptions > 0) {
                fake.interruptions--;
                error = EINTR;
        } else if (fake.ioctls_until_fault == 0) {
                fake.ioctls_until_fault = -1;
                error = fake.fault;
        } else {
                fake.ioctls_until_fault -= fake.ioctls_until_fault > 0;
                error = fake_ioctl(request, arg);
        }
        if (error)
                errno = error;
        return error ? -1 : 0;
}

int fake_poll_symbol(struct pollfd *fds, nfds_t count, int timeout_ms)
{
        int64_t until_us = fake_now_us() + (int64_t)timeout_ms * 1000;
        struct timespec timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };
        if (count != 1 || !fake_is(fds[0].fd))
                return ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, NULL);
        for (;;) {
                fake_catch_up();
                fds[0].revents = (short)(fake.poll_events | (fake.full_count ? POLLIN : 0));
                if (fds[0].revents || fake_now_us() >= until_us)
                        return fds[0].revents != 0;
                usleep(1000);
        }
}

/* What a fortified caller calls (clang with glibc 2.40 and later does). */
int fake_poll_checked_symbol(struct pollfd *fds, nfds_t count, int timeout_ms, size_t size)
{
        (void)size;
        return fake_poll_symbol(fds, count, timeout_ms);
}

/* A well-behaved YUYV camera whose frames are shot by hand. */
static inline int fake_plug_in(void **state)
{
        (void)state;
        memset(&fake, 0, sizeof(fake));
        fake.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        fake.formats[0] = V4L2_PIX_FMT_YUYV;
        fake.max_width_px = 128;
        fake.max_height_px = 96;
        fake.buffers = 4;
        fake.has_rate = true;
        fake.timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
        fake.ioctls_until_fault = -1;
        (void)snprintf(fake.path, sizeof(fake.path), "/tmp/fake-v4l2-XXXXXX");
        int fd = mkstemp(fake.path);
        return fd < 0 ? -1 : close(fd);
}

static inline int fake_unplug(void **state)
{
        (void)state;
        /* libv4lconvert keeps the controls that it invents for a Bayer camera of this name. */
        glob_t left;
        if (glob("/dev/shm/libv4l-*::fake", 0, NULL, &left) == 0)
                for (size_t i = 0; i < left.gl_pathc; i++)
                        (void)unlink(left.gl_pathv[i]);
        globfree(&left);
        return unlink(fake.path);
}

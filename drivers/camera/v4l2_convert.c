#include "drivers/camera/v4l2_convert.h"

#include "drivers/camera/v4l2_format.h"
#include <errno.h>
#include <libv4l-plugin.h>
#include <libv4lconvert.h>
#include <limits.h>
#include <sys/ioctl.h>

struct v4l2_convert {
        struct v4lconvert_data *library;
        struct v4l2_format from, to;
        struct v4l2_luma luma;
        uint8_t *buffer;
        size_t buffer_len;
};

/*
 * How the library talks to the device. Its own functions use raw system calls, which go past
 * libcamerify; it needs no other than these.
 */
static void *device_init(int fd)
{
        (void)fd;
        return NULL;
}

static void device_close(void *context)
{
        (void)context;
}

static int device_ioctl(void *context, int fd, unsigned long request, void *arg)
{
        (void)context;
        return ioctl(fd, request, arg);
}

static const struct libv4l_dev_ops device_ops = { .init = device_init,
                                                  .close = device_close,
                                                  .ioctl = device_ioctl };

int v4l2_convert_open(int fd, int rate, struct v4l2_convert **convert)
{
        *convert = NULL;
        struct v4l2_convert *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        self->library = v4lconvert_create_with_dev_ops(fd, NULL, &device_ops);
        if (!self->library) {
                free(self);
                return -ENOMEM;
        }
        v4lconvert_set_fps(self->library, rate);
        *convert = self;
        return 0;
}

uint32_t v4l2_convert_choose(struct v4l2_convert *convert, int width_px, int height_px)
{
        struct v4l2_format from, to = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
        to.fmt.pix.width = (uint32_t)width_px;
        to.fmt.pix.height = (uint32_t)height_px;
        to.fmt.pix.pixelformat = V4L2_PIX_FMT_YUV420;
        /* Without a source that it knows, it answers with a format of the device's own. */
        if (v4lconvert_try_format(convert->library, &to, &from) < 0 ||
            to.fmt.pix.pixelformat != V4L2_PIX_FMT_YUV420)
                return 0;
        return from.fmt.pix.pixelformat;
}

int v4l2_convert_start(struct v4l2_convert *convert, const struct v4l2_pix_format *format)
{
        convert->from = (struct v4l2_format){ .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
        convert->from.fmt.pix = *format;
        convert->to = convert->from;
        /* The library writes whole blocks: odd rests are cut off. */
        convert->to.fmt.pix.width &= ~7U;
        convert->to.fmt.pix.height &= ~1U;
        convert->to.fmt.pix.pixelformat = V4L2_PIX_FMT_YUV420;
        v4lconvert_fixup_fmt(&convert->to);
        int r = v4l2_format_luma(&convert->to.fmt.pix, &convert->luma);
        if (r < 0)
                return r;
        convert->buffer_len = convert->to.fmt.pix.sizeimage;
        free(convert->buffer);
        convert->buffer = calloc(1, convert->buffer_len);
        return convert->buffer ? 0 : -ENOMEM;
}

int v4l2_convert_frame(struct v4l2_convert *convert, uint8_t *data, size_t used,
                       struct frame *frame)
{
        /* The library complains about short uncompressed frames, but only after reading on to
         * where their end should have been. Compressed ones have no bytesperline. */
        const struct v4l2_pix_format *from = &convert->from.fmt.pix;
        if (used == 0 || used > INT_MAX || used / from->height < from->bytesperline)
                return -EAGAIN;
        errno = 0;
        int len = v4lconvert_convert(convert->library, &convert->from, &convert->to, data,
                                     (int)used, convert->buffer, (int)convert->buffer_len);
        if (len < 0) /* EPIPE: it is cut short. 0: the library did not say. */
                return errno == 0 || errno == EPIPE || errno == EAGAIN ? -EAGAIN : -errno;
        return v4l2_format_lend(&convert->luma, convert->buffer, (size_t)len, frame) ? 0 : -EAGAIN;
}

struct v4l2_convert *v4l2_convert_close(struct v4l2_convert *convert)
{
        if (convert) {
                v4lconvert_destroy(convert->library);
                free(convert->buffer);
                free(convert);
        }
        return NULL;
}

#include "common/log.h"
#include "drivers/camera/v4l2_private.h"
#include <errno.h>

enum {
        FORMATS_MAX = 64
};

/* The best format that needs no conversion; 0: the device has none. */
static uint32_t choose_direct(int fd)
{
        uint32_t offered[FORMATS_MAX];
        size_t count = 0;
        for (; count < FORMATS_MAX; count++) {
                struct v4l2_fmtdesc description = { .index = (uint32_t)count,
                                                    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
                if (v4l2_call(fd, VIDIOC_ENUM_FMT, &description) < 0)
                        break;
                offered[count] = description.pixelformat;
        }
        return v4l2_format_choose(offered, count);
}

/* Asks for the rate. What the driver made of it, 0 where it does not say. */
static int set_rate(int fd, int rate)
{
        struct v4l2_streamparm parameters = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
        struct v4l2_fract *period = &parameters.parm.capture.timeperframe;
        if (v4l2_call(fd, VIDIOC_G_PARM, &parameters) < 0 ||
            !(parameters.parm.capture.capability & V4L2_CAP_TIMEPERFRAME))
                return 0;
        *period = (struct v4l2_fract){ .numerator = 1, .denominator = (uint32_t)rate };
        if (v4l2_call(fd, VIDIOC_S_PARM, &parameters) < 0 || period->numerator == 0)
                return 0;
        return (int)((period->denominator + period->numerator / 2) / period->numerator);
}

/* Sets size and format. *given is what the driver made of it. */
static int set_format(int fd, const struct camera_settings *settings, uint32_t fourcc,
                      struct v4l2_pix_format *given)
{
        struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
        format.fmt.pix.width = (uint32_t)settings->width_px;
        format.fmt.pix.height = (uint32_t)settings->height_px;
        format.fmt.pix.pixelformat = fourcc;
        format.fmt.pix.field = V4L2_FIELD_NONE;
        int r = v4l2_call(fd, VIDIOC_S_FMT, &format);
        *given = format.fmt.pix;
        if (r == 0 && given->pixelformat != fourcc)
                return -EINVAL;
        return r;
}

int v4l2_negotiate(int fd, const struct camera_settings *settings, struct v4l2_pix_format *format,
                   struct v4l2_convert **convert)
{
        uint32_t fourcc;
        char name[5];
        *convert = NULL;
        int r = v4l2_format_parse(settings->format, &fourcc);
        if (r < 0)
                return v4l2_refuse(settings, "the format is not auto or a fourcc", r);
        if (fourcc == 0)
                fourcc = choose_direct(fd);
        if (!v4l2_format_is_direct(fourcc)) {
                r = v4l2_convert_open(fd, settings->rate, convert);
                if (r < 0)
                        return v4l2_refuse(settings, "no converter", r);
                if (fourcc == 0)
                        fourcc = v4l2_convert_choose(*convert, settings->width_px,
                                                     settings->height_px);
                if (fourcc == 0)
                        return v4l2_refuse(settings, "no format that can be used", -EINVAL);
        }

        r = set_format(fd, settings, fourcc, format);
        if (r < 0)
                return v4l2_refuse(settings, "the format is refused", r);
        if (*convert) {
                r = v4l2_convert_start(*convert, format);
                if (r < 0)
                        return v4l2_refuse(settings, "no conversion at this size", r);
        }
        v4l2_format_name(fourcc, name);
        int rate = set_rate(fd, settings->rate);
        if (settings->is_told)
                return 0;
        log_info("camera format", "device=%s format=%s size=%ux%u rate=%d asked=%dx%d@%d%s",
                 settings->source, name, format->width, format->height, rate, settings->width_px,
                 settings->height_px, settings->rate, *convert ? " converted" : "");
        return 0;
}

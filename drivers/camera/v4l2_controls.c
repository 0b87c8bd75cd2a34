#include "common/log.h"
#include "drivers/camera/v4l2_private.h"
#include <string.h>

static int set(int fd, uint32_t control, int value)
{
        struct v4l2_control request = { .id = control, .value = value };
        return v4l2_call(fd, VIDIOC_S_CTRL, &request);
}

void v4l2_set_controls(int fd, const struct camera_settings *settings)
{
        const struct {
                const char *name;
                int value;
                uint32_t automatic; /* has to be set to `manual` first */
                int manual;
                uint32_t control;
        } controls[] = {
                { "exposure", settings->exposure, V4L2_CID_EXPOSURE_AUTO, V4L2_EXPOSURE_MANUAL,
                  V4L2_CID_EXPOSURE_ABSOLUTE },
                { "gain", settings->gain, V4L2_CID_AUTOGAIN, 0, V4L2_CID_GAIN },
                { "focus", settings->focus, V4L2_CID_FOCUS_AUTO, 0, V4L2_CID_FOCUS_ABSOLUTE },
        };
        for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
                if (controls[i].value == CAMERA_AUTO)
                        continue;
                /* Many cameras have the value without the automatism (UVC has no AUTOGAIN), so
                 * only the value itself decides whether it worked. */
                int ignored = set(fd, controls[i].automatic, controls[i].manual);
                (void)ignored;
                int r = set(fd, controls[i].control, controls[i].value);
                if (r < 0)
                        log_warn("camera control not set",
                                 "device=%s control=%s value=%d why=\"%s\"", settings->source,
                                 controls[i].name, controls[i].value, strerrordesc_np(-r));
        }
}

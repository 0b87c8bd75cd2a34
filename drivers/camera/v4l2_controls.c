#include "common/log.h"
#include "drivers/camera/v4l2_private.h"
#include <errno.h>
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

/* The menu's item that is nearest to so many thousandths of an EV; -ENOTSUP: it has no such menu.
 */
static int bias_index(int fd, int64_t wanted)
{
        struct v4l2_queryctrl has = { .id = V4L2_CID_AUTO_EXPOSURE_BIAS };
        int64_t best = INT64_MAX;
        int found = -ENOTSUP;
        if (v4l2_call(fd, VIDIOC_QUERYCTRL, &has) < 0 || (has.flags & V4L2_CTRL_FLAG_DISABLED) ||
            has.type != V4L2_CTRL_TYPE_INTEGER_MENU || has.minimum < 0)
                return -ENOTSUP;
        for (int i = has.minimum; i <= has.maximum; i++) {
                struct v4l2_querymenu item = { .id = has.id, .index = (uint32_t)i };
                if (v4l2_call(fd, VIDIOC_QUERYMENU, &item) < 0)
                        continue; /* menus may have holes */
                int64_t off = item.value > wanted ? item.value - wanted : wanted - item.value;
                if (off < best) {
                        best = off;
                        found = i;
                }
        }
        return found;
}

int v4l2_set_steps(int fd, int exposure, int steps)
{
        if (exposure != CAMERA_AUTO) {
                int time = steps < 0 ? exposure >> -steps : exposure << steps;
                return set(fd, V4L2_CID_EXPOSURE_ABSOLUTE, time > 0 ? time : 1);
        }
        int index = bias_index(fd, INT64_C(1000) * steps);
        return index < 0 ? index : set(fd, V4L2_CID_AUTO_EXPOSURE_BIAS, index);
}

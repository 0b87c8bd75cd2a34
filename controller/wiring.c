#include "controller/wiring.h"

#include "drivers/camera/camera_drivers.h"
#include "drivers/lines/line_drivers.h"

#include <string.h>

static lines_open_fn *const lines_drivers[] = {
        [LINES_GPIOD] = gpiod_lines_open,
        [LINES_SIM] = sim_lines_open,
};

static camera_open_fn *const camera_drivers[] = {
        [CAMERA_V4L2] = v4l2_camera_open,
        [CAMERA_EXEC] = exec_camera_open,
        [CAMERA_REPLAY] = replay_camera_open,
};

int wiring_open_lines(const struct settings *settings, const struct plan *plan,
                      struct lines **lines)
{
        int error = lines_drivers[settings->lines.driver](settings->lines.chip, plan->spec,
                                                          plan->count, lines);
        /* A simulated world begins without a fire. */
        if (!error && (*lines)->ops->drive && plan->fire != PLAN_NONE)
                error = (*lines)->ops->drive(*lines, plan->fire, true);
        return error;
}

struct eye_config wiring_eye(const struct settings *settings, size_t point,
                             const uint8_t key[DIGEST_KEY_LEN])
{
        const struct settings_point *from = &settings->point[point];
        struct eye_config config = {
                .point = (int)point,
                .open = camera_drivers[from->camera],
                .device = settings_camera_label(from),
                .camera = { .source = from->camera_source,
                            .width_px = from->camera_width_px,
                            .height_px = from->camera_height_px,
                            .rate = from->camera_rate,
                            .exposure = from->camera_exposure,
                            .gain = from->camera_gain,
                            .focus = from->camera_focus,
                            .format = from->camera_format,
                            .hold_ms = from->replay_hold_ms,
                            .is_looping = from->replay_is_looping },
                .decoder = { .candidates_max = settings->decode.candidates_max,
                             .mode = DECODER_LIVE,
                             .budget_ms = settings->decode.frame_ms },
                .is_metering = from->camera_is_metering,
        };
        memcpy(config.access_point, from->id, sizeof(config.access_point));
        memcpy(config.key, key, DIGEST_KEY_LEN);
        return config;
}

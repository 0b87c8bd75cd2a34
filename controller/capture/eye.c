#include "controller/capture/eye.h"

#include "common/log.h"
#include "controller/decode/exposure.h"
#include "controller/decode/presentation.h"
#include "controller/flow_names.h"
#include "controller/validate/credential.h"
#include "controller/validate/identity.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
        STEPS_UNKNOWN = EXPOSURE_STEPS_MAX + 1
};

/* What belongs to one run of the thread. */
struct watch {
        struct eye *eye;
        struct camera *camera;
        struct decoder *decoder;
        struct credential_reader *reader;
        struct presentation presentation;
        struct aim aim;
        struct exposure exposure;
        int steps;     /* that the camera was asked for */
        bool is_fixed; /* it cannot */
        bool is_told;  /* that the camera is lost */
        bool is_blind; /* told that its frames cannot be decoded */
        int64_t last_frame_ms, retry_ms, rest_until_ms;
        int pause_ms;
        int64_t rate_since_ms;
        uint64_t rate_frames;
};

static void tell_recorder(struct eye *eye, const struct to_recorder *message)
{
        if (!mailbox_put(eye->recorder, message))
                log_error("message to the recorder lost", "access_point=%s",
                          eye->config.access_point);
}

static void tell_camera(struct watch *watch, bool is_running, const char *why)
{
        struct eye *eye = watch->eye;
        struct to_recorder event = { .kind = RECORDER_PASSAGE,
                                     .point = eye->config.point,
                                     .event = is_running ? EVENT_FAULT_CLEARED : EVENT_FAULT,
                                     .reason = REASON_CAMERA };
        struct to_gate state = { .kind = GATE_CAMERA,
                                 .point = eye->config.point,
                                 .is_on = is_running };
        snprintf(event.detail, sizeof(event.detail), "%s", why);
        atomic_store(&eye->board->is_camera_running, is_running);
        if (!mailbox_put(eye->gate, &state))
                log_error("camera state lost", "access_point=%s", eye->config.access_point);
        if (!is_running)
                atomic_fetch_add(&eye->board->camera_faults, 1);
        if (is_running && !watch->is_told)
                return; /* the first frame after a good start is no event */
        tell_recorder(eye, &event);
}

/* A driver logs itself why it cannot open; `is_logged` says so. */
static void lose_camera(struct watch *watch, const char *why, bool is_logged)
{
        watch->camera = camera_close(watch->camera);
        watch->pause_ms = watch->pause_ms == 0 ? EYE_RETRY_MIN_MS : watch->pause_ms * 2;
        if (watch->pause_ms > EYE_RETRY_MAX_MS)
                watch->pause_ms = EYE_RETRY_MAX_MS;
        watch->retry_ms = monotonic_ms() + watch->pause_ms;
        atomic_store(&watch->eye->board->rate_mhz, 0);
        if (watch->is_told)
                return;
        if (!is_logged)
                log_error("camera lost", "access_point=%s device=%s error=%s",
                          watch->eye->config.access_point, watch->eye->config.device, why);
        tell_camera(watch, false, why);
        watch->is_told = true;
}

static void find_camera(struct watch *watch)
{
        int64_t now_ms = monotonic_ms();
        if (now_ms < watch->retry_ms) {
                /* Nothing to wait for but time: the driver cannot say when a device will be back.
                 */
                int64_t left = watch->retry_ms - now_ms;
                (void)poll(NULL, 0, left < EYE_WAIT_MS ? (int)left : EYE_WAIT_MS);
                return;
        }
        struct camera_settings settings = watch->eye->config.camera;
        settings.is_told = watch->is_told;
        int error = watch->eye->config.open(&settings, &watch->camera);
        if (error)
                lose_camera(watch, strerror(-error), true);
        else
                watch->last_frame_ms = monotonic_ms();
        watch->exposure = (struct exposure){ .step = 0 };
        watch->steps = STEPS_UNKNOWN; /* a run before may have left it anywhere */
        watch->is_fixed = false;
}

/* Called by the decoder for each code in view. */
static void on_payload(void *context, const struct payload *payload)
{
        struct watch *watch = context;
        struct eye *eye = watch->eye;
        int64_t now_ms = monotonic_ms();
        if (!presentation_see(&watch->presentation, payload->bytes, payload->len, now_ms))
                return;
        struct credential_reading reading;
        struct to_recorder scan = { .kind = RECORDER_SCAN, .point = eye->config.point };
        struct credential *credential = &scan.credential;
        watch->reader->trust = trust_take_up(&eye->trust);
        credential_read(watch->reader, payload, &reading);
        credential->captured_us = payload->captured_us;
        memcpy(credential->access_point, eye->config.access_point,
               sizeof(credential->access_point));
        if (credential_fill(eye->config.key, &reading, credential) != 0) {
                log_error("credential digest failed", "access_point=%s", eye->config.access_point);
                return;
        }
        if (eye->config.is_sealing && !identity_seal(eye->config.seal_key, &reading, credential))
                log_error("identity not sealed", "access_point=%s class=%s",
                          eye->config.access_point, credential_class_name(reading.class));
        atomic_fetch_add(&eye->board->codes, 1);
        int stage = stage_index(payload->stage);
        if (stage < STAGES)
                atomic_fetch_add(&eye->board->stage_codes[stage], 1);
        tell_recorder(eye, &scan);
}

static void note_rate(struct watch *watch, int64_t now_ms)
{
        watch->rate_frames++;
        int64_t age_ms = now_ms - watch->rate_since_ms;
        if (age_ms < 2000)
                return;
        atomic_store(&watch->eye->board->rate_mhz,
                     (uint32_t)(watch->rate_frames * 1000000 / (uint64_t)age_ms));
        watch->rate_since_ms = now_ms;
        watch->rate_frames = 0;
}

static void note_frame(struct watch *watch, const struct frame *frame, int64_t now_ms)
{
        struct board_point *board = watch->eye->board;
        watch->last_frame_ms = now_ms;
        watch->pause_ms = 0;
        note_rate(watch, now_ms);
        atomic_fetch_add(&board->frames, 1);
        atomic_store(&board->width_px, frame->width_px);
        atomic_store(&board->height_px, frame->height_px);
        if (atomic_load(&board->is_camera_running))
                return;
        if (watch->is_told)
                log_info("camera is back", "access_point=%s", watch->eye->config.access_point);
        tell_camera(watch, true, "");
        watch->is_told = false;
}

static void tell_blind(struct eye *eye, bool is_blind, const char *why)
{
        struct to_recorder event = { .kind = RECORDER_PASSAGE,
                                     .point = eye->config.point,
                                     .event = is_blind ? EVENT_FAULT : EVENT_FAULT_CLEARED,
                                     .reason = REASON_DECODER };
        if (is_blind)
                log_error("frames cannot be decoded", "access_point=%s error=%s",
                          eye->config.access_point, why);
        snprintf(event.detail, sizeof(event.detail), "%s", why);
        tell_recorder(eye, &event);
}

/* The hint goes to the lamps and to displays, when it is another. */
static void tell_hint(struct watch *watch, const struct aim_sight *sight)
{
        struct eye *eye = watch->eye;
        int before = atomic_load(&eye->board->aim);
        enum aim_hint hint = aim_see(&watch->aim, sight, monotonic_ms());
        if ((int)hint == before)
                return;
        const struct to_gate lamp = { .kind = GATE_AIM,
                                      .point = eye->config.point,
                                      .is_on = hint != AIM_NONE };
        const struct to_desk display = {
                .kind = DESK_AIM, .point = eye->config.point, .hint = hint, .at_us = monotonic_us()
        };
        atomic_store(&eye->board->aim, (int)hint);
        if (!mailbox_put(eye->gate, &lamp) || !mailbox_put(eye->desk, &display))
                log_warn("hint not told", "access_point=%s", eye->config.access_point);
}

/* A camera that cannot is told once, and asked no more until it is opened again. */
static void meter(struct watch *watch, const struct aim_sight *sight)
{
        const struct eye_config *config = &watch->eye->config;
        if (!config->is_metering || watch->is_fixed)
                return;
        int steps = exposure_see(&watch->exposure, sight, monotonic_ms());
        if (steps == watch->steps)
                return;
        int error = camera_expose(watch->camera, steps);
        watch->steps = steps;
        watch->is_fixed = error != 0;
        if (error)
                log_warn("camera does not change its exposure",
                         "access_point=%s device=%s error=%s", config->access_point, config->device,
                         strerror(-error));
}

static void help(struct watch *watch, const struct frame *frame,
                 const struct decoder_report *report)
{
        struct aim_sight sight = aim_sight(frame, &report->view);
        sight.is_moving = report->is_moving;
        sight.is_read = report->codes > 0;
        tell_hint(watch, &sight);
        meter(watch, &sight);
}

static void look(struct watch *watch, const struct frame *frame)
{
        struct eye *eye = watch->eye;
        struct decoder_report report = { 0 };
        int64_t begin_us = monotonic_us();
        if (begin_us / 1000 < watch->rest_until_ms)
                return;
        presentation_tune(&watch->presentation, atomic_load(&eye->hold_off_ms));
        int error = decoder_scan(watch->decoder, frame, on_payload, watch, &report);
        int64_t spent_us = monotonic_us() - begin_us;
        if (report.is_same)
                atomic_fetch_add(&eye->board->same_frames, 1);
        else
                histogram_add(&eye->board->decode_us, spent_us);
        if ((error != 0) != watch->is_blind)
                tell_blind(eye, error != 0, error ? strerror(-error) : "");
        watch->is_blind = error != 0;
        if (error || report.is_refused)
                atomic_fetch_add(&eye->board->refused_frames, 1);
        if (!error)
                help(watch, frame, &report);
        if (spent_us / 1000 > atomic_load(&eye->budget_ms))
                watch->rest_until_ms = monotonic_ms() + spent_us / 1000;
}

static void watch_camera(struct watch *watch)
{
        struct frame frame;
        int error = camera_next(watch->camera, &frame, EYE_WAIT_MS);
        int64_t now_ms = monotonic_ms();
        if (error == 0) {
                note_frame(watch, &frame, now_ms);
                look(watch, &frame);
        } else if (error != -ETIMEDOUT) {
                lose_camera(watch, strerror(-error), false);
        } else if (now_ms - watch->last_frame_ms > EYE_STALL_MS) {
                lose_camera(watch, "no frame for 2 s", false);
        }
}

void eye_init(struct eye *eye, const struct eye_config *config, const struct settings *settings,
              struct mailbox *recorder, struct mailbox *gate, struct mailbox *desk,
              struct board_point *board)
{
        *eye = (struct eye){
                .config = *config, .recorder = recorder, .gate = gate, .desk = desk, .board = board
        };
        atomic_store(&eye->hold_off_ms, settings->decode.hold_off_ms);
        atomic_store(&eye->budget_ms, settings->decode.budget_ms);
        atomic_store(&board->eye_beat_ms, monotonic_ms());
}

void eye_run(struct eye *eye)
{
        struct watch watch = { .eye = eye };
        presentation_init(&watch.presentation, atomic_load(&eye->hold_off_ms));
        watch.reader = calloc(1, sizeof(*watch.reader));
        int error = watch.reader ? decoder_new(&eye->config.decoder, &watch.decoder) : -ENOMEM;
        if (error) {
                /* Without heartbeats the watchdog restarts the process. */
                log_error("decoder cannot start", "access_point=%s error=%s",
                          eye->config.access_point, strerror(-error));
                free(watch.reader);
                return;
        }
        watch.rate_since_ms = monotonic_ms();
        while (!atomic_load(&eye->is_stopping)) {
                atomic_store(&eye->board->eye_beat_ms, monotonic_ms());
                if (watch.camera)
                        watch_camera(&watch);
                else
                        find_camera(&watch);
        }
        watch.camera = camera_close(watch.camera);
        watch.decoder = decoder_free(watch.decoder);
        free(watch.reader);
}

void eye_stop(struct eye *eye)
{
        atomic_store(&eye->is_stopping, true);
}

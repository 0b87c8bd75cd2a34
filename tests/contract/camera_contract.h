/*
 * Contract of the camera port: what every driver of controller/ports/camera.h must do. A test
 * program says how the driver is opened and runs CAMERA_CONTRACT(&world, set_up, tear_down).
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/ports/camera.h"
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum {
        FRAME_MS = 10000, /* for a frame that must come; slow machines emulate slower ones */
        BUSY_MS = 600,    /* a reader that decodes for long: many frames, all of any queue */
        SLACK_MS = 400,   /* what a busy machine adds */
        FRAMES = 12,
        REOPENINGS = 8
};

struct camera_world {
        camera_open_fn *open;
        struct camera_settings
                settings;             /* frames for as long as somebody reads them; source NULL:
                                         this machine has no such device, and tests are skipped */
        struct camera_settings quiet; /* one frame or none, then nothing for a second; source NULL:
                                         no such thing */
        struct camera_settings missing; /* a source that is not there */
};

static inline struct camera *open_camera(const struct camera_world *world)
{
        struct camera *camera = NULL;
        if (!world->settings.source)
                skip();
        assert_int_equal(world->open(&world->settings, &camera), 0);
        assert_non_null(camera);
        assert_non_null(camera->ops->name);
        return camera;
}

static inline struct frame next_frame(struct camera *camera)
{
        struct frame frame = { 0 };
        assert_int_equal(camera_next(camera, &frame, FRAME_MS), 0);
        return frame;
}

/* For waiting in a loop for what must come. */
static inline void assert_before(int64_t deadline_ms)
{
        assert_true(monotonic_ms() < deadline_ms);
}

/* Time passes for a reader that has other things to do. */
static inline void be_busy(int ms)
{
        poll(NULL, 0, ms);
}

static inline uint8_t sample(const struct frame *frame, int x, int y)
{
        return frame->luma[(ptrdiff_t)y * frame->stride + (ptrdiff_t)x * frame->step];
}

/* Reads every sample: a sanitizer sees if one is not there. */
static inline uint64_t digest_of(const struct frame *frame)
{
        uint64_t digest = 14695981039346656037U;
        for (int y = 0; y < frame->height_px; y++)
                for (int x = 0; x < frame->width_px; x++)
                        digest = (digest ^ sample(frame, x, y)) * 1099511628211U;
        return digest;
}

static inline int open_files(void)
{
        int count = 0;
        DIR *folder = opendir("/proc/self/fd");
        assert_non_null(folder);
        while (readdir(folder))
                count++;
        closedir(folder);
        return count;
}

static inline bool has_children(void)
{
        return waitpid(-1, NULL, WNOHANG | WUNTRACED) >= 0 || errno != ECHILD;
}

static inline void a_frame_has_a_sane_shape_and_all_its_samples(void **state)
{
        struct camera *camera = open_camera(*state);
        for (int i = 0; i < 3; i++) {
                struct frame frame = next_frame(camera);
                assert_non_null(frame.luma);
                assert_in_range(frame.width_px, 1, 8192);
                assert_in_range(frame.height_px, 1, 8192);
                assert_in_range(frame.step, 1, 2);
                assert_true(frame.stride > (frame.width_px - 1) * frame.step);
                assert_int_not_equal(digest_of(&frame), 0);
        }
        camera_close(camera);
}

static inline void a_frame_says_when_it_was_taken_and_time_never_goes_back(void **state)
{
        struct camera *camera = open_camera(*state);
        int64_t before_us = 0;
        for (int i = 0; i < FRAMES; i++) {
                struct frame frame = next_frame(camera);
                assert_true(frame.captured_us > 0);
                assert_true(frame.captured_us >= before_us);
                assert_true(frame.captured_us <= monotonic_us());
                before_us = frame.captured_us;
        }
        camera_close(camera);
}

static inline void a_frame_stays_as_it_is_until_the_next_call(void **state)
{
        const struct camera_world *world = *state;
        struct camera *camera = open_camera(world);
        for (int i = 0; i < 2; i++) {
                struct frame frame = next_frame(camera);
                uint64_t digest = digest_of(&frame);
                be_busy(5000 / world->settings.rate);
                assert_int_equal(digest_of(&frame), digest);
        }
        camera_close(camera);
}

static inline void a_slow_reader_gets_the_newest_frame(void **state)
{
        const struct camera_world *world = *state;
        struct camera *camera = open_camera(world);
        next_frame(camera);
        be_busy(BUSY_MS);
        int64_t asked_ms = monotonic_ms();
        int64_t taken_ms = next_frame(camera).captured_us / 1000;
        int64_t period_ms = 1000 / world->settings.rate;
        assert_true(taken_ms >= asked_ms - 3 * period_ms - SLACK_MS / 4);
        camera_close(camera);
}

static inline void no_frame_in_time_is_a_timeout_and_takes_no_longer(void **state)
{
        const struct camera_world *world = *state;
        if (!world->quiet.source)
                skip();
        struct camera *camera = NULL;
        struct frame frame;
        assert_int_equal(world->open(&world->quiet, &camera), 0);
        int r = camera_next(camera, &frame, 0);
        assert_true(r == 0 || r == -ETIMEDOUT);
        const int timeouts_ms[] = { 0, 120, 1 };
        for (size_t i = 0; i < ARRAY_LEN(timeouts_ms); i++) {
                int64_t asked_us = monotonic_us();
                assert_int_equal(camera_next(camera, &frame, timeouts_ms[i]), -ETIMEDOUT);
                int64_t took_ms = (monotonic_us() - asked_us) / 1000;
                assert_in_range(took_ms, timeouts_ms[i], timeouts_ms[i] + SLACK_MS);
        }
        camera_close(camera);
}

static inline void closing_gives_everything_back_at_any_moment(void **state)
{
        const struct camera_world *world = *state;
        struct frame frame;
        int files = open_files();
        for (int frames = 0; frames < REOPENINGS; frames++) {
                struct camera *camera = open_camera(world);
                for (int i = 0; i < frames; i++)
                        next_frame(camera);
                int r = camera_next(camera, &frame, 0); /* with and without a frame lent */
                assert_true(r == 0 || r == -ETIMEDOUT);
                assert_null(camera_close(camera));
                assert_int_equal(open_files(), files);
                assert_false(has_children());
        }
        camera_close(open_camera(world));
        assert_int_equal(open_files(), files);
        assert_false(has_children());
}

static inline void what_is_not_there_is_refused(void **state)
{
        const struct camera_world *world = *state;
        int files = open_files();
        struct camera *camera = (struct camera *)&files;
        assert_true(world->open(&world->missing, &camera) < 0);
        assert_null(camera);
        assert_int_equal(open_files(), files);
        assert_false(has_children());
}

/* set_up and tear_down are cmocka's, before and after each test; NULL: nothing to do. */
#define CAMERA_TEST(test, world, set_up, tear_down)                                                \
        cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, (void *)(world))

#define CAMERA_CONTRACT(world, set_up, tear_down)                                                  \
        CAMERA_TEST(a_frame_has_a_sane_shape_and_all_its_samples, world, set_up, tear_down),       \
                CAMERA_TEST(a_frame_says_when_it_was_taken_and_time_never_goes_back, world,        \
                            set_up, tear_down),                                                    \
                CAMERA_TEST(a_frame_stays_as_it_is_until_the_next_call, world, set_up, tear_down), \
                CAMERA_TEST(a_slow_reader_gets_the_newest_frame, world, set_up, tear_down),        \
                CAMERA_TEST(no_frame_in_time_is_a_timeout_and_takes_no_longer, world, set_up,      \
                            tear_down),                                                            \
                CAMERA_TEST(closing_gives_everything_back_at_any_moment, world, set_up,            \
                            tear_down),                                                            \
                CAMERA_TEST(what_is_not_there_is_refused, world, set_up, tear_down)

/* V4L2 camera on a fake device: the contract, and what a real one does only on bad days. */
#include "tests/contract/camera_contract.h"
#include "tests/contract/fake_v4l2.h"

#include "drivers/camera/camera_drivers.h"

enum {
        WIDTH = 64,
        HEIGHT = 48,
        PERIOD_US = 20000
};

/* 32x32, 4:2:2, four squares of luma 40, 90, 160 and 220. */
static const uint8_t jpeg[] = {
        0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01, 0x01, 0x00, 0x00,
        0x01, 0x00, 0x01, 0x00, 0x00, 0xff, 0xdb, 0x00, 0x43, 0x00, 0x03, 0x02, 0x02, 0x03, 0x02,
        0x02, 0x03, 0x03, 0x03, 0x03, 0x04, 0x03, 0x03, 0x04, 0x05, 0x08, 0x05, 0x05, 0x04, 0x04,
        0x05, 0x0a, 0x07, 0x07, 0x06, 0x08, 0x0c, 0x0a, 0x0c, 0x0c, 0x0b, 0x0a, 0x0b, 0x0b, 0x0d,
        0x0e, 0x12, 0x10, 0x0d, 0x0e, 0x11, 0x0e, 0x0b, 0x0b, 0x10, 0x16, 0x10, 0x11, 0x13, 0x14,
        0x15, 0x15, 0x15, 0x0c, 0x0f, 0x17, 0x18, 0x16, 0x14, 0x18, 0x12, 0x14, 0x15, 0x14, 0xff,
        0xdb, 0x00, 0x43, 0x01, 0x03, 0x04, 0x04, 0x05, 0x04, 0x05, 0x09, 0x05, 0x05, 0x09, 0x14,
        0x0d, 0x0b, 0x0d, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14,
        0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14,
        0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14,
        0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0x14, 0xff, 0xc0, 0x00, 0x11, 0x08, 0x00, 0x20,
        0x00, 0x20, 0x03, 0x01, 0x21, 0x00, 0x02, 0x11, 0x01, 0x03, 0x11, 0x01, 0xff, 0xc4, 0x00,
        0x15, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x08, 0xff, 0xc4, 0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xc4, 0x00,
        0x14, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0xff, 0xc4, 0x00, 0x14, 0x11, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xda, 0x00, 0x0c,
        0x03, 0x01, 0x00, 0x02, 0x11, 0x03, 0x11, 0x00, 0x3f, 0x00, 0x85, 0x00, 0x50, 0xc0, 0x27,
        0x90, 0x14, 0x30, 0x0a, 0xe8, 0x05, 0x40, 0x02, 0x5f, 0x01, 0x50, 0x00, 0xff, 0xd9
};

static const struct camera_world world = {
        .open = v4l2_camera_open,
        .settings = { .source = fake.path,
                      .width_px = WIDTH,
                      .height_px = HEIGHT,
                      .rate = 1000000 / PERIOD_US,
                      .exposure = CAMERA_AUTO,
                      .gain = CAMERA_AUTO,
                      .focus = CAMERA_AUTO,
                      .format = "auto" },
        .quiet = { .source = fake.path,
                   .width_px = WIDTH,
                   .height_px = HEIGHT,
                   .rate = 1,
                   .exposure = CAMERA_AUTO,
                   .gain = CAMERA_AUTO,
                   .focus = CAMERA_AUTO,
                   .format = "auto" },
        .missing = { .source = "/nonexistent/video0", .format = "auto" },
};

/* One that shoots by itself. */
static int plug_in_running(void **state)
{
        int r = fake_plug_in(state);
        fake.period_us = PERIOD_US;
        return r;
}

static int plug_in_padded_uyvy(void **state)
{
        int r = plug_in_running(state);
        fake.formats[0] = V4L2_PIX_FMT_UYVY;
        fake.padding = 32;
        return r;
}

static int plug_in_converted(void **state)
{
        int r = plug_in_running(state);
        fake.formats[0] = V4L2_PIX_FMT_RGB24;
        return r;
}

static struct camera *open_with(struct camera_settings settings)
{
        struct camera *camera = NULL;
        assert_int_equal(v4l2_camera_open(&settings, &camera), 0);
        return camera;
}

static void assert_refused(struct camera_settings settings, int error)
{
        int files = open_files();
        struct camera *camera = (struct camera *)&settings;
        assert_int_equal(v4l2_camera_open(&settings, &camera), error);
        assert_null(camera);
        assert_int_equal(open_files(), files);
}

/* How many of the device's buffers are mapped. */
static int mapped_buffers(void)
{
        char line[512];
        int count = 0;
        FILE *file = fopen("/proc/self/maps", "re");
        assert_non_null(file);
        while (fgets(line, sizeof(line), file))
                count += strstr(line, fake.path) != NULL;
        assert_int_equal(fclose(file), 0);
        return count;
}

/* The next frame must be the one with this number, in every sample. */
static void assert_next_is(struct camera *camera, int number)
{
        struct frame frame = { 0 };
        assert_int_equal(camera_next(camera, &frame, 0), 0);
        for (int y = 0; y < frame.height_px; y++)
                for (int x = 0; x < frame.width_px; x++)
                        assert_int_equal(sample(&frame, x, y), number);
}

static void assert_no_next(struct camera *camera)
{
        struct frame frame;
        assert_int_equal(camera_next(camera, &frame, 0), -ETIMEDOUT);
}

static void of_frames_that_wait_only_the_newest_is_lent(void **state)
{
        (void)state;
        struct camera *camera = open_with(world.settings);
        fake_shoot(3);
        assert_next_is(camera, 3);
        assert_no_next(camera);
        fake_shoot(1);
        assert_next_is(camera, 4);
        fake_shoot(2);
        assert_next_is(camera, 6);
        camera_close(camera);
}

static void when_every_buffer_was_full_the_next_to_come_is_lent(void **state)
{
        (void)state;
        struct camera *camera = open_with(world.settings);
        fake_shoot(10); /* 5 to 10 found no buffer, and 4 is as old as they are */
        assert_no_next(camera);
        fake_shoot(1);
        assert_next_is(camera, 11);
        fake_shoot(10); /* the same with one buffer lent */
        assert_no_next(camera);
        fake_shoot(2);
        assert_next_is(camera, 23);
        camera_close(camera);
}

static void two_buffers_are_enough_and_one_is_not(void **state)
{
        (void)state;
        fake.buffers = 2;
        struct camera *camera = open_with(world.settings);
        fake_shoot(1);
        assert_next_is(camera, 1);
        assert_no_next(camera);
        fake_shoot(1);
        assert_next_is(camera, 2);
        camera_close(camera);
        fake.buffers = 1;
        assert_refused(world.settings, -ENOMEM);
}

static void damaged_and_short_frames_are_skipped(void **state)
{
        (void)state;
        struct camera *camera = open_with(world.settings);
        fake.flags = V4L2_BUF_FLAG_ERROR;
        fake_shoot(1);
        assert_no_next(camera);
        fake_shoot(2);
        fake.flags = 0;
        fake_shoot(1);
        assert_next_is(camera, 4);
        fake_shoot(1);
        fake.flags = V4L2_BUF_FLAG_ERROR; /* the newest is damaged, the one before is not */
        fake_shoot(1);
        assert_next_is(camera, 5);
        fake.flags = 0;
        fake.cut = 2; /* of the last row */
        fake_shoot(1);
        assert_no_next(camera);
        fake.cut = 1; /* chroma */
        fake_shoot(1);
        assert_next_is(camera, 8);
        camera_close(camera);
}

static void a_lost_device_is_an_error(void **state)
{
        (void)state;
        const int errors[] = { ENODEV, EIO, EPIPE };
        for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
                struct camera *camera = open_with(world.settings);
                struct frame frame;
                fake_shoot(1);
                next_frame(camera);
                fake.dequeue_error = errors[i];
                assert_int_equal(camera_next(camera, &frame, FRAME_MS), -errors[i]);
                camera_close(camera);
                fake.dequeue_error = 0;
        }
        const short events[] = { POLLERR, POLLHUP, POLLIN | POLLERR };
        for (size_t i = 0; i < ARRAY_LEN(events); i++) {
                struct camera *camera = open_with(world.settings);
                struct frame frame;
                fake.poll_events = events[i];
                assert_int_equal(camera_next(camera, &frame, FRAME_MS), -EIO);
                camera_close(camera);
                fake.poll_events = 0;
        }
}

static void an_interrupted_call_is_made_again_but_not_for_ever(void **state)
{
        (void)state;
        fake.interruptions = 5;
        struct camera *camera = open_with(world.settings);
        assert_int_equal(fake.interruptions, 0);
        fake_shoot(1);
        fake.interruptions = 5;
        assert_next_is(camera, 1);
        struct frame frame;
        fake.interruptions = 1000000;
        assert_int_equal(camera_next(camera, &frame, 0), -EINTR);
        fake.interruptions = 0;
        camera_close(camera);
}

static void whatever_fails_while_opening_nothing_is_left_behind(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        settings.gain = 1;
        fake.controls[0] = V4L2_CID_GAIN;
        const uint32_t formats[] = { V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_RGB24 };
        for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
                fake.formats[0] = formats[i];
                camera_close(open_with(settings));
                int refused = 0, files = open_files();
                fake.ioctls = 0;
                camera_close(open_with(settings));
                int ioctls = fake.ioctls;
                assert_true(ioctls > 12);
                for (int good = 0; good < ioctls; good++) {
                        struct camera *camera = NULL;
                        fake.ioctls_until_fault = good;
                        fake.fault = EIO;
                        fake.set_count = 0;
                        int r = v4l2_camera_open(&settings, &camera);
                        assert_true((r == 0) == (camera != NULL));
                        refused += r < 0;
                        camera_close(camera);
                        fake_stream(false);
                        assert_int_equal(open_files(), files);
                        assert_int_equal(mapped_buffers(), 0);
                }
                assert_true(refused > 8); /* the rest are controls and the rate */
        }
}

static void timestamps_are_the_drivers_if_they_make_sense(void **state)
{
        (void)state;
        struct camera *camera = open_with(world.settings);
        int64_t opened_us = monotonic_us();
        fake_shoot_at(opened_us - 5000);
        assert_int_equal(next_frame(camera).captured_us, opened_us - 5000);
        fake_shoot_at(opened_us - 9000); /* back in time */
        assert_int_equal(next_frame(camera).captured_us, opened_us - 5000);
        fake_shoot_at(opened_us + 1000000000); /* not yet */
        assert_true(next_frame(camera).captured_us <= monotonic_us());
        fake.timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_UNKNOWN;
        int64_t shot_us = monotonic_us();
        fake_shoot_at(shot_us - 1000000);
        assert_true(next_frame(camera).captured_us >= shot_us);
        camera_close(camera);
}

static void every_direct_format_shows_its_luma(void **state)
{
        (void)state;
        const uint32_t formats[] = { V4L2_PIX_FMT_GREY, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUV420,
                                     V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_UYVY };
        for (size_t i = 0; i < ARRAY_LEN(formats); i++)
                for (fake.padding = 0; fake.padding <= 16; fake.padding += 16) {
                        fake.formats[0] = V4L2_PIX_FMT_RGB24; /* offered first, not taken */
                        fake.formats[1] = formats[i];
                        struct camera *camera = open_with(world.settings);
                        assert_int_equal(fake.format.pixelformat, formats[i]);
                        fake.shot = 41;
                        fake_shoot(1);
                        assert_next_is(camera, 42);
                        camera_close(camera);
                }
}

static void the_format_that_is_insisted_on_is_asked_for(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        fake.formats[1] = V4L2_PIX_FMT_GREY;
        settings.format = "YUYV";
        camera_close(open_with(settings));
        assert_int_equal(fake.format.pixelformat, V4L2_PIX_FMT_YUYV);
        settings.format = "NV12"; /* the device would make YUYV of it */
        assert_refused(settings, -EINVAL);
        settings.format = "H264"; /* nor has it that, nor could it be converted */
        assert_refused(settings, -EINVAL);
        settings.format = "yuv420";
        assert_refused(settings, -EINVAL);
}

static void the_size_that_the_device_gives_is_taken(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        settings.width_px = 4000;
        settings.height_px = 3000;
        struct camera *camera = open_with(settings);
        fake_shoot(1);
        struct frame frame = next_frame(camera);
        assert_int_equal(frame.width_px, fake.max_width_px);
        assert_int_equal(frame.height_px, fake.max_height_px);
        camera_close(camera);
}

static void other_formats_are_converted(void **state)
{
        (void)state;
        fake.formats[0] = V4L2_PIX_FMT_SBGGR8;
        fake.formats[1] = V4L2_PIX_FMT_RGB24;
        const char *const names[] = { "auto", "BA81", "RGB3" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                struct camera_settings settings = world.settings;
                settings.format = names[i];
                struct camera *camera = open_with(settings);
                fake.shot = 99;
                fake_shoot(1);
                struct frame frame = next_frame(camera);
                assert_int_equal(frame.width_px, WIDTH);
                assert_int_equal(frame.height_px, HEIGHT);
                for (int x = 0; x < WIDTH; x++) /* grey of 100, in video range or not */
                        assert_in_range(sample(&frame, x, HEIGHT / 2), 96, 104);
                fake.cut = 1000;
                fake_shoot(1);
                assert_no_next(camera);
                fake.cut = 0;
                fake_shoot(3);
                next_frame(camera);
                camera_close(camera);
        }
}

static void a_camera_that_has_only_mjpeg_will_do(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        settings.width_px = settings.height_px = 32;
        fake.formats[0] = V4L2_PIX_FMT_MJPEG;
        fake.compressed = jpeg;
        fake.compressed_len = sizeof(jpeg);
        struct camera *camera = open_with(settings);
        fake_shoot(1);
        struct frame frame = next_frame(camera);
        assert_int_equal(frame.width_px, 32);
        assert_int_equal(frame.height_px, 32);
        assert_in_range(sample(&frame, 8, 8), 38, 42);
        assert_in_range(sample(&frame, 24, 8), 88, 92);
        assert_in_range(sample(&frame, 8, 24), 158, 162);
        assert_in_range(sample(&frame, 24, 24), 218, 222);

        /* Damaged ones are skipped, wherever they end. */
        for (fake.cut = 60; fake.cut <= sizeof(jpeg); fake.cut++) {
                fake_shoot(1);
                assert_no_next(camera);
        }
        fake.cut = 0;
        fake_shoot(1);
        frame = next_frame(camera);
        assert_in_range(sample(&frame, 24, 24), 218, 222);
        camera_close(camera);
}

static void frames_that_can_never_be_converted_are_an_error(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        fake.formats[0] = V4L2_PIX_FMT_MJPEG;
        fake.compressed = jpeg; /* not of the size that the device says */
        fake.compressed_len = sizeof(jpeg);
        struct camera *camera = open_with(settings);
        struct frame frame;
        fake_shoot(1);
        assert_int_equal(camera_next(camera, &frame, 0), -EIO);
        camera_close(camera);
}

static void a_format_that_nobody_can_convert_is_refused(void **state)
{
        (void)state;
        fake.formats[0] = V4L2_PIX_FMT_H264;
        assert_refused(world.settings, -EINVAL);
        fake.formats[0] = 0;
        assert_refused(world.settings, -EINVAL);
}

static void a_control_is_set_after_its_automatism_is_off(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        const uint32_t all[] = { V4L2_CID_EXPOSURE_AUTO, V4L2_CID_EXPOSURE_ABSOLUTE,
                                 V4L2_CID_AUTOGAIN,      V4L2_CID_GAIN,
                                 V4L2_CID_FOCUS_AUTO,    V4L2_CID_FOCUS_ABSOLUTE };
        const int32_t values[] = { V4L2_EXPOSURE_MANUAL, 156, 0, 0, 0, 30 };
        memcpy(fake.controls, all, sizeof(all));
        camera_close(open_with(settings));
        assert_int_equal(fake.set_count, 0); /* automatic is what they are */

        settings.exposure = 156;
        settings.gain = 0;
        settings.focus = 30;
        camera_close(open_with(settings));
        assert_int_equal(fake.set_count, ARRAY_LEN(all));
        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                assert_int_equal(fake.set[i].id, all[i]);
                assert_int_equal(fake.set[i].value, values[i]);
        }
}

static void more_light_is_a_bias_of_the_automatism(void **state)
{
        (void)state;
        const int steps[] = { 1, -2, 3, 0 }, index[] = { 9, 0, 12, 6 };
        fake.has_bias = true;
        fake.controls[0] = V4L2_CID_AUTO_EXPOSURE_BIAS;
        struct camera *camera = open_with(world.settings);
        for (int i = 0; i < (int)ARRAY_LEN(steps); i++) {
                assert_int_equal(camera_expose(camera, steps[i]), 0);
                assert_int_equal(fake.set[i].id, V4L2_CID_AUTO_EXPOSURE_BIAS);
                assert_int_equal(fake.set[i].value, index[i]);
        }
        camera_close(camera);
}

static void more_light_is_more_time_where_the_time_is_set(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        const int steps[] = { 1, -2, -3, 0 }, time[] = { 10, 1, 1, 5 };
        settings.exposure = 5;
        fake.controls[0] = V4L2_CID_EXPOSURE_ABSOLUTE;
        struct camera *camera = open_with(settings);
        for (int i = 0; i < (int)ARRAY_LEN(steps); i++) {
                fake.set_count = 0;
                assert_int_equal(camera_expose(camera, steps[i]), 0);
                assert_int_equal(fake.set[0].id, V4L2_CID_EXPOSURE_ABSOLUTE);
                assert_int_equal(fake.set[0].value, time[i]);
        }
        camera_close(camera);
}

static void a_camera_without_a_bias_says_so(void **state)
{
        (void)state;
        struct camera *camera = open_with(world.settings);
        assert_int_equal(camera_expose(camera, 1), -ENOTSUP);
        assert_int_equal(fake.set_count, 0);
        camera_close(camera);
}

static void a_control_that_it_lacks_does_not_stop_it(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        settings.exposure = settings.gain = settings.focus = 7;
        fake.controls[0] = V4L2_CID_GAIN; /* and no AUTOGAIN, like most UVC cameras */
        fake.has_rate = false;
        camera_close(open_with(settings));
        assert_int_equal(fake.set_count, 1);
        assert_int_equal(fake.set[0].id, V4L2_CID_GAIN);
        assert_int_equal(fake.set[0].value, 7);
}

static void what_is_no_camera_is_refused(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        fake.capabilities = V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING;
        assert_refused(settings, -ENODEV);
        fake.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_READWRITE;
        assert_refused(settings, -ENODEV);
        settings.source = "/dev/null";
        assert_refused(settings, -ENOTTY);
        settings.source = "/tmp";
        assert_refused(settings, -EISDIR);
}

#define FAKE(test) cmocka_unit_test_setup_teardown(test, fake_plug_in, fake_unplug)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CAMERA_CONTRACT(&world, plug_in_running, fake_unplug),
                CAMERA_CONTRACT(&world, plug_in_padded_uyvy, fake_unplug),
                CAMERA_CONTRACT(&world, plug_in_converted, fake_unplug),
                FAKE(of_frames_that_wait_only_the_newest_is_lent),
                FAKE(when_every_buffer_was_full_the_next_to_come_is_lent),
                FAKE(two_buffers_are_enough_and_one_is_not),
                FAKE(damaged_and_short_frames_are_skipped),
                FAKE(a_lost_device_is_an_error),
                FAKE(an_interrupted_call_is_made_again_but_not_for_ever),
                FAKE(whatever_fails_while_opening_nothing_is_left_behind),
                FAKE(timestamps_are_the_drivers_if_they_make_sense),
                FAKE(every_direct_format_shows_its_luma),
                FAKE(the_format_that_is_insisted_on_is_asked_for),
                FAKE(the_size_that_the_device_gives_is_taken),
                FAKE(other_formats_are_converted),
                FAKE(a_camera_that_has_only_mjpeg_will_do),
                FAKE(frames_that_can_never_be_converted_are_an_error),
                FAKE(a_format_that_nobody_can_convert_is_refused),
                FAKE(a_control_is_set_after_its_automatism_is_off),
                FAKE(more_light_is_a_bias_of_the_automatism),
                FAKE(more_light_is_more_time_where_the_time_is_set),
                FAKE(a_camera_without_a_bias_says_so),
                FAKE(a_control_that_it_lacks_does_not_stop_it),
                FAKE(what_is_no_camera_is_refused),
        };
        return cmocka_run_group_tests_name("camera_v4l2_fake", tests, NULL, NULL);
}

/*
 * V4L2 camera on a real device: the contract. The device is named by STILE_TEST_CAMERA (such as
 * /dev/video0; it must be giving frames), and what to ask of it by STILE_TEST_CAMERA_FORMAT,
 * _WIDTH, _HEIGHT and _RATE; _LUMA says that all it sees is one grey. Without a device these tests
 * are skipped; test_camera_v4l2_fake.c has one of its own.
 */
#include "tests/contract/camera_contract.h"

#include "drivers/camera/camera_drivers.h"

static const char *setting(const char *name, const char *fallback)
{
        const char *value = getenv(name);
        return value && value[0] ? value : fallback;
}

static int number(const char *name, const char *fallback)
{
        return (int)strtol(setting(name, fallback), NULL, 10);
}

static void the_frames_are_as_large_as_asked_for_and_show_what_is_there(void **state)
{
        const struct camera_world *world = *state;
        struct camera *camera = open_camera(world);
        struct frame frame = next_frame(camera);
        assert_int_equal(frame.width_px, world->settings.width_px);
        assert_int_equal(frame.height_px, world->settings.height_px);
        int luma = number("STILE_TEST_CAMERA_LUMA", "-1");
        for (int y = 0; luma >= 0 && y < frame.height_px; y += frame.height_px / 7)
                for (int x = 0; x < frame.width_px; x++)
                        assert_in_range(sample(&frame, x, y), luma - 3, luma + 3);
        camera_close(camera);
}

static void controls_are_set_where_there_are_any(void **state)
{
        struct camera_world world = *(const struct camera_world *)*state;
        world.settings.exposure = 100;
        world.settings.gain = 10;
        world.settings.focus = 5;
        struct camera *camera = open_camera(&world);
        next_frame(camera);
        camera_close(camera);
}

static void a_format_that_it_does_not_have_is_refused(void **state)
{
        struct camera_world world = *(const struct camera_world *)*state;
        if (!world.settings.source)
                skip();
        struct camera *camera;
        world.settings.format = "H264";
        assert_true(world.open(&world.settings, &camera) < 0);
        assert_null(camera);
}

int main(void)
{
        const struct camera_world world = {
                .open = v4l2_camera_open,
                .settings = { .source = getenv("STILE_TEST_CAMERA"),
                              .width_px = number("STILE_TEST_CAMERA_WIDTH", "640"),
                              .height_px = number("STILE_TEST_CAMERA_HEIGHT", "480"),
                              .rate = number("STILE_TEST_CAMERA_RATE", "30"),
                              .exposure = CAMERA_AUTO,
                              .gain = CAMERA_AUTO,
                              .focus = CAMERA_AUTO,
                              .format = setting("STILE_TEST_CAMERA_FORMAT", "auto") },
                .missing = { .source = "/nonexistent/video0", .format = "auto" },
        };
        const struct CMUnitTest tests[] = {
                CAMERA_CONTRACT(&world, NULL, NULL),
                CAMERA_TEST(the_frames_are_as_large_as_asked_for_and_show_what_is_there, &world,
                            NULL, NULL),
                CAMERA_TEST(controls_are_set_where_there_are_any, &world, NULL, NULL),
                CAMERA_TEST(a_format_that_it_does_not_have_is_refused, &world, NULL, NULL),
        };
        return cmocka_run_group_tests_name("camera_v4l2", tests, NULL, NULL);
}

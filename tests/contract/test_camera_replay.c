/*
 * Replay camera: the contract over a folder of two pictures, and what is its own: the order and the
 * rounds, the holds, and pictures that come, go or are damaged.
 */
#include "tests/contract/camera_contract.h"

#include "drivers/camera/camera_drivers.h"
#include <sys/stat.h>
#include <unistd.h>

enum {
        RATE = 100,
        HOLD_MS = 50,
        HOLD_FRAMES = RATE * HOLD_MS / 1000,
        SCENE = 200,
        SCENE_WIDTH = 32,
        SCENE_HEIGHT = 24,
        FOLDER_MAX = 64,
        NAME_LEN = 256
};

static char folder[] = "/tmp/camera-replay-XXXXXX";

static const struct camera_settings defaults = { .source = folder,
                                                 .width_px = SCENE_WIDTH,
                                                 .height_px = SCENE_HEIGHT,
                                                 .rate = RATE,
                                                 .hold_ms = HOLD_MS,
                                                 .is_looping = true };

/* A path in the folder; valid until the next but one call. */
static const char *in_folder(const char *name)
{
        static char paths[2][sizeof(folder) + NAME_LEN];
        static int turn;
        turn = 1 - turn;
        (void)snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", folder, name);
        return paths[turn];
}

/* Appears at once and whole, as a careful writer does it. */
static void put_bytes(const char *name, const char *bytes, size_t len)
{
        FILE *file = fopen(in_folder(".new"), "we");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(rename(in_folder(".new"), in_folder(name)), 0);
}

static void put_text(const char *name, const char *text)
{
        put_bytes(name, text, strlen(text));
}

/* A picture of one row: `value`, `width` times. */
static void put(const char *name, int width, int value)
{
        char bytes[64];
        int header = snprintf(bytes, sizeof(bytes), "P5 %d 1 255\n", width);
        memset(bytes + header, value, (size_t)width);
        put_bytes(name, bytes, (size_t)header + (size_t)width);
}

/* What goes to standard error, for counting warnings. */
static struct {
        int kept; /* the real one; -1: nothing is captured */
        char path[FOLDER_MAX];
} capture = { .kept = -1 };

static void begin_capture(void)
{
        (void)snprintf(capture.path, sizeof(capture.path), "/tmp/camera-log-XXXXXX");
        int file = mkstemp(capture.path);
        assert_true(file >= 0);
        capture.kept = dup(STDERR_FILENO);
        assert_true(dup2(file, STDERR_FILENO) >= 0);
        close(file);
}

/* How many lines had the phrase. */
static int end_capture(const char *phrase)
{
        char line[1024];
        int count = 0;
        FILE *file = fopen(capture.path, "re");
        assert_non_null(file);
        while (fgets(line, sizeof(line), file))
                count += strstr(line, phrase) != NULL;
        assert_int_equal(fclose(file), 0);
        assert_int_equal(unlink(capture.path), 0);
        assert_true(dup2(capture.kept, STDERR_FILENO) >= 0);
        close(capture.kept);
        capture.kept = -1;
        return count;
}

static int make_folder(void **state)
{
        (void)state;
        return mkdtemp(folder) ? 0 : -1;
}

static int empty_folder(void **state)
{
        (void)state;
        if (capture.kept >= 0) /* a test that failed has left it so */
                end_capture("");
        DIR *listing = opendir(folder);
        if (!listing)
                return -1;
        for (struct dirent *entry; (entry = readdir(listing));)
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        (void)remove(in_folder(entry->d_name));
        return closedir(listing);
}

static int remove_folder(void **state)
{
        (void)state;
        return rmdir(folder);
}

static int put_two(void **state)
{
        (void)state;
        put("1.pgm", 5, 10);
        put("2.pgm", 7, 20);
        return 0;
}

static struct camera *replay(struct camera_settings settings)
{
        struct camera *camera = NULL;
        assert_int_equal(replay_camera_open(&settings, &camera), 0);
        return camera;
}

static int next_value(struct camera *camera)
{
        struct frame frame = next_frame(camera);
        return sample(&frame, frame.width_px - 1, frame.height_px - 1);
}

/* Reads on until the picture changes, to this one. */
static void assert_changes_to(struct camera *camera, int from, int to)
{
        int value = next_value(camera);
        while (value == from)
                value = next_value(camera);
        assert_int_equal(value, to);
}

/* Reads on until this picture is shown. */
static void wait_for(struct camera *camera, int value)
{
        int64_t deadline_ms = monotonic_ms() + FRAME_MS;
        while (next_value(camera) != value)
                assert_before(deadline_ms);
}

static void pictures_come_in_bytewise_order_round_after_round(void **state)
{
        (void)state;
        const struct {
                const char *name;
                int value;
        } pictures[] = { { "10.pgm", 1 },
                         { "2.pgm", 2 },
                         { "B.pgm", 3 },
                         { "a.pgm", 4 },
                         { "\xc4\x83.pgm", 5 } };
        for (size_t i = 0; i < ARRAY_LEN(pictures); i++)
                put(pictures[i].name, 3, pictures[i].value);
        put(".hidden.pgm", 3, 99);
        assert_int_equal(mkdir(in_folder("3.pgm"), 0700), 0);
        struct camera *camera = replay(defaults);
        assert_int_equal(next_value(camera), 1);
        for (int round = 0; round < 2; round++)
                for (int value = 1; value <= 5; value++)
                        assert_changes_to(camera, value, value % 5 + 1);
        camera_close(camera);
}

static void each_picture_is_held_as_long_as_told(void **state)
{
        (void)state;
        struct camera *camera = replay(defaults);
        struct frame frame = next_frame(camera);
        assert_int_equal(frame.width_px, 5);
        int64_t changed_us = frame.captured_us;
        for (int change = 1; change <= 6; change++) {
                int width_px = frame.width_px, frames = 1;
                for (frame = next_frame(camera); frame.width_px == width_px;
                     frame = next_frame(camera))
                        frames++;
                assert_int_equal(frame.width_px, 12 - width_px);
                assert_in_range(frames, 1, HOLD_FRAMES);
                /* A machine that stumbles may show one longer, never shorter. */
                assert_true((frame.captured_us - changed_us) / 1000 >= HOLD_MS);
                changed_us = frame.captured_us;
        }
        camera_close(camera);
}

static void frames_are_on_a_grid_that_does_not_drift(void **state)
{
        (void)state;
        struct camera_settings settings = defaults;
        settings.rate = 30; /* a period that is no whole number of microseconds */
        struct camera *camera = replay(settings);
        int64_t first_us = next_frame(camera).captured_us;
        for (int i = 0; i < 40; i++) {
                int64_t since_us = next_frame(camera).captured_us - first_us;
                int64_t ticks = (since_us * 30 + 500000) / 1000000;
                assert_true(ticks > i);
                assert_in_range(since_us - ticks * 1000000 / 30 + 1, 0, 2);
        }
        camera_close(camera);
}

static void a_slow_reader_misses_frames_but_no_picture(void **state)
{
        (void)state;
        put("3.pgm", 9, 30);
        struct camera *camera = replay(defaults);
        for (int i = 0; i < 6; i++) {
                assert_int_equal(next_value(camera), 10 * (i % 3 + 1));
                be_busy(HOLD_MS * 3);
        }
        camera_close(camera);
}

static void without_looping_an_empty_scene_follows_the_last(void **state)
{
        (void)state;
        struct camera_settings settings = defaults;
        settings.is_looping = false;
        struct camera *camera = replay(settings);
        assert_int_equal(next_value(camera), 10);
        assert_changes_to(camera, 10, 20);
        assert_changes_to(camera, 20, SCENE);
        for (int i = 0; i < 3 * HOLD_FRAMES; i++) {
                struct frame frame = next_frame(camera);
                assert_int_equal(frame.width_px, SCENE_WIDTH);
                assert_int_equal(frame.height_px, SCENE_HEIGHT);
                assert_int_equal(sample(&frame, 0, 0), SCENE);
        }
        put("3.pgm", 3, 30); /* a later name is shown, once */
        wait_for(camera, 30);
        assert_changes_to(camera, 30, SCENE);
        put("1b.pgm", 3, 40); /* its turn is over */
        for (int i = 0; i < 3 * HOLD_FRAMES; i++)
                assert_int_equal(next_value(camera), SCENE);
        camera_close(camera);
}

static void an_empty_folder_shows_an_empty_scene_until_pictures_come(void **state)
{
        (void)state;
        struct camera *camera = replay(defaults);
        for (int i = 0; i < HOLD_FRAMES; i++)
                assert_int_equal(next_value(camera), SCENE);
        put("1.pgm", 3, 10);
        wait_for(camera, 10);
        assert_int_equal(unlink(in_folder("1.pgm")), 0);
        wait_for(camera, SCENE);
        camera_close(camera);
}

static void pictures_that_are_added_are_shown(void **state)
{
        (void)state;
        struct camera *camera = replay(defaults);
        assert_int_equal(next_value(camera), 10);
        put("0.pgm", 3, 5);
        put("3.pgm", 3, 30);
        assert_changes_to(camera, 10, 20);
        assert_changes_to(camera, 20, 30);
        assert_changes_to(camera, 30, 5);
        assert_changes_to(camera, 5, 10);
        camera_close(camera);
}

static void a_damaged_picture_is_skipped_with_one_warning_until_it_changes(void **state)
{
        (void)state;
        put_text("1b.pgm", "P5 3 3 255\nhalf");
        put_text("9.txt", "not a picture");
        struct camera *camera = replay(defaults);
        begin_capture();
        for (int round = 0; round < 3; round++) {
                wait_for(camera, 10);
                assert_changes_to(camera, 10, 20);
        }
        wait_for(camera, 10);
        assert_int_equal(end_capture("picture skipped"), 2);

        begin_capture();
        put("1b.pgm", 3, 15);
        wait_for(camera, 15);
        put_text("1b.pgm", "P5 3 3 255\nhalves");
        for (int round = 0; round < 3; round++) {
                wait_for(camera, 10);
                assert_changes_to(camera, 10, 20);
        }
        assert_int_equal(end_capture("picture skipped"), 1);
        camera_close(camera);
}

static void many_damaged_pictures_neither_stop_the_frames_nor_flood_the_log(void **state)
{
        (void)state;
        char name[NAME_LEN];
        for (int i = 0; i < 300; i++) {
                (void)snprintf(name, sizeof(name), "0-%03d.png", i);
                put_text(name, "\x89PNG no");
        }
        put("1.pgm", 5, 10);
        begin_capture();
        struct camera *camera = replay(defaults);
        assert_int_equal(next_value(camera), SCENE);
        wait_for(camera, 10);
        wait_for(camera, 10);
        camera_close(camera);
        assert_in_range(end_capture("picture skipped"), 1, 64);
}

static void a_folder_of_nothing_but_damaged_pictures_is_an_empty_scene(void **state)
{
        (void)state;
        put_text("1.png", "no");
        struct camera *camera = replay(defaults);
        for (int i = 0; i < 3 * HOLD_FRAMES; i++)
                assert_int_equal(next_value(camera), SCENE);
        put("2.pgm", 3, 20);
        wait_for(camera, 20);
        camera_close(camera);
}

static void one_file_is_shown_for_ever_or_once(void **state)
{
        (void)state;
        struct camera_settings settings = defaults;
        settings.source = in_folder("2.pgm");
        struct camera *camera = replay(settings);
        for (int i = 0; i < 3 * HOLD_FRAMES; i++)
                assert_int_equal(next_value(camera), 20);
        camera_close(camera);
        settings.is_looping = false;
        camera = replay(settings);
        assert_int_equal(next_value(camera), 20);
        assert_changes_to(camera, 20, SCENE);
        for (int i = 0; i < 2 * HOLD_FRAMES; i++)
                assert_int_equal(next_value(camera), SCENE);
        camera_close(camera);
}

static void what_is_not_there_has_a_reason(void **state)
{
        (void)state;
        struct camera_settings settings = defaults;
        struct camera *camera;
        settings.source = "/nonexistent/pictures";
        assert_int_equal(replay_camera_open(&settings, &camera), -ENOENT);
        settings = defaults;
        settings.width_px = 0;
        assert_int_equal(replay_camera_open(&settings, &camera), -EINVAL);
        assert_null(camera);
}

static void a_timeout_before_the_next_frame_does_not_lose_it(void **state)
{
        (void)state;
        struct camera_settings settings = defaults;
        settings.rate = 5;
        struct camera *camera = replay(settings);
        struct frame frame = next_frame(camera);
        int64_t first_us = frame.captured_us;
        int timeouts = 0;
        while (camera_next(camera, &frame, 20) == -ETIMEDOUT)
                timeouts++;
        assert_in_range(timeouts, 1, 10);
        assert_int_equal((frame.captured_us - first_us) % 200000, 0);
        camera_close(camera);
}

static const struct camera_world world = {
        .open = replay_camera_open,
        .settings = { .source = folder,
                      .width_px = SCENE_WIDTH,
                      .height_px = SCENE_HEIGHT,
                      .rate = RATE,
                      .hold_ms = HOLD_MS,
                      .is_looping = true },
        .quiet = { .source = folder,
                   .width_px = SCENE_WIDTH,
                   .height_px = SCENE_HEIGHT,
                   .rate = 1,
                   .hold_ms = HOLD_MS },
        .missing = { .source = "/nonexistent/pictures",
                     .width_px = SCENE_WIDTH,
                     .height_px = SCENE_HEIGHT,
                     .rate = RATE,
                     .hold_ms = HOLD_MS },
};

#define EMPTY(test) cmocka_unit_test_teardown(test, empty_folder)
#define TWO(test)   cmocka_unit_test_setup_teardown(test, put_two, empty_folder)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CAMERA_CONTRACT(&world, put_two, empty_folder),
                EMPTY(pictures_come_in_bytewise_order_round_after_round),
                TWO(each_picture_is_held_as_long_as_told),
                TWO(frames_are_on_a_grid_that_does_not_drift),
                TWO(a_slow_reader_misses_frames_but_no_picture),
                TWO(without_looping_an_empty_scene_follows_the_last),
                EMPTY(an_empty_folder_shows_an_empty_scene_until_pictures_come),
                TWO(pictures_that_are_added_are_shown),
                TWO(a_damaged_picture_is_skipped_with_one_warning_until_it_changes),
                EMPTY(many_damaged_pictures_neither_stop_the_frames_nor_flood_the_log),
                EMPTY(a_folder_of_nothing_but_damaged_pictures_is_an_empty_scene),
                TWO(one_file_is_shown_for_ever_or_once),
                EMPTY(what_is_not_there_has_a_reason),
                TWO(a_timeout_before_the_next_frame_does_not_lose_it),
        };
        return cmocka_run_group_tests_name("camera_replay", tests, make_folder, remove_folder);
}

/*
 * Exec camera: the contract over a shell loop that writes frames, and what is its own: children
 * that die, do not listen, write in pieces or write faster than anybody reads.
 */
#include "tests/contract/camera_contract.h"

#include "drivers/camera/camera_drivers.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        WIDTH = 64,
        HEIGHT = 48,
        COMMAND_MAX = 512,
        PATH_LEN = 64,
        BIG_WIDTH = 1280,
        BIG_HEIGHT = 720
};

/* 3,072 bytes of luma of one value, without starting a process: dash has no faster way. */
#define FRAMES_FOREVER "f() { printf \"%03072d\" 0; }; while :; do f; sleep 0.02; done"

static const struct camera_world world = {
        .open = exec_camera_open,
        .settings = { .source = FRAMES_FOREVER,
                      .width_px = WIDTH,
                      .height_px = HEIGHT,
                      .rate = 50,
                      .format = "grey" },
        .quiet = { .source = "exec sleep 1000",
                   .width_px = WIDTH,
                   .height_px = HEIGHT,
                   .rate = 50,
                   .format = "grey" },
        /* Only the shell knows whether a command exists; what open itself can refuse is none. */
        .missing = { .source = "",
                     .width_px = WIDTH,
                     .height_px = HEIGHT,
                     .rate = 50,
                     .format = "grey" },
};

/* A folder of the test's own, where children leave marks. */
struct marks {
        char folder[PATH_LEN];
        char mark[PATH_LEN + 8], go[PATH_LEN + 8], big[PATH_LEN + 8];
};

static int make_marks(void **state)
{
        struct marks *marks = calloc(1, sizeof(*marks));
        *state = marks;
        if (!marks)
                return -1;
        (void)snprintf(marks->folder, sizeof(marks->folder), "/tmp/camera-exec-XXXXXX");
        if (!mkdtemp(marks->folder))
                return -1;
        (void)snprintf(marks->mark, sizeof(marks->mark), "%s/mark", marks->folder);
        (void)snprintf(marks->go, sizeof(marks->go), "%s/go", marks->folder);
        (void)snprintf(marks->big, sizeof(marks->big), "%s/big", marks->folder);
        return mkfifo(marks->go, 0600);
}

static int remove_marks(void **state)
{
        struct marks *marks = *state;
        unlink(marks->mark);
        unlink(marks->go);
        unlink(marks->big);
        int r = rmdir(marks->folder);
        free(marks);
        return r;
}

static struct camera *run_sized(const char *command, const char *format, int width_px,
                                int height_px)
{
        struct camera_settings settings = world.settings;
        struct camera *camera = NULL;
        settings.source = command;
        settings.format = format;
        settings.width_px = width_px;
        settings.height_px = height_px;
        settings.rate = 15;
        assert_int_equal(exec_camera_open(&settings, &camera), 0);
        return camera;
}

static struct camera *run(const char *command)
{
        return run_sized(command, "grey", WIDTH, HEIGHT);
}

static void wait_for_mark(const char *path)
{
        int64_t deadline_ms = monotonic_ms() + FRAME_MS;
        while (access(path, F_OK) != 0) {
                assert_before(deadline_ms);
                be_busy(2);
        }
}

/* What the child wrote into its mark: its own process id. */
static pid_t pid_in(const char *path)
{
        char text[32] = "";
        int64_t deadline_ms = monotonic_ms() + FRAME_MS;
        while (!strchr(text, '\n')) {
                assert_before(deadline_ms);
                FILE *file = fopen(path, "re");
                if (!file || !fgets(text, sizeof(text), file))
                        text[0] = '\0';
                if (file)
                        assert_int_equal(fclose(file), 0);
        }
        return (pid_t)strtol(text, NULL, 10);
}

/* Orphans are reaped by init, sooner or later: a zombie is gone as well. */
static bool is_gone(pid_t pid)
{
        char path[64], text[256] = "";
        (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        FILE *file = fopen(path, "re");
        if (!file)
                return true;
        bool is_zombie = fgets(text, sizeof(text), file) && strstr(text, ") Z ");
        assert_int_equal(fclose(file), 0);
        return is_zombie;
}

static void wait_until_gone(pid_t pid)
{
        int64_t deadline_ms = monotonic_ms() + FRAME_MS;
        while (!is_gone(pid)) {
                assert_before(deadline_ms);
                be_busy(2);
        }
}

static void let_go_on(const struct marks *marks)
{
        FILE *go = fopen(marks->go, "we");
        assert_non_null(go);
        assert_int_equal(fclose(go), 0);
}

static void of_frames_that_wait_only_the_newest_is_lent(void **state)
{
        const struct marks *marks = *state;
        char command[COMMAND_MAX];
        (void)snprintf(command, sizeof(command),
                       "for i in 1 2 3 4 5; do printf '%%03071d' 0; printf $i; done;"
                       "printf part; : >%s; exec sleep 1000",
                       marks->mark);
        struct camera *camera = run(command);
        wait_for_mark(marks->mark);
        struct frame frame = next_frame(camera);
        assert_int_equal(sample(&frame, WIDTH - 1, HEIGHT - 1), '5');
        assert_int_equal(camera_next(camera, &frame, 0), -ETIMEDOUT);
        camera_close(camera);
}

static void a_frame_may_come_in_pieces(void **state)
{
        const struct marks *marks = *state;
        char command[COMMAND_MAX];
        struct frame frame;
        (void)snprintf(command, sizeof(command),
                       "printf '%%01000d' 0; : >%s; read x <%s; printf '%%02072d' 7; sleep 1000",
                       marks->mark, marks->go);
        struct camera *camera = run(command);
        wait_for_mark(marks->mark);
        assert_int_equal(camera_next(camera, &frame, 20), -ETIMEDOUT);
        assert_int_equal(camera_next(camera, &frame, 0), -ETIMEDOUT);
        let_go_on(marks);
        frame = next_frame(camera);
        assert_int_equal(sample(&frame, 0, 0), '0');
        assert_int_equal(sample(&frame, WIDTH - 1, HEIGHT - 1), '7');
        camera_close(camera);
}

static void chroma_is_read_and_left_aside(void **state)
{
        (void)state;
        /* I420 of 5x3: 15 samples of luma, and two planes of 3x2. */
        struct camera *camera = run_sized("printf 'aaaaabbbbbcccccUUUUUUVVVVVVdddddeeeeefffff"
                                          "UUUUUUVVVVVV'; exec sleep 1000",
                                          "yuv420", 5, 3);
        int64_t deadline_ms = monotonic_ms() + FRAME_MS;
        struct frame frame = next_frame(camera);
        while (sample(&frame, 0, 0) == 'a' && monotonic_ms() < deadline_ms)
                frame = next_frame(camera);
        assert_int_equal(frame.width_px, 5);
        assert_int_equal(frame.height_px, 3);
        assert_memory_equal(frame.luma, "dddddeeeeefffff", 15);
        camera_close(camera);
}

static void auto_means_yuv420(void **state)
{
        (void)state;
        struct camera *camera = run_sized("printf '1234UV'; exec sleep 1000", "auto", 2, 2);
        struct frame frame = next_frame(camera);
        assert_memory_equal(frame.luma, "1234", 4);
        camera_close(camera);
}

static void a_dead_child_is_an_error_and_opening_anew_helps(void **state)
{
        const struct marks *marks = *state;
        char command[COMMAND_MAX];
        struct frame frame;
        (void)snprintf(command, sizeof(command), "printf '%%03072d' 4; printf half; : >%s",
                       marks->mark);
        for (int i = 0; i < 3; i++) {
                struct camera *camera = run(command);
                frame = next_frame(camera); /* what came before the end counts */
                assert_int_equal(sample(&frame, WIDTH - 1, HEIGHT - 1), '4');
                assert_int_equal(camera_next(camera, &frame, FRAME_MS), -EPIPE);
                assert_int_equal(camera_next(camera, &frame, FRAME_MS), -EPIPE);
                camera_close(camera);
                assert_false(has_children());
        }
}

static void a_command_that_is_not_there_is_an_error_at_once(void **state)
{
        (void)state;
        struct frame frame;
        struct camera *camera = run("exec /nonexistent/camera 2>/dev/null");
        int64_t asked_ms = monotonic_ms();
        assert_int_equal(camera_next(camera, &frame, FRAME_MS), -EPIPE);
        assert_true(monotonic_ms() - asked_ms < FRAME_MS / 2);
        camera_close(camera);
}

static void a_dead_shell_is_an_error_even_if_its_output_stays_open(void **state)
{
        const struct marks *marks = *state;
        char command[COMMAND_MAX];
        struct frame frame;
        (void)snprintf(command, sizeof(command), "sleep 1000 & echo $! >%s", marks->mark);
        struct camera *camera = run(command);
        assert_int_equal(camera_next(camera, &frame, FRAME_MS), -EPIPE);
        pid_t left_behind = pid_in(marks->mark);
        assert_false(is_gone(left_behind));
        camera_close(camera);
        wait_until_gone(left_behind);
}

static void a_child_that_ignores_sigterm_is_gone_soon_all_the_same(void **state)
{
        const struct marks *marks = *state;
        char command[COMMAND_MAX];
        (void)snprintf(command, sizeof(command),
                       "trap '' TERM; (echo $$ >%s; while :; do sleep 1000; done)", marks->mark);
        struct camera *camera = run(command);
        pid_t child = pid_in(marks->mark);
        int64_t asked_ms = monotonic_ms();
        camera_close(camera);
        assert_in_range(monotonic_ms() - asked_ms, 290, 300 + SLACK_MS);
        assert_true(is_gone(child));
        assert_false(has_children());
}

static void a_child_that_listens_does_not_keep_us_waiting(void **state)
{
        const struct marks *marks = *state;
        char command[COMMAND_MAX];
        (void)snprintf(command, sizeof(command), "echo $$ >%s; exec sleep 1000", marks->mark);
        struct camera *camera = run(command);
        pid_t child = pid_in(marks->mark);
        int64_t asked_ms = monotonic_ms();
        camera_close(camera);
        assert_true(monotonic_ms() - asked_ms < 250);
        assert_true(is_gone(child));
}

static void the_child_has_no_input_no_files_of_ours_and_no_blocked_signals(void **state)
{
        const struct marks *marks = *state;
        char command[COMMAND_MAX], line[128];
        /* As in stiled: all signals blocked, a broken pipe ignored; and a careless library. */
        sigset_t all, before;
        sigfillset(&all);
        assert_int_equal(sigprocmask(SIG_SETMASK, &all, &before), 0);
        signal(SIGPIPE, SIG_IGN);
        int careless = open("/dev/null", O_RDONLY);
        (void)snprintf(command, sizeof(command),
                       "exec >%s.new; grep -E 'SigBlk|SigIgn' /proc/self/status;"
                       " ls /proc/$$/fd | tr '\\n' ' '; readlink /proc/$$/fd/0;"
                       " mv %s.new %s; exec sleep 1000",
                       marks->mark, marks->mark, marks->mark);
        struct camera *camera = run(command);
        wait_for_mark(marks->mark);
        FILE *file = fopen(marks->mark, "re");
        assert_non_null(file);
        assert_non_null(fgets(line, sizeof(line), file));
        assert_string_equal(line, "SigBlk:\t0000000000000000\n");
        /* glibc's own two, 32 and 33, are nobody's to set: what starts us by posix_spawn (make
         * does) hands them down ignored. */
        assert_non_null(fgets(line, sizeof(line), file));
        assert_int_equal(strtoull(line + strlen("SigIgn:\t"), NULL, 16) & ~UINT64_C(0x180000000),
                         0);
        assert_non_null(fgets(line, sizeof(line), file));
        assert_string_equal(line, "0 1 2 /dev/null\n");
        assert_int_equal(fclose(file), 0);
        camera_close(camera);
        close(careless);
        signal(SIGPIPE, SIG_DFL);
        assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

static void the_child_dies_with_us(void **state)
{
        const struct marks *marks = *state;
        char command[COMMAND_MAX];
        (void)snprintf(command, sizeof(command), "trap '' TERM; echo $$ >%s; exec sleep 1000",
                       marks->mark);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        pid_t gate = fork();
        assert_true(gate >= 0);
        if (gate == 0) {
                struct camera_settings settings = world.settings;
                struct camera *camera;
                settings.source = command;
                if (exec_camera_open(&settings, &camera) < 0)
                        _exit(1);
                for (;;)
                        pause();
        }
        pid_t child = pid_in(marks->mark);
        assert_false(is_gone(child));
        assert_int_equal(kill(gate, SIGKILL), 0);
        assert_int_equal(waitpid(gate, NULL, 0), gate);
        wait_until_gone(child);
        assert_int_equal(waitpid(child, NULL, 0), child);
        prctl(PR_SET_CHILD_SUBREAPER, 0);
}

/* What the next file to be opened will be. */
static int next_descriptor(void)
{
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        close(fd);
        return fd;
}

static void frames_queued_in_a_child_that_had_to_wait_are_dropped_too(void **state)
{
        enum {
                BIG_FRAMES = 14
        };
        const struct marks *marks = *state;
        char command[COMMAND_MAX];
        FILE *file = fopen(marks->big, "we");
        assert_non_null(file);
        for (int i = 1; i <= BIG_FRAMES; i++)
                for (int k = 0; k < BIG_WIDTH * BIG_HEIGHT; k++)
                        putc_unlocked(i, file);
        assert_int_equal(fclose(file), 0);
        (void)snprintf(command, sizeof(command), "cat %s; exec sleep 1000", marks->big);
        int fd = next_descriptor(), waiting = 0, waited = -1; /* our end of the pipe */
        struct camera *camera = run_sized(command, "grey", BIG_WIDTH, BIG_HEIGHT);

        /* Until the child has filled the pipe and stands still. */
        int64_t deadline_ms = monotonic_ms() + FRAME_MS;
        while (waiting == 0 || waiting != waited) {
                assert_before(deadline_ms);
                waited = waiting;
                be_busy(50);
                assert_int_equal(ioctl(fd, FIONREAD, &waiting), 0);
        }
        /* One look would do on an idle machine; on a busy one the child may be kept from writing
         * for so long that it seems to have no more. Frame by frame it would be about nine. */
        int looks = 1;
        struct frame frame = next_frame(camera);
        for (; sample(&frame, 0, 0) != BIG_FRAMES; looks++)
                frame = next_frame(camera);
        assert_int_equal(sample(&frame, BIG_WIDTH - 1, BIG_HEIGHT - 1), BIG_FRAMES);
        assert_in_range(looks, 1, 4);
        camera_close(camera);
}

static void a_child_that_never_pauses_does_not_hold_us(void **state)
{
        (void)state;
        struct camera *camera = run_sized("exec cat /dev/zero", "grey", BIG_WIDTH, BIG_HEIGHT);
        for (int i = 0; i < 20; i++) {
                struct frame frame = next_frame(camera);
                assert_int_equal(sample(&frame, BIG_WIDTH - 1, BIG_HEIGHT - 1), 0);
        }
        camera_close(camera);
}

static void an_unknown_format_or_a_senseless_size_is_refused(void **state)
{
        (void)state;
        struct camera_settings settings = world.settings;
        struct camera *camera;
        settings.format = "NV12";
        assert_int_equal(exec_camera_open(&settings, &camera), -EINVAL);
        settings = world.settings;
        settings.width_px = 0;
        assert_int_equal(exec_camera_open(&settings, &camera), -EINVAL);
        settings.width_px = 1 << 30;
        assert_int_equal(exec_camera_open(&settings, &camera), -EINVAL);
        assert_null(camera);
}

#define MARKED(test) cmocka_unit_test_setup_teardown(test, make_marks, remove_marks)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CAMERA_CONTRACT(&world, NULL, NULL),
                MARKED(of_frames_that_wait_only_the_newest_is_lent),
                MARKED(a_frame_may_come_in_pieces),
                cmocka_unit_test(chroma_is_read_and_left_aside),
                cmocka_unit_test(auto_means_yuv420),
                MARKED(a_dead_child_is_an_error_and_opening_anew_helps),
                cmocka_unit_test(a_command_that_is_not_there_is_an_error_at_once),
                MARKED(a_dead_shell_is_an_error_even_if_its_output_stays_open),
                MARKED(a_child_that_ignores_sigterm_is_gone_soon_all_the_same),
                MARKED(a_child_that_listens_does_not_keep_us_waiting),
                MARKED(the_child_has_no_input_no_files_of_ours_and_no_blocked_signals),
                MARKED(the_child_dies_with_us),
                MARKED(frames_queued_in_a_child_that_had_to_wait_are_dropped_too),
                cmocka_unit_test(a_child_that_never_pauses_does_not_hold_us),
                cmocka_unit_test(an_unknown_format_or_a_senseless_size_is_refused),
        };
        return cmocka_run_group_tests_name("camera_exec", tests, NULL, NULL);
}

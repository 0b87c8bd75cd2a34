/*
 * The contract of the lines port over libgpiod, on the lines of a gpio-sim chip; skipped without
 * one. STILE_TEST_GPIO_SYSFS is the chip's folder, like /sys/devices/platform/gpio-sim.0/gpiochip0;
 * STILE_TEST_GPIO_CHIP its label. Offset 17 is called GPIO17 there; 27 lines at least are free.
 */
#include "tests/contract/lines_contract.h"

#include "drivers/lines/line_drivers.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *sysfs;
static const char *const offsets[LINE_COUNT] = { "17", "22", "27", "5" };

static FILE *open_attribute(const char *offset, const char *attribute, const char *mode)
{
        char path[256];
        (void)snprintf(path, sizeof(path), "%s/sim_gpio%s/%s", sysfs, offset, attribute);
        FILE *file = fopen(path, mode);
        if (!file)
                fail_msg("%s: %s", path, strerror(errno));
        return file;
}

static void push(const struct lines_world *world, struct lines *lines, int line, bool is_high)
{
        (void)world;
        (void)lines;
        FILE *pull = open_attribute(offsets[line], "pull", "w");
        assert_true(fputs(is_high ? "pull-up" : "pull-down", pull) >= 0);
        assert_int_equal(fclose(pull), 0);
}

static int meter(const struct lines_world *world, struct lines *lines, int line)
{
        (void)world;
        (void)lines;
        FILE *value = open_attribute(offsets[line], "value", "r");
        int level = fgetc(value);
        fclose(value);
        assert_true(level == '0' || level == '1');
        return level == '1';
}

static struct lines_world world = { .open = gpiod_lines_open,
                                    .chip_lines = { "GPIO17", "22", "27", "5" },
                                    .missing_line = "GPIO99",
                                    .push = push,
                                    .meter = meter };

/* Opening fails; returns what was said about it. To be freed. */
static char *complaint_about(const char *chip, const struct line_spec *specs, int count, int error)
{
        int said_fd = memfd_create("stderr", MFD_CLOEXEC);
        int stderr_fd = dup(STDERR_FILENO);
        assert_true(said_fd >= 0 && stderr_fd >= 0);
        assert_true(dup2(said_fd, STDERR_FILENO) >= 0);
        struct lines *lines = NULL;
        int r = gpiod_lines_open(chip, specs, count, &lines);
        assert_true(dup2(stderr_fd, STDERR_FILENO) >= 0);
        close(stderr_fd);
        assert_int_equal(r, error);
        assert_null(lines);
        char *said = calloc(1, 2048);
        assert_non_null(said);
        assert_true(pread(said_fd, said, 2047, 0) > 0);
        close(said_fd);
        assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one line */
        return said;
}

static void assert_said(char *said, const char *words)
{
        if (!strstr(said, words))
                fail_msg("\"%s\" is not in: %s", words, said);
}

static void a_chip_that_is_missing_is_said_with_those_that_are_there(void **state)
{
        (void)state;
        char *said = complaint_about("no-such-chip", NULL, 0, -ENODEV);
        assert_said(said, "chip=no-such-chip");
        assert_said(said, "no such chip; chips here: ");
        if (world.chip)
                assert_said(said, world.chip);
        free(said);
}

static void a_path_that_is_missing_is_said(void **state)
{
        (void)state;
        char *said = complaint_about("/dev/no-such-chip", NULL, 0, -ENOENT);
        assert_said(said, "chip=/dev/no-such-chip why=\"No such file or directory\"");
        free(said);
}

static void a_path_that_is_no_chip_is_said(void **state)
{
        (void)state;
        char *said = complaint_about("/dev/null", NULL, 0, -ENODEV);
        assert_said(said, "chip=/dev/null why=\"not a GPIO chip\"");
        free(said);
}

static void a_chip_goes_by_label_name_and_path(void **state)
{
        (void)state;
        struct line_spec specs[LINE_COUNT];
        contract_specs(&world, specs);
        char path[64];
        const char *name = strrchr(sysfs, '/');
        assert_non_null(name);
        (void)snprintf(path, sizeof(path), "/dev%s", name);
        const char *chips[] = { world.chip, path, name + 1 };
        for (size_t i = 0; i < ARRAY_LEN(chips); i++) {
                assert_int_equal(gpiod_lines_open(chips[i], specs, LINE_COUNT, &world.gate), 0);
                assert_int_equal(lines_set(world.gate, OUT, true), 0);
                assert_int_equal(meter(&world, world.gate, OUT), 1);
                close_gate(&world);
        }
}

static void a_line_in_use_is_said_with_its_user_and_opens_none(void **state)
{
        (void)state;
        struct lines *lines = open_gate(&world);
        assert_int_equal(lines_set(lines, OUT, true), 0);
        struct line_spec specs[2];
        struct line_spec all[LINE_COUNT];
        contract_specs(&world, all);
        specs[0] = all[OUT];
        name_line(&specs[0], "6"); /* free */
        specs[1] = all[OUT];
        char *said = complaint_about(world.chip, specs, 2, -EBUSY);
        assert_said(said, "line=GPIO17 name=entry.pass-line");
        assert_said(said, "line in use by stiled");
        free(said);
        assert_int_equal(meter(&world, lines, OUT), 1);
        struct lines *other = NULL;
        assert_int_equal(gpiod_lines_open(world.chip, specs, 1, &other), 0);
        lines_close(other);
        close_gate(&world);
}

static void a_line_that_is_missing_or_named_twice_is_said(void **state)
{
        (void)state;
        struct line_spec specs[LINE_COUNT];
        contract_specs(&world, specs);
        name_line(&specs[IN], "17");
        char *said = complaint_about(world.chip, specs, LINE_COUNT, -EBUSY);
        assert_said(said, "line=17 name=entry.sensor-line");
        assert_said(said, "named twice, entry.pass-line is the same line");
        free(said);
        const char *missing[] = { "GPIO99", "4711", "99999999999999999999", "-1", "" };
        for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
                name_line(&specs[IN], missing[i]);
                said = complaint_about(world.chip, specs, LINE_COUNT, -ENOENT);
                assert_said(said, "no such line");
                assert_said(said, "name=entry.sensor-line");
                free(said);
        }
}

static void a_bias_pulls_an_input(void **state)
{
        (void)state;
        struct line_spec specs[LINE_COUNT];
        contract_specs(&world, specs);
        specs[IN].bias = LINE_BIAS_PULL_UP;
        specs[IN_LOW].bias = LINE_BIAS_PULL_DOWN;
        struct lines *lines = open_specs(&world, specs);
        assert_level(lines, IN, true);
        assert_level(lines, IN_LOW, true);
        close_gate(&world);
}

/* In a child: opens, sets both outputs, says so and waits for its end. No assertions here: they
 * would go on with the next test. */
static void be_killed(const struct line_spec *specs, int said_fd)
{
        struct lines *lines = NULL;
        if (gpiod_lines_open(world.chip, specs, LINE_COUNT, &lines) == 0 &&
            lines_set(lines, OUT, true) == 0 && lines_set(lines, OUT_LOW, true) == 0 &&
            write(said_fd, "", 1) == 1)
                (void)pause();
        _exit(1);
}

static void outputs_are_off_after_a_kill(void **state)
{
        (void)state;
        struct line_spec specs[LINE_COUNT];
        contract_specs(&world, specs);
        open_specs(&world, specs); /* for the inputs' and the resistors' sake */
        close_gate(&world);
        int said[2];
        assert_int_equal(pipe(said), 0);
        pid_t pid = fork();
        if (pid == 0)
                be_killed(specs, said[1]);
        assert_true(pid > 0);
        close(said[1]);
        char byte;
        assert_int_equal(read(said[0], &byte, 1), 1);
        close(said[0]);
        for (int line = OUT; line <= OUT_LOW; line++)
                assert_int_equal(seen_outside(&world, NULL, line), 1);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        for (int line = OUT; line <= OUT_LOW; line++)
                assert_int_equal(seen_outside(&world, NULL, line), 0);
}

static void nothing_here_to_test_with(void **state)
{
        (void)state;
        print_message("STILE_TEST_GPIO_SYSFS and STILE_TEST_GPIO_CHIP name no gpio-sim chip\n");
        skip();
}

int main(void)
{
        const struct CMUnitTest anywhere[] = {
                cmocka_unit_test(a_chip_that_is_missing_is_said_with_those_that_are_there),
                cmocka_unit_test(a_path_that_is_missing_is_said),
                cmocka_unit_test(nothing_here_to_test_with),
        };
        const struct CMUnitTest on_a_chip[] = {
                LINES_CONTRACT(&world),
                LINES_TEST(a_bounce_is_one_edge_when_it_has_settled, &world),
                LINES_TEST(a_chip_that_is_missing_is_said_with_those_that_are_there, &world),
                LINES_TEST(a_path_that_is_missing_is_said, &world),
                LINES_TEST(a_path_that_is_no_chip_is_said, &world),
                LINES_TEST(a_chip_goes_by_label_name_and_path, &world),
                LINES_TEST(a_line_in_use_is_said_with_its_user_and_opens_none, &world),
                LINES_TEST(a_line_that_is_missing_or_named_twice_is_said, &world),
                LINES_TEST(a_bias_pulls_an_input, &world),
                LINES_TEST(outputs_are_off_after_a_kill, &world),
        };
        world.chip = getenv("STILE_TEST_GPIO_CHIP");
        sysfs = getenv("STILE_TEST_GPIO_SYSFS");
        if (!world.chip || !sysfs) {
                world.chip = NULL;
                return cmocka_run_group_tests_name("lines_gpiod", anywhere, NULL, NULL);
        }
        return cmocka_run_group_tests_name("lines_gpiod", on_a_chip, NULL, NULL);
}

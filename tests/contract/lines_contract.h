/*
 * Contract of the lines port: what every driver of controller/ports/lines.h must do. A test program
 * gives a world, that is the driver's opener and the outside of its lines (a hand on the inputs, a
 * meter on the outputs), and runs LINES_CONTRACT(&world).
 */
#pragma once

#include "tests/check.h"

#include "controller/ports/lines.h"
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>

enum {
        DEADLINE_MS = 10000, /* for what must come; slow machines emulate slower ones */
        DEBOUNCE_MS = 300,   /* far longer than moving a line takes, there too */
        BURST = 100          /* edges; more than any queue holds */
};

/* The gate that the contract opens. */
enum {
        OUT,
        OUT_LOW, /* active low */
        IN,
        IN_LOW, /* active low */
        LINE_COUNT
};

struct lines_world {
        lines_open_fn *open;
        const char *chip;
        const char *chip_lines[LINE_COUNT]; /* as in line_spec.line */
        const char *missing_line;           /* a line that the chip does not have */
        /* Moves an input. `lines` is NULL while none are open. */
        void (*push)(const struct lines_world *world, struct lines *lines, int line, bool is_high);
        /* The level on an output. NULL lines: after they were closed; -1 where that has no meaning.
         */
        int (*meter)(const struct lines_world *world, struct lines *lines, int line);
        struct lines *gate; /* what is open; a test that fails leaves it to the teardown */
};

static inline bool is_low_line(int line)
{
        return line == OUT_LOW || line == IN_LOW;
}

static inline void name_line(struct line_spec *spec, const char *chip_line)
{
        (void)snprintf(spec->line, sizeof(spec->line), "%s", chip_line);
}

static inline void contract_specs(const struct lines_world *world,
                                  struct line_spec specs[LINE_COUNT])
{
        static const char *const names[LINE_COUNT] = { "entry.pass-line", "entry.red-line",
                                                       "entry.sensor-line", "fire.fire-line" };
        for (int i = 0; i < LINE_COUNT; i++) {
                specs[i] = (struct line_spec){ .is_output = i == OUT || i == OUT_LOW,
                                               .is_active_low = is_low_line(i) };
                (void)snprintf(specs[i].name, sizeof(specs[i].name), "%s", names[i]);
                name_line(&specs[i], world->chip_lines[i]);
        }
}

/* Moves an input to a logical level. */
static inline void turn(const struct lines_world *world, struct lines *lines, int line, bool is_on)
{
        world->push(world, lines, line, is_on != is_low_line(line));
}

/* The logical level that an output's consumer sees, or -1. */
static inline int seen_outside(const struct lines_world *world, struct lines *lines, int line)
{
        int level = world->meter(world, lines, line);
        return level < 0 ? -1 : level != is_low_line(line);
}

/* All lines off outside (what is wired to an active-low line pulls it up), then opened. */
static inline struct lines *open_specs(struct lines_world *world, const struct line_spec *specs)
{
        for (int i = 0; i < LINE_COUNT; i++)
                turn(world, NULL, i, false);
        assert_int_equal(world->open(world->chip, specs, LINE_COUNT, &world->gate), 0);
        assert_non_null(world->gate);
        return world->gate;
}

static inline void close_gate(struct lines_world *world)
{
        world->gate = lines_close(world->gate);
}

static inline int close_what_is_open(void **state)
{
        close_gate(*state);
        return 0;
}

static inline struct lines *open_gate(struct lines_world *world)
{
        struct line_spec specs[LINE_COUNT];
        contract_specs(world, specs);
        return open_specs(world, specs);
}

static inline bool is_readable(const struct lines *lines, int timeout_ms)
{
        struct pollfd wait = { .fd = lines->fd, .events = POLLIN };
        return poll(&wait, 1, timeout_ms) == 1;
}

/* The next edge, which must come. */
static inline struct line_edge next_edge(struct lines *lines)
{
        int64_t deadline_ms = monotonic_ms() + DEADLINE_MS;
        struct line_edge edge = { 0 };
        int r = lines_read(lines, &edge);
        while (r == 0 && monotonic_ms() < deadline_ms) {
                (void)is_readable(lines, (int)(deadline_ms - monotonic_ms()));
                r = lines_read(lines, &edge);
        }
        assert_int_equal(r, 1);
        return edge;
}

static inline void assert_edge(struct lines *lines, int line, bool is_on)
{
        struct line_edge edge = next_edge(lines);
        assert_int_equal(edge.line, line);
        assert_int_equal(edge.is_on, is_on);
}

static inline void assert_level(struct lines *lines, int line, bool is_on)
{
        bool level = !is_on;
        assert_int_equal(lines_get(lines, line, &level), 0);
        assert_int_equal(level, is_on);
}

static inline int open_files(void)
{
        int count = 0;
        DIR *dir = opendir("/proc/self/fd");
        assert_non_null(dir);
        while (readdir(dir))
                count++;
        closedir(dir);
        return count;
}

static inline void outputs_start_off(void **state)
{
        struct lines_world *world = *state;
        struct lines *lines = open_gate(world);
        for (int line = OUT; line <= OUT_LOW; line++) {
                assert_level(lines, line, false);
                assert_int_equal(seen_outside(world, lines, line), 0);
        }
        close_gate(world);
}

static inline void an_output_follows_set_and_the_others_stay(void **state)
{
        struct lines_world *world = *state;
        struct lines *lines = open_gate(world);
        static const struct {
                int line;
                bool is_on, out, out_low;
        } steps[] = { { OUT, true, true, false },
                      { OUT_LOW, true, true, true },
                      { OUT_LOW, true, true, true },
                      { OUT, false, false, true },
                      { OUT_LOW, false, false, false } };
        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
                assert_int_equal(lines_set(lines, steps[i].line, steps[i].is_on), 0);
                assert_level(lines, OUT, steps[i].out);
                assert_level(lines, OUT_LOW, steps[i].out_low);
                assert_int_equal(seen_outside(world, lines, OUT), steps[i].out);
                assert_int_equal(seen_outside(world, lines, OUT_LOW), steps[i].out_low);
        }
        close_gate(world);
}

static inline void outputs_are_off_after_close(void **state)
{
        struct lines_world *world = *state;
        struct lines *lines = open_gate(world);
        assert_int_equal(lines_set(lines, OUT, true), 0);
        assert_int_equal(lines_set(lines, OUT_LOW, true), 0);
        close_gate(world);
        assert_null(world->gate);
        for (int line = OUT; line <= OUT_LOW; line++)
                assert_int_not_equal(seen_outside(world, NULL, line), 1);
        lines = open_gate(world);
        assert_level(lines, OUT, false);
        assert_int_equal(seen_outside(world, lines, OUT), 0);
        close_gate(world);
}

static inline void only_lines_that_exist_and_only_outputs_are_set(void **state)
{
        struct lines_world *world = *state;
        struct lines *lines = open_gate(world);
        bool is_on;
        assert_int_equal(lines_set(lines, IN, true), -EINVAL);
        assert_int_equal(lines_set(lines, LINE_COUNT, true), -EINVAL);
        assert_int_equal(lines_set(lines, -1, true), -EINVAL);
        assert_int_equal(lines_get(lines, LINE_COUNT, &is_on), -EINVAL);
        assert_int_equal(lines_get(lines, -1, &is_on), -EINVAL);
        close_gate(world);
}

static inline void an_input_has_its_logical_level(void **state)
{
        struct lines_world *world = *state;
        struct lines *lines = open_gate(world);
        for (int line = IN; line <= IN_LOW; line++) {
                assert_level(lines, line, false);
                turn(world, lines, line, true);
                assert_level(lines, line, true);
                turn(world, lines, line, false);
                assert_level(lines, line, false);
        }
        close_gate(world);
}

static inline void edges_arrive_once_in_order_and_dated(void **state)
{
        struct lines_world *world = *state;
        struct lines *lines = open_gate(world);
        static const struct {
                int line;
                bool is_on;
        } moves[] = { { IN, true },      { IN_LOW, true }, { IN, false },
                      { IN_LOW, false }, { IN, true },     { IN, false } };
        for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
                int64_t before_us = monotonic_us();
                turn(world, lines, moves[i].line, moves[i].is_on);
                struct line_edge edge = next_edge(lines);
                assert_int_equal(edge.line, moves[i].line);
                assert_int_equal(edge.is_on, moves[i].is_on);
                assert_in_range(edge.at_us, before_us, monotonic_us());
        }
        struct line_edge edge;
        assert_int_equal(lines_read(lines, &edge), 0);
        close_gate(world);
}

static inline void an_input_that_does_not_change_has_no_edge(void **state)
{
        struct lines_world *world = *state;
        struct lines *lines = open_gate(world);
        turn(world, lines, IN, false);
        assert_int_equal(lines_set(lines, OUT, true), 0);
        turn(world, lines, IN_LOW, true);
        assert_edge(lines, IN_LOW, true);
        turn(world, lines, IN_LOW, true);
        turn(world, lines, IN, true);
        assert_edge(lines, IN, true);
        close_gate(world);
}

static inline void the_fd_is_readable_while_an_edge_waits(void **state)
{
        struct lines_world *world = *state;
        struct lines *lines = open_gate(world);
        assert_false(is_readable(lines, 0));
        turn(world, lines, IN, true);
        assert_true(is_readable(lines, DEADLINE_MS));
        assert_true(is_readable(lines, DEADLINE_MS));
        turn(world, lines, IN_LOW, true);
        next_edge(lines);
        assert_true(is_readable(lines, DEADLINE_MS));
        next_edge(lines);
        assert_false(is_readable(lines, 0));
        struct line_edge edge;
        assert_int_equal(lines_read(lines, &edge), 0);
        assert_false(is_readable(lines, 0));
        turn(world, lines, IN, false);
        assert_true(is_readable(lines, DEADLINE_MS));
        close_gate(world);
}

/* Reads edges until the line is where it should be. Every edge has to change its line's level. */
static inline void read_until(struct lines *lines, bool levels[LINE_COUNT], int line, bool is_on)
{
        while (levels[line] != is_on) {
                struct line_edge edge = next_edge(lines);
                assert_in_range(edge.line, IN, IN_LOW);
                assert_int_not_equal(edge.is_on, levels[edge.line]);
                levels[edge.line] = edge.is_on;
        }
}

/* Nobody reads meanwhile, and no queue holds them all. */
static inline void after_too_many_edges_the_last_one_tells_the_level(void **state)
{
        struct lines_world *world = *state;
        for (int count = BURST; count < BURST + 8; count++) {
                bool last = count % 2 == 1;
                struct lines *lines = open_gate(world);
                bool levels[LINE_COUNT] = { false };
                for (int i = 0; i < count; i++)
                        turn(world, lines, IN, i % 2 == 0);
                turn(world, lines, IN_LOW, true);
                read_until(lines, levels, IN_LOW, true);
                read_until(lines, levels, IN, last);
                assert_level(lines, IN, last);
                turn(world, lines, IN, !last);
                read_until(lines, levels, IN, !last);
                assert_level(lines, IN, !last);
                close_gate(world);
        }
}

/* For drivers that debounce; not in LINES_CONTRACT. */
static inline void a_bounce_is_one_edge_when_it_has_settled(void **state)
{
        struct lines_world *world = *state;
        struct line_spec specs[LINE_COUNT];
        contract_specs(world, specs);
        specs[IN].debounce_ms = specs[IN_LOW].debounce_ms = DEBOUNCE_MS;
        struct lines *lines = open_specs(world, specs);
        for (int line = IN; line <= IN_LOW; line++)
                for (int is_on = 1; is_on >= 0; is_on--) {
                        for (int i = 0; i < 5; i++) {
                                turn(world, lines, line, is_on);
                                turn(world, lines, line, !is_on);
                        }
                        int64_t settled_us = monotonic_us();
                        turn(world, lines, line, is_on);
                        assert_level(lines, line, !is_on);
                        struct line_edge edge = next_edge(lines);
                        assert_int_equal(edge.line, line);
                        assert_int_equal(edge.is_on, is_on);
                        /* Half is for the kernel's debouncer, which counts in jiffies. */
                        assert_in_range(edge.at_us, settled_us + (int64_t)DEBOUNCE_MS * 1000 / 2,
                                        monotonic_us());
                        assert_level(lines, line, is_on);
                }
        struct line_edge edge;
        assert_int_equal(lines_read(lines, &edge), 0);
        assert_false(is_readable(lines, 0));
        close_gate(world);
}

static inline void a_line_that_is_missing_opens_none(void **state)
{
        struct lines_world *world = *state;
        for (int bad = 0; bad < LINE_COUNT; bad++) {
                struct line_spec specs[LINE_COUNT];
                contract_specs(world, specs);
                name_line(&specs[bad], world->missing_line);
                struct lines *lines = (struct lines *)specs; /* must be overwritten */
                assert_int_equal(world->open(world->chip, specs, LINE_COUNT, &lines), -ENOENT);
                assert_null(lines);
                open_gate(world); /* none of them is held */
                close_gate(world);
        }
}

static inline void a_gate_may_have_no_lines(void **state)
{
        struct lines_world *world = *state;
        assert_int_equal(world->open(world->chip, NULL, 0, &world->gate), 0);
        assert_false(is_readable(world->gate, 0));
        struct line_edge edge;
        assert_int_equal(lines_read(world->gate, &edge), 0);
        assert_int_equal(lines_set(world->gate, 0, true), -EINVAL);
        close_gate(world);
}

static inline void no_file_stays_open(void **state)
{
        struct lines_world *world = *state;
        int before = open_files();
        struct line_spec specs[LINE_COUNT];
        contract_specs(world, specs);
        name_line(&specs[IN_LOW], world->missing_line);
        for (int i = 0; i < 3; i++) {
                struct lines *lines = open_gate(world);
                turn(world, lines, IN, true);
                close_gate(world);
                assert_int_not_equal(world->open(world->chip, specs, LINE_COUNT, &lines), 0);
        }
        assert_int_equal(open_files(), before);
}

#define LINES_TEST(test, world)                                                                    \
        cmocka_unit_test_prestate_setup_teardown(test, NULL, close_what_is_open, world)

#define LINES_CONTRACT(world)                                                                      \
        LINES_TEST(outputs_start_off, world),                                                      \
                LINES_TEST(an_output_follows_set_and_the_others_stay, world),                      \
                LINES_TEST(outputs_are_off_after_close, world),                                    \
                LINES_TEST(only_lines_that_exist_and_only_outputs_are_set, world),                 \
                LINES_TEST(an_input_has_its_logical_level, world),                                 \
                LINES_TEST(edges_arrive_once_in_order_and_dated, world),                           \
                LINES_TEST(an_input_that_does_not_change_has_no_edge, world),                      \
                LINES_TEST(the_fd_is_readable_while_an_edge_waits, world),                         \
                LINES_TEST(after_too_many_edges_the_last_one_tells_the_level, world),              \
                LINES_TEST(a_line_that_is_missing_opens_none, world),                              \
                LINES_TEST(a_gate_may_have_no_lines, world), LINES_TEST(no_file_stays_open, world)

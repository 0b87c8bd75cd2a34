/* The contract of the lines port over the simulated lines, and what is theirs alone. */
#include "tests/contract/lines_contract.h"

#include "drivers/lines/line_drivers.h"

static void push(const struct lines_world *world, struct lines *lines, int line, bool is_high)
{
        (void)world;
        if (lines)
                assert_int_equal(lines->ops->drive(lines, line, is_high != is_low_line(line)), 0);
}

static int meter(const struct lines_world *world, struct lines *lines, int line)
{
        (void)world;
        if (!lines)
                return -1;
        bool is_on;
        assert_int_equal(lines_get(lines, line, &is_on), 0);
        return is_on != is_low_line(line);
}

static struct lines_world world = { .open = sim_lines_open,
                                    .chip = "simulated",
                                    .chip_lines = { "GPIO17", "22", "GPIO27", "5" },
                                    .missing_line = "",
                                    .push = push,
                                    .meter = meter };

static void edges_of_several_inputs_come_in_the_order_of_the_moves(void **state)
{
        (void)state;
        struct lines *lines = open_gate(&world);
        for (int i = 0; i < 10; i++) {
                turn(&world, lines, IN_LOW, i % 2 == 0);
                turn(&world, lines, IN, i % 2 == 0);
        }
        int64_t last_us = 0;
        for (int i = 0; i < 20; i++) {
                struct line_edge edge = next_edge(lines);
                assert_int_equal(edge.line, i % 2 == 0 ? IN_LOW : IN);
                assert_int_equal(edge.is_on, i / 2 % 2 == 0);
                assert_true(edge.at_us >= last_us);
                last_us = edge.at_us;
        }
        close_gate(&world);
}

static void there_is_no_bounce_to_wait_for(void **state)
{
        (void)state;
        struct line_spec specs[LINE_COUNT];
        contract_specs(&world, specs);
        specs[IN].debounce_ms = 1000;
        struct lines *lines = open_specs(&world, specs);
        turn(&world, lines, IN, true);
        turn(&world, lines, IN, false);
        struct line_edge edge;
        assert_int_equal(lines_read(lines, &edge), 1);
        assert_true(edge.is_on);
        assert_int_equal(lines_read(lines, &edge), 1);
        assert_false(edge.is_on);
        close_gate(&world);
}

static void only_inputs_are_driven(void **state)
{
        (void)state;
        struct lines *lines = open_gate(&world);
        assert_int_equal(lines->ops->drive(lines, OUT, true), -EINVAL);
        assert_int_equal(lines->ops->drive(lines, LINE_COUNT, true), -EINVAL);
        assert_int_equal(lines->ops->drive(lines, -1, true), -EINVAL);
        assert_false(is_readable(lines, 0));
        close_gate(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                LINES_CONTRACT(&world),
                LINES_TEST(edges_of_several_inputs_come_in_the_order_of_the_moves, &world),
                LINES_TEST(there_is_no_bounce_to_wait_for, &world),
                LINES_TEST(only_inputs_are_driven, &world),
        };
        return cmocka_run_group_tests_name("lines_sim", tests, NULL, NULL);
}

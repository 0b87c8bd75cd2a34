/* Gate: granted means recorded, egress means free, fire means now. */
#include "tests/check.h"

#include "controller/actuate/gate.h"
#include "controller/tuning.h"
#include "tests/fake/lines_fake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct world {
        struct settings settings;
        struct plan plan;
        struct lines_fake lines;
        struct board board;
        struct mailbox recorder, desk;
        struct gate gate;
        int64_t now_ms;
};

static void set(char *field, const char *value)
{
        strcpy(field, value);
}

/* An entry (point 0) with everything wired and an exit (point 1) with a button; time begins at 0.
 */
static void begin_with(struct world *world, struct modes modes)
{
        memset(world, 0, sizeof(*world));
        struct settings *settings = &world->settings;
        option_defaults(&settings_table, settings);
        settings->points = 2;
        for (size_t i = 0; i < 2; i++) {
                struct settings_point *point = &settings->point[i];
                point->direction = (int)i;
                point->pulse_ms = 1000;
                point->window_ms = 6000;
                point->open_too_long_ms = 15000;
                set(point->id, i ? "exit" : "entry");
                set(point->pass_line, i ? "21" : "11");
                set(point->release_line, i ? "22" : "12");
                set(point->sensor_line, i ? "23" : "13");
                set(point->green_line, i ? "24" : "14");
                set(point->red_line, i ? "25" : "15");
        }
        set(settings->point[1].button_line, "26");
        set(settings->fire.fire_line, "1");
        set(settings->fire.reset_line, "2");
        plan_init(&world->plan, settings);
        lines_fake_init(&world->lines);
        world->lines.is_on[world->plan.fire] = true;
        assert_int_equal(mailbox_init(&world->recorder, sizeof(struct to_recorder), 64), 0);
        assert_int_equal(mailbox_init(&world->desk, sizeof(struct to_desk), 64), 0);
        assert_int_equal(gate_init(&world->gate, settings, &world->plan, &world->lines.lines,
                                   &world->recorder, &world->desk, &world->board, &modes),
                         0);
        world->now_ms = monotonic_ms();
}

static void begin(struct world *world)
{
        begin_with(world, (struct modes){ 0 });
}

static void end(struct world *world)
{
        gate_deinit(&world->gate);
        mailbox_deinit(&world->recorder);
        mailbox_deinit(&world->desk);
}

/* Lets time pass, turning whenever the gate wants to be turned. */
static void pass_time(struct world *world, int64_t ms)
{
        int64_t until_ms = world->now_ms + ms;
        gate_turn(&world->gate, world->now_ms);
        for (;;) {
                int64_t next = gate_next_ms(&world->gate, world->now_ms);
                world->now_ms = next < until_ms ? next : until_ms;
                gate_turn(&world->gate, world->now_ms);
                if (world->now_ms >= until_ms)
                        return;
        }
}

static void tell(struct world *world, struct to_gate message)
{
        assert_true(mailbox_put(&world->gate.in, &message));
        gate_turn(&world->gate, world->now_ms);
}

static void grant(struct world *world, int point, uint64_t number)
{
        tell(world, (struct to_gate){ .kind = GATE_VERDICT,
                                      .point = point,
                                      .verdict = { .admit = true, .grant = number } });
}

static void commit(struct world *world, uint64_t number)
{
        tell(world, (struct to_gate){ .kind = GATE_COMMITTED, .grant = number });
}

static bool is_on(const struct world *world, int line)
{
        return world->lines.is_on[line];
}

/* The next thing that the recorder is told. */
static struct to_recorder heard(struct world *world)
{
        struct to_recorder message = { .kind = RECORDER_STOP };
        (void)!mailbox_take(&world->recorder, &message);
        return message;
}

static void expect_event(struct world *world, enum event event, enum reason reason, uint64_t grant)
{
        struct to_recorder message = heard(world);
        assert_int_equal(message.kind, RECORDER_PASSAGE);
        assert_int_equal(message.event, event);
        assert_int_equal(message.reason, reason);
        assert_int_equal(message.grant, grant);
}

static void the_relay_moves_only_when_the_grant_is_recorded(void **state)
{
        struct world *world = *state;
        int pass = world->plan.point[0].pass;
        grant(world, 0, 5);
        assert_false(is_on(world, pass));
        commit(world, 5);
        assert_true(is_on(world, pass));
        assert_true(is_on(world, world->plan.point[0].green));
        pass_time(world, 1000);
        assert_false(is_on(world, pass));
        lines_fake_move(&world->lines, world->plan.point[0].sensor, true);
        pass_time(world, 1);
        expect_event(world, EVENT_ACCESS_TAKEN, REASON_NONE, 5);
}

static void a_late_record_keeps_an_entry_shut_when_policy_is_closed(void **state)
{
        struct world *world = *state;
        grant(world, 0, 5);
        pass_time(world, 100);
        assert_false(is_on(world, world->plan.point[0].pass));
        assert_true(is_on(world, world->plan.point[0].red));
        expect_event(world, EVENT_ACCESS_NOT_TAKEN, REASON_RECORD_FAILED, 5);
        commit(world, 5);
        assert_false(is_on(world, world->plan.point[0].pass));
}

static void a_late_record_opens_and_is_marked_when_policy_is_open(void **state)
{
        struct world *world = *state;
        world->gate.opens_on_failure = true;
        grant(world, 0, 5);
        pass_time(world, 100);
        assert_true(is_on(world, world->plan.point[0].pass));
        assert_int_equal(heard(world).kind, RECORDER_LATE);
        pass_time(world, 2000);
        commit(world, 5);
        assert_false(is_on(world, world->plan.point[0].pass));
}

static void a_failed_record_decides_at_once(void **state)
{
        struct world *world = *state;
        grant(world, 0, 5);
        tell(world, (struct to_gate){ .kind = GATE_COMMIT_FAILED, .grant = 5 });
        expect_event(world, EVENT_ACCESS_NOT_TAKEN, REASON_RECORD_FAILED, 5);
        grant(world, 1, 6);
        tell(world, (struct to_gate){ .kind = GATE_COMMIT_FAILED, .grant = 6 });
        assert_true(is_on(world, world->plan.point[1].pass));
}

static void an_exit_opens_whatever_the_disk_does(void **state)
{
        struct world *world = *state;
        grant(world, 1, 5);
        pass_time(world, 100);
        assert_true(is_on(world, world->plan.point[1].pass));
}

static void the_exit_button_is_recorded_and_opens_without_a_record_too(void **state)
{
        struct world *world = *state;
        lines_fake_move(&world->lines, world->plan.point[1].button, true);
        pass_time(world, 0);
        struct to_recorder message = heard(world);
        assert_int_equal(message.kind, RECORDER_GRANT);
        assert_int_equal(message.reason, REASON_EXIT_BUTTON);
        assert_false(is_on(world, world->plan.point[1].pass));
        commit(world, message.grant);
        assert_true(is_on(world, world->plan.point[1].pass));
        pass_time(world, 8000);

        lines_fake_move(&world->lines, world->plan.point[1].button, true);
        pass_time(world, 100);
        assert_true(is_on(world, world->plan.point[1].pass));
}

static void the_exit_button_opens_when_the_recorder_hears_nothing_any_more(void **state)
{
        struct world *world = *state;
        struct to_recorder filler = { .kind = RECORDER_LATE };
        while (mailbox_put(&world->recorder, &filler))
                ;
        lines_fake_move(&world->lines, world->plan.point[1].button, true);
        pass_time(world, 0);
        assert_true(is_on(world, world->plan.point[1].pass));
        assert_true(atomic_load(&world->board.lost) > 0);
}

static void a_denial_shows_red_and_moves_nothing(void **state)
{
        struct world *world = *state;
        tell(world, (struct to_gate){ .kind = GATE_VERDICT, .point = 0 });
        assert_true(is_on(world, world->plan.point[0].red));
        assert_false(is_on(world, world->plan.point[0].pass));
        pass_time(world, 2000);
        assert_false(is_on(world, world->plan.point[0].red) &&
                     !world->gate.point[0].is_camera_lost);
}

static void a_broken_fire_loop_releases_every_lane_until_the_key_is_turned(void **state)
{
        struct world *world = *state;
        assert_true(is_on(world, world->plan.point[0].release));
        lines_fake_move(&world->lines, world->plan.fire, false);
        pass_time(world, 0);
        assert_false(is_on(world, world->plan.point[0].release));
        assert_false(is_on(world, world->plan.point[1].release));
        expect_event(world, EVENT_FIRE_RELEASE, REASON_FIRE, 0);
        lines_fake_move(&world->lines, world->plan.fire, true);
        pass_time(world, 60000);
        assert_false(is_on(world, world->plan.point[0].release));
        assert_string_equal(atomic_load(&world->board.fire_state), "holding");
        lines_fake_move(&world->lines, world->plan.fire_reset, true);
        pass_time(world, 0);
        assert_true(is_on(world, world->plan.point[0].release));
        expect_event(world, EVENT_FIRE_RESET, REASON_FIRE, 0);
}

static void modes_are_taken_up_after_a_restart(void **state)
{
        (void)state;
        static struct world world;
        begin_with(&world, (struct modes){ .is_fire = true });
        assert_false(is_on(&world, world.plan.point[0].release));
        assert_string_equal(atomic_load(&world.board.fire_state), "holding");
        end(&world);
        begin_with(&world, (struct modes){ .is_locked_down = { true, true } });
        assert_int_equal(atomic_load(&world.board.point[0].state), BOARD_LOCKED_DOWN);
        assert_int_equal(atomic_load(&world.board.point[1].state), BOARD_CLOSED);
        end(&world);
}

static struct to_desk outcome(struct world *world)
{
        struct to_desk message = { .client = -1 };
        assert_true(mailbox_take(&world->desk, &message));
        assert_int_equal(message.kind, DESK_OUTCOME);
        return message;
}

static void commands_are_carried_out_recorded_and_answered(void **state)
{
        struct world *world = *state;
        struct to_gate command = { .kind = GATE_COMMAND,
                                   .point = -1,
                                   .command = COMMAND_LOCK_DOWN,
                                   .detail = "guard: drill",
                                   .client = 3 };
        tell(world, command);
        assert_int_equal(outcome(world).refusal, REASON_NONE);
        expect_event(world, EVENT_LOCK_DOWN, REASON_COMMAND, 0);
        command.command = COMMAND_ACCESS_DOOR;
        command.point = 0;
        tell(world, command);
        assert_int_equal(outcome(world).refusal, REASON_OUT_OF_SERVICE);
        expect_event(world, EVENT_COMMAND_REFUSED, REASON_OUT_OF_SERVICE, 0);
        command.command = COMMAND_LOCK_DOWN;
        command.point = 1;
        tell(world, command);
        assert_int_equal(outcome(world).refusal, REASON_WRONG_ACCESS_POINT);
        expect_event(world, EVENT_COMMAND_REFUSED, REASON_WRONG_ACCESS_POINT, 0);
        command.command = COMMAND_FIRE_RESET;
        tell(world, command);
        assert_int_equal(outcome(world).refusal, REASON_FIRE);
}

static void a_commanded_opening_is_answered_when_the_relay_moves(void **state)
{
        struct world *world = *state;
        struct to_desk message;
        tell(world, (struct to_gate){ .kind = GATE_COMMAND,
                                      .point = 0,
                                      .command = COMMAND_ACCESS_DOOR,
                                      .client = 3 });
        struct to_recorder wish = heard(world);
        assert_int_equal(wish.event, EVENT_ACCESS_DOOR);
        assert_false(mailbox_take(&world->desk, &message));
        commit(world, wish.grant);
        assert_true(is_on(world, world->plan.point[0].pass));
        assert_int_equal(outcome(world).client, 3);
}

static void lines_that_are_lost_are_told_once_and_release(void **state)
{
        struct world *world = *state;
        world->lines.fail_with = -EIO;
        grant(world, 0, 5);
        commit(world, 5);
        pass_time(world, 10000);
        expect_event(world, EVENT_FAULT, REASON_LINES, 0);
        for (struct to_recorder message = heard(world); message.kind != RECORDER_STOP;
             message = heard(world))
                assert_true(message.event != EVENT_FAULT || message.detail[0] != 'I');
        assert_true(lane_is_released(&world->gate.point[0].lane));
        assert_int_equal(world->gate.lines_error, -EIO);
}

static void a_reload_reaches_lanes_and_lamps(void **state)
{
        struct world *world = *state;
        world->settings.point[0].pulse_ms = 200;
        tell(world, (struct to_gate){ .kind = GATE_TUNE,
                                      .point = 0,
                                      .tuning = tuning_of_gate(&world->settings, 0) });
        grant(world, 0, 5);
        commit(world, 5);
        pass_time(world, 200);
        assert_false(is_on(world, world->plan.point[0].pass));
}

static int setup(void **state)
{
        static struct world world;
        begin(&world);
        *state = &world;
        return 0;
}

static int teardown(void **state)
{
        end(*state);
        return 0;
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(the_relay_moves_only_when_the_grant_is_recorded),
                IN_WORLD(a_late_record_keeps_an_entry_shut_when_policy_is_closed),
                IN_WORLD(a_late_record_opens_and_is_marked_when_policy_is_open),
                IN_WORLD(a_failed_record_decides_at_once),
                IN_WORLD(an_exit_opens_whatever_the_disk_does),
                IN_WORLD(the_exit_button_is_recorded_and_opens_without_a_record_too),
                IN_WORLD(the_exit_button_opens_when_the_recorder_hears_nothing_any_more),
                IN_WORLD(a_denial_shows_red_and_moves_nothing),
                IN_WORLD(a_broken_fire_loop_releases_every_lane_until_the_key_is_turned),
                cmocka_unit_test(modes_are_taken_up_after_a_restart),
                IN_WORLD(commands_are_carried_out_recorded_and_answered),
                IN_WORLD(a_commanded_opening_is_answered_when_the_relay_moves),
                IN_WORLD(lines_that_are_lost_are_told_once_and_release),
                IN_WORLD(a_reload_reaches_lanes_and_lamps),
        };
        return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}

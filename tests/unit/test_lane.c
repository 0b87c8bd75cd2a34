/* Lane: transcripts of what happens at a turnstile, and properties over random histories. */
#include "tests/check.h"

#include "controller/actuate/lane.h"
#include "controller/flow_names.h"

#include <stdio.h>
#include <string.h>

static const struct lane_config entry = { .pulse_ms = 1000,
                                          .window_ms = 6000,
                                          .open_too_long_ms = 15000,
                                          .has_sensor = true,
                                          .has_release = true };

/* A lane and, as text, every event that it raised: "AccessTaken(7) ForcedOpen". */
struct world {
        struct lane lane;
        char events[512];
};

static struct world begin(struct lane_config config)
{
        struct world world = { .events = "" };
        lane_init(&world.lane, &config);
        return world;
}

static void note(struct world *world, const struct lane_events *events)
{
        for (size_t i = 0; i < events->count; i++) {
                size_t len = strlen(world->events);
                const char *reason = reason_name(events->event[i].reason);
                snprintf(world->events + len, sizeof(world->events) - len, "%s%s(%d%s%s)",
                         len ? " " : "", event_name(events->event[i].event),
                         (int)events->event[i].grant, reason[0] ? " " : "", reason);
        }
}

static void step(struct world *world, int64_t now_ms, enum lane_input input, uint64_t grant)
{
        struct lane_events events;
        /* The loop ticks whenever the lane asks for it. */
        while (lane_next_ms(&world->lane) < now_ms) {
                lane_step(&world->lane, LANE_TICK, 0, lane_next_ms(&world->lane), &events);
                note(world, &events);
        }
        lane_step(&world->lane, input, grant, now_ms, &events);
        note(world, &events);
}

static void a_grant_pulses_the_relay_and_the_sensor_makes_it_taken(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_GRANT, 7);
        assert_true(world.lane.is_pass_on);
        step(&world, 999, LANE_TICK, 0);
        assert_true(world.lane.is_pass_on);
        step(&world, 1000, LANE_TICK, 0);
        assert_false(world.lane.is_pass_on);
        step(&world, 2000, LANE_SENSOR_ON, 0);
        assert_int_equal(world.lane.state, LANE_PASSING);
        step(&world, 2600, LANE_SENSOR_OFF, 0);
        assert_int_equal(world.lane.state, LANE_CLOSED);
        assert_string_equal(world.events, "AccessTaken(7)");
        assert_int_equal(lane_next_ms(&world.lane), INT64_MAX);
}

static void nobody_passing_within_the_window_makes_it_not_taken(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_GRANT, 7);
        step(&world, 5999, LANE_TICK, 0);
        assert_string_equal(world.events, "");
        step(&world, 6000, LANE_TICK, 0);
        assert_string_equal(world.events, "AccessNotTaken(7)");
        step(&world, 6001, LANE_SENSOR_ON, 0);
        assert_string_equal(world.events, "AccessNotTaken(7) ForcedOpen(0)");
}

static void the_next_grant_waits_until_the_passage_is_free(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_GRANT, 1);
        step(&world, 1500, LANE_GRANT, 2);
        assert_false(world.lane.is_pass_on);
        step(&world, 2000, LANE_SENSOR_ON, 0);
        assert_false(world.lane.is_pass_on);
        step(&world, 2500, LANE_SENSOR_OFF, 0);
        assert_true(world.lane.is_pass_on);
        step(&world, 3000, LANE_SENSOR_ON, 0);
        assert_string_equal(world.events, "AccessTaken(1) AccessTaken(2)");
}

/* A turnstile counts rising edges: a pulse that flowed into the one before would be lost. */
static void every_pulse_is_an_edge_of_its_own(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_GRANT, 1);
        step(&world, 100, LANE_SENSOR_ON, 0);
        step(&world, 200, LANE_GRANT, 2);
        assert_true(world.lane.is_pass_on);
        step(&world, 500, LANE_SENSOR_OFF, 0);
        assert_false(world.lane.is_pass_on);
        step(&world, 500 + LANE_PASS_GAP_MS, LANE_TICK, 0);
        assert_true(world.lane.is_pass_on);
}

static void too_many_waiting_grants_are_given_up_as_busy(void **state)
{
        (void)state;
        struct world world = begin(entry);
        for (uint64_t grant = 1; grant <= 2 + LANE_WAITING_MAX; grant++)
                step(&world, 10, LANE_GRANT, grant);
        assert_string_equal(world.events, "AccessNotTaken(6 busy)");
}

static void without_a_sensor_taken_is_assumed_and_says_so(void **state)
{
        (void)state;
        struct lane_config config = entry;
        config.has_sensor = false;
        struct world world = begin(config);
        step(&world, 0, LANE_GRANT, 7);
        step(&world, 1000, LANE_TICK, 0);
        assert_string_equal(world.events, "AccessTaken(7 no_sensor)");
}

static void a_passage_without_a_grant_is_forced_open_until_it_is_free(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_SENSOR_ON, 0);
        assert_int_equal(world.lane.door, LANE_DOOR_FORCED_OPEN);
        step(&world, 500, LANE_SENSOR_OFF, 0);
        assert_int_equal(world.lane.door, LANE_DOOR_NORMAL);
        assert_string_equal(world.events, "ForcedOpen(0) DoorNormal(0)");
}

static void a_passage_that_stays_occupied_is_open_too_long_once(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_GRANT, 7);
        step(&world, 100, LANE_SENSOR_ON, 0);
        step(&world, 60000, LANE_SENSOR_OFF, 0);
        assert_string_equal(world.events, "AccessTaken(7) OpenTooLong(0) DoorNormal(0)");
}

static void fire_releases_and_only_the_reset_locks_again(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_FIRE_RELEASE, 0);
        assert_true(lane_is_released(&world.lane));
        step(&world, 100, LANE_LOCK_DOWN, 0);
        assert_true(lane_is_released(&world.lane));
        step(&world, 3600000, LANE_SENSOR_ON, 0);
        step(&world, 3600500, LANE_SENSOR_OFF, 0);
        assert_true(lane_is_released(&world.lane));
        step(&world, 3601000, LANE_FIRE_RESET, 0);
        assert_false(lane_is_released(&world.lane));
        assert_string_equal(world.events, "AccessTaken(0 fire)");
}

static void a_released_lane_without_release_line_keeps_pulsing(void **state)
{
        (void)state;
        struct lane_config config = entry;
        config.has_release = false;
        struct world world = begin(config);
        step(&world, 10000, LANE_FIRE_RELEASE, 0);
        assert_true(world.lane.is_pass_on);
        step(&world, 11000, LANE_TICK, 0);
        assert_false(world.lane.is_pass_on);
        step(&world, 11000 + LANE_PASS_GAP_MS, LANE_TICK, 0);
        assert_true(world.lane.is_pass_on);
}

static void lock_down_takes_back_grants_and_refuses_new_ones(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_GRANT, 1);
        step(&world, 10, LANE_GRANT, 2);
        step(&world, 20, LANE_LOCK_DOWN, 0);
        assert_false(world.lane.is_pass_on);
        step(&world, 30, LANE_GRANT, 3);
        assert_false(world.lane.is_pass_on);
        assert_string_equal(world.events,
                            "AccessNotTaken(1 out_of_service) AccessNotTaken(2 out_of_service) "
                            "AccessNotTaken(3 out_of_service)");
        step(&world, 40, LANE_LOCK_DOWN_RELEASE, 0);
        step(&world, 400, LANE_GRANT, 4);
        assert_true(world.lane.is_pass_on);
}

static void an_exit_never_locks_down(void **state)
{
        (void)state;
        struct lane_config config = entry;
        config.is_exit = true;
        struct world world = begin(config);
        step(&world, 0, LANE_LOCK_DOWN, 0);
        step(&world, 10, LANE_GRANT, 1);
        assert_true(world.lane.is_pass_on);
        assert_string_equal(world.events, "");
}

static void the_exit_button_works_in_a_lock_down(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_LOCK_DOWN, 0);
        step(&world, 10, LANE_GRANT_EGRESS, 1);
        assert_true(world.lane.is_pass_on);
}

static void lock_open_releases_until_it_is_taken_back(void **state)
{
        (void)state;
        struct world world = begin(entry);
        step(&world, 0, LANE_LOCK_OPEN, 0);
        assert_true(lane_is_released(&world.lane));
        step(&world, 10, LANE_SENSOR_ON, 0);
        step(&world, 20, LANE_SENSOR_OFF, 0);
        step(&world, 30, LANE_LOCK_DOWN, 0);
        assert_false(lane_is_released(&world.lane));
        step(&world, 40, LANE_LOCK_DOWN_RELEASE, 0);
        assert_true(lane_is_released(&world.lane));
        step(&world, 50, LANE_LOCK_OPEN_RELEASE, 0);
        assert_false(lane_is_released(&world.lane));
        assert_string_equal(world.events, "AccessTaken(0 command)");
}

/* xorshift64: the histories are the same on every machine. */
static uint64_t draw(uint64_t *seed)
{
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        return *seed;
}

struct history {
        struct world world;
        uint64_t seed, last_grant;
        int64_t now_ms, pass_since_ms;
        bool is_fire, was_pass_on;
        unsigned char settled[4096]; /* how often each grant was taken or given up */
};

static void check_step(struct history *history, enum lane_input input, uint64_t grant)
{
        const struct lane *lane = &history->world.lane;
        bool was_granted = lane->state == LANE_GRANTED;
        bool was_released = lane_is_released(lane);
        struct lane_events events;
        lane_step(&history->world.lane, input, grant, history->now_ms, &events);

        /* Fire releases until the reset. */
        if (input == LANE_FIRE_RELEASE)
                history->is_fire = true;
        if (input == LANE_FIRE_RESET)
                history->is_fire = false;
        assert_true(!history->is_fire || lane_is_released(lane));

        /* The relay is never on longer than the bound. */
        if (lane->is_pass_on && !history->was_pass_on)
                history->pass_since_ms = history->now_ms;
        if (lane->is_pass_on)
                assert_true(history->now_ms - history->pass_since_ms <= LANE_PASS_MAX_MS);
        history->was_pass_on = lane->is_pass_on;

        /* Egress is never refused: free already, or the relay moves, now or after the gap. */
        if (input == LANE_GRANT_EGRESS)
                assert_true(lane->is_pass_on || lane->is_pulse_wanted || lane_is_released(lane));

        for (size_t i = 0; i < events.count; i++) {
                uint64_t about = events.event[i].grant;
                bool is_taken = events.event[i].event == EVENT_ACCESS_TAKEN;
                /* Taken only after granted or released. */
                if (is_taken)
                        assert_true(was_granted || was_released || lane_is_released(lane));
                if (is_taken && about == 0)
                        assert_true(lane_is_released(lane));
                if (about != 0) {
                        assert_true(about <= history->last_grant);
                        assert_int_equal(++history->settled[about], 1);
                }
        }
}

static void run_history(uint64_t seed, struct lane_config config)
{
        struct history history = { .world = begin(config), .seed = seed };
        for (int i = 0; i < 4000; i++) {
                int64_t until_ms = history.now_ms + (int64_t)(draw(&history.seed) % 2500);
                while (lane_next_ms(&history.world.lane) <= until_ms) {
                        history.now_ms = lane_next_ms(&history.world.lane);
                        check_step(&history, LANE_TICK, 0);
                }
                history.now_ms = until_ms;
                enum lane_input input =
                        (enum lane_input)(draw(&history.seed) % (LANE_LOCK_DOWN_RELEASE + 1));
                bool is_grant = input == LANE_GRANT || input == LANE_GRANT_EGRESS;
                check_step(&history, input, is_grant ? ++history.last_grant : 0);
        }
        /* Nothing is forgotten: every grant is settled or still with the lane. */
        const struct lane *lane = &history.world.lane;
        uint64_t settled = 0;
        for (uint64_t grant = 1; grant <= history.last_grant; grant++)
                settled += history.settled[grant];
        assert_int_equal(history.last_grant,
                         settled + lane->waiting_count + (lane->state == LANE_GRANTED));
}

static void holds_its_promises_over_random_histories(void **state)
{
        (void)state;
        for (uint64_t seed = 1; seed <= 64; seed++) {
                struct lane_config config = entry;
                config.has_sensor = seed % 2 == 0;
                config.has_release = seed % 3 == 0;
                config.is_exit = seed % 5 == 0;
                config.pulse_ms = seed % 7 == 0 ? 5000 : 800;
                run_history(seed * 0x9e3779b97f4a7c15, config);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_grant_pulses_the_relay_and_the_sensor_makes_it_taken),
                cmocka_unit_test(nobody_passing_within_the_window_makes_it_not_taken),
                cmocka_unit_test(the_next_grant_waits_until_the_passage_is_free),
                cmocka_unit_test(every_pulse_is_an_edge_of_its_own),
                cmocka_unit_test(too_many_waiting_grants_are_given_up_as_busy),
                cmocka_unit_test(without_a_sensor_taken_is_assumed_and_says_so),
                cmocka_unit_test(a_passage_without_a_grant_is_forced_open_until_it_is_free),
                cmocka_unit_test(a_passage_that_stays_occupied_is_open_too_long_once),
                cmocka_unit_test(fire_releases_and_only_the_reset_locks_again),
                cmocka_unit_test(a_released_lane_without_release_line_keeps_pulsing),
                cmocka_unit_test(lock_down_takes_back_grants_and_refuses_new_ones),
                cmocka_unit_test(an_exit_never_locks_down),
                cmocka_unit_test(the_exit_button_works_in_a_lock_down),
                cmocka_unit_test(lock_open_releases_until_it_is_taken_back),
                cmocka_unit_test(holds_its_promises_over_random_histories),
        };
        return cmocka_run_group_tests_name("lane", tests, NULL, NULL);
}

/* Freshness: how old the registry was by which a row was decided, with as few questions as spans.
 */
#include "tests/check.h"

#include "controller/record/freshness.h"
#include "tests/fake/store_fake.h"

#include <errno.h>

#define SECOND_US INT64_C(1000000)

enum {
        NOON_S = 1795482000, /* when the first registry came */
        HOUR_S = 3600
};

struct world {
        struct freshness freshness;
        struct registry registry;
        struct board board;
};

static int setup(void **state)
{
        static struct world world;
        world = (struct world){ .board = { .registry_version = 0 } };
        *state = &world;
        return 0;
}

/* The librarian's part: what was issued then is adopted now. */
static void adopt(struct world *world, int64_t at_s, uint64_t version, int64_t issued_s)
{
        struct registry *registry = &world->registry;
        assert_true(registry->issues < STORE_FAKE_ISSUES);
        registry->issue[registry->issues++] = (struct registry_issue){ .from_us = at_s * SECOND_US,
                                                                       .version = version,
                                                                       .issued_s = issued_s };
        atomic_store(&world->board.registry_version, version);
        atomic_store(&world->board.registry_issued_s, issued_s);
}

static struct passage granted_at(int64_t at_s)
{
        return (struct passage){ .event = EVENT_ACCESS_GRANTED,
                                 .class = CREDENTIAL_CODE,
                                 .clock = CLOCK_HOLDOVER,
                                 .at_us = at_s * SECOND_US };
}

static int64_t age_of(struct world *world, const struct passage *row)
{
        return freshness_age_s(&world->freshness, &world->registry, &world->board, row);
}

static int64_t age_at(struct world *world, int64_t at_s)
{
        struct passage row = granted_at(at_s);
        return age_of(world, &row);
}

static void a_row_is_as_old_as_the_registry_of_its_moment(void **state)
{
        struct world *world = *state;
        adopt(world, NOON_S, 7, NOON_S - 60);
        adopt(world, NOON_S + HOUR_S, 8, NOON_S + HOUR_S - 5);
        static const struct {
                int64_t at_s, age_s;
        } rows[] = {
                { NOON_S - 1, -1 }, /* before any registry */
                { NOON_S, 60 },
                { NOON_S + 10, 70 },
                { NOON_S + HOUR_S - 1, 60 + HOUR_S - 1 },
                { NOON_S + HOUR_S, 5 },
                { NOON_S + 9 * HOUR_S, 5 + 8 * HOUR_S },
                { NOON_S + 10, 70 }, /* a resend begins again at the watermark */
                { NOON_S - HOUR_S, -1 },
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                assert_int_equal(age_at(world, rows[i].at_s), rows[i].age_s);
}

static void rows_of_one_span_ask_the_registry_once(void **state)
{
        struct world *world = *state;
        adopt(world, NOON_S, 7, NOON_S);
        adopt(world, NOON_S + HOUR_S, 8, NOON_S + HOUR_S);
        for (int i = -1000; i < 0; i++)
                assert_int_equal(age_at(world, NOON_S + i), -1);
        assert_int_equal(world->registry.issue_lookups, 1);
        for (int i = 0; i < 2 * HOUR_S; i++)
                assert_int_equal(age_at(world, NOON_S + i), i % HOUR_S);
        assert_int_equal(world->registry.issue_lookups, 3);
}

static void a_gate_without_a_centre_asks_once(void **state)
{
        struct world *world = *state;
        for (int i = 0; i < 1000; i++)
                assert_int_equal(age_at(world, NOON_S + i), -1);
        assert_int_equal(world->registry.issue_lookups, 1);
}

static void an_adoption_is_noticed_by_the_first_row_after_it(void **state)
{
        struct world *world = *state;
        assert_int_equal(age_at(world, NOON_S - 1), -1);
        adopt(world, NOON_S, 7, NOON_S - 60);
        assert_int_equal(age_at(world, NOON_S + 1), 61);
        adopt(world, NOON_S + 2, 8, NOON_S + 1);
        assert_int_equal(age_at(world, NOON_S + 1), 61);
        assert_int_equal(age_at(world, NOON_S + 3), 2);
        adopt(world, NOON_S + 4, 8, NOON_S + 4); /* the same, issued anew */
        assert_int_equal(age_at(world, NOON_S + 5), 1);
}

static void only_what_the_rules_decided_has_an_age(void **state)
{
        struct world *world = *state;
        adopt(world, NOON_S, 7, NOON_S);
        for (int event = 1; event < EVENT_COUNT; event++) {
                struct passage row = granted_at(NOON_S + 9);
                row.event = (enum event)event;
                bool is_judged = event == EVENT_ACCESS_GRANTED || event == EVENT_ACCESS_DENIED ||
                                 event == EVENT_DURESS || event == EVENT_SILENT_ALARM;
                assert_int_equal(age_of(world, &row), is_judged ? 9 : -1);
                row.class = CREDENTIAL_NONE; /* a button, a command */
                assert_int_equal(age_of(world, &row), -1);
        }
}

static void by_a_clock_that_is_not_believed_there_is_none(void **state)
{
        struct world *world = *state;
        adopt(world, NOON_S, 7, NOON_S);
        struct passage row = granted_at(NOON_S + 9);
        row.clock = CLOCK_UNTRUSTED;
        assert_int_equal(age_of(world, &row), -1);
        row.clock = CLOCK_SYNCHRONISED;
        assert_int_equal(age_of(world, &row), 9);
}

static void a_clock_behind_the_centres_makes_it_new_not_negative(void **state)
{
        struct world *world = *state;
        adopt(world, NOON_S, 7, NOON_S + 2);
        assert_int_equal(age_at(world, NOON_S + 1), 0);
}

static void a_registry_that_cannot_be_read_is_asked_again(void **state)
{
        struct world *world = *state;
        adopt(world, NOON_S, 7, NOON_S);
        world->registry.fail_with = -EIO;
        assert_int_equal(age_at(world, NOON_S + 9), -1);
        world->registry.fail_with = 0;
        assert_int_equal(age_at(world, NOON_S + 9), 9);
}

#define IN_WORLD(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(a_row_is_as_old_as_the_registry_of_its_moment),
                IN_WORLD(rows_of_one_span_ask_the_registry_once),
                IN_WORLD(a_gate_without_a_centre_asks_once),
                IN_WORLD(an_adoption_is_noticed_by_the_first_row_after_it),
                IN_WORLD(only_what_the_rules_decided_has_an_age),
                IN_WORLD(by_a_clock_that_is_not_believed_there_is_none),
                IN_WORLD(a_clock_behind_the_centres_makes_it_new_not_negative),
                IN_WORLD(a_registry_that_cannot_be_read_is_asked_again),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

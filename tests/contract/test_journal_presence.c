/* Where the journal believes people to be: moves with what was taken, in the same transaction. */
#include "tests/contract/store_rows.h"

#include <errno.h>

static void happens(struct journal *journal, enum event event, const char *holder,
                    enum direction direction, uint32_t flags)
{
        struct passage row = store_row(event, holder, direction);
        row.flags = flags;
        row.at_us += (int64_t)store_info(journal).head;
        assert_int_equal(journal_append(journal, &row, 1), 0);
}

static void assert_presence(struct journal *journal, const char *holder, enum direction last,
                            uint64_t inside)
{
        struct journal_presence presence;
        uint64_t count = 99;
        assert_int_equal(journal_presence(journal, holder, "", &presence), 0);
        assert_int_equal(presence.last, last);
        assert_int_equal(journal_inside(journal, NULL, &count), 0);
        assert_int_equal(count, inside);
}

static void a_stranger_is_nowhere(void **state)
{
        struct journal *journal = store_open_journal(*state);
        assert_presence(journal, "an", DIRECTION_NONE, 0);
        assert_presence(journal, "", DIRECTION_NONE, 0);
        assert_presence(journal, "x' OR '1'='1", DIRECTION_NONE, 0);
        journal_close(journal);
}

static void only_what_was_taken_moves_a_holder(void **state)
{
        struct journal *journal = store_open_journal(*state);
        happens(journal, EVENT_ACCESS_GRANTED, "an", DIRECTION_ENTRY, 0);
        assert_presence(journal, "an", DIRECTION_NONE, 0);
        happens(journal, EVENT_ACCESS_NOT_TAKEN, "an", DIRECTION_ENTRY, 0);
        happens(journal, EVENT_ACCESS_DENIED, "an", DIRECTION_ENTRY, PASSAGE_NO_SENSOR);
        assert_presence(journal, "an", DIRECTION_NONE, 0);
        happens(journal, EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY, 0);
        assert_presence(journal, "an", DIRECTION_ENTRY, 1);
        happens(journal, EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY, PASSAGE_PASSBACK_SOFT);
        assert_presence(journal, "an", DIRECTION_ENTRY, 1);
        happens(journal, EVENT_ACCESS_TAKEN, "an", DIRECTION_EXIT, 0);
        assert_presence(journal, "an", DIRECTION_EXIT, 0);
        journal_close(journal);
}

/* A lane without a sensor has its taken too, assumed and marked: a grant alone moves nobody. */
static void a_grant_moves_nobody_even_without_a_sensor(void **state)
{
        struct journal *journal = store_open_journal(*state);
        happens(journal, EVENT_ACCESS_GRANTED, "an", DIRECTION_ENTRY, PASSAGE_NO_SENSOR);
        assert_presence(journal, "an", DIRECTION_NONE, 0);
        happens(journal, EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY, PASSAGE_NO_SENSOR);
        assert_presence(journal, "an", DIRECTION_ENTRY, 1);
        journal_close(journal);
}

static void trimming_forgets_where_people_were_that_long_ago(void **state)
{
        struct journal *journal = store_open_journal(*state);
        happens(journal, EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY, 0);
        happens(journal, EVENT_ACCESS_TAKEN, "binh", DIRECTION_EXIT, 0);
        happens(journal, EVENT_ACCESS_TAKEN, "cuc", DIRECTION_ENTRY, 0);
        struct journal_info info = store_info(journal);
        assert_int_equal(journal_acknowledge(journal, info.epoch, info.head), 0);
        assert_int_equal(journal_trim(journal, INT64_MAX, 2), 2);
        assert_presence(journal, "an", DIRECTION_NONE, 1);
        assert_presence(journal, "binh", DIRECTION_NONE, 1);
        assert_presence(journal, "cuc", DIRECTION_ENTRY, 1);
        journal_close(journal);
        journal = store_open_journal(*state);
        assert_presence(journal, "cuc", DIRECTION_ENTRY, 1);
        journal_close(journal);
}

static void nobody_and_no_direction_move_nobody(void **state)
{
        struct journal *journal = store_open_journal(*state);
        happens(journal, EVENT_ACCESS_TAKEN, "", DIRECTION_ENTRY, 0);
        happens(journal, EVENT_ACCESS_TAKEN, "an", DIRECTION_NONE, 0);
        assert_presence(journal, "an", DIRECTION_NONE, 0);
        assert_presence(journal, "", DIRECTION_NONE, 0);
        journal_close(journal);
}

static void presence_tells_when_and_where_and_outlives_the_process(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct passage rows[3] = {
                store_row(EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY),
                store_row(EVENT_ACCESS_TAKEN, "binh", DIRECTION_ENTRY),
                store_row(EVENT_ACCESS_TAKEN, "an", DIRECTION_EXIT),
        };
        rows[2].at_us += 60;
        assert_int_equal(journal_append(journal, rows, 3), 0);
        journal_close(journal);

        journal = store_open_journal(*state);
        struct journal_presence presence;
        assert_int_equal(journal_presence(journal, "an", "", &presence), 0);
        assert_int_equal(presence.last, DIRECTION_EXIT);
        assert_int_equal(presence.since_us, STORE_MORNING_US + 60);
        assert_string_equal(presence.access_point, "north-out");
        assert_presence(journal, "binh", DIRECTION_ENTRY, 1);
        journal_close(journal);
}

static void forgiving_one_leaves_the_others(void **state)
{
        struct journal *journal = store_open_journal(*state);
        happens(journal, EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY, 0);
        happens(journal, EVENT_ACCESS_TAKEN, "binh", DIRECTION_ENTRY, 0);
        happens(journal, EVENT_ACCESS_TAKEN, "chi", DIRECTION_EXIT, 0);
        assert_int_equal(journal_forgive(journal, "an"), 0);
        assert_presence(journal, "an", DIRECTION_NONE, 1);
        assert_int_equal(journal_forgive(journal, "an"), 0);
        assert_int_equal(journal_forgive(journal, "nobody"), 0);
        assert_int_equal(journal_forgive(journal, "chi"), 0);
        assert_presence(journal, "binh", DIRECTION_ENTRY, 1);
        assert_int_equal(journal_forgive(journal, NULL), 0);
        assert_presence(journal, "binh", DIRECTION_NONE, 0);
        assert_int_equal(store_info(journal).head, 3); /* what happened stays */
        journal_close(journal);
}

/* Against a plain model: the count in memory, the one counted anew, and the table agree. */
static void the_count_inside_agrees_with_a_model(void **state)
{
        enum {
                PEOPLE = 40,
                STEPS = 2000
        };
        struct journal *journal = store_open_journal(*state);
        enum direction model[PEOPLE] = { DIRECTION_NONE };
        unsigned seed = 7;
        for (int step = 0; step < STEPS; step++) {
                int who = rand_r(&seed) % PEOPLE, what = rand_r(&seed) % 12;
                char holder[8];
                (void)snprintf(holder, sizeof(holder), "h%d", who);
                enum direction direction = what % 2 ? DIRECTION_ENTRY : DIRECTION_EXIT;
                if (what == 0) {
                        assert_int_equal(journal_forgive(journal, holder), 0);
                        model[who] = DIRECTION_NONE;
                } else if (what < 4) {
                        happens(journal, EVENT_ACCESS_NOT_TAKEN, holder, direction, 0);
                } else {
                        happens(journal, EVENT_ACCESS_TAKEN, holder, direction, 0);
                        model[who] = direction;
                }
                uint64_t inside = 0;
                for (int i = 0; i < PEOPLE; i++)
                        inside += model[i] == DIRECTION_ENTRY;
                assert_presence(journal, holder, model[who], inside);
                if (step % 500 == 499) {
                        journal_close(journal);
                        journal = store_open_journal(*state);
                        assert_presence(journal, holder, model[who], inside);
                }
        }
        journal_close(journal);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_stranger_is_nowhere),
                IN_FOLDER(only_what_was_taken_moves_a_holder),
                IN_FOLDER(a_grant_moves_nobody_even_without_a_sensor),
                IN_FOLDER(trimming_forgets_where_people_were_that_long_ago),
                IN_FOLDER(nobody_and_no_direction_move_nobody),
                IN_FOLDER(presence_tells_when_and_where_and_outlives_the_process),
                IN_FOLDER(forgiving_one_leaves_the_others),
                IN_FOLDER(the_count_inside_agrees_with_a_model),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

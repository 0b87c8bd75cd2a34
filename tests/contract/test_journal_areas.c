/* Presence by area, and how often a pass was used: both move with what was taken. */
#include "tests/contract/store_rows.h"

static void taken(struct journal *journal, const char *holder, enum direction direction,
                  const char *area)
{
        struct passage row = store_row(EVENT_ACCESS_TAKEN, holder, direction);
        (void)snprintf(row.area, sizeof(row.area), "%s", area);
        row.at_us += (int64_t)store_info(journal).head;
        assert_int_equal(journal_append(journal, &row, 1), 0);
}

static void assert_inside(struct journal *journal, const char *area, uint64_t expected)
{
        uint64_t count = 99;
        assert_int_equal(journal_inside(journal, area, &count), 0);
        assert_int_equal(count, expected);
}

static void each_area_counts_its_own_and_the_gate_each_person_once(void **state)
{
        struct journal *journal = store_open_journal(*state);
        taken(journal, "an", DIRECTION_ENTRY, "");
        taken(journal, "an", DIRECTION_ENTRY, "lab");
        taken(journal, "binh", DIRECTION_ENTRY, "lab");
        for (int again = 0; again < 2; again++) {
                assert_inside(journal, "", 1);
                assert_inside(journal, "lab", 2);
                assert_inside(journal, "elsewhere", 0);
                assert_inside(journal, NULL, 2);
                journal_close(journal);
                journal = store_open_journal(*state);
        }
        struct journal_presence presence;
        assert_int_equal(journal_presence(journal, "binh", "lab", &presence), 0);
        assert_int_equal(presence.last, DIRECTION_ENTRY);
        assert_int_equal(journal_presence(journal, "binh", "", &presence), 0);
        assert_int_equal(presence.last, DIRECTION_NONE);
        taken(journal, "an", DIRECTION_EXIT, "lab");
        assert_inside(journal, "lab", 1);
        assert_inside(journal, NULL, 2);
        taken(journal, "an", DIRECTION_EXIT, "");
        assert_inside(journal, NULL, 1);
        journal_close(journal);
}

static void forgiving_forgets_every_area(void **state)
{
        struct journal *journal = store_open_journal(*state);
        taken(journal, "an", DIRECTION_ENTRY, "");
        taken(journal, "an", DIRECTION_ENTRY, "lab");
        taken(journal, "binh", DIRECTION_ENTRY, "lab");
        assert_int_equal(journal_forgive(journal, "an"), 0);
        assert_inside(journal, "", 0);
        assert_inside(journal, "lab", 1);
        assert_inside(journal, NULL, 1);
        assert_int_equal(journal_forgive(journal, NULL), 0);
        assert_inside(journal, NULL, 0);
        journal_close(journal);
}

static void more_areas_than_are_counted_harm_nothing(void **state)
{
        struct journal *journal = store_open_journal(*state);
        for (int i = 0; i < 100; i++) {
                char area[FLOW_ID_MAX];
                (void)snprintf(area, sizeof(area), "area-%d", i);
                taken(journal, "an", DIRECTION_ENTRY, area);
        }
        assert_inside(journal, "area-0", 1);
        assert_inside(journal, NULL, 1);
        journal_close(journal);
}

static struct passage use_of(uint8_t byte, enum event event, enum direction direction, int32_t day)
{
        struct passage row = store_row(event, "an", direction);
        memset(row.use, byte, sizeof(row.use));
        row.use_day = day;
        return row;
}

static void assert_uses(struct journal *journal, uint8_t byte, int32_t day, uint64_t total,
                        uint64_t on_day)
{
        uint8_t key[FLOW_USE_LEN];
        uint64_t uses = 99, day_uses = 99;
        memset(key, byte, sizeof(key));
        assert_int_equal(journal_uses(journal, key, day, &uses, &day_uses), 0);
        assert_int_equal(uses, total);
        assert_int_equal(day_uses, on_day);
}

static void uses_are_counted_when_an_entry_is_taken(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct passage rows[] = {
                use_of(1, EVENT_ACCESS_GRANTED, DIRECTION_ENTRY, 20000),
                use_of(1, EVENT_ACCESS_NOT_TAKEN, DIRECTION_ENTRY, 20000),
                use_of(1, EVENT_ACCESS_TAKEN, DIRECTION_ENTRY, 20000),
                use_of(1, EVENT_ACCESS_TAKEN, DIRECTION_EXIT, 20000),
                use_of(1, EVENT_ACCESS_TAKEN, DIRECTION_ENTRY, 20000),
                use_of(0, EVENT_ACCESS_TAKEN, DIRECTION_ENTRY, 20000), /* nobody counts */
        };
        assert_uses(journal, 1, 20000, 0, 0);
        assert_int_equal(journal_append(journal, rows, ARRAY_LEN(rows)), 0);
        assert_uses(journal, 1, 20000, 2, 2);
        assert_uses(journal, 1, 20001, 2, 0);
        assert_uses(journal, 0, 20000, 0, 0);
        rows[0] = use_of(1, EVENT_ACCESS_TAKEN, DIRECTION_ENTRY, 20001);
        assert_int_equal(journal_append(journal, rows, 1), 0);
        journal_close(journal);
        journal = store_open_journal(*state);
        assert_uses(journal, 1, 20001, 3, 1);
        journal_close(journal);
}

/* A journal as the first version left it. */
static void a_first_journal_climbs_and_keeps_who_is_inside(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder);
        taken(journal, "an", DIRECTION_ENTRY, "");
        journal_close(journal);
        store_sql(folder->path,
                  "DROP TABLE use; DROP TABLE presence; ALTER TABLE passage DROP COLUMN sealed;"
                  "CREATE TABLE presence (holder TEXT PRIMARY KEY,"
                  "  direction INTEGER, since_us INTEGER, access_point TEXT) WITHOUT ROWID;"
                  "INSERT INTO presence VALUES ('an', 1, 5, 'north-in'); PRAGMA user_version = 1");
        journal = store_open_journal(folder);
        assert_false(store_info(journal).was_set_aside);
        assert_int_equal(store_info(journal).head, 1);
        assert_inside(journal, "", 1);
        assert_inside(journal, NULL, 1);
        struct passage row = use_of(1, EVENT_ACCESS_TAKEN, DIRECTION_EXIT, 1);
        assert_int_equal(journal_append(journal, &row, 1), 0);
        assert_inside(journal, NULL, 0);
        journal_close(journal);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(each_area_counts_its_own_and_the_gate_each_person_once),
                IN_FOLDER(forgiving_forgets_every_area),
                IN_FOLDER(more_areas_than_are_counted_harm_nothing),
                IN_FOLDER(uses_are_counted_when_an_entry_is_taken),
                IN_FOLDER(a_first_journal_climbs_and_keeps_who_is_inside),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Both databases as the first release wrote them, opened by this one: nothing is lost. */
#include "tests/contract/store_registry.h"
#include "tests/contract/store_rows.h"

#include <errno.h>

static const char registry_1[] =
        "CREATE TABLE holder ("
        "  id TEXT PRIMARY KEY CHECK (id <> ''),"
        "  name TEXT NOT NULL,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  is_blocked INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE level ("
        "  id TEXT PRIMARY KEY CHECK (id <> '')) WITHOUT ROWID;"
        "CREATE TABLE level_point ("
        "  level TEXT REFERENCES level ON DELETE CASCADE,"
        "  point TEXT,"
        "  PRIMARY KEY (level, point)) WITHOUT ROWID;"
        "CREATE TABLE holder_level ("
        "  holder TEXT REFERENCES holder ON DELETE CASCADE,"
        "  level TEXT REFERENCES level,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  PRIMARY KEY (holder, level)) WITHOUT ROWID;"
        "CREATE INDEX holder_level_by_level ON holder_level (level);"
        "CREATE TABLE credential ("
        "  lookup BLOB PRIMARY KEY,"
        "  holder TEXT NOT NULL REFERENCES holder ON DELETE CASCADE,"
        "  class INTEGER NOT NULL,"
        "  hint TEXT,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  revoked_us INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE INDEX credential_by_holder ON credential (holder);"
        "INSERT INTO level VALUES ('all');"
        "INSERT INTO level_point VALUES ('all', '*');"
        "PRAGMA application_id = 0x53747267; PRAGMA user_version = 1;"
        "INSERT INTO holder VALUES ('an', 'Trần Văn An', 10, 20, 1);"
        "INSERT INTO level VALUES ('lab');"
        "INSERT INTO level_point VALUES ('lab', 'lab-in');"
        "INSERT INTO holder_level VALUES ('an', 'all', 30, 40), ('an', 'lab', 0, 0);"
        "INSERT INTO credential VALUES (zeroblob(32), 'an', 3, '…1234', 50, 60, 70)";

static const char journal_1[] =
        "CREATE TABLE meta ("
        "  id INTEGER PRIMARY KEY CHECK (id = 1),"
        "  epoch TEXT NOT NULL,"
        "  acked INTEGER NOT NULL,"
        "  trimmed INTEGER NOT NULL,"
        "  trimmed_at_us INTEGER NOT NULL);"
        "CREATE TABLE passage ("
        "  seq INTEGER PRIMARY KEY,"
        "  at_us INTEGER, event INTEGER, reason INTEGER, direction INTEGER, class INTEGER,"
        "  clock INTEGER, flags INTEGER, grant_seq INTEGER,"
        "  access_point TEXT, holder TEXT, subject BLOB, detail TEXT);"
        "CREATE TABLE presence ("
        "  holder TEXT PRIMARY KEY,"
        "  direction INTEGER, since_us INTEGER, access_point TEXT) WITHOUT ROWID;"
        "PRAGMA application_id = 0x53746a6e; PRAGMA user_version = 1;"
        "INSERT INTO meta VALUES (1, '0191e5a0-0000-7000-8000-000000000000', 1, 0, 0);"
        "INSERT INTO passage VALUES"
        " (1, 5, 2, 0, 1, 2, 0, 0, 0, 'north-in', 'an', NULL, NULL),"
        " (2, 6, 2, 0, 2, 2, 0, 0, 0, 'north-out', 'binh', NULL, NULL);"
        "INSERT INTO presence VALUES ('an', 1, 5, 'north-in'), ('binh', 2, 6, 'north-out')";

static void a_registry_of_version_one_keeps_all_it_holds(void **state)
{
        const struct store_folder *folder = *state;
        store_sql(folder->path, registry_1);
        const uint8_t lookup[FLOW_DIGEST_LEN] = { 0 };
        const struct registry_question question = { .lookup = lookup,
                                                    .access_point = "lab-in",
                                                    .local = &store_tuesday };
        for (int again = 0; again < 2; again++) {
                struct registry *registry = store_open_registry(folder);
                struct registry_match match;
                assert_int_equal(registry_find(registry, &question, &match), 0);
                assert_true(match.is_known);
                assert_true(match.is_enrolled);
                assert_true(match.is_revoked);
                assert_int_equal(match.credential.class, CREDENTIAL_CCCD);
                assert_string_equal(match.credential.hint, "…1234");
                assert_int_equal(match.credential.validity.until_us, 60);
                assert_int_equal(match.credential.revoked_us, 70);
                assert_false(match.credential.is_duress);
                assert_int_equal(match.credential.uses_max, 0);
                assert_string_equal(match.holder.name, "Trần Văn An");
                assert_int_equal(match.holder.validity.from_us, 10);
                assert_true(match.holder.is_blocked);
                assert_false(match.holder.is_silent);
                assert_int_equal(match.holder.role, REGISTRY_WORKER);
                assert_string_equal(match.holder.escort, "");
                assert_int_equal(match.covering, 2);
                assert_int_equal(match.covers[0].validity.until_us, 40);
                assert_false(match.covers[1].has_schedule);
                assert_int_equal(match.declaration.result, 0);
                assert_false(match.has_area);
                store_assert_counts(registry, 1, 1, 2);
                registry_close(registry);
        }
        store_assert_intact(folder->path);
        assert_int_equal(store_sql_int(folder->path, "PRAGMA user_version"), 3);
}

/* What version two had besides. */
static const char registry_2[] =
        "ALTER TABLE holder ADD COLUMN role INTEGER;"
        "ALTER TABLE holder ADD COLUMN is_silent INTEGER;"
        "ALTER TABLE holder ADD COLUMN escort TEXT;"
        "ALTER TABLE credential ADD COLUMN is_duress INTEGER;"
        "ALTER TABLE credential ADD COLUMN uses_max INTEGER;"
        "ALTER TABLE credential ADD COLUMN day_uses_max INTEGER;"
        "CREATE TABLE schedule (id TEXT PRIMARY KEY CHECK (id <> '')) WITHOUT ROWID;"
        "CREATE TABLE schedule_period ("
        "  schedule TEXT REFERENCES schedule ON DELETE CASCADE, number INTEGER,"
        "  days INTEGER NOT NULL, from_min INTEGER NOT NULL, until_min INTEGER NOT NULL,"
        "  PRIMARY KEY (schedule, number)) WITHOUT ROWID;"
        "ALTER TABLE level ADD COLUMN schedule TEXT REFERENCES schedule;"
        "CREATE TABLE special_day ("
        "  year INTEGER, month INTEGER, day INTEGER, name TEXT NOT NULL,"
        "  PRIMARY KEY (year, month, day)) WITHOUT ROWID;"
        "CREATE TABLE area ("
        "  id TEXT PRIMARY KEY CHECK (id <> ''),"
        "  occupancy_limit INTEGER NOT NULL, passback INTEGER NOT NULL,"
        "  passback_reset_h INTEGER NOT NULL, passback_reset_min INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE area_point ("
        "  point TEXT PRIMARY KEY,"
        "  area TEXT NOT NULL REFERENCES area ON DELETE CASCADE) WITHOUT ROWID;"
        "CREATE INDEX area_point_by_area ON area_point (area);"
        "CREATE TABLE declaration ("
        "  holder TEXT PRIMARY KEY REFERENCES holder ON DELETE CASCADE,"
        "  result INTEGER NOT NULL, at_us INTEGER NOT NULL, until_us INTEGER NOT NULL)"
        "  WITHOUT ROWID;"
        "CREATE TABLE revocation ("
        "  lookup BLOB, holder TEXT, at_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  PRIMARY KEY (lookup, holder)) WITHOUT ROWID;"
        "PRAGMA user_version = 2;"
        "UPDATE holder SET role = 1, escort = '*';"
        "INSERT INTO declaration VALUES ('an', 2, 80, 90);"
        "INSERT INTO revocation VALUES (x'', 'an', 100, 0)";

static void a_registry_of_version_two_keeps_all_it_holds_as_its_own(void **state)
{
        const struct store_folder *folder = *state;
        store_sql(folder->path, registry_1);
        store_sql(folder->path, registry_2);
        struct registry *registry = store_open_registry(folder);
        struct registry_holder holder;
        struct registry_declaration declaration;
        struct registry_revocation revocation;
        assert_int_equal(registry_get_holder(registry, "an", &holder), 0);
        assert_int_equal(holder.role, REGISTRY_VISITOR);
        assert_string_equal(holder.escort, "*");
        assert_int_equal(holder.levels, 2);
        assert_int_equal(registry_get_declaration(registry, "an", &declaration), 0);
        assert_int_equal(declaration.until_us, 90);
        assert_int_equal(registry_revocations(registry, NULL, &revocation, 1), 1);
        assert_int_equal(revocation.at_us, 100);
        /* None of it is the centre's: it can be changed here. */
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        assert_int_equal(registry_put_declaration(registry, "an", &declaration), 0);
        assert_int_equal(registry_remove_holder(registry, "an"), 0);
        store_assert_counts(registry, 0, 0, 2);
        registry_close(registry);
        store_assert_intact(folder->path);
        assert_int_equal(store_sql_int(folder->path, "PRAGMA user_version"), 3);
}

static void an_upgraded_registry_takes_what_is_new(void **state)
{
        const struct store_folder *folder = *state;
        store_sql(folder->path, registry_1);
        struct registry *registry = store_open_registry(folder);
        const struct schedule day = { .id = "day" };
        struct registry_level lab = {
                .id = "lab", .schedule = "day", .points = 1, .point = { "lab-in" }
        };
        struct registry_declaration green = { .result = 1 };
        assert_int_equal(registry_put_schedule(registry, &day), 0);
        assert_int_equal(registry_put_level(registry, &lab), 0);
        assert_int_equal(registry_remove_schedule(registry, "day"), -EBUSY);
        assert_int_equal(registry_put_declaration(registry, "an", &green), 0);
        assert_int_equal(registry_remove_holder(registry, "an"), 0);
        assert_int_equal(registry_remove_level(registry, "lab"), 0);
        assert_int_equal(registry_remove_schedule(registry, "day"), 0);
        registry_close(registry);
        store_assert_intact(folder->path);
}

static void a_journal_of_version_one_keeps_rows_and_presence(void **state)
{
        const struct store_folder *folder = *state;
        store_sql(folder->path, journal_1);
        for (int again = 0; again < 2; again++) {
                struct journal *journal = store_open_journal(folder);
                struct journal_info info = store_info(journal);
                struct journal_presence presence;
                uint64_t count = 99;
                assert_string_equal(info.epoch, "0191e5a0-0000-7000-8000-000000000000");
                assert_false(info.was_set_aside);
                assert_int_equal(info.head, 2);
                assert_int_equal(info.acked, 1);
                assert_int_equal(journal_presence(journal, "an", "", &presence), 0);
                assert_int_equal(presence.last, DIRECTION_ENTRY);
                assert_int_equal(presence.since_us, 5);
                assert_string_equal(presence.access_point, "north-in");
                assert_int_equal(journal_presence(journal, "binh", "", &presence), 0);
                assert_int_equal(presence.last, DIRECTION_EXIT);
                assert_int_equal(journal_inside(journal, NULL, &count), 0);
                assert_int_equal(count, 1);
                assert_int_equal(journal_inside(journal, "", &count), 0);
                assert_int_equal(count, 1);
                journal_close(journal);
        }
        store_assert_intact(folder->path);
        assert_int_equal(store_sql_int(folder->path, "PRAGMA user_version"), 3);
}

static void what_version_one_did_not_know_reads_back(void **state)
{
        const struct store_folder *folder = *state;
        store_sql(folder->path, journal_1);
        struct journal *journal = store_open_journal(folder);
        struct passage row = store_row(EVENT_SILENT_ALARM, "an", DIRECTION_ENTRY), back;
        row.class = CREDENTIAL_CLASS_COUNT - 1;
        row.reason = REASON_COUNT - 1;
        row.flags = PASSAGE_UNDECLARED;
        assert_int_equal(journal_append(journal, &row, 1), 0);
        const struct journal_query query = { .after_seq = 2, .limit = 1 };
        assert_int_equal(journal_read(journal, &query, &back), 1);
        assert_int_equal(back.event, EVENT_SILENT_ALARM);
        assert_int_equal(back.class, CREDENTIAL_CLASS_COUNT - 1);
        assert_int_equal(back.reason, REASON_COUNT - 1);
        assert_int_equal(back.flags, PASSAGE_UNDECLARED);
        journal_close(journal);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_registry_of_version_one_keeps_all_it_holds),
                IN_FOLDER(a_registry_of_version_two_keeps_all_it_holds_as_its_own),
                IN_FOLDER(an_upgraded_registry_takes_what_is_new),
                IN_FOLDER(a_journal_of_version_one_keeps_rows_and_presence),
                IN_FOLDER(what_version_one_did_not_know_reads_back),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

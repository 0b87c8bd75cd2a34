/* What a gate says of itself, read strictly and only from the gate whose topic it came on. */
#include "tests/check.h"

#include "common/wire_json.h"
#include "dashboard/ingest/entry.h"

#include <stdio.h>
#include <string.h>

#define GATE "acme/hq/gate-1"
#define DATA                                                                                       \
        "\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\",\"seq\":20016,\"event\":"              \
        "\"AccessTaken\",\"access_point\":\"entry\",\"direction\":\"entry\",\"reason\":\"busy\","  \
        "\"credential_class\":\"cccd\",\"subject\":\"180123dccc1e079eb3dff759832cb255\","          \
        "\"grant_seq\":20015,\"late\":true,\"historical\":true,"                                   \
        "\"decided\":{\"offline\":true,\"clock\":\"holdover\"}"
#define ENVELOPE                                                                                   \
        "\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/"                                     \
        "gate-1\",\"type\":\"stile.entry.v1\","                                                    \
        "\"id\":\"01a20b82-970d-705a-8d0f-125a0fc6ba98\",\"time\":\"2026-11-24T03:03:58.959Z\","   \
        "\"datacontenttype\":\"application/json\",\"subject\":\"entry\""

struct rows {
        struct entry entries[ENTRY_ROWS_MAX];
        size_t count;
};

static enum entry_refusal read_rows(struct rows *rows, const char *text)
{
        return entry_read(rows->entries, &rows->count, GATE, (const unsigned char *)text,
                          strlen(text));
}

static void drop_rows(struct rows *rows)
{
        entry_deinit(rows->entries, rows->count);
}

/* A message that has one row, or is refused. */
static enum entry_refusal read_text(struct entry *entry, const char *text)
{
        struct rows rows;
        enum entry_refusal refusal = read_rows(&rows, text);
        assert_int_equal(rows.count, refusal == ENTRY_GOOD ? 1 : 0);
        *entry = rows.count == 1 ? rows.entries[0] : (struct entry){ 0 };
        /* Its words are where they were read. */
        entry->row.event = entry->event;
        entry->row.reason = entry->reason;
        entry->row.direction = entry->direction;
        entry->row.credential_class = entry->credential_class;
        entry->row.clock = entry->clock;
        entry->row.access_point = entry->access_point;
        return refusal;
}

static enum entry_refusal refusal_of(const char *text)
{
        struct entry entry;
        enum entry_refusal refusal = read_text(&entry, text);
        entry_deinit(&entry, 1);
        return refusal;
}

static void reads_every_field_of_a_row(void **state)
{
        static const uint8_t subject[16] = { 0x18, 0x01, 0x23, 0xdc, 0xcc, 0x1e, 0x07, 0x9e,
                                             0xb3, 0xdf, 0xf7, 0x59, 0x83, 0x2c, 0xb2, 0x55 };
        struct entry entry;
        char epoch[UUID_TEXT_MAX];
        (void)state;
        assert_int_equal(read_text(&entry, "{" ENVELOPE ",\"data\":{" DATA "}}"), ENTRY_GOOD);
        uuid_format(entry.epoch, epoch);
        assert_string_equal(epoch, "018f0000-0000-7000-8000-0000000000ee");
        assert_int_equal(entry.row.seq, 20016);
        assert_int_equal(entry.row.grant_seq, 20015);
        assert_true(entry.row.at_us == INT64_C(1795489438959000));
        assert_string_equal(entry.row.event, "AccessTaken");
        assert_string_equal(entry.row.access_point, "entry");
        assert_string_equal(entry.row.direction, "entry");
        assert_string_equal(entry.row.reason, "busy");
        assert_string_equal(entry.row.credential_class, "cccd");
        assert_string_equal(entry.row.clock, "holdover");
        assert_memory_equal(entry.row.subject, subject, sizeof(subject));
        assert_int_equal(entry.row.flags, ARCHIVE_LATE | ARCHIVE_HISTORICAL | ARCHIVE_OFFLINE);
        assert_string_equal(entry.row.more, "");
        entry_deinit(&entry, 1);
}

#define ROW(seq)                                                                                   \
        "{" ENVELOPE ",\"data\":{\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\",\"seq\":" seq  \
        ",\"event\":\"AccessTaken\",\"decided\":{\"offline\":true,\"clock\":\"holdover\"}}}"

static void a_message_may_have_several_rows_of_a_journal(void **state)
{
        static const char *const texts[] = { "[" ROW("5") "," ROW("6") "," ROW("7") "]",
                                             " \r\n\t[ " ROW("5") " , " ROW("6") "," ROW(
                                                     "7") " ] " };
        (void)state;
        for (size_t text = 0; text < ARRAY_LEN(texts); text++) {
                struct rows rows;
                assert_int_equal(read_rows(&rows, texts[text]), ENTRY_GOOD);
                assert_int_equal(rows.count, 3);
                for (size_t i = 0; i < rows.count; i++) {
                        assert_int_equal(rows.entries[i].row.seq, 5 + i);
                        assert_string_equal(rows.entries[i].row.event, "AccessTaken");
                }
                drop_rows(&rows);
        }
}

static void a_list_is_good_as_a_whole_or_not_at_all(void **state)
{
        static const struct {
                const char *text;
                enum entry_refusal refusal;
        } lists[] = {
                { "[]", ENTRY_BAD_FIELD },
                { "[" ROW("5"), ENTRY_BAD_JSON },
                { "[" ROW("5") ",7]", ENTRY_BAD_JSON },
                { "[[" ROW("5") "]]", ENTRY_BAD_JSON },
                { "[" ROW("5") "," ROW("0") "]", ENTRY_BAD_FIELD },
                { "[" ROW("5") ",{\"source\":\"/stile/acme/hq/gate-2\"}]", ENTRY_WRONG_SOURCE },
                { "[" ROW("5") ",{" ENVELOPE "}]", ENTRY_BAD_FIELD },
                { "[" ROW("5") ",{" ENVELOPE ",\"data\":{" DATA ",\"new\":{\"a\":1}}},{}]",
                  ENTRY_WRONG_SOURCE },
                { "[" ROW("5") ",{" ENVELOPE ",\"data\":{\"epoch\":"
                               "\"018f0000-0000-7000-8000-0000000000ef\",\"seq\":6,\"event\":"
                               "\"AccessTaken\"}}]",
                  ENTRY_BAD_FIELD },
        };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
                struct rows rows;
                assert_int_equal(read_rows(&rows, lists[i].text), lists[i].refusal);
                assert_int_equal(rows.count, 0);
        }
}

static void a_list_is_bounded(void **state)
{
        static char text[2 * WIRE_JSON_LIST_MAX];
        (void)state;
        for (size_t count = ENTRY_ROWS_MAX; count <= ENTRY_ROWS_MAX + 1; count++) {
                struct rows rows;
                size_t used = 0;
                for (size_t i = 0; i < count; i++)
                        used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%s",
                                                 i == 0 ? '[' : ',', ROW("5"));
                memcpy(text + used, "]", 2);
                assert_true(used < WIRE_JSON_LIST_MAX);
                bool is_good = count == ENTRY_ROWS_MAX;
                assert_int_equal(read_rows(&rows, text), is_good ? ENTRY_GOOD : ENTRY_BAD_FIELD);
                assert_int_equal(rows.count, is_good ? count : 0);
                drop_rows(&rows);
        }
        struct rows rows;
        memset(text, ' ', WIRE_JSON_LIST_MAX);
        memcpy(text + WIRE_JSON_LIST_MAX, "]", 2);
        memcpy(text, "[" ROW("5"), strlen("[" ROW("5")));
        assert_int_equal(read_rows(&rows, text), ENTRY_BAD_JSON); /* a byte too long */
        memcpy(text + WIRE_JSON_LIST_MAX - 1, "]", 2);
        assert_int_equal(read_rows(&rows, text), ENTRY_GOOD);
        drop_rows(&rows);
}

static void a_row_in_a_list_is_bounded_as_if_it_came_alone(void **state)
{
        static char text[WIRE_JSON_LIST_MAX];
        static const char head[] = "[{" ENVELOPE ",\"data\":{" DATA ",\"new\":\"", tail[] = "\"}}]";
        (void)state;
        size_t most = WIRE_JSON_MAX - (strlen(head) - 1) - (strlen(tail) - 1);
        for (size_t more = 0; more <= 1; more++) {
                struct rows rows;
                memcpy(text, head, strlen(head));
                memset(text + strlen(head), 'x', most + more);
                memcpy(text + strlen(head) + most + more, tail, sizeof(tail));
                assert_int_equal(read_rows(&rows, text), more == 0 ? ENTRY_GOOD : ENTRY_BAD_JSON);
                drop_rows(&rows);
        }
}

static void needs_no_more_than_a_row_must_have(void **state)
{
        struct entry entry;
        (void)state;
        assert_int_equal(read_text(&entry,
                                   "{" ENVELOPE
                                   ",\"data\":{\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\","
                                   "\"seq\":1,\"event\":\"Started\"}}"),
                         ENTRY_GOOD);
        assert_string_equal(entry.row.access_point, "");
        assert_string_equal(entry.row.clock, "");
        assert_int_equal(entry.row.flags, 0);
        entry_deinit(&entry, 1);
}

static void keeps_what_a_newer_gate_says_besides(void **state)
{
        struct entry entry;
        (void)state;
        assert_int_equal(read_text(&entry, "{" ENVELOPE ",\"traceparent\":\"00\",\"data\":{" DATA
                                           ",\"lane\":2}}"),
                         ENTRY_GOOD);
        assert_string_equal(entry.row.more, "{\"lane\":2}");
        entry_deinit(&entry, 1);
        assert_int_equal(read_text(&entry,
                                   "{" ENVELOPE
                                   ",\"data\":{\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\","
                                   "\"seq\":1,\"event\":\"Started\",\"decided\":{\"by\":\"x\"}}}"),
                         ENTRY_GOOD);
        assert_string_equal(entry.row.more, "{\"decided\":{\"by\":\"x\"}}");
        entry_deinit(&entry, 1);
}

/* As no gate writes it, but as any JSON may be: with spaces, it is read by jansson. */
static void reads_a_message_with_spaces_as_one_without(void **state)
{
        static const char *const texts[] = {
                "{" ENVELOPE ",\"data\":{" DATA ",\"lane\":2,\"by\":\"x\"}}",
                "{ " ENVELOPE ",\n\"data\" : {" DATA ",\t\"lane\": 2,\"by\":\"x\"}\r\n}",
        };
        struct entry entries[ARRAY_LEN(texts)];
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                assert_int_equal(read_text(&entries[i], texts[i]), ENTRY_GOOD);
        const struct archive_row *plain = &entries[0].row, *spaced = &entries[1].row;
        assert_string_equal(plain->more, "{\"lane\":2,\"by\":\"x\"}");
        assert_string_equal(spaced->more, plain->more);
        assert_memory_equal(spaced->id, plain->id, sizeof(plain->id));
        assert_memory_equal(spaced->subject, plain->subject, sizeof(plain->subject));
        assert_memory_equal(entries[1].epoch, entries[0].epoch, UUID_LEN);
        assert_true(spaced->at_us == plain->at_us && spaced->seq == plain->seq);
        assert_true(spaced->grant_seq == plain->grant_seq && spaced->flags == plain->flags);
        assert_string_equal(entries[1].event, entries[0].event);
        assert_string_equal(entries[1].reason, entries[0].reason);
        assert_string_equal(entries[1].direction, entries[0].direction);
        assert_string_equal(entries[1].credential_class, entries[0].credential_class);
        assert_string_equal(entries[1].clock, entries[0].clock);
        assert_string_equal(entries[1].access_point, entries[0].access_point);
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                entry_deinit(&entries[i], 1);
}

static void refuses_what_is_no_entry_of_this_gate(void **state)
{
        static const struct {
                const char *text;
                enum entry_refusal refusal;
        } cases[] = {
                { "", ENTRY_BAD_JSON },
                { "7", ENTRY_BAD_JSON },
                { "{\"a\":1,\"a\":1}", ENTRY_BAD_JSON },
                { "{}", ENTRY_WRONG_SOURCE },
                { "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-2\",\"type\":"
                  "\"stile.entry.v1\",\"data\":{}}",
                  ENTRY_WRONG_SOURCE },
                { "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":"
                  "\"stile.status.v1\",\"data\":{}}",
                  ENTRY_WRONG_TYPE },
                { "{\"specversion\":\"0.3\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":"
                  "\"stile.entry.v1\",\"data\":{}}",
                  ENTRY_BAD_FIELD },
                { "{" ENVELOPE "}", ENTRY_BAD_FIELD },
                { "{" ENVELOPE ",\"data\":[]}", ENTRY_BAD_FIELD },
                { "{" ENVELOPE ",\"data\":{}}", ENTRY_BAD_FIELD },
        };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_int_equal(refusal_of(cases[i].text), cases[i].refusal);
}

/* Each takes the place of a good member. */
static void refuses_every_member_that_is_not_what_it_must_be(void **state)
{
        static const char *const bad[] = {
                "\"epoch\":\"018F0000-0000-7000-8000-0000000000ee\"",
                "\"epoch\":\"018f0000-0000-7000-8000-0000000000e\"",
                "\"epoch\":\"018f0000-0000-7000-8000-0000000000ee1\"",
                "\"epoch\":7",
                "\"seq\":0",
                "\"seq\":-1",
                "\"seq\":1.5",
                "\"seq\":\"1\"",
                "\"seq\":9223372036854775808",
                "\"event\":\"\"",
                "\"event\":\"a b\"",
                "\"event\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
                "\"event\":7",
                "\"access_point\":\"Entry\"",
                "\"access_point\":null",
                "\"direction\":\"'; DROP TABLE entry\"",
                "\"subject\":\"18\"",
                "\"subject\":\"XX0123dccc1e079eb3dff759832cb255\"",
                "\"grant_seq\":0",
                "\"late\":1",
                "\"decided\":7",
                "\"decided\":{\"offline\":\"no\"}",
                "\"decided\":{\"clock\":{}}",
        };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                char text[2048] = "{" ENVELOPE ",\"data\":{";
                static const char *const good[] = {
                        "\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\"", "\"seq\":1",
                        "\"event\":\"Started\""
                };
                size_t key = strcspn(bad[i] + 1, "\"") + 2;
                strcat(text, bad[i]);
                for (size_t g = 0; g < ARRAY_LEN(good); g++) {
                        if (strncmp(good[g], bad[i], key) == 0)
                                continue;
                        strcat(text, ",");
                        strcat(text, good[g]);
                }
                strcat(text, "}}");
                if (refusal_of(text) != ENTRY_BAD_FIELD && refusal_of(text) != ENTRY_BAD_JSON)
                        fail_msg("%s", text);
        }
}

static void reads_topics_of_three_names_and_a_leaf(void **state)
{
        static const char *const bad[] = { "",
                                           "stile/v1/",
                                           "stile/v1/acme/hq/gate-1",
                                           "stile/v2/acme/hq/gate-1/entry",
                                           "stile/v1//hq/gate-1/entry",
                                           "stile/v1/acme/hq/Gate/entry",
                                           "stile/v1/acme/hq/gate.1/entry",
                                           "stile/v1/a/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/c/entry" };
        char gate[ARCHIVE_GATE_MAX];
        enum entry_leaf leaf;
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_false(entry_read_topic(bad[i], gate, &leaf));
        assert_true(entry_read_topic("stile/v1/acme/hq/gate-1/entry", gate, &leaf));
        assert_string_equal(gate, GATE);
        assert_int_equal(leaf, ENTRY_LEAF_ENTRY);
        assert_true(entry_read_topic("stile/v1/acme/hq/gate-1/birth", gate, &leaf));
        assert_int_equal(leaf, ENTRY_LEAF_STATUS);
        assert_true(entry_read_topic("stile/v1/acme/hq/gate-1/res/x", gate, &leaf));
        assert_int_equal(leaf, ENTRY_LEAF_OTHER);
        /* The longest there can be. */
        char topic[256];
        const char *name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        snprintf(topic, sizeof(topic), "stile/v1/%s/%s/%s/entry", name, name, name);
        assert_true(entry_read_topic(topic, gate, &leaf));
        assert_int_equal(strlen(gate), ARCHIVE_GATE_MAX - 1);
}

static enum entry_refusal read_status(struct entry_status *status, const char *data)
{
        char text[1024];
        int len = snprintf(text, sizeof(text),
                           "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":"
                           "\"stile.birth.v1\",\"id\":\"x\",\"data\":%s}",
                           data);
        char *said;
        enum entry_refusal refusal =
                entry_read_status(status, &said, GATE, (const unsigned char *)text, (size_t)len);
        free(said);
        return refusal;
}

static void reads_how_far_a_journal_is_where_a_status_says_so(void **state)
{
        struct entry_status status;
        (void)state;
        assert_int_equal(read_status(&status, "{\"state\":\"online\",\"epoch\":"
                                              "\"018f0000-0000-7000-8000-0000000000ee\",\"head\":9,"
                                              "\"acked\":7,\"oldest\":0}"),
                         ENTRY_GOOD);
        assert_true(status.is_online && status.has_journal && status.has_oldest);
        assert_int_equal(status.head, 9);
        assert_int_equal(status.acked, 7);
        assert_int_equal(status.oldest, 0);
        assert_int_equal(
                read_status(&status, "{\"state\":\"offline\",\"reason\":\"connection_lost\"}"),
                ENTRY_GOOD);
        assert_false(status.is_online || status.has_journal);
        assert_int_equal(read_status(&status, "{}"), ENTRY_BAD_FIELD);
        assert_int_equal(read_status(&status, "{\"state\":\"online\",\"epoch\":7,\"head\":1}"),
                         ENTRY_BAD_FIELD);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_every_field_of_a_row),
                cmocka_unit_test(a_message_may_have_several_rows_of_a_journal),
                cmocka_unit_test(a_list_is_good_as_a_whole_or_not_at_all),
                cmocka_unit_test(a_list_is_bounded),
                cmocka_unit_test(a_row_in_a_list_is_bounded_as_if_it_came_alone),
                cmocka_unit_test(needs_no_more_than_a_row_must_have),
                cmocka_unit_test(keeps_what_a_newer_gate_says_besides),
                cmocka_unit_test(reads_a_message_with_spaces_as_one_without),
                cmocka_unit_test(refuses_what_is_no_entry_of_this_gate),
                cmocka_unit_test(refuses_every_member_that_is_not_what_it_must_be),
                cmocka_unit_test(reads_topics_of_three_names_and_a_leaf),
                cmocka_unit_test(reads_how_far_a_journal_is_where_a_status_says_so),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

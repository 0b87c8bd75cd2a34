/* What a message has in it: of a plain one without a tree, and the same as with one. */
#include "tests/check.h"

#include "tests/members_twin.h"

#define EPOCH "\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\""
#define ENVELOPE                                                                                   \
        "\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":\"stile.entry.v1\""
#define ROW                                                                                        \
        "{" ENVELOPE ",\"data\":{" EPOCH ",\"seq\":5,\"event\":\"AccessTaken\",\"late\":true,"     \
        "\"decided\":{\"offline\":false,\"clock\":\"synchronised\"},\"historical\":true},"         \
        "\"id\":\"01a20b82-970d-705a-8d0f-125a0fc6ba98\",\"datacontenttype\":\"application/json\"" \
        ",\"time\":\"2026-11-24T03:03:58.959Z\"}"

static bool is_plain(struct members *members, const char *text)
{
        size_t used = 0;
        return members_scan(members, text, strlen(text), &used) && used == strlen(text);
}

/* NUL-terminated, the caller's to free. */
static char *more_of(const char *text)
{
        struct members members;
        if (!is_plain(&members, text))
                fail_msg("not plain: %s", text);
        return members_more(&members);
}

static void reads_texts_numbers_and_flags_by_their_names(void **state)
{
        struct members members;
        (void)state;
        assert_true(is_plain(&members, ROW));
        const struct member *of = members.of;
        assert_int_equal(of[MEMBER_SPECVERSION].kind, MEMBER_TEXT);
        assert_int_equal(of[MEMBER_SPECVERSION].len, 3);
        assert_memory_equal(of[MEMBER_SPECVERSION].text, "1.0", 3);
        assert_int_equal(of[MEMBER_DATA].kind, MEMBER_OBJECT);
        assert_int_equal(of[MEMBER_SEQ].kind, MEMBER_INTEGER);
        assert_int_equal(of[MEMBER_SEQ].integer, 5);
        assert_int_equal(of[MEMBER_LATE].kind, MEMBER_TRUE);
        assert_int_equal(of[MEMBER_OFFLINE].kind, MEMBER_FALSE);
        assert_int_equal(of[MEMBER_HISTORICAL].kind, MEMBER_TRUE);
        assert_int_equal(of[MEMBER_TIME].len, strlen("2026-11-24T03:03:58.959Z"));
        assert_int_equal(of[MEMBER_SUBJECT].kind, MEMBER_ABSENT);
        assert_int_equal(members.extra_count, 1); /* datacontenttype */
}

static void reads_of_a_plain_message_what_jansson_reads(void **state)
{
        static const char *const texts[] = {
                ROW,
                "{\"a\":1}",
                "{\"seq\":1,\"data\":{\"type\":\"x\",\"offline\":true,\"decided\":{\"seq\":2}}}",
                "{\"data\":{\"decided\":{\"clock\":\"\"}}}",
                "{\"time\":\"t\",\"id\":\"i\",\"type\":7,\"source\":true,\"specversion\":0}",
                "{\"data\":{\"seq\":999999999999999999,\"grant_seq\":0}}",
                "{\"data\":{\"seq\":1,\"new\":\"a b~!/{}[],:\",\"newer\":2,\"newest\":false}}",
                "{\"data\":{\"a\":1,\"decided\":{\"a\":2,\"b\":3},\"b\":4},\"a\":5}",
                "{\"data\":{\"\":1,\"decide\":2,\"decidedd\":3}}",
        };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                struct members members;
                if (!is_plain(&members, texts[i]) ||
                    !members_are_as_jansson_reads(&members, texts[i], strlen(texts[i])))
                        fail_msg("%s", texts[i]);
        }
}

/* Good or not: it is for jansson to say. */
static void leaves_what_is_not_plain_to_jansson(void **state)
{
        static const char *const texts[] = {
                "",
                "7",
                "[]",
                "{}",
                "{\"a\":1,}",
                "{,\"a\":1}",
                "{\"a\"}",
                "{\"a\":}",
                "{a:1}",
                /* a space */
                " {\"a\":1}",
                "{ \"a\":1}",
                "{\"a\" :1}",
                "{\"a\": 1}",
                "{\"a\":1 }",
                /* an escape, a control character, what is not ASCII */
                "{\"a\":\"\\n\"}",
                "{\"\\u0061\":1}",
                "{\"a\":\"\t\"}",
                "{\"a\":\"\x7f\"}",
                "{\"a\":\"\xc3\xa9\"}",
                /* no whole number of up to 18 digits */
                "{\"a\":-1}",
                "{\"a\":1.5}",
                "{\"a\":1e3}",
                "{\"a\":01}",
                "{\"a\":00}",
                "{\"a\":1000000000000000000}",
                /* other values */
                "{\"a\":null}",
                "{\"a\":[]}",
                "{\"a\":{\"b\":1}}",
                "{\"a\":truer}",
                "{\"a\":True}",
                "{\"data\":7}",
                "{\"data\":{}}",
                "{\"data\":{\"decided\":\"x\"}}",
                "{\"data\":{\"decided\":{}}}",
                "{\"data\":{\"data\":{\"a\":1}}}",
                /* a name twice in one object */
                "{\"a\":1,\"a\":1}",
                "{\"type\":\"x\",\"type\":\"x\"}",
                "{\"data\":{\"a\":1},\"data\":{\"b\":1}}",
                "{\"data\":{\"seq\":1,\"decided\":{\"a\":1},\"seq\":1}}",
                "{\"data\":{\"decided\":{\"a\":1,\"a\":2}}}",
        };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                struct members members;
                if (is_plain(&members, texts[i]))
                        fail_msg("%s", texts[i]);
        }
}

static void a_message_cut_anywhere_is_not_plain(void **state)
{
        (void)state;
        for (size_t len = 0; len < strlen(ROW); len++) {
                struct members members;
                size_t used;
                char *cut = malloc(len + 1); /* so that a sanitizer sees a byte too far */
                assert_non_null(cut);
                char *text = cut + 1;
                memcpy(text, ROW, len);
                if (members_scan(&members, text, len, &used))
                        fail_msg("%.*s", (int)len, ROW);
                free(cut);
        }
}

static void says_where_the_message_ends(void **state)
{
        static const char text[] = ROW "," ROW;
        struct members members;
        size_t used;
        (void)state;
        assert_true(members_scan(&members, text, strlen(text), &used));
        assert_int_equal(used, strlen(ROW));
}

static void keeps_what_has_another_name_in_the_row_and_its_decision(void **state)
{
        static const struct {
                const char *text, *more;
        } cases[] = {
                { "{\"a\":1}", NULL },
                { "{\"a\":1,\"data\":{\"b\":2}}", "{\"b\":2}" },
                { "{\"data\":{\"decided\":{\"c\":\"x\"},\"b\":true}}",
                  "{\"b\":true,\"decided\":{\"c\":\"x\"}}" },
                { "{\"data\":{\"decided\":{\"c\":1,\"offline\":true,\"d\":2},\"seq\":1}}",
                  "{\"decided\":{\"c\":1,\"d\":2}}" },
        };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char *more = more_of(cases[i].text);
                if (cases[i].more)
                        assert_string_equal(more, cases[i].more);
                else
                        assert_null(more);
                free(more);
        }
}

static void a_name_may_stand_once_in_each_object(void **state)
{
        char *more = more_of("{\"a\":1,\"data\":{\"a\":2,\"decided\":{\"a\":3}}}");
        (void)state;
        assert_string_equal(more, "{\"a\":2,\"decided\":{\"a\":3}}");
        free(more);
}

static void a_message_with_very_many_other_names_is_for_jansson(void **state)
{
        static const char text[] = "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,"
                                   "\"h\":1,\"i\":1}";
        static const size_t member = sizeof("\"a\":1,") - 1;
        char most[sizeof(text)] = "";
        struct members members;
        (void)state;
        assert_false(is_plain(&members, text));
        memcpy(most, text, 1 + MEMBERS_EXTRA_MAX * member);
        most[MEMBERS_EXTRA_MAX * member] = '}';
        assert_true(is_plain(&members, most));
        assert_int_equal(members.extra_count, MEMBERS_EXTRA_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_texts_numbers_and_flags_by_their_names),
                cmocka_unit_test(reads_of_a_plain_message_what_jansson_reads),
                cmocka_unit_test(leaves_what_is_not_plain_to_jansson),
                cmocka_unit_test(a_message_cut_anywhere_is_not_plain),
                cmocka_unit_test(says_where_the_message_ends),
                cmocka_unit_test(keeps_what_has_another_name_in_the_row_and_its_decision),
                cmocka_unit_test(a_name_may_stand_once_in_each_object),
                cmocka_unit_test(a_message_with_very_many_other_names_is_for_jansson),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

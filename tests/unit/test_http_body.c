/* What a request brings is an object of known members, each of its kind; what is not, is named. */
#include "tests/check.h"

#include "dashboard/http/body.h"

#include <string.h>

static const struct body_member members[] = {
        { "name", BODY_TEXT },  { "escort", BODY_TEXT_OR_NULL }, { "hours", BODY_INTEGER },
        { "phone", BODY_BOOL }, { "levels", BODY_ARRAY },        { NULL, BODY_TEXT },
};

static json_t *read_text(const char *text, struct web_response *response)
{
        const struct web_request request = { .body = text, .body_len = strlen(text) };
        *response = (struct web_response){ .status = 0 };
        return body_read(&request, members, response);
}

static void all_or_none_of_its_members_may_be_there(void **state)
{
        static const char *const good[] = {
                "{}",
                "{\"name\":\"An\",\"escort\":null,\"hours\":4,\"phone\":false,\"levels\":[]}",
                "{\"escort\":\"mai\",\"phone\":true}",
        };
        struct web_response response;
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                json_t *body = read_text(good[i], &response);
                assert_non_null(body);
                assert_int_equal(response.status, 0);
                json_decref(body);
        }
}

static void what_is_wrong_is_named_but_not_in_whatever_words_it_came(void **state)
{
        static const struct {
                const char *body, *why;
        } bad[] = {
                { "", "a JSON object is wanted" },
                { "[]", "a JSON object is wanted" },
                { "{\"name\":\"a\",\"name\":\"b\"}", "a JSON object is wanted" },
                { "{\"name\":7}", "name: text is wanted" },
                { "{\"name\":null}", "name: text is wanted" },
                { "{\"escort\":7}", "escort: text or null is wanted" },
                { "{\"hours\":4.0}", "hours: a whole number is wanted" },
                { "{\"phone\":\"yes\"}", "phone: true or false is wanted" },
                { "{\"levels\":{}}", "levels: a list is wanted" },
                { "{\"nmae\":\"An\"}", "nmae: no such member is known" },
                { "{\"<b>\":1}", "there is a member that is not known" },
                { "{\"\":1}", "there is a member that is not known" },
                { "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}",
                  "there is a member that is not known" },
        };
        struct web_response response;
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                assert_null(read_text(bad[i].body, &response));
                assert_int_equal(response.status, 400);
                json_t *answer = json_loads(response.body, 0, NULL);
                const json_t *error = json_object_get(answer, "error");
                assert_string_equal(json_string_value(json_object_get(error, "reason")),
                                    "bad_request");
                assert_string_equal(json_string_value(json_object_get(error, "detail")),
                                    bad[i].why);
                json_decref(answer);
                free(response.body);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_or_none_of_its_members_may_be_there),
                cmocka_unit_test(what_is_wrong_is_named_but_not_in_whatever_words_it_came),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

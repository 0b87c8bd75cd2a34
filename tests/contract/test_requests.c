/* The register of what people asked for, in its file and in its database. */
#include "tests/check.h"

#include "drivers/requests/requests_drivers.h"
#include "tests/contract/register_place.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct heard {
        char text[1024];
        int used;
};

static bool see(void *context, const struct request *request)
{
        struct heard *heard = context;
        heard->used +=
                snprintf(heard->text + heard->used, sizeof(heard->text) - (size_t)heard->used,
                         "%d %d %s|%s|%s %d %d %d %d|%s\n", (int)request->number,
                         (int)request->kind, request->subject, request->note, request->by,
                         (int)request->received_us, (int)request->answered_us,
                         (int)request->closed_us, (int)request->outcome, request->result);
        return true;
}

static void assert_list(struct requests *requests, bool is_open_only, int64_t before, size_t limit,
                        const char *wanted)
{
        struct heard heard = { .used = 0 };
        assert_int_equal(requests_list(requests, is_open_only, before, limit, see, &heard), 0);
        assert_string_equal(heard.text, wanted);
}

static struct requests *open_register(const struct register_place *place)
{
        struct requests *requests = NULL;
        int r = place->is_postgres ? requests_postgres_open(place->where, &requests)
                                   : requests_sqlite_open(place->where, &requests);
        assert_int_equal(r, 0);
        return requests;
}

static int64_t add(struct requests *requests, enum request_kind kind, const char *subject,
                   int64_t received_us)
{
        const struct request request = { .kind = kind,
                                         .subject = subject,
                                         .note = "letter 7",
                                         .by = "mai",
                                         .received_us = received_us };
        int64_t number = 0;
        assert_int_equal(requests_add(requests, &request, &number), 0);
        return number;
}

static void requests_are_numbered_kept_and_told_newest_first(void **state)
{
        struct requests *requests = open_register(*state);
        assert_int_equal(add(requests, REQUEST_ACCESS, "ab", 5), 1);
        assert_int_equal(add(requests, REQUEST_BREACH, "", 6), 2);
        assert_int_equal(add(requests, REQUEST_ERASE, "cd", 7), 3);
        requests_close(requests);
        requests = open_register(*state);
        assert_list(requests, false, INT64_MAX, 2,
                    "3 3 cd|letter 7|mai 7 0 0 0|\n2 4 |letter 7|mai 6 0 0 0|\n");
        assert_list(requests, false, 2, 2, "1 0 ab|letter 7|mai 5 0 0 0|\n");
        requests_close(requests);
}

static void a_first_answer_counts_and_what_is_done_stays_as_it_was_done(void **state)
{
        struct requests *requests = open_register(*state);
        add(requests, REQUEST_ACCESS, "ab", 5);
        assert_int_equal(requests_answer(requests, 1, 8), 0);
        assert_int_equal(requests_answer(requests, 1, 9), -EALREADY);
        assert_int_equal(requests_conclude(requests, 1, REQUEST_DONE, "posted", 10), 0);
        assert_int_equal(requests_conclude(requests, 1, REQUEST_REFUSED, "no", 11), -EALREADY);
        assert_list(requests, false, INT64_MAX, 9, "1 0 ab|letter 7|mai 5 8 10 1|posted\n");
        requests_close(requests);
}

static void a_decision_is_an_answer_too_and_leaves_the_open_ones(void **state)
{
        struct requests *requests = open_register(*state);
        add(requests, REQUEST_ACCESS, "ab", 5);
        add(requests, REQUEST_CORRECT, "cd", 6);
        assert_int_equal(requests_conclude(requests, 1, REQUEST_REFUSED, "not theirs", 9), 0);
        assert_list(requests, false, 2, 9, "1 0 ab|letter 7|mai 5 9 9 2|not theirs\n");
        assert_list(requests, true, INT64_MAX, 9, "2 1 cd|letter 7|mai 6 0 0 0|\n");
        requests_close(requests);
}

static void what_is_not_there_is_said_to_be_missing(void **state)
{
        struct requests *requests = open_register(*state);
        assert_int_equal(requests_answer(requests, 1, 8), -ENOENT);
        assert_int_equal(requests_conclude(requests, 1, REQUEST_DONE, "x", 8), -ENOENT);
        assert_list(requests, false, INT64_MAX, 9, "");
        requests_close(requests);
}

enum {
        REQUESTS_EACH = 30
};

static void *add_many(void *context)
{
        const struct request request = { .subject = "ab", .note = "letter 7", .by = "mai" };
        int64_t number;
        for (int i = 0; i < REQUESTS_EACH; i++)
                if (requests_add(context, &request, &number) != 0)
                        return context;
        return NULL;
}

static bool count_one(void *context, const struct request *request)
{
        int64_t *next = context;
        assert_int_equal(request->number, (*next)--);
        return true;
}

static void two_machines_give_every_request_its_own_number(void **state)
{
        struct requests *requests[] = { open_register(*state), open_register(*state) };
        pthread_t thread[ARRAY_LEN(requests)];
        int64_t next = (int64_t)ARRAY_LEN(requests) * REQUESTS_EACH;
        void *failed;
        for (size_t i = 0; i < ARRAY_LEN(thread); i++)
                assert_int_equal(pthread_create(&thread[i], NULL, add_many, requests[i]), 0);
        for (size_t i = 0; i < ARRAY_LEN(thread); i++) {
                assert_int_equal(pthread_join(thread[i], &failed), 0);
                assert_null(failed);
        }
        assert_int_equal(requests_list(requests[0], false, INT64_MAX, 1000, count_one, &next), 0);
        assert_int_equal(next, 0);
        for (size_t i = 0; i < ARRAY_LEN(requests); i++)
                requests_close(requests[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_BOTH(requests_are_numbered_kept_and_told_newest_first),
                IN_BOTH(a_first_answer_counts_and_what_is_done_stays_as_it_was_done),
                IN_BOTH(a_decision_is_an_answer_too_and_leaves_the_open_ones),
                IN_BOTH(what_is_not_there_is_said_to_be_missing),
                IN_BOTH(two_machines_give_every_request_its_own_number),
        };
        return run_register_tests(tests, ARRAY_LEN(tests));
}

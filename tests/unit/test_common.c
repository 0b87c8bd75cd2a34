/* Common: mailbox, histogram, times. */
#include "tests/check.h"

#include "common/histogram.h"
#include "common/log.h"
#include "common/mailbox.h"
#include "common/rfc3339.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_readable(int fd)
{
        struct pollfd polled = { .fd = fd, .events = POLLIN };
        return poll(&polled, 1, 0) == 1;
}

static void a_mailbox_gives_back_in_order_and_refuses_when_full(void **state)
{
        (void)state;
        struct mailbox mailbox;
        int got = 0;
        assert_int_equal(mailbox_init(&mailbox, sizeof(int), 3), 0);
        assert_false(is_readable(mailbox.event_fd));
        for (int i = 1; i <= 3; i++)
                assert_true(mailbox_put(&mailbox, &i));
        assert_false(mailbox_put(&mailbox, &(int){ 4 }));
        assert_int_equal(mailbox_refused(&mailbox), 1);
        assert_true(is_readable(mailbox.event_fd));
        for (int i = 1; i <= 3; i++) {
                assert_true(mailbox_take(&mailbox, &got));
                assert_int_equal(got, i);
        }
        assert_false(is_readable(mailbox.event_fd));
        assert_false(mailbox_take(&mailbox, &got));
        mailbox_deinit(&mailbox);
        mailbox_deinit(&mailbox);
}

enum {
        SENDERS = 4,
        MESSAGES = 5000
};

struct letter {
        int sender, number;
};

struct sender {
        struct mailbox *mailbox;
        int number;
};

static void *send_all(void *context)
{
        struct sender *sender = context;
        for (int i = 0; i < MESSAGES;) {
                struct letter letter = { sender->number, i };
                if (mailbox_put(sender->mailbox, &letter))
                        i++;
                else
                        sched_yield();
        }
        return NULL;
}

static void several_senders_lose_nothing_and_keep_their_order(void **state)
{
        (void)state;
        struct mailbox mailbox;
        struct sender sender[SENDERS];
        pthread_t thread[SENDERS];
        int next[SENDERS] = { 0 };
        assert_int_equal(mailbox_init(&mailbox, sizeof(struct letter), 16), 0);
        for (int i = 0; i < SENDERS; i++) {
                sender[i] = (struct sender){ &mailbox, i };
                assert_int_equal(pthread_create(&thread[i], NULL, send_all, &sender[i]), 0);
        }
        for (int i = 0; i < SENDERS * MESSAGES; i++) {
                struct letter letter;
                assert_true(mailbox_wait(&mailbox, &letter, 10000));
                assert_int_equal(letter.number, next[letter.sender]++);
        }
        for (int i = 0; i < SENDERS; i++)
                pthread_join(thread[i], NULL);
        assert_false(mailbox_take(&mailbox, &(struct letter){ 0 }));
        mailbox_deinit(&mailbox);
}

static void a_histogram_keeps_every_value_within_a_quarter(void **state)
{
        (void)state;
        for (int64_t us = 1; us < INT64_C(60000000); us = us * 5 / 4 + 1) {
                struct histogram histogram = { .count = 0 };
                histogram_add(&histogram, us);
                int64_t bound = histogram_quantile(&histogram, 0.5);
                assert_int_equal(bound, us); /* no more than the largest value */
                histogram_add(&histogram, INT64_C(100000000));
                bound = histogram_quantile(&histogram, 0.5);
                assert_true(bound > us && (us < 4 || bound * 4 <= us * 5 + 4));
        }
}

static void quantiles_are_where_the_values_are(void **state)
{
        (void)state;
        static struct histogram histogram;
        assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
        for (int i = 0; i < 98; i++)
                histogram_add(&histogram, 100);
        histogram_add(&histogram, 5000);
        histogram_add(&histogram, 1000000000);
        assert_in_range(histogram_quantile(&histogram, 0.5), 101, 128);
        assert_in_range(histogram_quantile(&histogram, 0.98), 101, 128);
        assert_in_range(histogram_quantile(&histogram, 0.99), 5001, 6250);
        assert_int_equal(atomic_load(&histogram.max_us), 1000000000);
        histogram_add(&histogram, -5);
        assert_in_range(histogram_quantile(&histogram, 0.005), 1, 1);
        assert_int_equal(histogram_quantile(&histogram, 1.0),
                         histogram_bound_us(HISTOGRAM_BUCKETS - 1));
}

static void a_log_that_nobody_reads_holds_nobody_up(void **state)
{
        (void)state;
        int pair[2], before = dup(STDERR_FILENO);
        char line[64] = "";
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        assert_int_equal(dup2(pair[0], STDERR_FILENO), STDERR_FILENO);
        log_warn("first", "number=%d", 1);
        for (int i = 0; i < 100000; i++)
                log_warn("and so on", "number=%d", i);
        assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
        assert_true(recv(pair[1], line, 18, MSG_WAITALL) == 18);
        assert_string_equal(line, "<4>first number=1\n");
        close(before);
        close(pair[0]);
        close(pair[1]);
}

static void times_are_read_and_written_as_rfc_3339(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                int64_t us;
        } good[] = {
                /* The first three are RFC 3339's own examples, section 5.8. */
                { "1985-04-12T23:20:50.52Z", INT64_C(482196050520000) },
                { "1996-12-19T16:39:57-08:00", INT64_C(851042397000000) },
                { "1990-12-31T23:59:60Z", INT64_C(662688000000000) },
                { "2024-02-29t12:00:00.123456789+07:00", INT64_C(1709182800123456) },
                { "1970-01-01 00:00:00Z", 0 },
        };
        static const char *const bad[] = {
                "",
                "2024-02-30T00:00:00Z",
                "2023-02-29T00:00:00Z",
                "2024-13-01T00:00:00Z",
                "2024-01-01T24:00:00Z",
                "2024-01-01T00:00:00",
                "2024-01-01T00:00:00.Z",
                "2024-01-01",
                "2024-01-01T00:00:00Z ",
                "2024-01-01T00:00:00+0700",
                "20240101T000000Z",
                "x",
        };
        int64_t us;
        char text[RFC3339_MAX];
        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                assert_true(rfc3339_parse(good[i].text, &us));
                assert_int_equal(us, good[i].us);
        }
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_false(rfc3339_parse(bad[i], &us));
        rfc3339_format(INT64_C(1709182800123456), text);
        assert_string_equal(text, "2024-02-29T05:00:00.123Z");
        rfc3339_format(INT64_MAX, text);
        assert_string_equal(text + 4, "-12-31T23:59:59.775Z");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_mailbox_gives_back_in_order_and_refuses_when_full),
                cmocka_unit_test(several_senders_lose_nothing_and_keep_their_order),
                cmocka_unit_test(a_histogram_keeps_every_value_within_a_quarter),
                cmocka_unit_test(quantiles_are_where_the_values_are),
                cmocka_unit_test(a_log_that_nobody_reads_holds_nobody_up),
                cmocka_unit_test(times_are_read_and_written_as_rfc_3339),
        };
        return cmocka_run_group_tests_name("common", tests, NULL, NULL);
}

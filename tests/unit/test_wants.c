/* Wants: what a gate asks for, how much at once, and when again. */
#include "tests/check.h"

#include "controller/sync/wants.h"

#include <string.h>

enum {
        HELD = 100,
        WANTED = 200
};

static struct manifest held, wanted;
static bool dropped[SYNC_BUCKETS];

/* So many bytes of a bucket are another than what is held. */
static void differ(int bucket, uint32_t bytes)
{
        wanted.bucket[bucket].version = WANTED;
        wanted.bucket[bucket].bytes = bytes;
        wanted.bucket[bucket].digest[0]++;
}

static int set_up(void **state)
{
        (void)state;
        held = (struct manifest){ .version = HELD };
        for (int i = 0; i < SYNC_BUCKETS; i++)
                held.bucket[i] = (struct manifest_bucket){ .version = HELD, .bytes = 1000 };
        wanted = held;
        wanted.version = WANTED;
        return 0;
}

static struct wants begin(void)
{
        struct wants wants;
        wants_init(&wants);
        wants_set(&wants, &held, &wanted, dropped);
        return wants;
}

static struct part make_part(int bucket, uint64_t from, uint32_t number, uint32_t parts)
{
        return (struct part){ .bucket = bucket,
                              .from = from,
                              .to = WANTED,
                              .content_bytes = wanted.bucket[bucket].bytes,
                              .deflated_bytes = parts * PART_PAYLOAD_MAX,
                              .part = number,
                              .parts = parts };
}

static enum wants_answer come(struct wants *wants, const struct part *part, int64_t now_ms)
{
        enum wants_answer answer = wants_look(wants, part);
        wants_take(wants, part, answer, now_ms);
        return answer;
}

static void who_is_blocked_is_asked_for_first_then_levels_then_people(void **state)
{
        (void)state;
        struct want ask[WANTS_WINDOW_MAX];
        differ(3, 10);
        differ(SYNC_BASE, 10);
        differ(SYNC_BLOCKED, 10);
        struct wants wants = begin();
        wants.window = WANTS_WINDOW_MAX;
        assert_int_equal(wants_ask(&wants, 0, ask), 3);
        assert_int_equal(ask[0].bucket, SYNC_BLOCKED);
        assert_int_equal(ask[1].bucket, SYNC_BASE);
        assert_int_equal(ask[2].bucket, 3);
        assert_int_equal(ask[0].from, HELD); /* what changed will do */
        assert_int_equal(wants_pending(&wants).buckets, 3);
}

static void nothing_more_is_asked_for_until_the_last_has_come(void **state)
{
        (void)state;
        struct want ask[WANTS_WINDOW_MAX];
        differ(1, 40 * PART_PAYLOAD_MAX);
        held.bucket[1].version = 0;
        struct wants wants = begin();
        assert_int_equal(wants_ask(&wants, 0, ask), 1);
        assert_int_equal(ask[0].from, 0);
        assert_int_equal(ask[0].count, 1);
        assert_int_equal(wants_ask(&wants, 100, ask), 0);
        struct part part = make_part(1, 0, 0, 20);
        assert_int_equal(come(&wants, &part, 200), WANTS_NEW);
        /* It came fast: more at once, and always the next. */
        assert_int_equal(wants_ask(&wants, 200, ask), 1);
        assert_int_equal(ask[0].part, 1);
        assert_int_equal(ask[0].count, 2);
}

static void a_slow_link_is_given_less_and_a_fast_one_at_most_eight(void **state)
{
        (void)state;
        struct want ask[WANTS_WINDOW_MAX];
        differ(1, 400 * PART_PAYLOAD_MAX);
        held.bucket[1].version = 0;
        struct wants wants = begin();
        int64_t now_ms = 0;
        uint32_t next = 0;
        for (int batch = 0; batch < 12; batch++) {
                int64_t each_ms = batch < 6 ? 10 : 2000;
                assert_int_equal(wants_ask(&wants, now_ms, ask), 1);
                assert_int_equal(ask[0].part, next);
                assert_true(ask[0].count <= WANTS_WINDOW_MAX);
                if (batch == 5)
                        assert_int_equal(ask[0].count, WANTS_WINDOW_MAX);
                for (uint32_t i = 0; i < ask[0].count; i++) {
                        struct part part = make_part(1, 0, next++, 200);
                        assert_int_equal(come(&wants, &part, now_ms += each_ms), WANTS_NEW);
                }
        }
        assert_int_equal(wants.window, 1);
}

static void what_does_not_come_is_asked_for_again_and_more_patiently_each_time(void **state)
{
        (void)state;
        struct want ask[WANTS_WINDOW_MAX];
        differ(1, 10);
        struct wants wants = begin();
        int64_t now_ms = 0, last_ms = 0;
        assert_int_equal(wants_ask(&wants, now_ms, ask), 1);
        for (int64_t patience_ms = WANTS_PATIENCE_MS; patience_ms < WANTS_PATIENCE_MAX_MS;
             patience_ms *= 2) {
                now_ms = last_ms + patience_ms;
                assert_int_equal(wants_ask(&wants, now_ms - 1, ask), 0);
                assert_int_equal(wants_ask(&wants, now_ms, ask), 1);
                last_ms = now_ms;
        }
        /* A new connection asks at once. */
        wants_forget_asked(&wants);
        assert_int_equal(wants_ask(&wants, now_ms + 1, ask), 1);
}

static void only_parts_of_what_is_wanted_are_taken(void **state)
{
        (void)state;
        differ(1, 10);
        struct wants wants = begin();
        struct part part = make_part(1, HELD, 0, 1);
        struct part other = part;
        other.bucket = 2; /* nothing of it changed */
        assert_int_equal(wants_look(&wants, &other), WANTS_UNWANTED);
        other = part;
        other.to--;
        assert_int_equal(wants_look(&wants, &other), WANTS_UNWANTED);
        other = part;
        other.from = HELD - 1;
        assert_int_equal(wants_look(&wants, &other), WANTS_UNWANTED);
        other = part;
        other.content_bytes = SYNC_BUCKET_BYTES_MAX; /* as much as would fill the disk */
        assert_int_equal(wants_look(&wants, &other), WANTS_UNWANTED);
        other = make_part(1, 0, 0, PARTS_MAX);
        assert_int_equal(wants_look(&wants, &other), WANTS_UNWANTED);
}

static void a_centre_that_begins_anew_is_followed_and_a_spoiled_bucket_is_wanted_whole(void **state)
{
        (void)state;
        struct want ask[WANTS_WINDOW_MAX];
        differ(1, 400 * PART_PAYLOAD_MAX);
        held.bucket[1].bytes = wanted.bucket[1].bytes;
        struct wants wants = begin();
        struct part first = make_part(1, HELD, 0, 3), again = make_part(1, HELD, 1, 2);
        assert_int_equal(come(&wants, &first, 0), WANTS_NEW);
        assert_int_equal(come(&wants, &first, 0), WANTS_HAD);
        assert_int_equal(come(&wants, &again, 0), WANTS_INSTEAD);
        assert_int_equal(wants.bucket[1].have, 1);
        again.part = 0;
        assert_int_equal(come(&wants, &again, 0), WANTS_NEW);
        assert_true(wants_is_complete(&wants, 1));
        wants_spoil(&wants, 1);
        assert_false(wants_is_complete(&wants, 1));
        assert_int_equal(wants_look(&wants, &first), WANTS_UNWANTED);
        assert_int_equal(wants_ask(&wants, 0, ask), 1);
        assert_int_equal(ask[0].from, 0);
}

static void a_newer_manifest_keeps_what_is_still_right_and_drops_the_rest(void **state)
{
        (void)state;
        differ(1, PART_PAYLOAD_MAX);
        differ(2, PART_PAYLOAD_MAX);
        struct wants wants = begin();
        struct part one = make_part(1, HELD, 0, 1), two = make_part(2, HELD, 0, 1);
        (void)come(&wants, &one, 0);
        (void)come(&wants, &two, 0);
        wanted.version++;
        wanted.bucket[2].version = wanted.version;
        wanted.bucket[2].digest[0]++;
        wants_set(&wants, &held, &wanted, dropped);
        assert_true(wants_is_complete(&wants, 1) && !dropped[1]);
        assert_true(!wants_is_complete(&wants, 2) && dropped[2]);
}

static void an_empty_bucket_has_come_already(void **state)
{
        (void)state;
        struct want ask[WANTS_WINDOW_MAX];
        differ(1, 0);
        struct wants wants = begin();
        assert_true(wants_is_complete(&wants, 1));
        assert_int_equal(wants_pending(&wants).incomplete, 0);
        assert_int_equal(wants_ask(&wants, 0, ask), 0);
}

#define WITH(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH(who_is_blocked_is_asked_for_first_then_levels_then_people),
                WITH(nothing_more_is_asked_for_until_the_last_has_come),
                WITH(a_slow_link_is_given_less_and_a_fast_one_at_most_eight),
                WITH(what_does_not_come_is_asked_for_again_and_more_patiently_each_time),
                WITH(only_parts_of_what_is_wanted_are_taken),
                WITH(a_centre_that_begins_anew_is_followed_and_a_spoiled_bucket_is_wanted_whole),
                WITH(a_newer_manifest_keeps_what_is_still_right_and_drops_the_rest),
                WITH(an_empty_bucket_has_come_already),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A driver's worker: how its thread waits for room, and how it is let go. */
#include "tests/check.h"

#include "drivers/bus/worker.h"

#include <poll.h>
#include <sched.h>

enum {
        ROOM = 8,
        MANY = 200000,
        PATIENCE_MS = 10000
};

struct poster {
        struct worker worker;
        int count;  /* to be posted */
        int posted; /* by its end */
};

static void *post_all(void *context)
{
        struct poster *poster = context;
        while (poster->posted < poster->count &&
               worker_post(&poster->worker, &(int){ poster->posted }))
                poster->posted++;
        worker_done(&poster->worker);
        return NULL;
}

static void begin(struct poster *poster, int count)
{
        *poster = (struct poster){ .count = count };
        assert_int_equal(worker_init(&poster->worker, (struct worker_room){ sizeof(int), ROOM },
                                     (struct worker_room){ sizeof(int), 1 }),
                         0);
        assert_int_equal(worker_start(&poster->worker, "poster", post_all, poster), 0);
}

static void wait_till_held(struct poster *poster)
{
        while (!atomic_load(&poster->worker.is_held))
                sched_yield();
}

static void end(struct poster *poster)
{
        assert_true(worker_end(&poster->worker, PATIENCE_MS));
        worker_deinit(&poster->worker);
}

static void a_thread_without_room_goes_on_when_half_of_it_is_free(void **state)
{
        struct poster poster;
        int event, taken = 0;
        (void)state;
        begin(&poster, ROOM + ROOM / 2);
        wait_till_held(&poster);
        while (mailbox_count(&poster.worker.events) > ROOM / 2) {
                assert_true(worker_take(&poster.worker, &event));
                assert_int_equal(event, taken++);
        }
        /* The owner takes no more, and the thread comes to its end. */
        assert_int_equal(poll(&(struct pollfd){ poster.worker.done_fd, POLLIN, 0 }, 1, PATIENCE_MS),
                         1);
        assert_int_equal(mailbox_count(&poster.worker.events), ROOM + ROOM / 2 - taken);
        end(&poster);
        assert_int_equal(poster.posted, ROOM + ROOM / 2);
}

static void however_often_there_is_no_room_all_comes_in_order(void **state)
{
        struct poster poster;
        int event, next = 0;
        (void)state;
        begin(&poster, MANY);
        while (next < MANY) {
                struct pollfd ready = { poster.worker.events.event_fd, POLLIN, 0 };
                assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
                while (worker_take(&poster.worker, &event))
                        assert_int_equal(event, next++);
        }
        end(&poster);
}

static void a_thread_that_waits_for_room_is_let_go(void **state)
{
        struct poster poster;
        (void)state;
        begin(&poster, MANY);
        wait_till_held(&poster);
        end(&poster);
        assert_int_equal(poster.posted, ROOM);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_thread_without_room_goes_on_when_half_of_it_is_free),
                cmocka_unit_test(however_often_there_is_no_room_all_comes_in_order),
                cmocka_unit_test(a_thread_that_waits_for_room_is_let_go),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

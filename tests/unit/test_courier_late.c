/* Courier: several late rows in one message. */
#include "tests/unit/courier_desk.h"

/* Back after an outage, with a collector that takes `batch` rows in a message and has none yet. */
static struct desk *open_late_desk(int batch)
{
        char text[128];
        struct desk *desk = open_desk(true, 100);
        snprintf(text, sizeof(text), "{\"epoch\":\"%s\",\"seq\":0,\"batch\":%d}", EPOCH, batch);
        collector_says(desk, text, false);
        desk->now_us = ROW_AT + 3600 * INT64_C(1000000);
        return desk;
}

/* As uplink does: what there is, and then what waits goes out. */
static uint64_t turn(struct desk *desk, uint64_t first, uint64_t last)
{
        uint64_t seq = rows(desk, first, last);
        courier_flush(&desk->courier, desk->now_ms);
        return seq;
}

/* Which rows a message has, "1 2 3"; of one that is no list "1". */
static const char *rows_in(const struct desk *desk, size_t index)
{
        static char text[256];
        text[0] = '\0';
        assert_true(index < desk->bus->count);
        json_t *message = json_loads(desk->bus->publication[index].payload, 0, NULL);
        if (!json_is_array(message)) {
                json_decref(message);
                snprintf(text, sizeof(text), "%d", (int)seq_of(desk, index));
                return text;
        }
        json_t *event;
        size_t i;
        json_array_foreach(message, i, event)
        {
                json_t *seq = json_object_get(json_object_get(event, "data"), "seq");
                size_t used = strlen(text);
                snprintf(text + used, sizeof(text) - used, "%s%d", i > 0 ? " " : "",
                         (int)json_integer_value(seq));
        }
        assert_true(json_array_size(message) > 1);
        assert_string_equal(desk->bus->publication[index].content_type,
                            "application/cloudevents-batch+json");
        json_decref(message);
        return text;
}

static void late_rows_go_several_in_a_message_where_the_collector_takes_them(void **state)
{
        (void)state;
        struct desk *desk = open_late_desk(3);
        assert_int_equal(turn(desk, 1, 7), 7);
        assert_int_equal(desk->bus->count, 3);
        assert_string_equal(rows_in(desk, 0), "1 2 3");
        assert_string_equal(rows_in(desk, 1), "4 5 6");
        assert_string_equal(rows_in(desk, 2), "7");
        assert_null(desk->bus->publication[2].content_type);
        for (size_t i = 0; i < 3; i++) {
                assert_string_equal(desk->bus->publication[i].topic,
                                    "stile/v1/acme/hq/gate-1/entry");
                puback(desk, i, 0);
        }
        assert_int_equal(desk->courier.published, 7);
        assert_int_equal(desk->courier.acked, 0);
        collector_has(desk, EPOCH, 7);
        assert_int_equal(desk->courier.acked, 7);
        close_desk(desk);
}

static void the_window_is_of_messages(void **state)
{
        (void)state;
        struct desk *desk = open_late_desk(3);
        assert_int_equal(turn(desk, 1, 100), 3 * WINDOW);
        assert_int_equal(courier_under_way(&desk->courier), WINDOW);
        assert_int_equal(turn(desk, 3 * WINDOW + 1, 100), 3 * WINDOW);
        close_desk(desk);
}

static void what_happens_now_goes_alone_and_in_its_turn(void **state)
{
        (void)state;
        struct desk *desk = open_late_desk(10);
        rows(desk, 1, 3);
        assert_int_equal(desk->bus->count, 0);
        desk->now_us = ROW_AT;
        rows(desk, 4, 5);
        assert_int_equal(desk->bus->count, 3);
        assert_string_equal(rows_in(desk, 0), "1 2 3");
        assert_string_equal(rows_in(desk, 1), "4");
        assert_string_equal(rows_in(desk, 2), "5");
        close_desk(desk);
}

/* The place for the row that did not fit is beside the window: no row is refused for it. */
static void a_full_window_takes_the_row_that_closed_a_message(void **state)
{
        (void)state;
        struct desk *desk = open_late_desk(10);
        desk->now_us = ROW_AT;
        rows(desk, 1, WINDOW - 1);
        desk->now_us = ROW_AT + 3600 * INT64_C(1000000);
        rows(desk, WINDOW, WINDOW + 1);
        desk->now_us = ROW_AT;
        assert_int_equal(turn(desk, WINDOW + 2, 100), WINDOW + 2);
        assert_int_equal(courier_under_way(&desk->courier), WINDOW + 1);
        for (size_t i = 0; i <= WINDOW; i++)
                puback(desk, i, 0);
        assert_int_equal(courier_under_way(&desk->courier), 0);
        assert_int_equal(desk->courier.published, WINDOW + 2);
        close_desk(desk);
}

static void what_the_collector_takes_is_asked_anew_of_each_word_and_connection(void **state)
{
        (void)state;
        struct desk *desk = open_late_desk(10);
        collector_has(desk, EPOCH, 0); /* another one, which says nothing of it */
        assert_int_equal(turn(desk, 1, 2), 2);
        assert_int_equal(desk->bus->count, 2);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":0,\"batch\":10}", false);
        courier_down(&desk->courier);
        courier_up(&desk->courier, &desk->bus->bus, UP_AT, desk->now_ms);
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(turn(desk, 1, 2), 2);
        assert_int_equal(desk->bus->count, 4);
        close_desk(desk);
}

static void rows_that_are_asked_for_again_go_one_by_one_until_some_are_acknowledged(void **state)
{
        (void)state;
        struct desk *desk = open_late_desk(10);
        turn(desk, 1, 3);
        puback(desk, 0, 0);
        assert_string_equal(courier_resend(&desk->courier, EPOCH, 1, desk->now_ms), "");
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        bus_fake_clear(desk->bus);
        assert_int_equal(turn(desk, 1, 3), 3);
        assert_int_equal(desk->bus->count, 3);
        assert_string_equal(rows_in(desk, 0), "1");
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":0,\"batch\":10}", false);
        assert_int_equal(turn(desk, 4, 4), 4);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":3,\"batch\":10}", false);
        for (size_t i = 0; i < 4; i++)
                puback(desk, i, 0);
        bus_fake_clear(desk->bus);
        assert_int_equal(turn(desk, 5, 7), 7);
        assert_string_equal(rows_in(desk, 0), "5 6 7");
        close_desk(desk);
}

/* A small packet limit, say: then each row is tried alone, and at once. */
static void a_broker_that_refuses_several_rows_gets_them_one_by_one(void **state)
{
        (void)state;
        struct desk *desk = open_late_desk(10);
        turn(desk, 1, 3);
        puback(desk, 0, 149);
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        bus_fake_clear(desk->bus);
        assert_int_equal(turn(desk, 1, 3), 3);
        assert_int_equal(desk->bus->count, 3);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":3,\"batch\":10}", false);
        for (size_t i = 0; i < 3; i++)
                puback(desk, i, 0);
        bus_fake_clear(desk->bus);
        assert_int_equal(turn(desk, 4, 6), 6);
        assert_int_equal(desk->bus->count, 3); /* as long as the connection lasts */
        close_desk(desk);
}

static void a_full_bus_loses_none_of_several_rows(void **state)
{
        (void)state;
        struct desk *desk = open_late_desk(3);
        rows(desk, 1, 2);
        desk->bus->error = -11; /* -EAGAIN */
        rows(desk, 3, 4);
        assert_false(courier_has_room(&desk->courier));
        assert_int_equal(desk->courier.sent, 0);
        desk->bus->error = 0;
        desk->now_ms += 1000;
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(turn(desk, 1, 3), 3);
        assert_string_equal(rows_in(desk, 0), "1 2 3");
        close_desk(desk);
}

/* They could all go in one message, a moment later. What happens now does not wait for it. */
static void few_late_rows_go_before_the_collector_has_said_what_it_takes(void **state)
{
        enum {
                ROOM = 3 * COURIER_UNTOLD_MAX
        };
        (void)state;
        struct desk *desk = open_wide_desk(true, 2 * ROOM, ROOM);
        assert_int_equal(rows(desk, 1, ROOM), ROOM); /* of now */
        courier_up(&desk->courier, &desk->bus->bus, UP_AT, desk->now_ms);
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        desk->now_us = ROW_AT + 3600 * INT64_C(1000000);
        assert_int_equal(turn(desk, 1, ROOM), COURIER_UNTOLD_MAX);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":0,\"batch\":100}", false);
        bus_fake_clear(desk->bus);
        assert_int_equal(turn(desk, COURIER_UNTOLD_MAX + 1, ROOM), ROOM);
        assert_int_equal(desk->bus->count, 1);
        close_desk(desk);
}

/* One of before lists says nothing of them: its word alone is what is waited for. */
static void late_rows_of_a_silent_collector_come_again_few_at_a_time(void **state)
{
        (void)state;
        struct desk *desk = open_wide_desk(true, 100, 100);
        desk->now_us = ROW_AT + 3600 * INT64_C(1000000);
        assert_int_equal(turn(desk, 1, 100), COURIER_UNTOLD_MAX);
        for (size_t i = 0; i < COURIER_UNTOLD_MAX; i++)
                puback(desk, i, 0);
        desk->now_ms += COURIER_STALL_MS;
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(turn(desk, 1, 100), COURIER_UNTOLD_MAX);
        collector_has(desk, EPOCH, COURIER_UNTOLD_MAX);
        assert_int_equal(turn(desk, COURIER_UNTOLD_MAX + 1, 100), 100);
        close_desk(desk);
}

/* Where no collector is waited for, none is asked. */
static void by_puback_late_rows_wait_for_no_word(void **state)
{
        (void)state;
        struct desk *desk = open_wide_desk(false, 100, 100);
        desk->now_us = ROW_AT + 3600 * INT64_C(1000000);
        assert_int_equal(turn(desk, 1, 100), 100);
        close_desk(desk);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(late_rows_go_several_in_a_message_where_the_collector_takes_them),
                cmocka_unit_test(the_window_is_of_messages),
                cmocka_unit_test(what_happens_now_goes_alone_and_in_its_turn),
                cmocka_unit_test(a_full_window_takes_the_row_that_closed_a_message),
                cmocka_unit_test(
                        what_the_collector_takes_is_asked_anew_of_each_word_and_connection),
                cmocka_unit_test(
                        rows_that_are_asked_for_again_go_one_by_one_until_some_are_acknowledged),
                cmocka_unit_test(a_broker_that_refuses_several_rows_gets_them_one_by_one),
                cmocka_unit_test(a_full_bus_loses_none_of_several_rows),
                cmocka_unit_test(few_late_rows_go_before_the_collector_has_said_what_it_takes),
                cmocka_unit_test(late_rows_of_a_silent_collector_come_again_few_at_a_time),
                cmocka_unit_test(by_puback_late_rows_wait_for_no_word),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

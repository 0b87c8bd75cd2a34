/* Courier: rows in order, what moves the watermark, what is sent again. */
#include "tests/unit/courier_desk.h"

static void rows_go_out_in_order_on_the_gates_topic(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 3);
        rows(desk, 1, 3);
        assert_int_equal(desk->bus->count, 3);
        for (size_t i = 0; i < 3; i++) {
                assert_string_equal(desk->bus->publication[i].topic,
                                    "stile/v1/acme/hq/gate-1/entry");
                assert_int_equal(desk->bus->publication[i].qos, 1);
                assert_false(desk->bus->publication[i].is_retained);
                assert_int_equal(seq_of(desk, i), i + 1);
        }
        close_desk(desk);
}

static void the_window_stays_full_and_no_fuller(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10);
        collector_has(desk, EPOCH, 0);
        assert_int_equal(rows(desk, 1, 10), WINDOW);
        assert_int_equal(courier_under_way(&desk->courier), WINDOW);
        puback(desk, 0, 0);
        assert_int_equal(rows(desk, 5, 10), 5);
        puback(desk, 1, 0);
        puback(desk, 2, 0);
        assert_int_equal(rows(desk, 6, 10), 7);
        assert_int_equal(desk->courier.published, 3);
        close_desk(desk);
}

static void by_puback_the_watermark_is_the_last_before_a_gap(void **state)
{
        (void)state;
        struct desk *desk = open_desk(false, 10);
        rows(desk, 1, 4);
        puback(desk, 1, 0);
        puback(desk, 3, 0);
        assert_int_equal(desk->courier.acked, 0);
        puback(desk, 0, BUS_NOT_HEARD);
        assert_int_equal(desk->courier.acked, 2);
        puback(desk, 2, 0);
        assert_int_equal(desk->courier.acked, 4);
        close_desk(desk);
}

static void by_collector_no_puback_moves_the_watermark(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10);
        rows(desk, 1, 4);
        for (size_t i = 0; i < 4; i++)
                puback(desk, i, 0);
        assert_int_equal(desk->courier.acked, 0);
        collector_has(desk, EPOCH, 3);
        assert_int_equal(desk->courier.acked, 3);
        collector_has(desk, EPOCH, 2);
        assert_int_equal(desk->courier.acked, 3);
        close_desk(desk);
}

static void by_puback_the_collector_is_not_listened_to(void **state)
{
        (void)state;
        struct desk *desk = open_desk(false, 10);
        rows(desk, 1, 2);
        collector_has(desk, EPOCH, 2);
        assert_int_equal(desk->courier.acked, 0);
        close_desk(desk);
}

static void a_wrong_acknowledgement_is_ignored(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10);
        rows(desk, 1, 4);
        collector_has(desk, FOREIGN, 3);
        collector_has(desk, EPOCH, 11); /* past the head */
        collector_has(desk, EPOCH, -1);
        collector_says(desk, "", false);
        collector_says(desk, "[]", false);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\"}", false);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":\"3\"}", false);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":3.0}", false);
        collector_says(desk, "{\"seq\":3,\"epoch\":null}", false);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":1,\"seq\":3}", false);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":3,\"batch\":0}", false);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":3,\"batch\":\"9\"}", false);
        collector_says(desk, "{\"epoch\":\"" EPOCH "\",\"seq\":3}", true); /* retained */
        assert_int_equal(desk->courier.acked, 0);
        collector_has(desk, EPOCH, 3);
        assert_int_equal(desk->courier.acked, 3);
        close_desk(desk);
}

static void a_lost_connection_forgets_what_was_under_way(void **state)
{
        (void)state;
        struct desk *desk = open_desk(false, 10);
        rows(desk, 1, 4);
        puback(desk, 0, 0);
        uint64_t late = token_of(desk, 1);
        courier_down(&desk->courier);
        assert_false(courier_has_room(&desk->courier));
        assert_false(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(courier_under_way(&desk->courier), 0);
        bus_fake_clear(desk->bus);

        courier_up(&desk->courier, &desk->bus->bus, UP_AT, desk->now_ms);
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(desk->courier.acked, 1);
        rows(desk, 2, 10);
        assert_int_equal(seq_of(desk, 0), 2);
        courier_answered(&desk->courier, late, 0, desk->now_ms); /* of the lost connection */
        assert_int_equal(desk->courier.acked, 1);
        assert_int_equal(courier_under_way(&desk->courier), WINDOW);
        close_desk(desk);
}

static void the_collector_may_know_more_than_was_sent_again(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10); /* restarted: the gate has an old watermark */
        row_of(desk, 1, EPOCH);
        collector_has(desk, EPOCH, 6);
        assert_int_equal(desk->courier.acked, 6);
        for (uint64_t seq = 2; seq <= 6; seq++)
                row_of(desk, seq, EPOCH);
        assert_int_equal(desk->bus->count, 1);
        row_of(desk, 7, EPOCH);
        assert_int_equal(seq_of(desk, 1), 7);
        close_desk(desk);
}

static void without_a_collector_rows_run_ahead_only_so_far(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, COURIER_AHEAD_MAX + 100);
        collector_has(desk, EPOCH, 0);
        uint64_t sent = 0;
        for (size_t answered = 0; courier_has_room(&desk->courier); answered = desk->bus->count) {
                sent = rows(desk, sent + 1, COURIER_AHEAD_MAX + 100);
                for (size_t i = answered; i < desk->bus->count; i++)
                        puback(desk, i, 0);
        }
        assert_int_equal(sent, COURIER_AHEAD_MAX);
        collector_has(desk, EPOCH, 50);
        assert_true(courier_has_room(&desk->courier));
        close_desk(desk);
}

/* With each connection anew: a fleet that is back waits for the collector, not for its broker. */
static void before_the_collectors_first_word_only_a_window_goes(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 100);
        for (int again = 0; again < 2; again++) {
                bus_fake_clear(desk->bus);
                assert_int_equal(rows(desk, 1, 100), WINDOW);
                for (size_t i = 0; i < WINDOW; i++)
                        puback(desk, i, 0);
                assert_false(courier_has_room(&desk->courier));
                collector_has(desk, EPOCH, 0);
                assert_int_equal(rows(desk, WINDOW + 1, 100), 2 * WINDOW);
                courier_down(&desk->courier);
                courier_up(&desk->courier, &desk->bus->bus, UP_AT, desk->now_ms);
                assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        }
        close_desk(desk);
}

static void a_silent_collector_gets_a_window_again_each_minute(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 100);
        collector_has(desk, EPOCH, 0);
        uint64_t sent = 0;
        for (size_t i = 0; i < 20; i++) {
                sent = rows(desk, sent + 1, 20);
                puback(desk, i, 0);
        }
        desk->now_ms += COURIER_STALL_MS - 1;
        assert_false(courier_is_to_follow(&desk->courier, desk->now_ms));
        for (int again = 0; again < 3; again++) {
                desk->now_ms += again == 0 ? 1 : COURIER_STALL_MS;
                bus_fake_clear(desk->bus);
                assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
                for (size_t i = 0; i < WINDOW; i++) {
                        assert_true(courier_has_room(&desk->courier));
                        row_of(desk, i + 1, EPOCH);
                        puback(desk, i, 0);
                }
                assert_false(courier_has_room(&desk->courier));
        }
        collector_has(desk, EPOCH, 20);
        assert_true(courier_has_room(&desk->courier));
        desk->now_ms +=
                INT64_C(10) * COURIER_STALL_MS; /* nothing waits for the collector: no stall */
        assert_false(courier_is_to_follow(&desk->courier, desk->now_ms));
        close_desk(desk);
}

static void a_quiet_hour_is_no_stall(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 0);
        desk->now_ms += 3600000;
        assert_false(courier_is_to_follow(&desk->courier, desk->now_ms));
        row_of(desk, 1, EPOCH);
        puback(desk, 0, 0);
        desk->now_ms += COURIER_STALL_MS - 1;
        assert_false(courier_is_to_follow(&desk->courier, desk->now_ms));
        close_desk(desk);
}

static void a_refused_row_is_kept_and_tried_alone_until_it_is_taken(void **state)
{
        (void)state;
        struct desk *desk = open_desk(false, 10);
        rows(desk, 1, 10);
        puback(desk, 0, 135);
        puback(desk, 1, 0); /* of what is forgotten by now */
        assert_int_equal(desk->courier.acked, 0);
        assert_false(courier_has_room(&desk->courier));
        for (int again = 0; again < 2; again++) {
                desk->now_ms += COURIER_RETRY_MS - 1;
                assert_false(courier_is_to_follow(&desk->courier, desk->now_ms));
                desk->now_ms++;
                assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
                bus_fake_clear(desk->bus);
                assert_int_equal(rows(desk, 1, 10), 1);
                if (again == 0)
                        puback(desk, 0, 151);
        }
        puback(desk, 0, 0);
        assert_int_equal(desk->courier.acked, 1);
        assert_int_equal(rows(desk, 2, 10), 1 + WINDOW);
        close_desk(desk);
}

static void a_full_bus_loses_no_row(void **state)
{
        (void)state;
        struct desk *desk = open_desk(false, 10);
        row_of(desk, 1, EPOCH);
        desk->bus->error = -11; /* -EAGAIN */
        row_of(desk, 2, EPOCH);
        assert_false(courier_has_room(&desk->courier));
        desk->bus->error = 0;
        desk->now_ms += 1000;
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(desk->courier.acked, 0);
        rows(desk, 1, 3);
        assert_int_equal(seq_of(desk, 1), 1);
        assert_int_equal(seq_of(desk, 2), 2);
        close_desk(desk);
}

static void a_row_that_makes_no_notice_stops_there(void **state)
{
        (void)state;
        struct desk *desk = open_desk(false, 10);
        json_t *event = json_pack("{s:i, s:s}", "seq", 1, "epoch", EPOCH);
        courier_row(&desk->courier, event, ROW_AT, desk->now_ms);
        json_decref(event);
        assert_int_equal(desk->bus->count, 0);
        assert_false(courier_has_room(&desk->courier));
        row_of(desk, 1, FOREIGN);
        assert_int_equal(desk->bus->count, 0);
        close_desk(desk);
}

static void rows_are_sent_again_although_they_are_acknowledged(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10);
        for (uint64_t seq = 1; seq <= 4; seq++)
                row_of(desk, seq, EPOCH);
        for (size_t i = 0; i < 4; i++)
                puback(desk, i, 0);
        collector_has(desk, EPOCH, 3);
        assert_string_equal(courier_resend(&desk->courier, EPOCH, 2, desk->now_ms), "");
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(desk->courier.sent, 1);
        assert_int_equal(desk->courier.acked, 3);
        assert_true(courier_has_room(&desk->courier));
        row_of(desk, 2, EPOCH);
        assert_int_equal(seq_of(desk, 4), 2);
        /* What the collector says meanwhile does not cut it short. */
        collector_has(desk, EPOCH, 4);
        row_of(desk, 3, EPOCH);
        row_of(desk, 4, EPOCH);
        assert_int_equal(desk->bus->count, 7);
        assert_int_equal(seq_of(desk, 6), 4);
        assert_int_equal(desk->courier.acked, 4);
        close_desk(desk);
}

static void what_cannot_be_sent_again_is_refused(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10);
        row_of(desk, 1, EPOCH);
        row_of(desk, 2, EPOCH);
        assert_string_equal(courier_resend(&desk->courier, FOREIGN, 1, desk->now_ms),
                            "stale_epoch");
        assert_string_equal(courier_resend(&desk->courier, EPOCH, 11, desk->now_ms),
                            "out_of_range");
        assert_string_equal(courier_resend(&desk->courier, EPOCH, 0, desk->now_ms), "out_of_range");
        assert_string_equal(courier_resend(&desk->courier, EPOCH, 3, desk->now_ms), "");
        assert_false(courier_is_to_follow(&desk->courier, desk->now_ms)); /* on its way anyway */
        courier_down(&desk->courier);
        assert_string_equal(courier_resend(&desk->courier, EPOCH, 1, desk->now_ms), "unavailable");
        close_desk(desk);
}

/* From beyond the watermark: whatever is without its PUBACK is sent again, too. */
static void by_puback_a_resend_skips_no_row(void **state)
{
        (void)state;
        struct desk *desk = open_desk(false, 10);
        for (uint64_t seq = 1; seq <= 4; seq++)
                row_of(desk, seq, EPOCH);
        puback(desk, 0, 0);
        assert_string_equal(courier_resend(&desk->courier, EPOCH, 3, desk->now_ms), "");
        assert_int_equal(desk->courier.sent, 1);
        assert_int_equal(desk->courier.acked, 1);
        close_desk(desk);
}

static void a_new_epoch_begins_at_the_gates_word(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10);
        rows(desk, 1, 4);
        collector_has(desk, EPOCH, 4);
        courier_gate(&desk->courier, FOREIGN, 2, 1, desk->now_ms);
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(desk->courier.acked, 1);
        collector_has(desk, EPOCH, 4);
        assert_int_equal(desk->courier.acked, 1);
        row_of(desk, 2, FOREIGN);
        assert_int_equal(seq_of(desk, desk->bus->count - 1), 2);
        close_desk(desk);
}

static void a_gate_that_forgot_its_watermark_is_not_believed(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10);
        rows(desk, 1, 4);
        collector_has(desk, EPOCH, 4);
        courier_gate(&desk->courier, EPOCH, 10, 2, desk->now_ms);
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(desk->courier.acked, 4);
        close_desk(desk);
}

static void an_old_copy_of_the_journal_is_followed_from_its_own_watermark(void **state)
{
        (void)state;
        struct desk *desk = open_desk(true, 10);
        rows(desk, 1, 4);
        collector_has(desk, EPOCH, 8);
        courier_gate(&desk->courier, EPOCH, 3, 2, desk->now_ms);
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_int_equal(desk->courier.acked, 2);
        collector_has(desk, EPOCH, 8); /* past the head now */
        assert_int_equal(desk->courier.acked, 2);
        close_desk(desk);
}

static void nothing_goes_before_gate_and_broker_are_both_there(void **state)
{
        (void)state;
        struct notice_source source;
        struct courier courier;
        struct bus_fake *bus = bus_fake_new();
        notice_source_init(&source, "acme", "hq", "gate-1");
        assert_int_equal(courier_init(&courier, &source, true, WINDOW), 0);
        assert_false(courier_has_room(&courier));
        courier_up(&courier, &bus->bus, UP_AT, NOW_MS);
        assert_false(courier_has_room(&courier));
        assert_false(courier_is_to_follow(&courier, NOW_MS));
        courier_gate(&courier, EPOCH, 1, 0, NOW_MS);
        assert_true(courier_is_to_follow(&courier, NOW_MS));
        assert_true(courier_has_room(&courier));
        courier_deinit(&courier);
        bus_fake_free(bus);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_go_out_in_order_on_the_gates_topic),
                cmocka_unit_test(the_window_stays_full_and_no_fuller),
                cmocka_unit_test(by_puback_the_watermark_is_the_last_before_a_gap),
                cmocka_unit_test(by_collector_no_puback_moves_the_watermark),
                cmocka_unit_test(by_puback_the_collector_is_not_listened_to),
                cmocka_unit_test(a_wrong_acknowledgement_is_ignored),
                cmocka_unit_test(a_lost_connection_forgets_what_was_under_way),
                cmocka_unit_test(the_collector_may_know_more_than_was_sent_again),
                cmocka_unit_test(without_a_collector_rows_run_ahead_only_so_far),
                cmocka_unit_test(before_the_collectors_first_word_only_a_window_goes),
                cmocka_unit_test(a_silent_collector_gets_a_window_again_each_minute),
                cmocka_unit_test(a_quiet_hour_is_no_stall),
                cmocka_unit_test(a_refused_row_is_kept_and_tried_alone_until_it_is_taken),
                cmocka_unit_test(a_full_bus_loses_no_row),
                cmocka_unit_test(a_row_that_makes_no_notice_stops_there),
                cmocka_unit_test(rows_are_sent_again_although_they_are_acknowledged),
                cmocka_unit_test(what_cannot_be_sent_again_is_refused),
                cmocka_unit_test(by_puback_a_resend_skips_no_row),
                cmocka_unit_test(a_new_epoch_begins_at_the_gates_word),
                cmocka_unit_test(a_gate_that_forgot_its_watermark_is_not_believed),
                cmocka_unit_test(an_old_copy_of_the_journal_is_followed_from_its_own_watermark),
                cmocka_unit_test(nothing_goes_before_gate_and_broker_are_both_there),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

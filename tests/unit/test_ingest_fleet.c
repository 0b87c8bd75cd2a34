/* What the collector remembers of many gates, and of gates that begin one journal after another. */
#include "tests/check.h"

#include "dashboard/ingest/fleet.h"

#include <stdio.h>

static void finds_each_of_twenty_thousand_gates_again(void **state)
{
        static struct fleet_gate *gates[20000];
        struct fleet fleet = { 0 };
        char name[ARCHIVE_GATE_MAX];
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(gates); i++) {
                snprintf(name, sizeof(name), "acme/site-%zu/gate-%zu", i % 7, i);
                gates[i] = fleet_gate(&fleet, name);
                assert_non_null(gates[i]);
        }
        assert_int_equal(fleet.count, ARRAY_LEN(gates));
        for (size_t i = 0; i < ARRAY_LEN(gates); i++) {
                snprintf(name, sizeof(name), "acme/site-%zu/gate-%zu", i % 7, i);
                assert_ptr_equal(fleet_gate(&fleet, name), gates[i]);
        }
        assert_int_equal(fleet.count, ARRAY_LEN(gates));
        fleet_deinit(&fleet);
}

static void takes_no_more_gates_than_its_bound(void **state)
{
        struct fleet fleet = { 0 };
        char name[ARCHIVE_GATE_MAX];
        (void)state;
        for (size_t i = 0; i < FLEET_GATES_MAX; i++) {
                snprintf(name, sizeof(name), "a/b/%zu", i);
                assert_non_null(fleet_gate(&fleet, name));
        }
        assert_null(fleet_gate(&fleet, "a/b/one-more"));
        assert_non_null(fleet_gate(&fleet, "a/b/0"));
        fleet_deinit(&fleet);
}

static void forgets_the_journal_used_least_recently_unless_it_is_in_the_batch(void **state)
{
        struct fleet fleet = { 0 };
        struct fleet_gate *gate = fleet_gate(&fleet, "a/b/c");
        (void)state;
        assert_non_null(gate);
        for (uint8_t i = 0; i < FLEET_STREAMS_MAX; i++) {
                const struct archive_stream at = { .id = i };
                assert_non_null(fleet_add_stream(gate, (const uint8_t[UUID_LEN]){ i }, &at, 0));
        }
        fleet_find_stream(gate, (const uint8_t[UUID_LEN]){ 1 })->slot = 0;
        assert_non_null(fleet_find_stream(gate, (const uint8_t[UUID_LEN]){ 0 }));
        for (uint8_t i = 100; i < 100 + FLEET_STREAMS_MAX; i++) {
                const struct archive_stream at = { .id = i };
                assert_non_null(fleet_add_stream(gate, (const uint8_t[UUID_LEN]){ i }, &at, 0));
        }
        assert_int_equal(gate->stream_count, FLEET_STREAMS_MAX);
        assert_non_null(fleet_find_stream(gate, (const uint8_t[UUID_LEN]){ 1 }));
        assert_null(fleet_find_stream(gate, (const uint8_t[UUID_LEN]){ 2 }));
        assert_null(fleet_find_stream(gate, (const uint8_t[UUID_LEN]){ 0 }));
        fleet_deinit(&fleet);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_each_of_twenty_thousand_gates_again),
                cmocka_unit_test(takes_no_more_gates_than_its_bound),
                cmocka_unit_test(forgets_the_journal_used_least_recently_unless_it_is_in_the_batch),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

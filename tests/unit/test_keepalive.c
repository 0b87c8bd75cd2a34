/* Keep-alive: what the programs that speak MQTT ship with. */
#include "tests/check.h"

#include "controller/settings.h"
#include "dashboard/collector_settings.h"
#include "dashboard/forwarder_settings.h"

enum {
        NOTICED_S = 15,
        /* From the ping on: 5 s for its answer (TCP_USER_TIMEOUT), and as often as one looks. */
        PING_S = 6
};

static void expect_noticed(int keepalive_s)
{
        assert_in_range(keepalive_s, 5, NOTICED_S - PING_S);
}

static void a_line_that_died_is_noticed_in_time_by_all_of_them(void **state)
{
        (void)state;
        struct settings gate;
        struct collector_options collector;
        struct forwarder_options forwarder;
        FILE *complaints = fopen("/dev/null", "w");
        assert_non_null(complaints);
        option_defaults(&settings_table, &gate);
        /* An empty file: defaults, and complaints about what has none. */
        (void)!collector_options_load(&collector, "/dev/null", complaints);
        (void)!forwarder_options_load(&forwarder, "/dev/null", complaints);
        fclose(complaints);
        expect_noticed(gate.uplink.keepalive_s);
        expect_noticed(collector.broker.keepalive_s);
        expect_noticed(forwarder.site.keepalive_s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_line_that_died_is_noticed_in_time_by_all_of_them),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

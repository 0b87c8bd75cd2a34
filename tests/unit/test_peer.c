/* Who is at the other end, when a proxy is between. */
#include "tests/check.h"

#include "dashboard/http/peer.h"

#include <string.h>

static void test_lists(void **state)
{
        (void)state;
        assert_null(peer_check("127.0.0.1"));
        assert_null(peer_check("127.0.0.1 ::1"));
        assert_null(peer_check(" 10.0.0.1,fd00::1 , 10.0.0.2 "));
        assert_non_null(peer_check(""));
        assert_non_null(peer_check(" , "));
        assert_non_null(peer_check("localhost"));
        assert_non_null(peer_check("10.0.0.0/8"));
        assert_non_null(peer_check("127.0.0.1 [::1]"));
}

static void test_trusted(void **state)
{
        (void)state;
        assert_true(peer_is_trusted("127.0.0.1 ::1", "127.0.0.1"));
        assert_true(peer_is_trusted("127.0.0.1, fd00::1", "fd00:0:0::1"));
        assert_false(peer_is_trusted("127.0.0.1 ::1", "127.0.0.2"));
        assert_false(peer_is_trusted("127.0.0.1", "127.0.0.11"));
        assert_false(peer_is_trusted("10.0.0.1", ""));
}

static void assert_hop(const char *hops, const char *wanted)
{
        char address[WEB_ADDRESS_MAX] = "as before";
        assert_int_equal(peer_forwarded(hops, address), strcmp(wanted, "as before") != 0);
        assert_string_equal(address, wanted);
}

static void test_the_last_hop_counts(void **state)
{
        (void)state;
        assert_hop("10.1.1.1", "10.1.1.1");
        assert_hop("10.9.9.9, 10.1.1.1", "10.1.1.1");
        assert_hop("10.9.9.9,fd00:0::1 ", "fd00::1");
}

static void test_what_is_no_address_is_nobody(void **state)
{
        (void)state;
        assert_hop(NULL, "as before");
        assert_hop("", "as before");
        assert_hop("10.1.1.1,", "as before");
        assert_hop("unknown", "as before");
        assert_hop("10.1.1.1, \xff\xfe", "as before");
        assert_hop("10.1.1.1, 10.1.1.1:80", "as before");
        assert_hop("11111111111111111111111111111111111111111111111111111111", "as before");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lists),
                cmocka_unit_test(test_trusted),
                cmocka_unit_test(test_the_last_hop_counts),
                cmocka_unit_test(test_what_is_no_address_is_nobody),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

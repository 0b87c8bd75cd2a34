/* Roles and areas, and how long whoever guesses waits. */
#include "tests/check.h"

#include "dashboard/access/role.h"
#include "dashboard/access/throttle.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000)

static void test_areas(void **state)
{
        (void)state;
        static const struct {
                const char *area;
                bool is_good;
        } cases[] = {
                { "", true },
                { "acme", true },
                { "acme/hq", true },
                { "a/b/c-1", true },
                { "a/b/c/d", false },
                { "/", false },
                { "acme/", false },
                { "/acme", false },
                { "a//b", false },
                { "Acme", false },
                { "a b", false },
                { "a/+", false },
                { "..", false },
                { "acme/#", false },
                { "a123456789a123456789a123456789a123", false },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_int_equal(area_is_good(cases[i].area), cases[i].is_good);
}

static void test_contains(void **state)
{
        (void)state;
        assert_true(area_contains("", "acme/hq/gate-1"));
        assert_true(area_contains("acme", "acme"));
        assert_true(area_contains("acme/hq", "acme/hq/gate-1"));
        assert_false(area_contains("acme/h", "acme/hq/gate-1"));
        assert_false(area_contains("acme/hq", "acme"));
        assert_false(area_contains("acme", ""));
}

static void test_rights(void **state)
{
        (void)state;
        const struct principal who = {
                .grants = { { ROLE_GUARD, "acme/hq" }, { ROLE_MANAGER, "other" } }, .grant_count = 2
        };
        const unsigned guard = 1U << ROLE_GUARD, manager = 1U << ROLE_MANAGER;
        assert_true(principal_may(&who, guard, "acme/hq/gate-1"));
        assert_false(principal_may(&who, manager, "acme/hq/gate-1"));
        assert_true(principal_may(&who, guard | manager, "other/x"));
        assert_false(principal_may(&who, guard | manager, "acme"));
        assert_true(principal_has(&who, manager));
        assert_false(principal_has(&who, 1U << ROLE_AUDITOR));
        for (int i = 0; i < ROLES; i++) {
                enum role role;
                assert_true(role_parse(role_name((enum role)i), &role));
                assert_int_equal(role, i);
        }
}

static void test_waits(void **state)
{
        (void)state;
        static struct throttle throttle;
        static const int waits[] = { 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
        int64_t now = 1000 * SECOND;
        for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
                throttle_fail(&throttle, "mai", now);
                assert_int_equal(throttle_wait_s(&throttle, "mai", now), waits[i]);
                assert_int_equal(throttle_wait_s(&throttle, "an", now), 0);
                now += waits[i] * SECOND;
                assert_int_equal(throttle_wait_s(&throttle, "mai", now), 0);
        }
        /* After an hour it is another day; after the right password, too. */
        now += (THROTTLE_FORGET_S + 1) * SECOND;
        throttle_fail(&throttle, "mai", now);
        assert_int_equal(throttle_wait_s(&throttle, "mai", now), 0);
        for (int i = 0; i < 10; i++)
                throttle_fail(&throttle, "an", now);
        throttle_forget(&throttle, "an");
        assert_int_equal(throttle_wait_s(&throttle, "an", now), 0);
}

static void test_places(void **state)
{
        (void)state;
        static const struct {
                const char *address, *place;
        } cases[] = {
                { "", "" },
                { "10.0.0.1", "10.0.0.1" },
                { "::ffff:10.0.0.1", "::ffff:10.0.0.1" },
                { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
                { "2001:db8:1:2:ffff::1", "2001:db8:1:2::" },
                { "2001:db8:1:3::1", "2001:db8:1:3::" },
                { "fe80::1%eth0", "fe80::1%eth0" },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char place[THROTTLE_KEY_MAX];
                throttle_place(cases[i].address, place);
                assert_string_equal(place, cases[i].place);
        }
}

static void test_bounded(void **state)
{
        (void)state;
        static struct throttle throttle;
        for (int i = 0; i < 10; i++)
                throttle_fail(&throttle, "mai", SECOND);
        for (int i = 0; i < THROTTLE_KEYS; i++) {
                char key[32];
                snprintf(key, sizeof(key), "guess-%d", i);
                throttle_fail(&throttle, key, 2 * SECOND + i);
        }
        assert_int_equal(throttle_wait_s(&throttle, "mai", 2 * SECOND), 0);
        assert_int_equal(throttle.entry[0].failures, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                { "an area is a path of one to three names", test_areas, NULL, NULL, NULL },
                { "an area holds what is below it, by whole names", test_contains, NULL, NULL,
                  NULL },
                { "a role holds in its area only", test_rights, NULL, NULL, NULL },
                { "each failure after the fifth doubles the wait, to five minutes", test_waits,
                  NULL, NULL, NULL },
                { "of IPv6 a whole network waits", test_places, NULL, NULL, NULL },
                { "who failed longest ago makes room", test_bounded, NULL, NULL, NULL },
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

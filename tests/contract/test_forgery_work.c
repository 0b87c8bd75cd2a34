/* Forgery: the most that it can make a gate do, in time and in memory. How often a key is tried is
 * counted in tests/unit/test_site_pass.c. */
#include "tests/contract/pass_forgery.h"

/* The dearest that a forger can ask for: keys that share a kid are tried one after another. Real
 * ones never do, for a kid is a digest; here they are made to. */
static void a_kid_of_a_hundred_keys_costs_no_more_than_the_limit(void **state)
{
        struct forgery *forgery = *state;
        const struct maker *maker = &forgery->maker;
        struct trust *trust = trust_new();
        uint8_t kid[SITE_PASS_KID_LEN];
        struct site_pass pass;
        struct blob good = blob_of_text(forgery->pass);
        int64_t one_ns = forgery_cost(maker->trust, forgery->pass, strlen(forgery->pass), 20);
        maker_kid(maker->issuer[0], kid);
        for (int i = 0; i < 100; i++) {
                struct signing_key *key = maker_new_key(SIGNING_ED25519);
                maker_trust(trust, key, kid, TRUST_PASS, "one of a hundred");
                signing_key_free(key);
        }
        maker_trust(trust, maker->issuer[0], NULL, TRUST_PASS, "the one, and too late");
        assert_int_equal(blob_read(&good, trust, &pass), REASON_BAD_SIGNATURE);
        int64_t cost_ns = forgery_cost(trust, forgery->pass, strlen(forgery->pass), 20);
        print_message("# %d keys of one kid tried: %.1fx an honest pass (%.0f µs of CPU)\n",
                      TRUST_TRIES_MAX, (double)cost_ns / (double)one_ns, (double)cost_ns / 1000);
        trust_unref(trust);
}

static void a_thousand_forgeries_leave_no_memory_behind(void **state)
{
        struct forgery *forgery = *state;
        struct blob proven = blob_of_text(forgery->proven);
        size_t before = 0;
        for (size_t i = 0; i < 2100; i++) {
                size_t at = i % proven.len;
                if (i == 1100)
                        before = forgery_heap(); /* libcrypto has what it keeps */
                proven.bytes[at] ^= 0x10;
                forgery_try(forgery, &proven, "one of a thousand");
                proven.bytes[at] ^= 0x10;
        }
        size_t after = forgery_heap();
        print_message("# heap before %zu and after %zu bytes\n", before, after);
        assert_true(after <= before + 4096);
}

static int set_up(void **state)
{
        static struct forgery forgery;
        forgery_init(&forgery);
        *state = &forgery;
        return 0;
}

static int tear_down(void **state)
{
        forgery_deinit(*state);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_kid_of_a_hundred_keys_costs_no_more_than_the_limit),
                cmocka_unit_test(a_thousand_forgeries_leave_no_memory_behind),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* Passes that are not good any more: one by one, or all of a holder up to a moment. */
#include "tests/contract/store_registry.h"

#include <errno.h>

static struct registry_revocation of_pass(uint32_t number, int64_t at_us, int64_t until_us)
{
        struct registry_credential credential = store_credential(number, "");
        struct registry_revocation revocation = { .at_us = at_us, .until_us = until_us };
        memcpy(revocation.lookup, credential.lookup, FLOW_DIGEST_LEN);
        return revocation;
}

static struct registry_revocation of_holder(const char *holder, int64_t at_us, int64_t until_us)
{
        struct registry_revocation revocation = { .at_us = at_us, .until_us = until_us };
        (void)snprintf(revocation.holder, sizeof(revocation.holder), "%s", holder);
        return revocation;
}

static void put(struct registry *registry, struct registry_revocation revocation)
{
        assert_int_equal(registry_put_revocation(registry, &revocation), 0);
}

static bool is_revoked(struct registry *registry, uint32_t number, const char *holder,
                       int64_t issued_us)
{
        struct registry_match match;
        struct registry_credential credential = store_credential(number, "");
        struct pass_claims pass = { .issued_us = issued_us };
        const struct registry_question question = { .lookup = credential.lookup,
                                                    .pass = &pass,
                                                    .access_point = "north-in",
                                                    .local = &store_tuesday };
        (void)snprintf(pass.holder, sizeof(pass.holder), "%s", holder);
        assert_int_equal(registry_find(registry, &question, &match), 0);
        return match.is_revoked;
}

static void a_pass_is_revoked_by_its_lookup_alone(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_holder(registry, "an");
        put(registry, of_pass(1, 100, 0));
        registry_close(registry);
        registry = store_open_registry(*state);
        assert_true(is_revoked(registry, 1, "an", 500));
        assert_true(is_revoked(registry, 1, "nobody", 500));
        assert_false(is_revoked(registry, 2, "an", 500));
        assert_false(is_revoked(registry, 2, "nobody", 0));
        registry_close(registry);
}

static void all_passes_of_a_holder_issued_up_to_a_moment_are_revoked(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_holder(registry, "an");
        put(registry, of_holder("an", 100, 0));
        put(registry, of_holder("stranger", 100, 0));
        static const char *const holders[] = { "an", "stranger" };
        for (size_t i = 0; i < ARRAY_LEN(holders); i++) {
                assert_true(is_revoked(registry, 1, holders[i], 99));
                assert_true(is_revoked(registry, 1, holders[i], 100));
                assert_false(is_revoked(registry, 1, holders[i], 101));
                assert_true(is_revoked(registry, 1, holders[i], 0)); /* does not say when */
        }
        assert_false(is_revoked(registry, 1, "binh", 50));
        registry_close(registry);
}

/* A card is revoked as a credential; its holder's passes are another matter. */
static void a_card_is_not_revoked_with_the_passes(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_holder(registry, "an");
        store_enrol(registry, 1, "an");
        put(registry, of_holder("an", INT64_MAX, 0));
        assert_false(store_find(registry, 1, "north-in").is_revoked);
        struct registry_credential card = store_credential(1, "an");
        assert_int_equal(registry_revoke(registry, card.lookup, 7), 0);
        assert_true(store_find(registry, 1, "north-in").is_revoked);
        registry_close(registry);
}

static void a_second_revocation_takes_nothing_from_the_first(void **state)
{
        struct registry *registry = store_open_registry(*state);
        put(registry, of_holder("an", 100, 0));
        put(registry, of_holder("an", 50, 900));
        assert_true(is_revoked(registry, 1, "an", 100));
        assert_int_equal(registry_trim_revocations(registry, INT64_MAX), 0);
        put(registry, of_holder("an", 200, 0));
        assert_true(is_revoked(registry, 1, "an", 200));
        struct registry_revocation back[2];
        assert_int_equal(registry_revocations(registry, NULL, back, 2), 1);
        assert_int_equal(back[0].at_us, 200);
        assert_int_equal(back[0].until_us, 0);
        registry_close(registry);
}

static void trimming_forgets_those_that_ended(void **state)
{
        struct registry *registry = store_open_registry(*state);
        put(registry, of_pass(1, 10, 100));
        put(registry, of_pass(2, 10, 200));
        put(registry, of_pass(3, 10, 0));
        put(registry, of_holder("an", 10, 100));
        assert_int_equal(registry_trim_revocations(registry, 100), 0);
        assert_int_equal(registry_trim_revocations(registry, 101), 2);
        assert_int_equal(registry_trim_revocations(registry, 101), 0);
        assert_false(is_revoked(registry, 1, "an", 5));
        assert_true(is_revoked(registry, 2, "an", 5));
        assert_true(is_revoked(registry, 3, "an", 5));
        registry_close(registry);
}

static void revocations_are_listed_by_lookup_and_holder(void **state)
{
        enum {
                PASSES = 20,
                PAGE = 3
        };
        struct registry *registry = store_open_registry(*state);
        for (uint32_t i = 0; i < PASSES; i++)
                put(registry, of_pass(i, i, 0));
        put(registry, of_holder("binh", 1, 2));
        put(registry, of_holder("an", 3, 4));
        struct registry_revocation rows[PAGE], last = { .at_us = 0 };
        int seen = 0, count = 0;
        while ((count = registry_revocations(registry, seen ? &last : NULL, rows, PAGE)) > 0) {
                for (int i = 0; i < count; i++, last = rows[i - 1]) {
                        int order = memcmp(rows[i].lookup, last.lookup, FLOW_DIGEST_LEN);
                        assert_true(order > 0 ||
                                    (order == 0 && strcmp(rows[i].holder, last.holder) > 0));
                }
                if (seen == 0)
                        assert_string_equal(rows[0].holder, "an");
                seen += count;
        }
        assert_int_equal(count, 0);
        assert_int_equal(seen, PASSES + 2);
        registry_close(registry);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_pass_is_revoked_by_its_lookup_alone),
                IN_FOLDER(all_passes_of_a_holder_issued_up_to_a_moment_are_revoked),
                IN_FOLDER(a_card_is_not_revoked_with_the_passes),
                IN_FOLDER(a_second_revocation_takes_nothing_from_the_first),
                IN_FOLDER(trimming_forgets_those_that_ended),
                IN_FOLDER(revocations_are_listed_by_lookup_and_holder),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

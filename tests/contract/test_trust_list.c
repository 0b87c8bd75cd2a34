/* Trust lists: written, read, refused; and health certificates by who is in one. */
#include "tests/contract/health_maker.h"

#include "controller/validate/trust_list_write.h"

#include <errno.h>

static const struct trust_list_info about = { .issuer = "Ministry",
                                              .issued_us = INT64_C(1650000000000000),
                                              .expires_us = INT64_C(1690000000000000) };

struct bench {
        struct signing_key *issuer, *stranger, *signer;
        struct trust *issuers, *into;
        uint8_t der[512];
        struct trust_list_key key;
        uint8_t *bytes;
        size_t len;
        struct made made;
        struct health_cert_scratch scratch;
};

static void trust_issuer(struct trust *trust, const struct signing_key *key)
{
        uint8_t der[512];
        struct signature_key *public = NULL;
        struct signature_key_info info;
        int len = signing_key_public(key, der, sizeof(der));
        assert_true(len > 0);
        assert_int_equal(signature_key_read(der, (size_t)len, &public, &info), 0);
        assert_int_equal(trust_add(trust, public, &info, TRUST_PASS, "hr.pem"), 0);
}

static int set_up(void **state)
{
        struct bench *bench = calloc(1, sizeof(*bench));
        assert_non_null(bench);
        assert_int_equal(signing_key_new(SIGNING_ED25519, &bench->issuer), 0);
        assert_int_equal(signing_key_new(SIGNING_ED25519, &bench->stranger), 0);
        assert_int_equal(signing_key_new(SIGNING_P256, &bench->signer), 0);
        bench->issuers = trust_new();
        bench->into = trust_new();
        trust_issuer(bench->issuers, bench->issuer);
        int len = signing_key_public(bench->signer, bench->der, sizeof(bench->der));
        assert_true(len > 0);
        bench->key = (struct trust_list_key){ bench->der, (size_t)len };
        assert_int_equal(
                trust_list_write(&about, &bench->key, 1, bench->issuer, &bench->bytes, &bench->len),
                0);
        *state = bench;
        return 0;
}

static int tear_down(void **state)
{
        struct bench *bench = *state;
        signing_key_free(bench->issuer);
        signing_key_free(bench->stranger);
        signing_key_free(bench->signer);
        trust_unref(bench->issuers);
        trust_unref(bench->into);
        free(bench->bytes);
        free(bench);
        return 0;
}

static enum trust_list_answer read_list(struct bench *bench, struct trust_list_info *info)
{
        return trust_list_read(bench->bytes, bench->len, bench->issuers, bench->into, info);
}

static enum reason read_certificate(struct bench *bench, struct health_cert *cert)
{
        maker_make(&bench->made, &(struct recipe){ .key = bench->signer });
        return health_cert_read(bench->made.text, bench->made.len, bench->into, &bench->scratch,
                                cert, NULL);
}

static void a_list_by_a_trusted_issuer_brings_its_keys(void **state)
{
        struct bench *bench = *state;
        struct trust_list_info info;
        struct health_cert cert;
        assert_int_equal(read_certificate(bench, &cert), REASON_UNTRUSTED_ISSUER);
        assert_int_equal(read_list(bench, &info), TRUST_LIST_GOOD);
        assert_string_equal(info.issuer, "Ministry");
        assert_string_equal(info.signer, "hr.pem");
        assert_int_equal(info.issued_us, about.issued_us);
        assert_int_equal(info.expires_us, about.expires_us);
        assert_int_equal(info.count, 1);
        assert_int_equal(info.skipped, 0);
        assert_int_equal(trust_count(bench->into, TRUST_HEALTH), 1);
        assert_int_equal(trust_count(bench->into, TRUST_PASS), 0);
        assert_int_equal(read_certificate(bench, &cert), REASON_NONE);
        assert_string_equal(cert.signer, "Ministry");
}

static void nothing_is_good_for_longer_than_its_list(void **state)
{
        struct bench *bench = *state;
        struct health_cert cert;
        assert_int_equal(read_list(bench, NULL), TRUST_LIST_GOOD);
        assert_int_equal(read_certificate(bench, &cert), REASON_NONE);
        assert_int_equal(cert.expires_us, INT64_C(1700000000000000));
        assert_int_equal(cert.until_us, about.expires_us + 1);
}

static void a_list_may_be_for_ever(void **state)
{
        struct bench *bench = *state;
        struct trust_list_info info = about;
        struct health_cert cert;
        info.expires_us = 0;
        free(bench->bytes);
        assert_int_equal(
                trust_list_write(&info, &bench->key, 1, bench->issuer, &bench->bytes, &bench->len),
                0);
        assert_int_equal(read_list(bench, &info), TRUST_LIST_GOOD);
        assert_int_equal(info.expires_us, 0);
        assert_int_equal(read_certificate(bench, &cert), REASON_NONE);
        assert_int_equal(cert.until_us, cert.expires_us + 1);
}

static void a_list_may_be_read_into_the_trust_that_verifies_it(void **state)
{
        struct bench *bench = *state;
        assert_int_equal(
                trust_list_read(bench->bytes, bench->len, bench->issuers, bench->issuers, NULL),
                TRUST_LIST_GOOD);
        assert_int_equal(trust_count(bench->issuers, TRUST_PASS), 1);
        assert_int_equal(trust_count(bench->issuers, TRUST_HEALTH), 1);
}

static void a_list_by_a_stranger_brings_nothing(void **state)
{
        struct bench *bench = *state;
        struct trust *nobody = trust_new(), *other = trust_new();
        struct trust_list list;
        trust_issuer(other, bench->stranger);
        assert_int_equal(trust_list_read(bench->bytes, bench->len, NULL, bench->into, NULL),
                         TRUST_LIST_UNTRUSTED);
        assert_int_equal(trust_list_read(bench->bytes, bench->len, nobody, bench->into, NULL),
                         TRUST_LIST_UNTRUSTED);
        /* A bare key is tried whatever its kid. */
        assert_int_equal(trust_list_read(bench->bytes, bench->len, other, bench->into, NULL),
                         TRUST_LIST_FORGED);
        assert_int_equal(trust_count(bench->into, TRUST_HEALTH), 0);
        assert_int_equal(trust_list_open(bench->bytes, bench->len, NULL, &list),
                         TRUST_LIST_UNTRUSTED);
        assert_int_equal(list.left, 1);
        trust_unref(nobody);
        trust_unref(other);
}

static void a_signer_of_health_certificates_signs_no_list(void **state)
{
        struct bench *bench = *state;
        struct trust *trust = trust_new();
        const struct signature_key_info info = { .usage = 0 };
        maker_trust(trust, bench->issuer, &info, "health only");
        assert_int_equal(trust_list_read(bench->bytes, bench->len, trust, bench->into, NULL),
                         TRUST_LIST_UNTRUSTED);
        trust_unref(trust);
}

static void no_byte_of_it_can_be_changed_or_cut(void **state)
{
        struct bench *bench = *state;
        for (size_t i = 0; i < 8 * bench->len; i++) {
                bench->bytes[i / 8] ^= (uint8_t)(1 << i % 8);
                if (read_list(bench, NULL) == TRUST_LIST_GOOD)
                        fail_msg("bit %zu of byte %zu", i % 8, i / 8);
                bench->bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        }
        for (size_t len = 0; len < bench->len; len++)
                assert_int_not_equal(
                        trust_list_read(bench->bytes, len, bench->issuers, bench->into, NULL),
                        TRUST_LIST_GOOD);
        assert_int_equal(trust_count(bench->into, TRUST_HEALTH), 0);
}

static void keys_that_are_none_are_counted_and_left_out(void **state)
{
        struct bench *bench = *state;
        struct trust_list_info info;
        const struct trust_list_key keys[] = { { (const uint8_t *)"junk", 4 }, bench->key };
        free(bench->bytes);
        assert_int_equal(
                trust_list_write(&about, keys, 2, bench->issuer, &bench->bytes, &bench->len), 0);
        assert_int_equal(read_list(bench, &info), TRUST_LIST_GOOD);
        assert_int_equal(info.count, 2);
        assert_int_equal(info.skipped, 1);
        assert_int_equal(trust_count(bench->into, TRUST_HEALTH), 1);
}

static void a_full_list_is_read_and_a_fuller_one_not_written(void **state)
{
        struct bench *bench = *state;
        struct trust_list_info info;
        struct trust_list_key *keys = calloc(TRUST_LIST_KEYS_MAX + 1, sizeof(*keys));
        assert_non_null(keys);
        for (size_t i = 0; i <= TRUST_LIST_KEYS_MAX; i++)
                keys[i] = bench->key;
        free(bench->bytes);
        bench->bytes = NULL;
        assert_int_equal(trust_list_write(&about, keys, TRUST_LIST_KEYS_MAX + 1, bench->issuer,
                                          &bench->bytes, &bench->len),
                         -E2BIG);
        assert_int_equal(trust_list_write(&about, keys, TRUST_LIST_KEYS_MAX, bench->issuer,
                                          &bench->bytes, &bench->len),
                         0);
        assert_int_equal(read_list(bench, &info), TRUST_LIST_GOOD);
        assert_int_equal(trust_count(bench->into, TRUST_HEALTH), TRUST_LIST_KEYS_MAX);
        assert_int_equal(read_list(bench, &info), TRUST_LIST_NO_ROOM);
        free(keys);
}

static void a_list_needs_keys_and_an_issuer_of_the_right_kind(void **state)
{
        struct bench *bench = *state;
        uint8_t *bytes = NULL;
        size_t len = 0;
        assert_int_equal(trust_list_write(&about, &bench->key, 0, bench->issuer, &bytes, &len),
                         -EINVAL);
        assert_int_equal(trust_list_write(&about, &bench->key, 1, bench->signer, &bytes, &len),
                         -EINVAL);
        assert_null(bytes);
}

/* Claims as JSON, signed as a list is. */
static enum trust_list_answer read_claims(struct bench *bench, const char *claims)
{
        struct recipe recipe = { .key = bench->issuer,
                                 .claims = claims,
                                 .protected_header = "{\"1\":-8}" };
        maker_make(&bench->made, &recipe);
        return trust_list_read(bench->made.cose, bench->made.cose_len, bench->issuers, bench->into,
                               NULL);
}

static void claims_that_are_no_lists_are_damaged(void **state)
{
        struct bench *bench = *state;
        static const char *const claims[] = {
                "{\"1\":\"a\",\"6\":1650000000}",
                "{\"1\":\"a\",\"6\":1650000000,\"-65550\":[]}",
                "{\"1\":\"a\",\"-65550\":[\"hex:00\"]}",
                "{\"1\":\"a\",\"6\":1650000000,\"-65550\":[7]}",
                "{\"1\":\"a\",\"6\":1650000000,\"-65550\":[[\"hex:00\"]]}",
                "{\"1\":\"a\",\"6\":1650000000,\"-65550\":\"hex:00\"}",
                "{\"1\":\"a\",\"6\":1650000000,\"-65550\":[\"hex:00\"],\"-65550#\":[\"hex:00\"]}",
                "[]",
        };
        for (size_t i = 0; i < ARRAY_LEN(claims); i++)
                assert_int_equal(read_claims(bench, claims[i]), TRUST_LIST_DAMAGED);
        assert_int_equal(read_claims(bench, "{\"1\":\"a\",\"6\":1650000000,\"-65550\":[\"hex:00\"],"
                                            "\"-1\":{\"x\":[1]}}"),
                         TRUST_LIST_GOOD);
        assert_int_equal(trust_count(bench->into, TRUST_HEALTH), 0);
}

static void only_eddsa_in_the_protected_header_signs_a_list(void **state)
{
        struct bench *bench = *state;
        static const char claims[] = "{\"1\":\"a\",\"6\":1650000000,\"-65550\":[\"hex:00\"]}";
        static const char *const headers[] = { "{}", "{\"1\":-7}", "{\"1\":5}",
                                               "{\"1\":\"none\"}" };
        for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
                maker_make(&bench->made, &(struct recipe){ .key = bench->issuer,
                                                           .claims = claims,
                                                           .protected_header = headers[i],
                                                           .unprotected = "{\"1\":-8}" });
                assert_int_equal(trust_list_read(bench->made.cose, bench->made.cose_len,
                                                 bench->issuers, bench->into, NULL),
                                 TRUST_LIST_DAMAGED);
        }
}

static void every_refusal_has_its_words(void **state)
{
        (void)state;
        for (enum trust_list_answer i = TRUST_LIST_GOOD; i <= TRUST_LIST_NO_ROOM; i++)
                assert_string_not_equal(trust_list_words(i), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_list_by_a_trusted_issuer_brings_its_keys),
                TEST(nothing_is_good_for_longer_than_its_list),
                TEST(a_list_may_be_for_ever),
                TEST(a_list_may_be_read_into_the_trust_that_verifies_it),
                TEST(a_list_by_a_stranger_brings_nothing),
                TEST(a_signer_of_health_certificates_signs_no_list),
                TEST(no_byte_of_it_can_be_changed_or_cut),
                TEST(keys_that_are_none_are_counted_and_left_out),
                TEST(a_full_list_is_read_and_a_fuller_one_not_written),
                TEST(a_list_needs_keys_and_an_issuer_of_the_right_kind),
                TEST(claims_that_are_no_lists_are_damaged),
                TEST(only_eddsa_in_the_protected_header_signs_a_list),
                TEST(every_refusal_has_its_words),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Health certificates: read, verified, and held to what they must be, with keys of our own. */
#include "tests/contract/health_maker.h"

static const struct signature_key_info signer = { .kid = { 1, 2, 3, 4, 5, 6, 7, 8 },
                                                  .is_certificate = true,
                                                  .from_us = INT64_C(1600000000000000),
                                                  .until_us = INT64_C(1800000000000000) };

struct bench {
        struct signing_key *key, *other;
        struct trust *trust;
        struct made made;
        struct health_cert_scratch scratch;
        struct health_cert cert;
        const char *step;
};

static int set_up(void **state)
{
        struct bench *bench = calloc(1, sizeof(*bench));
        assert_non_null(bench);
        assert_int_equal(signing_key_new(SIGNING_P256, &bench->key), 0);
        assert_int_equal(signing_key_new(SIGNING_P256, &bench->other), 0);
        bench->trust = trust_new();
        maker_trust(bench->trust, bench->key, &signer, "signer");
        *state = bench;
        return 0;
}

static int tear_down(void **state)
{
        struct bench *bench = *state;
        signing_key_free(bench->key);
        signing_key_free(bench->other);
        trust_unref(bench->trust);
        free(bench);
        return 0;
}

static enum reason read_text(struct bench *bench, const char *text, size_t len)
{
        return health_cert_read(text, len, bench->trust, &bench->scratch, &bench->cert,
                                &bench->step);
}

static enum reason read_recipe(struct bench *bench, struct recipe recipe)
{
        if (!recipe.key)
                recipe.key = bench->key;
        maker_make(&bench->made, &recipe);
        return read_text(bench, bench->made.text, bench->made.len);
}

static enum reason read_claims(struct bench *bench, const char *claims)
{
        return read_recipe(bench, (struct recipe){ .claims = claims });
}

static void expect(struct bench *bench, struct recipe recipe, enum reason reason, const char *step)
{
        assert_int_equal(read_recipe(bench, recipe), reason);
        if (step)
                assert_string_equal(bench->step, step);
        else
                assert_null(bench->step);
}

static void a_vaccination_by_a_trusted_signer_is_read(void **state)
{
        struct bench *bench = *state;
        const struct health_cert *cert = &bench->cert;
        expect(bench, (struct recipe){ .claims = NULL }, REASON_NONE, NULL);
        assert_int_equal(cert->alg, SIGNATURE_ES256);
        assert_int_equal(cert->kid_len, 8);
        assert_string_equal(cert->issuer, "VN");
        assert_string_equal(cert->signer, "signer");
        assert_int_equal(cert->kind, HEALTH_CERT_VACCINATION);
        assert_int_equal(cert->kinds, 1);
        assert_string_equal(cert->version, "1.3.0");
        assert_string_equal(cert->surname, "Nguyễn");
        assert_string_equal(cert->forename, "Văn Mẫu");
        assert_string_equal(cert->surname_icao, "NGUYEN");
        assert_string_equal(cert->forename_icao, "VAN<MAU");
        assert_string_equal(cert->born, "1988-02-01");
        assert_string_equal(cert->id, "URN:UVCI:01:VN:1");
        assert_string_equal(cert->country, "VN");
        assert_string_equal(cert->date, "2021-06-11");
        assert_int_equal(cert->dose, 2);
        assert_int_equal(cert->doses, 3);
        assert_int_equal(cert->from_us, INT64_C(1650000000000000));
        assert_int_equal(cert->expires_us, INT64_C(1700000000000000));
        assert_false(cert->is_outside_signer || cert->has_bad_schema || cert->has_bad_usage);
}

static void tests_and_recoveries_are_read(void **state)
{
        struct bench *bench = *state;
        expect(bench,
               (struct recipe){
                       .claims = MAKER_CLAIMS(MAKER_DCC(
                               MAKER_NAMES, "\"1988-02-01\"",
                               "\"t\":[{\"tg\":\"840539006\",\"tt\":\"LP6464-4\",\"sc\":"
                               "\"2021-06-11T10:00:00Z\",\"tr\":\"260415000\",\"co\":\"VN\","
                               "\"is\":\"Test\",\"ci\":\"T1\"}]")) },
               REASON_NONE, NULL);
        assert_int_equal(bench->cert.kind, HEALTH_CERT_TEST);
        assert_string_equal(bench->cert.date, "2021-06-11T10:00:00Z");
        expect(bench,
               (struct recipe){
                       .claims = MAKER_CLAIMS(MAKER_DCC(
                               MAKER_NAMES, "\"1988-02-01\"",
                               "\"r\":[{\"tg\":\"840539006\",\"fr\":\"2021-06-11\",\"co\":\"VN\","
                               "\"is\":\"Test\",\"df\":\"2021-07-01\",\"du\":\"2021-12-01\","
                               "\"ci\":\"R1\"}]")) },
               REASON_NONE, NULL);
        assert_int_equal(bench->cert.kind, HEALTH_CERT_RECOVERY);
        assert_string_equal(bench->cert.id, "R1");
}

static void tags_may_be_missing_or_say_cwt_and_no_other(void **state)
{
        struct bench *bench = *state;
        static const char *const good[] = { "", "d2", "d83dd2", "d83d" };
        static const char *const bad[] = { "d862", "d1", "d2d2", "d2d83d", "d903e6" };
        for (size_t i = 0; i < ARRAY_LEN(good); i++)
                expect(bench, (struct recipe){ .tags = good[i] }, REASON_NONE, NULL);
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                expect(bench, (struct recipe){ .tags = bad[i] }, REASON_UNREADABLE, "cose");
}

static void alg_and_kid_may_be_unprotected(void **state)
{
        struct bench *bench = *state;
        expect(bench,
               (struct recipe){ .protected_header = "{}",
                                .unprotected = "{\"1\":-7,\"4\":\"hex:0102030405060708\"}" },
               REASON_NONE, NULL);
        expect(bench,
               (struct recipe){ .protected_header = "{\"4\":\"hex:0102030405060708\"}",
                                .unprotected = "{\"1\":-7}" },
               REASON_NONE, NULL);
}

static void the_protected_kid_wins(void **state)
{
        struct bench *bench = *state;
        expect(bench,
               (struct recipe){ .unprotected = "{\"1\":-37,\"4\":\"hex:ffffffffffffffff\"}" },
               REASON_NONE, NULL);
        expect(bench,
               (struct recipe){ .protected_header = "{\"1\":-7,\"4\":\"hex:ffffffffffffffff\"}",
                                .unprotected = "{\"4\":\"hex:0102030405060708\"}" },
               REASON_UNTRUSTED_ISSUER, "key");
        expect(bench, (struct recipe){ .protected_header = "{\"1\":-7,\"4\":\"hex:666f6f\"}" },
               REASON_UNTRUSTED_ISSUER, "key");
        expect(bench, (struct recipe){ .protected_header = "{\"1\":-7}" }, REASON_UNTRUSTED_ISSUER,
               "key");
}

static void only_es256_and_ps256_are_taken(void **state)
{
        struct bench *bench = *state;
        static const char *const headers[] = {
                "{\"1\":-37,\"4\":\"hex:0102030405060708\"}", /* PS256 with an EC key */
                "{\"1\":-8,\"4\":\"hex:0102030405060708\"}",
                "{\"1\":-35,\"4\":\"hex:0102030405060708\"}",
                "{\"1\":5,\"4\":\"hex:0102030405060708\"}", /* HMAC */
                "{\"1\":0,\"4\":\"hex:0102030405060708\"}",
                "{\"1\":\"none\",\"4\":\"hex:0102030405060708\"}",
                "{\"4\":\"hex:0102030405060708\"}",
        };
        for (size_t i = 0; i < ARRAY_LEN(headers); i++)
                expect(bench, (struct recipe){ .protected_header = headers[i] },
                       REASON_BAD_SIGNATURE, "signature");
}

static void a_stranger_is_not_believed(void **state)
{
        struct bench *bench = *state;
        expect(bench, (struct recipe){ .key = bench->other }, REASON_BAD_SIGNATURE, "signature");
        assert_string_equal(bench->cert.signer, "");
        bench->trust = trust_unref(bench->trust);
        expect(bench, (struct recipe){ .claims = NULL }, REASON_UNTRUSTED_ISSUER, "key");
        bench->trust = trust_new();
        expect(bench, (struct recipe){ .claims = NULL }, REASON_UNTRUSTED_ISSUER, "key");
}

static void every_key_of_a_kid_is_tried_up_to_a_bound(void **state)
{
        struct bench *bench = *state;
        trust_unref(bench->trust);
        bench->trust = trust_new();
        for (int i = 0; i < TRUST_TRIES_MAX - 1; i++)
                maker_trust(bench->trust, bench->other, &signer, "other");
        maker_trust(bench->trust, bench->key, &signer, "last");
        expect(bench, (struct recipe){ .claims = NULL }, REASON_NONE, NULL);
        assert_string_equal(bench->cert.signer, "last");
        trust_unref(bench->trust);
        bench->trust = trust_new();
        for (int i = 0; i < TRUST_TRIES_MAX; i++)
                maker_trust(bench->trust, bench->other, &signer, "other");
        maker_trust(bench->trust, bench->key, &signer, "too late");
        expect(bench, (struct recipe){ .claims = NULL }, REASON_BAD_SIGNATURE, "signature");
}

static enum reason read_with_usage(struct bench *bench, unsigned int usage)
{
        struct signature_key_info info = signer;
        info.usage = usage;
        trust_unref(bench->trust);
        bench->trust = trust_new();
        maker_trust(bench->trust, bench->key, &info, "limited");
        return read_claims(bench, MAKER_VACCINATION);
}

static void a_signer_signs_only_what_it_may(void **state)
{
        struct bench *bench = *state;
        struct signature_key_info info = signer;
        assert_int_equal(read_with_usage(bench, SIGNATURE_USAGE_VACCINATION), REASON_NONE);
        assert_int_equal(read_with_usage(bench, SIGNATURE_USAGE_TEST | SIGNATURE_USAGE_VACCINATION),
                         REASON_NONE);
        assert_int_equal(read_with_usage(bench, SIGNATURE_USAGE_OTHER), REASON_BAD_SIGNATURE);
        assert_string_equal(bench->step, "usage");
        assert_int_equal(read_with_usage(bench, SIGNATURE_USAGE_TEST | SIGNATURE_USAGE_RECOVERY),
                         REASON_BAD_SIGNATURE);
        assert_true(bench->cert.has_bad_usage);
        assert_string_equal(bench->cert.signer, "limited");
        /* The same key under another certificate that may. */
        info.usage = SIGNATURE_USAGE_VACCINATION;
        maker_trust(bench->trust, bench->key, &info, "renewed");
        expect(bench, (struct recipe){ .claims = NULL }, REASON_NONE, NULL);
        assert_string_equal(bench->cert.signer, "renewed");
}

static void a_certificate_is_good_only_while_its_signer_is(void **state)
{
        struct bench *bench = *state;
        struct signature_key_info info = signer;
        expect(bench, (struct recipe){ .claims = NULL }, REASON_NONE, NULL);
        /* exp is the last moment that is good (eu-dcc-hcert-spec 3.3.2). */
        assert_int_equal(bench->cert.until_us, INT64_C(1700000000000001));
        trust_unref(bench->trust);
        bench->trust = trust_new();
        info.from_us = INT64_C(1660000000000000);
        info.until_us = INT64_C(1690000000000000);
        maker_trust(bench->trust, bench->key, &info, "short");
        expect(bench, (struct recipe){ .claims = NULL }, REASON_NONE, NULL);
        assert_true(bench->cert.is_outside_signer);
        assert_int_equal(bench->cert.from_us, info.from_us);
        assert_int_equal(bench->cert.until_us, info.until_us + 1);
        assert_int_equal(bench->cert.issued_us, INT64_C(1650000000000000));
        assert_int_equal(bench->cert.expires_us, INT64_C(1700000000000000));
}

static void times_may_be_floats(void **state)
{
        struct bench *bench = *state;
        static const char claims[] = "{\"1\":\"VN\",\"-260\":{\"1\":" MAKER_DCC(
                MAKER_NAMES, "\"1988-02-01\"",
                "\"v\":[" MAKER_ENTRY "]") "},\"4\":1700000000.25,\"6\":1650000000.5}";
        expect(bench, (struct recipe){ .claims = claims }, REASON_NONE, NULL);
        assert_int_equal(bench->cert.from_us, INT64_C(1650000000500000));
        assert_int_equal(bench->cert.expires_us, INT64_C(1700000000250000));
}

static void lengths_may_be_indefinite(void **state)
{
        struct bench *bench = *state;
        expect(bench, (struct recipe){ .is_indefinite = true }, REASON_NONE, NULL);
        assert_string_equal(bench->cert.surname, "Nguyễn");
        assert_int_equal(bench->cert.doses, 3);
}

static void claims_that_are_missing_or_no_claims_make_it_unreadable(void **state)
{
        struct bench *bench = *state;
        static const struct {
                const char *claims, *step;
        } cases[] = {
                { "{\"1\":\"VN\",\"4\":1700000000,\"6\":1650000000}", "dcc" },
                { "{\"4\":1700000000,\"-260\":{\"1\":{}}}", "cwt" },
                { "{\"6\":1650000000,\"-260\":{\"1\":{}}}", "cwt" },
                { "{\"4\":-1,\"6\":1650000000,\"-260\":{\"1\":{}}}", "cwt" },
                { "{\"4\":\"soon\",\"6\":1650000000,\"-260\":{\"1\":{}}}", "cwt" },
                { "[1,2]", "cwt" },
                { "{\"4\":1700000000,\"4#\":1800000000,\"6\":1650000000}", "cwt" },
                { MAKER_CLAIMS("7"), "dcc" },
                { MAKER_CLAIMS("\"hex:ffff\""), "dcc" },
                { "{\"4\":1700000000,\"6\":1650000000,\"-260\":{\"2\":{}}}", "dcc" },
                { "{\"4\":1700000000,\"6\":1650000000,\"-260\":{\"1\":{},\"1#\":{}}}", "dcc" },
                { "{\"4\":1700000000,\"6\":1650000000,\"-260\":{}}", "dcc" },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                expect(bench, (struct recipe){ .claims = cases[i].claims }, REASON_UNREADABLE,
                       cases[i].step);
}

static void a_key_said_twice_makes_it_unreadable(void **state)
{
        struct bench *bench = *state;
        static const char *const claims[] = {
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       "\"v\":[" MAKER_ENTRY "],\"v#\":[]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       "\"dob#\":\"1990-01-01\",\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC("{\"fn\":\"A\",\"fnt\":\"A\",\"fn#\":\"B\"}",
                                       "\"1988-02-01\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       "\"v\":[{\"ci\":\"A\",\"ci#\":\"B\"}]")),
        };
        for (size_t i = 0; i < ARRAY_LEN(claims); i++)
                expect(bench, (struct recipe){ .claims = claims[i] }, REASON_UNREADABLE, "dcc");
}

#define ENTRY_WITH(date, dose, id)                                                                 \
        "\"v\":[{\"tg\":\"1\",\"vp\":\"1\",\"mp\":\"1\",\"ma\":\"1\",\"dn\":" dose                 \
        ",\"sd\":2,\"dt\":" date ",\"co\":\"VN\",\"is\":\"1\",\"ci\":" id "}]"

static void what_breaks_the_schema_is_signed_and_refused(void **state)
{
        struct bench *bench = *state;
        static const char *const claims[] = {
                MAKER_CLAIMS("{\"ver\":\"1.3.0\",\"nam\":{}}"),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"", "\"v\":[]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"", "\"v\":7")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"", "\"v\":[7]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"", "\"v\":[{}]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       "\"v\":[" MAKER_ENTRY "],\"r\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       ENTRY_WITH("\"2021-02-30\"", "1", "\"A\""))),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       ENTRY_WITH("\"spring\"", "1", "\"A\""))),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       ENTRY_WITH("\"2021-02-03\"", "-1", "\"A\""))),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       ENTRY_WITH("\"2021-02-03\"", "1000", "\"A\""))),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       ENTRY_WITH("\"2021-02-03\"", "1", "\"\""))),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1815-08-24\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"2023-01-01\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-13\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-31\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01x\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "null", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(
                        MAKER_DCC("{\"fn\":\"A\"}", "\"1988-02-01\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC("{\"fn\":\"A\",\"fnt\":\"A\",\"gn\":\"B\",\"gnt\":\"\"}",
                                       "\"1988-02-01\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS("{\"ver\":\"one\",\"nam\":" MAKER_NAMES
                             ",\"dob\":\"1988\",\"v\":[" MAKER_ENTRY "]}"),
        };
        for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
                expect(bench, (struct recipe){ .claims = claims[i] }, REASON_UNREADABLE, "schema");
                assert_true(bench->cert.has_bad_schema);
                assert_string_equal(bench->cert.signer, "signer");
        }
}

static void what_issuers_really_write_is_taken(void **state)
{
        struct bench *bench = *state;
        static const char *const claims[] = {
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1963\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1963-00\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1964-01\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1904-02-29\"", "\"v\":[" MAKER_ENTRY "]")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1978-01-26T00:00:00\"",
                                       "\"v\":[" MAKER_ENTRY "],\"t\":[],\"r\":null")),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       "\"v\":[" MAKER_ENTRY "," MAKER_ENTRY
                                       "],\"meta\":{\"id\":[1,2,{\"a\":null}]}")),
                MAKER_CLAIMS(MAKER_DCC(
                        MAKER_NAMES, "\"1988-02-01\"",
                        ENTRY_WITH("{\"tag0\":\"2021-02-03T10:00:00Z\"}", "\"1\"", "\"A\""))),
                MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"",
                                       ENTRY_WITH("\"2021-02-03\"", "2.0", "\"A\""))),
                MAKER_CLAIMS(
                        MAKER_DCC("{\"fnt\":\"A\"}", "\"1988-02-01\"", "\"v\":[" MAKER_ENTRY "]")),
        };
        for (size_t i = 0; i < ARRAY_LEN(claims); i++)
                expect(bench, (struct recipe){ .claims = claims[i] }, REASON_NONE, NULL);
}

static void long_names_are_cut_between_characters(void **state)
{
        struct bench *bench = *state;
        char claims[2048], name[256] = "x";
        for (int i = 0; i < 80; i++)
                memcpy(name + 1 + 3 * i, "ễ", 4);
        snprintf(claims, sizeof(claims),
                 MAKER_CLAIMS(MAKER_DCC("{\"fn\":\"%s\",\"fnt\":\"A\"}", "\"1988-02-01\"",
                                        "\"v\":[" MAKER_ENTRY "]")),
                 name);
        expect(bench, (struct recipe){ .claims = claims }, REASON_NONE, NULL);
        assert_int_equal(strlen(bench->cert.surname), 1 + 3 * 42);
        assert_memory_equal(bench->cert.surname, name, 1 + 3 * 42);
}

static void names_are_in_one_form(void **state)
{
        struct bench *bench = *state;
        expect(bench,
               (struct recipe){ .claims = MAKER_CLAIMS(
                                        MAKER_DCC("{\"fn\":\"Nguye\u0302\u0303n\",\"fnt\":\"A\"}",
                                                  "\"1988-02-01\"", "\"v\":[" MAKER_ENTRY "]")) },
               REASON_NONE, NULL);
        assert_string_equal(bench->cert.surname, "Nguyễn");
}

static void wrappings_that_are_wrong_are_unreadable(void **state)
{
        struct bench *bench = *state;
        static const struct {
                const char *text, *step;
        } cases[] = { { "HC1:", "zlib" },      { "HC1:A", "base45" },   { "HC1:ABC", "zlib" },
                      { "HC1::::", "base45" }, { "HC1:abc", "base45" }, { "HC2:ABC", "base45" },
                      { "", "base45" } };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                assert_int_equal(read_text(bench, cases[i].text, strlen(cases[i].text)),
                                 REASON_UNREADABLE);
                assert_string_equal(bench->step, cases[i].step);
        }
        expect(bench, (struct recipe){ .is_plain = true }, REASON_UNREADABLE, "zlib");
        expect(bench, (struct recipe){ .behind = "00" }, REASON_UNREADABLE, "cose");
}

static void a_line_end_behind_is_no_part_of_it(void **state)
{
        struct bench *bench = *state;
        maker_make(&bench->made, &(struct recipe){ .key = bench->key });
        memcpy(bench->made.text + bench->made.len, "\r\n\0", 3);
        assert_int_equal(read_text(bench, bench->made.text, bench->made.len + 3), REASON_NONE);
}

static void a_zip_bomb_ends_at_the_cap(void **state)
{
        struct bench *bench = *state;
        static const size_t sizes[] = { HEALTH_CERT_PLAIN_MAX + 1, MAKER_BYTES_MAX };
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                memset(bench->made.cose, 0x84, sizes[i]);
                bench->made.cose_len = sizes[i];
                maker_pack(&bench->made, false);
                assert_int_equal(read_text(bench, bench->made.text, bench->made.len),
                                 REASON_UNREADABLE);
                assert_string_equal(bench->step, "zlib");
        }
}

/* A DCC whose key "x" holds the bomb. */
static enum reason read_bomb(struct bench *bench, const char *head_hex, size_t times)
{
        static uint8_t raw[MAKER_BYTES_MAX];
        uint8_t head[16];
        struct cbor_writer writer;
        size_t head_len = maker_hex(head_hex, head);
        cbor_writer_init(&writer, raw, sizeof(raw));
        cbor_put_map(&writer, 3);
        cbor_put_int(&writer, 4);
        cbor_put_int(&writer, 1700000000);
        cbor_put_int(&writer, 6);
        cbor_put_int(&writer, 1650000000);
        cbor_put_int(&writer, -260);
        cbor_put_map(&writer, 1);
        cbor_put_int(&writer, 1);
        cbor_put_map(&writer, 1);
        cbor_put_text(&writer, "x");
        for (size_t i = 0; i < times; i++)
                cbor_put_raw(&writer, head, head_len);
        assert_false(writer.is_full);
        return read_recipe(bench, (struct recipe){ .raw = raw, .raw_len = writer.len });
}

static void cbor_bombs_are_unreadable(void **state)
{
        struct bench *bench = *state;
        static const struct {
                const char *head;
                size_t times;
        } bombs[] = {
                { "81", 17 },                /* nested */
                { "81", 60000 },             /* deep */
                { "9f", 60000 },             /* deep, indefinite */
                { "bf", 60000 },             /* maps */
                { "c0", 60000 },             /* tags */
                { "9bffffffffffffffff", 1 }, /* an array of 2^64 */
                { "bb7fffffffffffffff", 1 }, /* a map of 2^63 */
                { "5bffffffffffffffff", 1 }, /* a string longer than memory */
                { "99ffff", 1 },             /* an array without its items */
                { "9f00", 8000 },            /* wide and deep */
                { "ff", 1 },                 /* an end without a beginning */
                { "fc", 1 },                 /* reserved */
        };
        for (size_t i = 0; i < ARRAY_LEN(bombs); i++)
                assert_int_equal(read_bomb(bench, bombs[i].head, bombs[i].times),
                                 REASON_UNREADABLE);
}

static void more_items_than_the_bound_are_unreadable(void **state)
{
        struct bench *bench = *state;
        static char claims[64000];
        size_t len = (size_t)sprintf(claims, "{\"4\":1700000000,\"6\":1650000000,\"-260\":{\"1\":"
                                             "{\"x\":[0");
        for (int i = 0; i < CBOR_ITEMS_MAX; i++)
                len += (size_t)sprintf(claims + len, ",0");
        sprintf(claims + len, "]}}}");
        assert_int_equal(read_claims(bench, claims), REASON_UNREADABLE);
}

static void no_byte_can_be_changed_or_cut(void **state)
{
        struct bench *bench = *state;
        static uint8_t cose[MAKER_BYTES_MAX];
        expect(bench, (struct recipe){ .claims = NULL }, REASON_NONE, NULL);
        size_t len = bench->made.cose_len;
        memcpy(cose, bench->made.cose, len);
        for (size_t i = 0; i < 8 * len; i++) {
                memcpy(bench->made.cose, cose, len);
                bench->made.cose[i / 8] ^= (uint8_t)(1 << i % 8);
                maker_pack(&bench->made, false);
                if (read_text(bench, bench->made.text, bench->made.len) == REASON_NONE)
                        fail_msg("bit %zu of byte %zu", i % 8, i / 8);
        }
        memcpy(bench->made.cose, cose, len);
        for (bench->made.cose_len = len; bench->made.cose_len-- > 0;) {
                maker_pack(&bench->made, false);
                assert_int_not_equal(read_text(bench, bench->made.text, bench->made.len),
                                     REASON_NONE);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_vaccination_by_a_trusted_signer_is_read),
                TEST(tests_and_recoveries_are_read),
                TEST(tags_may_be_missing_or_say_cwt_and_no_other),
                TEST(alg_and_kid_may_be_unprotected),
                TEST(the_protected_kid_wins),
                TEST(only_es256_and_ps256_are_taken),
                TEST(a_stranger_is_not_believed),
                TEST(every_key_of_a_kid_is_tried_up_to_a_bound),
                TEST(a_signer_signs_only_what_it_may),
                TEST(a_certificate_is_good_only_while_its_signer_is),
                TEST(times_may_be_floats),
                TEST(lengths_may_be_indefinite),
                TEST(claims_that_are_missing_or_no_claims_make_it_unreadable),
                TEST(a_key_said_twice_makes_it_unreadable),
                TEST(what_breaks_the_schema_is_signed_and_refused),
                TEST(what_issuers_really_write_is_taken),
                TEST(long_names_are_cut_between_characters),
                TEST(names_are_in_one_form),
                TEST(wrappings_that_are_wrong_are_unreadable),
                TEST(a_line_end_behind_is_no_part_of_it),
                TEST(a_zip_bomb_ends_at_the_cap),
                TEST(cbor_bombs_are_unreadable),
                TEST(more_items_than_the_bound_are_unreadable),
                TEST(no_byte_can_be_changed_or_cut),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

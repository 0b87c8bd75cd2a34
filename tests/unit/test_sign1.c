/* Sign1: what is a COSE_Sign1, what its headers say, and what is to be signed. No cryptography. */
#include "tests/check.h"

#include "controller/validate/cose/sign1.h"
#include "tests/hex.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        BYTES_MAX = 1024
};

/* RFC 9052, appendix C.2.1. */
#define CONTENT "546869732069732074686520636f6e74656e742e"
#define SIGNED                                                                                     \
        "58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab8"   \
        "34dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"
#define WHOLE "8443a10126a10442313154" CONTENT SIGNED

struct message {
        struct sign1 sign1;
        struct cbor_reader reader;
        uint8_t bytes[BYTES_MAX];
};

static int read_message(const char *hex, struct message *message)
{
        size_t len = hex_read(hex, message->bytes, BYTES_MAX);
        cbor_reader_init(&message->reader, message->bytes, len);
        return sign1_read(&message->reader, &message->sign1);
}

static void the_example_of_the_rfc_is_taken_apart(void **state)
{
        (void)state;
        static const char *const tags[] = { "", "d2", "d83d", "d83dd2" };
        for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
                char hex[BYTES_MAX];
                struct message m;
                (void)snprintf(hex, sizeof(hex), "%s%s", tags[i], WHOLE);
                assert_int_equal(read_message(hex, &m), 0);
                assert_true(cbor_at_end(&m.reader));
                assert_true(m.sign1.has_alg && m.sign1.is_alg_protected && m.sign1.is_canonical);
                assert_int_equal(m.sign1.alg, SIGNATURE_ES256);
                assert_int_equal(m.sign1.kid_len, 2);
                assert_memory_equal(m.sign1.kid, "11", 2);
                assert_int_equal(m.sign1.protected_len, 3);
                assert_int_equal(m.sign1.payload_len, 20);
                assert_memory_equal(m.sign1.payload, "This is the content.", 20);
                assert_int_equal(m.sign1.signature_len, 64);
                assert_int_equal(m.sign1.signature[0], 0x8e);
        }
}

static void what_follows_is_the_callers_business(void **state)
{
        (void)state;
        struct message m;
        assert_int_equal(read_message("d2" WHOLE "00", &m), 0);
        assert_false(cbor_at_end(&m.reader));
}

/* What is refused: one reason each. */
static void what_is_not_a_sign1_is_refused(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "",
                "00",
                "f6",
                "a0",
                "80",
                "8340a04000",
                "8540a0404040",
                "9f40a04040ff",
                /* Tags: another, one twice, in the other order, a third. */
                "d18440a04040",
                "d8628440a04040",
                "db00000001000000128440a04040",
                "d2d28440a04040",
                "d83dd83d8440a04040",
                "d2d83d8440a04040",
                "d83dd2d28440a04040",
                "d83dd2d83d8440a04040",
                "d2",
                "d200",
                /* Protected: not bytes, in chunks, not a map, bytes behind it, cut off. */
                "84a0a04040",
                "84f6a04040",
                "845f43a10126ffa04040",
                "844180a04040",
                "844100a04040",
                "8442a000a04040",
                "8444a1012600a04040",
                "8442a101a04040",
                "8442bf01a04040",
                "8441ffa04040",
                "8441d2a04040",
                /* Unprotected: not a map, cut off. */
                "8440404040",
                "8440804040",
                "8440f64040",
                "8440a101",
                "8440bf01",
                /* Payload: detached, a text, in chunks. Signature: the same. */
                "8443a10126a0f640",
                "8443a10126a06040",
                "8443a10126a05f4100ff40",
                "8443a10126a040f6",
                "8443a10126a04060",
                "8443a10126a0405f4100ff",
                "8443a10126a040",
                /* The same label twice, in one header, however it is written. */
                "8445a201260126a04040",
                "8447a20126180126a04040",
                "8440a20441310441324040",
                "8440a26161006161014040",
                "8440a2200020014040",
                "8440bf01260126ff4040",
                /* A label that is neither number nor text. */
                "8440a14100004040",
                "8440a1f6004040",
                "8440a180004040",
                "8440a17f6161ff004040",
                "8440a1c001004040",
                /* What is critical. */
                "8447a2012602810ba04040",
                "8444a102810ba04040",
                "8440a102810b4040",
                /* A key's name is bytes; an algorithm is a number or a text. */
                "8440a10461314040",
                "8440a104004040",
                "8440a1045f4131ff4040",
                "8440a10141264040",
                "8440a101f64040",
                "8440a1011bffffffffffffffff4040",
        };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                struct message m;
                assert_int_equal(read_message(bad[i], &m), -EBADMSG);
        }
}

static void an_empty_map_is_signed_as_nothing(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                bool is_canonical;
        } samples[] = { { "8440a04040", true },
                        { "8441a0a04040", false },
                        { "8442bfffa04040", false } };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                struct message m;
                assert_int_equal(read_message(samples[i].hex, &m), 0);
                assert_int_equal(m.sign1.protected_len, 0);
                assert_false(m.sign1.has_alg);
                assert_int_equal(m.sign1.kid_len, 0);
                assert_true(m.sign1.is_canonical == samples[i].is_canonical);
        }
}

static void the_protected_header_wins(void **state)
{
        (void)state;
        struct message m;
        assert_int_equal(read_message("8446a20126044161a201270441624040", &m), 0);
        assert_true(m.sign1.is_alg_protected);
        assert_int_equal(m.sign1.alg, SIGNATURE_ES256);
        assert_int_equal(m.sign1.kid_len, 1);
        assert_int_equal(m.sign1.kid[0], 'a');
        assert_int_equal(read_message("8440a201270441624040", &m), 0);
        assert_true(m.sign1.has_alg && !m.sign1.is_alg_protected);
        assert_int_equal(m.sign1.alg, SIGNATURE_EDDSA);
        assert_int_equal(m.sign1.kid[0], 'b');
        /* An empty name is a name: the other header's does not step in for it. */
        assert_int_equal(read_message("8443a10440a10441624040", &m), 0);
        assert_int_equal(m.sign1.kid_len, 0);
        /* Nor does its algorithm for one that has a name we do not know. */
        assert_int_equal(read_message("8444a1016161a101264040", &m), 0);
        assert_true(m.sign1.has_alg && m.sign1.is_alg_protected);
        assert_int_equal(m.sign1.alg, 0);
}

static void a_kid_has_a_greatest_length(void **state)
{
        (void)state;
        for (int len = SIGN1_KID_MAX; len <= SIGN1_KID_MAX + 1; len++) {
                char hex[BYTES_MAX];
                struct message m;
                int at = snprintf(hex, sizeof(hex), "8440a10458%02x", (unsigned int)len);
                for (int i = 0; i < len; i++)
                        at += snprintf(hex + at, sizeof(hex) - (size_t)at, "07");
                (void)snprintf(hex + at, sizeof(hex) - (size_t)at, "4040");
                assert_int_equal(read_message(hex, &m), len == SIGN1_KID_MAX ? 0 : -E2BIG);
        }
}

static void other_labels_are_passed_over_up_to_sixteen(void **state)
{
        (void)state;
        struct message m;
        assert_int_equal(read_message("8440a303182a6161820102386318184040", &m), 0);
        assert_false(m.sign1.is_canonical);
        for (int count = 16; count <= 17; count++) {
                char hex[BYTES_MAX];
                int at = snprintf(hex, sizeof(hex), "%s", count == 16 ? "8440b0" : "8440b1");
                for (int i = 0; i < count; i++)
                        at += snprintf(hex + at, sizeof(hex) - (size_t)at, "18%02x00",
                                       100 + (unsigned int)i);
                (void)snprintf(hex + at, sizeof(hex) - (size_t)at, "4040");
                assert_int_equal(read_message(hex, &m), count == 16 ? 0 : -E2BIG);
        }
}

static void what_could_be_written_shorter_is_read_but_not_canonical(void **state)
{
        (void)state;
        static const char *const longer[] = {
                "d8128443a10126a04040", "d9003dd28443a10126a04040", "d83dd8128443a10126a04040",
                "980443a10126a04040",   "845803a10126a04040",       "8444b8010126a04040",
                "8444a1180126a04040",   "8444a1013806a04040",       "8444bf0126ffa04040",
                "8443a10126b8004040",   "8443a10126bfff4040",       "8443a10126a1045801314040",
                "8443a10126a0580040",   "8443a10126a0405800",
        };
        for (size_t i = 0; i < ARRAY_LEN(longer); i++) {
                struct message m;
                assert_int_equal(read_message(longer[i], &m), 0);
                assert_false(m.sign1.is_canonical);
        }
}

static void a_message_cut_off_anywhere_is_refused(void **state)
{
        (void)state;
        uint8_t whole[BYTES_MAX];
        size_t len = hex_read("d83dd2" WHOLE, whole, sizeof(whole));
        for (size_t cut = 0; cut < len; cut++) {
                uint8_t *bytes = malloc(cut + !cut);
                struct cbor_reader reader;
                struct sign1 message;
                assert_non_null(bytes);
                memcpy(bytes, whole, cut);
                cbor_reader_init(&reader, bytes, cut);
                assert_int_equal(sign1_read(&reader, &message), -EBADMSG);
                free(bytes);
        }
}

static void what_is_to_be_signed_is_as_the_rfc_has_it(void **state)
{
        (void)state;
        static const struct {
                const char *external, *hex;
        } samples[] = {
                { "", "846a5369676e61747572653143a101264054" CONTENT },
                { "11aa22bb33cc44dd55006699",
                  "846a5369676e61747572653143a101264c11aa22bb33cc44dd5500669954" CONTENT },
        };
        struct message m;
        assert_int_equal(read_message("d2" WHOLE, &m), 0);
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                uint8_t external[BYTES_MAX], expected[BYTES_MAX], out[BYTES_MAX];
                size_t external_len = hex_read(samples[i].external, external, sizeof(external));
                size_t len = hex_read(samples[i].hex, expected, sizeof(expected));
                const void *aad = external_len > 0 ? external : NULL;
                assert_int_equal(sign1_to_be_signed(m.sign1.protected_header, m.sign1.protected_len,
                                                    aad, external_len, m.sign1.payload,
                                                    m.sign1.payload_len, out, len),
                                 len);
                assert_memory_equal(out, expected, len);
                assert_int_equal(sign1_to_be_signed(m.sign1.protected_header, m.sign1.protected_len,
                                                    aad, external_len, m.sign1.payload,
                                                    m.sign1.payload_len, out, len - 1),
                                 -E2BIG);
        }
}

static void a_payload_too_long_to_sign_is_said(void **state)
{
        (void)state;
        static uint8_t payload[SIGN1_TO_BE_SIGNED_MAX];
        struct sign1 message = { .has_alg = true,
                                 .alg = SIGNATURE_ES256,
                                 .payload = payload,
                                 .payload_len = sizeof(payload) };
        assert_int_equal(sign1_verify(&message, NULL, NULL, 0), -E2BIG);
        message.payload_len = 20;
        message.has_alg = false;
        assert_int_equal(sign1_verify(&message, NULL, NULL, 0), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_example_of_the_rfc_is_taken_apart),
                cmocka_unit_test(what_follows_is_the_callers_business),
                cmocka_unit_test(what_is_not_a_sign1_is_refused),
                cmocka_unit_test(an_empty_map_is_signed_as_nothing),
                cmocka_unit_test(the_protected_header_wins),
                cmocka_unit_test(a_kid_has_a_greatest_length),
                cmocka_unit_test(other_labels_are_passed_over_up_to_sixteen),
                cmocka_unit_test(what_could_be_written_shorter_is_read_but_not_canonical),
                cmocka_unit_test(a_message_cut_off_anywhere_is_refused),
                cmocka_unit_test(what_is_to_be_signed_is_as_the_rfc_has_it),
                cmocka_unit_test(a_payload_too_long_to_sign_is_said),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

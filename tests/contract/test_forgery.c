/* Forgery: whoever changes, cuts, mixes or signs otherwise gets a refusal. */
#include "tests/contract/pass_forgery.h"

static void every_bit_of_a_pass_counts(struct forgery *forgery, const char *text, const char *what)
{
        struct blob blob = blob_of_text(text);
        struct site_pass pass;
        for (size_t i = 0; i < blob.len; i++) {
                for (unsigned int bit = 0; bit < 8; bit++) {
                        blob.bytes[i] ^= (uint8_t)(1U << bit);
                        forgery_try(forgery, &blob, what);
                        blob.bytes[i] ^= (uint8_t)(1U << bit);
                }
        }
        assert_int_equal(blob_read(&blob, forgery->maker.trust, &pass), REASON_NONE);
}

static void a_pass_with_any_bit_flipped_is_refused(void **state)
{
        struct forgery *forgery = *state;
        every_bit_of_a_pass_counts(forgery, forgery->pass, "a bit of a pass");
        every_bit_of_a_pass_counts(forgery, forgery->bound, "a bit of a bound pass");
}

static void a_pass_with_proof_and_any_bit_flipped_is_refused(void **state)
{
        struct forgery *forgery = *state;
        every_bit_of_a_pass_counts(forgery, forgery->proven, "a bit of a pass with proof");
}

/* A misread module, or a pen. */
static void a_text_with_any_character_changed_is_refused(void **state)
{
        struct forgery *forgery = *state;
        char text[SITE_PASS_TEXT_MAX];
        size_t len = strlen(forgery->proven);
        strcpy(text, forgery->proven);
        for (size_t i = 0; i < len; i++) {
                char right = text[i];
                for (int c = 0; c < 256; c++) {
                        text[i] = (char)c;
                        if (text[i] != right)
                                forgery_try_text(forgery, text, len, "a character");
                }
                text[i] = right;
        }
}

static void a_pass_that_is_cut_off_anywhere_is_refused(void **state)
{
        struct forgery *forgery = *state;
        struct blob blob = blob_of_text(forgery->proven);
        size_t pass_len = blob_of_text(forgery->bound).len;
        for (size_t len = 0; len < blob.len; len++) {
                struct blob cut = blob_of(blob.bytes, len);
                if (len != pass_len) /* there the pass ends, without its proof */
                        forgery_try(forgery, &cut, "a cut pass");
        }
        blob = blob_of_text(forgery->pass);
        for (size_t len = 0; len < blob.len; len++) {
                struct blob cut = blob_of(blob.bytes, len);
                forgery_try(forgery, &cut, "a cut pass");
        }
        for (size_t len = 0; len < strlen(forgery->pass); len++)
                forgery_try_text(forgery, forgery->pass, len, "a cut text");
}

static void a_pass_with_anything_behind_it_is_refused(void **state)
{
        struct forgery *forgery = *state;
        const char *const texts[] = { forgery->pass, forgery->bound, forgery->proven };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                for (unsigned int byte = 0; byte < 256; byte++) {
                        struct blob blob = blob_of_text(texts[i]);
                        blob_add(&blob, &(uint8_t){ (uint8_t)byte }, 1);
                        assert_int_equal(forgery_try(forgery, &blob, "a byte behind"),
                                         REASON_UNREADABLE);
                }
                struct blob twice = blob_of_text(texts[i]), again = twice;
                blob_add(&twice, again.bytes, again.len);
                assert_int_equal(forgery_try(forgery, &twice, "a pass twice"), REASON_UNREADABLE);
        }
}

/* The header as it should be, or one of another algorithm, and what a forger can put for a
 * signature without the issuer's private key. */
static void an_algorithm_of_the_forgers_choice_is_refused(void **state)
{
        static const int64_t algs[] = {
                0,   4,   5,  6,   7,    SIGNATURE_ES256, SIGNATURE_ES384, -36, -37,
                -38, -39, -9, -19, -257, -65535
        };
        struct forgery *forgery = *state;
        const struct maker *maker = &forgery->maker;
        struct blob good = blob_of_text(forgery->pass);
        struct pass_parts parts = blob_parts(&good);
        uint8_t kid[SITE_PASS_KID_LEN], der[MAKER_DER_MAX], mac[DIGEST_MAX] = { 0 };
        size_t der_len = maker_public(maker->issuer[0], der);
        maker_kid(maker->issuer[0], kid);
        for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
                struct blob header = blob_header(algs[i], kid);
                struct blob forged = blob_message(&header, &parts.payload, parts.signature.bytes,
                                                  parts.signature.len);
                assert_int_equal(forgery_try(forgery, &forged, "another algorithm"),
                                 REASON_UNREADABLE);
                /* Even where the issuer's own key signed it. */
                forged = blob_signed(maker->issuer[0], &header, NULL, &parts.payload);
                assert_int_equal(forgery_try(forgery, &forged, "another algorithm, signed"),
                                 REASON_UNREADABLE);
        }
        /* HMAC 256/256 with what everybody knows as its key: the whole of it, or its 32 bytes. */
        struct blob hmac_header = blob_header(5, kid);
        struct blob data = blob_to_be_signed(&hmac_header, NULL, &parts.payload);
        for (size_t from = 0; from <= der_len - 32; from += der_len - 32) {
                assert_int_equal(digest_hmac_with(DIGEST_SHA256, der + from, der_len - from,
                                                  data.bytes, data.len, mac),
                                 32);
                for (size_t len = 32; len <= 64; len += 32) {
                        struct blob forged = blob_message(&hmac_header, &parts.payload, mac, len);
                        forgery_try(forgery, &forged, "HMAC with the public key");
                        forged = blob_message(&parts.header, &parts.payload, mac, len);
                        forgery_try(forgery, &forged, "HMAC under EdDSA");
                }
        }
}

static void a_missing_algorithm_key_or_signature_is_refused(void **state)
{
        struct forgery *forgery = *state;
        const struct maker *maker = &forgery->maker;
        struct blob good = blob_of_text(forgery->pass);
        struct pass_parts parts = blob_parts(&good);
        static const uint8_t zeros[SIGNING_SIGNATURE_MAX];
        struct blob headers[] = {
                blob_of(NULL, 0),                  /* none */
                blob_of_hex("a0"),                 /* an empty map */
                blob_of_hex("a10127"),             /* no kid */
                blob_of_hex("a1044400000000"),     /* no alg */
                blob_of_hex("a201270440"),         /* an empty kid */
                blob_of_hex("a20127044454ce1bc6"), /* kids that nobody has */
                blob_of_hex("a2012704480102030405060708"),
                blob_of_hex("a201646e6f6e65044400000000"), /* alg "none" */
        };
        for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
                struct blob forged =
                        blob_signed(maker->issuer[0], &headers[i], NULL, &parts.payload);
                forgery_try(forgery, &forged, "a header that lacks something");
        }
        for (size_t len = 0; len <= sizeof(zeros); len += 32) {
                struct blob forged = blob_message(&parts.header, &parts.payload, zeros, len);
                forgery_try(forgery, &forged, "zeros for a signature");
        }
}

/* S + L is the same number to those who do not look (RFC 8032, 5.1.7). */
static void the_second_form_of_an_ed25519_signature_is_refused(void **state)
{
        static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a,       0x63,
                                           0x12, 0x58, 0xd6, 0x9c, 0xf7,       0xa2,
                                           0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
        struct forgery *forgery = *state;
        struct blob good = blob_of_text(forgery->pass);
        struct pass_parts parts = blob_parts(&good);
        unsigned int carry = 0;
        for (size_t i = 0; i < sizeof(order); i++) {
                carry += parts.signature.bytes[32 + i] + (unsigned int)order[i];
                parts.signature.bytes[32 + i] = (uint8_t)carry;
                carry >>= 8;
        }
        struct blob forged = blob_message(&parts.header, &parts.payload, parts.signature.bytes,
                                          parts.signature.len);
        assert_int_equal(forgery_try(forgery, &forged, "S + L"), REASON_BAD_SIGNATURE);
}

static void a_kid_of_another_issuer_is_refused(void **state)
{
        struct forgery *forgery = *state;
        const struct maker *maker = &forgery->maker;
        struct blob good = blob_of_text(forgery->pass);
        struct pass_parts parts = blob_parts(&good);
        uint8_t kid[SITE_PASS_KID_LEN];
        maker_kid(maker->issuer[1], kid);
        struct blob header = blob_header(SIGNATURE_EDDSA, kid);
        struct blob forged =
                blob_message(&header, &parts.payload, parts.signature.bytes, parts.signature.len);
        assert_int_equal(forgery_try(forgery, &forged, "a kid swapped"), REASON_BAD_SIGNATURE);
        /* An issuer who signs in another's name. */
        forged = blob_signed(maker->issuer[0], &header, NULL, &parts.payload);
        assert_int_equal(forgery_try(forgery, &forged, "another's kid"), REASON_BAD_SIGNATURE);
        forged = blob_signed(maker->stranger, &header, NULL, &parts.payload);
        assert_int_equal(forgery_try(forgery, &forged, "a stranger"), REASON_BAD_SIGNATURE);
        maker_kid(maker->stranger, kid);
        header = blob_header(SIGNATURE_EDDSA, kid);
        forged = blob_signed(maker->stranger, &header, NULL, &parts.payload);
        assert_int_equal(forgery_try(forgery, &forged, "a stranger"), REASON_UNTRUSTED_ISSUER);
}

/* A gate may trust keys of other kinds, too: none of them signs a pass. */
static void a_key_of_another_kind_signs_no_pass(void **state)
{
        struct forgery *forgery = *state;
        const struct maker *maker = &forgery->maker;
        struct blob good = blob_of_text(forgery->pass);
        struct pass_parts parts = blob_parts(&good);
        struct trust *trust = trust_new();
        uint8_t kid[SITE_PASS_KID_LEN];
        maker_trust(trust, maker->phone, NULL, TRUST_PASS, "a P-256 key");
        maker_kid(maker->phone, kid);
        static const int64_t algs[] = { SIGNATURE_ES256, SIGNATURE_EDDSA };
        for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
                struct blob header = blob_header(algs[i], kid);
                struct blob forged = blob_signed(maker->phone, &header, NULL, &parts.payload);
                struct site_pass pass;
                assert_int_not_equal(blob_read(&forged, trust, &pass), REASON_NONE);
        }
        trust_unref(trust);
}

static struct blob make_proof(const struct signing_key *key, const struct blob *pass,
                              const struct blob *header, const struct blob *payload)
{
        struct blob whole = *pass, proof = blob_signed(key, header, pass, payload);
        blob_add(&whole, proof.bytes, proof.len);
        return whole;
}

static void a_proof_is_of_this_pass_and_by_its_phone(void **state)
{
        struct forgery *forgery = *state;
        const struct maker *maker = &forgery->maker;
        struct blob bound = blob_of_text(forgery->bound);
        struct blob header = blob_header(SIGNATURE_ES256, NULL);
        struct blob payload = blob_of_hex("a1061a6ab14780");
        struct site_pass pass;
        /* So made it is good: what follows differs in one thing each. */
        struct blob whole = make_proof(maker->phone, &bound, &header, &payload);
        assert_int_equal(blob_read(&whole, maker->trust, &pass), REASON_NONE);
        assert_true(pass.claims.proof_us > 0);

        whole = make_proof(maker->other_phone, &bound, &header, &payload);
        assert_int_equal(forgery_try(forgery, &whole, "another phone's proof"),
                         REASON_BAD_SIGNATURE);
        whole = make_proof(maker->issuer[0], &bound, &header, &payload);
        assert_int_equal(forgery_try(forgery, &whole, "the issuer's proof"), REASON_BAD_SIGNATURE);

        /* The same phone has two passes: a proof of the one is none of the other. */
        char other[SITE_PASS_TEXT_MAX];
        struct site_pass second = maker_worker();
        second.claims.id[0] = 0xff;
        maker_bind(&second, maker->phone);
        assert_int_equal(site_pass_write(&second, maker->issuer[0], other), 0);
        struct blob other_pass = blob_of_text(other);
        struct blob proof = blob_signed(maker->phone, &header, &other_pass, &payload);
        whole = bound;
        blob_add(&whole, proof.bytes, proof.len);
        assert_int_equal(forgery_try(forgery, &whole, "another pass's proof"),
                         REASON_BAD_SIGNATURE);

        /* Without the pass under the signature it would do for any. */
        proof = blob_signed(maker->phone, &header, NULL, &payload);
        whole = bound;
        blob_add(&whole, proof.bytes, proof.len);
        assert_int_equal(forgery_try(forgery, &whole, "a proof of nothing"), REASON_BAD_SIGNATURE);

        /* A printed pass has no phone. */
        struct blob plain = blob_of_text(forgery->pass);
        whole = make_proof(maker->phone, &plain, &header, &payload);
        assert_int_equal(forgery_try(forgery, &whole, "a proof of a printed pass"),
                         REASON_UNREADABLE);
        assert_int_equal(forgery_try(forgery, &proof, "a proof alone"), REASON_UNREADABLE);
}

static void a_proof_has_one_form(void **state)
{
        static const char *const headers[] = {
                "a0",          "a10127",   "a10126 00",   "a1013824", "a20126044454ce1bc6",
                "a20126 0440", "bf0126ff", "a1190001 26", ""
        };
        static const char *const payloads[] = {
                "",
                "a0",
                "a1061a6ab14780 00",           /* something behind */
                "a1061b000000006ab14780",      /* a longer head */
                "a106c11a6ab14780",            /* a tagged time */
                "a106fb41daac51e0000000",      /* a float */
                "a106fa4ed5628f",              /* a float of as many bytes */
                "a1063a6ab14780",              /* a negative time */
                "a1041a6ab14780",              /* not iat */
                "a10600",                      /* no time at all */
                "a1061900ff",                  /* a longer head, and too early */
                "a2061a6ab14780 061a6ab14780", /* twice */
                "a2041a6ab14780 061a6ab14780", /* and something more */
                "bf061a6ab14780ff",            /* indefinite */
                "b801061a6ab14780",            /* a longer map head */
                "a118061a6ab14780",            /* a longer label */
                "a11a0000000601",              /* the same, with as many bytes in all */
                "a1061a0000ffff",              /* a longer head than this time needs */
                "821a6ab14780 00",             /* no map */
        };
        struct forgery *forgery = *state;
        const struct signing_key *phone = forgery->maker.phone;
        struct blob bound = blob_of_text(forgery->bound);
        struct blob header = blob_header(SIGNATURE_ES256, NULL);
        struct blob payload = blob_of_hex("a1061a6ab14780");
        for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
                struct blob odd = blob_of_hex(headers[i]);
                struct blob whole = make_proof(phone, &bound, &odd, &payload);
                assert_int_equal(forgery_try(forgery, &whole, headers[i]), REASON_UNREADABLE);
        }
        for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
                struct blob odd = blob_of_hex(payloads[i]);
                struct blob whole = make_proof(phone, &bound, &header, &odd);
                assert_int_equal(forgery_try(forgery, &whole, payloads[i]), REASON_UNREADABLE);
        }
}

/* x with no point of the curve: nobody has that key, and nobody may crash of it. */
static void a_phone_that_is_not_on_the_curve_is_refused(void **state)
{
        struct forgery *forgery = *state;
        char text[SITE_PASS_TEXT_MAX];
        struct blob header = blob_header(SIGNATURE_ES256, NULL);
        struct blob payload = blob_of_hex("a1061a6ab14780");
        for (unsigned int i = 0; i < 8; i++) {
                struct site_pass pass = maker_worker();
                maker_bind(&pass, forgery->maker.phone);
                memset(pass.phone_x, i < 4 ? 0xff : 0, sizeof(pass.phone_x));
                pass.phone_x[31] = (uint8_t)(i < 4 ? 0xff - i : i);
                assert_int_equal(site_pass_write(&pass, forgery->maker.issuer[0], text), 0);
                struct blob bound = blob_of_text(text);
                struct blob whole = make_proof(forgery->maker.phone, &bound, &header, &payload);
                forgery_try(forgery, &whole, "a phone that cannot be");
        }
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
                cmocka_unit_test(a_pass_with_any_bit_flipped_is_refused),
                cmocka_unit_test(a_pass_with_proof_and_any_bit_flipped_is_refused),
                cmocka_unit_test(a_text_with_any_character_changed_is_refused),
                cmocka_unit_test(a_pass_that_is_cut_off_anywhere_is_refused),
                cmocka_unit_test(a_pass_with_anything_behind_it_is_refused),
                cmocka_unit_test(an_algorithm_of_the_forgers_choice_is_refused),
                cmocka_unit_test(a_missing_algorithm_key_or_signature_is_refused),
                cmocka_unit_test(the_second_form_of_an_ed25519_signature_is_refused),
                cmocka_unit_test(a_kid_of_another_issuer_is_refused),
                cmocka_unit_test(a_key_of_another_kind_signs_no_pass),
                cmocka_unit_test(a_proof_is_of_this_pass_and_by_its_phone),
                cmocka_unit_test(a_proof_has_one_form),
                cmocka_unit_test(a_phone_that_is_not_on_the_curve_is_refused),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

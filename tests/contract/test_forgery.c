/*
 * Forgery: whatever is done to a genuine pass, it is refused, without much work and without memory.
 * The worst CPU time is printed as a multiple of one honest verification; nothing is timed to fail.
 */
#include "tests/contract/pass_world.h"

#include <malloc.h>

enum {
        ROUNDS = 50
};

static double worst;
static const char *worst_of = "";

static double cpu_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double measure(const struct trust *trust, const uint8_t *bytes, size_t len)
{
        struct site_pass pass;
        double begin = cpu_us();
        for (int i = 0; i < ROUNDS; i++)
                (void)pass_read_bytes(trust, bytes, len, &pass);
        return (cpu_us() - begin) / (double)ROUNDS;
}

static size_t genuine(const struct pass_world *world, bool has_proof,
                      uint8_t bytes[SITE_PASS_BYTES_MAX])
{
        char text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        struct site_pass pass = pass_full();
        if (has_proof)
                pass_bind(&pass, world->phone);
        assert_int_equal(site_pass_write(&pass, world->issuer, text), 0);
        if (!has_proof)
                return pass_bytes(text, bytes);
        assert_int_equal(site_pass_prove(text, world->phone, INT64_C(1795000000000000), proven), 0);
        return pass_bytes(proven, bytes);
}

static void refused(const struct pass_world *world, const uint8_t *bytes, size_t len,
                    const char *what)
{
        struct site_pass pass;
        enum reason reason = pass_read_bytes(world->trust, bytes, len, &pass);
        if (reason == REASON_NONE)
                fail_msg("%s is believed", what);
        assert_true(reason == REASON_UNREADABLE || reason == REASON_BAD_SIGNATURE ||
                    reason == REASON_UNTRUSTED_ISSUER);
        assert_int_equal(pass.claims.proof_us, 0);
}

/* The costly ones are measured, many times each. */
static void refused_and_measured(const struct pass_world *world, const uint8_t *bytes, size_t len,
                                 const char *what)
{
        refused(world, bytes, len, what);
        double us = measure(world->trust, bytes, len);
        if (us > worst) {
                worst = us;
                worst_of = what;
        }
}

static void no_flipped_bit_is_believed(void **state)
{
        const struct pass_world *world = *state;
        for (int has_proof = 0; has_proof < 2; has_proof++) {
                uint8_t bytes[SITE_PASS_BYTES_MAX];
                size_t len = genuine(world, has_proof, bytes);
                for (size_t i = 0; i < len; i++)
                        for (int bit = 0; bit < 8; bit++) {
                                bytes[i] ^= (uint8_t)(1 << bit);
                                refused(world, bytes, len, "a flipped bit");
                                bytes[i] ^= (uint8_t)(1 << bit);
                        }
                bytes[len - 1] ^= 1;
                refused_and_measured(world, bytes, len, "a flipped bit of the last signature");
        }
}

static void nothing_cut_off_or_hung_on_is_believed(void **state)
{
        const struct pass_world *world = *state;
        for (int has_proof = 0; has_proof < 2; has_proof++) {
                uint8_t bytes[SITE_PASS_BYTES_MAX] = { 0 };
                size_t len = genuine(world, has_proof, bytes);
                uint8_t alone[SITE_PASS_BYTES_MAX];
                size_t alone_len = 0;
                if (has_proof) {
                        struct cbor_reader reader;
                        struct sign1 pass;
                        cbor_reader_init(&reader, bytes, len);
                        assert_int_equal(sign1_read(&reader, &pass), 0);
                        alone_len = reader.at; /* the pass without its proof is a pass */
                        memcpy(alone, bytes, alone_len);
                }
                for (size_t i = 0; i < len; i++)
                        if (i != alone_len || i == 0)
                                refused(world, bytes, i, "a part");
                for (int last = 0; last < 256; last++) {
                        bytes[len] = (uint8_t)last;
                        refused(world, bytes, len + 1, "one byte more");
                }
                memmove(bytes + len, bytes, len < SITE_PASS_BYTES_MAX - len ? len : 0);
                refused(world, bytes, 2 * len, "a pass twice");
        }
}

/* A message of any header and payload, signed by the issuer itself with its only algorithm. */
static size_t sign(const struct signing_key *key, const uint8_t *header, size_t header_len,
                   const uint8_t *payload, size_t payload_len, uint8_t out[SITE_PASS_BYTES_MAX])
{
        uint8_t data[2 * SITE_PASS_BYTES_MAX], signature[SIGNING_SIGNATURE_MAX];
        struct cbor_writer writer;
        int len = sign1_to_be_signed(header, header_len, NULL, 0, payload, payload_len, data,
                                     sizeof(data));
        assert_true(len > 0);
        assert_int_equal(signing_key_sign(key, data, (size_t)len, signature), 0);
        cbor_writer_init(&writer, out, SITE_PASS_BYTES_MAX);
        cbor_put_array(&writer, 4);
        cbor_put_bytes(&writer, header, header_len);
        cbor_put_map(&writer, 0);
        cbor_put_bytes(&writer, payload, payload_len);
        cbor_put_bytes(&writer, signature, sizeof(signature));
        assert_false(writer.is_full);
        return writer.len;
}

static size_t header_of(const struct site_pass *pass, int64_t alg, uint8_t header[32])
{
        struct cbor_writer writer;
        cbor_writer_init(&writer, header, 32);
        cbor_put_map(&writer, 2);
        cbor_put_int(&writer, 1);
        cbor_put_int(&writer, alg);
        cbor_put_int(&writer, 4);
        cbor_put_bytes(&writer, pass->kid, SITE_PASS_KID_LEN);
        return writer.len;
}

static void no_other_algorithm_is_believed(void **state)
{
        const struct pass_world *world = *state;
        static const int64_t algs[] = { 0,
                                        5 /* HMAC */,
                                        SIGNATURE_ES256,
                                        SIGNATURE_PS256,
                                        SIGNATURE_ES512,
                                        -19 /* Ed25519 by its own number */ };
        uint8_t bytes[SITE_PASS_BYTES_MAX], header[32], out[SITE_PASS_BYTES_MAX];
        struct cbor_reader reader;
        struct sign1 message;
        struct site_pass pass;
        size_t len = genuine(world, false, bytes);
        assert_int_equal(pass_read_bytes(world->trust, bytes, len, &pass), REASON_NONE);
        cbor_reader_init(&reader, bytes, len);
        assert_int_equal(sign1_read(&reader, &message), 0);
        for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
                size_t header_len = header_of(&pass, algs[i], header);
                len = sign(world->issuer, header, header_len, message.payload, message.payload_len,
                           out);
                refused_and_measured(world, out, len, "another algorithm");
                len = sign(world->phone, header, header_len, message.payload, message.payload_len,
                           out);
                refused(world, out, len, "another algorithm by another key");
        }
        /* None at all, and one that is not signed for. */
        static const uint8_t none[] = { 0xa0 };
        len = sign(world->issuer, none, sizeof(none), message.payload, message.payload_len, out);
        refused(world, out, len, "no algorithm");
}

static void no_swapped_kid_is_believed(void **state)
{
        const struct pass_world *world = *state;
        uint8_t bytes[SITE_PASS_BYTES_MAX];
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass pass, others = pass_full();
        size_t len = genuine(world, false, bytes);
        assert_int_equal(site_pass_write(&others, world->other_issuer, text), 0);
        assert_int_equal(pass_read_bytes(world->trust, bytes, len, &pass), REASON_NONE);
        uint8_t *kid = memmem(bytes, len, pass.kid, SITE_PASS_KID_LEN);
        assert_non_null(kid);
        memcpy(kid, others.kid, SITE_PASS_KID_LEN);
        refused_and_measured(world, bytes, len, "another issuer's kid");
}

static void no_proof_of_another_is_believed(void **state)
{
        const struct pass_world *world = *state;
        char text[SITE_PASS_TEXT_MAX], other_text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        uint8_t bytes[SITE_PASS_BYTES_MAX], others[SITE_PASS_BYTES_MAX];
        struct site_pass mine = pass_full(), theirs = pass_full(), pass;
        pass_bind(&mine, world->phone);
        pass_bind(&theirs, world->phone);
        strcpy(theirs.claims.holder, "w-005678");
        assert_int_equal(site_pass_write(&mine, world->issuer, text), 0);
        assert_int_equal(site_pass_write(&theirs, world->issuer, other_text), 0);
        size_t mine_len = pass_bytes(text, bytes), theirs_len = pass_bytes(other_text, others);
        /* Another phone's, on this pass. */
        assert_int_equal(
                site_pass_prove(text, world->other_phone, INT64_C(1795000000000000), proven), 0);
        assert_int_equal(site_pass_read(proven, strlen(proven), world->trust, &pass),
                         REASON_BAD_SIGNATURE);
        /* This phone's, on another pass. */
        assert_int_equal(
                site_pass_prove(other_text, world->phone, INT64_C(1795000000000000), proven), 0);
        size_t len = pass_bytes(proven, others);
        memcpy(bytes + mine_len, others + theirs_len, len - theirs_len);
        refused_and_measured(world, bytes, mine_len + len - theirs_len, "another pass's proof");
        /* On a pass that is bound to nobody. */
        struct site_pass loose = pass_full();
        assert_int_equal(site_pass_write(&loose, world->issuer, text), 0);
        assert_int_equal(site_pass_prove(text, world->phone, INT64_C(1795000000000000), proven), 0);
        assert_int_equal(site_pass_read(proven, strlen(proven), world->trust, &pass),
                         REASON_UNREADABLE);
}

/* Payloads that the issuer would sign by mistake, and no gate reads: one form only. */
static void no_second_form_of_the_claims_is_read(void **state)
{
        const struct pass_world *world = *state;
        static const struct {
                const char *what;
                uint8_t bytes[40];
                size_t len;
        } payloads[] = {
                { "the form itself", { 0xa3, 2, 0x62, 'a', 'n', 6, 1, 7, 0x48 }, 17 },
                { "a label twice",
                  { 0xa4, 2, 0x62, 'a', 'n', 2, 0x62, 'b', 'e', 6, 1, 7, 0x48 },
                  21 },
                { "labels out of order", { 0xa3, 6, 1, 2, 0x62, 'a', 'n', 7, 0x48 }, 17 },
                { "an indefinite map",
                  { 0xbf, 2, 0x62, 'a', 'n', 6, 1, 7, 0x48, 0, 0, 0, 0, 0, 0, 0, 0, 0xff },
                  18 },
                { "a long head", { 0xb8, 3, 2, 0x62, 'a', 'n', 6, 1, 7, 0x48 }, 18 },
                { "a long integer", { 0xa3, 2, 0x62, 'a', 'n', 6, 0x18, 1, 7, 0x48 }, 18 },
                { "a long label", { 0xa3, 0x18, 2, 0x62, 'a', 'n', 6, 1, 7, 0x48 }, 18 },
                { "a time that is a float",
                  { 0xa3, 2, 0x62, 'a', 'n', 6, 0xf9, 0x3c, 0, 7, 0x48 },
                  19 },
                { "text in chunks",
                  { 0xa3, 2, 0x7f, 0x61, 'a', 0x61, 'n', 0xff, 6, 1, 7, 0x48 },
                  20 },
                { "an unknown label",
                  { 0xa4, 2, 0x62, 'a', 'n', 6, 1, 7, 0x48, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1 },
                  19 },
                { "no holder", { 0xa2, 6, 1, 7, 0x48 }, 13 },
                { "a holder in capitals", { 0xa3, 2, 0x62, 'A', 'N', 6, 1, 7, 0x48 }, 17 },
                { "a short number", { 0xa3, 2, 0x62, 'a', 'n', 6, 1, 7, 0x47 }, 16 },
                { "bytes behind", { 0xa3, 2, 0x62, 'a', 'n', 6, 1, 7, 0x48 }, 18 },
                { "a tag", { 0xc1, 0xa3, 2, 0x62, 'a', 'n', 6, 1, 7, 0x48 }, 18 },
        };
        uint8_t header[32], out[SITE_PASS_BYTES_MAX], bytes[SITE_PASS_BYTES_MAX];
        struct site_pass pass;
        size_t len = genuine(world, false, bytes);
        assert_int_equal(pass_read_bytes(world->trust, bytes, len, &pass), REASON_NONE);
        size_t header_len = header_of(&pass, SIGNATURE_EDDSA, header);
        for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
                len = sign(world->issuer, header, header_len, payloads[i].bytes, payloads[i].len,
                           out);
                if (i > 0)
                        refused(world, out, len, payloads[i].what);
                else
                        assert_int_equal(pass_read_bytes(world->trust, out, len, &pass),
                                         REASON_NONE);
        }
}

static void no_second_form_of_the_message_is_read(void **state)
{
        const struct pass_world *world = *state;
        uint8_t bytes[SITE_PASS_BYTES_MAX], other[SITE_PASS_BYTES_MAX];
        size_t len = genuine(world, false, bytes);
        static const uint8_t tags[][3] = { { 0xd2 }, { 0xd8, 0x3d, 0xd2 }, { 0xd8, 0x3d } };
        static const size_t tag_lens[] = { 1, 3, 2 };
        for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
                memcpy(other, tags[i], tag_lens[i]);
                memcpy(other + tag_lens[i], bytes, len);
                refused(world, other, len + tag_lens[i], "a tagged pass");
        }
        /* 84 58 0a …: the head of the header one byte longer than it need be. */
        assert_int_equal(bytes[0], 0x84);
        assert_int_equal(bytes[1] & 0xe0, 0x40);
        other[0] = 0x84;
        other[1] = 0x58;
        other[2] = bytes[1] & 0x1f;
        memcpy(other + 3, bytes + 2, len - 2);
        refused(world, other, len + 1, "a long head");
        other[0] = 0x98;
        other[1] = 4;
        memcpy(other + 2, bytes + 1, len - 1);
        refused(world, other, len + 1, "a long array");
}

static void bombs_are_refused_and_cost_little(void **state)
{
        const struct pass_world *world = *state;
        uint8_t bytes[SITE_PASS_BYTES_MAX], header[32], out[SITE_PASS_BYTES_MAX];
        struct site_pass pass;
        size_t len = genuine(world, false, bytes);
        assert_int_equal(pass_read_bytes(world->trust, bytes, len, &pass), REASON_NONE);
        size_t header_len = header_of(&pass, SIGNATURE_EDDSA, header);
        static uint8_t bomb[800];
        static const uint8_t fillings[] = { 0x81, 0xa1, 0x9f, 0xbf, 0x5f, 0xc1, 0xff, 0x00 };
        for (size_t i = 0; i < sizeof(fillings); i++) {
                memset(bomb, fillings[i], sizeof(bomb));
                refused_and_measured(world, bomb, sizeof(bomb), "a bomb");
                len = sign(world->issuer, header, header_len, bomb, sizeof(bomb), out);
                refused_and_measured(world, out, len, "a signed bomb");
        }
        static const uint8_t huge[] = { 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        refused(world, huge, sizeof(huge), "an array without end");
        static char text[8000];
        memset(text, '0', sizeof(text) - 1);
        memcpy(text, SITE_PASS_PREFIX, 4);
        assert_int_equal(site_pass_read(text, strlen(text), world->trust, &pass),
                         REASON_UNREADABLE);
}

/* Sixteen keys of one kid are tried, not more, though there are a hundred. */
static void a_kid_shared_by_many_keys_bounds_the_work(void **state)
{
        const struct pass_world *world = *state;
        uint8_t bytes[SITE_PASS_BYTES_MAX];
        struct site_pass pass;
        struct pass_world many = *world;
        size_t len = genuine(world, false, bytes);
        assert_int_equal(pass_read_bytes(world->trust, bytes, len, &pass), REASON_NONE);
        many.trust = trust_new();
        for (int i = 0; i < 100; i++) {
                uint8_t der[256];
                struct signing_key *key = NULL;
                struct signature_key *public_key = NULL;
                struct signature_key_info info;
                assert_int_equal(signing_key_new(SIGNING_ED25519, &key), 0);
                int der_len = signing_key_public(key, der, sizeof(der));
                assert_int_equal(signature_key_read(der, (size_t)der_len, &public_key, &info), 0);
                memcpy(info.kid, pass.kid, SITE_PASS_KID_LEN);
                assert_int_equal(trust_add(many.trust, public_key, &info, TRUST_PASS, "many"), 0);
                signing_key_free(key);
        }
        pass_trust(many.trust, world->issuer, TRUST_PASS, "the seventeenth and later");
        assert_int_equal(pass_read_bytes(many.trust, bytes, len, &pass), REASON_BAD_SIGNATURE);
        refused_and_measured(&many, bytes, len, "a hundred keys of one kid");
        trust_unref(many.trust);
}

static void no_memory_is_kept(void **state)
{
        const struct pass_world *world = *state;
        uint8_t bytes[SITE_PASS_BYTES_MAX];
        size_t len = genuine(world, true, bytes);
        struct site_pass pass;
        bytes[len - 1] ^= 1;
        for (int i = 0; i < 100; i++)
                (void)pass_read_bytes(world->trust, bytes, len, &pass);
        size_t before = mallinfo2().uordblks;
        for (int i = 0; i < 500; i++)
                (void)pass_read_bytes(world->trust, bytes, len, &pass);
        assert_true(mallinfo2().uordblks <= before);
}

static void the_worst_is_told(void **state)
{
        const struct pass_world *world = *state;
        uint8_t bytes[SITE_PASS_BYTES_MAX];
        size_t len = genuine(world, false, bytes);
        double honest = measure(world->trust, bytes, len);
        print_message("# honest verification %.1f us; the worst forgery, %s, %.1f us: %.1f times\n",
                      honest, worst_of, worst, worst / honest);
        assert_true(honest > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_flipped_bit_is_believed),
                cmocka_unit_test(nothing_cut_off_or_hung_on_is_believed),
                cmocka_unit_test(no_other_algorithm_is_believed),
                cmocka_unit_test(no_swapped_kid_is_believed),
                cmocka_unit_test(no_proof_of_another_is_believed),
                cmocka_unit_test(no_second_form_of_the_claims_is_read),
                cmocka_unit_test(no_second_form_of_the_message_is_read),
                cmocka_unit_test(bombs_are_refused_and_cost_little),
                cmocka_unit_test(a_kid_shared_by_many_keys_bounds_the_work),
                cmocka_unit_test(no_memory_is_kept),
                cmocka_unit_test(the_worst_is_told),
        };
        return cmocka_run_group_tests_name("forgery", tests, pass_world_make, pass_world_end);
}

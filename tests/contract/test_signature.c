/* Signature port: who signed what, with the RFCs' examples and with keys made here. */
#include "tests/check.h"

#include "controller/validate/cose/sign1.h"
#include "tests/hex.h"
#include <errno.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <string.h>

enum {
        BYTES_MAX = 4096,
        KINDS = 6
};

static struct signature_key *p256(const char *x_hex, bool is_y_odd)
{
        uint8_t x[32];
        struct signature_key *key = NULL;
        assert_int_equal(hex_read(x_hex, x, sizeof(x)), 32);
        assert_int_equal(signature_key_p256(x, is_y_odd, &key), 0);
        return key;
}

/* Reads the message and says whether the key signed it. */
static int verify_hex(const char *hex, const struct signature_key *key, const void *external,
                      size_t external_len)
{
        uint8_t bytes[BYTES_MAX];
        struct cbor_reader reader;
        struct sign1 message;
        cbor_reader_init(&reader, bytes, hex_read(hex, bytes, sizeof(bytes)));
        assert_int_equal(sign1_read(&reader, &message), 0);
        assert_true(cbor_at_end(&reader));
        return sign1_verify(&message, key, external, external_len);
}

static const char cwt_example[] =
        "d28443a10126a05850a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f"
        "61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b7158"
        "405427c1ff28d23fbad1f29c4c7c6a555e601d6fa29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01"
        "f85951ecee743a52b9b63632c57209120e1c9e30";
static const char cwt_x[] = "143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f";

static void the_token_of_rfc_8392_is_signed_by_its_key(void **state)
{
        (void)state;
        struct signature_key *key = p256(cwt_x, true), *other = p256(cwt_x, false);
        assert_int_equal(verify_hex(cwt_example, key, NULL, 0), 1);
        assert_int_equal(verify_hex(cwt_example, key, "x", 1), 0);
        assert_int_equal(verify_hex(cwt_example, other, NULL, 0), 0);
        signature_key_free(key);
        signature_key_free(other);
}

static void the_example_of_rfc_9052_is_signed_by_its_key(void **state)
{
        (void)state;
        static const char example[] =
                "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c"
                "465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a2234"
                "44547e01f11d3b0916e5a4c345cacb36";
        struct signature_key *key =
                p256("bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff", false);
        assert_int_equal(verify_hex(example, key, NULL, 0), 1);
        signature_key_free(key);
}

static void one_wrong_bit_anywhere_is_not_signed(void **state)
{
        (void)state;
        struct signature_key *key = p256(cwt_x, true);
        uint8_t bytes[BYTES_MAX];
        size_t len = hex_read(cwt_example, bytes, sizeof(bytes));
        for (size_t bit = 0; bit < 8 * len; bit++) {
                struct cbor_reader reader;
                struct sign1 message;
                bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                cbor_reader_init(&reader, bytes, len);
                if (sign1_read(&reader, &message) == 0 && cbor_at_end(&reader))
                        assert_int_equal(sign1_verify(&message, key, NULL, 0), 0);
                bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        signature_key_free(key);
}

static void an_algorithm_beyond_32_bits_is_not_cut_to_one_within(void **state)
{
        (void)state;
        struct signature_key *key = p256(cwt_x, true);
        uint8_t bytes[BYTES_MAX];
        struct cbor_reader reader;
        struct sign1 message;
        cbor_reader_init(&reader, bytes, hex_read(cwt_example, bytes, sizeof(bytes)));
        assert_int_equal(sign1_read(&reader, &message), 0);
        assert_int_equal(sign1_verify(&message, key, NULL, 0), 1);
        message.alg += INT64_C(1) << 32;
        assert_int_equal(sign1_verify(&message, key, NULL, 0), 0);
        message.alg -= INT64_C(1) << 33;
        assert_int_equal(sign1_verify(&message, key, NULL, 0), 0);
        signature_key_free(key);
}

static void a_point_beside_the_curve_is_no_key(void **state)
{
        (void)state;
        uint8_t x[32] = { 0 };
        struct signature_key *key = NULL;
        memset(x, 0xff, sizeof(x));
        assert_int_equal(signature_key_p256(x, false, &key), -EBADMSG);
        assert_null(key);
        int beside = 0;
        memset(x, 0, sizeof(x));
        for (int i = 0; i < 16; i++) {
                x[31] = (uint8_t)i;
                int error = signature_key_p256(x, false, &key);
                assert_true(error == 0 || error == -EBADMSG);
                beside += error != 0;
                key = error ? key : signature_key_free(key);
        }
        assert_in_range(beside, 1, 15);
}

/* One key of every kind, with its algorithm and the length of its signature. */
struct kind {
        const char *name;
        const char *curve;
        enum signature_alg alg;
        size_t len;
        EVP_PKEY *pkey;
        struct signature_key *key;
};

static const struct kind kinds[KINDS] = {
        { .name = "EC", .curve = "P-256", .alg = SIGNATURE_ES256, .len = 64 },
        { .name = "EC", .curve = "P-384", .alg = SIGNATURE_ES384, .len = 96 },
        { .name = "EC", .curve = "P-521", .alg = SIGNATURE_ES512, .len = 132 },
        { .name = "RSA", .alg = SIGNATURE_PS256, .len = 256 },
        { .name = "ED25519", .alg = SIGNATURE_EDDSA, .len = 64 },
        { .name = "ED448", .alg = SIGNATURE_EDDSA, .len = 114 },
};

static EVP_PKEY *make_pkey(const char *name, const char *curve, size_t bits)
{
        EVP_PKEY *pkey = strcmp(name, "EC") == 0    ? EVP_PKEY_Q_keygen(NULL, NULL, name, curve)
                         : strcmp(name, "RSA") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, name, bits)
                                                    : EVP_PKEY_Q_keygen(NULL, NULL, name);
        assert_non_null(pkey);
        return pkey;
}

static size_t public_der(EVP_PKEY *pkey, uint8_t der[BYTES_MAX])
{
        uint8_t *end = der;
        int len = i2d_PUBKEY(pkey, NULL);
        assert_in_range(len, 1, BYTES_MAX);
        assert_int_equal(i2d_PUBKEY(pkey, &end), len);
        return (size_t)len;
}

static int make_kinds(void **state)
{
        struct kind *made = malloc(sizeof(kinds));
        assert_non_null(made);
        memcpy(made, kinds, sizeof(kinds));
        for (size_t i = 0; i < KINDS; i++) {
                uint8_t der[BYTES_MAX];
                made[i].pkey = make_pkey(made[i].name, made[i].curve, 2048);
                size_t len = public_der(made[i].pkey, der);
                assert_int_equal(signature_key_read(der, len, &made[i].key, NULL), 0);
        }
        *state = made;
        return 0;
}

static int free_kinds(void **state)
{
        struct kind *made = *state;
        for (size_t i = 0; i < KINDS; i++) {
                EVP_PKEY_free(made[i].pkey);
                signature_key_free(made[i].key);
        }
        free(made);
        return 0;
}

/* ECDSA-Sig-Value to r ‖ s. */
static void to_pair(const uint8_t *der, size_t der_len, uint8_t *signature, size_t len)
{
        ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
        assert_non_null(pair);
        int half = (int)len / 2;
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, half), half);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half, half), half);
        ECDSA_SIG_free(pair);
}

static const EVP_MD *hash_of(enum signature_alg alg)
{
        return alg == SIGNATURE_EDDSA                             ? NULL
               : alg == SIGNATURE_ES384 || alg == SIGNATURE_PS384 ? EVP_sha384()
               : alg == SIGNATURE_ES512 || alg == SIGNATURE_PS512 ? EVP_sha512()
                                                                  : EVP_sha256();
}

static void sign(const struct kind *kind, enum signature_alg alg, int salt, const char *text,
                 uint8_t signature[BYTES_MAX])
{
        uint8_t made[BYTES_MAX];
        size_t len = sizeof(made);
        EVP_PKEY_CTX *options = NULL;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        assert_int_equal(EVP_DigestSignInit(context, &options, hash_of(alg), NULL, kind->pkey), 1);
        if (strcmp(kind->name, "RSA") == 0) {
                int padding = salt == 0 ? RSA_PKCS1_PADDING : RSA_PKCS1_PSS_PADDING;
                assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, padding), 1);
                if (salt != 0)
                        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt), 1);
        }
        assert_int_equal(EVP_DigestSign(context, made, &len, (const uint8_t *)text, strlen(text)),
                         1);
        EVP_MD_CTX_free(context);
        if (kind->curve)
                to_pair(made, len, signature, kind->len);
        else
                memcpy(signature, made, len);
}

static void every_kind_of_key_knows_its_signature(void **state)
{
        const struct kind *made = *state;
        for (size_t i = 0; i < KINDS; i++) {
                uint8_t signature[BYTES_MAX];
                const struct kind *kind = &made[i];
                sign(kind, kind->alg, RSA_PSS_SALTLEN_DIGEST, "gate", signature);
                assert_int_equal(
                        signature_verify(kind->key, kind->alg, "gate", 4, signature, kind->len), 1);
                assert_int_equal(
                        signature_verify(kind->key, kind->alg, "gata", 4, signature, kind->len), 0);
                signature[kind->len / 3] ^= 1;
                assert_int_equal(
                        signature_verify(kind->key, kind->alg, "gate", 4, signature, kind->len), 0);
        }
}

static void a_signature_of_another_length_is_none(void **state)
{
        const struct kind *made = *state;
        for (size_t i = 0; i < KINDS; i++) {
                uint8_t signature[BYTES_MAX] = { 0 };
                const struct kind *kind = &made[i];
                const size_t lengths[] = {
                        0, 1, kind->len / 2, kind->len - 1, kind->len + 1, 1024
                };
                sign(kind, kind->alg, RSA_PSS_SALTLEN_DIGEST, "gate", signature);
                for (size_t k = 0; k < ARRAY_LEN(lengths); k++)
                        assert_int_equal(signature_verify(kind->key, kind->alg, "gate", 4,
                                                          signature, lengths[k]),
                                         0);
        }
}

static void an_algorithm_of_another_kind_of_key_is_an_error(void **state)
{
        const struct kind *made = *state;
        static const int algs[] = { SIGNATURE_ES256,
                                    SIGNATURE_EDDSA,
                                    SIGNATURE_ES384,
                                    SIGNATURE_ES512,
                                    SIGNATURE_PS256,
                                    SIGNATURE_PS384,
                                    SIGNATURE_PS512,
                                    0,
                                    5,
                                    -1,
                                    -257,
                                    -65535 };
        const uint8_t signature[BYTES_MAX] = { 0 };
        for (size_t i = 0; i < KINDS; i++) {
                for (size_t k = 0; k < ARRAY_LEN(algs); k++) {
                        enum signature_alg alg = (enum signature_alg)algs[k];
                        bool is_rsa = strcmp(made[i].name, "RSA") == 0;
                        bool is_its =
                                alg == made[i].alg ||
                                (is_rsa && (alg == SIGNATURE_PS384 || alg == SIGNATURE_PS512));
                        assert_int_equal(signature_verify(made[i].key, alg, "gate", 4, signature,
                                                          made[i].len),
                                         is_its ? 0 : -EINVAL);
                }
        }
}

static void rsa_signatures_are_pss_with_a_salt_as_long_as_the_hash(void **state)
{
        const struct kind *rsa = (const struct kind *)*state + 3;
        static const enum signature_alg algs[] = { SIGNATURE_PS256, SIGNATURE_PS384,
                                                   SIGNATURE_PS512 };
        for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
                uint8_t signature[BYTES_MAX];
                sign(rsa, algs[i], RSA_PSS_SALTLEN_DIGEST, "gate", signature);
                for (size_t k = 0; k < ARRAY_LEN(algs); k++)
                        assert_int_equal(
                                signature_verify(rsa->key, algs[k], "gate", 4, signature, 256),
                                k == i);
                sign(rsa, algs[i], 20, "gate", signature);
                assert_int_equal(signature_verify(rsa->key, algs[i], "gate", 4, signature, 256), 0);
                /* Padding as in PKCS #1 v1.5. */
                sign(rsa, algs[i], 0, "gate", signature);
                assert_int_equal(signature_verify(rsa->key, algs[i], "gate", 4, signature, 256), 0);
        }
}

static void numbers_out_of_range_sign_nothing(void **state)
{
        const struct kind *made = *state;
        for (size_t i = 0; i < 3; i++) {
                uint8_t signature[BYTES_MAX] = { 0 };
                assert_int_equal(signature_verify(made[i].key, made[i].alg, "gate", 4, signature,
                                                  made[i].len),
                                 0);
                memset(signature, 0xff, sizeof(signature));
                assert_int_equal(signature_verify(made[i].key, made[i].alg, "gate", 4, signature,
                                                  made[i].len),
                                 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_token_of_rfc_8392_is_signed_by_its_key),
                cmocka_unit_test(the_example_of_rfc_9052_is_signed_by_its_key),
                cmocka_unit_test(one_wrong_bit_anywhere_is_not_signed),
                cmocka_unit_test(an_algorithm_beyond_32_bits_is_not_cut_to_one_within),
                cmocka_unit_test(a_point_beside_the_curve_is_no_key),
                cmocka_unit_test(every_kind_of_key_knows_its_signature),
                cmocka_unit_test(a_signature_of_another_length_is_none),
                cmocka_unit_test(an_algorithm_of_another_kind_of_key_is_an_error),
                cmocka_unit_test(rsa_signatures_are_pss_with_a_salt_as_long_as_the_hash),
                cmocka_unit_test(numbers_out_of_range_sign_nothing),
        };
        return cmocka_run_group_tests(tests, make_kinds, free_kinds);
}

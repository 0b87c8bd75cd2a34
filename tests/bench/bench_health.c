/*
 * Bench: what a health certificate costs, in CPU time and as a multiple of one raw signature check
 * by OpenSSL in the same run; then what the worst ones cost. Certificates are of the EU's test
 * data. Prints; judges nothing.
 */
#include "common/base64.h"
#include "controller/validate/cose/base45.h"
#include "controller/validate/formats/health_cert.h"

#include <jansson.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define DATA_SET "../shared/data/dgc-testdata/common/2DCode/raw/"

enum {
        REPEATS = 400,
        TEXT_ROOM = 16384
};

struct sample {
        char text[TEXT_ROOM];
        size_t len;
        uint8_t der[SIGNATURE_DER_MAX];
        size_t der_len;
};

static int64_t cpu_ns(void)
{
        struct timespec now;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool load(struct sample *sample, const char *path)
{
        json_t *root = json_load_file(path, 0, NULL);
        const char *text = json_string_value(json_object_get(root, "PREFIX"));
        const char *der =
                json_string_value(json_object_get(json_object_get(root, "TESTCTX"), "CERTIFICATE"));
        bool is_good = text && der && strlen(text) < sizeof(sample->text);
        if (is_good) {
                sample->len = strlen(text);
                memcpy(sample->text, text, sample->len + 1);
                sample->der_len = base64_decode(der, strlen(der), sample->der, sizeof(sample->der));
        }
        json_decref(root);
        return is_good;
}

static void add(struct trust *trust, const struct sample *sample, int times)
{
        struct signature_key *key = NULL;
        struct signature_key_info info;
        for (int i = 0; i < times; i++)
                if (signature_key_read(sample->der, sample->der_len, &key, &info) != 0 ||
                    trust_add(trust, key, &info, TRUST_HEALTH, "signer") != 0)
                        exit(1);
}

/* The cheapest of many: the machine has other things to do. */
static double read_us(const char *text, size_t len, const struct trust *trust, enum reason expected)
{
        static struct health_cert_scratch scratch;
        struct health_cert cert;
        int64_t best = INT64_MAX;
        for (int i = 0; i < REPEATS; i++) {
                int64_t before = cpu_ns();
                enum reason reason = health_cert_read(text, len, trust, &scratch, &cert, NULL);
                int64_t took = cpu_ns() - before;
                if (reason != expected) {
                        fprintf(stderr, "reason %d\n", (int)reason);
                        exit(1);
                }
                best = took < best ? took : best;
        }
        return (double)best / 1000;
}

/* One EVP_PKEY_verify of a digest by that key, of a signature that is its own size and wrong: the
 * same work as for a good one. */
static double raw_us(const struct sample *sample)
{
        const uint8_t *at = sample->der;
        X509 *certificate = d2i_X509(NULL, &at, (long)sample->der_len);
        EVP_PKEY *key = X509_get_pubkey(certificate);
        bool is_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
        uint8_t digest[32] = { 1 }, signature[512] = { 0 };
        size_t len = (size_t)EVP_PKEY_get_size(key);
        if (is_rsa) {
                memset(signature + 1, 0x5a, len - 1);
        } else {
                uint8_t *end = signature;
                ECDSA_SIG *pair = ECDSA_SIG_new();
                BIGNUM *r = BN_new(), *s = BN_new();
                BN_set_bit(r, 250);
                BN_set_bit(s, 249);
                ECDSA_SIG_set0(pair, r, s);
                len = (size_t)i2d_ECDSA_SIG(pair, &end);
                ECDSA_SIG_free(pair);
        }
        int64_t best = INT64_MAX;
        for (int i = 0; i < REPEATS; i++) {
                EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
                EVP_PKEY_verify_init(context);
                EVP_PKEY_CTX_set_signature_md(context, EVP_sha256());
                if (is_rsa) {
                        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
                        EVP_PKEY_CTX_set_rsa_pss_saltlen(context, 32);
                }
                int64_t before = cpu_ns();
                (void)EVP_PKEY_verify(context, signature, len, digest, sizeof(digest));
                int64_t took = cpu_ns() - before;
                best = took < best ? took : best;
                EVP_PKEY_CTX_free(context);
        }
        EVP_PKEY_free(key);
        X509_free(certificate);
        return (double)best / 1000;
}

static void print(const char *what, double us, double raw)
{
        printf("  %-44s %8.1f µs  %5.2f\n", what, us, us / raw);
}

/* base45 of zlib of the bytes. */
static size_t pack(const uint8_t *bytes, size_t len, char *text)
{
        static uint8_t packed[TEXT_ROOM / 2];
        uLongf packed_len = sizeof(packed);
        if (compress2(packed, &packed_len, bytes, len, 9) != Z_OK)
                exit(1);
        size_t prefix = (size_t)sprintf(text, HEALTH_CERT_PREFIX);
        ssize_t written = base45_encode(packed, packed_len, text + prefix, TEXT_ROOM - prefix);
        if (written < 0)
                exit(1);
        return prefix + (size_t)written;
}

static void bench_worst(const struct sample *sample, double raw)
{
        static uint8_t bytes[4 * 1024 * 1024];
        static char text[TEXT_ROOM];
        struct trust *trust = trust_new();
        add(trust, sample, 1);
        printf("the worst, as multiples of one ES256 check\n");
        memset(bytes, 0x84, sizeof(bytes));
        print("zlib bomb of 4 MiB",
              read_us(text, pack(bytes, sizeof(bytes), text), trust, REASON_UNREADABLE), raw);
        memset(bytes, 0x81, HEALTH_CERT_PLAIN_MAX);
        print("64 KiB of nested arrays",
              read_us(text, pack(bytes, HEALTH_CERT_PLAIN_MAX, text), trust, REASON_UNREADABLE),
              raw);
        trust_unref(trust);
}

/* The signature's last byte changed, with as many keys of its kid as are tried. */
static void bench_tries(const struct sample *sample, double raw)
{
        static uint8_t packed[TEXT_ROOM], plain[TEXT_ROOM];
        static char text[TEXT_ROOM];
        struct trust *trust = trust_new();
        size_t prefix = strlen(HEALTH_CERT_PREFIX);
        uLongf len = sizeof(plain);
        ssize_t packed_len =
                base45_decode(sample->text + prefix, sample->len - prefix, packed, sizeof(packed));
        add(trust, sample, TRUST_TRIES_MAX + 1);
        if (packed_len < 0 || uncompress(plain, &len, packed, (uLong)packed_len) != Z_OK)
                exit(1);
        plain[len - 1] ^= 1;
        print("forged, with more keys of its kid than are tried",
              read_us(text, pack(plain, len, text), trust, REASON_BAD_SIGNATURE), raw);
        trust_unref(trust);
}

int main(void)
{
        static const struct {
                const char *file, *alg;
        } kinds[] = { { DATA_SET "CO3.json", "ES256" },
                      { DATA_SET "CO1.json", "PS256, RSA 2048" } };
        static struct sample samples[ARRAY_LEN(kinds)];
        double raw[ARRAY_LEN(kinds)];
        puts("health certificates: CPU time, and as a multiple of one EVP_PKEY_verify");
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                struct trust *alone = trust_new(), *many = trust_new();
                if (!load(&samples[i], kinds[i].file)) {
                        printf("  %s is not there\n", kinds[i].file);
                        return 0;
                }
                raw[i] = raw_us(&samples[i]);
                add(alone, &samples[i], 1);
                printf("%s, %zu characters; raw check %.1f µs\n", kinds[i].alg, samples[i].len,
                       raw[i]);
                print("read and verified",
                      read_us(samples[i].text, samples[i].len, alone, REASON_NONE), raw[i]);
                print("read, its signer unknown",
                      read_us(samples[i].text, samples[i].len, NULL, REASON_UNTRUSTED_ISSUER),
                      raw[i]);
                if (i > 0)
                        add(many, &samples[0], TRUST_KEYS_MAX - 1);
                add(many, &samples[i], 1);
                if (i > 0)
                        print("read and verified, the last of 4096 keys",
                              read_us(samples[i].text, samples[i].len, many, REASON_NONE), raw[i]);
                trust_unref(alone);
                trust_unref(many);
        }
        bench_worst(&samples[0], raw[0]);
        bench_tries(&samples[0], raw[0]);
        return 0;
}

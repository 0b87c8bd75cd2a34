/*
 * Bench: what reading a code costs, class by class, in CPU time and as a multiple of one raw check
 * by OpenSSL in the same run: of Ed25519, for a proof of Ed25519 and ES256 (health certificates:
 * bench_health). Prints; judges nothing.
 */
#include "controller/validate/credential.h"
#include "controller/validate/formats/site_pass_write.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
        REPEATS = 400
};

static int64_t cpu_ns(void)
{
        struct timespec now;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What no verifier can do without: a check of one algorithm by OpenSSL alone. */
struct floor {
        EVP_PKEY *key;
        const EVP_MD *hash;
        uint8_t data[120], signature[128];
        size_t len;
};

static void floor_init(struct floor *floor, EVP_PKEY *take_key, const EVP_MD *hash)
{
        *floor = (struct floor){ .key = take_key, .hash = hash, .len = sizeof(floor->signature) };
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        if (EVP_DigestSignInit(context, NULL, hash, NULL, take_key) != 1 ||
            EVP_DigestSign(context, floor->signature, &floor->len, floor->data,
                           sizeof(floor->data)) != 1)
                exit(1);
        EVP_MD_CTX_free(context);
}

static void floor_check(void *context)
{
        const struct floor *floor = context;
        EVP_MD_CTX *digest = EVP_MD_CTX_new();
        if (EVP_DigestVerifyInit(digest, NULL, floor->hash, NULL, floor->key) != 1 ||
            EVP_DigestVerify(digest, floor->signature, floor->len, floor->data,
                             sizeof(floor->data)) != 1)
                exit(1);
        EVP_MD_CTX_free(digest);
}

struct bench {
        struct credential_reader *reader;
        struct floor ed25519, es256;
};

/* Lowers *least to what once() took, if that is less. */
static void measure(void (*once)(void *context), void *context, int64_t *least)
{
        int64_t before = cpu_ns();
        once(context);
        int64_t took = cpu_ns() - before;
        *least = took < *least ? took : *least;
}

/* The cheapest of many, for the machine has other things to do; each beside a check of both
 * algorithms, so that a slow moment is slow for all. */
static void print_cost(struct bench *bench, const char *what, bool is_of_both,
                       void (*once)(void *context), void *context)
{
        int64_t least = INT64_MAX, ed25519 = INT64_MAX, es256 = INT64_MAX;
        for (int i = 0; i < REPEATS; i++) {
                measure(once, context, &least);
                measure(floor_check, &bench->ed25519, &ed25519);
                measure(floor_check, &bench->es256, &es256);
        }
        double floor = (double)(is_of_both ? ed25519 + es256 : ed25519);
        printf("  %-44s %8.1f µs  %5.2f of %.1f µs\n", what, (double)least / 1000,
               (double)least / floor, floor / 1000);
}

struct code {
        struct credential_reader *reader;
        struct payload payload;
        struct credential_reading reading;
};

static void read_code(void *context)
{
        struct code *code = context;
        credential_read(code->reader, &code->payload, &code->reading);
}

static void print_reading(struct bench *bench, const char *what, bool is_of_both, const char *text,
                          enum reason expected)
{
        static struct code code;
        code.reader = bench->reader;
        code.payload.len = strlen(text);
        memcpy(code.payload.bytes, text, code.payload.len + 1);
        print_cost(bench, what, is_of_both, read_code, &code);
        if (code.reading.objection != expected) {
                fprintf(stderr, "%.20s…: objection %d\n", text, (int)code.reading.objection);
                exit(1);
        }
}

static void check(int error)
{
        if (error) {
                fprintf(stderr, "%s\n", strerror(-error));
                exit(1);
        }
}

static struct trust *trust_of(const struct signing_key *issuer)
{
        uint8_t der[256];
        struct signature_key *key = NULL;
        struct signature_key_info info;
        struct trust *trust = trust_new();
        int len = signing_key_public(issuer, der, sizeof(der));
        check(signature_key_read(der, (size_t)len, &key, &info));
        check(trust_add(trust, key, &info, TRUST_PASS, "bench"));
        return trust;
}

static void bench_passes(struct bench *bench)
{
        struct signing_key *issuer = NULL, *phone = NULL;
        char text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        uint8_t der[256];
        struct site_pass pass = { .claims = { .holder = "w-001234",
                                              .site = "plant",
                                              .level = { "staff" },
                                              .levels = 1,
                                              .issued_us = INT64_C(1790000000000000),
                                              .id_len = SITE_PASS_CTI_LEN },
                                  .until_us = INT64_C(1800000000000000) };
        check(signing_key_new(SIGNING_ED25519, &issuer));
        check(signing_key_new(SIGNING_P256, &phone));
        struct trust *trust = trust_of(issuer);
        check(site_pass_write(&pass, issuer, text));
        bench->reader->trust = trust;
        print_reading(bench, "site pass", false, text, REASON_NONE);
        int len = signing_key_public(phone, der, sizeof(der));
        check(site_pass_bind(&pass, der, (size_t)len));
        check(site_pass_write(&pass, issuer, text));
        check(site_pass_prove(text, phone, INT64_C(1795000000000000), proven));
        print_reading(bench, "site pass with a phone's proof (and ES256)", true, proven,
                      REASON_NONE);
        bench->reader->trust = NULL;
        print_reading(bench, "site pass of an unknown issuer", false, text,
                      REASON_UNTRUSTED_ISSUER);
        trust_unref(trust);
        signing_key_free(issuer);
        signing_key_free(phone);
}

static void check_one_time(void *context)
{
        int64_t step = 0;
        (void)!one_time_check(context, 1, INT64_C(1790000000000000), 0, &step);
}

int main(void)
{
        static const struct {
                const char *what, *text;
                enum reason objection;
        } codes[] = {
                { "citizen card (CCCD)",
                  "001099000123|012345678|Nguyễn Văn An|01021999|Nam|Số 1 Đường Láng, Láng Thượng, "
                  "Đống Đa, Hà Nội|15042021",
                  REASON_NONE },
                { "personal QR", "******000317|NGUYEN VAN AN|1987-**-**|0|162979388586171100|<1<<",
                  REASON_NONE },
                { "insurance card",
                  "DN4010000000001|4e677579e1bb856e2056c4836e20416e|01/02/"
                  "1999|1|48c3a0204ee1bb9969|"
                  "01 - 001|01/01/2016|31/12/2016|20/12/2015|01000000001||K1|01/01/2020|"
                  "0123456789abcdef-7102|$",
                  REASON_NONE },
                { "payment code",
                  "00020101021138540010A00000072701240006970436011001234567890208QRIBFTTA5303704580"
                  "2"
                  "VN63041234",
                  REASON_NOT_A_PASS },
                { "enrolled code", "WORKER-0001-AN", REASON_NONE },
        };
        static struct bench bench;
        uint8_t secret[ONE_TIME_SECRET_LEN] = { 7 };
        bench.reader = calloc(1, sizeof(*bench.reader));
        if (!bench.reader)
                return 1;
        floor_init(&bench.ed25519, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
        floor_init(&bench.es256, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), EVP_sha256());
        puts("reading a code, and its multiple of raw signature checks by OpenSSL beside it");
        bench_passes(&bench);
        print_cost(&bench, "one-time code, three steps", false, check_one_time, secret);
        for (size_t i = 0; i < ARRAY_LEN(codes); i++)
                print_reading(&bench, codes[i].what, false, codes[i].text, codes[i].objection);
        EVP_PKEY_free(bench.ed25519.key);
        EVP_PKEY_free(bench.es256.key);
        free(bench.reader);
        return 0;
}

/*
 * Bench: what reading a code costs, class by class, in CPU time and as a multiple of one raw
 * Ed25519 check by OpenSSL in the same run (health certificates: bench_health). Prints; judges
 * nothing.
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

/* The cheapest of many: the machine has other things to do. */
static double read_us(struct credential_reader *reader, const char *text, enum reason expected)
{
        static struct payload payload;
        static struct credential_reading reading;
        int64_t best = INT64_MAX;
        payload.len = strlen(text);
        memcpy(payload.bytes, text, payload.len + 1);
        for (int i = 0; i < REPEATS; i++) {
                int64_t before = cpu_ns();
                credential_read(reader, &payload, &reading);
                int64_t took = cpu_ns() - before;
                best = took < best ? took : best;
        }
        if (reading.objection != expected) {
                fprintf(stderr, "%.20s…: objection %d\n", text, (int)reading.objection);
                exit(1);
        }
        return (double)best / 1000;
}

static double raw_us(void)
{
        uint8_t data[120] = { 1 }, signature[64];
        size_t len = sizeof(signature);
        int64_t best = INT64_MAX;
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        if (EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
            EVP_DigestSign(context, signature, &len, data, sizeof(data)) != 1)
                exit(1);
        EVP_MD_CTX_free(context);
        for (int i = 0; i < REPEATS; i++) {
                context = EVP_MD_CTX_new();
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, key);
                int64_t before = cpu_ns();
                if (EVP_DigestVerify(context, signature, len, data, sizeof(data)) != 1)
                        exit(1);
                int64_t took = cpu_ns() - before;
                best = took < best ? took : best;
                EVP_MD_CTX_free(context);
        }
        EVP_PKEY_free(key);
        return (double)best / 1000;
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

static void bench_passes(struct credential_reader *reader, double raw)
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
        reader->trust = trust;
        double us = read_us(reader, text, REASON_NONE);
        printf("  %-44s %8.1f µs  %5.2f\n", "site pass", us, us / raw);
        int len = signing_key_public(phone, der, sizeof(der));
        check(site_pass_bind(&pass, der, (size_t)len));
        check(site_pass_write(&pass, issuer, text));
        check(site_pass_prove(text, phone, INT64_C(1795000000000000), proven));
        us = read_us(reader, proven, REASON_NONE);
        printf("  %-44s %8.1f µs  %5.2f\n", "site pass with a phone's proof (and ES256)", us,
               us / raw);
        reader->trust = NULL;
        us = read_us(reader, text, REASON_UNTRUSTED_ISSUER);
        printf("  %-44s %8.1f µs  %5.2f\n", "site pass of an unknown issuer", us, us / raw);
        trust_unref(trust);
        signing_key_free(issuer);
        signing_key_free(phone);
}

static void bench_one_time(double raw)
{
        static const uint8_t secret[ONE_TIME_SECRET_LEN] = { 7 };
        int64_t step = 0, best = INT64_MAX;
        for (int i = 0; i < REPEATS; i++) {
                int64_t before = cpu_ns();
                (void)!one_time_check(secret, 1, INT64_C(1790000000000000), 0, &step);
                int64_t took = cpu_ns() - before;
                best = took < best ? took : best;
        }
        printf("  %-44s %8.1f µs  %5.2f\n", "one-time code, three steps", (double)best / 1000,
               (double)best / 1000 / raw);
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
        struct credential_reader *reader = calloc(1, sizeof(*reader));
        if (!reader)
                return 1;
        double raw = raw_us();
        printf("reading a code; multiples are of one raw Ed25519 check, %.1f µs\n", raw);
        bench_passes(reader, raw);
        bench_one_time(raw);
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                double us = read_us(reader, codes[i].text, codes[i].objection);
                printf("  %-44s %8.1f µs  %5.2f\n", codes[i].what, us, us / raw);
        }
        free(reader);
        return 0;
}

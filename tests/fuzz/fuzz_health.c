/*
 * Fuzz: a health certificate. The input is what zlib gave (the fuzzer would not find its way
 * through base45 and zlib) for even first bytes, else the code's text behind its prefix. Whatever
 * comes: texts that end, a kind that fits what was counted, and nobody's signature is good.
 */
#include "controller/validate/cose/base45.h"
#include "controller/validate/formats/health_cert.h"
#include "controller/validate/trust_list.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
        TEXT_ROOM = 32768
};

/* A key whose private half nobody has: P-256 with the x of its generator. */
static struct trust *make_trust(void)
{
        static const uint8_t x[32] = { 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
                                       0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
                                       0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
                                       0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96 };
        const struct signature_key_info info = { .usage = SIGNATURE_USAGE_TEST };
        struct signature_key *key = NULL;
        struct trust *trust = trust_new();
        assert(trust && signature_key_p256(x, true, &key) == 0);
        assert(trust_add(trust, key, &info, TRUST_PASS | TRUST_HEALTH, "nobody") == 0);
        return trust;
}

static size_t wrap(const uint8_t *data, size_t size, char *text)
{
        static uint8_t packed[TEXT_ROOM / 2];
        uLongf len = sizeof(packed);
        size_t prefix = strlen(HEALTH_CERT_PREFIX);
        if (compress2(packed, &len, data, size, 1) != Z_OK)
                return 0;
        memcpy(text, HEALTH_CERT_PREFIX, prefix);
        ssize_t written = base45_encode(packed, len, text + prefix, TEXT_ROOM - prefix);
        return written < 0 ? 0 : prefix + (size_t)written;
}

static size_t begin(const uint8_t *data, size_t size, char *text)
{
        size_t prefix = strlen(HEALTH_CERT_PREFIX);
        if (size > FLOW_PAYLOAD_MAX - prefix)
                return 0;
        memcpy(text, HEALTH_CERT_PREFIX, prefix);
        memcpy(text + prefix, data, size);
        return prefix + size;
}

static void check(const struct health_cert *cert, enum reason reason, const char *step)
{
        assert(reason == REASON_UNREADABLE || reason == REASON_BAD_SIGNATURE);
        assert(step && step[0] != '\0');
        assert(cert->signer[0] == '\0');
        assert(memchr(cert->issuer, '\0', sizeof(cert->issuer)));
        assert(memchr(cert->surname, '\0', sizeof(cert->surname)));
        assert(memchr(cert->forename_icao, '\0', sizeof(cert->forename_icao)));
        assert(memchr(cert->born, '\0', sizeof(cert->born)));
        assert(memchr(cert->date, '\0', sizeof(cert->date)));
        assert(memchr(cert->id, '\0', sizeof(cert->id)));
        assert((cert->kind == HEALTH_CERT_NONE) == (cert->kinds == 0));
        assert((cert->usage == 0) == (cert->kinds == 0));
        assert(cert->kinds <= 3 && cert->kid_len <= sizeof(cert->kid));
        assert(cert->dose >= 0 && cert->dose <= 99 && cert->doses >= 0 && cert->doses <= 99);
        if (reason == REASON_BAD_SIGNATURE)
                assert(cert->has_issued && cert->has_expires);
}

static void check_list(const uint8_t *data, size_t size, const struct trust *trust)
{
        struct trust_list list;
        const uint8_t *der = NULL;
        size_t len = 0, count = 0;
        enum trust_list_answer answer = trust_list_open(data, size, trust, &list);
        assert(answer == TRUST_LIST_DAMAGED || answer == TRUST_LIST_FORGED);
        while (trust_list_next(&list, &der, &len)) {
                assert(der >= data && der + len <= data + size);
                count++;
        }
        assert(answer == TRUST_LIST_DAMAGED ? count == 0 : count == list.info.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct trust *trust;
        static struct health_cert_scratch scratch;
        static char room[TEXT_ROOM];
        if (!trust)
                trust = make_trust();
        if (size == 0)
                return 0;
        bool is_message = data[0] % 2 == 0;
        size_t len = is_message ? wrap(data + 1, size - 1, room) : begin(data + 1, size - 1, room);
        /* On the heap, in its exact size: a read beyond it is seen. */
        char *text = malloc(len > 0 ? len : 1);
        struct health_cert cert;
        const char *step = NULL;
        if (text && len > 0) {
                memcpy(text, room, len);
                enum reason reason = health_cert_read(text, len, trust, &scratch, &cert, &step);
                check(&cert, reason, step);
        }
        free(text);
        if (is_message)
                check_list(data + 1, size - 1, trust);
        return 0;
}

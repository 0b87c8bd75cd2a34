#include "controller/validate/formats/health_cert.h"

#include "controller/validate/cose/base45.h"
#include "controller/validate/cose/cwt.h"
#include "controller/validate/cose/inflate.h"
#include "controller/validate/formats/health_cert_dcc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        CLAIM_HCERT = -260,
        HCERT_DCC = 1
};

bool health_cert_is_like(const char *text, size_t len)
{
        size_t prefix = strlen(HEALTH_CERT_PREFIX);
        return len >= prefix && memcmp(text, HEALTH_CERT_PREFIX, prefix) == 0;
}

static size_t without_end(const char *text, size_t len)
{
        while (len > 0 && (text[len - 1] == '\0' || text[len - 1] == '\r' || text[len - 1] == '\n'))
                len--;
        return len;
}

/* From text to COSE. Bytes in scratch->plain, or -errno. */
static ssize_t unpack(const char *text, size_t len, struct health_cert_scratch *scratch,
                      const char **step)
{
        size_t prefix = strlen(HEALTH_CERT_PREFIX);
        *step = "base45";
        if (!health_cert_is_like(text, len))
                return -EBADMSG;
        ssize_t packed = base45_decode(text + prefix, without_end(text, len) - prefix,
                                       scratch->packed, sizeof(scratch->packed));
        if (packed < 0)
                return packed;
        *step = "zlib";
        return inflate_zlib(scratch->packed, (size_t)packed, scratch->plain,
                            sizeof(scratch->plain));
}

/* The claims come in any order, the date of issue maybe behind the DCC, which is judged by it: the
 * DCC waits until all were seen. */
struct claims {
        struct cbor_reader dcc;
        bool has_hcert;
};

static int take_claim(void *context, int64_t label, struct cbor_reader *value)
{
        struct claims *claims = context;
        if (label == CLAIM_HCERT) {
                claims->dcc = *value;
                claims->has_hcert = true;
        }
        return cbor_skip(value);
}

/* {1: DCC}, and nobody defined another key. */
static int read_hcert(struct cbor_reader *reader, struct health_cert *cert)
{
        struct cbor_item item;
        int64_t key = 0;
        int error = cbor_next(reader, &item);
        if (!error && (item.type != CBOR_MAP || (!item.is_indefinite && item.uint != 1)))
                error = -EBADMSG;
        if (!error)
                error = cbor_int(reader, &key);
        if (!error && key != HCERT_DCC)
                error = -EBADMSG;
        if (!error)
                error = health_cert_dcc_read(reader, cert);
        if (!error && item.is_indefinite) {
                error = cbor_next(reader, &item);
                if (!error && item.type != CBOR_BREAK)
                        error = -EBADMSG;
        }
        return error;
}

static int read_claims(const struct sign1 *message, struct health_cert *cert, const char **step)
{
        struct claims claims = { .has_hcert = false };
        struct cwt cwt;
        *step = "cwt";
        int error = cwt_read(message->payload, message->payload_len, &cwt, take_claim, &claims);
        if (error)
                return error;
        snprintf(cert->issuer, sizeof(cert->issuer), "%s", cwt.iss);
        cert->has_issued = cwt.has_iat;
        cert->issued_us = cert->from_us = cwt.iat_us;
        cert->has_expires = cwt.has_exp;
        cert->expires_us = cwt.exp_us;
        cert->until_us = cwt.has_exp ? cwt.exp_us + 1 : 0;
        if (!cwt.has_iat || !cwt.has_exp)
                return -EBADMSG;
        *step = "dcc";
        return claims.has_hcert ? read_hcert(&claims.dcc, cert) : -EBADMSG;
}

static int take_apart(const char *text, size_t len, struct health_cert_scratch *scratch,
                      struct sign1 *message, struct health_cert *cert, const char **step)
{
        struct cbor_reader reader;
        ssize_t plain = unpack(text, len, scratch, step);
        if (plain < 0)
                return (int)plain;
        *step = "cose";
        cbor_reader_init(&reader, scratch->plain, (size_t)plain);
        int error = sign1_read(&reader, message);
        if (error)
                return error;
        cert->alg = message->has_alg ? message->alg : 0;
        cert->kid_len = message->kid_len;
        memcpy(cert->kid, message->kid, message->kid_len);
        return cbor_at_end(&reader) ? read_claims(message, cert, step) : -EBADMSG;
}

/* A limit of 0 is none: a bare key's, unless it is from a list that ends. */
static void limit_to_signer(struct health_cert *cert, const struct signature_key_info *info)
{
        bool is_late = info->until_us != 0 && cert->expires_us > info->until_us;
        cert->is_outside_signer = is_late || cert->issued_us < info->from_us;
        cert->from_us = cert->issued_us < info->from_us ? info->from_us : cert->issued_us;
        cert->until_us = (is_late ? info->until_us : cert->expires_us) + 1;
}

/* Every key of that kid, and of those that signed it the first that may. */
static enum reason verify(const struct sign1 *message, const struct trust *trust,
                          struct health_cert *cert, const char **step)
{
        bool has_alg = message->has_alg &&
                       (message->alg == SIGNATURE_ES256 || message->alg == SIGNATURE_PS256);
        struct trust_key key;
        size_t at = 0;
        int tries = 0;
        while (trust && tries < TRUST_TRIES_MAX &&
               trust_next(trust, TRUST_HEALTH, message->kid, message->kid_len, &at, &key)) {
                tries++;
                if (!has_alg || sign1_verify(message, key.key, NULL, 0) != 1)
                        continue;
                snprintf(cert->signer, sizeof(cert->signer), "%s", key.name);
                limit_to_signer(cert, key.info);
                cert->has_bad_usage =
                        key.info->usage != 0 && (key.info->usage & cert->usage) != cert->usage;
                if (!cert->has_bad_usage)
                        return REASON_NONE;
        }
        *step = tries == 0 ? "key" : cert->has_bad_usage ? "usage" : "signature";
        return tries == 0 ? REASON_UNTRUSTED_ISSUER : REASON_BAD_SIGNATURE;
}

enum reason health_cert_read(const char *text, size_t len, const struct trust *trust,
                             struct health_cert_scratch *scratch, struct health_cert *cert,
                             const char **step)
{
        const char *where = NULL;
        struct sign1 message;
        enum reason reason = REASON_UNREADABLE;
        *cert = (struct health_cert){ .kind = HEALTH_CERT_NONE };
        if (take_apart(text, len, scratch, &message, cert, &where) == 0)
                reason = verify(&message, trust, cert, &where);
        if (reason == REASON_NONE && cert->has_bad_schema) {
                reason = REASON_UNREADABLE;
                where = "schema";
        }
        if (step)
                *step = reason == REASON_NONE ? NULL : where;
        return reason;
}

#include "controller/ctl/inspect_signed.h"

#include "common/rfc3339.h"
#include "controller/flow_names.h"
#include "controller/validate/cose/cwt.h"
#include "controller/validate/cose/sign1.h"

#include <stdio.h>
#include <string.h>

static void set_text(json_t *fields, const char *key, const char *text)
{
        if (text[0] != '\0')
                json_object_set_new(fields, key, json_string(text));
}

static void set_hex(json_t *fields, const char *key, const uint8_t *bytes, size_t len)
{
        char *text = calloc(len + 1, 2);
        for (size_t i = 0; text && i < len; i++)
                snprintf(text + 2 * i, 3, "%02x", bytes[i]);
        set_text(fields, key, text ? text : "");
        free(text);
}

static void set_time(json_t *fields, const char *key, bool has, int64_t us)
{
        char text[RFC3339_MAX];
        rfc3339_format(us, text);
        if (has)
                set_text(fields, key, text);
}

static void set_count(json_t *fields, const char *key, int count)
{
        if (count > 0)
                json_object_set_new(fields, key, json_integer(count));
}

void inspect_signed_set_pass(json_t *fields, const struct site_pass *pass)
{
        const struct pass_claims *claims = &pass->claims;
        json_t *levels = json_array();
        set_text(fields, "holder", claims->holder);
        set_text(fields, "site", claims->site);
        set_text(fields, "schedule", claims->schedule);
        set_hex(fields, "id", claims->id, claims->id_len);
        set_time(fields, "issued", claims->issued_us != 0, claims->issued_us);
        set_time(fields, "valid_from", pass->from_us != 0, pass->from_us);
        set_time(fields, "expires", pass->until_us != 0, pass->until_us);
        set_count(fields, "uses", claims->uses_max);
        set_count(fields, "uses_a_day", claims->day_uses_max);
        set_time(fields, "proof", claims->proof_us != 0, claims->proof_us);
        json_object_set_new(fields, "bound", json_boolean(claims->is_bound));
        for (size_t i = 0; i < claims->levels; i++)
                json_array_append_new(levels, json_string(claims->level[i]));
        json_object_set_new(fields, "levels", levels);
}

/* Could it be taken apart? Of a certificate also when what came out keeps to no schema. */
static bool has_claims(const struct credential_reading *reading)
{
        return reading->objection != REASON_UNREADABLE ||
               (reading->class == CREDENTIAL_HEALTH_CERT && reading->health_cert.signer[0] != '\0');
}

void inspect_signed_set_health_cert(json_t *fields, const struct credential_reading *reading)
{
        static const char *const kinds[] = { [HEALTH_CERT_NONE] = "",
                                             [HEALTH_CERT_VACCINATION] = "vaccination",
                                             [HEALTH_CERT_TEST] = "test",
                                             [HEALTH_CERT_RECOVERY] = "recovery" };
        const struct health_cert *cert = &reading->health_cert;
        set_text(fields, "surname", cert->surname);
        set_text(fields, "forename", cert->forename);
        set_text(fields, "surname_icao", cert->surname_icao);
        set_text(fields, "forename_icao", cert->forename_icao);
        set_text(fields, "dob", cert->born);
        set_text(fields, "kind", kinds[cert->kind]);
        set_text(fields, "id", cert->id);
        set_text(fields, "country", cert->country);
        set_text(fields, "date", cert->date);
        set_count(fields, "dose", cert->dose);
        set_count(fields, "doses", cert->doses);
        set_text(fields, "version", cert->version);
        set_time(fields, "issued", cert->has_issued, cert->issued_us);
        set_time(fields, "expires", cert->has_expires, cert->expires_us);
        set_text(fields, "signer", cert->signer);
        if (has_claims(reading))
                json_object_set_new(fields, "schema", json_boolean(!cert->has_bad_schema));
        if (cert->signer[0] == '\0')
                return;
        json_object_set_new(fields, "usage", json_boolean(!cert->has_bad_usage));
        json_object_set_new(fields, "outside_signer", json_boolean(cert->is_outside_signer));
}

/* As JOSE and COSE name them. */
static const char *alg_name(int64_t alg)
{
        static const struct {
                enum signature_alg alg;
                const char *name;
        } names[] = { { SIGNATURE_ES256, "ES256" }, { SIGNATURE_EDDSA, "EdDSA" },
                      { SIGNATURE_ES384, "ES384" }, { SIGNATURE_ES512, "ES512" },
                      { SIGNATURE_PS256, "PS256" }, { SIGNATURE_PS384, "PS384" },
                      { SIGNATURE_PS512, "PS512" } };
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (names[i].alg == alg)
                        return names[i].name;
        return "";
}

void inspect_signed_set_issuer(json_t *object, const struct credential_reading *reading)
{
        if (reading->class == CREDENTIAL_HEALTH_CERT) {
                const struct health_cert *cert = &reading->health_cert;
                set_text(object, "issuer", cert->issuer[0] ? cert->issuer : cert->signer);
                set_text(object, "alg", alg_name(cert->alg));
                set_hex(object, "kid", cert->kid, cert->kid_len);
        } else if (reading->class == CREDENTIAL_SITE_PASS &&
                   reading->objection != REASON_UNREADABLE) {
                const struct site_pass *pass = &reading->site_pass;
                set_text(object, "issuer", pass->issuer);
                set_text(object, "alg", alg_name(SIGNATURE_EDDSA));
                set_hex(object, "kid", pass->kid, sizeof(pass->kid));
        }
}

/* [from, until); 0: no limit. */
static enum reason judge(int64_t from_us, int64_t until_us, int64_t now_us)
{
        if (from_us != 0 && now_us < from_us)
                return REASON_NOT_YET_VALID;
        return until_us != 0 && now_us >= until_us ? REASON_EXPIRED : REASON_NONE;
}

enum reason inspect_signed_judge(const struct credential_reading *reading, int64_t now_us)
{
        const struct site_pass *pass = &reading->site_pass;
        const struct health_cert *cert = &reading->health_cert;
        if (reading->class == CREDENTIAL_SITE_PASS)
                return judge(pass->from_us, pass->until_us, now_us);
        if (reading->class == CREDENTIAL_HEALTH_CERT)
                return judge(cert->from_us, cert->until_us, now_us);
        return REASON_NONE;
}

void inspect_signed_set_current(json_t *fields, const struct credential_reading *reading,
                                int64_t now_us)
{
        bool is_signed =
                reading->class == CREDENTIAL_SITE_PASS || reading->class == CREDENTIAL_HEALTH_CERT;
        if (is_signed && has_claims(reading))
                json_object_set_new(
                        fields, "current",
                        json_boolean(inspect_signed_judge(reading, now_us) == REASON_NONE));
}

bool inspect_signed_is_cose(const uint8_t *bytes, size_t len)
{
        /* Tag 18; tag 61 in two bytes; an array of four. */
        return len >= 2 &&
               (bytes[0] == 0xd2 || (bytes[0] == 0xd8 && bytes[1] == 0x3d) || bytes[0] == 0x84);
}

static enum reason verify(const struct sign1 *message, const struct trust *trust, json_t *object,
                          const char **step)
{
        enum {
                ANY = TRUST_PASS | TRUST_HEALTH
        };
        struct trust_key key;
        size_t at = 0;
        int tries = 0;
        while (trust && tries < TRUST_TRIES_MAX &&
               trust_next(trust, ANY, message->kid, message->kid_len, &at, &key)) {
                tries++;
                if (sign1_verify(message, key.key, NULL, 0) != 1)
                        continue;
                set_text(object, "issuer", key.name);
                return REASON_NONE;
        }
        *step = tries == 0 ? "key" : "signature";
        return tries == 0 ? REASON_UNTRUSTED_ISSUER : REASON_BAD_SIGNATURE;
}

/* A token's claims; of other content the text, or its bytes in hex. */
static void set_content(json_t *fields, const struct sign1 *message, const struct cwt *cwt,
                        bool is_cwt)
{
        if (!is_cwt) {
                json_t *text = json_stringn((const char *)message->payload, message->payload_len);
                if (text)
                        json_object_set_new(fields, "text", text);
                else
                        set_hex(fields, "payload", message->payload, message->payload_len);
                return;
        }
        set_text(fields, "iss", cwt->iss);
        set_text(fields, "sub", cwt->sub);
        set_text(fields, "aud", cwt->aud);
        set_time(fields, "exp", cwt->has_exp, cwt->exp_us);
        set_time(fields, "nbf", cwt->has_nbf, cwt->nbf_us);
        set_time(fields, "iat", cwt->has_iat, cwt->iat_us);
        set_hex(fields, "cti", cwt->cti, cwt->cti_len);
}

static enum reason read_cose(const uint8_t *bytes, size_t len, const struct trust *trust,
                             int64_t now_us, json_t *object, const char **step)
{
        struct cbor_reader reader;
        struct sign1 message;
        struct cwt cwt;
        json_t *fields = json_object();
        json_object_set_new(object, "fields", fields);
        cbor_reader_init(&reader, bytes, len);
        *step = "cose";
        if (sign1_read(&reader, &message) != 0 || !cbor_at_end(&reader))
                return REASON_UNREADABLE;
        bool is_cwt = cwt_read(message.payload, message.payload_len, &cwt, NULL, NULL) == 0;
        set_text(object, "alg", message.has_alg ? alg_name(message.alg) : "");
        set_hex(object, "kid", message.kid, message.kid_len);
        set_content(fields, &message, &cwt, is_cwt);
        enum reason reason = verify(&message, trust, object, step);
        if (reason != REASON_NONE)
                return reason;
        *step = NULL;
        return is_cwt ? judge(cwt.nbf_us, cwt.exp_us, now_us) : REASON_NONE;
}

json_t *inspect_signed_cose(const uint8_t *bytes, size_t len, const struct trust *trust,
                            int64_t now_us)
{
        const char *step = NULL;
        json_t *object = json_pack("{s:s, s:b}", "class", credential_class_name(CREDENTIAL_UNKNOWN),
                                   "valid", 0);
        enum reason reason = read_cose(bytes, len, trust, now_us, object, &step);
        json_object_set_new(object, "valid", json_boolean(reason == REASON_NONE));
        if (reason != REASON_NONE)
                set_text(object, "reason", reason_name(reason));
        if (step)
                set_text(object, "step", step);
        return object;
}

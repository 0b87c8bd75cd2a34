#include "controller/validate/credential.h"

#include "controller/validate/formats/other.h"
#include "controller/validate/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A payload as its readers want it: without what surrounds it, and as a text where it is one. */
struct trimmed {
        const char *bytes;
        size_t len;
        bool is_text;
        char text[TEXT_MAX];
};

/* What reading gives when it fails is not believed, so it names nobody. */
static void identify(struct credential_reading *reading, const char *kind, const char *value)
{
        size_t len = strlen(value);
        if (reading->objection != REASON_NONE || len == 0 || len >= sizeof(reading->value))
                return;
        reading->kind = kind;
        memcpy(reading->value, value, len + 1);
}

static void read_health_cert(struct credential_reader *reader, const struct trimmed *payload,
                             struct credential_reading *reading)
{
        reading->class = CREDENTIAL_HEALTH_CERT;
        reading->objection =
                health_cert_read(payload->bytes, payload->len, reader->trust, &reader->scratch,
                                 &reading->health_cert, &reading->step);
        identify(reading, CREDENTIAL_KIND_HEALTH_CERT, reading->health_cert.id);
}

static void read_site_pass(const struct credential_reader *reader, const struct trimmed *payload,
                           struct credential_reading *reading)
{
        const struct site_pass *pass = &reading->site_pass;
        char value[2 * (SITE_PASS_KID_LEN + PASS_ID_MAX) + 2];
        char *to = value;
        reading->class = CREDENTIAL_SITE_PASS;
        reading->objection =
                site_pass_read(payload->bytes, payload->len, reader->trust, &reading->site_pass);
        for (size_t i = 0; i < SITE_PASS_KID_LEN; i++)
                to += sprintf(to, "%02x", pass->kid[i]);
        *to++ = '/';
        *to = '\0';
        for (size_t i = 0; i < pass->claims.id_len && i < PASS_ID_MAX; i++)
                to += sprintf(to, "%02x", pass->claims.id[i]);
        identify(reading, CREDENTIAL_KIND_SITE_PASS, value);
}

static void read_one_time(const struct trimmed *payload, struct credential_reading *reading)
{
        char id[FLOW_ID_MAX] = "";
        reading->class = CREDENTIAL_ONE_TIME;
        if (!one_time_parse(payload->bytes, payload->len, id, &reading->one_time_code))
                reading->objection = REASON_UNREADABLE;
        identify(reading, CREDENTIAL_KIND_ONE_TIME, id);
}

/* Those that begin with a prefix that nothing else has. */
static bool read_signed(struct credential_reader *reader, const struct trimmed *payload,
                        struct credential_reading *reading)
{
        if (health_cert_is_like(payload->bytes, payload->len))
                read_health_cert(reader, payload, reading);
        else if (site_pass_is_like(payload->bytes, payload->len))
                read_site_pass(reader, payload, reading);
        else if (one_time_is_like(payload->bytes, payload->len))
                read_one_time(payload, reading);
        else
                return false;
        return true;
}

/* Claims of an identity: unsigned, good for finding who is enrolled. */
static bool read_identity(const char *text, struct credential_reading *reading)
{
        if (insurance_parse(&reading->insurance, text)) {
                const struct insurance *insurance = &reading->insurance;
                reading->class = CREDENTIAL_INSURANCE;
                identify(reading,
                         insurance->is_personal_number ? CREDENTIAL_KIND_NATIONAL_ID
                                                       : CREDENTIAL_KIND_INSURANCE,
                         insurance->number);
        } else if (personal_qr_parse(&reading->personal_qr, text)) {
                reading->class = CREDENTIAL_PERSONAL_QR;
                identify(reading, CREDENTIAL_KIND_PERSONAL_QR,
                         personal_qr_text(&reading->personal_qr, PERSONAL_QR_QID));
        } else if (national_id_parse(&reading->national_id, text)) {
                const struct national_id *id = &reading->national_id;
                reading->class = id->card.count <= NATIONAL_ID_CCCD_FIELDS_MAX
                                         ? CREDENTIAL_CCCD
                                         : CREDENTIAL_CAN_CUOC_2024;
                /* Only the number: a card that was renewed, or written differently, is the same
                 * person. */
                identify(reading, CREDENTIAL_KIND_NATIONAL_ID,
                         national_id_text(id, NATIONAL_ID_NUMBER));
        } else {
                return false;
        }
        return true;
}

static bool read_no_pass(const struct trimmed *payload, struct credential_reading *reading)
{
        static const enum credential_note notes[] = {
                [OTHER_LINK] = CREDENTIAL_NOTE_LINK,
                [OTHER_WIFI] = CREDENTIAL_NOTE_WIFI,
                [OTHER_CONTACT] = CREDENTIAL_NOTE_CONTACT,
                [OTHER_EVENT] = CREDENTIAL_NOTE_EVENT,
                [OTHER_SMART_HEALTH] = CREDENTIAL_NOTE_SMART_HEALTH,
                [OTHER_APP] = CREDENTIAL_NOTE_APP,
        };
        struct other other;
        if (payment_parse(&reading->payment, payload->bytes, payload->len)) {
                reading->class = CREDENTIAL_PAYMENT;
                reading->note = CREDENTIAL_NOTE_PAYMENT;
        } else if (other_parse(&other, payload->bytes, payload->len)) {
                reading->class = other.kind == OTHER_LINK ? CREDENTIAL_LINK : CREDENTIAL_OTHER;
                reading->note = notes[other.kind];
        } else {
                return false;
        }
        reading->objection = REASON_NOT_A_PASS;
        return true;
}

static void read_code(const char *text, struct credential_reading *reading)
{
        size_t len = strlen(text);
        if (len < CREDENTIAL_CODE_MIN || len >= sizeof(reading->value))
                return;
        reading->class = CREDENTIAL_CODE;
        identify(reading, CREDENTIAL_KIND_CODE, text);
}

unsigned int credential_flags(const struct credential_reading *reading,
                              const struct card_date *today)
{
        switch (reading->class) {
        case CREDENTIAL_CCCD:
        case CREDENTIAL_CAN_CUOC_2024:
                return national_id_flags(&reading->national_id, today);
        case CREDENTIAL_PERSONAL_QR:
                return personal_qr_flags(&reading->personal_qr, today);
        case CREDENTIAL_INSURANCE:
                return insurance_flags(&reading->insurance, today);
        case CREDENTIAL_PAYMENT:
                return reading->payment.flags;
        case CREDENTIAL_NONE:
        case CREDENTIAL_UNKNOWN:
        case CREDENTIAL_CODE:
        case CREDENTIAL_SITE_PASS:
        case CREDENTIAL_ONE_TIME:
        case CREDENTIAL_HEALTH_CERT:
        case CREDENTIAL_LINK:
        case CREDENTIAL_OTHER:
        case CREDENTIAL_CLASS_COUNT:
                break;
        }
        return 0;
}

enum credential_class credential_read(struct credential_reader *reader,
                                      const struct payload *payload,
                                      struct credential_reading *reading)
{
        struct trimmed trimmed;
        trimmed.bytes = text_trim(payload->bytes, payload->len, &trimmed.len);
        trimmed.is_text = text_normalise(payload->bytes, payload->len, trimmed.text) == 0;
        *reading = (struct credential_reading){ .class = CREDENTIAL_UNKNOWN, .kind = "" };
        if (!read_signed(reader, &trimmed, reading) &&
            !(trimmed.is_text && read_identity(trimmed.text, reading)) &&
            !read_no_pass(&trimmed, reading) && trimmed.is_text)
                read_code(trimmed.text, reading);
        reading->is_consistent = credential_flags(reading, NULL) == 0;
        return reading->class;
}

int credential_lookup(const uint8_t key[DIGEST_KEY_LEN], const char *kind, const char *value,
                      uint8_t lookup[FLOW_DIGEST_LEN])
{
        enum {
                KIND_MAX = 16
        };
        uint8_t data[KIND_MAX + CREDENTIAL_VALUE_MAX];
        size_t kind_len = strlen(kind), value_len = strlen(value);
        if (kind_len >= KIND_MAX || value_len >= CREDENTIAL_VALUE_MAX)
                return -E2BIG;
        memcpy(data, kind, kind_len + 1);
        memcpy(data + kind_len + 1, value, value_len + 1);
        return digest_hmac(key, data, kind_len + 1 + value_len, lookup);
}

int credential_fill(const uint8_t key[DIGEST_KEY_LEN], const struct credential_reading *reading,
                    struct credential *credential)
{
        credential->class = reading->class;
        credential->is_consistent = reading->is_consistent;
        credential->objection = reading->objection;
        if (reading->objection == REASON_NONE && reading->class == CREDENTIAL_SITE_PASS) {
                credential->from_us = reading->site_pass.from_us;
                credential->until_us = reading->site_pass.until_us;
                credential->pass = reading->site_pass.claims;
        } else if (reading->objection == REASON_NONE && reading->class == CREDENTIAL_HEALTH_CERT) {
                credential->from_us = reading->health_cert.from_us;
                credential->until_us = reading->health_cert.until_us;
        } else if (reading->class == CREDENTIAL_ONE_TIME) {
                credential->one_time_code = reading->one_time_code;
        }
        return credential_lookup(key, reading->kind, reading->value, credential->lookup);
}

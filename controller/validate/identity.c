#include "controller/validate/identity.h"

#include "controller/flow_names.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
        NAME_MAX_BYTES = 96, /* of a name; the number tells two with a long one apart */
        BORN_MAX = 40
};

struct identity {
        const char *number, *name, *phone;
        char born[BORN_MAX];
        char joined[2 * HEALTH_CERT_TEXT_MAX];
};

/* "1990-01-31"; what is masked or not said is left out: "1990". */
static void tell_date(char born[BORN_MAX], const struct card_date *date)
{
        born[0] = '\0';
        if (date->year > 0 && date->month > 0 && date->day > 0)
                snprintf(born, BORN_MAX, "%04d-%02d-%02d", date->year, date->month, date->day);
        else if (date->year > 0)
                snprintf(born, BORN_MAX, "%04d", date->year);
}

static void tell_personal_qr(const struct personal_qr *qr, struct identity *who)
{
        /* The QID, which registers know: the document's number may be masked. */
        who->number = personal_qr_text(qr, PERSONAL_QR_QID);
        who->name = personal_qr_text(qr, PERSONAL_QR_NAME);
        who->phone = personal_qr_text(qr, PERSONAL_QR_PHONE);
        tell_date(who->born, &qr->dob);
}

static void tell_health_cert(const struct health_cert *cert, struct identity *who)
{
        snprintf(who->joined, sizeof(who->joined), "%s %s", cert->surname, cert->forename);
        snprintf(who->born, sizeof(who->born), "%s", cert->born);
        who->name = who->joined;
}

static bool tell(const struct credential_reading *reading, struct identity *who)
{
        if (reading->objection != REASON_NONE)
                return false;
        switch (reading->class) {
        case CREDENTIAL_CCCD:
        case CREDENTIAL_CAN_CUOC_2024:
                who->name = national_id_text(&reading->national_id, NATIONAL_ID_NAME);
                tell_date(who->born, &reading->national_id.dob);
                break;
        case CREDENTIAL_INSURANCE:
                who->name = reading->insurance.name;
                tell_date(who->born, &reading->insurance.dob);
                break;
        case CREDENTIAL_PERSONAL_QR:
                tell_personal_qr(&reading->personal_qr, who);
                break;
        case CREDENTIAL_HEALTH_CERT:
                tell_health_cert(&reading->health_cert, who);
                break;
        default:
                return false;
        }
        if (!who->number)
                who->number = reading->value;
        return true;
}

static void set(json_t *object, const char *key, const char *text)
{
        if (text && text[0] != '\0')
                json_object_set_new(object, key, json_string(text));
}

/* Cut between characters. */
static void set_name(json_t *object, const char *name)
{
        size_t len = name ? strlen(name) : 0;
        if (len > NAME_MAX_BYTES)
                len = NAME_MAX_BYTES;
        while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
                len--;
        if (len > 0)
                json_object_set_new(object, "name", json_stringn(name, len));
}

bool identity_seal(const uint8_t key[SEALING_KEY_LEN], const struct credential_reading *reading,
                   struct credential *credential)
{
        struct identity who = { .number = NULL };
        char plain[SEALING_PLAIN_MAX];
        credential->sealed_len = 0;
        if (!tell(reading, &who))
                return true;
        json_t *object = json_object();
        set(object, "class", credential_class_name(reading->class));
        set(object, "number", who.number);
        set_name(object, who.name);
        set(object, "born", who.born);
        set(object, "phone", who.phone);
        size_t len = object ? json_dumpb(object, plain, sizeof(plain), JSON_COMPACT) : 0;
        json_decref(object);
        bool is_sealed = len > 0 && len <= sizeof(plain) &&
                         sealing_seal(key, plain, len, credential->sealed) == 0;
        explicit_bzero(plain, sizeof(plain));
        explicit_bzero(&who, sizeof(who));
        if (is_sealed)
                credential->sealed_len = (uint16_t)(len + SEALING_OVERHEAD);
        return is_sealed;
}

#include "controller/ctl/inspect_fields.h"

#include "controller/ctl/inspect_signed.h"
#include "controller/validate/formats/other.h"

#include <stdio.h>

static void set_text(json_t *fields, const char *key, const char *text)
{
        if (text[0] != '\0')
                json_object_set_new(fields, key, json_string(text));
}

/* As much of it as the card says: "1999", "1999-02", "1999-02-01". */
static void set_date(json_t *fields, const char *key, const struct card_date *date)
{
        char text[48];
        if (date->year == 0)
                return;
        int len = snprintf(text, sizeof(text), "%04d", date->year);
        if (date->month != 0)
                len += snprintf(text + len, sizeof(text) - (size_t)len, "-%02d", date->month);
        if (date->day != 0)
                snprintf(text + len, sizeof(text) - (size_t)len, "-%02d", date->day);
        set_text(fields, key, text);
}

static void set_sex(json_t *fields, enum card_sex sex)
{
        if (sex != CARD_SEX_UNKNOWN)
                set_text(fields, "sex", sex == CARD_FEMALE ? "female" : "male");
}

static void set_card(json_t *fields, const struct national_id *id)
{
        json_t *extras = json_array();
        set_text(fields, "number", national_id_text(id, NATIONAL_ID_NUMBER));
        set_text(fields, "old_number", national_id_text(id, NATIONAL_ID_OLD_NUMBER));
        set_text(fields, "name", national_id_text(id, NATIONAL_ID_NAME));
        set_date(fields, "dob", &id->dob);
        set_sex(fields, id->is_female ? CARD_FEMALE : CARD_MALE);
        set_text(fields, "address", national_id_text(id, NATIONAL_ID_ADDRESS));
        set_date(fields, "issued", &id->issued);
        for (int i = NATIONAL_ID_EXTRA; i < id->card.count; i++)
                json_array_append_new(extras,
                                      json_string(national_id_text(id, (enum national_id_field)i)));
        json_object_set_new(fields, "extras", extras);
}

static void set_personal_qr(json_t *fields, const struct personal_qr *qr)
{
        set_text(fields, "number", personal_qr_text(qr, PERSONAL_QR_NUMBER));
        set_text(fields, "name", personal_qr_text(qr, PERSONAL_QR_NAME));
        set_date(fields, "dob", &qr->dob);
        set_sex(fields, qr->sex);
        set_text(fields, "qid", personal_qr_text(qr, PERSONAL_QR_QID));
        json_object_set_new(fields, "masked", json_boolean(qr->is_masked));
        json_object_set_new(fields, "proxy", json_boolean(qr->is_proxy));
        set_text(fields, "proxy_qid", personal_qr_text(qr, PERSONAL_QR_PROXY_QID));
        set_text(fields, "insurance", personal_qr_text(qr, PERSONAL_QR_INSURANCE));
        set_text(fields, "phone", personal_qr_text(qr, PERSONAL_QR_PHONE));
        set_text(fields, "signature", personal_qr_text(qr, PERSONAL_QR_SIGNATURE));
}

static void set_insurance(json_t *fields, const struct insurance *insurance)
{
        static const char *const layouts[] = {
                [INSURANCE_A] = "a", [INSURANCE_B] = "b", [INSURANCE_C] = "c"
        };
        static const struct {
                const char *key;
                enum insurance_field field;
        } kept[] = { { "management", INSURANCE_MANAGEMENT },
                     { "area", INSURANCE_AREA },
                     { "check", INSURANCE_CHECK },
                     { "benefit", INSURANCE_BENEFIT } };
        set_text(fields, "layout", layouts[insurance->layout]);
        set_text(fields, "number", insurance->number);
        set_text(fields, "name", insurance->name);
        set_date(fields, "dob", &insurance->dob);
        set_sex(fields, insurance->sex);
        set_text(fields, "address", insurance->address);
        set_text(fields, "hospital", insurance->hospital);
        set_date(fields, "valid_from", &insurance->from);
        set_date(fields, "valid_until", &insurance->until);
        set_date(fields, "issued", &insurance->issued);
        set_text(fields, "parent", insurance->parent);
        set_date(fields, "five_years", &insurance->five_years);
        set_text(fields, "place", insurance->place);
        for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
                char text[INSURANCE_TEXT_MAX];
                insurance_text(insurance, kept[i].field, text);
                set_text(fields, kept[i].key, text);
        }
}

static void set_payment(json_t *fields, const struct payment *payment)
{
        set_text(fields, "network", payment->network);
        set_text(fields, "merchant", payment->merchant);
        set_text(fields, "city", payment->city);
        set_text(fields, "country", payment->country);
        set_text(fields, "currency", payment->currency);
        set_text(fields, "amount", payment->amount);
}

static void set_other(json_t *fields, const struct payload *payload,
                      const struct credential_reading *reading)
{
        struct other other;
        size_t len = 0;
        const char *bytes = text_trim(payload->bytes, payload->len, &len);
        set_text(fields, "kind", credential_note_name(reading->note));
        if (!other_parse(&other, bytes, len))
                return;
        set_text(fields, "scheme", other.scheme);
        set_text(fields, "host", other.host);
}

json_t *inspect_fields(const struct payload *payload, const struct credential_reading *reading)
{
        json_t *fields = json_object();
        switch (reading->class) {
        case CREDENTIAL_CODE:
        case CREDENTIAL_ONE_TIME:
                set_text(fields, reading->class == CREDENTIAL_CODE ? "text" : "id", reading->value);
                break;
        case CREDENTIAL_CCCD:
        case CREDENTIAL_CAN_CUOC_2024:
                set_card(fields, &reading->national_id);
                break;
        case CREDENTIAL_PERSONAL_QR:
                set_personal_qr(fields, &reading->personal_qr);
                break;
        case CREDENTIAL_INSURANCE:
                set_insurance(fields, &reading->insurance);
                break;
        case CREDENTIAL_PAYMENT:
                set_payment(fields, &reading->payment);
                break;
        case CREDENTIAL_LINK:
        case CREDENTIAL_OTHER:
                set_other(fields, payload, reading);
                break;
        case CREDENTIAL_SITE_PASS:
                inspect_signed_set_pass(fields, &reading->site_pass);
                break;
        case CREDENTIAL_HEALTH_CERT:
                inspect_signed_set_health_cert(fields, reading);
                break;
        case CREDENTIAL_NONE:
        case CREDENTIAL_UNKNOWN:
        case CREDENTIAL_CLASS_COUNT:
                break;
        }
        return fields;
}

json_t *inspect_flags(const struct credential_reading *reading, unsigned int flags)
{
        bool is_payment = reading->class == CREDENTIAL_PAYMENT;
        unsigned int end =
                is_payment ? (unsigned int)PAYMENT_FLAG_END : (unsigned int)CARD_FLAG_END;
        json_t *list = json_array();
        for (unsigned int flag = 1; flag < end; flag *= 2)
                if (flags & flag)
                        json_array_append_new(list, json_string(is_payment ? payment_flag_name(flag)
                                                                           : card_flag_name(flag)));
        return list;
}

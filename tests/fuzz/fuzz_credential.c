/*
 * Fuzz: a code's bytes become a credential. Whatever they are they have a class, a bounded
 * identifier in the one form of its text, and fields that lie within the text.
 */
#include "controller/validate/credential.h"
#include "controller/validate/formats/other.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* UTF-8 in normal form C, without anything around it. */
static void check_normal(const char *text)
{
        utf8proc_uint8_t *normal = utf8proc_NFC((const utf8proc_uint8_t *)text);
        assert(normal && strcmp((const char *)normal, text) == 0);
        free(normal);
        char again[TEXT_MAX];
        assert(text_normalise(text, strlen(text), again) == 0);
        assert(strcmp(text, again) == 0);
}

/* A piece of such a text: white space may be around it. */
static void check_normal_or_spaced(const char *text)
{
        char normal[TEXT_MAX];
        assert(text_normalise(text, strlen(text), normal) == 0);
}

/* Real, or not said. */
static void check_date(const struct card_date *date)
{
        assert(date->year == 0 ? date->month == 0 && date->day == 0 : card_date_is_real(date));
}

static void check_card(const struct credential_reading *reading)
{
        const struct national_id *id = &reading->national_id;
        assert(strcmp(reading->kind, CREDENTIAL_KIND_NATIONAL_ID) == 0);
        assert(card_has_digits(reading->value, NATIONAL_ID_NUMBER_LEN));
        assert(id->card.count >= 6 && id->card.count <= NATIONAL_ID_FIELDS_MAX);
        assert((id->card.count <= 7) == (reading->class == CREDENTIAL_CCCD));
        assert(id->dob.year != 0);
        check_date(&id->dob);
        check_date(&id->issued);
        for (enum national_id_field i = 0; i < NATIONAL_ID_FIELDS_MAX; i++)
                check_normal_or_spaced(national_id_text(id, i));
}

static void check_personal_qr(const struct credential_reading *reading)
{
        const struct personal_qr *qr = &reading->personal_qr;
        assert(strcmp(reading->kind, CREDENTIAL_KIND_PERSONAL_QR) == 0);
        assert(card_has_digits(reading->value, strlen(reading->value)));
        assert(strlen(reading->value) <= PERSONAL_QR_QID_MAX);
        assert(qr->items >= 1 && qr->items <= PERSONAL_QR_ITEMS);
        check_date(&qr->dob);
        for (enum personal_qr_field i = 0; i < PERSONAL_QR_END; i++)
                check_normal_or_spaced(personal_qr_text(qr, i));
}

static void check_insurance(const struct credential_reading *reading)
{
        const struct insurance *insurance = &reading->insurance;
        const struct card_date *dates[] = { &insurance->dob, &insurance->from, &insurance->until,
                                            &insurance->issued, &insurance->five_years };
        assert((strcmp(reading->kind, CREDENTIAL_KIND_NATIONAL_ID) == 0) ==
               insurance->is_personal_number);
        assert(strcmp(reading->value, insurance->number) == 0);
        for (size_t i = 0; i < ARRAY_LEN(dates); i++)
                check_date(dates[i]);
        check_normal(insurance->name);
        check_normal(insurance->address);
        check_normal(insurance->parent);
        check_normal(insurance->place);
        assert(strlen(insurance->hospital) < INSURANCE_HOSPITAL_MAX);
        for (int field = INSURANCE_MANAGEMENT; field < CARD_FIELDS_MAX; field++) {
                char text[INSURANCE_TEXT_MAX];
                insurance_text(insurance, (enum insurance_field)field, text);
                assert(strlen(text) < sizeof(text));
        }
}

static void check_payment(const struct credential_reading *reading)
{
        const struct payment *payment = &reading->payment;
        check_normal(payment->network);
        check_normal(payment->currency);
        check_normal(payment->country);
        check_normal(payment->amount);
        check_normal(payment->merchant);
        check_normal(payment->city);
        assert(payment->flags < PAYMENT_FLAG_END);
}

/* Who is named, and by what. */
static void check_name(const struct credential_reading *reading)
{
        bool is_nobody = reading->objection != REASON_NONE || reading->class == CREDENTIAL_UNKNOWN;
        assert((reading->kind[0] == '\0') == is_nobody);
        assert((reading->value[0] == '\0') == is_nobody);
        assert(strlen(reading->value) < CREDENTIAL_VALUE_MAX);
        check_normal(reading->value);
}

static void check_flags(const struct credential_reading *reading)
{
        static const struct card_date today = { 2026, 11, 25 };
        unsigned int flags = credential_flags(reading, NULL);
        assert(reading->is_consistent == (flags == 0));
        assert((credential_flags(reading, &today) & flags) == flags);
        assert(credential_flags(reading, &today) < CARD_FLAG_END);
}

static void check_reading(const struct credential_reading *reading)
{
        bool is_no_pass = false;
        switch (reading->class) {
        case CREDENTIAL_CCCD:
        case CREDENTIAL_CAN_CUOC_2024:
                check_card(reading);
                break;
        case CREDENTIAL_PERSONAL_QR:
                check_personal_qr(reading);
                break;
        case CREDENTIAL_INSURANCE:
                check_insurance(reading);
                break;
        case CREDENTIAL_CODE:
                assert(strcmp(reading->kind, CREDENTIAL_KIND_CODE) == 0);
                assert(strlen(reading->value) >= CREDENTIAL_CODE_MIN);
                break;
        case CREDENTIAL_PAYMENT:
                check_payment(reading);
                is_no_pass = true;
                break;
        case CREDENTIAL_LINK:
        case CREDENTIAL_OTHER:
                is_no_pass = true;
                break;
        case CREDENTIAL_UNKNOWN:
        case CREDENTIAL_SITE_PASS:
        case CREDENTIAL_ONE_TIME:
        case CREDENTIAL_HEALTH_CERT:
                break;
        case CREDENTIAL_NONE:
        case CREDENTIAL_CLASS_COUNT:
                abort();
        }
        assert(is_no_pass == (reading->objection == REASON_NOT_A_PASS));
        assert(is_no_pass == (reading->note != CREDENTIAL_NOTE_NONE));
        check_name(reading);
        check_flags(reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct payload payload;
        static struct credential_reader reader; /* trusts nobody */
        if (size > FLOW_PAYLOAD_MAX)
                return 0;
        /* On the heap, in its exact size: a read beyond it is seen. */
        uint8_t *bytes = malloc(size > 0 ? size : 1);
        char text[TEXT_MAX];
        if (bytes) {
                memcpy(bytes, data, size);
                struct payment payment;
                struct other other;
                if (text_normalise(bytes, size, text) == 0)
                        check_normal(text);
                size_t left = 0;
                const char *trimmed = text_trim(bytes, size, &left);
                (void)payment_parse(&payment, trimmed, left);
                (void)other_parse(&other, trimmed, left);
        }
        free(bytes);
        memcpy(payload.bytes, data, size);
        payload.bytes[size] = '\0';
        payload.len = size;
        struct credential_reading reading;
        enum credential_class class = credential_read(&reader, &payload, &reading);
        assert(class == reading.class);
        check_reading(&reading);
        static const uint8_t key[DIGEST_KEY_LEN];
        uint8_t lookup[FLOW_DIGEST_LEN];
        assert(credential_lookup(key, reading.kind, reading.value, lookup) == 0);
        return 0;
}

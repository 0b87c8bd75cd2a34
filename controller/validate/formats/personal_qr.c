#include "controller/validate/formats/personal_qr.h"

#include <string.h>

/* dddd-dd-dd with '*' for any digit. */
static bool is_date_shaped(const char *text)
{
        static const char shape[] = "dddd-dd-dd";
        if (strlen(text) != strlen(shape))
                return false;
        for (size_t i = 0; shape[i] != '\0'; i++)
                if (shape[i] == 'd' ? strchr("0123456789*", text[i]) == NULL : text[i] != shape[i])
                        return false;
        return true;
}

/* 0 where it is masked, in whole or in part. */
static int part_of(const char *text, int count)
{
        return memchr(text, '*', (size_t)count) ? 0 : card_number_of(text, count);
}

static void parse_date(struct personal_qr *qr)
{
        const char *text = personal_qr_text(qr, PERSONAL_QR_DOB);
        qr->dob = (struct card_date){ .year = 0 };
        qr->has_bad_date = false;
        if (memchr(text, '*', 4))
                return; /* a day of who knows which year */
        struct card_date date = { .year = part_of(text, 4), .month = part_of(text + 5, 2) };
        if (date.month != 0)
                date.day = part_of(text + 8, 2);
        qr->has_bad_date = !card_date_is_real(&date);
        if (!qr->has_bad_date)
                qr->dob = date;
}

/* A sex where the QID of a proxy belongs: the '<' in front, which stands for no proxy, was lost.
 * Codes of that kind were printed. */
static bool lacks_first_item(const char *ext)
{
        return ext[0] >= '0' && ext[0] <= '2' && (ext[1] == '<' || ext[1] == '\0');
}

static void split_items(struct personal_qr *qr)
{
        char *text = qr->card.text;
        size_t at = qr->card.at[PERSONAL_QR_EXT];
        qr->items = 0;
        if (lacks_first_item(text + at))
                qr->item[qr->items++] = (uint16_t)(at + strlen(text + at)); /* an empty one */
        qr->item[qr->items++] = (uint16_t)at;
        for (; text[at] != '\0' && qr->items < PERSONAL_QR_ITEMS; at++) {
                if (text[at] != '<')
                        continue;
                text[at] = '\0';
                qr->item[qr->items++] = (uint16_t)(at + 1);
        }
}

const char *personal_qr_text(const struct personal_qr *qr, enum personal_qr_field field)
{
        if (field < PERSONAL_QR_FIELDS)
                return card_field(&qr->card, (int)field);
        int item = (int)field - PERSONAL_QR_FIELDS;
        return item < qr->items ? qr->card.text + qr->item[item] : "";
}

static bool is_qid(const char *text)
{
        size_t len = strlen(text);
        return len > 0 && len <= PERSONAL_QR_QID_MAX && card_has_digits(text, len);
}

bool personal_qr_parse(struct personal_qr *qr, const char *text)
{
        if (!card_split(&qr->card, text, PERSONAL_QR_FIELDS) ||
            qr->card.count != PERSONAL_QR_FIELDS)
                return false;
        const char *type = personal_qr_text(qr, PERSONAL_QR_TYPE);
        const char *dob = personal_qr_text(qr, PERSONAL_QR_DOB);
        if ((strcmp(type, "0") != 0 && strcmp(type, "1") != 0) || !is_date_shaped(dob) ||
            !is_qid(personal_qr_text(qr, PERSONAL_QR_QID)))
                return false;
        qr->is_proxy = type[0] == '1';
        qr->is_masked = strchr(personal_qr_text(qr, PERSONAL_QR_NUMBER), '*') || strchr(dob, '*');
        parse_date(qr);
        split_items(qr);
        const char *sex = personal_qr_text(qr, PERSONAL_QR_SEX);
        qr->sex = strcmp(sex, "1") == 0   ? CARD_MALE
                  : strcmp(sex, "2") == 0 ? CARD_FEMALE
                                          : CARD_SEX_UNKNOWN;
        return true;
}

unsigned int personal_qr_flags(const struct personal_qr *qr, const struct card_date *today)
{
        const struct card_facts facts = { .number = personal_qr_text(qr, PERSONAL_QR_NUMBER),
                                          .sex = qr->sex,
                                          .dob = qr->dob };
        bool names_proxy = personal_qr_text(qr, PERSONAL_QR_PROXY_QID)[0] != '\0';
        unsigned int flags = card_flags(&facts, today);
        if (qr->has_bad_date)
                flags |= CARD_DATE_UNREADABLE;
        if (names_proxy != qr->is_proxy)
                flags |= CARD_PROXY_DIFFERS;
        return flags;
}

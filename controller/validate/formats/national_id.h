/*
 * National id: the text in the QR code of a Vietnamese citizen card. Pure.
 *
 * CCCD (2021 to June 2024) has 6 or 7 fields with '|' between, căn cước (Law 26/2023/QH15, Circular
 * 16/2024/TT-BCA) up to 11; in which order the last four hold what the circular lists is not
 * published, so they are kept as they are. The number is PPP G YY NNNNNN (Circular 59/2021/TT-BCA,
 * article 4), without a check digit. Nothing in the text is signed: it is a claim, good for finding
 * an enrolled holder and no more.
 */
#pragma once

#include "controller/validate/formats/card.h"

enum national_id_field {
        NATIONAL_ID_NUMBER,     /* 12 digits */
        NATIONAL_ID_OLD_NUMBER, /* 9 digits of the card before (CMND); empty for many */
        NATIONAL_ID_NAME,
        NATIONAL_ID_DOB,
        NATIONAL_ID_SEX,
        NATIONAL_ID_ADDRESS, /* free text: not to be taken apart */
        NATIONAL_ID_ISSUED,
        NATIONAL_ID_EXTRA, /* and three more */
        NATIONAL_ID_FIELDS_MAX = NATIONAL_ID_EXTRA + 4
};

enum {
        NATIONAL_ID_NUMBER_LEN = CARD_PERSONAL_NUMBER_LEN,
        NATIONAL_ID_CCCD_FIELDS_MAX = NATIONAL_ID_EXTRA
};

struct national_id {
        bool is_female;
        struct card_date dob;
        struct card_date issued; /* year 0: the card does not say */
        struct card_text card;
};

/* Takes a normalised text (validate/text) apart. False: not such a card; *id is then undefined. */
MUST_USE bool national_id_parse(struct national_id *id, const char *text);

/* One field, "" when the card has not that many. Lives as long as *id. */
const char *national_id_text(const struct national_id *id, enum national_id_field field);

/* enum card_flag, or'ed. today NULL: without the questions that need a clock. */
unsigned int national_id_flags(const struct national_id *id, const struct card_date *today);

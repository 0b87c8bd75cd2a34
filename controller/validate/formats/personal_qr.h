/*
 * Personal QR v1.1 (Decision 1405/QD-BTTTT of 11 September 2021): what PC-Covid, VNeID and the
 * health apps show. Pure.
 *
 *     number | NAME | yyyy-mm-dd | 0 or 1 | QID | QID of a proxy < sex < insurance < phone <
 * signature
 *
 * Number and date are masked with '*' by default, and the items behind the last bar are empty for
 * most, so people are known by the QID alone, a number of the national QR platform. No signature
 * was seen in use: none is asked for. A claim, as a card is.
 */
#pragma once

#include "controller/validate/formats/card.h"

enum personal_qr_field {
        PERSONAL_QR_NUMBER, /* of CCCD, CMND or passport; its first characters may be masked */
        PERSONAL_QR_NAME,   /* capitals without diacritics */
        PERSONAL_QR_DOB,
        PERSONAL_QR_TYPE, /* 0: declared by themselves; 1: on behalf of them */
        PERSONAL_QR_QID,
        PERSONAL_QR_EXT,
        PERSONAL_QR_FIELDS,
        /* The items of the last field. */
        PERSONAL_QR_PROXY_QID = PERSONAL_QR_FIELDS,
        PERSONAL_QR_SEX, /* 0 not said, 1 male, 2 female */
        PERSONAL_QR_INSURANCE,
        PERSONAL_QR_PHONE,
        PERSONAL_QR_SIGNATURE, /* and whatever stands behind */
        PERSONAL_QR_END
};

enum {
        PERSONAL_QR_ITEMS = PERSONAL_QR_END - PERSONAL_QR_FIELDS,
        PERSONAL_QR_QID_MAX = 32 /* digits; 18 were seen */
};

struct personal_qr {
        bool is_masked; /* number or date of birth */
        bool is_proxy;  /* declared by somebody else */
        bool has_bad_date;
        enum card_sex sex;
        struct card_date dob; /* what is masked is 0 */
        int items;
        uint16_t item[PERSONAL_QR_ITEMS]; /* where each begins in card.text */
        struct card_text card;
};

/* Takes a normalised text apart. False: not such a code; *qr is then undefined. */
MUST_USE bool personal_qr_parse(struct personal_qr *qr, const char *text);
/* A field (PERSONAL_QR_EXT: its first item) or an item, "" when there is none. Lives as long as
 * *qr. */
const char *personal_qr_text(const struct personal_qr *qr, enum personal_qr_field field);
/* enum card_flag, or'ed. today NULL: without the questions that need a clock. */
unsigned int personal_qr_flags(const struct personal_qr *qr, const struct card_date *today);

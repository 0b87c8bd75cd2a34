/*
 * National id: the text in the QR code of a Vietnamese citizen card. Pure.
 *
 * CCCD (2021 to June 2024) has 6 or 7 fields with '|' between, căn cước (from July 2024) up to 11;
 * what the last four hold is not published, so they are kept as they are. Nothing in the text is
 * signed: it is a claim, good for finding an enrolled holder and no more.
 */
#pragma once

#include "controller/validate/text.h"
#include <stdbool.h>

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
        NATIONAL_ID_NUMBER_LEN = 12,
        NATIONAL_ID_CCCD_FIELDS_MAX = NATIONAL_ID_EXTRA
};

/* Cards may leave out the day, or day and month: then they are 0. */
struct national_id_date {
        int year, month, day;
};

struct national_id {
        bool is_female;
        struct national_id_date dob;
        struct national_id_date issued; /* year 0: the card does not say */
        int field_count;
        uint16_t field[NATIONAL_ID_FIELDS_MAX]; /* where each begins in text */
        char text[TEXT_MAX];                    /* the fields, a NUL after each */
};

/* What does not fit together. Flags for people to look at: registers hold errors, sexes are
 * corrected, and the number stays. */
enum national_id_flag {
        NATIONAL_ID_YEAR_DIFFERS = 1, /* century and year in the number, and date of birth */
        NATIONAL_ID_SEX_DIFFERS = 2,  /* sex in the number, and the one that is spelt out */
        NATIONAL_ID_BORN_AFTER_ISSUE = 4,
        NATIONAL_ID_BORN_IN_FUTURE = 8,
        NATIONAL_ID_ISSUED_IN_FUTURE = 16
};

/* Takes a normalised text (validate/text) apart. False: not such a card; *id is then undefined. */
MUST_USE bool national_id_parse(struct national_id *id, const char *text);

/* One field, "" when the card has not that many. Lives as long as *id. */
const char *national_id_text(const struct national_id *id, enum national_id_field field);

/* enum national_id_flag, or'ed. today NULL: without the questions that need a clock. */
unsigned int national_id_flags(const struct national_id *id, const struct national_id_date *today);

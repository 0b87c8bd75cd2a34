/*
 * Insurance: the text in the QR code of a Vietnamese health-insurance card (BHYT) and of the VssID
 * app. Pure.
 *
 * Three layouts of '|'-separated fields, the last one a '$':
 *
 *     A  10  number, name, date of birth, 1 or 2, address, hospital, from, until, issued
 *     B  15  and management number, parent, living area, date of five continuous years, check
 *     C  17  and level of benefit, place of issue                    (in use since 2021)
 *
 * Name, address, parent and place are the hex of UTF-8; dates are dd/mm/yyyy, '-' is empty. The
 * number has 15 characters, or the 10 digits of the social-insurance number, or the 12 of the
 * personal number that is to replace it. How the check is made is not published. A claim, as a
 * citizen card is.
 */
#pragma once

#include "controller/validate/formats/card.h"

enum insurance_layout {
        INSURANCE_A,
        INSURANCE_B,
        INSURANCE_C
};

enum {
        INSURANCE_NUMBER_MAX = 33, /* with the NUL */
        INSURANCE_TEXT_MAX = 256,
        INSURANCE_HOSPITAL_MAX = 12
};

/* Fields that are kept as they stand. */
enum insurance_field {
        INSURANCE_MANAGEMENT = 9, /* and the rest: "" in layout A */
        INSURANCE_AREA = 11,      /* K1, K2, K3, 4 … */
        INSURANCE_CHECK = 13,
        INSURANCE_BENEFIT = 14 /* layout C */
};

struct insurance {
        enum insurance_layout layout;
        char number[INSURANCE_NUMBER_MAX]; /* capitals */
        bool is_personal_number;           /* the number is the 12 digits that a citizen card has */
        enum card_sex sex;
        struct card_date dob, from, until, issued, five_years; /* year 0: not said */
        char hospital[INSURANCE_HOSPITAL_MAX];                 /* "01028" for "01 - 028" */
        /* Normal form C; "" where it is not said, or not readable. */
        char name[INSURANCE_TEXT_MAX], address[INSURANCE_TEXT_MAX];
        char parent[INSURANCE_TEXT_MAX], place[INSURANCE_TEXT_MAX];
        unsigned int unreadable; /* enum card_flag: what was dropped */
        struct card_text card;
};

/* Takes a normalised text apart. False: not such a card; *insurance is then undefined. */
MUST_USE bool insurance_parse(struct insurance *insurance, const char *text);
/* A field without the spaces around it, "" for '-'. `text` holds it whole, or is "". */
void insurance_text(const struct insurance *insurance, enum insurance_field field,
                    char text[INSURANCE_TEXT_MAX]);
/* enum card_flag, or'ed. today NULL: without the questions that need a clock. */
unsigned int insurance_flags(const struct insurance *insurance, const struct card_date *today);

/*
 * Card: what the texts of cards, and of the apps that stand in for them, have in common. Fields
 * with
 * '|' between, dates that may lack parts, the personal number, and flags for what does not fit
 * together. Pure.
 */
#pragma once

#include "controller/validate/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        CARD_FIELDS_MAX = 24,
        CARD_PERSONAL_NUMBER_LEN = 12
};

struct card_text {
        int count;
        uint16_t at[CARD_FIELDS_MAX]; /* where each begins in text */
        char text[TEXT_MAX];          /* the fields, a NUL after each */
};

/* False: more than `most` fields. Empty ones count: most cards have some. */
MUST_USE bool card_split(struct card_text *card, const char *text, int most);
/* "" when the card has not that many. Lives as long as *card. */
const char *card_field(const struct card_text *card, int field);

/* Cards may leave out the day, or day and month, or everything: then they are 0. */
struct card_date {
        int year, month, day;
};

/* Does a calendar have it, as far as it is said? */
bool card_date_is_real(const struct card_date *date);

/* Exactly so many ASCII digits, and nothing else. */
bool card_has_digits(const char *text, size_t count);
/* Their value; at most 9. */
int card_number_of(const char *digits, int count);

enum card_sex {
        CARD_SEX_UNKNOWN,
        CARD_MALE,
        CARD_FEMALE
};

/* What does not fit together, or cannot be read. Flags for people to look at, never a refusal:
 * registers hold errors, sexes are corrected, and the number stays. */
enum card_flag {
        CARD_YEAR_DIFFERS = 1, /* century and year in the personal number, and date of birth */
        CARD_SEX_DIFFERS = 2,  /* sex in the personal number, and the one that is spelt out */
        CARD_BORN_AFTER_ISSUE = 4,
        CARD_BORN_IN_FUTURE = 8,
        CARD_ISSUED_IN_FUTURE = 16,
        CARD_DATE_UNREADABLE = 32,    /* not of a known form, or in no calendar */
        CARD_NUMBER_SHAPE = 64,       /* of no known shape */
        CARD_NAME_UNREADABLE = 128,   /* dropped */
        CARD_TEXT_UNREADABLE = 256,   /* another text, dropped */
        CARD_ENDS_BEFORE_START = 512, /* the validity */
        CARD_PROXY_DIFFERS = 1024,    /* says who declared, and that nobody else did; or not who */
        CARD_FLAG_END = 2048
};
const char *card_flag_name(enum card_flag flag);

struct card_facts {
        const char *number;           /* judged when it is a personal number */
        enum card_sex sex;            /* CARD_SEX_UNKNOWN: not judged */
        struct card_date dob, issued; /* year 0: not judged */
};

/* Those of the first five that hold. `today` NULL: without the questions that need a clock. */
unsigned int card_flags(const struct card_facts *facts, const struct card_date *today);

/* Is a after b, as far as both are known? */
bool card_date_is_after(const struct card_date *a, const struct card_date *b);

/*
 * Badge: passes on paper, as PDF. A sheet is A4 with codes of at least 5 × 5 cm, for people without
 * a phone; a card is 85.6 × 54 mm (ISO/IEC 7810 ID-1), one a page.
 */
#pragma once

#include "common/paper/code.h"

#include <stdio.h>

/* What stands on one. All borrowed, UTF-8; "" leaves a line out. Control characters and direction
 * overrides are left out, long lines are shortened with an ellipsis. */
struct badge {
        const void *code; /* what the QR code says */
        size_t code_len;
        const char *name;     /* the holder's */
        const char *place;    /* organisation and site */
        const char *validity; /* in words */
        const char *number;   /* the pass's, short, for the guard */
};

enum badge_layout {
        BADGE_SHEET,
        BADGE_CARD
};

enum {
        BADGE_CODE_MM = 50, /* the mandate's least size of a printed code, without its quiet zone */
        BADGE_CODE_MM_MIN = 20, /* of a sheet's codes, by option */
        BADGE_CODE_MM_MAX = 150,
        BADGE_CARD_CODE_MM = 50 /* on a card, with its quiet zone: what the height leaves */
};

struct badge_options {
        enum badge_layout layout;
        int code_mm; /* BADGE_SHEET; 0: BADGE_CODE_MM */
        bool is_name_masked;
};

/* 0; -E2BIG: a code does not fit (*bad is its index); -EINVAL: code_mm; -ENOMEM; -EIO. */
MUST_USE int badge_pdf(const struct badge *badges, size_t count,
                       const struct badge_options *options, FILE *out, size_t *bad);

enum {
        BADGE_NAME_MAX = 160
};
/* A name as a stranger may see it: its first word, and *** for the rest ("Nguyễn ***"). */
void badge_mask(const char *name, char masked[BADGE_NAME_MAX]);

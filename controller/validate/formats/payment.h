/*
 * Payment: a merchant's code by EMVCo ("QR Code Specification for Payment Systems,
 * Merchant-Presented Mode"), of which VietQR is one. Shown at gates by mistake, and told by its
 * form. Pure.
 *
 * Fields of a two-digit tag, a two-digit length and so many characters; the first is "000201", the
 * last "6304" and a CRC-16 (polynomial 0x1021, initially 0xffff) of all that precedes its digits.
 * Whose account it is stays unread.
 */
#pragma once

#include "common/base.h"

#include <stdbool.h>

enum payment_flag {
        PAYMENT_CRC_DIFFERS = 1,
        PAYMENT_CRC_MISSING = 2,
        PAYMENT_BROKEN = 4, /* its fields cannot be walked to the end */
        PAYMENT_FLAG_END = 8
};
const char *payment_flag_name(enum payment_flag flag);

struct payment {
        unsigned int flags;           /* enum payment_flag, or'ed */
        char network[33];             /* of the first account: "A000000727" is VietQR's */
        char currency[4], country[3]; /* "704", "VN" */
        char amount[14];
        char merchant[64], city[64]; /* UTF-8; 25 and 15 characters at the most */
};

/* False: not such a code. Damaged ones are (see flags): no pass either. */
MUST_USE bool payment_parse(struct payment *payment, const char *bytes, size_t len);
/* CRC-16/CCITT-FALSE. */
uint16_t payment_crc(const void *bytes, size_t len);

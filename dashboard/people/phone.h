/*
 * What a visitor's phone sends, without a session: its key with a link's secret, or what its owner
 * declares, signed with that key. Anybody can send anything here. Pure.
 */
#pragma once

#include "dashboard/ports/links.h"

#include <stdbool.h>

struct phone_link {
        uint8_t digest[FLOW_DIGEST_LEN]; /* of the link's secret */
        uint8_t phone[LINKS_PHONE_MAX];  /* what the key's base64 says, or as much as there is room
                                          * for */
        size_t phone_len;
};

enum {
        PHONE_SIGNATURE_LEN = 64, /* ES256, r ‖ s */
        PHONE_RESULT_MAX = 8,
        PHONE_SIGNED_MAX = SITE_PASS_TEXT_MAX + 64,
        PHONE_CLOCK_S = 300 /* that a phone's clock may differ by */
};

struct phone_declaration {
        char pass[SITE_PASS_TEXT_MAX];
        char result[PHONE_RESULT_MAX]; /* green, amber or red */
        int64_t at_us;
        /* "stile-declaration", the pass, the result and `at` as it was sent, a line feed between
         * them. No line feed is in any of them. */
        char signed_text[PHONE_SIGNED_MAX];
        size_t signed_len;
        uint8_t signature[PHONE_SIGNATURE_LEN];
};

/* NULL, or what is wrong with the body. */
MUST_USE const char *phone_read_link(const char *body, size_t len, struct phone_link *link);
MUST_USE const char *phone_read_declaration(const char *body, size_t len,
                                            struct phone_declaration *declaration);
/* The phone's key signed it. False: it did not, or that is no P-256 key. */
MUST_USE bool phone_has_signed(const struct phone_declaration *declaration, const uint8_t *phone,
                               size_t phone_len);
/* Near enough to now: what somebody recorded is not good for long. */
MUST_USE bool phone_is_fresh(const struct phone_declaration *declaration, int64_t now_us);

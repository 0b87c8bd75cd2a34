/*
 * Issuing: passes that are bound to a phone, signed with the site's key (docs/passes.md), each in
 * the ledger beside the keys before it is given away. Called on many threads.
 */
#pragma once

#include "controller/validate/formats/site_pass.h"

struct issuing;

/* Loads the newest key of that name in the folder. 0 or -errno, logged. */
MUST_USE int issuing_open(const char *folder, const char *name, struct issuing **issuing);
/* Accepts NULL; returns NULL. */
struct issuing *issuing_close(struct issuing *issuing);

struct issuing_wish {
        const char *holder, *site; /* the site's own name: it is good there only */
        int64_t from_us, until_us; /* 0: no limit */
        const uint8_t *phone;      /* its public key, SubjectPublicKeyInfo in DER */
        size_t phone_len;
};

/* The pass's text. 0; -EBADMSG: that is no phone's key (P-256); -EIO, logged. */
MUST_USE int issuing_pass(struct issuing *issuing, const struct issuing_wish *wish,
                          char text[SITE_PASS_TEXT_MAX]);

/*
 * Site pass, written: for those who issue passes and for the reference phone. Needs private keys
 * (controller/ports/signing.h), so nothing in the gate calls it.
 */
#pragma once

#include "controller/ports/signing.h"
#include "controller/validate/formats/site_pass.h"

/* A pass, signed. pass->kid is set from the key. `text` (SITE_PASS_TEXT_MAX bytes) gets the code's
 * text. 0; -EINVAL: the claims are not such as are read; -E2BIG; -EIO; -errno. */
MUST_USE int site_pass_write(struct site_pass *pass, const struct signing_key *issuer,
                             char text[SITE_PASS_TEXT_MAX]);
/* The text of a pass (without a proof), and with the phone's proof of this moment: `proven`. 0;
 * -EBADMSG: not a pass alone; -E2BIG; -EIO. */
MUST_USE int site_pass_prove(const char *text, const struct signing_key *phone, int64_t at_us,
                             char proven[SITE_PASS_TEXT_MAX]);
/* Is this the phone that the pass is bound to? False too for what is not a pass alone. */
bool site_pass_is_of_phone(const char *text, const struct signing_key *phone);
/* The holder's key, from the phone's public one (SubjectPublicKeyInfo, DER). -EBADMSG: not P-256.
 */
MUST_USE int site_pass_bind(struct site_pass *pass, const uint8_t *der, size_t len);

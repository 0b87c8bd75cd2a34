/* The issuer's key that signs trust lists. */
#pragma once

#include "controller/ctl/verbs.h"
#include "controller/ports/signing.h"

#define TRUST_KEY_FOLDER "$STILE_KEYS or ~/.config/stile/keys"

/* Loads NAME.pem of the folder (NULL: TRUST_KEY_FOLDER), asking for its passphrase on the terminal
 * where it has one. CTL_OK, or CTL_CANNOT after saying why. */
MUST_USE int trust_key_load(struct ctl *ctl, const char *folder, const char *name,
                            struct signing_key **key);

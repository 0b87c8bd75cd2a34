/*
 * Unsealing port: opens what gates sealed. For who holds the site's private key, never on a gate.
 * Implemented in drivers/crypto, in a file of its own, so that nothing of it is linked into stiled.
 */
#pragma once

#include "controller/ports/sealing.h"
#include "controller/ports/signing.h"

/*
 * Writes len - SEALING_OVERHEAD bytes and a NUL behind them. Their number; -EINVAL: not a key of
 * SIGNING_X25519; -EBADMSG: not sealed for this key, or not what was sealed.
 */
MUST_USE int unsealing_open(const struct signing_key *key, const uint8_t *sealed, size_t len,
                            char plain[SEALING_PLAIN_MAX + 1]);

/*
 * Sealing port: the gate can write what only the site can read. Implemented in drivers/crypto.
 *
 * A sealed box of libsodium (crypto_box_seal: X25519, XSalsa20-Poly1305, an ephemeral key whose
 * private half is forgotten at once): who has the gate, its disk and its site key opens nothing.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        SEALING_KEY_LEN = 32,  /* an X25519 public key */
        SEALING_OVERHEAD = 48, /* what a sealed text has more than the plain one */
        SEALING_PLAIN_MAX = FLOW_SEALED_MAX - SEALING_OVERHEAD
};

/*
 * Reads a public key (SubjectPublicKeyInfo, PEM), as `stilectl key export-public` writes it.
 * 0; -EBADMSG: not such a file; -ENOTSUP: another kind of key; -errno.
 */
MUST_USE int sealing_key_load(const char *path, uint8_t key[SEALING_KEY_LEN]);
/* Writes len + SEALING_OVERHEAD bytes. 0; -E2BIG: more than SEALING_PLAIN_MAX; -EIO. */
MUST_USE int sealing_seal(const uint8_t key[SEALING_KEY_LEN], const void *plain, size_t len,
                          uint8_t sealed[FLOW_SEALED_MAX]);

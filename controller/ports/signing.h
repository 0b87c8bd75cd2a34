/*
 * Signing port: private keys. Used by stilectl and the dashboard, never by the gate. Implemented in
 * drivers/crypto, in a file of its own, so that nothing of it is linked into stiled.
 */
#pragma once

#include "controller/ports/signature.h"

struct signing_key;

enum signing_kind {
        SIGNING_ED25519, /* issuers of passes and of trust lists */
        SIGNING_P256,    /* phones */
        SIGNING_X25519   /* a site, to open what gates seal (ports/unsealing.h); it signs nothing */
};

enum {
        SIGNING_SIGNATURE_MAX = 64,
        SIGNING_PASSPHRASE_MAX = 1024
};

MUST_USE int signing_key_new(enum signing_kind kind, struct signing_key **key);
/*
 * A PKCS #8 PEM file, whose mode must give nobody but its owner anything (else -EPERM). Encrypted
 * (PBES2: PBKDF2 or scrypt, AES-256-CBC) when there is a passphrase. 0; -EBADMSG: not such a file;
 * -EKEYREJECTED: the passphrase is wrong or missing; -ENOTSUP: another kind of key; -errno.
 */
MUST_USE int signing_key_load(const char *path, const char *passphrase, struct signing_key **key);
/* The same from the text of one, whoever may read it. */
MUST_USE int signing_key_read(const char *pem, const char *passphrase, struct signing_key **key);
/* Makes the file, mode 0600, whole or not at all, fsynced. -EEXIST: it is there already; -EINVAL:
 * an empty passphrase; -E2BIG: one too long; -errno. */
MUST_USE int signing_key_save(const struct signing_key *key, const char *path,
                              const char *passphrase);
/* Accepts NULL; returns NULL; wipes. */
struct signing_key *signing_key_free(struct signing_key *key);

enum signing_kind signing_key_kind(const struct signing_key *key);
/* Its public half, SubjectPublicKeyInfo in DER. Bytes written, or -errno. */
MUST_USE int signing_key_public(const struct signing_key *key, uint8_t *der, size_t size);
/* EdDSA (Ed25519) or ES256 (r ‖ s): 64 bytes. 0; -EINVAL: SIGNING_X25519; -EIO. */
MUST_USE int signing_key_sign(const struct signing_key *key, const void *data, size_t len,
                              uint8_t signature[SIGNING_SIGNATURE_MAX]);

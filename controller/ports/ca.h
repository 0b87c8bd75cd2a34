/*
 * CA port: X.509 for a site's own certification authority (RFC 5280), P-256 throughout. What a
 * certificate says is the CA's word alone: of a request only its public key is used. Used by
 * stilectl; implemented in drivers/crypto.
 */
#pragma once

#include "controller/flow.h"
#include "controller/ports/signing.h"

#include <stdbool.h>

enum {
        CA_NAME_MAX = 65,   /* a common name has 64 characters (RFC 5280, appendix A.1) */
        CA_SERIAL_MAX = 41, /* 20 bytes in hex, and a NUL */
        CA_PEM_MAX = 16384, /* bytes of a certificate, a request, or a few of them */
        CA_DER_MAX = 4096
};

enum ca_usage {
        CA_SERVER, /* serverAuth: brokers, the enrolment desk */
        CA_CLIENT  /* clientAuth: gates, collectors; cannot pose as a broker */
};

/* What a certificate is to say. */
struct ca_subject {
        const char *name; /* the common name */
        enum ca_usage usage;
        const char *const *hosts; /* a server's names and addresses */
        size_t host_count;
        int64_t from_us, until_us;
};

/* What a certificate says. */
struct ca_certificate {
        char name[CA_NAME_MAX];
        char serial[CA_SERIAL_MAX]; /* hex, lower case */
        int64_t from_us, until_us;
        uint8_t fingerprint[FLOW_DIGEST_LEN]; /* SHA-256 of its DER */
};

struct ca_revoked {
        const char *serial;
        int64_t at_us;
};

/* The CA's certificate and key; both borrowed. All texts that come out are heap, the caller's. */
struct ca_authority {
        const char *certificate; /* PEM */
        const struct signing_key *key;
};

/* A CA's own certificate. 0 or -EIO. */
MUST_USE int ca_self_sign(const struct signing_key *key, const struct ca_subject *subject,
                          char **pem);
/* A request (PKCS #10) in PEM: the public half, signed by the key. 0 or -EIO. */
MUST_USE int ca_request(const struct signing_key *key, char **pem);
/* 0; -EBADMSG: no request, or not signed by its own key; -ENOTSUP: not a P-256 key; -EIO. */
MUST_USE int ca_sign(const struct ca_authority *authority, const char *request,
                     const struct ca_subject *subject, char **pem);
/* A revocation list, to be replaced by the next: its number must grow. 0 or -EIO. */
MUST_USE int ca_revocation_list(const struct ca_authority *authority,
                                const struct ca_revoked *revoked, size_t count, int64_t number,
                                int64_t from_us, int64_t until_us, char **pem);

/* Reads the first certificate of a PEM text. 0 or -EBADMSG. */
MUST_USE int ca_read(const char *pem, struct ca_certificate *certificate);
/* Is it this key's? 0; -EKEYREJECTED: no; -EBADMSG: no certificate. */
MUST_USE int ca_belongs(const char *pem, const struct signing_key *key);
/* Is it a good one for `usage` now, by this CA? 0; -EKEYREJECTED: no, and `why` says why. */
MUST_USE int ca_verify(const char *pem, const char *ca_pem, enum ca_usage usage, const char **why);

/*
 * Site CA: a folder with a site's certification authority: ca.key, ca.crt, ca.crl, and the ledger
 * of all it ever did, ledger.jsonl, one object a line, durable before anybody sees a certificate.
 * The ledger alone says what counts; ca.crl is written from it. Several processes may work on one
 * folder: each change is made under a lock, on what the ledger says then.
 *
 * A gate's name is ORG/SITE/GATE; another client's is dashboard or collector, alone or with "-…"
 * behind it, forwarder.ORG.SITE, or homeassistant.
 */
#pragma once

#include "controller/enrol/token.h"
#include "controller/ports/ca.h"

#include <jansson.h>

enum site_ca_kind {
        SITE_CA_GATE,
        SITE_CA_CLIENT,
        SITE_CA_SERVER,   /* the broker */
        SITE_CA_ENROLMENT /* the enrolment desk: its key is never in a file */
};

enum {
        SITE_CA_PATH_MAX = 4096,
        SITE_CA_HOSTS_MAX = 16,
        SITE_CA_DAYS_MAX = 36500,
        SITE_CA_A_DAY_MAX = 8 /* certificates for one gate by its own asking in 24 hours */
};

#define SITE_CA_FORWARDER      "forwarder." /* ORG.SITE behind it; no identifier has a dot */
#define SITE_CA_ENROLMENT_HOST "enrolment.stile.invalid" /* no broker has this name (RFC 2606) */

struct site_ca_row {
        enum site_ca_kind kind;
        char name[CA_NAME_MAX], serial[CA_SERIAL_MAX];
        int64_t issued_us, until_us, revoked_us; /* revoked_us 0: it is not */
        json_t *hosts;                           /* a server's, or NULL */
};

struct site_ca_token {
        uint8_t hash[FLOW_DIGEST_LEN]; /* SHA-256 of its secret */
        char name[CA_NAME_MAX];
        int64_t until_us, days;
        bool is_void; /* used, replaced by a newer one, or its gate was revoked */
};

struct site_ca {
        char folder[SITE_CA_PATH_MAX];
        char *certificate; /* PEM */
        struct ca_certificate self;
        struct signing_key *key; /* NULL: only for looking */
        struct site_ca_row *rows;
        struct site_ca_token *tokens;
        size_t row_count, token_count, revocations, bad_lines;
};

/* What to issue. */
struct site_ca_order {
        enum site_ca_kind kind;
        const char *name;
        const char *const *hosts;
        size_t host_count;
        int64_t days;              /* of validity, at most the CA's own */
        const uint8_t *token_hash; /* that is spent with it, or NULL */
        const char *renews;        /* serial of the certificate that asked, or NULL */
};

/* Why a name cannot have a certificate of this kind; NULL: it can. */
const char *site_ca_check_name(enum site_ca_kind kind, const char *name);
/* Why a broker cannot be reached as this; NULL: it can. */
const char *site_ca_check_host(const char *host);

/* Makes certificate, empty revocation list and ledger beside a key that was saved as ca.key. 0 or
 * -errno; -EEXIST: there is a CA. */
MUST_USE int site_ca_make(const char *folder, const struct signing_key *key, int64_t now_us);
/* Reads certificate and ledger. 0; -EBADMSG: no certificate in ca.crt; -errno. */
MUST_USE int site_ca_open(struct site_ca *ca, const char *folder);
/* Takes the key. 0; -EKEYREJECTED: it is not this CA's. */
MUST_USE int site_ca_unlock(struct site_ca *ca, struct signing_key *take_key);
void site_ca_close(struct site_ca *ca);
/* Reads the ledger anew. 0 or -errno. */
MUST_USE int site_ca_refresh(struct site_ca *ca);

/*
 * Signs a request and notes it. *pem is heap, the caller's. 0; what ca_sign says; -EACCES: the
 * token was spent meanwhile; -ESTALE: the certificate that asked was revoked; -EDQUOT: too many for
 * one day; -errno.
 */
MUST_USE int site_ca_issue(struct site_ca *ca, const struct site_ca_order *order,
                           const char *request, int64_t now_us, char **pem);
/* By name (all that is good, and open tokens) or serial; writes ca.crl. How many, or -errno. */
MUST_USE int site_ca_revoke(struct site_ca *ca, const char *which, int64_t now_us);
/* A one-time token for a gate; earlier ones for it are void. 0 or -errno. */
MUST_USE int site_ca_grant(struct site_ca *ca, const char *name, int64_t valid_s, int64_t days,
                           int64_t now_us, struct token *token);

/* The token with this secret, good or not; NULL: there is none. In constant time for each. */
const struct site_ca_token *site_ca_find_token(const struct site_ca *ca,
                                               const uint8_t secret[TOKEN_SECRET_LEN]);
/* The certificate; NULL: this CA has not issued it. */
const struct site_ca_row *site_ca_find(const struct site_ca *ca, const char *serial);
/* The newest certificate of the name, good or not; NULL: none. */
const struct site_ca_row *site_ca_newest(const struct site_ca *ca, const char *name);
const char *site_ca_kind_name(enum site_ca_kind kind);
/* A file of the folder. 0 or -ENAMETOOLONG. */
MUST_USE int site_ca_path(const char *folder, const char *name, const char *suffix,
                          char path[SITE_CA_PATH_MAX]);

/*
 * Health certificate: EU DCC and Vietnam's vaccine passport (Decision 5772/QD-BYT).
 *
 *     "HC1:" base45( zlib( COSE_Sign1( CWT {1 iss, 4 exp, 6 iat, -260: {1: DCC}} )))
 *
 * by eu-dcc-hcert-spec and the DCC JSON schema. ES256 and PS256. Verified offline against the keys
 * with TRUST_HEALTH.
 */
#pragma once

#include "controller/flow.h"
#include "controller/validate/cose/sign1.h"
#include "controller/validate/trust.h"

#define HEALTH_CERT_PREFIX          "HC1:"
#define CREDENTIAL_KIND_HEALTH_CERT "health-cert"

enum {
        HEALTH_CERT_PLAIN_MAX = 65536, /* bytes that zlib may make of one code */
        HEALTH_CERT_TEXT_MAX = 128
};

enum health_cert_kind {
        HEALTH_CERT_NONE,
        HEALTH_CERT_VACCINATION,
        HEALTH_CERT_TEST,
        HEALTH_CERT_RECOVERY
};

struct health_cert {
        int64_t alg;
        uint8_t kid[SIGN1_KID_MAX];
        size_t kid_len;
        char issuer[HEALTH_CERT_TEXT_MAX]; /* iss */
        char signer[SIGNATURE_NAME_MAX];   /* the name of the key that signed it; "": none did */
        bool has_issued, has_expires;
        int64_t issued_us, expires_us; /* iat, exp */
        /* When it is good, [from, until): from iat to the end of the microsecond exp ("after which
         * a verifier must reject", 3.3.2), and not without the signer's certificate being good. */
        int64_t from_us, until_us;
        bool is_outside_signer; /* iat before, or exp after, what its signer is good for */
        bool has_bad_usage;     /* the signer may not sign this kind */
        bool has_bad_schema;    /* against the DCC schema; see health_cert_dcc.h */
        enum health_cert_kind kind;
        unsigned int kinds; /* how many groups it carries: one is right */
        unsigned int usage; /* what its signer must be allowed: enum signature_usage, or'ed */
        char version[16];
        char surname[HEALTH_CERT_TEXT_MAX], forename[HEALTH_CERT_TEXT_MAX]; /* NFC, maybe cut */
        char surname_icao[HEALTH_CERT_TEXT_MAX], forename_icao[HEALTH_CERT_TEXT_MAX];
        char born[32];                 /* as it stands: "1963", "1964-01", "1978-01-26T00:00:00" */
        char id[HEALTH_CERT_TEXT_MAX]; /* ci, of the first entry */
        char country[8], date[40];     /* co; dt, sc or fr of the first entry */
        int dose, doses;               /* dn, sd of a vaccination; 0: not said */
};

/* Memory for one reading: 64 KiB, so the caller keeps one. */
struct health_cert_scratch {
        uint8_t packed[FLOW_PAYLOAD_MAX];
        uint8_t plain[HEALTH_CERT_PLAIN_MAX];
};

bool health_cert_is_like(const char *text, size_t len);
/*
 * Reads and verifies. REASON_NONE; REASON_UNREADABLE: cannot be taken apart, or is signed and does
 * not keep to the schema; REASON_UNTRUSTED_ISSUER: no key of that kid; REASON_BAD_SIGNATURE: none
 * of them signed it with ES256 or PS256, or the signer may not sign this kind. *cert holds what
 * could be read. Knows no time: from_us and until_us are judged by the rules. `trust` NULL: nobody
 * is trusted. `step`, may be NULL, gets where it failed: "base45", "zlib", "cose", "cwt", "dcc",
 * "key", "signature", "usage", "schema", a constant string, or NULL.
 */
MUST_USE enum reason health_cert_read(const char *text, size_t len, const struct trust *trust,
                                      struct health_cert_scratch *scratch, struct health_cert *cert,
                                      const char **step);

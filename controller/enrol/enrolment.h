/*
 * Enrolment: the CA's answer to a gate that asks for a certificate. One request and one answer,
 * each a JSON object on one line, over TLS:
 *
 *     {"enrol": {"token": HEX, "request": PEM, "gate": "ORG/SITE/GATE"}}    gate: if it knows
 *     {"renew": {"request": PEM}}                    behind a certificate that is still good
 *     {"grant": {"gate": "ORG/SITE/GATE"}}           behind the certificate of who may grant
 *     {"ok": {"gate": "ORG/SITE/GATE", "certificate": PEM}}  or  {"error": {"reason", "message"}}
 *
 * What was granted is answered by {"ok": {"gate", "token", "until"}}: a token as token.h writes it.
 * The gate's name is that of the token's record, or of the certificate that renews; never one that
 * stands in the request. No sockets here: whoever serves gates (stilectl gate serve) asks this.
 */
#pragma once

#include "controller/enrol/site_ca.h"
#include "controller/validate/lockout.h"

enum {
        ENROLMENT_REQUEST_MAX = 8192, /* bytes of a line */
        ENROLMENT_ADDRESS_MAX = 64,
        ENROLMENT_PEERS_MAX = 128,
        ENROLMENT_GRANT_S = 86400 /* in which a granted token is to be used */
};

/* How often bad tokens came from an address. */
struct enrolment_peer {
        char address[ENROLMENT_ADDRESS_MAX]; /* "": free */
        struct lockout lockout;
        int64_t seen_ms;
};

struct enrolment {
        struct site_ca *ca; /* borrowed, with its key */
        int64_t renewal_days;
        const char *granter; /* whose certificate lets a token be made; NULL: nobody's */
        struct enrolment_peer peer[ENROLMENT_PEERS_MAX];
};

/* Who asks. */
struct enrolment_caller {
        const char *address;
        const char *certificate; /* that TLS has checked, PEM; NULL: none */
        int64_t now_us, now_ms;  /* wall clock; monotonic */
};

enum enrolment_verb {
        ENROLMENT_BAD,
        ENROLMENT_ENROL,
        ENROLMENT_RENEW,
        ENROLMENT_GRANT
};

/* A request, taken apart; borrowed from the object. */
struct enrolment_request {
        enum enrolment_verb verb;
        uint8_t secret[TOKEN_SECRET_LEN];
        const char *request, *gate; /* gate "": it does not say */
        char why[160];              /* ENROLMENT_BAD */
};

/* Reads one; never trusts it. */
void enrolment_read(const json_t *object, struct enrolment_request *request);
/* The answer; the caller's. NULL without memory. `said` gets a line for the log: no secrets. */
json_t *enrolment_answer(struct enrolment *enrolment, const struct enrolment_caller *caller,
                         const json_t *object, char said[256]);
/* Is the address shut out now? Its connection need not even be taken. */
bool enrolment_is_locked(struct enrolment *enrolment, const char *address, int64_t now_ms);

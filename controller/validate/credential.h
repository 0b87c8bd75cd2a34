/*
 * Credential: what a code's bytes claim to be, whether a signed one is genuine, and the key under
 * which the registry knows it.
 *
 * The values here are personal data: they stay in validate/ and in the hands of whoever asked, and
 * only the lookup goes on.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include "controller/ports/digest.h"
#include "controller/validate/formats/health_cert.h"
#include "controller/validate/formats/insurance.h"
#include "controller/validate/formats/national_id.h"
#include "controller/validate/formats/one_time.h"
#include "controller/validate/formats/payment.h"
#include "controller/validate/formats/personal_qr.h"
#include "controller/validate/formats/site_pass.h"

/* What a value is: two kinds never share a lookup. Stored lookups depend on these. */
#define CREDENTIAL_KIND_CODE        "code"
#define CREDENTIAL_KIND_NATIONAL_ID "national-id" /* of an insurance card, too, that has one */
#define CREDENTIAL_KIND_INSURANCE   "insurance"
#define CREDENTIAL_KIND_PERSONAL_QR "personal-qr" /* the QID */
#define CREDENTIAL_KIND_SITE_PASS   "site-pass"   /* the cti in hex, behind kid and '/' */

/* Which of the things that are no pass; each has its own message. */
enum credential_note {
        CREDENTIAL_NOTE_NONE,
        CREDENTIAL_NOTE_PAYMENT,
        CREDENTIAL_NOTE_LINK,
        CREDENTIAL_NOTE_WIFI,         /* WIFI: */
        CREDENTIAL_NOTE_CONTACT,      /* BEGIN:VCARD, MECARD: */
        CREDENTIAL_NOTE_SMART_HEALTH, /* shc:/ */
        CREDENTIAL_NOTE_APP, /* mailto:, tel:, sms:, geo:, otpauth:, and other "scheme:" of apps */
        CREDENTIAL_NOTE_EVENT, /* BEGIN:VEVENT */
        CREDENTIAL_NOTE_COUNT
};

enum {
        CREDENTIAL_CODE_MIN = 4,   /* bytes of a code that can be enrolled */
        CREDENTIAL_VALUE_MAX = 257 /* 256 bytes and a NUL */
};

/* What reading needs: the keys that are believed, and memory. Some 70 KiB: on the heap, one a
 * thread. */
struct credential_reader {
        const struct trust *trust; /* borrowed; NULL: nobody is trusted */
        struct health_cert_scratch scratch;
};

struct credential_reading {
        enum credential_class class;
        enum reason objection;     /* as in struct credential */
        enum credential_note note; /* CREDENTIAL_PAYMENT, _LINK, _OTHER */
        const char *step; /* where reading a signed one failed, a constant string; or NULL */
        /* The fields agree among themselves as far as that can be told without a clock. */
        bool is_consistent;
        const char *kind;                 /* CREDENTIAL_KIND_..., "" for what is no credential */
        char value[CREDENTIAL_VALUE_MAX]; /* identifier: normalised text or card number, or "" */
        uint32_t one_time_code;
        /* The one that `class` says. */
        struct national_id national_id;
        struct insurance insurance;
        struct personal_qr personal_qr;
        struct payment payment;
        struct site_pass site_pass;
        struct health_cert health_cert;
};

/*
 * Any bytes have a class (domain order: HC1, site pass, one-time, insurance, personal QR, citizen
 * card, payment, link, other, else a code of 4 to 256 bytes of text, else CREDENTIAL_UNKNOWN).
 * Never CREDENTIAL_NONE. Bounded by the payload's length. Enrolling reads the same way as the
 * camera, so what is enrolled is what is found.
 */
enum credential_class credential_read(struct credential_reader *reader,
                                      const struct payload *payload,
                                      struct credential_reading *reading);

/* What does not fit together: enum payment_flag for CREDENTIAL_PAYMENT, else enum card_flag, or'ed.
 * today NULL: without the questions that need a clock. */
unsigned int credential_flags(const struct credential_reading *reading,
                              const struct card_date *today);

/* What a person who shows this is told when it is no pass: short, for a display. "" for a class
 * that needs none. Constant strings. */
struct credential_message {
        const char *vi, *en;
};
struct credential_message credential_message(enum credential_class class,
                                             enum credential_note note);
/* "wifi", "smart_health" …; "" for CREDENTIAL_NOTE_NONE. */
const char *credential_note_name(enum credential_note note);

/* HMAC-SHA-256 (key, kind, a NUL, value). 0; -E2BIG: longer than any reading's; -EIO. */
MUST_USE int credential_lookup(const uint8_t key[DIGEST_KEY_LEN], const char *kind,
                               const char *value, uint8_t lookup[FLOW_DIGEST_LEN]);

/*
 * What goes on of a reading: class, flags, objection, claims, and the lookup. Of a code with an
 * objection nothing that it says. Sets neither access_point nor captured_us. 0 or -EIO.
 */
MUST_USE int credential_fill(const uint8_t key[DIGEST_KEY_LEN],
                             const struct credential_reading *reading,
                             struct credential *credential);

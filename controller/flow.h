/*
 * Flow: the six values of a gate, in the order in which one becomes the next. Read this first.
 *
 *     frame → payload → credential → verdict → passage → notice
 *     capture  decode    validate     actuate   record    publish
 *
 * Every struct is plain data of bounded size: it can be copied through a mailbox and needs no
 * clean-up. Names are the field's terms (ONVIF Access Control and Door Control, IEC
 * 60839-11-31..33). Times: `_us` fields named `captured`, `decoded` are CLOCK_MONOTONIC; `at_us` is
 * wall clock (UTC, microseconds since 1970) and exists only from record/ on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        FLOW_ID_MAX = 33,       /* an identifier [a-z0-9-]{1,32} and its NUL */
        FLOW_NAME_MAX = 128,    /* a holder's name, UTF-8, and its NUL */
        FLOW_DETAIL_MAX = 96,   /* free text of an event (actor and reason of a command, errno) */
        FLOW_DIGEST_LEN = 32,   /* HMAC-SHA-256 */
        FLOW_USE_LEN = 16,      /* the beginning of a lookup */
        FLOW_SEALED_MAX = 512,  /* an identity, sealed for the site (ports/sealing.h) */
        FLOW_PAYLOAD_MAX = 7089 /* digits in a version 40-L code: nothing in a QR code is longer */
};

/* 1. A picture, as the camera's driver holds it. Borrowed until the camera is asked for the next.
 */
struct frame {
        const uint8_t *luma; /* first sample */
        int width_px, height_px;
        int stride;          /* bytes from one row to the next */
        int step;            /* bytes from one sample to the next: 1 planar and grey, 2 YUYV/UYVY */
        int64_t captured_us; /* when the sensor had it, CLOCK_MONOTONIC */
};

/* 2. The bytes of one code in a frame, exactly as encoded: may hold NUL, need not be text. */
struct payload {
        uint8_t bytes[FLOW_PAYLOAD_MAX +
                      1]; /* bytes[len] is always NUL, for the parsers' comfort */
        size_t len;
        int64_t captured_us, decoded_us;
        const char *stage; /* which way of decoding found it; a constant string */
};

/* Why not: stable identifiers, which are stored, sent and documented. */
enum reason {
        REASON_NONE, /* admitted, or an event that needs no reason */
        REASON_UNKNOWN_CREDENTIAL,
        REASON_NOT_YET_VALID,
        REASON_EXPIRED,
        REASON_REVOKED,
        REASON_BLOCKED,
        REASON_WRONG_ACCESS_POINT,
        REASON_PASSBACK,
        REASON_CLOCK_UNTRUSTED,
        REASON_OUT_OF_SERVICE, /* locked down, or the scan waited too long to be acted upon */
        REASON_EXIT_BUTTON,
        REASON_COMMAND,
        REASON_FIRE,
        REASON_RECORD_FAILED, /* the journal did not take the grant in time: record.on-failure */
        REASON_BUSY,          /* too many grants were waiting for the lane */
        REASON_STALE,         /* a command after its not_after */
        REASON_REPLAYED,
        REASON_RETAINED,
        REASON_UNAUTHORISED,
        REASON_NO_SENSOR, /* taken is assumed: the lane has no passage sensor */
        REASON_CAMERA,
        REASON_DATABASE,
        REASON_DISK,
        REASON_LINES,
        REASON_DECODER,
        /* Added later; values are stored, so they only grow. */
        REASON_BAD_SIGNATURE,
        REASON_UNTRUSTED_ISSUER,
        REASON_WRONG_SITE,
        REASON_OUTSIDE_SCHEDULE,
        REASON_OCCUPANCY_LIMIT,
        REASON_MAX_USES,
        REASON_DECLARATION_MISSING,
        REASON_DECLARATION_REFUSED,
        REASON_LOCKOUT,
        REASON_UNREADABLE, /* begins like a pass or certificate, and cannot be taken apart */
        REASON_NOT_A_PASS,
        REASON_PROOF_MISSING, /* a pass that is bound to a phone, or must be, shown without proof */
        REASON_PROOF_EXPIRED, /* the proof is older (or newer) than the window: a photograph */
        REASON_ESCORT_MISSING,
        REASON_BAD_REQUEST,    /* a command that says what cannot be done */
        REASON_TOO_MANY,       /* commands in a minute */
        REASON_REGISTRY_STALE, /* the centre's registry is older than policy allows */
        REASON_COUNT
};

/* 3. What the bytes claim to be. */
enum credential_class {
        CREDENTIAL_NONE,          /* no credential was involved (exit button, command, alarm) */
        CREDENTIAL_UNKNOWN,       /* not a shape that we know */
        CREDENTIAL_CODE,          /* an opaque code; good only if it is enrolled */
        CREDENTIAL_CCCD,          /* citizen card, 2021 to June 2024: 6 or 7 fields */
        CREDENTIAL_CAN_CUOC_2024, /* căn cước card from July 2024: up to 11 fields */
        CREDENTIAL_PERSONAL_QR,   /* personal QR v1.1 (Decision 1405/QD-BTTTT): 6 fields */
        CREDENTIAL_INSURANCE,     /* health-insurance card (BHYT) */
        CREDENTIAL_SITE_PASS,     /* our own signed pass (validate/formats/site_pass.h) */
        CREDENTIAL_ONE_TIME, /* a one-time code of an enrolled id (validate/formats/one_time.h) */
        CREDENTIAL_HEALTH_CERT, /* EU DCC and Vietnam's vaccine passport */
        /* Known, and not a pass. */
        CREDENTIAL_PAYMENT, /* EMVCo, VietQR */
        CREDENTIAL_LINK,    /* a web address: a place's code, an advertisement */
        CREDENTIAL_OTHER,   /* Wi-Fi, contact, SMART Health Card, app log-in … */
        CREDENTIAL_CLASS_COUNT
};

enum {
        PASS_LEVELS_MAX = 8, /* access levels in one pass */
        PASS_ID_MAX = 16     /* bytes of a pass's number (cti) */
};

/* What a site pass says, once its signature is good. */
struct pass_claims {
        char holder[FLOW_ID_MAX];   /* sub */
        char site[FLOW_ID_MAX];     /* "": every site that trusts the issuer */
        char schedule[FLOW_ID_MAX]; /* "": none of its own */
        char level[PASS_LEVELS_MAX][FLOW_ID_MAX];
        size_t levels;              /* 0: those that the registry has for the holder */
        int64_t issued_us;          /* iat; 0: not said */
        int uses_max, day_uses_max; /* 0: no limit */
        uint8_t id[PASS_ID_MAX];    /* cti */
        size_t id_len;
        bool is_bound;    /* it names a key of the holder's (cnf): shown alone it proves nothing */
        int64_t proof_us; /* when the holder's key signed it (checked); 0: shown alone */
};

struct credential {
        enum credential_class class;
        bool is_consistent; /* the card's number agrees with its date of birth and sex; a flag only
                             */
        /* Why it can't be good whatever the registry says: REASON_NOT_A_PASS, _BAD_SIGNATURE,
         * _UNTRUSTED_ISSUER, _UNREADABLE; else REASON_NONE. */
        enum reason objection;
        /* Key under which the registry knows it: HMAC-SHA-256(site key, kind ‖ 0 ‖ identifier).
         * The identifier itself goes no further than validate/. */
        uint8_t lookup[FLOW_DIGEST_LEN];
        int64_t from_us, until_us; /* a signed one's own validity, [from, until); 0: no limit */
        struct pass_claims pass;   /* CREDENTIAL_SITE_PASS */
        uint32_t one_time_code;    /* CREDENTIAL_ONE_TIME */
        uint16_t sealed_len;       /* 0: policy seals nothing, or it carries no identity */
        uint8_t sealed[FLOW_SEALED_MAX];
        char access_point[FLOW_ID_MAX];
        int64_t captured_us;
};

/* 4. May they pass? */
struct verdict {
        bool admit;
        enum reason reason;    /* why not; at an exit, never refused, why it would have been */
        const char *rule;      /* the rule that spoke, a constant string */
        bool is_passback_soft; /* admitted although soft anti-passback objected */
        uint64_t grant;        /* this process's number of the grant; pairs it with what follows */
        int64_t captured_us;   /* 0: no frame (button, command) */
};

/* 5. One row of the journal: what happened, once, for ever numbered. */
enum event {
        EVENT_ACCESS_GRANTED = 1,
        EVENT_ACCESS_TAKEN,
        EVENT_ACCESS_NOT_TAKEN,
        EVENT_ACCESS_DENIED,
        EVENT_DURESS,
        EVENT_FORCED_OPEN,
        EVENT_OPEN_TOO_LONG,
        EVENT_DOOR_NORMAL, /* a forced or long open door is closed again */
        EVENT_TAMPER,
        EVENT_FAULT,
        EVENT_FAULT_CLEARED,
        EVENT_FIRE_RELEASE,
        EVENT_FIRE_RESET,
        EVENT_LOCK_DOWN,
        EVENT_LOCK_DOWN_RELEASE,
        EVENT_LOCK_OPEN,
        EVENT_LOCK_OPEN_RELEASE,
        EVENT_ACCESS_DOOR, /* a momentary opening was commanded */
        EVENT_COMMAND_REFUSED,
        EVENT_STARTED,
        EVENT_STOPPED,
        EVENT_SILENT_ALARM,   /* somebody on the blocked list, and nobody at the lane is told */
        EVENT_CONFIG_CHANGED, /* options, by a manager's command */
        EVENT_SYNC_REQUESTED, /* rows or the registry are to be sent again */
        EVENT_COUNT
};

enum direction {
        DIRECTION_NONE,
        DIRECTION_ENTRY,
        DIRECTION_EXIT
};

enum clock_quality {
        CLOCK_SYNCHRONISED,
        CLOCK_HOLDOVER,
        CLOCK_UNTRUSTED
};

enum passage_flag {
        PASSAGE_LATE = 1,          /* recorded after the relay had been driven */
        PASSAGE_NO_SENSOR = 2,     /* the lane cannot tell taken from not taken */
        PASSAGE_PASSBACK_SOFT = 4, /* admitted against soft anti-passback */
        PASSAGE_INCONSISTENT = 8,  /* the card's fields disagree among themselves */
        PASSAGE_UNDECLARED = 16,   /* admitted although the declaration rule warned */
};

struct passage {
        uint64_t seq; /* gap-free from 1 in each epoch; 0 until the journal has given it */
        int64_t at_us;
        enum event event;
        enum reason reason;
        enum direction direction;
        enum credential_class class;
        enum clock_quality clock;
        uint32_t flags; /* enum passage_flag */
        uint64_t
                grant_seq; /* the AccessGranted row that a taken or not taken belongs to; 0: none */
        char access_point[FLOW_ID_MAX]; /* empty: the whole gate */
        char holder[FLOW_ID_MAX];       /* stays in the gate; the wire carries `subject` */
        uint8_t subject[16];            /* keyed pseudonym; all zero: nobody */
        char detail[FLOW_DETAIL_MAX];
        /* Who somebody is that the registry does not know, for the site's key alone; 0: nobody. */
        uint16_t sealed_len;
        uint8_t sealed[FLOW_SEALED_MAX];
        /* Not stored with the row; what the row changes besides. */
        char area[FLOW_ID_MAX];    /* the access point's area, where a taken moves the holder */
        uint8_t use[FLOW_USE_LEN]; /* whose uses a taken entry counts; all zero: nobody counts */
        int32_t use_day;           /* the local day it counts for: days since 1970-01-01 */
};

/* 6. A passage as the broker gets it. */
struct notice {
        const char *leaf;         /* topic below stile/v1/{org}/{site}/{gate}/ */
        const char *json;         /* CloudEvent, UTF-8; borrowed */
        const char *content_type; /* NULL: one CloudEvent's */
        bool is_retained;
        int qos;
        uint64_t seq; /* 0: not an entry */
};

/*
 * Links port: the secret links by which people fetch their pass onto a phone, each good for one
 * phone. Driver: SQLite (drivers/links). Of a secret only the digest is here; of a pass that was
 * fetched, the pass, which is worth nothing without that phone's key. Called on many threads; may
 * block. Errors are -errno.
 */
#pragma once

#include "controller/flow.h"
#include "controller/validate/formats/site_pass.h"

enum {
        LINKS_PHONE_MAX = 128 /* bytes of a phone's public key, SubjectPublicKeyInfo in DER */
};

struct link {
        char holder[FLOW_ID_MAX];
        int64_t expires_us; /* unless it was opened; then of the pass, 0: never */
        /* Once it was opened. */
        uint8_t phone[LINKS_PHONE_MAX];
        size_t phone_len; /* 0: it was not */
        char pass[SITE_PASS_TEXT_MAX];
};

struct links;

/* Opens or makes the file (0600). 0 or -errno, logged. */
MUST_USE int links_open(const char *path, struct links **links);
/* Accepts NULL; returns NULL. */
struct links *links_close(struct links *links);

/* A new one; those that have expired go. */
MUST_USE int links_add(struct links *links, const uint8_t digest[FLOW_DIGEST_LEN],
                       const char *holder, int64_t expires_us, int64_t now_us);
/* -ENOENT: there is none, or it has expired. */
MUST_USE int links_find(struct links *links, const uint8_t digest[FLOW_DIGEST_LEN], int64_t now_us,
                        struct link *link);
/* The one by which that pass was fetched. -ENOENT: there is none, or it has expired. */
MUST_USE int links_of_pass(struct links *links, const char *pass, int64_t now_us,
                           struct link *link);
/* It was opened: link's phone, pass and expires_us. -EEXIST: by somebody else meanwhile. */
MUST_USE int links_bind(struct links *links, const uint8_t digest[FLOW_DIGEST_LEN],
                        const struct link *link);
/* All of a holder's. */
MUST_USE int links_forget(struct links *links, const char *holder);

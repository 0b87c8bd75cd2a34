/*
 * Accounts port: who may log in, their sessions, and what they did: one file, apart from the
 * archive. Implemented once (drivers/access, on SQLite).
 *
 * Called on many threads; calls wait for each other and for the disk. A call that writes is durable
 * when it returns 0, and else wrote nothing. Errors are -errno. Times are microseconds since 1970.
 */
#pragma once

#include "common/base.h"
#include "dashboard/access/principal.h"

enum {
        ACCOUNTS_HASH_MAX = 128, /* libsodium's crypto_pwhash_STRBYTES */
        ACCOUNTS_KEY_LEN = 32,
        ACCOUNTS_CSRF_MAX = 48,
        ACCOUNTS_WORD_MAX = 64,
        ACCOUNTS_TARGET_MAX = 192,
        ACCOUNTS_DETAIL_MAX = 16384, /* what says more is refused, not cut */
        ACCOUNTS_VERIFY_LINES = 500  /* between two of these others have their turn */
};

struct account {
        char name[PRINCIPAL_NAME_MAX];
        bool is_disabled;
        int64_t created_us, last_login_us; /* 0: never */
        struct grant grants[PRINCIPAL_GRANTS_MAX];
        size_t grant_count;
};

/* What of an account is to change; what is NULL stays as it is, whoever changes it meanwhile. */
struct account_change {
        const char *name;
        const struct grant *grants;
        size_t grant_count;
        const bool *is_disabled;
        const char *hash;
};

struct session {
        uint8_t key[ACCOUNTS_KEY_LEN]; /* SHA-256 of what the browser has */
        char csrf[ACCOUNTS_CSRF_MAX];
        char account[PRINCIPAL_NAME_MAX];
        int64_t created_us, seen_us;
};

/* One line of the audit log; strings are borrowed for the call, "" or NULL is nothing. */
struct audit_entry {
        uint64_t number; /* from 1, without gaps; given by accounts_note */
        int64_t at_us;
        const char *actor, *address, *action, *target, *outcome;
        const char *detail; /* a JSON object */
};

struct accounts;

/* Makes the file when there is none (0600). 0 or -errno, logged. */
MUST_USE int accounts_open(const char *path, struct accounts **accounts);
/* Accepts NULL; returns NULL. */
struct accounts *accounts_close(struct accounts *accounts);

/* `hash` may be NULL. -ENOENT. */
MUST_USE int accounts_find(struct accounts *accounts, const char *name, struct account *account,
                           char hash[ACCOUNTS_HASH_MAX]);
/* False ends the walk. In order of the name. */
typedef bool account_visitor(void *context, const struct account *account);
MUST_USE int accounts_list(struct accounts *accounts, account_visitor *visit, void *context);
/* -EEXIST. */
MUST_USE int accounts_add(struct accounts *accounts, const struct account *account,
                          const char *hash);
/* All of it, or nothing; ends the account's sessions. -ENOENT; -EBUSY: nobody would be an enabled
 * administrator of everything. */
MUST_USE int accounts_change(struct accounts *accounts, const struct account_change *change);
/* The password and nothing else, for whoever was right about the one before: hashing takes so long
 * that others may have changed the account meanwhile. Ends its sessions but the one with the key
 * `but`. -ENOENT: it is not there, is disabled, or `old_hash` is not its password's any more. */
MUST_USE int accounts_set_password(struct accounts *accounts, const char *name,
                                   const char *old_hash, const char *hash,
                                   const uint8_t but[ACCOUNTS_KEY_LEN]);
/* -ENOENT, -EBUSY as above. */
MUST_USE int accounts_remove(struct accounts *accounts, const char *name);
/* How many are enabled administrators of everything, or -errno. */
MUST_USE int accounts_administrators(struct accounts *accounts);

/* For whoever was right about the password with this hash. Also notes when the account logged in;
 * removes sessions that began before `before_us`. -ENOENT: as accounts_set_password. */
MUST_USE int accounts_add_session(struct accounts *accounts, const struct session *session,
                                  const char *hash, int64_t before_us);
/* -ENOENT. */
MUST_USE int accounts_find_session(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN],
                                   struct session *session);
MUST_USE int accounts_see_session(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN],
                                  int64_t now_us);
MUST_USE int accounts_remove_session(struct accounts *accounts,
                                     const uint8_t key[ACCOUNTS_KEY_LEN]);

/* Appends. Each line's hash is SHA-256 of the one before and of what it says, so a line that is
 * changed, taken out or put in shows in all that follow. */
/* -EMSGSIZE: the detail is too long. */
MUST_USE int accounts_note(struct accounts *accounts, struct audit_entry *entry);
typedef bool audit_visitor(void *context, const struct audit_entry *entry);
/* Newest first, below `before` (0: from the newest); of one actor or action (NULL: any). */
MUST_USE int accounts_audit(struct accounts *accounts, uint64_t before, const char *actor,
                            const char *action, size_t limit, audit_visitor *visit, void *context);
/* Reads all of it, in parts: others go on meanwhile. How many lines there are, and the first that
 * is not what was written; 0: all are. */
MUST_USE int accounts_verify(struct accounts *accounts, uint64_t *lines, uint64_t *broken);

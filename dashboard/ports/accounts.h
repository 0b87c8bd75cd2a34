/*
 * Accounts port: who may log in, their sessions, and what they did: apart from the archive.
 * Implemented twice (drivers/access): a file of SQLite, and PostgreSQL for dashboards on several
 * machines. Both pass the same tests.
 *
 * Called on many threads; calls wait for each other and for the disk. A call that writes is durable
 * when it returns 0, and else wrote nothing; only when a connection to PostgreSQL is lost at the
 * very end of it (-ENOTCONN) nobody knows. Errors are -errno. Times are microseconds since 1970.
 */
#pragma once

#include "common/base.h"
#include "dashboard/access/principal.h"

#include <errno.h>
#include <string.h>

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

/* False ends the walk. In order of the name. */
typedef bool account_visitor(void *context, const struct account *account);
typedef bool audit_visitor(void *context, const struct audit_entry *entry);

struct accounts;

struct accounts_ops {
        /* `hash` may be NULL. -ENOENT. */
        int (*find)(struct accounts *accounts, const char *name, struct account *account,
                    char hash[ACCOUNTS_HASH_MAX]);
        int (*list)(struct accounts *accounts, account_visitor *visit, void *context);
        /* -EEXIST. */
        int (*add)(struct accounts *accounts, const struct account *account, const char *hash);
        /* All of it, or nothing; ends the account's sessions. -ENOENT; -EBUSY: nobody would be an
         * enabled administrator of everything. */
        int (*change)(struct accounts *accounts, const struct account_change *change);
        /* The password and nothing else, for whoever was right about the one before: hashing takes
         * so long that others may have changed the account meanwhile. Ends its sessions but the one
         * with the key `but`. -ENOENT: it is not there, is disabled, or `old_hash` is not its
         * password's any more. */
        int (*set_password)(struct accounts *accounts, const char *name, const char *old_hash,
                            const char *hash, const uint8_t but[ACCOUNTS_KEY_LEN]);
        /* -ENOENT, -EBUSY as above. */
        int (*remove)(struct accounts *accounts, const char *name);
        /* How many are enabled administrators of everything, or -errno. */
        int (*administrators)(struct accounts *accounts);
        /* For whoever was right about the password with this hash. Also notes when the account
         * logged in; removes sessions that began before `before_us`. -ENOENT: as
         * accounts_set_password. */
        int (*add_session)(struct accounts *accounts, const struct session *session,
                           const char *hash, int64_t before_us);
        /* -ENOENT. */
        int (*find_session)(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN],
                            struct session *session);
        int (*see_session)(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN],
                           int64_t now_us);
        int (*remove_session)(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN]);
        /* Appends. Each line's hash is SHA-256 of the one before and of what it says, so a line
         * that is changed, taken out or put in shows in all that follow. accounts_note also says
         * -EMSGSIZE: the detail is too long. */
        int (*note)(struct accounts *accounts, struct audit_entry *entry);
        /* Newest first, below `before` (0: from the newest); of one actor or action (NULL: any). */
        int (*audit)(struct accounts *accounts, uint64_t before, const char *actor,
                     const char *action, size_t limit, audit_visitor *visit, void *context);
        /* Reads all of it, in parts: others go on meanwhile. How many lines there are, and the
         * first that is not what was written; 0: all are. */
        int (*verify)(struct accounts *accounts, uint64_t *lines, uint64_t *broken);
        void (*close)(struct accounts *accounts);
};

struct accounts {
        const struct accounts_ops *ops;
};

MUST_USE static inline int accounts_find(struct accounts *accounts, const char *name,
                                         struct account *account, char hash[ACCOUNTS_HASH_MAX])
{
        return accounts->ops->find(accounts, name, account, hash);
}

MUST_USE static inline int accounts_list(struct accounts *accounts, account_visitor *visit,
                                         void *context)
{
        return accounts->ops->list(accounts, visit, context);
}

MUST_USE static inline int accounts_add(struct accounts *accounts, const struct account *account,
                                        const char *hash)
{
        return accounts->ops->add(accounts, account, hash);
}

MUST_USE static inline int accounts_change(struct accounts *accounts,
                                           const struct account_change *change)
{
        return accounts->ops->change(accounts, change);
}

MUST_USE static inline int accounts_set_password(struct accounts *accounts, const char *name,
                                                 const char *old_hash, const char *hash,
                                                 const uint8_t but[ACCOUNTS_KEY_LEN])
{
        return accounts->ops->set_password(accounts, name, old_hash, hash, but);
}

MUST_USE static inline int accounts_remove(struct accounts *accounts, const char *name)
{
        return accounts->ops->remove(accounts, name);
}

MUST_USE static inline int accounts_administrators(struct accounts *accounts)
{
        return accounts->ops->administrators(accounts);
}

MUST_USE static inline int accounts_add_session(struct accounts *accounts,
                                                const struct session *session, const char *hash,
                                                int64_t before_us)
{
        return accounts->ops->add_session(accounts, session, hash, before_us);
}

MUST_USE static inline int accounts_find_session(struct accounts *accounts,
                                                 const uint8_t key[ACCOUNTS_KEY_LEN],
                                                 struct session *session)
{
        return accounts->ops->find_session(accounts, key, session);
}

MUST_USE static inline int accounts_see_session(struct accounts *accounts,
                                                const uint8_t key[ACCOUNTS_KEY_LEN], int64_t now_us)
{
        return accounts->ops->see_session(accounts, key, now_us);
}

MUST_USE static inline int accounts_remove_session(struct accounts *accounts,
                                                   const uint8_t key[ACCOUNTS_KEY_LEN])
{
        return accounts->ops->remove_session(accounts, key);
}

MUST_USE static inline int accounts_note(struct accounts *accounts, struct audit_entry *entry)
{
        return entry->detail && strlen(entry->detail) >= ACCOUNTS_DETAIL_MAX
                       ? -EMSGSIZE
                       : accounts->ops->note(accounts, entry);
}

MUST_USE static inline int accounts_audit(struct accounts *accounts, uint64_t before,
                                          const char *actor, const char *action, size_t limit,
                                          audit_visitor *visit, void *context)
{
        return accounts->ops->audit(accounts, before, actor, action, limit, visit, context);
}

MUST_USE static inline int accounts_verify(struct accounts *accounts, uint64_t *lines,
                                           uint64_t *broken)
{
        return accounts->ops->verify(accounts, lines, broken);
}

/* Accepts NULL; returns NULL. */
static inline struct accounts *accounts_close(struct accounts *accounts)
{
        if (accounts)
                accounts->ops->close(accounts);
        return NULL;
}

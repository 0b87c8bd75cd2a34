/* What the files of the accounts' driver for PostgreSQL share. */
#pragma once

#include "dashboard/ports/accounts.h"
#include "drivers/postgres/postgres_shared.h"

#define ACCOUNTS_LOCK                 "accounts_lock"
#define ACCOUNTS_FIND                 "accounts_find"
#define ACCOUNTS_LIST                 "accounts_list"
#define ACCOUNTS_ADD                  "accounts_add"
#define ACCOUNTS_SET                  "accounts_set"
#define ACCOUNTS_SET_HASH             "accounts_set_hash"
#define ACCOUNTS_REPLACE_HASH         "accounts_replace_hash"
#define ACCOUNTS_REMOVE               "accounts_remove"
#define ACCOUNTS_ADD_GRANTS           "accounts_add_grants"
#define ACCOUNTS_REMOVE_GRANTS        "accounts_remove_grants"
#define ACCOUNTS_COUNT_ADMINISTRATORS "accounts_count_administrators"
#define ACCOUNTS_LOGGED_IN            "accounts_logged_in"
#define ACCOUNTS_ADD_SESSION          "accounts_add_session"
#define ACCOUNTS_FIND_SESSION         "accounts_find_session"
#define ACCOUNTS_SEE_SESSION          "accounts_see_session"
#define ACCOUNTS_REMOVE_SESSION       "accounts_remove_session"
#define ACCOUNTS_REMOVE_SESSIONS_OF   "accounts_remove_sessions_of"
#define ACCOUNTS_REMOVE_OLD_SESSIONS  "accounts_remove_old_sessions"
#define ACCOUNTS_LOCK_LINES           "accounts_lock_lines"
#define ACCOUNTS_LAST_LINE            "accounts_last_line"
#define ACCOUNTS_ADD_LINE             "accounts_add_line"
#define ACCOUNTS_LINES                "accounts_lines"
#define ACCOUNTS_LINES_AFTER          "accounts_lines_after"

struct accounts_postgres {
        struct accounts accounts; /* first: the port's functions take it */
        struct postgres_shared *shared;
};

static inline struct postgres_shared *accounts_shared(struct accounts *accounts)
{
        return ((struct accounts_postgres *)accounts)->shared;
}

MUST_USE int accounts_postgres_find(struct accounts *accounts, const char *name,
                                    struct account *account, char hash[ACCOUNTS_HASH_MAX]);
MUST_USE int accounts_postgres_list(struct accounts *accounts, account_visitor *visit,
                                    void *context);
MUST_USE int accounts_postgres_add(struct accounts *accounts, const struct account *account,
                                   const char *hash);
MUST_USE int accounts_postgres_administrators(struct accounts *accounts);
MUST_USE int accounts_postgres_change(struct accounts *accounts,
                                      const struct account_change *change);
MUST_USE int accounts_postgres_set_password(struct accounts *accounts, const char *name,
                                            const char *old_hash, const char *hash,
                                            const uint8_t but[ACCOUNTS_KEY_LEN]);
MUST_USE int accounts_postgres_remove(struct accounts *accounts, const char *name);
MUST_USE int accounts_postgres_add_session(struct accounts *accounts, const struct session *session,
                                           const char *hash, int64_t before_us);
MUST_USE int accounts_postgres_find_session(struct accounts *accounts,
                                            const uint8_t key[ACCOUNTS_KEY_LEN],
                                            struct session *session);
MUST_USE int accounts_postgres_see_session(struct accounts *accounts,
                                           const uint8_t key[ACCOUNTS_KEY_LEN], int64_t now_us);
MUST_USE int accounts_postgres_remove_session(struct accounts *accounts,
                                              const uint8_t key[ACCOUNTS_KEY_LEN]);
MUST_USE int accounts_postgres_note(struct accounts *accounts, struct audit_entry *entry);
MUST_USE int accounts_postgres_audit(struct accounts *accounts, uint64_t before, const char *actor,
                                     const char *action, size_t limit, audit_visitor *visit,
                                     void *context);
MUST_USE int accounts_postgres_verify(struct accounts *accounts, uint64_t *lines, uint64_t *broken);

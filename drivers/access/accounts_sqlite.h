/* What the files of the accounts' driver for SQLite share. */
#pragma once

#include "controller/ports/digest.h"
#include "dashboard/ports/accounts.h"
#include "drivers/store/shared.h"
#include "drivers/store/sqlite.h"

enum accounts_statement {
        ACCOUNTS_FIND,
        ACCOUNTS_LIST,
        ACCOUNTS_GRANTS,
        ACCOUNTS_ADD,
        ACCOUNTS_SET,
        ACCOUNTS_SET_HASH,
        ACCOUNTS_REPLACE_HASH,
        ACCOUNTS_REMOVE,
        ACCOUNTS_ADD_GRANT,
        ACCOUNTS_REMOVE_GRANTS,
        ACCOUNTS_COUNT_ADMINISTRATORS,
        ACCOUNTS_LOGGED_IN,
        ACCOUNTS_ADD_SESSION,
        ACCOUNTS_FIND_SESSION,
        ACCOUNTS_SEE_SESSION,
        ACCOUNTS_REMOVE_SESSION,
        ACCOUNTS_REMOVE_SESSIONS_OF,
        ACCOUNTS_REMOVE_OLD_SESSIONS,
        ACCOUNTS_LAST_LINE,
        ACCOUNTS_ADD_LINE,
        ACCOUNTS_LINES,
        ACCOUNTS_LINES_AFTER,
        ACCOUNTS_STATEMENTS
};

struct accounts_sqlite {
        struct accounts accounts; /* first: the port's functions take it */
        struct shared_database *shared;
};

static inline struct shared_database *accounts_shared(struct accounts *accounts)
{
        return ((struct accounts_sqlite *)accounts)->shared;
}

MUST_USE int accounts_sqlite_find(struct accounts *accounts, const char *name,
                                  struct account *account, char hash[ACCOUNTS_HASH_MAX]);
MUST_USE int accounts_sqlite_list(struct accounts *accounts, account_visitor *visit, void *context);
MUST_USE int accounts_sqlite_add(struct accounts *accounts, const struct account *account,
                                 const char *hash);
MUST_USE int accounts_sqlite_administrators(struct accounts *accounts);
MUST_USE int accounts_sqlite_change(struct accounts *accounts, const struct account_change *change);
MUST_USE int accounts_sqlite_set_password(struct accounts *accounts, const char *name,
                                          const char *old_hash, const char *hash,
                                          const uint8_t but[ACCOUNTS_KEY_LEN]);
MUST_USE int accounts_sqlite_remove(struct accounts *accounts, const char *name);
MUST_USE int accounts_sqlite_add_session(struct accounts *accounts, const struct session *session,
                                         const char *hash, int64_t before_us);
MUST_USE int accounts_sqlite_find_session(struct accounts *accounts,
                                          const uint8_t key[ACCOUNTS_KEY_LEN],
                                          struct session *session);
MUST_USE int accounts_sqlite_see_session(struct accounts *accounts,
                                         const uint8_t key[ACCOUNTS_KEY_LEN], int64_t now_us);
MUST_USE int accounts_sqlite_remove_session(struct accounts *accounts,
                                            const uint8_t key[ACCOUNTS_KEY_LEN]);
MUST_USE int accounts_sqlite_note(struct accounts *accounts, struct audit_entry *entry);
MUST_USE int accounts_sqlite_audit(struct accounts *accounts, uint64_t before, const char *actor,
                                   const char *action, size_t limit, audit_visitor *visit,
                                   void *context);
MUST_USE int accounts_sqlite_verify(struct accounts *accounts, uint64_t *lines, uint64_t *broken);

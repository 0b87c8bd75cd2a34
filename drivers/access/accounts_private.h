/* What the files of the accounts' driver share. */
#pragma once

#include "controller/ports/digest.h"
#include "dashboard/ports/accounts.h"
#include "drivers/store/sqlite.h"

#include <pthread.h>

enum accounts_statement {
        ACCOUNTS_BEGIN,
        ACCOUNTS_COMMIT,
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

struct accounts {
        pthread_mutex_t mutex; /* of the connection and its statements */
        sqlite3 *db;
        sqlite3_stmt *statement[ACCOUNTS_STATEMENTS];
};

/* Holds the mutex to the end of the scope. */
static inline struct accounts *accounts_lock(struct accounts *accounts)
{
        pthread_mutex_lock(&accounts->mutex);
        return accounts;
}

static inline void accounts_unlock(struct accounts **accounts)
{
        pthread_mutex_unlock(&(*accounts)->mutex);
}

#define ACCOUNTS_LOCKED(accounts)                                                                  \
        CLEANUP(accounts_unlock)                                                                   \
        struct accounts *locked = accounts_lock(accounts)

/* Commits what went well, undoes the rest. 0 or -errno. */
MUST_USE int accounts_end(struct accounts *accounts, int r);

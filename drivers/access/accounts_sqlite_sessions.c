/* Sessions. */
#include "drivers/access/accounts_sqlite.h"

#include <errno.h>
#include <string.h>

static int add_session(struct shared_database *accounts, const struct session *session,
                       const char *hash, int64_t before_us)
{
        sqlite3_stmt *add = accounts->statement[ACCOUNTS_ADD_SESSION];
        sqlite3_stmt *note = accounts->statement[ACCOUNTS_LOGGED_IN];
        sqlite3_stmt *remove = accounts->statement[ACCOUNTS_REMOVE_OLD_SESSIONS];
        sqlite_bind_text(note, 1, session->account);
        sqlite_bind_text(note, 2, hash);
        sqlite_bind_int(note, 3, session->created_us);
        int r = sqlite_run(note);
        if (r)
                return r;
        if (sqlite3_changes(accounts->db) == 0)
                return -ENOENT;
        sqlite_bind_blob(add, 1, session->key, sizeof(session->key));
        sqlite_bind_text(add, 2, session->csrf);
        sqlite_bind_text(add, 3, session->account);
        sqlite_bind_int(add, 4, session->created_us);
        sqlite_bind_int(add, 5, session->seen_us);
        r = sqlite_run(add);
        sqlite_bind_int(remove, 1, before_us);
        return r ? r : sqlite_run(remove);
}

int accounts_sqlite_add_session(struct accounts *accounts, const struct session *session,
                                const char *hash, int64_t before_us)
{
        SHARED_LOCKED(accounts_shared(accounts));
        int r = shared_begin(locked);
        return r ? r : shared_end(locked, add_session(locked, session, hash, before_us));
}

int accounts_sqlite_find_session(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN],
                                 struct session *session)
{
        SHARED_LOCKED(accounts_shared(accounts));
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = locked->statement[ACCOUNTS_FIND_SESSION];
        sqlite_bind_blob(row, 1, key, ACCOUNTS_KEY_LEN);
        int r = sqlite_step(row);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        memcpy(session->key, key, ACCOUNTS_KEY_LEN);
        (void)sqlite_column_copy(row, 0, session->csrf, sizeof(session->csrf));
        (void)sqlite_column_copy(row, 1, session->account, sizeof(session->account));
        session->created_us = sqlite3_column_int64(row, 2);
        session->seen_us = sqlite3_column_int64(row, 3);
        return 0;
}

int accounts_sqlite_see_session(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN],
                                int64_t now_us)
{
        SHARED_LOCKED(accounts_shared(accounts));
        sqlite3_stmt *see = locked->statement[ACCOUNTS_SEE_SESSION];
        sqlite_bind_blob(see, 1, key, ACCOUNTS_KEY_LEN);
        sqlite_bind_int(see, 2, now_us);
        return sqlite_run(see);
}

int accounts_sqlite_remove_session(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN])
{
        SHARED_LOCKED(accounts_shared(accounts));
        sqlite3_stmt *remove = locked->statement[ACCOUNTS_REMOVE_SESSION];
        sqlite_bind_blob(remove, 1, key, ACCOUNTS_KEY_LEN);
        return sqlite_run(remove);
}

/* Sessions in PostgreSQL. */
#include "drivers/access/accounts_postgres.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int add_session(struct postgres_shared *locked, const struct session *session,
                       const char *hash, int64_t before_us)
{
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_text(args, session->account);
        postgres_add_text(args, hash);
        postgres_add_int(args, session->created_us);
        int r = postgres_shared_do(locked, ACCOUNTS_LOGGED_IN);
        if (r <= 0)
                return r ? r : -ENOENT;
        args = postgres_shared_args(locked);
        postgres_add_bytes(args, session->key, sizeof(session->key));
        postgres_add_text(args, session->csrf);
        postgres_add_text(args, session->account);
        postgres_add_int(args, session->created_us);
        postgres_add_int(args, session->seen_us);
        r = postgres_shared_do(locked, ACCOUNTS_ADD_SESSION);
        if (r < 0)
                return r;
        postgres_add_int(postgres_shared_args(locked), before_us);
        r = postgres_shared_do(locked, ACCOUNTS_REMOVE_OLD_SESSIONS);
        return r < 0 ? r : 0;
}

int accounts_postgres_add_session(struct accounts *accounts, const struct session *session,
                                  const char *hash, int64_t before_us)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        int r = postgres_shared_begin(locked, ACCOUNTS_LOCK);
        return r ? r : postgres_shared_end(locked, add_session(locked, session, hash, before_us));
}

int accounts_postgres_find_session(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN],
                                   struct session *session)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        postgres_add_bytes(postgres_shared_args(locked), key, ACCOUNTS_KEY_LEN);
        int r = postgres_shared_ask(locked, ACCOUNTS_FIND_SESSION, &rows);
        if (r || PQntuples(rows) == 0)
                return r ? r : -ENOENT;
        memcpy(session->key, key, ACCOUNTS_KEY_LEN);
        (void)snprintf(session->csrf, sizeof(session->csrf), "%s", PQgetvalue(rows, 0, 0));
        (void)snprintf(session->account, sizeof(session->account), "%s", PQgetvalue(rows, 0, 1));
        session->created_us = postgres_integer(rows, 0, 2);
        session->seen_us = postgres_integer(rows, 0, 3);
        return 0;
}

int accounts_postgres_see_session(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN],
                                  int64_t now_us)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_bytes(args, key, ACCOUNTS_KEY_LEN);
        postgres_add_int(args, now_us);
        int r = postgres_shared_do(locked, ACCOUNTS_SEE_SESSION);
        return r < 0 ? r : 0;
}

int accounts_postgres_remove_session(struct accounts *accounts, const uint8_t key[ACCOUNTS_KEY_LEN])
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        postgres_add_bytes(postgres_shared_args(locked), key, ACCOUNTS_KEY_LEN);
        int r = postgres_shared_do(locked, ACCOUNTS_REMOVE_SESSION);
        return r < 0 ? r : 0;
}

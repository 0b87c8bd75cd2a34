/* Accounts and what they may, in PostgreSQL. */
#include "drivers/access/accounts_postgres.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void copy(const PGresult *rows, int row, int column, char *text, size_t size)
{
        (void)snprintf(text, size, "%s", PQgetvalue(rows, row, column));
}

/* The account that begins at *row, which is moved behind its last. 0 or -errno. */
static int read_account(const PGresult *rows, int *row, struct account *account)
{
        copy(rows, *row, 0, account->name, sizeof(account->name));
        account->is_disabled = postgres_integer(rows, *row, 1) != 0;
        account->created_us = postgres_integer(rows, *row, 2);
        account->last_login_us = postgres_integer(rows, *row, 3);
        account->grant_count = 0;
        for (; *row < PQntuples(rows) && strcmp(PQgetvalue(rows, *row, 0), account->name) == 0;
             ++*row) {
                int64_t role = postgres_integer(rows, *row, 5);
                if (PQgetisnull(rows, *row, 5) || account->grant_count == PRINCIPAL_GRANTS_MAX)
                        continue;
                if (role < 0 || role > ROLE_ADMINISTRATOR)
                        return -EUCLEAN;
                struct grant *grant = &account->grants[account->grant_count++];
                grant->role = (enum role)role;
                copy(rows, *row, 6, grant->area, sizeof(grant->area));
        }
        return 0;
}

int accounts_postgres_find(struct accounts *accounts, const char *name, struct account *account,
                           char hash[ACCOUNTS_HASH_MAX])
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        int row = 0;
        postgres_add_text(postgres_shared_args(locked), name);
        int r = postgres_shared_ask(locked, ACCOUNTS_FIND, &rows);
        if (r || PQntuples(rows) == 0)
                return r ? r : -ENOENT;
        if (hash)
                copy(rows, 0, 4, hash, ACCOUNTS_HASH_MAX);
        return read_account(rows, &row, account);
}

int accounts_postgres_list(struct accounts *accounts, account_visitor *visit, void *context)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        struct account account;
        (void)postgres_shared_args(locked);
        int r = postgres_shared_ask(locked, ACCOUNTS_LIST, &rows);
        for (int row = 0; !r && row < PQntuples(rows);) {
                r = read_account(rows, &row, &account);
                if (!r && !visit(context, &account))
                        break;
        }
        return r;
}

static int write_grants(struct postgres_shared *locked, const char *name,
                        const struct grant *grants, size_t count)
{
        postgres_add_text(postgres_shared_args(locked), name);
        int r = postgres_shared_do(locked, ACCOUNTS_REMOVE_GRANTS);
        if (r < 0)
                return r;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_text(args, name);
        postgres_add_array(args, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(args, grants[i].role);
        postgres_add_array(args, POSTGRES_TEXT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_text(args, grants[i].area);
        r = postgres_shared_do(locked, ACCOUNTS_ADD_GRANTS);
        return r < 0 ? r : 0;
}

int accounts_postgres_add(struct accounts *accounts, const struct account *account,
                          const char *hash)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        int r = postgres_shared_begin(locked, ACCOUNTS_LOCK);
        if (r)
                return r;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_text(args, account->name);
        postgres_add_text(args, hash);
        postgres_add_int(args, account->is_disabled);
        postgres_add_int(args, account->created_us);
        postgres_add_int(args, account->last_login_us);
        r = postgres_shared_do(locked, ACCOUNTS_ADD);
        if (r > 0)
                r = write_grants(locked, account->name, account->grants, account->grant_count);
        else if (r == 0)
                r = -EEXIST;
        return postgres_shared_end(locked, r);
}

static int count_administrators(struct postgres_shared *locked)
{
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        (void)postgres_shared_args(locked);
        int r = postgres_shared_ask(locked, ACCOUNTS_COUNT_ADMINISTRATORS, &rows);
        return r ? r : (int)postgres_integer(rows, 0, 0);
}

int accounts_postgres_administrators(struct accounts *accounts)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        return count_administrators(locked);
}

/* After a change: it stands unless it took the last administrator away. */
static int check_administrators(struct postgres_shared *locked, int before)
{
        int after = count_administrators(locked);
        return after < 0 ? after : before > 0 && after == 0 ? -EBUSY : 0;
}

/* `but` NULL: all. */
static int end_sessions(struct postgres_shared *locked, const char *name, const uint8_t *but)
{
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_text(args, name);
        postgres_add_bytes(args, but, but ? ACCOUNTS_KEY_LEN : 0);
        int r = postgres_shared_do(locked, ACCOUNTS_REMOVE_SESSIONS_OF);
        return r < 0 ? r : 0;
}

static int change_all(struct postgres_shared *locked, const struct account_change *change)
{
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_text(args, change->name);
        postgres_add_int(args, change->is_disabled ? *change->is_disabled : -1);
        int r = postgres_shared_do(locked, ACCOUNTS_SET);
        if (r <= 0)
                return r ? r : -ENOENT;
        r = change->grants ? write_grants(locked, change->name, change->grants, change->grant_count)
                           : 0;
        if (!r && change->hash) {
                args = postgres_shared_args(locked);
                postgres_add_text(args, change->name);
                postgres_add_text(args, change->hash);
                r = postgres_shared_do(locked, ACCOUNTS_SET_HASH);
        }
        return r < 0 ? r : end_sessions(locked, change->name, NULL);
}

int accounts_postgres_change(struct accounts *accounts, const struct account_change *change)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        int r = postgres_shared_begin(locked, ACCOUNTS_LOCK);
        if (r)
                return r;
        int before = count_administrators(locked);
        r = before < 0 ? before : change_all(locked, change);
        if (!r)
                r = check_administrators(locked, before);
        return postgres_shared_end(locked, r);
}

int accounts_postgres_set_password(struct accounts *accounts, const char *name,
                                   const char *old_hash, const char *hash,
                                   const uint8_t but[ACCOUNTS_KEY_LEN])
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        int r = postgres_shared_begin(locked, ACCOUNTS_LOCK);
        if (r)
                return r;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_text(args, name);
        postgres_add_text(args, old_hash);
        postgres_add_text(args, hash);
        r = postgres_shared_do(locked, ACCOUNTS_REPLACE_HASH);
        r = r < 0 ? r : r == 0 ? -ENOENT : end_sessions(locked, name, but);
        return postgres_shared_end(locked, r);
}

int accounts_postgres_remove(struct accounts *accounts, const char *name)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        int r = postgres_shared_begin(locked, ACCOUNTS_LOCK);
        if (r)
                return r;
        int before = count_administrators(locked);
        postgres_add_text(postgres_shared_args(locked), name);
        r = before < 0 ? before : postgres_shared_do(locked, ACCOUNTS_REMOVE);
        r = r < 0 ? r : r == 0 ? -ENOENT : check_administrators(locked, before);
        return postgres_shared_end(locked, r);
}

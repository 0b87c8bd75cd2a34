/* Accounts and what they may. */
#include "drivers/access/accounts_sqlite.h"

#include <errno.h>
#include <string.h>

static int read_grants(struct shared_database *accounts, struct account *account)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = accounts->statement[ACCOUNTS_GRANTS];
        int r = 0;
        sqlite_bind_text(rows, 1, account->name);
        account->grant_count = 0;
        while (account->grant_count < PRINCIPAL_GRANTS_MAX && (r = sqlite_step(rows)) > 0) {
                struct grant *grant = &account->grants[account->grant_count++];
                grant->role = (enum role)sqlite3_column_int(rows, 0);
                (void)sqlite_column_copy(rows, 1, grant->area, sizeof(grant->area));
                if (grant->role > ROLE_ADMINISTRATOR)
                        return -EUCLEAN;
        }
        return r < 0 ? r : 0;
}

static void read_account(sqlite3_stmt *row, struct account *account)
{
        (void)sqlite_column_copy(row, 0, account->name, sizeof(account->name));
        account->is_disabled = sqlite3_column_int(row, 1) != 0;
        account->created_us = sqlite3_column_int64(row, 2);
        account->last_login_us = sqlite3_column_int64(row, 3);
}

int accounts_sqlite_find(struct accounts *accounts, const char *name, struct account *account,
                         char hash[ACCOUNTS_HASH_MAX])
{
        SHARED_LOCKED(accounts_shared(accounts));
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = locked->statement[ACCOUNTS_FIND];
        sqlite_bind_text(row, 1, name);
        int r = sqlite_step(row);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        read_account(row, account);
        if (hash)
                (void)sqlite_column_copy(row, 4, hash, ACCOUNTS_HASH_MAX);
        return read_grants(locked, account);
}

int accounts_sqlite_list(struct accounts *accounts, account_visitor *visit, void *context)
{
        SHARED_LOCKED(accounts_shared(accounts));
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = locked->statement[ACCOUNTS_LIST];
        struct account account;
        int r;
        while ((r = sqlite_step(rows)) > 0) {
                read_account(rows, &account);
                r = read_grants(locked, &account);
                if (r || !visit(context, &account))
                        return r;
        }
        return r;
}

static int write_grants(struct shared_database *accounts, const char *name,
                        const struct grant *grants, size_t count)
{
        sqlite3_stmt *add = accounts->statement[ACCOUNTS_ADD_GRANT];
        sqlite3_stmt *remove = accounts->statement[ACCOUNTS_REMOVE_GRANTS];
        sqlite_bind_text(remove, 1, name);
        int r = sqlite_run(remove);
        for (size_t i = 0; i < count && !r; i++) {
                sqlite_bind_text(add, 1, name);
                sqlite_bind_int(add, 2, (int64_t)i);
                sqlite_bind_int(add, 3, grants[i].role);
                sqlite_bind_text(add, 4, grants[i].area);
                r = sqlite_run(add);
        }
        return r;
}

int accounts_sqlite_add(struct accounts *accounts, const struct account *account, const char *hash)
{
        SHARED_LOCKED(accounts_shared(accounts));
        sqlite3_stmt *add = locked->statement[ACCOUNTS_ADD];
        int r = shared_begin(locked);
        if (r)
                return r;
        sqlite_bind_text(add, 1, account->name);
        sqlite_bind_text(add, 2, hash);
        sqlite_bind_int(add, 3, account->is_disabled);
        sqlite_bind_int(add, 4, account->created_us);
        sqlite_bind_int(add, 5, account->last_login_us);
        r = sqlite_run(add);
        if (!r)
                r = write_grants(locked, account->name, account->grants, account->grant_count);
        return shared_end(locked, r);
}

static int count_administrators(struct shared_database *accounts)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = accounts->statement[ACCOUNTS_COUNT_ADMINISTRATORS];
        int r = sqlite_step(row);
        return r > 0 ? sqlite3_column_int(row, 0) : r < 0 ? r : -EIO;
}

int accounts_sqlite_administrators(struct accounts *accounts)
{
        SHARED_LOCKED(accounts_shared(accounts));
        return count_administrators(locked);
}

/* After a change: it stands unless it took the last administrator away. */
static int check_administrators(struct shared_database *accounts, int before)
{
        int after = count_administrators(accounts);
        if (before < 0 || after < 0)
                return before < 0 ? before : after;
        return before > 0 && after == 0 ? -EBUSY : 0;
}

/* `but` NULL: all. */
static int end_sessions(struct shared_database *accounts, const char *name, const uint8_t *but)
{
        sqlite3_stmt *end = accounts->statement[ACCOUNTS_REMOVE_SESSIONS_OF];
        sqlite_bind_text(end, 1, name);
        if (but)
                sqlite_bind_blob(end, 2, but, ACCOUNTS_KEY_LEN);
        return sqlite_run(end);
}

static int change_all(struct shared_database *accounts, const struct account_change *change)
{
        sqlite3_stmt *set = accounts->statement[ACCOUNTS_SET];
        sqlite3_stmt *set_hash = accounts->statement[ACCOUNTS_SET_HASH];
        sqlite_bind_text(set, 1, change->name);
        if (change->is_disabled)
                sqlite_bind_int(set, 2, *change->is_disabled);
        int r = sqlite_run(set);
        if (!r && sqlite3_changes(accounts->db) == 0)
                return -ENOENT;
        if (!r && change->grants)
                r = write_grants(accounts, change->name, change->grants, change->grant_count);
        if (!r && change->hash) {
                sqlite_bind_text(set_hash, 1, change->name);
                sqlite_bind_text(set_hash, 2, change->hash);
                r = sqlite_run(set_hash);
        }
        return r ? r : end_sessions(accounts, change->name, NULL);
}

int accounts_sqlite_change(struct accounts *accounts, const struct account_change *change)
{
        SHARED_LOCKED(accounts_shared(accounts));
        int r = shared_begin(locked);
        if (r)
                return r;
        int before = count_administrators(locked);
        r = change_all(locked, change);
        if (!r)
                r = check_administrators(locked, before);
        return shared_end(locked, r);
}

static int replace_hash(struct shared_database *accounts, const char *name, const char *old_hash,
                        const char *hash)
{
        sqlite3_stmt *replace = accounts->statement[ACCOUNTS_REPLACE_HASH];
        sqlite_bind_text(replace, 1, name);
        sqlite_bind_text(replace, 2, old_hash);
        sqlite_bind_text(replace, 3, hash);
        int r = sqlite_run(replace);
        return r ? r : sqlite3_changes(accounts->db) > 0 ? 0 : -ENOENT;
}

int accounts_sqlite_set_password(struct accounts *accounts, const char *name, const char *old_hash,
                                 const char *hash, const uint8_t but[ACCOUNTS_KEY_LEN])
{
        SHARED_LOCKED(accounts_shared(accounts));
        int r = shared_begin(locked);
        if (r)
                return r;
        r = replace_hash(locked, name, old_hash, hash);
        if (!r)
                r = end_sessions(locked, name, but);
        return shared_end(locked, r);
}

int accounts_sqlite_remove(struct accounts *accounts, const char *name)
{
        SHARED_LOCKED(accounts_shared(accounts));
        sqlite3_stmt *remove = locked->statement[ACCOUNTS_REMOVE];
        int r = shared_begin(locked);
        if (r)
                return r;
        int before = count_administrators(locked);
        sqlite_bind_text(remove, 1, name);
        r = sqlite_run(remove);
        if (!r && sqlite3_changes(locked->db) == 0)
                r = -ENOENT;
        if (!r)
                r = check_administrators(locked, before);
        return shared_end(locked, r);
}

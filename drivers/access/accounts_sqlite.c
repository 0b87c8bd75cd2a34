/* The accounts' file: its tables, its connection. */
#include "drivers/access/accounts_sqlite.h"

#include "drivers/access/access_drivers.h"
#include "drivers/store/database.h"

#include <errno.h>

static const char *const steps[] = {
        "CREATE TABLE account (name TEXT PRIMARY KEY, hash TEXT NOT NULL,"
        "  disabled INTEGER NOT NULL, created INTEGER NOT NULL, last_login INTEGER NOT NULL)"
        "  WITHOUT ROWID;"
        "CREATE TABLE permission (account TEXT NOT NULL REFERENCES account ON DELETE CASCADE,"
        "  place INTEGER NOT NULL, role INTEGER NOT NULL, area TEXT NOT NULL,"
        "  PRIMARY KEY (account, place)) WITHOUT ROWID;"
        "CREATE TABLE session (key BLOB PRIMARY KEY, csrf TEXT NOT NULL,"
        "  account TEXT NOT NULL REFERENCES account ON DELETE CASCADE, created INTEGER NOT NULL,"
        "  seen INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE INDEX session_account ON session (account);"
        "CREATE TABLE line (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL,"
        "  address TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,"
        "  outcome TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL)",
};

static const struct database_schema schema = {
        .application_id = 0x53746163, /* "Stac" */
        .page_size = 4096,
        .steps = steps,
        .version = (int)ARRAY_LEN(steps),
};

/* Role 5 is ROLE_ADMINISTRATOR. */
static const char *const sql[ACCOUNTS_STATEMENTS] = {
        [ACCOUNTS_FIND] = "SELECT name, disabled, created, last_login, hash FROM account"
                          " WHERE name = ?1",
        [ACCOUNTS_LIST] = "SELECT name, disabled, created, last_login, '' FROM account"
                          " ORDER BY name",
        [ACCOUNTS_GRANTS] = "SELECT role, area FROM permission WHERE account = ?1 ORDER BY place",
        [ACCOUNTS_ADD] = "INSERT INTO account VALUES (?1, ?2, ?3, ?4, ?5)",
        [ACCOUNTS_SET] = "UPDATE account SET disabled = coalesce(?2, disabled) WHERE name = ?1",
        [ACCOUNTS_SET_HASH] = "UPDATE account SET hash = ?2 WHERE name = ?1",
        [ACCOUNTS_REPLACE_HASH] = "UPDATE account SET hash = ?3"
                                  " WHERE name = ?1 AND hash = ?2 AND NOT disabled",
        [ACCOUNTS_REMOVE] = "DELETE FROM account WHERE name = ?1",
        [ACCOUNTS_ADD_GRANT] = "INSERT INTO permission VALUES (?1, ?2, ?3, ?4)",
        [ACCOUNTS_REMOVE_GRANTS] = "DELETE FROM permission WHERE account = ?1",
        [ACCOUNTS_COUNT_ADMINISTRATORS] =
                "SELECT count(DISTINCT name) FROM account JOIN permission ON account = name"
                " WHERE role = 5 AND area = '' AND NOT disabled",
        [ACCOUNTS_LOGGED_IN] = "UPDATE account SET last_login = ?3"
                               " WHERE name = ?1 AND hash = ?2 AND NOT disabled",
        [ACCOUNTS_ADD_SESSION] = "INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5)",
        [ACCOUNTS_FIND_SESSION] = "SELECT csrf, account, created, seen FROM session"
                                  " WHERE key = ?1",
        [ACCOUNTS_SEE_SESSION] = "UPDATE session SET seen = ?2 WHERE key = ?1",
        [ACCOUNTS_REMOVE_SESSION] = "DELETE FROM session WHERE key = ?1",
        [ACCOUNTS_REMOVE_SESSIONS_OF] = "DELETE FROM session WHERE account = ?1 AND key IS NOT ?2",
        [ACCOUNTS_REMOVE_OLD_SESSIONS] = "DELETE FROM session WHERE created < ?1",
        [ACCOUNTS_LAST_LINE] = "SELECT number, hash FROM line ORDER BY number DESC LIMIT 1",
        [ACCOUNTS_ADD_LINE] = "INSERT INTO line VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        [ACCOUNTS_LINES] = "SELECT number, at, actor, address, action, target, outcome, detail"
                           " FROM line WHERE number < ?1 AND (?2 IS NULL OR actor = ?2)"
                           " AND (?3 IS NULL OR action = ?3) ORDER BY number DESC LIMIT ?4",
        [ACCOUNTS_LINES_AFTER] =
                "SELECT number, at, actor, address, action, target, outcome, detail, hash FROM line"
                " WHERE number > ?1 ORDER BY number LIMIT ?2",
};

static void close_accounts(struct accounts *accounts)
{
        shared_close(accounts_shared(accounts));
        free(accounts);
}

static const struct accounts_ops ops = {
        .find = accounts_sqlite_find,
        .list = accounts_sqlite_list,
        .add = accounts_sqlite_add,
        .change = accounts_sqlite_change,
        .set_password = accounts_sqlite_set_password,
        .remove = accounts_sqlite_remove,
        .administrators = accounts_sqlite_administrators,
        .add_session = accounts_sqlite_add_session,
        .find_session = accounts_sqlite_find_session,
        .see_session = accounts_sqlite_see_session,
        .remove_session = accounts_sqlite_remove_session,
        .note = accounts_sqlite_note,
        .audit = accounts_sqlite_audit,
        .verify = accounts_sqlite_verify,
        .close = close_accounts,
};

int accounts_sqlite_open(const char *path, struct accounts **result)
{
        struct accounts_sqlite *self = calloc(1, sizeof(*self));
        *result = NULL;
        if (!self)
                return -ENOMEM;
        self->accounts.ops = &ops;
        int r = shared_open(path, &schema, sql, ACCOUNTS_STATEMENTS, &self->shared);
        if (r)
                free(self);
        else
                *result = &self->accounts;
        return r;
}

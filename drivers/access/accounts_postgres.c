/*
 * The accounts in PostgreSQL: tables, statements, life. Dashboards on several machines share them.
 * Whoever changes an account or lets somebody in locks the table of accounts, and whoever appends
 * to the audit log that of its lines: they come one after the other, so the last administrator
 * stays, and the chain is one.
 */
#include "drivers/access/accounts_postgres.h"

#include "drivers/access/access_drivers.h"

#include <errno.h>

/* Names are ASCII and in its order, whatever the database's is. */
static const char *const steps[] = {
        "CREATE TABLE account (name text COLLATE \"C\" PRIMARY KEY, hash text NOT NULL,"
        "  disabled boolean NOT NULL, created bigint NOT NULL, last_login bigint NOT NULL);"
        "CREATE TABLE permission (account text COLLATE \"C\" NOT NULL REFERENCES account"
        "  ON DELETE CASCADE, place bigint NOT NULL, role bigint NOT NULL, area text NOT NULL,"
        "  PRIMARY KEY (account, place));"
        "CREATE TABLE session (key bytea PRIMARY KEY, csrf text NOT NULL,"
        "  account text COLLATE \"C\" NOT NULL REFERENCES account ON DELETE CASCADE,"
        "  created bigint NOT NULL, seen bigint NOT NULL);"
        "CREATE INDEX session_account ON session (account);"
        "CREATE TABLE audit_line (number bigint PRIMARY KEY, at bigint NOT NULL,"
        "  actor text NOT NULL, address text NOT NULL, action text NOT NULL,"
        "  target text NOT NULL, outcome text NOT NULL, detail text NOT NULL,"
        "  hash bytea NOT NULL)",
};

#define ACCOUNT_ROWS                                                                               \
        "SELECT name, disabled::integer::bigint, created, last_login, hash, role, area"            \
        " FROM account LEFT JOIN permission ON account = name"
#define LINE_COLUMNS "SELECT number, at, actor, address, action, target, outcome, detail, hash"

/* Role 5 is ROLE_ADMINISTRATOR. */
static const struct postgres_statement statements[] = {
        { ACCOUNTS_LOCK, "LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE" },
        { ACCOUNTS_FIND, ACCOUNT_ROWS " WHERE name = $1::text ORDER BY place" },
        { ACCOUNTS_LIST, ACCOUNT_ROWS " ORDER BY name, place" },
        { ACCOUNTS_ADD, "INSERT INTO account VALUES ($1::text, $2::text, $3::bigint <> 0,"
                        " $4::bigint, $5::bigint) ON CONFLICT DO NOTHING" },
        { ACCOUNTS_SET, "UPDATE account SET disabled = CASE $2::bigint WHEN 0 THEN false"
                        " WHEN 1 THEN true ELSE disabled END WHERE name = $1::text" },
        { ACCOUNTS_SET_HASH, "UPDATE account SET hash = $2::text WHERE name = $1::text" },
        { ACCOUNTS_REPLACE_HASH, "UPDATE account SET hash = $3::text"
                                 " WHERE name = $1::text AND hash = $2::text AND NOT disabled" },
        { ACCOUNTS_REMOVE, "DELETE FROM account WHERE name = $1::text" },
        { ACCOUNTS_ADD_GRANTS, "INSERT INTO permission SELECT $1::text, place, role, area"
                               " FROM unnest($2::bigint[], $3::text[])"
                               " WITH ORDINALITY AS new (role, area, place)" },
        { ACCOUNTS_REMOVE_GRANTS, "DELETE FROM permission WHERE account = $1::text" },
        { ACCOUNTS_COUNT_ADMINISTRATORS,
          "SELECT count(DISTINCT name) FROM account JOIN permission ON account = name"
          " WHERE role = 5 AND area = '' AND NOT disabled" },
        { ACCOUNTS_LOGGED_IN, "UPDATE account SET last_login = $3::bigint"
                              " WHERE name = $1::text AND hash = $2::text AND NOT disabled" },
        { ACCOUNTS_ADD_SESSION, "INSERT INTO session VALUES ($1::bytea, $2::text, $3::text,"
                                " $4::bigint, $5::bigint)" },
        { ACCOUNTS_FIND_SESSION, "SELECT csrf, account, created, seen FROM session"
                                 " WHERE key = $1::bytea" },
        { ACCOUNTS_SEE_SESSION, "UPDATE session SET seen = $2::bigint WHERE key = $1::bytea" },
        { ACCOUNTS_REMOVE_SESSION, "DELETE FROM session WHERE key = $1::bytea" },
        { ACCOUNTS_REMOVE_SESSIONS_OF,
          "DELETE FROM session WHERE account = $1::text AND key <> $2::bytea" },
        { ACCOUNTS_REMOVE_OLD_SESSIONS, "DELETE FROM session WHERE created < $1::bigint" },
        { ACCOUNTS_LOCK_LINES, "LOCK TABLE audit_line IN EXCLUSIVE MODE" },
        { ACCOUNTS_LAST_LINE, "SELECT number, hash FROM audit_line ORDER BY number DESC LIMIT 1" },
        { ACCOUNTS_ADD_LINE,
          "INSERT INTO audit_line VALUES ($1::bigint, $2::bigint, $3::text, $4::text, $5::text,"
          " $6::text, $7::text, $8::text, $9::bytea)" },
        { ACCOUNTS_LINES, LINE_COLUMNS
          " FROM audit_line WHERE number < $1::bigint AND ($2::bigint = 0 OR actor = $3::text)"
          " AND ($4::bigint = 0 OR action = $5::text) ORDER BY number DESC LIMIT $6::bigint" },
        { ACCOUNTS_LINES_AFTER, LINE_COLUMNS
          " FROM audit_line WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint" },
};

static const struct postgres_shared_plan plan = {
        .tables = { .version_table = "accounts_version",
                    .lock = "6008493618",
                    .steps = steps,
                    .version = (int)ARRAY_LEN(steps) },
        .statements = statements,
        .count = ARRAY_LEN(statements),
};

static void close_accounts(struct accounts *accounts)
{
        postgres_shared_close(accounts_shared(accounts));
        free(accounts);
}

static const struct accounts_ops ops = {
        .find = accounts_postgres_find,
        .list = accounts_postgres_list,
        .add = accounts_postgres_add,
        .change = accounts_postgres_change,
        .set_password = accounts_postgres_set_password,
        .remove = accounts_postgres_remove,
        .administrators = accounts_postgres_administrators,
        .add_session = accounts_postgres_add_session,
        .find_session = accounts_postgres_find_session,
        .see_session = accounts_postgres_see_session,
        .remove_session = accounts_postgres_remove_session,
        .note = accounts_postgres_note,
        .audit = accounts_postgres_audit,
        .verify = accounts_postgres_verify,
        .close = close_accounts,
};

int accounts_postgres_open(const char *conninfo, struct accounts **result)
{
        struct accounts_postgres *self = calloc(1, sizeof(*self));
        *result = NULL;
        if (!self)
                return -ENOMEM;
        self->accounts.ops = &ops;
        int r = postgres_shared_open(conninfo, &plan, &self->shared);
        if (r)
                free(self);
        else
                *result = &self->accounts;
        return r;
}

#include "drivers/postgres/postgres_tables.h"

#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        SQL_MAX = 512
};

/* What the drivers rely on, whatever the role, the database or the server have as defaults. A
 * stricter synchronous_commit than ours stays: off is the only one that forgets. */
static const char session[] =
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;"
        "SET idle_in_transaction_session_timeout = '10s';"
        "SET statement_timeout = '15s';"
        "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
        " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

static int check_encoding(struct postgres_link *link)
{
        const char *encoding = PQparameterStatus(link->conn, "server_encoding");
        if (encoding && strcmp(encoding, "UTF8") == 0)
                return 0;
        postgres_link_complain(link, "the database's encoding is not UTF8");
        return -EPROTONOSUPPORT;
}

/* No row: *number stays. */
static int read_number(struct postgres_link *link, const char *sql, int *number)
{
        PGresult *result = NULL;
        int r = postgres_link_exec(link, sql, &result);
        if (!r && PQntuples(result) > 0)
                *number = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        return r;
}

int postgres_tables_version(struct postgres_link *link, const char *version_table, int *version)
{
        char sql[SQL_MAX];
        int is_there = 0;
        *version = 0;
        (void)snprintf(sql, sizeof(sql), "SELECT 1 WHERE to_regclass('%s') IS NOT NULL",
                       version_table);
        int r = read_number(link, sql, &is_there);
        (void)snprintf(sql, sizeof(sql), "SELECT version FROM %s", version_table);
        return r || !is_there ? r : read_number(link, sql, version);
}

static int migrate(struct postgres_link *link, const struct postgres_tables *tables, int from)
{
        char sql[SQL_MAX];
        bool is_old = from > 0 && from < tables->version;
        /* All rows may have to be read. */
        int r = is_old ? postgres_link_exec(link, "SET LOCAL statement_timeout = 0", NULL) : 0;
        link->is_patient = true;
        for (int at = from; at < tables->version && !r; at++)
                r = postgres_link_exec(link, tables->steps[at], NULL);
        link->is_patient = false;
        (void)snprintf(sql, sizeof(sql), "DELETE FROM %s; INSERT INTO %s VALUES (%d)",
                       tables->version_table, tables->version_table, tables->version);
        if (!r)
                r = postgres_link_exec(link, sql, NULL);
        if (!r && is_old)
                log_info("database migrated", "connection=%s from=%d to=%d", link->name, from,
                         tables->version);
        return r;
}

/* Once more under the lock: somebody else may have done it. */
static int make(struct postgres_link *link, const struct postgres_tables *tables)
{
        char sql[SQL_MAX];
        int version = 0;
        (void)snprintf(sql, sizeof(sql),
                       "BEGIN; SELECT pg_advisory_xact_lock(%s);"
                       "CREATE TABLE IF NOT EXISTS %s (version integer NOT NULL)",
                       tables->lock, tables->version_table);
        int r = postgres_link_exec(link, sql, NULL);
        if (!r)
                r = postgres_tables_version(link, tables->version_table, &version);
        if (!r && version < tables->version)
                r = migrate(link, tables, version);
        return r ? r : postgres_link_exec(link, "COMMIT", NULL);
}

int postgres_tables_begin(struct postgres_link *link, const struct postgres_tables *tables)
{
        int version = 0;
        int r = check_encoding(link);
        if (!r)
                r = postgres_link_exec(link, session, NULL);
        if (!r)
                r = postgres_tables_version(link, tables->version_table, &version);
        if (!r && version < tables->version)
                r = make(link, tables);
        if (!r && version > tables->version) {
                postgres_link_complain(link, "the database is of a newer version");
                return -EPROTONOSUPPORT;
        }
        return r;
}

int postgres_tables_name(struct postgres_link *link, const struct postgres_statement *statements,
                         size_t count)
{
        int r = 0;
        for (size_t i = 0; i < count && !r; i++)
                r = postgres_link_name(link, statements[i].name, statements[i].sql);
        return r;
}

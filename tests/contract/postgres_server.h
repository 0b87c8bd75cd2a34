/*
 * A private PostgreSQL for a test program (tests/lib/postgres.sh), and a place of its own in it for
 * every test. Begun in the project's folder, as all test programs are.
 */
#pragma once

#include "tests/check.h"

#include "common/base.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
        POSTGRES_NOT_INSTALLED = 77
};

struct postgres_server {
        char folder[64];
        int places; /* made so far */
};

static inline bool postgres_is_installed(void)
{
        return system("ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1") == 0;
}

/* What the script answers. */
static inline int postgres_server_do(const struct postgres_server *server, const char *what)
{
        char command[128];
        (void)snprintf(command, sizeof(command), "tests/lib/postgres.sh %s %s", what,
                       server->folder);
        int status = system(command);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Short, below /tmp: a socket's path may not be long. What postgres_server_do answers. */
static inline int postgres_server_make(struct postgres_server *server)
{
        *server = (struct postgres_server){ .folder = "/tmp/stile-postgres-XXXXXX" };
        return mkdtemp(server->folder) ? postgres_server_do(server, "make") : -1;
}

static inline void postgres_server_remove(struct postgres_server *server)
{
        char command[128];
        (void)postgres_server_do(server, "stop");
        (void)snprintf(command, sizeof(command), "rm -rf %s", server->folder);
        if (system(command) != 0)
                print_error("%s is left\n", server->folder);
}

/* Where a database is, for libpq; `size` of 128 is enough. */
static inline void postgres_server_conninfo(const struct postgres_server *server,
                                            const char *database, char *conninfo, size_t size)
{
        (void)snprintf(conninfo, size, "host=%s user=stile dbname=%s", server->folder, database);
}

/* SQL behind the driver's back: the connection stays the caller's to close. */
static inline PGconn *postgres_begin_sql(const char *conninfo, const char *sql)
{
        PGconn *conn = PQconnectdb(conninfo);
        PGresult *result = PQexec(conn, sql);
        ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
                print_error("%s: %s\n", sql, PQerrorMessage(conn));
        assert_true(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
        PQclear(result);
        return conn;
}

static inline void postgres_sql(const char *conninfo, const char *sql)
{
        PQfinish(postgres_begin_sql(conninfo, sql));
}

static inline int64_t postgres_sql_int(const char *conninfo, const char *sql)
{
        PGconn *conn = PQconnectdb(conninfo);
        PGresult *result = PQexec(conn, sql);
        if (PQresultStatus(result) != PGRES_TUPLES_OK)
                print_error("%s: %s\n", sql, PQerrorMessage(conn));
        assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
        assert_int_equal(PQntuples(result), 1);
        int64_t value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        PQfinish(conn);
        return value;
}

/* A place for an archive of its own: a schema, which is made faster than a database. */
static inline void postgres_server_add(struct postgres_server *server, char *conninfo, size_t size)
{
        char sql[64];
        int number = ++server->places;
        postgres_server_conninfo(server, "stile", conninfo, size);
        (void)snprintf(sql, sizeof(sql), "CREATE SCHEMA test%d", number);
        postgres_sql(conninfo, sql);
        (void)snprintf(conninfo + strlen(conninfo), size - strlen(conninfo),
                       " options='-c search_path=test%d'", number);
}

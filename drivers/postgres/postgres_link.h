/*
 * Link: a connection to PostgreSQL, made when it is needed and left at the first
 * fault, which undoes whatever was not committed. Every call waits for a bounded time. Pauses
 * between tries are the caller's.
 *
 * What goes to the log names the connection by host, database and user. Never by what else stands
 * in the connection string, and of the server's words only the first sentence: the others quote
 * rows.
 */
#pragma once

#include "drivers/postgres/postgres_args.h"
#include <libpq-fe.h>

enum {
        POSTGRES_NAME_MAX = 256,
        POSTGRES_FAULT_MAX = 256
};

struct postgres_link {
        char *conninfo;
        char name[POSTGRES_NAME_MAX];   /* in logs */
        char fault[POSTGRES_FAULT_MAX]; /* what was logged last; "": it works */
        const char *application;        /* who we are, in the server's list */
        bool is_told;                   /* that it works */
        bool is_reader;                 /* it writes nothing: a standby will do */
        bool is_patient;                /* tables are being rebuilt: an answer may take minutes */
        PGconn *conn;                   /* NULL: there is none */
        /* What a new connection begins with, on it: 0 or -errno. */
        int (*prepare)(struct postgres_link *link);
};

/* One statement of a pipeline: a prepared one. */
struct postgres_step {
        const char *statement;
        const struct postgres_args *args; /* NULL: none */
        PGresult **result;                /* binary, the caller's to clear; NULL: of no interest */
};

/* Whether libpq can make something of it, and it holds no secret; if not, `*why` is a fixed
 * phrase. `name` (POSTGRES_NAME_MAX) gets what may be said of it; may be NULL. */
MUST_USE bool postgres_link_check(const char *conninfo, const char **why, char *name);

/* Connects unless it is. 0 or -errno, logged when the fault is another than the last. */
MUST_USE int postgres_link_need(struct postgres_link *link);
/* Sends all the steps, then takes their answers. Connected. On an error there are no results, and
 * the link is left. */
MUST_USE int postgres_link_run(struct postgres_link *link, const struct postgres_step *steps,
                               size_t count);
/* For `prepare`: plain SQL, several statements maybe. *result (may be NULL) is of the last, text.
 */
MUST_USE int postgres_link_exec(struct postgres_link *link, const char *sql, PGresult **result);
/* For `prepare`: names a statement for steps. */
MUST_USE int postgres_link_name(struct postgres_link *link, const char *name, const char *sql);
/* Logs a fault that the caller found, unless it was the last. */
void postgres_link_complain(struct postgres_link *link, const char *why);
void postgres_link_leave(struct postgres_link *link);

/* A bigint of a result in binary format; 0 for NULL. */
static inline int64_t postgres_integer(const PGresult *rows, int row, int column)
{
        return PQgetisnull(rows, row, column) ? 0 : postgres_get_int(PQgetvalue(rows, row, column));
}

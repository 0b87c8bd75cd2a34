#include "drivers/postgres/postgres_link.h"

#include "common/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
        /* Longer than a server that works needs, shorter than the watchdog's patience. */
        ANSWER_MS = 20000,
        REBUILT_MS = 600000
};

bool postgres_link_check(const char *conninfo, const char **why, char *name)
{
        /* What may be said of a connection. */
        static const char *const open[] = {
                "service", "host", "hostaddr", "port", "dbname", "user"
        };
        size_t len = 0;
        bool is_secret = false;
        *why = "is no connection string of libpq (KEYWORD=VALUE ...)";
        /* A URI is not taken: it would have a place for a password. */
        PQconninfoOption *options =
                strstr(conninfo, "://") ? NULL : PQconninfoParse(conninfo, NULL);
        if (!options)
                return false;
        if (name)
                name[0] = '\0';
        for (const PQconninfoOption *option = options; option->keyword; option++) {
                if (!option->val)
                        continue;
                is_secret = is_secret || strcmp(option->keyword, "password") == 0 ||
                            strcmp(option->keyword, "sslpassword") == 0;
                for (size_t i = 0; name && i < ARRAY_LEN(open); i++)
                        if (strcmp(option->keyword, open[i]) == 0 && len < POSTGRES_NAME_MAX)
                                len += (size_t)snprintf(name + len, POSTGRES_NAME_MAX - len,
                                                        "%s%s=%s", len > 0 ? "," : "",
                                                        option->keyword, option->val);
        }
        PQconninfoFree(options);
        *why = "has a password in it, which belongs into a password file (passfile=)";
        return !is_secret;
}

void postgres_link_leave(struct postgres_link *link)
{
        PQfinish(link->conn);
        link->conn = NULL;
}

void postgres_link_complain(struct postgres_link *link, const char *why)
{
        char line[POSTGRES_FAULT_MAX];
        size_t len = 0;
        /* libpq's messages may have several lines; those that are indented are advice. */
        for (bool is_advice = false; *why && len < sizeof(line) - 1; why++) {
                if (*why == '\n')
                        is_advice = why[1] == '\t';
                if (is_advice)
                        continue;
                if (*why == '\n' || *why == '\t')
                        line[len++] = ' ';
                else
                        line[len++] = *why;
        }
        while (len > 0 && line[len - 1] == ' ')
                len--;
        line[len] = '\0';
        link->is_told = false;
        if (strcmp(line, link->fault) == 0)
                return;
        memcpy(link->fault, line, sizeof(line));
        log_error("postgresql fails", "connection=%s why=%s", link->name, line);
}

/* The errno for an SQLSTATE, as far as one says more than another. */
static int error_of(const char *state)
{
        static const struct {
                const char *prefix;
                int error;
        } errors[] = {
                { "08", ENOTCONN },  { "57P", ENOTCONN },    { "53100", ENOSPC },
                { "53", EAGAIN },    { "28", EACCES },       { "42501", EACCES },
                { "25006", EROFS },  { "57014", ETIMEDOUT }, { "40", EAGAIN },
                { "55P03", EAGAIN },
        };
        for (size_t i = 0; state && i < ARRAY_LEN(errors); i++)
                if (strncmp(state, errors[i].prefix, strlen(errors[i].prefix)) == 0)
                        return errors[i].error;
        return EIO;
}

/* Logs what went wrong and leaves; what the server says of it counts more than `error`. */
static int fail(struct postgres_link *link, const PGresult *result, int error)
{
        char why[POSTGRES_FAULT_MAX];
        const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
        const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
        if (error == ETIMEDOUT)
                (void)snprintf(why, sizeof(why), "no answer in %d s", ANSWER_MS / 1000);
        else if (state)
                (void)snprintf(why, sizeof(why), "%s (SQLSTATE %s)", message ? message : "error",
                               state);
        else
                (void)snprintf(why, sizeof(why), "%s",
                               error == ENOMEM ? "out of memory" : PQerrorMessage(link->conn));
        if (state)
                error = error_of(state);
        postgres_link_complain(link, why[0] ? why : "connection lost");
        postgres_link_leave(link);
        return -error;
}

/* 0, or the errno: until the socket has something, or takes something. */
static int wait_for(PGconn *conn, bool for_writing, int64_t deadline_ms)
{
        for (;;) {
                struct pollfd fd = { .fd = PQsocket(conn),
                                     .events = (short)(for_writing ? POLLIN | POLLOUT : POLLIN) };
                int64_t left_ms = deadline_ms - monotonic_ms();
                if (left_ms <= 0)
                        return ETIMEDOUT;
                int r = poll(&fd, 1, (int)left_ms);
                if (r > 0)
                        return 0;
                if (r < 0 && errno != EINTR)
                        return errno;
        }
}

/* Hands everything to the kernel; takes what comes meanwhile, or both sides would wait. */
static int flush(PGconn *conn, int64_t deadline_ms)
{
        int r;
        while ((r = PQflush(conn)) > 0) {
                int error = wait_for(conn, true, deadline_ms);
                if (error)
                        return error;
                if (!PQconsumeInput(conn))
                        return ENOTCONN;
        }
        return r < 0 ? ENOTCONN : 0;
}

/* The next result, NULL at the end of a statement's. 0 or the errno. */
static int next_result(PGconn *conn, int64_t deadline_ms, PGresult **result)
{
        *result = NULL;
        while (PQisBusy(conn)) {
                int error = wait_for(conn, false, deadline_ms);
                if (error)
                        return error;
                if (!PQconsumeInput(conn))
                        return ENOTCONN;
        }
        *result = PQgetResult(conn);
        return 0;
}

static bool is_good(const PGresult *result)
{
        ExecStatusType status = PQresultStatus(result);
        return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
               status == PGRES_PIPELINE_SYNC;
}

/* What one statement answered, and that it has ended. Its last result is the one kept. */
static int take_answer(struct postgres_link *link, int64_t deadline_ms, PGresult **kept)
{
        for (;;) {
                PGresult *result;
                int error = next_result(link->conn, deadline_ms, &result);
                if (error)
                        return fail(link, NULL, error);
                if (!result)
                        return 0;
                bool was_sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
                int r = is_good(result) ? 0 : fail(link, result, EIO);
                if (r || !kept) {
                        PQclear(result);
                } else {
                        PQclear(*kept);
                        *kept = result;
                }
                if (r || was_sync)
                        return r;
        }
}

/* 0 or the errno; what libpq has to say, if 0 is not the answer, stands in the connection. */
static int send_step(PGconn *conn, const struct postgres_step *step)
{
        const char *values[POSTGRES_ARGS_MAX];
        int lengths[POSTGRES_ARGS_MAX], formats[POSTGRES_ARGS_MAX];
        int count = 0;
        if (step->args) {
                if (!postgres_args_are_good(step->args, values, lengths))
                        return ENOMEM;
                count = step->args->count;
        }
        for (int i = 0; i < count; i++)
                formats[i] = 1;
        return PQsendQueryPrepared(conn, step->statement, count, values, lengths, formats, 1)
                       ? 0
                       : ENOTCONN;
}

static int send_steps(struct postgres_link *link, const struct postgres_step *steps, size_t count,
                      int64_t deadline_ms)
{
        int error = 0;
        for (size_t i = 0; i < count && !error; i++)
                error = send_step(link->conn, &steps[i]);
        if (!error && !PQpipelineSync(link->conn))
                error = ENOTCONN;
        if (!error)
                error = flush(link->conn, deadline_ms);
        return error ? fail(link, NULL, error) : 0;
}

int postgres_link_run(struct postgres_link *link, const struct postgres_step *steps, size_t count)
{
        int64_t deadline_ms = monotonic_ms() + ANSWER_MS;
        int r = send_steps(link, steps, count, deadline_ms);
        for (size_t i = 0; i < count && !r; i++)
                r = take_answer(link, deadline_ms, steps[i].result);
        if (!r)
                r = take_answer(link, deadline_ms, NULL); /* of the synchronisation */
        for (size_t i = 0; i < count && r; i++) {
                if (!steps[i].result)
                        continue;
                PQclear(*steps[i].result);
                *steps[i].result = NULL;
        }
        if (!r && !link->is_told) {
                log_info("postgresql works", "connection=%s server=%d", link->name,
                         PQserverVersion(link->conn));
                link->is_told = true;
                link->fault[0] = '\0';
        }
        return r;
}

int postgres_link_exec(struct postgres_link *link, const char *sql, PGresult **result)
{
        int64_t deadline_ms = monotonic_ms() + (link->is_patient ? REBUILT_MS : ANSWER_MS);
        if (!PQsendQuery(link->conn, sql))
                return fail(link, NULL, ENOTCONN);
        int error = flush(link->conn, deadline_ms);
        return error ? fail(link, NULL, error) : take_answer(link, deadline_ms, result);
}

int postgres_link_name(struct postgres_link *link, const char *name, const char *sql)
{
        int64_t deadline_ms = monotonic_ms() + ANSWER_MS;
        if (!PQsendPrepare(link->conn, name, sql, 0, NULL))
                return fail(link, NULL, ENOTCONN);
        int error = flush(link->conn, deadline_ms);
        return error ? fail(link, NULL, error) : take_answer(link, deadline_ms, NULL);
}

static void hear_nothing(void *context, const char *message)
{
        (void)context;
        (void)message;
}

int postgres_link_need(struct postgres_link *link)
{
        /* What stands before dbname the connection string may change; what stands after, not. */
        static const char *const keywords[] = { "connect_timeout",           "target_session_attrs",
                                                "fallback_application_name", "dbname",
                                                "client_encoding",           NULL };
        const char *const values[] = { "5",
                                       link->is_reader ? "any" : "read-write",
                                       link->application,
                                       link->conninfo,
                                       "UTF8",
                                       NULL };
        if (link->conn && PQstatus(link->conn) == CONNECTION_OK)
                return 0;
        postgres_link_leave(link);
        link->conn = PQconnectdbParams(keywords, values, 1);
        if (!link->conn)
                return -ENOMEM;
        if (PQstatus(link->conn) != CONNECTION_OK || PQsetnonblocking(link->conn, 1))
                return fail(link, NULL, ENOTCONN);
        PQsetNoticeProcessor(link->conn, hear_nothing, NULL);
        int r = link->prepare(link);
        if (r) {
                postgres_link_leave(link);
                return r;
        }
        return PQenterPipelineMode(link->conn) ? 0 : fail(link, NULL, ENOTCONN);
}

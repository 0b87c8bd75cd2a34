/* The register of requests in PostgreSQL, for dashboards on several machines. Whoever adds one
 * locks the table, so numbers have no gaps. */
#include "drivers/postgres/postgres_shared.h"
#include "drivers/requests/requests_drivers.h"

#include <errno.h>
#include <stdlib.h>

#define REQUESTS_LOCK     "requests_lock"
#define REQUESTS_ADD      "requests_add"
#define REQUESTS_IS_OPEN  "requests_is_open"
#define REQUESTS_ANSWER   "requests_answer"
#define REQUESTS_CONCLUDE "requests_conclude"
#define REQUESTS_LIST     "requests_list"

static const char *const steps[] = {
        "CREATE TABLE request (number bigint PRIMARY KEY, kind bigint NOT NULL,"
        "  subject text NOT NULL, note text NOT NULL, by_whom text NOT NULL,"
        "  received bigint NOT NULL, answered bigint NOT NULL DEFAULT 0,"
        "  closed bigint NOT NULL DEFAULT 0, outcome bigint NOT NULL DEFAULT 0,"
        "  result text NOT NULL DEFAULT '')",
};

static const struct postgres_statement statements[] = {
        { REQUESTS_LOCK, "LOCK TABLE request IN SHARE ROW EXCLUSIVE MODE" },
        { REQUESTS_ADD, "INSERT INTO request (number, kind, subject, note, by_whom, received)"
                        " SELECT coalesce(max(number), 0) + 1, $1::bigint, $2::text, $3::text,"
                        " $4::text, $5::bigint FROM request RETURNING number" },
        { REQUESTS_IS_OPEN, "SELECT outcome FROM request WHERE number = $1::bigint" },
        { REQUESTS_ANSWER, "UPDATE request SET answered = $2::bigint"
                           " WHERE number = $1::bigint AND answered = 0" },
        { REQUESTS_CONCLUDE,
          "UPDATE request SET closed = $2::bigint, outcome = $3::bigint, result = $4::text,"
          " answered = CASE answered WHEN 0 THEN $2 ELSE answered END"
          " WHERE number = $1::bigint AND outcome = 0" },
        { REQUESTS_LIST,
          "SELECT number, kind, subject, note, by_whom, received, answered, closed, outcome,"
          " result FROM request WHERE number < $1::bigint AND ($2::bigint = 0 OR outcome = 0)"
          " ORDER BY number DESC LIMIT $3::bigint" },
};

static const struct postgres_shared_plan plan = {
        .tables = { .version_table = "requests_version",
                    .lock = "6008493620",
                    .steps = steps,
                    .version = (int)ARRAY_LEN(steps) },
        .statements = statements,
        .count = ARRAY_LEN(statements),
};

struct requests_postgres {
        struct requests requests; /* first: the port's functions take it */
        struct postgres_shared *shared;
};

static struct postgres_shared *shared_of(struct requests *requests)
{
        return ((struct requests_postgres *)requests)->shared;
}

static int add(struct postgres_shared *locked, const struct request *request, int64_t *number)
{
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_int(args, request->kind);
        postgres_add_text(args, request->subject);
        postgres_add_text(args, request->note);
        postgres_add_text(args, request->by);
        postgres_add_int(args, request->received_us);
        int r = postgres_shared_ask(locked, REQUESTS_ADD, &rows);
        if (!r)
                *number = postgres_integer(rows, 0, 0);
        return r;
}

static int add_request(struct requests *requests, const struct request *request, int64_t *number)
{
        POSTGRES_LOCKED(shared_of(requests));
        int r = postgres_shared_begin(locked, REQUESTS_LOCK);
        if (!r)
                r = postgres_shared_end(locked, add(locked, request, number));
        if (r)
                *number = 0;
        return r;
}

/* After a change that changed nothing: why. */
static int why_not(struct postgres_shared *locked, int64_t number)
{
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        postgres_add_int(postgres_shared_args(locked), number);
        int r = postgres_shared_ask(locked, REQUESTS_IS_OPEN, &rows);
        return r ? r : PQntuples(rows) == 0 ? -ENOENT : -EALREADY;
}

/* In a transaction with the arguments of `statement`. */
static int change(struct postgres_shared *locked, const char *statement, int64_t number)
{
        int r = postgres_shared_do(locked, statement);
        return postgres_shared_end(locked, r < 0 ? r : r > 0 ? 0 : why_not(locked, number));
}

static int answer_request(struct requests *requests, int64_t number, int64_t at_us)
{
        POSTGRES_LOCKED(shared_of(requests));
        int r = postgres_shared_begin(locked, REQUESTS_LOCK);
        if (r)
                return r;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_int(args, number);
        postgres_add_int(args, at_us);
        return change(locked, REQUESTS_ANSWER, number);
}

static int conclude_request(struct requests *requests, int64_t number, enum request_outcome outcome,
                            const char *result, int64_t at_us)
{
        POSTGRES_LOCKED(shared_of(requests));
        int r = postgres_shared_begin(locked, REQUESTS_LOCK);
        if (r)
                return r;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_int(args, number);
        postgres_add_int(args, at_us);
        postgres_add_int(args, outcome);
        postgres_add_text(args, result);
        return change(locked, REQUESTS_CONCLUDE, number);
}

static int list_requests(struct requests *requests, bool is_open_only, int64_t before, size_t limit,
                         request_visitor *visit, void *context)
{
        POSTGRES_LOCKED(shared_of(requests));
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_int(args, before);
        postgres_add_int(args, is_open_only);
        postgres_add_int(args, (int64_t)limit);
        int r = postgres_shared_ask(locked, REQUESTS_LIST, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct request request = {
                        .number = postgres_integer(rows, row, 0),
                        .kind = (enum request_kind)postgres_integer(rows, row, 1),
                        .subject = PQgetvalue(rows, row, 2),
                        .note = PQgetvalue(rows, row, 3),
                        .by = PQgetvalue(rows, row, 4),
                        .received_us = postgres_integer(rows, row, 5),
                        .answered_us = postgres_integer(rows, row, 6),
                        .closed_us = postgres_integer(rows, row, 7),
                        .outcome = (enum request_outcome)postgres_integer(rows, row, 8),
                        .result = PQgetvalue(rows, row, 9),
                };
                goes_on = visit(context, &request);
        }
        return r;
}

static void close_register(struct requests *requests)
{
        postgres_shared_close(shared_of(requests));
        free(requests);
}

static const struct requests_ops ops = {
        .add = add_request,
        .answer = answer_request,
        .conclude = conclude_request,
        .list = list_requests,
        .close = close_register,
};

int requests_postgres_open(const char *conninfo, struct requests **result)
{
        struct requests_postgres *self = calloc(1, sizeof(*self));
        *result = NULL;
        if (!self)
                return -ENOMEM;
        self->requests.ops = &ops;
        int r = postgres_shared_open(conninfo, &plan, &self->shared);
        if (r)
                free(self);
        else
                *result = &self->requests;
        return r;
}

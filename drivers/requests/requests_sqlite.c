#include "drivers/requests/requests_drivers.h"

#include "drivers/store/shared.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <stdlib.h>

enum statement {
        ADD,
        IS_OPEN,
        ANSWER,
        CONCLUDE,
        LIST,
        STATEMENTS
};

static const char *const steps[] = {
        "CREATE TABLE request (number INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
        "  subject TEXT NOT NULL, note TEXT NOT NULL, by TEXT NOT NULL, received INTEGER NOT NULL,"
        "  answered INTEGER NOT NULL DEFAULT 0, closed INTEGER NOT NULL DEFAULT 0,"
        "  outcome INTEGER NOT NULL DEFAULT 0, result TEXT NOT NULL DEFAULT '')",
};

static const struct database_schema schema = {
        .application_id = 0x53747271, /* "Strq" */
        .page_size = 4096,
        .steps = steps,
        .version = (int)ARRAY_LEN(steps),
};

static const char *const sql[STATEMENTS] = {
        [ADD] = "INSERT INTO request (kind, subject, note, by, received)"
                " VALUES (?1, ?2, ?3, ?4, ?5)",
        [IS_OPEN] = "SELECT outcome FROM request WHERE number = ?1",
        [ANSWER] = "UPDATE request SET answered = ?2 WHERE number = ?1 AND answered = 0",
        [CONCLUDE] = "UPDATE request SET closed = ?2, outcome = ?3, result = ?4,"
                     " answered = CASE answered WHEN 0 THEN ?2 ELSE answered END"
                     " WHERE number = ?1 AND outcome = 0",
        [LIST] = "SELECT number, kind, subject, note, by, received, answered, closed, outcome,"
                 " result FROM request WHERE number < ?1 AND (?2 = 0 OR outcome = 0)"
                 " ORDER BY number DESC LIMIT ?3",
};

struct requests_sqlite {
        struct requests requests; /* first: the port's functions take it */
        struct shared_database *shared;
};

static struct shared_database *shared_of(struct requests *requests)
{
        return ((struct requests_sqlite *)requests)->shared;
}

static int add_request(struct requests *requests, const struct request *request, int64_t *number)
{
        SHARED_LOCKED(shared_of(requests));
        sqlite3_stmt *add = locked->statement[ADD];
        sqlite_bind_int(add, 1, request->kind);
        sqlite_bind_text(add, 2, request->subject);
        sqlite_bind_text(add, 3, request->note);
        sqlite_bind_text(add, 4, request->by);
        sqlite_bind_int(add, 5, request->received_us);
        int r = sqlite_run(add);
        *number = r ? 0 : sqlite3_last_insert_rowid(locked->db);
        return r;
}

/* After a change that changed nothing: why. */
static int why_not(struct shared_database *shared, int64_t number)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = shared->statement[IS_OPEN];
        sqlite_bind_int(row, 1, number);
        int r = sqlite_step(row);
        return r < 0 ? r : r == 0 ? -ENOENT : -EALREADY;
}

static int change(struct shared_database *shared, sqlite3_stmt *change, int64_t number)
{
        int r = sqlite_run(change);
        return r || sqlite3_changes(shared->db) > 0 ? r : why_not(shared, number);
}

static int answer_request(struct requests *requests, int64_t number, int64_t at_us)
{
        SHARED_LOCKED(shared_of(requests));
        sqlite3_stmt *answer = locked->statement[ANSWER];
        sqlite_bind_int(answer, 1, number);
        sqlite_bind_int(answer, 2, at_us);
        return change(locked, answer, number);
}

static int conclude_request(struct requests *requests, int64_t number, enum request_outcome outcome,
                            const char *result, int64_t at_us)
{
        SHARED_LOCKED(shared_of(requests));
        sqlite3_stmt *conclude = locked->statement[CONCLUDE];
        sqlite_bind_int(conclude, 1, number);
        sqlite_bind_int(conclude, 2, at_us);
        sqlite_bind_int(conclude, 3, outcome);
        sqlite_bind_text(conclude, 4, result);
        return change(locked, conclude, number);
}

static int list_requests(struct requests *requests, bool is_open_only, int64_t before, size_t limit,
                         request_visitor *visit, void *context)
{
        SHARED_LOCKED(shared_of(requests));
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = locked->statement[LIST];
        int r;
        sqlite_bind_int(row, 1, before);
        sqlite_bind_int(row, 2, is_open_only);
        sqlite_bind_int(row, 3, (int64_t)limit);
        while ((r = sqlite_step(row)) > 0) {
                const struct request request = {
                        .number = sqlite3_column_int64(row, 0),
                        .kind = (enum request_kind)sqlite3_column_int(row, 1),
                        .subject = shared_text(row, 2),
                        .note = shared_text(row, 3),
                        .by = shared_text(row, 4),
                        .received_us = sqlite3_column_int64(row, 5),
                        .answered_us = sqlite3_column_int64(row, 6),
                        .closed_us = sqlite3_column_int64(row, 7),
                        .outcome = (enum request_outcome)sqlite3_column_int(row, 8),
                        .result = shared_text(row, 9),
                };
                if (!visit(context, &request))
                        return 0;
        }
        return r;
}

static void close_register(struct requests *requests)
{
        shared_close(shared_of(requests));
        free(requests);
}

static const struct requests_ops ops = {
        .add = add_request,
        .answer = answer_request,
        .conclude = conclude_request,
        .list = list_requests,
        .close = close_register,
};

int requests_sqlite_open(const char *path, struct requests **result)
{
        struct requests_sqlite *self = calloc(1, sizeof(*self));
        *result = NULL;
        if (!self)
                return -ENOMEM;
        self->requests.ops = &ops;
        int r = shared_open(path, &schema, sql, STATEMENTS, &self->shared);
        if (r)
                free(self);
        else
                *result = &self->requests;
        return r;
}

#include "controller/record/requests.h"

#include "common/rfc3339.h"
#include "controller/local/passage_json.h"

#include <errno.h>
#include <string.h>

enum {
        EVENTS_MAX = 200
};

json_t *request_bad(const struct fields *fields)
{
        return fields_error("bad_request", fields->why);
}

json_t *request_failed(int error)
{
        switch (-error) {
        case ENOENT:
                return fields_error("not_found", "there is no such entry");
        case EEXIST:
                return fields_error("exists", "it is enrolled for another holder");
        case EBUSY:
                return fields_error("busy", "it is in use");
        case EPERM:
                return fields_error("managed", "it is the centre's: to be changed there");
        case ESTALE:
                return fields_error("stale_epoch", "the epoch is not this journal's");
        case ERANGE:
                return fields_error("out_of_range", "the sequence is past the head");
        }
        return fields_error("storage", strerror(-error));
}

/* The row with this id as it is listed, in *found, or NULL there. NULL, or the list's error. */
static json_t *find_listed(struct recorder *recorder, request_verb *list, const char *rows,
                           const char *id, json_t **found)
{
        const char *last = NULL;
        json_t *page = NULL;
        *found = NULL;
        do {
                json_t *question = json_pack("{s:s*}", "after", last);
                struct fields fields = fields_of(question);
                json_t *answer = list(recorder, &fields, NULL);
                json_decref(question);
                json_decref(page);
                if (json_object_get(answer, "error"))
                        return answer;
                page = json_incref(json_object_get(json_object_get(answer, "ok"), rows));
                json_decref(answer);
                json_t *row;
                size_t i;
                last = NULL;
                json_array_foreach(page, i, row)
                {
                        last = json_string_value(json_object_get(row, "id"));
                        if (last && strcmp(last, id) == 0)
                                *found = json_incref(row);
                }
        } while (last && !*found);
        json_decref(page);
        return NULL;
}

json_t *request_check_was(struct recorder *recorder, struct fields *fields, request_verb *list,
                          const char *rows, const char *id)
{
        const json_t *was = json_object_get(fields->object, "was");
        json_t *now;
        if (!was)
                return NULL;
        if (!json_is_null(was) && !json_is_object(was)) {
                fields_complain(fields, "was", "what is listed is wanted, or null");
                return request_bad(fields);
        }
        json_t *error = find_listed(recorder, list, rows, id, &now);
        if (error)
                return error;
        /* People come and go: that is no change of an area. */
        json_object_del(now, "inside");
        bool is_same = now ? json_equal(was, now) : json_is_null(was);
        json_decref(now);
        return is_same ? NULL : fields_error("changed", "somebody has changed it meanwhile");
}

void request_set_time(json_t *object, const char *key, int64_t us)
{
        char text[RFC3339_MAX];
        if (us == 0)
                return;
        rfc3339_format(us, text);
        json_object_set_new(object, key, json_string(text));
}

static json_t *events(struct recorder *recorder, struct fields *fields,
                      const struct request *request)
{
        struct journal_query query = {
                .after_seq = (uint64_t)fields_integer(fields, "after", 0, INT64_MAX, 0),
                .since_us = fields_time(fields, "since"),
                .until_us = fields_time(fields, "until"),
                .limit = (size_t)fields_integer(fields, "limit", 1, EVENTS_MAX, 100),
        };
        struct journal_info info;
        if (fields->why[0] != '\0')
                return request_bad(fields);
        struct passage *rows = calloc(query.limit, sizeof(rows[0]));
        int count = rows ? journal_read(recorder->journal, &query, rows) : -ENOMEM;
        if (count < 0) {
                free(rows);
                return request_failed(count);
        }
        journal_info(recorder->journal, &info);
        json_t *list = json_array();
        for (int i = 0; i < count; i++) {
                int64_t age_s = freshness_age_s(&recorder->freshness, recorder->registry,
                                                recorder->board, &rows[i]);
                json_array_append_new(list,
                                      passage_json(&rows[i], info.epoch, age_s, request->is_admin));
        }
        free(rows);
        return fields_ok(json_pack("{s:s, s:I, s:o}", "epoch", info.epoch, "head",
                                   (json_int_t)info.head, "events", list));
}

static json_t *ack(struct recorder *recorder, struct fields *fields, const struct request *request)
{
        struct journal_info info;
        (void)request;
        const char *epoch = fields_text(fields, "epoch", JOURNAL_EPOCH_MAX);
        int64_t seq = fields_integer(fields, "seq", 0, INT64_MAX, -1);
        if (seq < 0)
                fields_complain(fields, "seq", "a whole number is wanted");
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = journal_acknowledge(recorder->journal, epoch, (uint64_t)seq);
        if (error)
                return request_failed(error);
        journal_info(recorder->journal, &info);
        atomic_store(&recorder->board->acked, info.acked);
        return fields_ok(json_pack("{s:I}", "acked", (json_int_t)info.acked));
}

/* What hello, status and follow need of the journal; desk adds the rest. */
static json_t *identity(struct recorder *recorder, struct fields *fields,
                        const struct request *request)
{
        struct journal_info info;
        (void)fields;
        (void)request;
        journal_info(recorder->journal, &info);
        return fields_ok(json_pack("{s:s, s:I, s:I}", "epoch", info.epoch, "head",
                                   (json_int_t)info.head, "acked", (json_int_t)info.acked));
}

/* The answer of follow; desk then asks for the rows, batch by batch, as the client takes them. */
static json_t *follow(struct recorder *recorder, struct fields *fields,
                      const struct request *request)
{
        (void)fields_integer(fields, "after", 0, INT64_MAX, 0);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        return identity(recorder, fields, request);
}

static json_t *forgive(struct recorder *recorder, struct fields *fields,
                       const struct request *request)
{
        (void)request;
        const char *holder = fields_have(fields, "holder") ? fields_id(fields, "holder") : NULL;
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = journal_forgive(recorder->journal, holder);
        return error ? request_failed(error) : fields_ok(NULL);
}

static bool owns_import(const struct recorder *recorder, const struct request *request)
{
        return recorder->is_importing && recorder->import_client == request->client &&
               recorder->import_connection == request->connection;
}

static json_t *import_begin(struct recorder *recorder, struct fields *fields,
                            const struct request *request)
{
        (void)fields;
        int error = recorder->is_importing ? -EBUSY : registry_begin(recorder->registry);
        if (error)
                return request_failed(error);
        recorder->is_importing = true;
        recorder->import_client = request->client;
        recorder->import_connection = request->connection;
        return fields_ok(NULL);
}

static json_t *end_import(struct recorder *recorder, const struct request *request, bool is_commit)
{
        if (!owns_import(recorder, request))
                return fields_error("bad_request", "this connection has no import under way");
        recorder->is_importing = false;
        int error = is_commit ? registry_commit(recorder->registry)
                              : registry_rollback(recorder->registry);
        return error ? request_failed(error) : fields_ok(NULL);
}

static json_t *import_commit(struct recorder *recorder, struct fields *fields,
                             const struct request *request)
{
        (void)fields;
        return end_import(recorder, request, true);
}

static json_t *import_rollback(struct recorder *recorder, struct fields *fields,
                               const struct request *request)
{
        (void)fields;
        return end_import(recorder, request, false);
}

static const struct {
        const char *name;
        request_verb *run;
        bool is_change; /* of the registry */
} verbs[] = {
        { "events", events, false },
        { "hello", identity, false },
        { "status", identity, false },
        { "follow", follow, false },
        { "ack", ack, false },
        { "forgive", forgive, false },
        { "holder-put", request_holder_put, true },
        { "holder-remove", request_holder_remove, true },
        { "holders", request_holders, false },
        { "credential-add", request_credential_add, true },
        { "credential-revoke", request_credential_revoke, true },
        { "credentials", request_credentials, false },
        { "level-put", request_level_put, true },
        { "level-remove", request_level_remove, true },
        { "levels", request_levels, false },
        { "schedule-put", request_schedule_put, true },
        { "schedule-remove", request_schedule_remove, true },
        { "schedules", request_schedules, false },
        { "special-day-put", request_special_day_put, true },
        { "special-day-remove", request_special_day_remove, true },
        { "special-days", request_special_days, false },
        { "area-put", request_area_put, true },
        { "area-remove", request_area_remove, true },
        { "areas", request_areas, false },
        { "visit-add", request_visit_add, true },
        { "declaration-put", request_declaration_put, true },
        { "revocation-put", request_revocation_put, true },
        { "revocations", request_revocations, false },
        { "explain", request_explain, false },
        { "import-begin", import_begin, false },
        { "import-commit", import_commit, false },
        { "import-rollback", import_rollback, false },
};

void recorder_answer(struct recorder *recorder, struct request *request)
{
        if (request->is_closing) {
                if (owns_import(recorder, request))
                        json_decref(end_import(recorder, request, false));
                return;
        }
        struct fields fields = fields_of(request->question);
        const char *name = json_string_value(json_object_get(request->question, "do"));
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
                if (strcmp(verbs[i].name, name) != 0)
                        continue;
                bool is_others = recorder->is_importing && !owns_import(recorder, request);
                bool is_adopting = atomic_load(&recorder->board->is_adopting) &&
                                   !owns_import(recorder, request) &&
                                   (verbs[i].is_change || verbs[i].run == import_begin);
                if (verbs[i].is_change && is_others)
                        request->answer = fields_error("busy", "an import is under way");
                else if (is_adopting)
                        request->answer =
                                fields_error("busy", "the centre's registry is being adopted");
                else
                        request->answer = verbs[i].run(recorder, &fields, request);
                if (verbs[i].is_change || strcmp(name, "import-commit") == 0)
                        recorder_show(recorder);
                return;
        }
        request->answer = fields_error("bad_request", "do: no such verb");
}

/*
 * The people desk's health declarations, where the site has them: one at a time, made by somebody
 * or on their behalf, and many as a file or as another system's feed. What a declaration is good
 * for is each gate's rule (rules.declaration in gate.conf).
 */
#include "dashboard/people/people_private.h"

#include "common/csv.h"
#include "controller/local/client.h"
#include "dashboard/http/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        COMPLAINTS_MAX = 50, /* rows that are named; the others are counted */
        WHY_MAX = 160
};

enum column {
        ID,
        RESULT,
        AT,
        UNTIL,
        COLUMNS
};

static const char *const headings[COLUMNS] = { "id", "result", "at", "until" };

/* --- One --- */

struct wish {
        const char *holder, *subject, *result, *at, *until;
};

/* NULL, or what is wrong. */
static const char *read_wish(const json_t *body, struct wish *wish)
{
        json_error_t error;
        *wish = (struct wish){ .holder = NULL };
        if (json_unpack_ex((json_t *)body, &error, JSON_STRICT, "{s?s, s?s, s:s, s?s, s?s}",
                           "holder", &wish->holder, "subject", &wish->subject, "result",
                           &wish->result, "at", &wish->at, "until", &wish->until) != 0)
                return "wanted: holder or subject, and result; allowed: at, until";
        if (!wish->holder == !wish->subject)
                return "either holder or subject";
        if (wish->holder && strlen(wish->holder) >= FLOW_ID_MAX)
                return "holder: 32 characters at the most";
        return NULL;
}

static bool keep_id(void *context, const struct roster_person *person)
{
        snprintf(context, FLOW_ID_MAX, "%s", person->id);
        return false;
}

/* False: it has been answered. */
static bool find_holder(struct people_request *request, const struct wish *wish,
                        char holder[FLOW_ID_MAX])
{
        uint8_t subject[1][SUBJECT_LEN];
        holder[0] = '\0';
        if (wish->holder) {
                snprintf(holder, FLOW_ID_MAX, "%s", wish->holder);
                return true;
        }
        if (strlen(wish->subject) != SUBJECT_TEXT_LEN ||
            !subject_parse(wish->subject, subject[0])) {
                answer_error(request->response, 400, "bad_request",
                             "subject: 32 hex digits are wanted");
                return false;
        }
        int r = roster_find(request->desk->roster, (const uint8_t(*)[SUBJECT_LEN])subject, 1,
                            keep_id, holder);
        if (r)
                answer_error(request->response, 503, "registry", "the registry does not answer");
        else if (holder[0] == '\0')
                answer_error(request->response, 404, "not_found", "they are not in the registry");
        return !r && holder[0] != '\0';
}

static void declare(struct people_request *request)
{
        struct wish wish;
        char holder[FLOW_ID_MAX];
        json_t *body = json_loadb(request->web->body, request->web->body_len,
                                  JSON_REJECT_DUPLICATES, NULL);
        const char *why = read_wish(body, &wish);
        json_t *ok = NULL;
        if (why)
                answer_error(request->response, 400, "bad_request", why);
        else if (find_holder(request, &wish, holder) &&
                 people_note(request, "declare", holder, NULL))
                ok = people_ask(request, "declaration-put",
                                json_pack("{s:s, s:s, s:s*, s:s*}", "holder", holder, "result",
                                          wish.result, "at", wish.at, "until", wish.until));
        if (ok)
                request->response->status = 204;
        json_decref(ok);
        json_decref(body);
}

/* --- Many: all or none --- */

struct import {
        struct people_request *request;
        struct client client; /* what is one import is one connection's */
        int place_of[COLUMNS];
        size_t all, refused;
        json_t *complaints;
};

static void complain(struct import *import, size_t row, const char *why)
{
        import->refused++;
        if (json_array_size(import->complaints) < COMPLAINTS_MAX)
                json_array_append_new(import->complaints, json_sprintf("row %zu: %s", row, why));
}

/* The registry's word; `why` of its refusal, "" for none. 0 or -errno. */
static int call(struct import *import, const char *verb, json_t *fields, char why[WHY_MAX])
{
        json_t *answer = NULL;
        int r = client_call(&import->client, verb, fields, &answer);
        const json_t *error = json_object_get(answer, "error");
        const char *message = json_string_value(json_object_get(error, "message"));
        snprintf(why, WHY_MAX, "%s", message ? message : "");
        json_decref(answer);
        return r;
}

static int send_row(struct import *import, const struct csv_record *record)
{
        const char *field[COLUMNS];
        char why[WHY_MAX];
        if (record->fault) {
                complain(import, record->row, record->fault);
                return 0;
        }
        for (int column = 0; column < COLUMNS; column++)
                field[column] = csv_at(record, import->place_of[column]);
        json_t *fields = json_pack("{s:s, s:s}", "holder", field[ID], "result", field[RESULT]);
        for (int column = AT; column < COLUMNS; column++)
                if (field[column][0] != '\0')
                        json_object_set_new(fields, headings[column], json_string(field[column]));
        int r = call(import, "declaration-put", fields, why);
        if (!r && why[0] != '\0')
                complain(import, record->row, why);
        return r;
}

/* 0; -EINVAL: the first row does not name the columns; -errno. */
static int send_all(struct import *import, FILE *file)
{
        struct csv_reader reader;
        struct csv_record record;
        int r = csv_reader_init(&reader, file);
        if (r)
                return r;
        r = csv_read(&reader, &record);
        if (r >= 0) {
                csv_find(&record, headings, COLUMNS, import->place_of);
                if (r == 0 || record.fault || import->place_of[ID] < 0 ||
                    import->place_of[RESULT] < 0)
                        r = -EINVAL;
        }
        while (r >= 0 && (r = csv_read(&reader, &record)) > 0) {
                import->all++;
                int failed = send_row(import, &record);
                r = failed ? failed : r;
        }
        csv_reader_deinit(&reader);
        return r;
}

static void answer_import(const struct import *import, int r, bool is_committed, const char *busy)
{
        if (busy[0] != '\0')
                answer_error(import->request->response, 409, "busy", busy);
        else if (r == -EINVAL)
                answer_error(import->request->response, 400, "bad_request",
                             "the first row must name the columns, id and result among them");
        else if (r)
                answer_error(import->request->response, 503, "registry",
                             "the registry does not answer");
        else
                answer_json(import->request->response, 200,
                            json_pack("{s:b, s:I, s:I, s:O}", "committed", is_committed, "all",
                                      (json_int_t)import->all, "refused",
                                      (json_int_t)import->refused, "complaints",
                                      import->complaints));
}

static void import_file(struct people_request *request, FILE *file)
{
        const char *wish = web_request_query(request->web, "commit");
        bool is_commit = wish && strcmp(wish, "1") == 0;
        struct import import = { .request = request,
                                 .client = CLIENT_CLOSED,
                                 .complaints = json_array() };
        char busy[WHY_MAX] = "", refusal[WHY_MAX] = "";
        int r = client_open(&import.client, roster_socket(request->desk->roster));
        if (!r)
                r = call(&import, "import-begin", NULL, busy);
        if (!r && busy[0] == '\0')
                r = send_all(&import, file);
        bool is_kept = is_commit && !r && busy[0] == '\0' && import.refused == 0;
        bool is_answered = is_kept && !people_note(request, "declare_import", NULL, NULL);
        if (is_kept && !is_answered)
                r = call(&import, "import-commit", NULL, refusal);
        if (!r && refusal[0] != '\0')
                r = -EIO;
        if (!is_answered)
                answer_import(&import, r, is_kept, busy);
        /* Takes back what was not committed. */
        client_close(&import.client);
        json_decref(import.complaints);
}

static bool is_csv(const struct people_request *request)
{
        const char *type = web_request_header(request->web, "Content-Type");
        return type && strncasecmp(type, "text/csv", strlen("text/csv")) == 0;
}

void people_declarations_refuse(struct people_request *request)
{
        answer_error(request->response, 404, "not_found",
                     "declarations are not kept here ([registry] declarations)");
}

void people_declarations(struct people_request *request)
{
        if (!request->desk->has_declarations) {
                people_declarations_refuse(request);
                return;
        }
        if (!is_csv(request)) {
                declare(request);
                return;
        }
        if (!request->is_manager) {
                answer_error(request->response, 403, "forbidden",
                             "a file is for a manager of the site");
                return;
        }
        /* Read only: the cast is fmemopen's. */
        FILE *file = request->web->body_len > 0
                             ? fmemopen((void *)request->web->body, request->web->body_len, "r")
                             : NULL;
        if (file) {
                import_file(request, file);
                fclose(file);
        } else {
                answer_error(request->response, 400, "bad_request", "a CSV file is wanted");
        }
}

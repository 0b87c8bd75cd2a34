#include "dashboard/requests/requests_private.h"

#include "common/rfc3339.h"
#include "dashboard/access/role.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"
#include "dashboard/http/answer.h"
#include "dashboard/http/body.h"
#include "dashboard/requests/clocks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        LIMIT = 100
};

static const char requests_root[] = "/api/v1/requests";
static const char *const kinds[REQUEST_KINDS] = { "access", "correct", "restrict", "erase",
                                                  "breach" };
static const char *const outcomes[] = { "", "done", "refused" };

bool requests_note(struct requests_call *call, const char *action, const char *target,
                   json_t *detail)
{
        return api_audit_note(&call->desk->audit, call->who, action, target, detail,
                              call->response);
}

/* --- The register --- */

struct listing {
        json_t *rows;
        int offset_min;
        int64_t last;
};

static bool add_row(void *context, const struct request *request)
{
        struct listing *listing = context;
        struct clocks clocks = clocks_of(request->kind, request->received_us, listing->offset_min);
        listing->last = request->number;
        return json_array_append_new(
                       listing->rows,
                       json_pack("{s:I, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
                                 "number", (json_int_t)request->number, "kind",
                                 kinds[request->kind], "subject", show_text(request->subject),
                                 "note", request->note, "by", request->by, "received",
                                 show_time(request->received_us), "answer_by",
                                 show_time(clocks.answer_us), "due", show_time(clocks.due_us),
                                 "answered", show_time(request->answered_us), "closed",
                                 show_time(request->closed_us), "outcome",
                                 show_text(outcomes[request->outcome]), "result",
                                 request->result)) == 0;
}

static void list(struct requests_call *call)
{
        struct query query = query_of(call->web);
        struct listing listing = { .offset_min = call->desk->offset_min };
        int64_t before = INT64_MAX;
        bool is_open_only = query_int(&query, "open", 0, 1, 0) == 1;
        (void)query_cursor(&query, &before, 1);
        if (query.why[0] != '\0') {
                answer_error(call->response, 400, "bad_request", query.why);
                return;
        }
        listing.rows = json_array();
        int r = requests_list(call->desk->requests, is_open_only, before, LIMIT, add_row, &listing);
        if (r) {
                json_decref(listing.rows);
                answer_failure(call->response, r);
                return;
        }
        bool has_more = json_array_size(listing.rows) == LIMIT;
        answer_json(call->response, 200,
                    json_pack("{s:o, s:o}", "requests", listing.rows, "next",
                              has_more ? json_sprintf("%" PRId64, listing.last) : json_null()));
}

/* As REQUEST_KINDS when it is none. */
static enum request_kind kind_in(const json_t *body)
{
        const char *name = json_string_value(json_object_get(body, "kind"));
        int kind = 0;
        while (kind < REQUEST_KINDS && (!name || strcmp(name, kinds[kind]) != 0))
                kind++;
        return (enum request_kind)kind;
}

/* NULL, or what is wrong. */
static const char *read_new(const struct requests_call *call, const json_t *body,
                            struct request *request)
{
        const char *note = json_string_value(json_object_get(body, "note"));
        const char *received = json_string_value(json_object_get(body, "received"));
        request->kind = kind_in(body);
        request->note = note;
        request->by = call->who->name;
        request->received_us = call->now_us;
        if (request->kind == REQUEST_KINDS)
                return "kind: access, correct, restrict, erase or breach";
        if (!note || note[0] == '\0' || strlen(note) >= REQUESTS_NOTE_MAX)
                return "note: how they asked and where the paper is, to 499 bytes";
        if (received && !rfc3339_parse(received, &request->received_us))
                return "received: a time is wanted";
        if (request->received_us > call->now_us || request->received_us <= 0)
                return "received: not before it came";
        return NULL;
}

static void add(struct requests_call *call, const json_t *body)
{
        struct request request = { .number = 0 };
        char subject[SUBJECT_TEXT_MAX] = "";
        int64_t number = 0;
        const char *why = read_new(call, body, &request);
        if (why) {
                answer_error(call->response, 400, "bad_request", why);
                return;
        }
        if (request.kind != REQUEST_BREACH && !requests_whom(call, body, subject))
                return;
        request.subject = subject;
        if (!requests_note(call, "request_add", subject[0] != '\0' ? subject : NULL,
                           json_pack("{s:s}", "kind", kinds[request.kind])))
                return;
        int r = requests_add(call->desk->requests, &request, &number);
        if (r)
                answer_failure(call->response, r);
        else
                answer_json(call->response, 201, json_pack("{s:I}", "number", (json_int_t)number));
}

/* --- One --- */

static void answer_changed(struct requests_call *call, int r)
{
        if (r == -ENOENT)
                answer_error(call->response, 404, "not_found", "there is no such request");
        else if (r == -EALREADY)
                answer_error(call->response, 409, "exists", "that has been entered already");
        else if (r)
                answer_failure(call->response, r);
        else
                call->response->status = 204;
}

struct search {
        int64_t number;
        bool is_found;
        struct requests_case *found;
};

static bool keep_case(void *context, const struct request *request)
{
        struct search *search = context;
        struct requests_case *found = search->found;
        search->is_found = request->number == search->number;
        found->kind = request->kind;
        found->outcome = request->outcome;
        if (strlen(request->subject) == SUBJECT_TEXT_LEN &&
            subject_parse(request->subject, found->subject))
                snprintf(found->text, sizeof(found->text), "%s", request->subject);
        return false;
}

bool requests_find(struct requests_call *call, struct requests_case *found)
{
        struct search search = { .number = call->number, .found = found };
        *found = (struct requests_case){ .text = "" };
        int r = requests_list(call->desk->requests, false, call->number + 1, 1, keep_case, &search);
        if (r || !search.is_found)
                answer_changed(call, r ? r : -ENOENT);
        return !r && search.is_found;
}

static json_t *number_of(const struct requests_call *call)
{
        return json_pack("{s:I}", "request", (json_int_t)call->number);
}

static void conclude(struct requests_call *call, const json_t *body)
{
        const char *word = json_string_value(json_object_get(body, "outcome"));
        const char *result = json_string_value(json_object_get(body, "result"));
        enum request_outcome outcome =
                word && strcmp(word, outcomes[REQUEST_DONE]) == 0      ? REQUEST_DONE
                : word && strcmp(word, outcomes[REQUEST_REFUSED]) == 0 ? REQUEST_REFUSED
                                                                       : REQUEST_OPEN;
        if (outcome == REQUEST_OPEN)
                answer_error(call->response, 400, "bad_request", "outcome: done or refused");
        else if (!result || result[0] == '\0' || strlen(result) >= REQUESTS_NOTE_MAX)
                answer_error(call->response, 400, "bad_request",
                             "result: what was done, or why not, to 499 bytes");
        else if (requests_note(call, "request_close", NULL, number_of(call)))
                answer_changed(call, requests_conclude(call->desk->requests, call->number, outcome,
                                                       result, call->now_us));
}

static void mark_answered(struct requests_call *call)
{
        if (requests_note(call, "request_answer", NULL, number_of(call)))
                answer_changed(call,
                               requests_answer(call->desk->requests, call->number, call->now_us));
}

static void with_body(struct requests_call *call, const struct body_member *members,
                      void (*answer)(struct requests_call *call, const json_t *body))
{
        json_t *body = body_read(call->web, members, call->response);
        if (body)
                answer(call, body);
        json_decref(body);
}

static void close_it(struct requests_call *call)
{
        static const struct body_member members[] = { { "outcome", BODY_TEXT },
                                                      { "result", BODY_TEXT },
                                                      { NULL, BODY_TEXT } };
        with_body(call, members, conclude);
}

static void add_it(struct requests_call *call)
{
        static const struct body_member members[] = {
                { "kind", BODY_TEXT },     { "holder", BODY_TEXT }, { "subject", BODY_TEXT },
                { "received", BODY_TEXT }, { "note", BODY_TEXT },   { NULL, BODY_TEXT },
        };
        with_body(call, members, add);
}

static void answer_leaf(struct requests_call *call, const char *leaf)
{
        static const struct {
                const char *leaf;
                enum web_method method;
                void (*answer)(struct requests_call *call);
        } leaves[] = {
                { "/answered", WEB_POST, mark_answered },
                { "/closed", WEB_POST, close_it },
                { "/person", WEB_GET, requests_dossier },
                { "/erase", WEB_POST, requests_erase },
        };
        size_t at = 0;
        while (at < ARRAY_LEN(leaves) && strcmp(leaf, leaves[at].leaf) != 0)
                at++;
        if (at == ARRAY_LEN(leaves))
                answer_error(call->response, 404, "not_found", "there is no such resource");
        else if (call->web->method != leaves[at].method)
                answer_error(call->response, 405, "method_not_allowed", "see openapi.json");
        else
                leaves[at].answer(call);
}

/* Managers of the site that the registry is of. False: answered. */
static bool may(struct requests_call *call)
{
        char site[ROSTER_SITE_MAX] = "";
        struct roster *roster = call->desk->people->roster;
        if (roster && roster_site(roster, site) != 0) {
                answer_error(call->response, 503, "registry",
                             "the collector that keeps the registry does not answer");
                return false;
        }
        if (!principal_may(call->who, 1U << ROLE_MANAGER, site)) {
                answer_error(call->response, 403, "forbidden", "this is for a manager of the site");
                return false;
        }
        return true;
}

bool requests_desk_handle(const struct requests_desk *desk, const struct web_request *web,
                          const struct principal *who, struct web_response *response)
{
        size_t root_len = sizeof(requests_root) - 1;
        if (strncmp(web->path, requests_root, root_len) != 0 ||
            (web->path[root_len] != '\0' && web->path[root_len] != '/'))
                return false;
        const char *rest = web->path + root_len;
        char *leaf = NULL;
        struct requests_call call = {
                .desk = desk, .web = web, .who = who, .response = response, .now_us = wall_us()
        };
        if (rest[0] == '/' && strspn(rest + 1, "0123456789") > 0 && strlen(rest) < 30)
                call.number = strtoll(rest + 1, &leaf, 10);
        if (!may(&call))
                return true;
        if (rest[0] == '\0' && web->method == WEB_GET)
                list(&call);
        else if (rest[0] == '\0' && web->method == WEB_POST)
                add_it(&call);
        else if (rest[0] == '\0')
                answer_error(response, 405, "method_not_allowed", "see openapi.json");
        else if (call.number < 1 || call.number == INT64_MAX)
                answer_error(response, 404, "not_found", "there is no such request");
        else
                answer_leaf(&call, leaf);
        return true;
}

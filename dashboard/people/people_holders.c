/* The people desk's holders, levels and names. */
#include "dashboard/people/mask.h"
#include "dashboard/people/people_private.h"

#include "dashboard/http/answer.h"
#include "dashboard/http/body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of a holder as the registry tells. */
static void mask_holder(const struct people_request *request, json_t *holder)
{
        char masked[MASK_NAME_MAX];
        const char *name = json_string_value(json_object_get(holder, "name"));
        if (request->is_revealed || !name)
                return;
        mask_name(name, masked);
        json_object_set_new(holder, "name", json_string(masked));
}

static void answer_holders(struct people_request *request, json_t *holders, size_t limit)
{
        size_t count = json_array_size(holders);
        const json_t *last = count == limit ? json_array_get(holders, count - 1) : NULL;
        json_t *next = json_object_get(last, "id");
        for (size_t i = 0; i < count; i++)
                mask_holder(request, json_array_get(holders, i));
        answer_json(request->response, 200,
                    json_pack("{s:o, s:O?, s:b}", "people", holders, "next", next, "masked",
                              !request->is_revealed));
}

struct matches {
        char (*id)[FLOW_ID_MAX];
        size_t count, limit;
        const char *after;
};

static bool keep_match(void *context, const struct roster_person *person)
{
        struct matches *matches = context;
        if (strcmp(person->id, matches->after) > 0)
                snprintf(matches->id[matches->count++], FLOW_ID_MAX, "%s", person->id);
        return matches->count < matches->limit;
}

/* NULL: there is none, or the registry does not answer; it has been answered. */
static json_t *fetch(struct people_request *request, const char *id)
{
        json_t *ok = people_ask(request, "holders", json_pack("{s:s}", "holder", id));
        json_t *holder = json_incref(json_array_get(json_object_get(ok, "holders"), 0));
        json_decref(ok);
        return holder;
}

static void list_matches(struct people_request *request, const char *text, const char *after,
                         size_t limit)
{
        struct matches matches = { .id = calloc(limit, FLOW_ID_MAX),
                                   .limit = limit,
                                   .after = after };
        int r = matches.id ? roster_search(request->desk->roster, text, keep_match, &matches)
                           : -ENOMEM;
        json_t *holders = json_array();
        for (size_t i = 0; i < matches.count && !r; i++) {
                json_t *holder = fetch(request, matches.id[i]);
                if (holder) /* else removed meanwhile */
                        json_array_append_new(holders, holder);
        }
        free(matches.id);
        if (!r) {
                answer_holders(request, holders, limit);
                return;
        }
        json_decref(holders);
        answer_error(request->response, 503, "registry", "the registry does not answer");
}

void people_list(struct people_request *request)
{
        const char *after = web_request_query(request->web, "after");
        const char *text = web_request_query(request->web, "q");
        const char *wish = web_request_query(request->web, "limit");
        char *end = NULL;
        long limit = wish ? strtol(wish, &end, 10) : 100;
        if ((wish && (*wish == '\0' || *end != '\0')) || limit < 1 || limit > 100) {
                answer_error(request->response, 400, "bad_request", "limit: 1 to 100");
                return;
        }
        if (text && text[0] != '\0') {
                if (strlen(text) > PEOPLE_QUERY_MAX)
                        answer_error(request->response, 400, "bad_request", "q: to 100 bytes");
                else
                        list_matches(request, text, after ? after : "", (size_t)limit);
                return;
        }
        json_t *fields = json_pack("{s:i}", "limit", (int)limit);
        if (after && after[0] != '\0')
                json_object_set_new(fields, "after", json_string(after));
        json_t *ok = people_ask(request, "holders", fields);
        if (ok)
                answer_holders(request, json_incref(json_object_get(ok, "holders")), (size_t)limit);
        json_decref(ok);
}

void people_show(struct people_request *request)
{
        json_t *holder = fetch(request, request->holder);
        if (!holder)
                return;
        mask_holder(request, holder);
        answer_json(request->response, 200, holder);
}

void people_put(struct people_request *request)
{
        json_t *holder = body_object(request->web, request->response);
        if (!holder)
                return;
        /* The path says whom; what only the registry says is no part of a change. */
        json_object_set_new(holder, "id", json_string(request->holder));
        json_object_del(holder, "subject");
        json_object_del(holder, "declaration");
        json_t *ok = NULL;
        if (people_note(request, "person_change", request->holder, NULL))
                ok = people_ask(request, "holder-put", json_pack("{s:O}", "holder", holder));
        json_decref(holder);
        if (!ok)
                return;
        json_decref(ok);
        request->is_revealed = true; /* who has just written it knows it */
        people_show(request);
}

void people_remove(struct people_request *request)
{
        if (!people_note(request, "person_delete", request->holder, NULL))
                return;
        json_t *ok =
                people_ask(request, "holder-remove", json_pack("{s:s}", "holder", request->holder));
        if (ok) {
                people_passes_forget(request->desk, request->holder);
                request->response->status = 204;
        }
        json_decref(ok);
}

static bool add_name(void *context, const struct roster_person *person)
{
        char subject[SUBJECT_TEXT_MAX], masked[MASK_NAME_MAX];
        subject_format(person->subject, subject);
        mask_name(person->name, masked);
        json_object_set_new(context, subject, json_string(masked));
        return true;
}

/* Who they are, masked: for whoever sees the subjects anyhow. */
void people_names(struct people_request *request)
{
        uint8_t subjects[PEOPLE_NAMES_MAX][SUBJECT_LEN];
        const char *text = web_request_query(request->web, "subjects");
        size_t count = 0;
        while (text && *text != '\0') {
                size_t len = strcspn(text, ",");
                if (count == PEOPLE_NAMES_MAX || len != SUBJECT_TEXT_LEN ||
                    !subject_parse(text, subjects[count]))
                        break;
                count++;
                text += len + (text[len] == ',');
        }
        if (!text || *text != '\0') {
                answer_error(request->response, 400, "bad_request",
                             "subjects: 1 to 100 of 32 hex digits, with commas between");
                return;
        }
        json_t *names = json_object();
        int r = roster_find(request->desk->roster, (const uint8_t(*)[SUBJECT_LEN])subjects, count,
                            add_name, names);
        if (!r) {
                answer_json(request->response, 200, json_pack("{s:o}", "names", names));
                return;
        }
        json_decref(names);
        answer_error(request->response, 503, "registry", "the registry does not answer");
}

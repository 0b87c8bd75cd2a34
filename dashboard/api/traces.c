/*
 * Who was with somebody: contacts, and theirs, breadth first, each person once. A contact's own
 * contacts count from when they met on: before that there was nothing to hand on.
 */
#include "common/rfc3339.h"
#include "controller/record/subject.h"
#include "dashboard/api/api_private.h"
#include "dashboard/api/show.h"
#include "dashboard/http/body.h"

#include <errno.h>
#include <stdio.h>

enum {
        CONTACTS_MAX = 5000,
        CONTACTS_ASKED = 2 * CONTACTS_MAX, /* at once: those who were met before are among them */
        HOPS_MAX = 3,
        TRACE_MAX_MS = 30000,
        MARGIN_MAX_MIN = 240,
        CASE_MAX = 64,
        REASON_MAX = 256
};

#define MINUTE_US INT64_C(60000000)

struct met {
        uint8_t subject[HISTORY_SUBJECT_LEN];
        int64_t from_us;
};

struct trace {
        struct ask *ask;
        char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX];
        size_t area_count;
        struct history_contact_query query;
        int hop;
        int64_t since_us; /* what ended before has nothing to do with it */
        size_t hop_begin; /* in `met`: whom this hop meets first */
        size_t told;      /* contacts, of one question */
        struct met *met;  /* CONTACTS_MAX + 1; the first is who was asked about */
        size_t met_count;
        json_t *visits, *contacts;
        int64_t until_ms; /* no further question begins after that */
        bool is_truncated;
};

/* Their place in `met`; met_count: nobody has met them yet. */
static size_t find(const struct trace *trace, const uint8_t subject[HISTORY_SUBJECT_LEN])
{
        size_t i = 0;
        while (i < trace->met_count &&
               memcmp(trace->met[i].subject, subject, HISTORY_SUBJECT_LEN) != 0)
                i++;
        return i;
}

/* Each meeting with somebody whom no earlier hop has met. */
static bool take(void *context, const struct history_contact *contact)
{
        struct trace *trace = context;
        bool is_before = contact->until_us && contact->until_us < trace->since_us;
        trace->told++;
        if (is_before)
                return true;
        if (json_array_size(trace->contacts) == CONTACTS_MAX) {
                trace->is_truncated = true;
                return false;
        }
        size_t at = find(trace, contact->visit.subject);
        if (at < trace->hop_begin)
                return true;
        struct met *met = &trace->met[at];
        if (at == trace->met_count) {
                memcpy(met->subject, contact->visit.subject, HISTORY_SUBJECT_LEN);
                met->from_us = contact->from_us;
                trace->met_count++;
        } else if (contact->from_us < met->from_us) {
                met->from_us = contact->from_us;
        }
        json_array_append_new(trace->contacts,
                              show_contact(contact, trace->query.now_us, trace->hop));
        return true;
}

static int follow(struct trace *trace, const struct met *whose)
{
        int r = 0;
        trace->query.subject = whose->subject;
        trace->query.from_us = whose->from_us;
        trace->query.limit = CONTACTS_ASKED;
        trace->since_us = trace->hop > 1 ? whose->from_us : 0;
        for (size_t i = 0; i < trace->area_count && !r && !trace->is_truncated; i++) {
                trace->query.area = trace->areas[i];
                trace->told = 0;
                r = trace->ask->history->ops->contacts(trace->ask->history, &trace->query, take,
                                                       trace);
                trace->is_truncated = trace->is_truncated || trace->told == CONTACTS_ASKED;
        }
        return r;
}

static bool take_visit(void *context, const struct history_visit *visit)
{
        return json_array_append_new(context, show_visit(visit)) == 0;
}

static int run(struct trace *trace, int hops)
{
        struct history *history = trace->ask->history;
        size_t begin = 0;
        int r = 0;
        for (size_t i = 0; i < trace->area_count && !r; i++)
                r = history->ops->visits(history, trace->met[0].subject, trace->areas[i],
                                         trace->query.from_us, trace->query.until_us, CONTACTS_MAX,
                                         take_visit, trace->visits);
        for (trace->hop = 1; trace->hop <= hops && !r; trace->hop++) {
                size_t end = trace->hop_begin = trace->met_count;
                for (size_t i = begin; i < end && !r && !trace->is_truncated; i++) {
                        r = follow(trace, &trace->met[i]);
                        /* Nobody's trace keeps a worker for hours. */
                        trace->is_truncated =
                                trace->is_truncated || monotonic_ms() >= trace->until_ms;
                }
                begin = end;
        }
        return r;
}

static json_int_t integer(const json_t *body, const char *key, json_int_t fallback)
{
        const json_t *value = json_object_get(body, key);
        return value ? json_integer_value(value) : fallback;
}

/* What is asked for; NULL: good, else what is not. */
static const char *read_body(const json_t *body, struct trace *trace, int *hops)
{
        const char *subject = json_string_value(json_object_get(body, "subject"));
        const char *from = json_string_value(json_object_get(body, "from"));
        const char *until = json_string_value(json_object_get(body, "until"));
        const char *number = json_string_value(json_object_get(body, "case"));
        const char *reason = json_string_value(json_object_get(body, "reason"));
        const char *area = json_string_value(json_object_get(body, "area"));
        json_int_t margin_min = integer(body, "margin_min", 0), hop = integer(body, "hops", 1);
        if (!subject || strlen(subject) != SUBJECT_TEXT_LEN ||
            !subject_parse(subject, trace->met[0].subject))
                return "subject: 32 hex digits are wanted";
        if (!from || !rfc3339_parse(from, &trace->query.from_us))
                return "from: a time is wanted";
        if (!until || !rfc3339_parse(until, &trace->query.until_us))
                return "until: a time is wanted";
        if (trace->query.until_us <= trace->query.from_us)
                return "until: a time after from is wanted";
        if (!number || number[0] == '\0' || strlen(number) > CASE_MAX)
                return "case: 1 to 64 bytes are wanted";
        if (!reason || reason[0] == '\0' || strlen(reason) > REASON_MAX)
                return "reason: 1 to 256 bytes are wanted";
        if (margin_min < 0 || margin_min > MARGIN_MAX_MIN)
                return "margin_min: 0 to 240 is wanted";
        if (hop < 1 || hop > HOPS_MAX)
                return "hops: 1 to 3 is wanted";
        if (area && !area_is_good(area))
                return "area: org, org/site or org/site/gate is wanted";
        *hops = (int)hop;
        trace->query.margin_us = margin_min * MINUTE_US;
        trace->area_count = areas_of(trace->ask->who, MAY_TRACE, area ? area : "", trace->areas);
        return NULL;
}

static void answer(struct ask *ask, struct trace *trace, const json_t *body)
{
        int hops = 1;
        const char *trouble = read_body(body, trace, &hops);
        if (trouble) {
                answer_error(ask->response, 400, "bad_request", trouble);
                return;
        }
        if (trace->area_count == 0) {
                ask_forbid(ask);
                return;
        }
        if (!ask_note(ask, "trace", json_string_value(json_object_get(body, "subject")),
                      json_pack("{s:O, s:O, s:O, s:O, s:i}", "case", json_object_get(body, "case"),
                                "reason", json_object_get(body, "reason"), "from",
                                json_object_get(body, "from"), "until",
                                json_object_get(body, "until"), "hops", hops)))
                return;
        trace->met[0].from_us = trace->query.from_us;
        trace->query.now_us = ask->now_us;
        trace->until_ms = monotonic_ms() + TRACE_MAX_MS;
        int r = run(trace, hops);
        if (r)
                answer_failure(ask->response, r);
        else
                answer_json(ask->response, 200,
                            json_pack("{s:O, s:O, s:b}", "visits", trace->visits, "contacts",
                                      trace->contacts, "truncated", trace->is_truncated));
}

void api_traces(struct ask *ask)
{
        static const struct body_member members[] = {
                { "subject", BODY_TEXT }, { "from", BODY_TEXT },   { "until", BODY_TEXT },
                { "case", BODY_TEXT },    { "reason", BODY_TEXT }, { "margin_min", BODY_INTEGER },
                { "hops", BODY_INTEGER }, { "area", BODY_TEXT },   { NULL, BODY_TEXT },
        };
        json_t *body = body_read(ask->web, members, ask->response);
        if (!body)
                return;
        struct trace trace = { .ask = ask,
                               .met = calloc(CONTACTS_MAX + 1, sizeof(struct met)),
                               .met_count = 1,
                               .visits = json_array(),
                               .contacts = json_array() };
        if (!trace.met)
                answer_failure(ask->response, -ENOMEM);
        else
                answer(ask, &trace, body);
        json_decref(body);
        json_decref(trace.visits);
        json_decref(trace.contacts);
        free(trace.met);
}

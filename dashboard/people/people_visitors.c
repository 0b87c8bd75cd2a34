/* The people desk's visitors: whom a guard registers at the gate, for hours. */
#include "dashboard/people/people_private.h"

#include "dashboard/api/show.h"
#include "dashboard/http/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
        HOURS_MAX = 24,
        ID_RANDOM = 5 /* bytes: a billion visitors a day would not meet */
};

/* What a body has to say, and may. */
struct wish {
        const char *name, *code, *national_id, *escort, *level;
        json_int_t hours;
        int has_phone; /* a link to a pass is wanted */
};

/* "visitor-20261128-9f03c2a1b4" */
static int make_id(int64_t now_us, char id[FLOW_ID_MAX])
{
        uint8_t random[ID_RANDOM];
        time_t now_s = (time_t)(now_us / 1000000);
        struct tm day;
        if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
                return -EIO;
        gmtime_r(&now_s, &day);
        size_t len = strftime(id, FLOW_ID_MAX, "visitor-%Y%m%d-", &day);
        for (size_t i = 0; i < ID_RANDOM; i++)
                snprintf(id + len + 2 * i, FLOW_ID_MAX - len - 2 * i, "%02x", random[i]);
        return 0;
}

/* NULL, or what is wrong. */
static const char *read_wish(const json_t *body, struct wish *wish)
{
        json_error_t error;
        *wish = (struct wish){ .hours = 0 };
        if (json_unpack_ex((json_t *)body, &error, JSON_STRICT,
                           "{s:s, s:I, s?s, s?s, s?s, s?s, s?b}", "name", &wish->name, "hours",
                           &wish->hours, "code", &wish->code, "national_id", &wish->national_id,
                           "escort", &wish->escort, "level", &wish->level, "phone",
                           &wish->has_phone) != 0)
                return "wanted: name, hours; allowed: code or national_id, escort, level, phone";
        if (wish->hours < 1 || wish->hours > HOURS_MAX)
                return "hours: 1 to 24";
        if (wish->code && wish->national_id)
                return "either code or national_id";
        return NULL;
}

static json_t *visit_of(const struct wish *wish, const char *id, int64_t now_us)
{
        int64_t until_us = now_us + (int64_t)wish->hours * 3600 * 1000000;
        json_t *visit =
                json_pack("{s:s, s:s, s:o, s:o, s:s*, s:s*, s:s*}", "id", id, "name", wish->name,
                          "from", show_time(now_us), "until", show_time(until_us), "code",
                          wish->code, "national_id", wish->national_id, "escort", wish->escort);
        if (visit && wish->level)
                json_object_set_new(visit, "levels", json_pack("[{s:s}]", "level", wish->level));
        return visit;
}

void people_visitor_add(struct people_request *request)
{
        struct wish wish;
        char id[FLOW_ID_MAX];
        json_t *body = json_loadb(request->web->body, request->web->body_len,
                                  JSON_REJECT_DUPLICATES, NULL);
        const char *why = read_wish(body, &wish);
        if (!why && wish.has_phone && !request->desk->passes)
                why = "phone: passes are not issued here ([passes] key)";
        int64_t now_us = wall_us();
        int error = why ? 0 : make_id(now_us, id);
        json_t *visit = why || error ? NULL : visit_of(&wish, id, now_us), *ok = NULL;
        if (why)
                answer_error(request->response, 400, "bad_request", why);
        else if (!visit)
                answer_failure(request->response, error ? error : -ENOMEM);
        else if (people_note(request, "visitor_add", id, NULL))
                ok = people_ask(request, "visit-add", json_pack("{s:O}", "visit", visit));
        json_t *link = ok && wish.has_phone ? people_pass_link_of(request, id) : NULL;
        if (ok && (link || !wish.has_phone))
                answer_json(request->response, 201,
                            json_pack("{s:s, s:O, s:o*}", "id", id, "until",
                                      json_object_get(visit, "until"), "link", link));
        json_decref(ok);
        json_decref(visit);
        json_decref(body);
}

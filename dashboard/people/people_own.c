/*
 * The people desk's declarations of people themselves, on the phone that has their pass. Only the
 * result comes here: what they were asked, and what they answered, stays on the phone.
 */
#include "dashboard/people/people_private.h"

#include "common/rfc3339.h"
#include "dashboard/http/answer.h"
#include "dashboard/people/phone.h"

#include <errno.h>
#include <string.h>

/* How long one that names no end stands in the way of a better one: rules.declaration-h of
 * gate.conf, as it is unless somebody changed it. */
#define STANDS_US (INT64_C(72) * 3600000000)

static int badness(const char *result)
{
        return strcmp(result, "red") == 0 ? 2 : strcmp(result, "amber") == 0;
}

static int64_t time_of(const json_t *declaration, const char *key)
{
        const char *text = json_string_value(json_object_get(declaration, key));
        int64_t us = 0;
        return text && rfc3339_parse(text, &us) ? us : 0;
}

/* NULL, or why theirs does not replace the one that is kept. */
static const char *refuse(const json_t *kept, const struct phone_declaration *theirs,
                          int64_t now_us)
{
        const char *result = json_string_value(json_object_get(kept, "result"));
        int64_t at_us = time_of(kept, "at"), until_us = time_of(kept, "until");
        if (!result)
                return NULL;
        if (theirs->at_us <= at_us)
                return "a later declaration is there already";
        if (badness(theirs->result) < badness(result) &&
            now_us < (until_us ? until_us : at_us + STANDS_US))
                return "a worse one stands: ask at the gate";
        return NULL;
}

static void put(struct people_request *request, const char *id,
                const struct phone_declaration *theirs)
{
        char at[RFC3339_MAX];
        int64_t now_us = wall_us();
        json_t *holder = people_phone_holder(request, id);
        if (!holder)
                return;
        const char *why = refuse(json_object_get(holder, "declaration"), theirs, now_us);
        json_decref(holder);
        if (why) {
                answer_error(request->response, 409, "declared", why);
                return;
        }
        if (!people_note(request, "declare_own", id, NULL))
                return;
        rfc3339_format(theirs->at_us < now_us ? theirs->at_us : now_us, at);
        json_t *ok = people_ask(
                request, "declaration-put",
                json_pack("{s:s, s:s, s:s}", "holder", id, "result", theirs->result, "at", at));
        if (ok)
                request->response->status = 204;
        json_decref(ok);
}

void people_own_declare(const struct people_desk *desk, const struct web_request *web,
                        const char *address, struct web_response *response)
{
        struct principal phone = { .name = "" };
        struct people_request request = { .desk = desk, .web = web, .response = response };
        struct phone_declaration theirs;
        struct link link;
        if (!people_phone_begin(&request, &phone, address))
                return;
        if (!desk->has_declarations) {
                people_declarations_refuse(&request);
                return;
        }
        const char *why = phone_read_declaration(web->body, web->body_len, &theirs);
        if (why) {
                answer_error(response, 400, "bad_request", why);
                return;
        }
        int r = links_of_pass(desk->passes->links, theirs.pass, wall_us(), &link);
        if (r)
                people_phone_refuse(&request, r);
        else if (!phone_has_signed(&theirs, link.phone, link.phone_len))
                answer_error(response, 403, "forbidden", "the pass's phone did not sign this");
        else if (!phone_is_fresh(&theirs, wall_us()))
                answer_error(response, 409, "clock", "the phone's clock is minutes wrong");
        else
                put(&request, link.holder, &theirs);
}

/*
 * The people desk's passes on phones. A manager (of a visitor: a guard) makes a secret link; the
 * phone that opens it first makes a key of its own, and gets a pass that is bound to it.
 */
#include "dashboard/people/people_private.h"

#include "common/rfc3339.h"
#include "controller/ports/digest.h"
#include "dashboard/api/show.h"
#include "dashboard/http/answer.h"
#include "dashboard/people/phone.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

enum {
        TOKEN_LEN = 32,
        TOKEN_MAX = 44, /* base64url without padding, and its NUL */
};

#define HOUR_US INT64_C(3600000000)
#define DAY_US  (24 * HOUR_US)

/* A link to a pass of theirs. NULL: it has been answered. */
static json_t *make_link(struct people_request *request, const char *holder)
{
        const struct people_passes *passes = request->desk->passes;
        uint8_t random[TOKEN_LEN], digest[FLOW_DIGEST_LEN];
        char token[TOKEN_MAX];
        int64_t now_us = wall_us(), expires_us = now_us + passes->link_h * HOUR_US;
        int r = digest_random(random, sizeof(random));
        sodium_bin2base64(token, sizeof(token), random, sizeof(random),
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        if (!r)
                r = digest_sha256(token, strlen(token), digest);
        if (!r)
                r = links_add(passes->links, digest, holder, expires_us, now_us);
        if (r) {
                answer_failure(request->response, r);
                return NULL;
        }
        return json_pack("{s:s, s:o}", "token", token, "expires", show_time(expires_us));
}

json_t *people_pass_link_of(struct people_request *request, const char *holder)
{
        if (request->desk->passes)
                return make_link(request, holder);
        answer_error(request->response, 404, "not_found",
                     "passes are not issued here ([passes] key)");
        return NULL;
}

void people_pass_link(struct people_request *request)
{
        json_t *ok = people_ask(request, "holders", json_pack("{s:s}", "holder", request->holder));
        if (!ok || !people_note(request, "pass_link", request->holder, NULL)) {
                json_decref(ok);
                return;
        }
        json_decref(ok);
        json_t *link = people_pass_link_of(request, request->holder);
        if (link)
                answer_json(request->response, 201, link);
}

void people_passes_forget(const struct people_desk *desk, const char *holder)
{
        /* At the worst they go when they expire; the holder's passes open nothing any more. */
        if (desk->passes)
                (void)!links_forget(desk->passes->links, holder);
}

/* --- The phone --- */

static int64_t time_of(const json_t *holder, const char *key)
{
        const char *text = json_string_value(json_object_get(holder, key));
        int64_t us = 0;
        return text && rfc3339_parse(text, &us) ? us : 0;
}

/* Signs and remembers. 0; -EEXIST: another phone was quicker; -errno. */
static int issue(struct people_request *request, const struct phone_link *wish,
                 const json_t *holder, struct link *link)
{
        const struct people_passes *passes = request->desk->passes;
        char site[ROSTER_SITE_MAX];
        int64_t until_us = time_of(holder, "valid_until");
        int r = roster_site(request->desk->roster, site);
        if (r)
                return r;
        const struct issuing_wish issued = {
                .holder = link->holder,
                .site = strchr(site, '/') + 1,
                .from_us = time_of(holder, "valid_from"),
                .until_us = until_us ? until_us : wall_us() + passes->days * DAY_US,
                .phone = wish->phone,
                .phone_len = wish->phone_len,
        };
        r = issuing_pass(passes->issuing, &issued, link->pass);
        if (r)
                return r;
        link->expires_us = issued.until_us;
        memcpy(link->phone, wish->phone, wish->phone_len);
        link->phone_len = wish->phone_len;
        return links_bind(passes->links, wish->digest, link);
}

static void answer_pass(struct people_request *request, const struct link *link,
                        const json_t *holder)
{
        char site[ROSTER_SITE_MAX];
        const char *name = json_string_value(json_object_get(holder, "name"));
        if (roster_site(request->desk->roster, site) != 0)
                site[0] = '\0';
        answer_json(request->response, 200,
                    json_pack("{s:s, s:s, s:s, s:o, s:b}", "pass", link->pass, "name",
                              name ? name : "", "site", site, "until", show_time(link->expires_us),
                              "declarations", request->desk->has_declarations));
}

void people_phone_refuse(struct people_request *request, int error)
{
        if (error == -ENOENT)
                answer_error(request->response, 404, "not_found", "there is no such link any more");
        else if (error == -EEXIST)
                answer_error(request->response, 409, "taken", "another phone has opened this link");
        else if (error == -EBADMSG)
                answer_error(request->response, 400, "bad_request",
                             "phone: a P-256 key is wanted (SubjectPublicKeyInfo, base64)");
        else
                answer_failure(request->response, error);
}

json_t *people_phone_holder(struct people_request *request, const char *id)
{
        json_t *ok = people_ask(request, "holders", json_pack("{s:s}", "holder", id));
        json_t *holder = json_incref(json_array_get(json_object_get(ok, "holders"), 0));
        json_decref(ok);
        if (holder && json_is_true(json_object_get(holder, "blocked"))) {
                json_decref(holder);
                answer_error(request->response, 403, "blocked", "ask at the gate");
                return NULL;
        }
        return holder;
}

static void give(struct people_request *request, const struct phone_link *wish, struct link *link)
{
        bool is_theirs = link->phone_len == wish->phone_len &&
                         digest_equal(link->phone, wish->phone, wish->phone_len);
        if (link->phone_len > 0 && !is_theirs) {
                people_phone_refuse(request, -EEXIST);
                return;
        }
        json_t *holder = people_phone_holder(request, link->holder);
        if (!holder)
                return;
        bool is_new = link->phone_len == 0;
        int r = 0;
        if (!is_new || people_note(request, "pass_issue", link->holder, NULL)) {
                if (is_new)
                        r = issue(request, wish, holder, link);
                if (r)
                        people_phone_refuse(request, r);
                else
                        answer_pass(request, link, holder);
        }
        json_decref(holder);
}

bool people_phone_begin(struct people_request *request, struct principal *phone,
                        const char *address)
{
        request->who = phone;
        snprintf(phone->address, sizeof(phone->address), "%s", address);
        if (request->desk->passes && request->desk->roster)
                return true;
        answer_error(request->response, 404, "not_found",
                     "passes are not issued here ([passes] key)");
        return false;
}

void people_pass_take(const struct people_desk *desk, const struct web_request *web,
                      const char *address, struct web_response *response)
{
        struct principal phone = { .name = "" };
        struct people_request request = { .desk = desk, .web = web, .response = response };
        struct phone_link wish = { .phone_len = 0 };
        struct link link;
        if (!people_phone_begin(&request, &phone, address))
                return;
        const char *why = phone_read_link(web->body, web->body_len, &wish);
        if (why) {
                answer_error(response, 400, "bad_request", why);
                return;
        }
        int r = links_find(desk->passes->links, wish.digest, wall_us(), &link);
        if (r)
                people_phone_refuse(&request, r);
        else
                give(&request, &wish, &link);
}

/* Logging in and out. */
#include "common/rfc3339.h"
#include "dashboard/access/role.h"
#include "dashboard/api/api.h"
#include "dashboard/http/body.h"
#include "dashboard/http/site_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

/* Scheme and authority of the page's address are an origin (RFC 6454, 4). */
static bool is_origin_of(const char *origin, const char *url)
{
        const char *authority = strstr(url, "://");
        if (!authority)
                return false;
        authority += strlen("://");
        size_t len = (size_t)(authority - url) + strcspn(authority, "/");
        return strlen(origin) == len && strncasecmp(origin, url, len) == 0;
}

/* A form of another site cannot send JSON, nor hide where it comes from. A proxy may have put a
 * Host of its own in. */
static bool is_same_site(const struct visit *visit)
{
        const char *type = web_request_header(visit->web, "Content-Type");
        const char *origin = web_request_header(visit->web, "Origin");
        const char *host = web_request_header(visit->web, "Host");
        const char *of_origin = origin ? strstr(origin, "://") : NULL;
        if (!type || strncasecmp(type, "application/json", strlen("application/json")) != 0)
                return false;
        return !origin || is_origin_of(origin, visit->site->settings.url) ||
               (of_origin && host && strcasecmp(of_origin + strlen("://"), host) == 0);
}

bool session_enter(struct visit *visit)
{
        if (atomic_fetch_add(&visit->site->logins, 1) < visit->site->settings.logins_max)
                return true;
        session_leave(visit);
        answer_error(visit->response, 503, "busy", "many log in just now: try again");
        (void)!web_response_header(visit->response, "Retry-After", strdup("1"));
        return false;
}

void session_leave(struct visit *visit)
{
        atomic_fetch_sub(&visit->site->logins, 1);
}

static json_t *describe(const struct site_settings *settings, const struct session *session,
                        const struct principal *who)
{
        char expires[RFC3339_MAX];
        rfc3339_format(session->created_us + ACCESS_SESSION_S * SECOND_US, expires);
        return json_pack("{s:s, s:s, s:o, s:s, s:b, s:b, s:b, s:b}", "name", who->name, "csrf",
                         session->csrf, "grants", grants_show(who->grants, who->grant_count),
                         "expires", expires, "declarations", settings->people->has_declarations,
                         "passes", settings->people->passes != NULL, "attendance",
                         settings->attendance->is_on, "enrolment", settings->enrol->at[0] != '\0');
}

static void set_cookie(struct visit *visit, const char *token, int age_s)
{
        char *cookie = NULL;
        int len = asprintf(&cookie,
                           SITE_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
                           token, age_s, visit->site->settings.is_cookie_secure ? "; Secure" : "");
        if (!web_response_header(visit->response, "Set-Cookie", len < 0 ? NULL : cookie))
                answer_failure(visit->response, -ENOMEM);
}

static void answer_login(struct visit *visit, unsigned status, const struct access_login *login)
{
        answer_json(visit->response, status,
                    describe(&visit->site->settings, &login->session, &login->who));
        set_cookie(visit, login->token, ACCESS_SESSION_S);
}

void session_first_ask(struct visit *visit)
{
        int is_first = access_is_first(visit->site->settings.access);
        if (is_first < 0)
                answer_failure(visit->response, is_first);
        else
                answer_json(visit->response, 200, json_pack("{s:b}", "needed", is_first));
}

static const char *text_of(const json_t *body, const char *key)
{
        const char *text = json_string_value(json_object_get(body, key));
        return text ? text : "";
}

void session_first(struct visit *visit)
{
        static const struct body_member members[] = { { "token", BODY_TEXT },
                                                      { "name", BODY_TEXT },
                                                      { "password", BODY_TEXT },
                                                      { NULL, BODY_TEXT } };
        struct access_login login;
        if (!is_same_site(visit)) {
                answer_error(visit->response, 403, "csrf", "this must come from the page itself");
                return;
        }
        json_t *body = body_read(visit->web, members, visit->response);
        if (!body)
                return;
        const struct access_try with = { .name = text_of(body, "name"),
                                         .password = text_of(body, "password"),
                                         .address = visit->address,
                                         .now_us = visit->now_us };
        int r = access_first(visit->site->settings.access, text_of(body, "token"), &with, &login);
        if (r)
                visit_fail(visit, r);
        else
                answer_login(visit, 201, &login);
        json_decref(body);
}

void session_begin(struct visit *visit)
{
        static const struct body_member members[] = { { "name", BODY_TEXT },
                                                      { "password", BODY_TEXT },
                                                      { NULL, BODY_TEXT } };
        struct access_login login;
        int wait_s = 0;
        char *after = NULL;
        if (!is_same_site(visit)) {
                answer_error(visit->response, 403, "csrf", "this must come from the page itself");
                return;
        }
        json_t *body = body_read(visit->web, members, visit->response);
        if (!body)
                return;
        const struct access_try with = { .name = text_of(body, "name"),
                                         .password = text_of(body, "password"),
                                         .address = visit->address,
                                         .now_us = visit->now_us };
        int r = access_login(visit->site->settings.access, &with, &login, &wait_s);
        json_decref(body);
        if (!r) {
                answer_login(visit, 200, &login);
                return;
        }
        visit_fail(visit, r);
        if (r == -EAGAIN)
                (void)!web_response_header(visit->response, "Retry-After",
                                           asprintf(&after, "%d", wait_s) < 0 ? NULL : after);
}

void session_show(struct visit *visit)
{
        answer_json(visit->response, 200,
                    describe(&visit->site->settings, &visit->session, &visit->who));
}

void session_end(struct visit *visit)
{
        int r = access_logout(visit->site->settings.access, &visit->session, &visit->who);
        if (r) {
                answer_failure(visit->response, r);
                return;
        }
        api_forget(visit->site->settings.api, visit->who.name);
        visit->response->status = 204;
        set_cookie(visit, "", 0);
}

void session_password(struct visit *visit)
{
        static const struct body_member members[] = { { "old", BODY_TEXT },
                                                      { "new", BODY_TEXT },
                                                      { NULL, BODY_TEXT } };
        json_t *body = body_read(visit->web, members, visit->response);
        if (!body)
                return;
        int r = access_set_password(visit->site->settings.access, &visit->session, &visit->who,
                                    text_of(body, "old"), text_of(body, "new"), visit->now_us);
        json_decref(body);
        if (r) {
                visit_fail(visit, r);
                return;
        }
        api_forget(visit->site->settings.api, visit->who.name);
        visit->response->status = 204;
}

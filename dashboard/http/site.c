#include "dashboard/http/site.h"

#include "dashboard/access/role.h"
#include "dashboard/http/peer.h"
#include "dashboard/http/site_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char root[] = "/api/v1/", accounts_leaf[] = "accounts/";

/* The page needs nothing from anywhere else, and nobody may frame it. */
const struct web_header site_headers[] = {
        { "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          "connect-src 'self'; manifest-src 'self'; worker-src 'self'; font-src 'self'; "
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'" },
        { "X-Content-Type-Options", "nosniff" },
        { "Referrer-Policy", "no-referrer" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
        { "Permissions-Policy", "camera=(), microphone=(), geolocation=()" },
};
const size_t site_header_count = ARRAY_LEN(site_headers);

void visit_fail(struct visit *visit, int error)
{
        static const struct {
                int error;
                unsigned status;
                const char *reason, *detail;
        } answers[] = {
                { -EACCES, 401, "unauthenticated", "name, password or link are not right" },
                { -EAGAIN, 429, "throttled", "too many failures: try again later" },
                { -EINVAL, 400, "bad_request",
                  "a name is 1 to 63 of a-z 0-9 . _ -; a role is known, and its area a path" },
                { -ERANGE, 400, "bad_request", "a password is 10 to 256 letters" },
                { -EEXIST, 409, "conflict", "there is such an account already" },
                { -ENOENT, 404, "not_found", "there is no such account" },
                { -EBUSY, 409, "conflict", "there must be an administrator of everything" },
        };
        for (size_t i = 0; i < ARRAY_LEN(answers); i++)
                if (answers[i].error == error) {
                        answer_error(visit->response, answers[i].status, answers[i].reason,
                                     answers[i].detail);
                        return;
                }
        answer_error(visit->response, 503, "storage", "the accounts' file did not answer");
}

bool visit_needs(struct visit *visit, unsigned roles)
{
        if (principal_may(&visit->who, roles, ""))
                return true;
        answer_error(visit->response, 403, "forbidden", "this needs a role that you have not");
        return false;
}

static void find_address(struct visit *visit)
{
        const char *trusted = visit->site->settings.trusted_proxy;
        snprintf(visit->address, sizeof(visit->address), "%s", visit->web->address);
        visit->is_forwarded = trusted && peer_is_trusted(trusted, visit->web->address) &&
                              peer_forwarded(web_request_last_header(visit->web, "X-Forwarded-For"),
                                             visit->address);
}

/* 0: somebody, or nobody; -errno of the file. */
static int find_session(struct visit *visit)
{
        const char *token = web_request_cookie(visit->web, SITE_COOKIE);
        if (!token)
                return 0;
        int r = access_find(visit->site->settings.access, token, visit->address, visit->now_us,
                            &visit->session, &visit->who);
        visit->has_session = r == 0;
        return r == -EACCES ? 0 : r;
}

/* What looks at passwords, and so takes long. True: answered. */
static bool answer_login(struct visit *visit, const char *name)
{
        bool is_login = strcmp(name, "session") == 0, is_first = strcmp(name, "first") == 0;
        if (visit->web->method != WEB_POST || (!is_login && !is_first))
                return false;
        if (!session_enter(visit))
                return true;
        if (is_login)
                session_begin(visit);
        else
                session_first(visit);
        session_leave(visit);
        return true;
}

/* What needs no session. True: answered. */
static bool answer_open(struct visit *visit, const char *name)
{
        const struct people_desk *people = visit->site->settings.people;
        if (visit->web->method == WEB_POST && strcmp(name, "pass") == 0) {
                people_pass_take(people, visit->web, visit->address, visit->response);
                return true;
        }
        if (visit->web->method == WEB_POST && strcmp(name, "pass/declaration") == 0) {
                people_own_declare(people, visit->web, visit->address, visit->response);
                return true;
        }
        if (visit->web->method != WEB_GET)
                return answer_login(visit, name);
        if (strcmp(name, "health") == 0)
                state_health(visit);
        else if (strcmp(name, "first") == 0)
                session_first_ask(visit);
        else
                return strcmp(name, "openapi.json") == 0 &&
                       assets_answer(visit->site->settings.assets, "/openapi.json",
                                     visit->response);
        return true;
}

/* What is answered here of what needs one. True: answered. */
static bool answer_own(struct visit *visit, const char *name)
{
        static const struct {
                const char *name;
                enum web_method method;
                void (*answer)(struct visit *visit);
        } resources[] = {
                { "session", WEB_GET, session_show },
                { "session", WEB_DELETE, session_end },
                { "session/password", WEB_PUT, session_password },
                { "audit", WEB_GET, audit_list },
                { "audit/verify", WEB_GET, audit_verify },
        };
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
                bool is_name = strcmp(name, resources[i].name) == 0;
                is_known = is_known || is_name;
                if (is_name && visit->web->method == resources[i].method) {
                        resources[i].answer(visit);
                        return true;
                }
        }
        if (is_known)
                answer_error(visit->response, 405, "method_not_allowed", "see openapi.json");
        if (strcmp(name, "accounts") == 0)
                accounts_answer(visit, "");
        else if (strncmp(name, accounts_leaf, sizeof(accounts_leaf) - 1) == 0)
                accounts_answer(visit, name + sizeof(accounts_leaf) - 1);
        else
                return is_known;
        return true;
}

static bool is_csrf_right(const struct visit *visit)
{
        const char *given = web_request_header(visit->web, "X-Stile-CSRF");
        return visit->web->method == WEB_GET ||
               (given && access_is_equal(given, visit->session.csrf));
}

static void answer_api(struct visit *visit, const char *name)
{
        const struct site_settings *settings = &visit->site->settings;
        if (!web_response_header(visit->response, "Cache-Control", strdup("no-store")) ||
            answer_open(visit, name))
                return;
        int r = find_session(visit);
        if (r)
                answer_failure(visit->response, r);
        else if (!visit->has_session)
                answer_error(visit->response, 401, "unauthenticated", "log in first");
        else if (!is_csrf_right(visit))
                answer_error(visit->response, 403, "csrf", "this must come from the page itself");
        else if (!answer_own(visit, name) &&
                 !command_desk_handle(settings->commands, visit->web, &visit->who,
                                      visit->response) &&
                 !people_desk_handle(settings->people, visit->web, &visit->who, visit->response) &&
                 !places_desk_handle(settings->places, visit->web, &visit->who, visit->response) &&
                 !requests_desk_handle(settings->requests, visit->web, &visit->who,
                                       visit->response) &&
                 !attendance_desk_handle(settings->attendance, visit->web, &visit->who,
                                         visit->response) &&
                 !enrol_desk_handle(settings->enrol, visit->web, &visit->who, visit->response) &&
                 !api_handle(settings->api, visit->web, &visit->who, visit->response))
                answer_error(visit->response, 404, "not_found", "there is no such resource");
}

void site_handle(void *context, const struct web_request *request, struct web_response *response)
{
        struct site *site = context;
        struct visit visit = {
                .site = site, .web = request, .response = response, .now_us = wall_us()
        };
        find_address(&visit);
        if (strncmp(request->path, root, sizeof(root) - 1) == 0)
                answer_api(&visit, request->path + sizeof(root) - 1);
        else if (strcmp(request->path, "/metrics") == 0 && request->method == WEB_GET)
                state_metrics(&visit);
        else if (request->method != WEB_GET)
                answer_error(response, 405, "method_not_allowed", "the page is only read");
        else if (!assets_answer(site->settings.assets, request->path, response))
                answer_error(response, 404, "not_found", "there is no such file");
        if (response->status / 100 < ARRAY_LEN(site->answers))
                atomic_fetch_add(&site->answers[response->status / 100], 1);
}

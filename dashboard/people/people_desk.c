#include "dashboard/people/people_private.h"

#include "dashboard/http/answer.h"

#include <errno.h>
#include <string.h>

static const char people_root[] = "/api/v1/people", credentials_leaf[] = "/credentials";
static const char link_leaf[] = "/pass-link";

/* The registry's words (docs/local-protocol.md) as statuses. */
static unsigned status_of(const char *reason)
{
        static const struct {
                const char *reason;
                unsigned status;
        } statuses[] = {
                { "bad_request", 400 }, { "out_of_range", 400 }, { "not_found", 404 },
                { "exists", 409 },      { "busy", 409 },         { "managed", 409 },
                { "changed", 409 },
        };
        for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
                if (strcmp(statuses[i].reason, reason) == 0)
                        return statuses[i].status;
        return 503;
}

static void answer_gone(struct web_response *response)
{
        answer_error(response, 503, "registry",
                     "the collector that keeps the registry does not answer");
}

json_t *people_ask(struct people_request *request, const char *verb, json_t *fields)
{
        json_t *answer = NULL;
        if (roster_call(request->desk->roster, verb, fields, &answer) != 0) {
                answer_gone(request->response);
                return NULL;
        }
        const json_t *error = json_object_get(answer, "error");
        json_t *ok = NULL;
        if (error) {
                const char *reason = json_string_value(json_object_get(error, "reason"));
                const char *message = json_string_value(json_object_get(error, "message"));
                answer_error(request->response, status_of(reason ? reason : ""),
                             reason ? reason : "storage", message ? message : "");
        } else {
                ok = json_incref(json_object_get(answer, "ok"));
        }
        json_decref(answer);
        return ok;
}

bool people_note(struct people_request *request, const char *action, const char *target,
                 json_t *detail)
{
        return api_audit_note(&request->desk->audit, request->who, action, target, detail,
                              request->response);
}

static bool has_role(const struct principal *who, const char *site, bool is_guard_enough)
{
        for (size_t i = 0; i < who->grant_count; i++) {
                const struct grant *grant = &who->grants[i];
                bool is_role = grant->role == ROLE_MANAGER ||
                               (is_guard_enough && grant->role == ROLE_GUARD);
                if (is_role && area_contains(grant->area, site))
                        return true;
        }
        return false;
}

bool people_read_name(const char *path, char name[FLOW_ID_MAX], const char **rest)
{
        size_t len = strcspn(path, "/");
        if (len == 0 || len >= FLOW_ID_MAX ||
            strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789-") < len)
                return false;
        memcpy(name, path, len);
        name[len] = '\0';
        *rest = path + len;
        return true;
}

static bool reveal(struct people_request *request)
{
        const char *wish = web_request_query(request->web, "reveal");
        if (!wish || strcmp(wish, "1") != 0)
                return true;
        request->is_revealed = true;
        return people_note(request, "look_people",
                           request->holder[0] != '\0' ? request->holder : NULL, NULL);
}

void people_refuse_method(struct people_request *request)
{
        answer_error(request->response, 405, "method_not_allowed", "see openapi.json");
}

static void answer_one(struct people_request *request)
{
        size_t leaf_len = sizeof(credentials_leaf) - 1;
        enum web_method method = request->web->method;
        bool is_credentials = strncmp(request->rest, credentials_leaf, leaf_len) == 0;
        const char *lookup = is_credentials ? request->rest + leaf_len : "";
        if (request->rest[0] == '\0' && method == WEB_GET)
                people_show(request);
        else if (request->rest[0] == '\0' && method == WEB_PUT)
                people_put(request);
        else if (request->rest[0] == '\0' && method == WEB_DELETE)
                people_remove(request);
        else if (is_credentials && lookup[0] == '\0' && method == WEB_GET)
                people_credentials(request);
        else if (is_credentials && lookup[0] == '\0' && method == WEB_POST)
                people_credential_add(request);
        else if (is_credentials && lookup[0] == '/' && method == WEB_DELETE)
                people_credential_revoke(request, lookup + 1);
        else if (strcmp(request->rest, link_leaf) == 0 && method == WEB_POST)
                people_pass_link(request);
        else if (request->rest[0] == '\0' || strcmp(request->rest, link_leaf) == 0 ||
                 (is_credentials && lookup[0] == '\0'))
                people_refuse_method(request);
        else
                answer_error(request->response, 404, "not_found", "there is no such resource");
}

static void answer_people(struct people_request *request, const char *path)
{
        if (path[0] == '/' && !people_read_name(path + 1, request->holder, &request->rest))
                answer_error(request->response, 404, "not_found", "that is no holder's name");
        else if (!reveal(request))
                return;
        else if (request->holder[0] != '\0')
                answer_one(request);
        else if (request->web->method == WEB_GET)
                people_list(request);
        else if (request->web->method == WEB_POST)
                people_import_csv(request);
        else
                people_refuse_method(request);
}

/* What a guard may, too: know who is at the gate, register a visitor, declare for somebody. */
static const struct {
        const char *path;
        enum web_method method;
        void (*answer)(struct people_request *request);
} guards[] = {
        { "/api/v1/names", WEB_GET, people_names },
        { "/api/v1/visitors", WEB_POST, people_visitor_add },
        { "/api/v1/declarations", WEB_POST, people_declarations },
};

bool people_desk_handle(const struct people_desk *desk, const struct web_request *web,
                        const struct principal *who, struct web_response *response)
{
        struct people_request request = {
                .desk = desk, .web = web, .who = who, .response = response, .rest = ""
        };
        size_t root_len = sizeof(people_root) - 1, guard = 0;
        const char *rest = "";
        const struct people_right *right = people_right_at(web->path, &rest);
        bool is_people = strncmp(web->path, people_root, root_len) == 0 &&
                         (web->path[root_len] == '\0' || web->path[root_len] == '/');
        while (guard < ARRAY_LEN(guards) && strcmp(web->path, guards[guard].path) != 0)
                guard++;
        bool is_guards =
                right ? people_right_is_guards(right, web->method) : guard < ARRAY_LEN(guards);
        char site[ROSTER_SITE_MAX];
        if (!is_people && !is_guards && !right)
                return false;
        if (!desk->roster)
                answer_error(response, 404, "not_found", "this dashboard knows no registry");
        else if (roster_site(desk->roster, site) != 0)
                answer_gone(response);
        else if (!has_role(who, site, is_guards))
                answer_error(response, 403, "forbidden",
                             is_guards ? "this is for a guard or manager of the site"
                                       : "this is for a manager of the site");
        else if (is_people)
                answer_people(&request, web->path + root_len);
        else if (right)
                people_right(&request, right, rest);
        else if (web->method != guards[guard].method)
                people_refuse_method(&request);
        else {
                request.is_manager = has_role(who, site, false);
                guards[guard].answer(&request);
        }
        return true;
}

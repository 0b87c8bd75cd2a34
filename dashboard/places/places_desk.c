#include "dashboard/places/places_private.h"

#include "dashboard/access/role.h"
#include "dashboard/api/show.h"
#include "dashboard/http/answer.h"
#include "dashboard/http/body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char places_root[] = "/api/v1/places", reminders_leaf[] = "/reminders";

bool places_may(const struct principal *who, const char *site)
{
        return principal_may(who, 1U << ROLE_MANAGER, site);
}

bool places_note(struct places_request *request, const char *action, json_t *detail)
{
        const char *target = request->site[0] != '\0' ? request->site : NULL;
        return api_audit_note(&request->desk->audit, request->who, action, target, detail,
                              request->response);
}

/* Names with '/' between, none of them empty, without control characters. */
static bool is_division(const char *text)
{
        if (text[0] == '/' || strstr(text, "//"))
                return false;
        size_t len = strlen(text);
        return len < PLACES_DIVISION_MAX && (len == 0 || text[len - 1] != '/');
}

static bool is_site(const char *text)
{
        const char *slash = strchr(text, '/');
        return strlen(text) < HISTORY_SITE_MAX && slash && !strchr(slash + 1, '/') &&
               area_is_good(text);
}

const char *places_check(const struct place *place)
{
        if (!is_site(place->site))
                return "site: ORG/SITE is wanted, of a-z 0-9 -";
        if (place->name[0] == '\0' || strlen(place->name) >= PLACES_NAME_MAX)
                return "name: 1 to 199 bytes are wanted";
        if (strlen(place->category) >= PLACES_CATEGORY_MAX)
                return "category: to 63 bytes";
        if (strlen(place->owner) >= PLACES_OWNER_MAX)
                return "owner: to 199 bytes";
        if (!is_division(place->division))
                return "division: names with / between are wanted, to 255 bytes";
        return NULL;
}

static void answer_stored(struct places_request *request, int r)
{
        if (r == -ENOENT)
                answer_error(request->response, 404, "not_found", "there is no such place");
        else if (r)
                answer_failure(request->response, r);
        else
                request->response->status = 204;
}

static const char *text_in(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));
        return text ? text : "";
}

static void put(struct places_request *request)
{
        static const struct body_member members[] = {
                { "name", BODY_TEXT },     { "category", BODY_TEXT }, { "owner", BODY_TEXT },
                { "division", BODY_TEXT }, { "in_scope", BODY_BOOL }, { NULL, BODY_TEXT },
        };
        json_t *body = body_read(request->web, members, request->response);
        if (!body)
                return;
        const json_t *scope = json_object_get(body, "in_scope");
        const struct place place = { .site = request->site,
                                     .name = text_in(body, "name"),
                                     .category = text_in(body, "category"),
                                     .owner = text_in(body, "owner"),
                                     .division = text_in(body, "division"),
                                     .is_in_scope = !scope || json_is_true(scope) };
        const char *why = places_check(&place);
        if (why)
                answer_error(request->response, 400, "bad_request", why);
        else if (places_note(request, "place_change", NULL))
                answer_stored(request, places_put(request->desk->places, &place, 1));
        json_decref(body);
}

static void remind(struct places_request *request)
{
        static const struct body_member members[] = { { "note", BODY_TEXT }, { NULL, BODY_TEXT } };
        json_t *body = body_read(request->web, members, request->response);
        if (!body)
                return;
        const char *note = text_in(body, "note");
        const struct places_reminder reminder = { .at_us = request->now_us,
                                                  .by = request->who->name,
                                                  .note = note };
        if (note[0] == '\0' || strlen(note) >= PLACES_NOTE_MAX)
                answer_error(request->response, 400, "bad_request",
                             "note: what was said, to 499 bytes");
        else if (places_note(request, "place_remind", NULL))
                answer_stored(request,
                              places_remind(request->desk->places, request->site, &reminder));
        json_decref(body);
}

static bool add_reminder(void *context, const struct places_reminder *reminder)
{
        return json_array_append_new(context,
                                     json_pack("{s:o, s:s, s:s}", "at", show_time(reminder->at_us),
                                               "by", reminder->by, "note", reminder->note)) == 0;
}

static void list_reminders(struct places_request *request)
{
        json_t *reminders = json_array();
        int r = places_reminders(request->desk->places, request->site, add_reminder, reminders);
        if (!r) {
                answer_json(request->response, 200, json_pack("{s:o}", "reminders", reminders));
                return;
        }
        json_decref(reminders);
        answer_failure(request->response, r);
}

/* "/acme/plant/reminders" → acme/plant, "/reminders". False: no site. */
static bool read_site(struct places_request *request, const char *path, const char **rest)
{
        size_t org = strcspn(path, "/");
        size_t len = path[org] == '/' ? org + 1 + strcspn(path + org + 1, "/") : org;
        if (len >= sizeof(request->site))
                return false;
        memcpy(request->site, path, len);
        request->site[len] = '\0';
        *rest = path + len;
        return is_site(request->site);
}

static void answer_one(struct places_request *request, const char *rest)
{
        enum web_method method = request->web->method;
        bool is_reminders = strcmp(rest, reminders_leaf) == 0;
        if (rest[0] != '\0' && !is_reminders)
                answer_error(request->response, 404, "not_found", "there is no such resource");
        else if (!places_may(request->who, request->site))
                answer_error(request->response, 403, "forbidden", "this is for its manager");
        else if (is_reminders && method == WEB_GET)
                list_reminders(request);
        else if (is_reminders && method == WEB_POST)
                remind(request);
        else if (!is_reminders && method == WEB_PUT)
                put(request);
        else if (!is_reminders && method == WEB_DELETE &&
                 places_note(request, "place_delete", NULL))
                answer_stored(request, places_remove(request->desk->places, request->site));
        else if (is_reminders || method != WEB_DELETE)
                answer_error(request->response, 405, "method_not_allowed", "see openapi.json");
}

static void answer_places(struct places_request *request, const char *path)
{
        const char *rest = "";
        if (path[0] == '/' && !read_site(request, path + 1, &rest))
                answer_error(request->response, 404, "not_found", "that is no ORG/SITE");
        else if (request->site[0] != '\0')
                answer_one(request, rest);
        else if (request->web->method == WEB_GET)
                places_list_all(request);
        else if (request->web->method == WEB_POST)
                places_import_csv(request);
        else
                answer_error(request->response, 405, "method_not_allowed", "see openapi.json");
}

bool places_desk_handle(const struct places_desk *desk, const struct web_request *web,
                        const struct principal *who, struct web_response *response)
{
        struct timespec now;
        size_t root_len = sizeof(places_root) - 1;
        bool is_places = strncmp(web->path, places_root, root_len) == 0 &&
                         (web->path[root_len] == '\0' || web->path[root_len] == '/');
        bool is_coverage = strcmp(web->path, "/api/v1/coverage") == 0;
        if (!is_places && !is_coverage)
                return false;
        clock_gettime(CLOCK_REALTIME, &now);
        struct places_request request = { .desk = desk,
                                          .web = web,
                                          .who = who,
                                          .response = response,
                                          .now_us = (int64_t)now.tv_sec * 1000000 +
                                                    now.tv_nsec / 1000 };
        if (!principal_has(who, 1U << ROLE_MANAGER))
                answer_error(response, 403, "forbidden", "this is for managers");
        else if (is_places)
                answer_places(&request, web->path + root_len);
        else if (web->method == WEB_GET)
                places_coverage(&request);
        else
                answer_error(response, 405, "method_not_allowed", "see openapi.json");
        return true;
}

/*
 * The people desk's access rights: levels, schedules, special days and counted areas. The registry
 * has a list of each, and three verbs: what is listed, put and removed here is said to it in its
 * own words.
 */
#include "dashboard/people/people_private.h"

#include "dashboard/http/answer.h"
#include "dashboard/http/body.h"

#include <stdio.h>
#include <string.h>

enum {
        PAGE_ROWS = 20, /* what the registry lists at once, but for special days: all of them */
        RIGHTS_MAX = 1000
};

struct people_right {
        const char *path;
        const char *rows;                /* the list's name, in the registry and here */
        const char *list, *put, *remove; /* verbs */
        const char *key;                 /* the field by which one is removed */
        const char *object;              /* what one is wrapped in to be put; NULL: nothing */
        const char *put_action, *remove_action;
        bool is_paged;
        bool is_guards; /* who may give one to a visitor may see them */
};

static const struct people_right rights[] = {
        { "/api/v1/levels", "levels", "levels", "level-put", "level-remove", "level", "level",
          "level_change", "level_delete", true, true },
        { "/api/v1/schedules", "schedules", "schedules", "schedule-put", "schedule-remove",
          "schedule", "schedule", "schedule_change", "schedule_delete", true, false },
        { "/api/v1/counted-areas", "areas", "areas", "area-put", "area-remove", "area", "area",
          "area_change", "area_delete", true, false },
        { "/api/v1/special-days", "special_days", "special-days", "special-day-put",
          "special-day-remove", "date", NULL, "special_day_change", "special_day_delete", false,
          false },
};

const struct people_right *people_right_at(const char *path, const char **rest)
{
        for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
                size_t len = strlen(rights[i].path);
                *rest = path + len;
                if (strncmp(path, rights[i].path, len) == 0 && (**rest == '\0' || **rest == '/'))
                        return &rights[i];
        }
        return NULL;
}

bool people_right_is_guards(const struct people_right *right, enum web_method method)
{
        return right->is_guards && method == WEB_GET;
}

static void answer_list(struct people_request *request, const struct people_right *right)
{
        json_t *all = json_array(), *row = NULL;
        char after[FLOW_ID_MAX] = "";
        size_t got = 0, i = 0;
        do {
                json_t *fields = json_object();
                if (right->is_paged)
                        json_object_set_new(fields, "limit", json_integer(PAGE_ROWS));
                if (after[0] != '\0')
                        json_object_set_new(fields, "after", json_string(after));
                json_t *ok = people_ask(request, right->list, fields);
                if (!ok) {
                        json_decref(all);
                        return;
                }
                got = json_array_size(json_object_get(ok, right->rows));
                json_array_foreach(json_object_get(ok, right->rows), i, row)
                {
                        const char *id = json_string_value(json_object_get(row, "id"));
                        snprintf(after, sizeof(after), "%s", id ? id : "");
                        /* Of the office, at which nobody passes. */
                        json_object_del(row, "inside");
                        json_array_append(all, row);
                }
                json_decref(ok);
        } while (right->is_paged && got == PAGE_ROWS && json_array_size(all) < RIGHTS_MAX);
        answer_json(request->response, 200, json_pack("{s:o}", right->rows, all));
}

static void put(struct people_request *request, const struct people_right *right, const char *name)
{
        json_t *row = body_object(request->web, request->response);
        if (!row)
                return;
        json_t *ok = NULL, *was = json_incref(json_object_get(row, "was"));
        json_object_del(row, "was");
        if (people_note(request, right->put_action, name, json_incref(row))) {
                /* The path says which; and whoever asks does not choose the verb. */
                json_object_del(row, "do");
                json_object_set_new(row, right->object ? "id" : right->key, json_string(name));
                json_t *fields = right->object
                                         ? json_pack("{s:O, s:O*}", right->object, row, "was", was)
                                         : json_incref(row);
                ok = people_ask(request, right->put, fields);
        }
        json_decref(row);
        json_decref(was);
        if (ok)
                request->response->status = 204;
        json_decref(ok);
}

static void take_away(struct people_request *request, const struct people_right *right,
                      const char *name)
{
        if (!people_note(request, right->remove_action, name, NULL))
                return;
        json_t *ok = people_ask(request, right->remove, json_pack("{s:s}", right->key, name));
        if (ok)
                request->response->status = 204;
        json_decref(ok);
}

void people_right(struct people_request *request, const struct people_right *right,
                  const char *rest)
{
        enum web_method method = request->web->method;
        char name[FLOW_ID_MAX];
        bool is_list = rest[0] == '\0';
        if (!is_list && (!people_read_name(rest + 1, name, &rest) || rest[0] != '\0'))
                answer_error(request->response, 404, "not_found", "there is no such resource");
        else if (is_list && method == WEB_GET)
                answer_list(request, right);
        else if (!is_list && method == WEB_PUT)
                put(request, right, name);
        else if (!is_list && method == WEB_DELETE)
                take_away(request, right, name);
        else
                people_refuse_method(request);
}

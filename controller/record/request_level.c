/* Requests about access levels. */
#include "controller/record/requests.h"

#include <errno.h>
#include <string.h>

enum {
        LEVELS_MAX = 20
};

size_t request_read_points(struct fields *fields, bool may_be_every, char point[][FLOW_ID_MAX])
{
        const json_t *list = json_object_get(fields->object, "access_points");
        size_t count = json_array_size(list);
        if (!json_is_array(list) || count == 0 || count > REGISTRY_POINTS_MAX) {
                fields_complain(fields, "access_points", "a list of 1 to 64 is wanted");
                return 0;
        }
        for (size_t i = 0; i < count && fields->why[0] == '\0'; i++) {
                json_t *element = json_pack("{s:O}", "access_points", json_array_get(list, i));
                struct fields one = fields_of(element);
                const char *text = json_string_value(json_array_get(list, i));
                bool is_every = may_be_every && text && strcmp(text, "*") == 0;
                strcpy(point[i], is_every ? "*" : fields_id(&one, "access_points"));
                if (one.why[0] != '\0')
                        fields_complain(fields, "access_points",
                                        may_be_every ? "identifiers or * are wanted"
                                                     : "identifiers are wanted");
                json_decref(element);
        }
        return count;
}

json_t *request_points_json(size_t count, const char point[][FLOW_ID_MAX])
{
        json_t *points = json_array();
        for (size_t i = 0; i < count; i++)
                json_array_append_new(points, json_string(point[i]));
        return points;
}

json_t *request_level_put(struct recorder *recorder, struct fields *fields,
                          const struct request *request)
{
        (void)request;
        struct fields given = fields_of(json_object_get(fields->object, "level"));
        struct registry_level level = { .points = 0 };
        strcpy(level.id, fields_id(&given, "id"));
        if (fields_have(&given, "schedule"))
                strcpy(level.schedule, fields_id(&given, "schedule"));
        level.points = request_read_points(&given, true, level.point);
        if (given.why[0] != '\0')
                return request_bad(&given);
        json_t *refusal = request_check_was(recorder, fields, request_levels, "levels", level.id);
        if (refusal)
                return refusal;
        int error = registry_put_level(recorder->registry, &level);
        if (error == -ENOENT)
                return fields_error("not_found", "schedule: there is no such schedule");
        return error ? request_failed(error) : fields_ok(NULL);
}

json_t *request_level_remove(struct recorder *recorder, struct fields *fields,
                             const struct request *request)
{
        (void)request;
        const char *id = fields_id(fields, "level");
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = registry_remove_level(recorder->registry, id);
        return error ? request_failed(error) : fields_ok(NULL);
}

static json_t *level_json(const struct registry_level *level)
{
        json_t *object = json_pack("{s:s, s:o}", "id", level->id, "access_points",
                                   request_points_json(level->points, level->point));
        if (level->schedule[0] != '\0')
                json_object_set_new(object, "schedule", json_string(level->schedule));
        return object;
}

json_t *request_levels(struct recorder *recorder, struct fields *fields,
                       const struct request *request)
{
        (void)request;
        const char *after = fields_have(fields, "after") ? fields_id(fields, "after") : "";
        size_t limit = (size_t)fields_integer(fields, "limit", 1, LEVELS_MAX, LEVELS_MAX);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        struct registry_level *rows = calloc(limit, sizeof(rows[0]));
        int count = rows ? registry_levels(recorder->registry, after, rows, limit) : -ENOMEM;
        json_t *list = json_array();
        for (int i = 0; i < count; i++)
                json_array_append_new(list, level_json(&rows[i]));
        free(rows);
        if (count < 0)
                json_decref(list);
        return count < 0 ? request_failed(count) : fields_ok(json_pack("{s:o}", "levels", list));
}

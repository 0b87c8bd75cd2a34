/* Requests about areas: where occupancy and anti-passback count. */
#include "controller/record/requests.h"

#include "controller/validate/rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        AREAS_MAX = 20,
        OCCUPANCY_MAX = 1000000,
        RESET_H_MAX = 720,
        AS_CONFIGURED = -1,
        NO_RESET_TIME = -1,
        RESET_TIME_AS_CONFIGURED = -2
};

static const char *const passback_names[] = {
        [RULES_PASSBACK_OFF] = "off", [RULES_PASSBACK_SOFT] = "soft", [RULES_PASSBACK_HARD] = "hard"
};

static int read_passback(struct fields *fields)
{
        if (!fields_have(fields, "passback"))
                return AS_CONFIGURED;
        const char *text = fields_text(fields, "passback", FLOW_ID_MAX);
        for (size_t i = 0; i < ARRAY_LEN(passback_names); i++)
                if (strcmp(passback_names[i], text) == 0)
                        return (int)i;
        fields_complain(fields, "passback", "off, soft or hard is wanted");
        return AS_CONFIGURED;
}

static int read_reset_time(struct fields *fields)
{
        if (!fields_have(fields, "passback_reset_at"))
                return RESET_TIME_AS_CONFIGURED;
        const char *text = fields_text(fields, "passback_reset_at", FLOW_ID_MAX);
        int minute = settings_parse_time(text);
        if (strcmp(text, "never") != 0 && minute < 0)
                fields_complain(fields, "passback_reset_at",
                                "a time of day is wanted, such as 04:00, or never");
        return minute < 0 ? NO_RESET_TIME : minute;
}

json_t *request_area_put(struct recorder *recorder, struct fields *fields,
                         const struct request *request)
{
        (void)request;
        struct fields given = fields_of(json_object_get(fields->object, "area"));
        struct registry_area area = { .points = 0 };
        strcpy(area.id, fields_id(&given, "id"));
        area.occupancy_limit = (int)fields_integer(&given, "occupancy_limit", 0, OCCUPANCY_MAX, 0);
        area.passback = read_passback(&given);
        area.passback_reset_h =
                (int)fields_integer(&given, "passback_reset_h", 0, RESET_H_MAX, AS_CONFIGURED);
        area.passback_reset_min = read_reset_time(&given);
        area.points = request_read_points(&given, false, area.point);
        if (given.why[0] != '\0')
                return request_bad(&given);
        json_t *refusal = request_check_was(recorder, fields, request_areas, "areas", area.id);
        if (refusal)
                return refusal;
        int error = registry_put_area(recorder->registry, &area);
        if (error == -EEXIST)
                return fields_error("exists", "an access point is of another area already");
        return error ? request_failed(error) : fields_ok(NULL);
}

json_t *request_area_remove(struct recorder *recorder, struct fields *fields,
                            const struct request *request)
{
        (void)request;
        const char *id = fields_id(fields, "area");
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = registry_remove_area(recorder->registry, id);
        return error ? request_failed(error) : fields_ok(NULL);
}

static json_t *area_json(struct recorder *recorder, const struct registry_area *area)
{
        uint64_t inside = 0;
        json_t *object = json_pack("{s:s, s:o}", "id", area->id, "access_points",
                                   request_points_json(area->points, area->point));
        if (journal_inside(recorder->journal, area->id, &inside) == 0)
                json_object_set_new(object, "inside", json_integer((json_int_t)inside));
        if (area->occupancy_limit > 0)
                json_object_set_new(object, "occupancy_limit", json_integer(area->occupancy_limit));
        if (area->passback >= 0 && area->passback < (int)ARRAY_LEN(passback_names))
                json_object_set_new(object, "passback",
                                    json_string(passback_names[area->passback]));
        if (area->passback_reset_h >= 0)
                json_object_set_new(object, "passback_reset_h",
                                    json_integer(area->passback_reset_h));
        if (area->passback_reset_min >= NO_RESET_TIME) {
                char text[32] = "never";
                if (area->passback_reset_min >= 0)
                        snprintf(text, sizeof(text), "%02d:%02d", area->passback_reset_min / 60,
                                 area->passback_reset_min % 60);
                json_object_set_new(object, "passback_reset_at", json_string(text));
        }
        return object;
}

json_t *request_areas(struct recorder *recorder, struct fields *fields,
                      const struct request *request)
{
        (void)request;
        const char *after = fields_have(fields, "after") ? fields_id(fields, "after") : "";
        size_t limit = (size_t)fields_integer(fields, "limit", 1, AREAS_MAX, AREAS_MAX);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        struct registry_area *rows = calloc(limit, sizeof(rows[0]));
        int count = rows ? registry_areas(recorder->registry, after, rows, limit) : -ENOMEM;
        json_t *list = json_array();
        for (int i = 0; i < count; i++)
                json_array_append_new(list, area_json(recorder, &rows[i]));
        free(rows);
        if (count < 0)
                json_decref(list);
        return count < 0 ? request_failed(count) : fields_ok(json_pack("{s:o}", "areas", list));
}

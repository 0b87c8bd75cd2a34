/* Requests about visitors and people's health declarations. */
#include "controller/record/requests.h"

#include "controller/validate/rules.h"

#include <errno.h>
#include <string.h>

void request_read_escort(struct fields *fields, char escort[FLOW_ID_MAX])
{
        const json_t *value = json_object_get(fields->object, "escort");
        const char *text = json_string_value(value);
        if (text && (text[0] == '\0' || strcmp(text, "*") == 0))
                strcpy(escort, text);
        else if (value)
                strcpy(escort, fields_id(fields, "escort"));
}

static void read_visit(struct fields *fields, struct registry_holder *visitor)
{
        strcpy(visitor->id, fields_id(fields, "id"));
        strcpy(visitor->name, fields_text(fields, "name", FLOW_NAME_MAX));
        visitor->role = REGISTRY_VISITOR;
        visitor->validity.from_us = fields_time(fields, "from");
        visitor->validity.until_us = fields_time(fields, "until");
        if (visitor->validity.from_us == 0)
                fields_complain(fields, "from", "a time is wanted");
        if (visitor->validity.until_us <= visitor->validity.from_us)
                fields_complain(fields, "until", "a time after from is wanted");
        request_read_escort(fields, visitor->escort);
        const json_t *levels = json_object_get(fields->object, "levels");
        if (levels) {
                request_read_levels(fields, levels, visitor);
        } else {
                visitor->levels = 1;
                strcpy(visitor->level[0].level, "all");
        }
}

/* Holder and credential are one change: neither is kept without the other. Not in an import, which
 * is one already. */
static int add_visit(struct recorder *recorder, const struct registry_holder *visitor,
                     const struct registry_credential *credential)
{
        struct registry_holder known;
        if (recorder->is_importing)
                return -EBUSY;
        int error = registry_get_holder(recorder->registry, visitor->id, &known);
        if (error != -ENOENT)
                return error ? error : -EEXIST;
        error = registry_begin(recorder->registry);
        if (error)
                return error;
        error = registry_put_holder(recorder->registry, visitor);
        if (!error && credential)
                error = registry_put_credential(recorder->registry, credential);
        if (!error)
                return registry_commit(recorder->registry);
        int undone = registry_rollback(recorder->registry);
        return undone ? undone : error;
}

json_t *request_visit_add(struct recorder *recorder, struct fields *fields,
                          const struct request *request)
{
        (void)request;
        struct registry_holder visitor = { .levels = 0 };
        struct registry_credential credential = { .revoked_us = 0 };
        struct fields given = fields_of(json_object_get(fields->object, "visit"));
        bool has_credential = fields_have(&given, "code") || fields_have(&given, "national_id");
        read_visit(&given, &visitor);
        if (has_credential)
                request_read_identifier(recorder, &given, &credential);
        if (given.why[0] != '\0')
                return request_bad(&given);
        strcpy(credential.holder, visitor.id);
        credential.validity = visitor.validity;
        int error = add_visit(recorder, &visitor, has_credential ? &credential : NULL);
        if (error == -ENOENT)
                return fields_error("not_found", "levels: there is no such access level");
        if (error == -EEXIST)
                return fields_error("exists",
                                    "that id, or that card or code, is somebody's already");
        return error ? request_failed(error) : fields_ok(NULL);
}

static const char *const results[] = { [RULES_HEALTH_UNKNOWN] = "",
                                       [RULES_HEALTH_GREEN] = "green",
                                       [RULES_HEALTH_AMBER] = "amber",
                                       [RULES_HEALTH_RED] = "red" };

json_t *request_declaration_json(const struct registry_declaration *declaration)
{
        json_t *object = json_pack("{s:s}", "result", results[declaration->result]);
        request_set_time(object, "at", declaration->at_us);
        request_set_time(object, "until", declaration->until_us);
        return object;
}

static int read_result(struct fields *fields)
{
        const char *text = fields_text(fields, "result", FLOW_ID_MAX);
        for (int i = RULES_HEALTH_GREEN; i <= RULES_HEALTH_RED; i++)
                if (strcmp(results[i], text) == 0)
                        return i;
        fields_complain(fields, "result", "green, amber or red is wanted");
        return RULES_HEALTH_UNKNOWN;
}

json_t *request_declaration_put(struct recorder *recorder, struct fields *fields,
                                const struct request *request)
{
        (void)request;
        enum clock_quality quality;
        int64_t now_us = wall_clock_now(&recorder->clock, &quality);
        const char *holder = fields_id(fields, "holder");
        struct registry_declaration declaration = {
                .result = read_result(fields),
                .at_us = fields_have(fields, "at") ? fields_time(fields, "at") : now_us,
                .until_us = fields_time(fields, "until"),
        };
        if (declaration.at_us > now_us)
                fields_complain(fields, "at", "a time that is not in the future is wanted");
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = registry_put_declaration(recorder->registry, holder, &declaration);
        if (error == -ENOENT)
                return fields_error("not_found", "holder: there is no such holder");
        return error ? request_failed(error) : fields_ok(NULL);
}

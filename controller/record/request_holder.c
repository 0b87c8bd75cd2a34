/* Requests about holders. */
#include "controller/record/requests.h"
#include "controller/record/subject.h"

#include <errno.h>
#include <string.h>

enum {
        HOLDERS_MAX = 100
};

static json_t *holder_json(const struct registry_holder *holder,
                           const struct registry_declaration *declaration)
{
        json_t *object = json_pack("{s:s, s:s}", "id", holder->id, "name", holder->name);
        json_t *levels = json_array();
        request_set_time(object, "valid_from", holder->validity.from_us);
        request_set_time(object, "valid_until", holder->validity.until_us);
        if (holder->is_blocked)
                json_object_set_new(object, "blocked", json_true());
        if (holder->is_silent)
                json_object_set_new(object, "silent", json_true());
        if (holder->role == REGISTRY_VISITOR)
                json_object_set_new(object, "role", json_string("visitor"));
        if (holder->escort[0] != '\0')
                json_object_set_new(object, "escort", json_string(holder->escort));
        for (size_t i = 0; i < holder->levels; i++) {
                json_t *level = json_pack("{s:s}", "level", holder->level[i].level);
                request_set_time(level, "valid_from", holder->level[i].validity.from_us);
                request_set_time(level, "valid_until", holder->level[i].validity.until_us);
                json_array_append_new(levels, level);
        }
        json_object_set_new(object, "levels", levels);
        if (declaration->result != 0)
                json_object_set_new(object, "declaration", request_declaration_json(declaration));
        return object;
}

void request_read_levels(struct fields *fields, const json_t *list, struct registry_holder *holder)
{
        if (!json_is_array(list) || json_array_size(list) > REGISTRY_LEVELS_MAX) {
                fields_complain(fields, "levels", "a list of at most 16 is wanted");
                return;
        }
        holder->levels = json_array_size(list);
        for (size_t i = 0; i < holder->levels; i++) {
                struct fields level = fields_of(json_array_get(list, i));
                strcpy(holder->level[i].level, fields_id(&level, "level"));
                holder->level[i].validity.from_us = fields_time(&level, "valid_from");
                holder->level[i].validity.until_us = fields_time(&level, "valid_until");
                if (level.why[0] != '\0')
                        fields_complain(fields, "levels", level.why);
        }
}

static enum registry_role read_role(struct fields *fields)
{
        if (!fields_have(fields, "role"))
                return REGISTRY_WORKER;
        const char *text = fields_text(fields, "role", FLOW_ID_MAX);
        if (strcmp(text, "visitor") != 0 && strcmp(text, "worker") != 0)
                fields_complain(fields, "role", "worker or visitor is wanted");
        return strcmp(text, "visitor") == 0 ? REGISTRY_VISITOR : REGISTRY_WORKER;
}

json_t *request_holder_put(struct recorder *recorder, struct fields *fields,
                           const struct request *request)
{
        (void)request;
        struct fields given = fields_of(json_object_get(fields->object, "holder"));
        struct registry_holder holder = { .levels = 0 }, known;
        strcpy(holder.id, fields_id(&given, "id"));
        strcpy(holder.name, fields_text(&given, "name", FLOW_NAME_MAX));
        holder.validity.from_us = fields_time(&given, "valid_from");
        holder.validity.until_us = fields_time(&given, "valid_until");
        holder.is_blocked = fields_bool(&given, "blocked", false);
        holder.is_silent = fields_bool(&given, "silent", false);
        holder.role = read_role(&given);
        request_read_escort(&given, holder.escort);
        const json_t *levels = json_object_get(given.object, "levels");
        if (levels)
                request_read_levels(&given, levels, &holder);
        if (given.why[0] != '\0')
                return request_bad(&given);
        if (!levels) {
                int found = registry_get_holder(recorder->registry, holder.id, &known);
                if (found < 0 && found != -ENOENT)
                        return request_failed(found);
                holder.levels = found == 0 ? known.levels : 1;
                if (found == 0)
                        memcpy(holder.level, known.level, sizeof(holder.level));
                else
                        strcpy(holder.level[0].level, "all");
        }
        int error = registry_put_holder(recorder->registry, &holder);
        if (error == -ENOENT)
                return fields_error("not_found", "levels: there is no such access level");
        return error ? request_failed(error) : fields_ok(NULL);
}

json_t *request_holder_remove(struct recorder *recorder, struct fields *fields,
                              const struct request *request)
{
        (void)request;
        const char *id = fields_id(fields, "holder");
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = registry_remove_holder(recorder->registry, id);
        /* Where they were last is personal data too. */
        if (!error)
                error = journal_forgive(recorder->journal, id);
        return error ? request_failed(error) : fields_ok(NULL);
}

/* By which rows name them: whoever may see both can tell who came. */
static int set_subject(const struct recorder *recorder, const char *holder, json_t *object)
{
        uint8_t subject[SUBJECT_LEN];
        char text[SUBJECT_TEXT_MAX];
        int error = subject_of_holder(recorder->key, holder, subject);
        subject_format(subject, text);
        json_object_set_new(object, "subject", json_string(text));
        return error;
}

/* Their number, or -errno. */
static int append_holders(struct recorder *recorder, const struct registry_holder *rows, int count,
                          json_t *list)
{
        for (int i = 0; i < count; i++) {
                struct registry_declaration declaration;
                int error = registry_get_declaration(recorder->registry, rows[i].id, &declaration);
                if (error)
                        return error;
                json_t *object = holder_json(&rows[i], &declaration);
                error = set_subject(recorder, rows[i].id, object);
                json_array_append_new(list, object);
                if (error)
                        return error;
        }
        return count;
}

/* Only `one`, or those after `after`. Their number, or -errno. */
static int find_holders(struct recorder *recorder, const char *one, const char *after,
                        struct registry_holder *rows, size_t limit)
{
        if (!one)
                return registry_holders(recorder->registry, after, rows, limit);
        int error = registry_get_holder(recorder->registry, one, rows);
        return error ? error : 1;
}

json_t *request_holders(struct recorder *recorder, struct fields *fields,
                        const struct request *request)
{
        (void)request;
        const char *after = fields_have(fields, "after") ? fields_id(fields, "after") : "";
        const char *one = fields_have(fields, "holder") ? fields_id(fields, "holder") : NULL;
        size_t limit = (size_t)fields_integer(fields, "limit", 1, HOLDERS_MAX, HOLDERS_MAX);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        struct registry_holder *rows = calloc(limit, sizeof(rows[0]));
        int count = rows ? find_holders(recorder, one, after, rows, limit) : -ENOMEM;
        json_t *list = json_array();
        if (count > 0)
                count = append_holders(recorder, rows, count, list);
        free(rows);
        if (count < 0)
                json_decref(list);
        return count < 0 ? request_failed(count) : fields_ok(json_pack("{s:o}", "holders", list));
}

#include "dashboard/http/body.h"

#include "dashboard/http/answer.h"

#include <stdio.h>
#include <string.h>

enum {
        WHY_MAX = 96
};

/* NULL: it is of this kind. */
static const char *wanted_instead(const json_t *value, enum body_kind kind)
{
        switch (kind) {
        case BODY_TEXT:
                return json_is_string(value) ? NULL : "text is wanted";
        case BODY_TEXT_OR_NULL:
                return json_is_string(value) || json_is_null(value) ? NULL
                                                                    : "text or null is wanted";
        case BODY_INTEGER:
                return json_is_integer(value) ? NULL : "a whole number is wanted";
        case BODY_BOOL:
                return json_is_boolean(value) ? NULL : "true or false is wanted";
        case BODY_ARRAY:
                return json_is_array(value) ? NULL : "a list is wanted";
        }
        return "is not known";
}

/* The whole of it is told when it is a name, and not what somebody would like to have told. */
static void complain_of_unknown(char why[WHY_MAX], const char *name)
{
        size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
        if (name[len] == '\0' && len > 0 && len < WHY_MAX / 2)
                snprintf(why, WHY_MAX, "%s: no such member is known", name);
        else
                snprintf(why, WHY_MAX, "there is a member that is not known");
}

static const struct body_member *find_member(const struct body_member *members, const char *name)
{
        while (members->name && strcmp(members->name, name) != 0)
                members++;
        return members->name ? members : NULL;
}

static bool is_good(json_t *body, const struct body_member *members, char why[WHY_MAX])
{
        const char *name;
        json_t *value;
        json_object_foreach(body, name, value)
        {
                const struct body_member *member = find_member(members, name);
                if (!member) {
                        complain_of_unknown(why, name);
                        return false;
                }
                const char *instead = wanted_instead(value, member->kind);
                if (instead) {
                        snprintf(why, WHY_MAX, "%s: %s", name, instead);
                        return false;
                }
        }
        return true;
}

static void refuse(json_t *body, const char *why, struct web_response *response)
{
        json_decref(body);
        answer_error(response, 400, "bad_request", why);
}

json_t *body_object(const struct web_request *request, struct web_response *response)
{
        json_t *body = json_loadb(request->body, request->body_len, JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(body))
                return body;
        refuse(body, "a JSON object is wanted", response);
        return NULL;
}

json_t *body_read(const struct web_request *request, const struct body_member *members,
                  struct web_response *response)
{
        char why[WHY_MAX];
        json_t *body = body_object(request, response);
        if (!body || is_good(body, members, why))
                return body;
        refuse(body, why, response);
        return NULL;
}

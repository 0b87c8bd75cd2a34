#include "dashboard/http/answer.h"

#include <errno.h>
#include <string.h>

void answer_json(struct web_response *response, unsigned status, json_t *json)
{
        char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
        json_decref(json);
        free(response->body);
        response->content_type = "application/json";
        response->status = body ? status : 503;
        response->body = body;
        response->len = body ? strlen(body) : 0;
}

void answer_error(struct web_response *response, unsigned status, const char *reason,
                  const char *detail)
{
        answer_json(response, status,
                    json_pack("{s:{s:s, s:s}}", "error", "reason", reason, "detail", detail));
}

void answer_failure(struct web_response *response, int error)
{
        if (error == -EMSGSIZE)
                answer_error(response, 400, "too_large", "this is more than the audit log can say");
        else if (error == -EINVAL)
                answer_error(response, 400, "bad_request", "a parameter is not what it must be");
        else
                answer_error(response, 503, "storage", "the archive did not answer; try again");
}

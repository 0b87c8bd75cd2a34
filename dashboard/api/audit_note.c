#include "dashboard/api/api.h"
#include "dashboard/http/answer.h"

bool api_audit_note(const struct api_audit *audit, const struct principal *who, const char *action,
                    const char *target, json_t *detail, struct web_response *response)
{
        int r = audit->note(audit->context, who, action, target, detail, "done");
        json_decref(detail);
        if (r)
                answer_failure(response, r);
        return r == 0;
}

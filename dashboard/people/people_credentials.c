/* The people desk's credentials: what people show. Their content is given, never told. */
#include "dashboard/people/people_private.h"

#include "dashboard/http/answer.h"
#include "dashboard/http/body.h"

#include <string.h>

void people_credentials(struct people_request *request)
{
        json_t *ok = people_ask(request, "credentials",
                                json_pack("{s:s, s:i}", "holder", request->holder, "limit", 100));
        if (ok)
                answer_json(request->response, 200,
                            json_pack("{s:O}", "credentials", json_object_get(ok, "credentials")));
        json_decref(ok);
}

void people_credential_add(struct people_request *request)
{
        json_t *fields = body_object(request->web, request->response);
        if (!fields)
                return;
        json_object_del(fields, "id");
        json_object_del(fields, "do");
        json_object_set_new(fields, "holder", json_string(request->holder));
        if (!people_note(request, "credential_add", request->holder, NULL)) {
                json_decref(fields);
                return;
        }
        json_t *ok = people_ask(request, "credential-add", fields);
        if (ok)
                answer_json(request->response, 201, json_incref(ok));
        json_decref(ok);
}

static bool is_theirs(struct people_request *request, const char *lookup)
{
        bool is_found = false;
        size_t i;
        json_t *credential = NULL;
        json_t *ok = people_ask(request, "credentials",
                                json_pack("{s:s, s:i}", "holder", request->holder, "limit", 100));
        if (!ok)
                return false;
        json_array_foreach(json_object_get(ok, "credentials"), i, credential)
        {
                const char *text = json_string_value(json_object_get(credential, "lookup"));
                is_found = is_found || (text && strcmp(text, lookup) == 0);
        }
        json_decref(ok);
        if (!is_found)
                answer_error(request->response, 404, "not_found", "they have no such credential");
        return is_found;
}

void people_credential_revoke(struct people_request *request, const char *lookup)
{
        if (!is_theirs(request, lookup) ||
            !people_note(request, "credential_revoke", request->holder,
                         json_pack("{s:s}", "lookup", lookup)))
                return;
        json_t *ok = people_ask(request, "credential-revoke", json_pack("{s:s}", "lookup", lookup));
        if (ok)
                request->response->status = 204;
        json_decref(ok);
}

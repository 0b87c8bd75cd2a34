#include "dashboard/enrol/enrol_desk.h"

#include "common/log.h"
#include "controller/enrol/exchange.h"
#include "controller/enrol/identity.h"
#include "controller/enrol/site_ca.h"
#include "dashboard/http/answer.h"
#include "dashboard/http/body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char path[] = "/api/v1/enrolments";

/* The dashboard's end of the line to the CA's desk. 0 or -errno. */
static int open_end(const struct enrol_desk *desk, struct tls_end **end)
{
        struct identity identity;
        struct ca_certificate root;
        struct signing_key *key = NULL;
        char *certificate = NULL, *ca_pem = NULL;
        snprintf(identity.key, sizeof(identity.key), "%s", desk->private_key_file);
        snprintf(identity.certificate, sizeof(identity.certificate), "%s", desk->certificate_file);
        snprintf(identity.ca, sizeof(identity.ca), "%s", desk->ca_file);
        int r = identity_load(&identity, &certificate, &key);
        if (!r)
                r = whole_file_read(desk->ca_file, &ca_pem);
        if (!r)
                r = ca_read(ca_pem, &root);
        if (!r)
                r = tls_client(root.fingerprint, SITE_CA_ENROLMENT_HOST, certificate, key, end);
        free(certificate);
        free(ca_pem);
        signing_key_free(key);
        return r;
}

/* What the CA's desk says; NULL: it has been answered. */
static json_t *ask(const struct enrol_desk *desk, const char *gate, struct web_response *response)
{
        struct tls_end *end = NULL;
        json_t *answer = NULL, *request = json_pack("{s:{s:s}}", "grant", "gate", gate);
        char why[EXCHANGE_WHY_MAX] = "", *ca_pem = NULL;
        int r = open_end(desk, &end);
        if (r)
                snprintf(why, sizeof(why), "%s", strerror(-r));
        else
                r = exchange(end, desk->at, request, &answer, &ca_pem, why);
        tls_end_free(end);
        json_decref(request);
        free(ca_pem);
        if (!r)
                return answer;
        json_decref(answer);
        log_warn("the enrolment desk does not answer", "at=%s why=\"%s\"", desk->at, why);
        answer_error(response, 503, "desk", "the enrolment desk does not answer");
        return NULL;
}

static void grant(const struct enrol_desk *desk, const char *gate, struct web_response *response)
{
        json_t *answer = ask(desk, gate, response);
        const json_t *refusal = json_object_get(answer, "error"),
                     *ok = json_object_get(answer, "ok");
        const char *reason = json_string_value(json_object_get(refusal, "reason"));
        if (refusal) {
                log_warn("the enrolment desk refuses", "reason=%s", reason ? reason : "");
                answer_error(response, reason && strcmp(reason, "bad_request") == 0 ? 400 : 503,
                             reason ? reason : "desk", "the enrolment desk refuses");
        } else if (answer) {
                answer_json(response, 201,
                            json_pack("{s:s, s:O, s:O, s:s}", "gate", gate, "token",
                                      json_object_get(ok, "token"), "until",
                                      json_object_get(ok, "until"), "desk", desk->at));
        }
        json_decref(answer);
}

static void post(const struct enrol_desk *desk, const struct web_request *request,
                 const struct principal *who, struct web_response *response)
{
        static const struct body_member members[] = { { "gate", BODY_TEXT }, { NULL, BODY_TEXT } };
        json_t *body = body_read(request, members, response);
        if (!body)
                return;
        const char *gate = json_string_value(json_object_get(body, "gate"));
        const char *why = gate ? site_ca_check_name(SITE_CA_GATE, gate) : "is wanted";
        if (why) {
                char text[128];
                snprintf(text, sizeof(text), "gate: %s", why);
                answer_error(response, 400, "bad_request", text);
        } else if (!principal_is_manager(who, gate)) {
                answer_error(response, 403, "forbidden",
                             "this is for a manager of the gate's area");
        } else if (api_audit_note(&desk->audit, who, "gate_enrol", gate, NULL, response)) {
                grant(desk, gate, response);
        }
        json_decref(body);
}

bool enrol_desk_handle(const struct enrol_desk *desk, const struct web_request *request,
                       const struct principal *who, struct web_response *response)
{
        if (strcmp(request->path, path) != 0)
                return false;
        if (request->method != WEB_POST)
                answer_error(response, 405, "method_not_allowed", "see openapi.json");
        else if (desk->at[0] == '\0')
                answer_error(response, 404, "not_found",
                             "gates are not enrolled from here ([enrolment] desk)");
        else
                post(desk, request, who, response);
        return true;
}

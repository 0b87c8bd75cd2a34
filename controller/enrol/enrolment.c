#include "controller/enrol/enrolment.h"

#include "common/rfc3339.h"
#include "controller/local/fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A token cannot be guessed; this keeps a peer that tries from filling the log. */
static const struct lockout_config bad_tokens = { .codes = 5, .within_s = 600, .for_s = 900 };

static bool has_only(const json_t *object, const char *const *keys)
{
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)object, key, value)
        {
                size_t i = 0;
                while (keys[i] && strcmp(keys[i], key) != 0)
                        i++;
                if (!keys[i])
                        return false;
        }
        return true;
}

void enrolment_read(const json_t *object, struct enrolment_request *request)
{
        static const struct {
                const char *name;
                enum enrolment_verb verb;
                const char *keys[4];
        } verbs[] = {
                { "enrol", ENROLMENT_ENROL, { "token", "request", "gate" } },
                { "renew", ENROLMENT_RENEW, { "request" } },
                { "grant", ENROLMENT_GRANT, { "gate" } },
        };
        size_t i = 0;
        while (i < ARRAY_LEN(verbs) && !json_object_get(object, verbs[i].name))
                i++;
        const json_t *body = i < ARRAY_LEN(verbs) ? json_object_get(object, verbs[i].name) : NULL;
        struct fields fields = fields_of(body);
        *request = (struct enrolment_request){ .verb = ENROLMENT_BAD, .request = "", .gate = "" };
        if (!json_is_object(body) || json_object_size(object) != 1 ||
            !has_only(body, verbs[i].keys)) {
                snprintf(request->why, sizeof(request->why), "no request that is known here");
                return;
        }
        enum enrolment_verb verb = verbs[i].verb;
        if (verb != ENROLMENT_GRANT)
                request->request = fields_text(&fields, "request", ENROLMENT_REQUEST_MAX);
        if (verb == ENROLMENT_ENROL)
                fields_hex(&fields, "token", request->secret, TOKEN_SECRET_LEN);
        if (verb == ENROLMENT_GRANT || (verb == ENROLMENT_ENROL && fields_have(&fields, "gate")))
                request->gate = fields_text(&fields, "gate", CA_NAME_MAX);
        if (fields.why[0] == '\0')
                request->verb = verb;
        snprintf(request->why, sizeof(request->why), "%s", fields.why);
}

/* ---- who tried too often ---- */

static struct enrolment_peer *find_peer(struct enrolment *enrolment, const char *address)
{
        for (size_t i = 0; i < ENROLMENT_PEERS_MAX; i++)
                if (strcmp(enrolment->peer[i].address, address) == 0)
                        return &enrolment->peer[i];
        return NULL;
}

/* In place of the one that was seen longest ago. */
static struct enrolment_peer *add_peer(struct enrolment *enrolment, const char *address)
{
        struct enrolment_peer *oldest = &enrolment->peer[0];
        for (size_t i = 1; i < ENROLMENT_PEERS_MAX; i++)
                if (enrolment->peer[i].seen_ms < oldest->seen_ms)
                        oldest = &enrolment->peer[i];
        *oldest = (struct enrolment_peer){ .seen_ms = 0 };
        snprintf(oldest->address, sizeof(oldest->address), "%s", address);
        return oldest;
}

/* True: from now on the address is shut out. */
static bool note_bad_token(struct enrolment *enrolment, const struct enrolment_caller *caller)
{
        struct enrolment_peer *peer = find_peer(enrolment, caller->address);
        if (!peer)
                peer = add_peer(enrolment, caller->address);
        peer->seen_ms = caller->now_ms;
        return lockout_note(&peer->lockout, &bad_tokens, caller->now_ms);
}

bool enrolment_is_locked(struct enrolment *enrolment, const char *address, int64_t now_ms)
{
        struct enrolment_peer *peer = find_peer(enrolment, address);
        return peer && lockout_is_on(&peer->lockout, now_ms);
}

/* ---- answers ---- */

static json_t *refuse(const char *reason, const char *message, char said[256])
{
        snprintf(said, 256, "refused reason=%s", reason);
        return fields_error(reason, message);
}

static json_t *issue(struct enrolment *enrolment, const struct enrolment_caller *caller,
                     const struct site_ca_order *order, const char *request, char said[256])
{
        char *pem = NULL;
        int error = site_ca_issue(enrolment->ca, order, request, caller->now_us, &pem);
        if (error == -EBADMSG || error == -ENOTSUP)
                return refuse("bad_request", "no P-256 request that its own key signed", said);
        if (error == -EACCES)
                return refuse("bad_token", "this token is not good, or not any more", said);
        if (error == -ESTALE)
                return refuse("revoked", "the certificate was revoked", said);
        if (error == -EDQUOT)
                return refuse("too_many", "too many certificates for one day", said);
        if (error)
                return refuse("unavailable", strerror(-error), said);
        snprintf(said, 256, "issued gate=%s", order->name);
        json_t *answer =
                fields_ok(json_pack("{s:s, s:s}", "gate", order->name, "certificate", pem));
        free(pem);
        return answer;
}

static json_t *enrol(struct enrolment *enrolment, const struct enrolment_caller *caller,
                     const struct enrolment_request *request, char said[256])
{
        char name[CA_NAME_MAX];
        uint8_t hash[FLOW_DIGEST_LEN];
        const struct site_ca_token *token = site_ca_find_token(enrolment->ca, request->secret);
        if (!token || token->is_void || token->until_us <= caller->now_us) {
                bool is_locked = note_bad_token(enrolment, caller);
                json_t *refusal =
                        refuse("bad_token", "this token is not good, or not any more", said);
                if (is_locked)
                        strncat(said, ", locked", 256 - strlen(said) - 1);
                return refusal;
        }
        if (request->gate[0] != '\0' && strcmp(request->gate, token->name) != 0)
                return refuse("wrong_gate", "this token is for another gate", said);
        /* Copies: the ledger is read anew under the lock. */
        strcpy(name, token->name);
        memcpy(hash, token->hash, sizeof(hash));
        const struct site_ca_order order = {
                .kind = SITE_CA_GATE, .name = name, .days = token->days, .token_hash = hash
        };
        return issue(enrolment, caller, &order, request->request, said);
}

/* The certificate that the caller shows, and what the ledger has of it; NULL: it is none of that
 * kind. */
static const struct site_ca_row *find_shown(const struct enrolment *enrolment,
                                            const struct enrolment_caller *caller,
                                            enum site_ca_kind kind, struct ca_certificate *shown)
{
        if (!caller->certificate || ca_read(caller->certificate, shown) != 0)
                return NULL;
        const struct site_ca_row *row = site_ca_find(enrolment->ca, shown->serial);
        return row && row->kind == kind && strcmp(row->name, shown->name) == 0 ? row : NULL;
}

static json_t *renew(struct enrolment *enrolment, const struct enrolment_caller *caller,
                     const struct enrolment_request *request, char said[256])
{
        struct ca_certificate shown;
        if (!find_shown(enrolment, caller, SITE_CA_GATE, &shown))
                return refuse("no_certificate", "only a gate's good certificate renews itself",
                              said);
        const struct site_ca_order order = { .kind = SITE_CA_GATE,
                                             .name = shown.name,
                                             .days = enrolment->renewal_days,
                                             .renews = shown.serial };
        return issue(enrolment, caller, &order, request->request, said);
}

/* Is the certificate that the caller shows the granter's, and good? */
static bool may_grant(const struct enrolment *enrolment, const struct enrolment_caller *caller)
{
        struct ca_certificate shown;
        const struct site_ca_row *row = find_shown(enrolment, caller, SITE_CA_CLIENT, &shown);
        return enrolment->granter && row && row->revoked_us == 0 &&
               strcmp(row->name, enrolment->granter) == 0;
}

static json_t *grant(struct enrolment *enrolment, const struct enrolment_caller *caller,
                     const struct enrolment_request *request, char said[256])
{
        struct token token;
        char text[TOKEN_TEXT_MAX], until[RFC3339_MAX];
        if (!may_grant(enrolment, caller))
                return refuse("not_granter", "no tokens are made for this certificate", said);
        const char *why = site_ca_check_name(SITE_CA_GATE, request->gate);
        if (why)
                return refuse("bad_request", why, said);
        int error = site_ca_grant(enrolment->ca, request->gate, ENROLMENT_GRANT_S,
                                  enrolment->renewal_days, caller->now_us, &token);
        if (error)
                return refuse("unavailable", strerror(-error), said);
        token_write(&token, text);
        rfc3339_format(caller->now_us + INT64_C(1000000) * ENROLMENT_GRANT_S, until);
        snprintf(said, 256, "granted gate=%s", request->gate);
        json_t *answer = fields_ok(
                json_pack("{s:s, s:s, s:s}", "gate", request->gate, "token", text, "until", until));
        explicit_bzero(&token, sizeof(token));
        explicit_bzero(text, sizeof(text));
        return answer;
}

json_t *enrolment_answer(struct enrolment *enrolment, const struct enrolment_caller *caller,
                         const json_t *object, char said[256])
{
        struct enrolment_request request;
        json_t *answer = NULL;
        enrolment_read(object, &request);
        if (request.verb == ENROLMENT_BAD)
                return refuse("bad_request", request.why, said);
        if (request.verb == ENROLMENT_ENROL &&
            enrolment_is_locked(enrolment, caller->address, caller->now_ms))
                return refuse("locked", "too many bad tokens; wait a quarter of an hour", said);
        int error = site_ca_refresh(enrolment->ca);
        if (error)
                return refuse("unavailable", strerror(-error), said);
        answer = request.verb == ENROLMENT_ENROL   ? enrol(enrolment, caller, &request, said)
                 : request.verb == ENROLMENT_RENEW ? renew(enrolment, caller, &request, said)
                                                   : grant(enrolment, caller, &request, said);
        explicit_bzero(request.secret, sizeof(request.secret));
        return answer;
}

/*
 * Requests, inside: the verbs of the local protocol that need journal or registry. A verb returns
 * the whole answer object ({"ok": …} or {"error": …}).
 */
#pragma once

#include "controller/local/fields.h"
#include "controller/record/recorder.h"

typedef json_t *request_verb(struct recorder *recorder, struct fields *fields,
                             const struct request *request);

/* {"error": bad_request} with what fields complained about. */
json_t *request_bad(const struct fields *fields);
/* {"error": storage} and so on, from -errno. */
json_t *request_failed(int error);
/* Sets key to an RFC 3339 time unless us is 0. */
void request_set_time(json_t *object, const char *key, int64_t us);

/* request_registry.c */
request_verb request_holder_put, request_holder_remove, request_holders, request_level_put,
        request_level_remove, request_levels;
/* request_credential.c */
request_verb request_credential_add, request_credential_revoke, request_credentials;

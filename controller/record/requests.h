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

/* 64 hex digits. */
json_t *request_lookup_json(const uint8_t lookup[FLOW_DIGEST_LEN]);
/* `access_points` of an object: their number. May hold "*" when may_be_every. */
size_t request_read_points(struct fields *fields, bool may_be_every, char point[][FLOW_ID_MAX]);
json_t *request_points_json(size_t count, const char point[][FLOW_ID_MAX]);
/* `was`: the row as whoever puts it has seen it listed, null for none; absent: whatever it is.
 * `list` is the verb that lists such rows, as `rows`. NULL: it still is so; else the error, which
 * is `changed` when somebody else was faster. */
json_t *request_check_was(struct recorder *recorder, struct fields *fields, request_verb *list,
                          const char *rows, const char *id);
/* `levels` of a holder. */
void request_read_levels(struct fields *fields, const json_t *list, struct registry_holder *holder);
/* `escort`: "", "*" or a holder; unchanged when absent. */
void request_read_escort(struct fields *fields, char escort[FLOW_ID_MAX]);
/* `declaration` of a holder who declared something. */
json_t *request_declaration_json(const struct registry_declaration *declaration);
/* Fills lookup, class and hint from `code` or `national_id`; complains when neither can be
 * enrolled.
 */
void request_read_identifier(struct recorder *recorder, struct fields *fields,
                             struct registry_credential *credential);
/* Reads `code` or `national_id` as the camera would. */
void request_read_credential(struct recorder *recorder, struct fields *fields,
                             struct credential *credential);

/* request_holder.c */
request_verb request_holder_put, request_holder_remove, request_holders;
/* request_credential.c */
request_verb request_credential_add, request_credential_revoke, request_credentials;
/* request_level.c, request_schedule.c */
request_verb request_level_put, request_level_remove, request_levels, request_schedule_put,
        request_schedule_remove, request_schedules, request_special_day_put,
        request_special_day_remove, request_special_days;
/* request_area.c, request_visit.c, request_revocation.c, request_explain.c */
request_verb request_area_put, request_area_remove, request_areas, request_visit_add,
        request_declaration_put, request_revocation_put, request_revocations, request_explain;

/*
 * Inspect, of what is signed: what site passes and health certificates say, whether they are good
 * at a time, and COSE_Sign1 messages of others (RFC 9052), CBOR Web Tokens among them.
 */
#pragma once

#include "controller/validate/credential.h"

#include <jansson.h>

void inspect_signed_set_pass(json_t *fields, const struct site_pass *pass);
/* `reading` is of a health certificate. */
void inspect_signed_set_health_cert(json_t *fields, const struct credential_reading *reading);
/* Who signed it, with what and which key: issuer, alg, kid. Nothing for what is not signed. */
void inspect_signed_set_issuer(json_t *object, const struct credential_reading *reading);
/* `current`: whether a signed one is, at that time, within what it says itself. */
void inspect_signed_set_current(json_t *fields, const struct credential_reading *reading,
                                int64_t now_us);
/* REASON_NONE, or REASON_NOT_YET_VALID and REASON_EXPIRED of a signed one. */
enum reason inspect_signed_judge(const struct credential_reading *reading, int64_t now_us);

/* Do the bytes begin like a COSE_Sign1, tagged or not? */
bool inspect_signed_is_cose(const uint8_t *bytes, size_t len);
/* class, valid, reason, step, alg, kid and fields of one; the caller's. */
json_t *inspect_signed_cose(const uint8_t *bytes, size_t len, const struct trust *trust,
                            int64_t now_us);

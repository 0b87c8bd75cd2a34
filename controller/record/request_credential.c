/* Requests about credentials: what is enrolled is kept as a keyed digest only. */
#include "controller/record/requests.h"

#include "controller/flow_names.h"
#include "controller/validate/credential.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        CREDENTIALS_MAX = 100,
        USES_MAX = 1000000
};

/* The last characters, for people to tell credentials apart; never more than a third of it. */
static void make_hint(const char *value, char hint[REGISTRY_HINT_MAX])
{
        size_t len = strlen(value);
        size_t shown = len / 3 < 4 ? len / 3 : 4;
        const char *tail = value + len - shown;
        while ((*tail & 0xc0) == 0x80) /* not in the middle of a UTF-8 character */
                tail++;
        snprintf(hint, REGISTRY_HINT_MAX, "…%s", tail);
}

/* Reads as the camera does. -EINVAL: longer than any code. */
static int read_code(struct recorder *recorder, const char *code,
                     struct credential_reading *reading)
{
        struct payload payload = { .len = strlen(code) };
        if (payload.len > FLOW_PAYLOAD_MAX)
                return -EINVAL;
        memcpy(payload.bytes, code, payload.len);
        recorder->reader->trust = trust_take_up(&recorder->trust);
        credential_read(recorder->reader, &payload, reading);
        return 0;
}

/* -EINVAL: no code at all; -ENOTSUP: no pass, or none that is genuine. */
static int look_up_code(struct recorder *recorder, const char *code,
                        struct registry_credential *credential)
{
        struct credential_reading reading;
        int error = read_code(recorder, code, &reading);
        if (error)
                return error;
        credential->class = reading.class;
        if (reading.objection != REASON_NONE)
                return -ENOTSUP;
        if (reading.value[0] == '\0')
                return -EINVAL;
        /* Other cards with the same number are found by it, too. */
        if (strcmp(reading.kind, CREDENTIAL_KIND_NATIONAL_ID) == 0)
                credential->class = CREDENTIAL_CCCD;
        make_hint(reading.value, credential->hint);
        return credential_lookup(recorder->key, reading.kind, reading.value, credential->lookup);
}

static int look_up_number(const struct recorder *recorder, const char *number,
                          struct registry_credential *credential)
{
        if (strlen(number) != 12 || strspn(number, "0123456789") != 12)
                return -EINVAL;
        credential->class = CREDENTIAL_CCCD;
        make_hint(number, credential->hint);
        return credential_lookup(recorder->key, CREDENTIAL_KIND_NATIONAL_ID, number,
                                 credential->lookup);
}

void request_read_identifier(struct recorder *recorder, struct fields *fields,
                             struct registry_credential *credential)
{
        bool is_code = fields_have(fields, "code");
        const char *key = is_code ? "code" : "national_id";
        const char *value = fields_text(fields, key, FLOW_PAYLOAD_MAX);
        if (fields->why[0] != '\0')
                return;
        int error = is_code ? look_up_code(recorder, value, credential)
                            : look_up_number(recorder, value, credential);
        if (error == -EINVAL)
                fields_complain(fields, key,
                                is_code ? "4 to 256 bytes of text without control characters are "
                                          "wanted"
                                        : "12 digits are wanted");
        else if (error == -ENOTSUP)
                fields_complain(fields, key,
                                "cannot be enrolled: a payment code, a link or the like, or a "
                                "signed code that cannot be verified");
        else if (error)
                fields_complain(fields, key, "the digest failed");
}

/* The code of an id, which a phone shows anew every few seconds. The id is the holder's. */
static void read_one_time(struct recorder *recorder, struct fields *fields,
                          struct registry_credential *credential)
{
        if (fields_have(fields, "code") || fields_have(fields, "national_id"))
                fields_complain(fields, "one_time", "it is wanted without code or national_id");
        credential->class = CREDENTIAL_ONE_TIME;
        make_hint(credential->holder, credential->hint);
        if (credential_lookup(recorder->key, CREDENTIAL_KIND_ONE_TIME, credential->holder,
                              credential->lookup) != 0)
                fields_complain(fields, "one_time", "the digest failed");
}

void request_read_credential(struct recorder *recorder, struct fields *fields,
                             struct credential *credential)
{
        struct credential_reading reading;
        struct registry_credential enrolled = { .revoked_us = 0 };
        if (!fields_have(fields, "code")) {
                request_read_identifier(recorder, fields, &enrolled);
                credential->class = enrolled.class;
                memcpy(credential->lookup, enrolled.lookup, FLOW_DIGEST_LEN);
                return;
        }
        const char *code = fields_text(fields, "code", FLOW_PAYLOAD_MAX);
        if (fields->why[0] != '\0')
                return;
        if (read_code(recorder, code, &reading) != 0 ||
            credential_fill(recorder->key, &reading, credential) != 0)
                fields_complain(fields, "code", "cannot be read");
}

json_t *request_lookup_json(const uint8_t lookup[FLOW_DIGEST_LEN])
{
        char text[2 * FLOW_DIGEST_LEN + 1];
        for (size_t i = 0; i < FLOW_DIGEST_LEN; i++)
                snprintf(text + 2 * i, 3, "%02x", lookup[i]);
        return json_string(text);
}

/* The secret of a one-time id is told once, to whoever enrols it. */
static json_t *added(struct recorder *recorder, const struct registry_credential *credential)
{
        uint8_t secret[ONE_TIME_SECRET_LEN];
        json_t *answer = json_pack("{s:o}", "lookup", request_lookup_json(credential->lookup));
        if (credential->class == CREDENTIAL_ONE_TIME) {
                if (one_time_secret(recorder->key, credential->lookup, secret) != 0) {
                        json_decref(answer);
                        return request_failed(-EIO);
                }
                json_object_set_new(answer, "secret", request_lookup_json(secret));
        }
        return fields_ok(answer);
}

json_t *request_credential_add(struct recorder *recorder, struct fields *fields,
                               const struct request *request)
{
        (void)request;
        struct registry_credential credential = { .revoked_us = 0 };
        strcpy(credential.holder, fields_id(fields, "holder"));
        credential.validity.from_us = fields_time(fields, "valid_from");
        credential.validity.until_us = fields_time(fields, "valid_until");
        credential.is_duress = fields_bool(fields, "duress", false);
        credential.uses_max = (int)fields_integer(fields, "max_uses", 1, USES_MAX, 0);
        credential.day_uses_max = (int)fields_integer(fields, "max_uses_day", 1, USES_MAX, 0);
        if (fields_bool(fields, "one_time", false))
                read_one_time(recorder, fields, &credential);
        else
                request_read_identifier(recorder, fields, &credential);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = registry_put_credential(recorder->registry, &credential);
        if (error == -ENOENT)
                return fields_error("not_found", "holder: there is no such holder");
        return error ? request_failed(error) : added(recorder, &credential);
}

json_t *request_credential_revoke(struct recorder *recorder, struct fields *fields,
                                  const struct request *request)
{
        (void)request;
        struct registry_credential credential;
        enum clock_quality quality;
        int64_t now_us = wall_clock_now(&recorder->clock, &quality);
        int revoked = 1;
        if (fields_have(fields, "holder")) {
                const char *holder = fields_id(fields, "holder");
                if (fields->why[0] != '\0')
                        return request_bad(fields);
                revoked = registry_revoke_holder(recorder->registry, holder, now_us);
        } else {
                if (fields_have(fields, "lookup"))
                        fields_hex(fields, "lookup", credential.lookup, FLOW_DIGEST_LEN);
                else
                        request_read_identifier(recorder, fields, &credential);
                if (fields->why[0] != '\0')
                        return request_bad(fields);
                int error = registry_revoke(recorder->registry, credential.lookup, now_us);
                revoked = error ? error : 1;
        }
        return revoked < 0 ? request_failed(revoked)
                           : fields_ok(json_pack("{s:i}", "revoked", revoked));
}

static json_t *credential_json(const struct registry_credential *credential)
{
        json_t *object =
                json_pack("{s:o, s:s, s:s, s:s}", "lookup", request_lookup_json(credential->lookup),
                          "class", credential_class_name(credential->class), "holder",
                          credential->holder, "hint", credential->hint);
        request_set_time(object, "valid_from", credential->validity.from_us);
        request_set_time(object, "valid_until", credential->validity.until_us);
        request_set_time(object, "revoked", credential->revoked_us);
        if (credential->is_duress)
                json_object_set_new(object, "duress", json_true());
        if (credential->uses_max > 0)
                json_object_set_new(object, "max_uses", json_integer(credential->uses_max));
        if (credential->day_uses_max > 0)
                json_object_set_new(object, "max_uses_day", json_integer(credential->day_uses_max));
        return object;
}

json_t *request_credentials(struct recorder *recorder, struct fields *fields,
                            const struct request *request)
{
        (void)request;
        uint8_t after[FLOW_DIGEST_LEN];
        bool has_after = fields_have(fields, "after");
        const char *holder = fields_have(fields, "holder") ? fields_id(fields, "holder") : NULL;
        size_t limit = (size_t)fields_integer(fields, "limit", 1, CREDENTIALS_MAX, CREDENTIALS_MAX);
        if (has_after)
                fields_hex(fields, "after", after, sizeof(after));
        if (fields->why[0] != '\0')
                return request_bad(fields);
        struct registry_credential *rows = calloc(limit, sizeof(rows[0]));
        int count = rows ? registry_credentials(recorder->registry, holder,
                                                has_after ? after : NULL, rows, limit)
                         : -ENOMEM;
        json_t *list = json_array();
        for (int i = 0; i < count; i++)
                json_array_append_new(list, credential_json(&rows[i]));
        free(rows);
        if (count < 0)
                json_decref(list);
        return count < 0 ? request_failed(count)
                         : fields_ok(json_pack("{s:o}", "credentials", list));
}

/* Requests about revoked passes. A pass need not be enrolled, nor its holder known. */
#include "controller/record/requests.h"

#include "controller/validate/credential.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        REVOCATIONS_MAX = 100
};

/* The lookup of a pass is made of its issuer's kid and its number, as the camera's is. */
static void read_pass(struct recorder *recorder, struct fields *fields,
                      struct registry_revocation *revocation)
{
        uint8_t kid[SITE_PASS_KID_LEN], id[SITE_PASS_CTI_LEN];
        char value[2 * (SITE_PASS_KID_LEN + SITE_PASS_CTI_LEN) + 2];
        char *to = value;
        fields_hex(fields, "kid", kid, sizeof(kid));
        fields_hex(fields, "pass", id, sizeof(id));
        if (fields->why[0] != '\0')
                return;
        for (size_t i = 0; i < sizeof(kid); i++)
                to += sprintf(to, "%02x", kid[i]);
        *to++ = '/';
        for (size_t i = 0; i < sizeof(id); i++)
                to += sprintf(to, "%02x", id[i]);
        if (credential_lookup(recorder->key, CREDENTIAL_KIND_SITE_PASS, value,
                              revocation->lookup) != 0)
                fields_complain(fields, "pass", "the digest failed");
}

json_t *request_revocation_put(struct recorder *recorder, struct fields *fields,
                               const struct request *request)
{
        (void)request;
        enum clock_quality quality;
        struct registry_revocation revocation = {
                .at_us = wall_clock_now(&recorder->clock, &quality),
                .until_us = fields_time(fields, "until"),
        };
        if (fields_have(fields, "holder") && fields_have(fields, "pass"))
                fields_complain(fields, "holder", "it is wanted, or pass, not both");
        else if (fields_have(fields, "holder"))
                strcpy(revocation.holder, fields_id(fields, "holder"));
        else
                read_pass(recorder, fields, &revocation);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = registry_put_revocation(recorder->registry, &revocation);
        return error ? request_failed(error) : fields_ok(NULL);
}

static json_t *revocation_json(const struct registry_revocation *revocation)
{
        json_t *object = json_object();
        if (revocation->holder[0] != '\0')
                json_object_set_new(object, "holder", json_string(revocation->holder));
        else
                json_object_set_new(object, "lookup", request_lookup_json(revocation->lookup));
        request_set_time(object, "at", revocation->at_us);
        request_set_time(object, "until", revocation->until_us);
        return object;
}

json_t *request_revocations(struct recorder *recorder, struct fields *fields,
                            const struct request *request)
{
        (void)request;
        struct registry_revocation after = { .at_us = 0 };
        struct fields given = fields_of(json_object_get(fields->object, "after"));
        size_t limit = (size_t)fields_integer(fields, "limit", 1, REVOCATIONS_MAX, REVOCATIONS_MAX);
        if (fields_have(&given, "holder"))
                strcpy(after.holder, fields_id(&given, "holder"));
        else if (given.object)
                fields_hex(&given, "lookup", after.lookup, sizeof(after.lookup));
        if (given.why[0] != '\0')
                fields_complain(fields, "after", given.why);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        struct registry_revocation *rows = calloc(limit, sizeof(rows[0]));
        int count = rows ? registry_revocations(recorder->registry, given.object ? &after : NULL,
                                                rows, limit)
                         : -ENOMEM;
        json_t *list = json_array();
        for (int i = 0; i < count; i++)
                json_array_append_new(list, revocation_json(&rows[i]));
        free(rows);
        if (count < 0)
                json_decref(list);
        return count < 0 ? request_failed(count)
                         : fields_ok(json_pack("{s:o}", "revocations", list));
}

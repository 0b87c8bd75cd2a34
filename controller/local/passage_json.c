#include "controller/local/passage_json.h"

#include "common/base64.h"
#include "common/rfc3339.h"
#include "common/uuid.h"
#include "controller/flow_names.h"
#include "controller/ports/digest.h"
#include "controller/record/subject.h"

#include <stdio.h>
#include <string.h>

static void set_text(json_t *object, const char *key, const char *value)
{
        if (value[0] != '\0')
                json_object_set_new(object, key, json_string(value));
}

static void set_flag(json_t *object, const char *key, uint32_t flags, enum passage_flag flag)
{
        if (flags & flag)
                json_object_set_new(object, key, json_true());
}

/* The event's UUIDv7 is not stored: its time is the row's, its other bits are a digest of epoch and
 * sequence, so every resend has the same one. */
static void make_id(const struct passage *passage, const char *epoch, char id[37])
{
        char text[96];
        uint8_t digest[FLOW_DIGEST_LEN] = { 0 };
        int len = snprintf(text, sizeof(text), "%s/%llu", epoch, (unsigned long long)passage->seq);
        if (digest_sha256(text, (size_t)len, digest) != 0)
                memcpy(digest, &passage->seq, sizeof(passage->seq));
        uuid7_format(passage->at_us / 1000, digest, id);
}

static void set_subject(json_t *object, const uint8_t subject[SUBJECT_LEN])
{
        static const uint8_t nobody[SUBJECT_LEN];
        char text[SUBJECT_TEXT_MAX];
        if (memcmp(subject, nobody, sizeof(nobody)) == 0)
                return;
        subject_format(subject, text);
        set_text(object, "subject", text);
}

static void set_sealed(json_t *object, const struct passage *passage)
{
        char *text = passage->sealed_len > 0 ? base64_encode(passage->sealed, passage->sealed_len)
                                             : NULL;
        if (text)
                json_object_set_new(object, "sealed", json_string(text));
        free(text);
}

json_t *passage_json(const struct passage *passage, const char *epoch, int64_t registry_age_s,
                     bool is_admin)
{
        char id[37], time[RFC3339_MAX];
        json_t *object = json_object();
        if (!object)
                return NULL;
        make_id(passage, epoch, id);
        rfc3339_format(passage->at_us, time);
        json_object_set_new(object, "seq", json_integer((json_int_t)passage->seq));
        set_text(object, "epoch", epoch);
        set_text(object, "id", id);
        set_text(object, "time", time);
        set_text(object, "event", event_name(passage->event));
        set_text(object, "access_point", passage->access_point);
        set_text(object, "direction", direction_name(passage->direction));
        set_text(object, "reason", reason_name(passage->reason));
        set_text(object, "credential_class", credential_class_name(passage->class));
        set_subject(object, passage->subject);
        if (passage->grant_seq != 0)
                json_object_set_new(object, "grant_seq",
                                    json_integer((json_int_t)passage->grant_seq));
        set_sealed(object, passage);
        set_flag(object, "late", passage->flags, PASSAGE_LATE);
        set_flag(object, "no_sensor", passage->flags, PASSAGE_NO_SENSOR);
        set_flag(object, "passback_soft", passage->flags, PASSAGE_PASSBACK_SOFT);
        set_flag(object, "inconsistent", passage->flags, PASSAGE_INCONSISTENT);
        set_flag(object, "undeclared", passage->flags, PASSAGE_UNDECLARED);
        set_text(object, "clock", clock_quality_name(passage->clock));
        if (registry_age_s >= 0)
                json_object_set_new(object, "registry_age_s", json_integer(registry_age_s));
        set_text(object, "detail", passage->detail);
        if (is_admin)
                set_text(object, "holder", passage->holder);
        return object;
}

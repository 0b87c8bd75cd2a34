#include "dashboard/api/show.h"

#include "common/rfc3339.h"
#include "common/uuid.h"
#include "controller/record/subject.h"

#include <string.h>

#define MINUTE_US INT64_C(60000000)

json_t *show_time(int64_t us)
{
        char text[RFC3339_MAX];
        if (us == 0)
                return json_null();
        rfc3339_format(us, text);
        return json_string(text);
}

json_t *show_text(const char *text)
{
        return text && text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *show_subject(const uint8_t subject[HISTORY_SUBJECT_LEN])
{
        static const uint8_t nobody[HISTORY_SUBJECT_LEN];
        char text[SUBJECT_TEXT_MAX];
        if (memcmp(subject, nobody, sizeof(nobody)) == 0)
                return json_null();
        subject_format(subject, text);
        return json_string(text);
}

/* A member of what the gate said last, or null. */
static json_t *said(const json_t *status, const char *key)
{
        json_t *value = json_object_get(status, key);
        return value ? json_incref(value) : json_null();
}

json_t *show_gate(const struct history_gate *gate)
{
        json_t *status = json_loads(gate->status, 0, NULL);
        json_t *health = json_loads(gate->health, 0, NULL);
        json_t *points = json_object_get(status, "access_points");
        json_t *shown = json_pack(
                "{s:s, s:s, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "gate",
                gate->gate, "state", gate->state[0] != '\0' ? gate->state : "unknown", "state_at",
                show_time(gate->state_us), "last_event_at", show_time(gate->last_row_us), "behind",
                (json_int_t)gate->behind, "lost", (json_int_t)gate->lost, "software",
                said(status, "software"), "clock", said(status, "clock"), "fire",
                said(status, "fire"), "access_points", points ? json_incref(points) : json_array(),
                "registry", said(status, "registry"), "health",
                health ? json_incref(health) : json_null(), "health_at",
                show_time(gate->health_us));
        json_decref(status);
        json_decref(health);
        return shown;
}

json_t *show_event(const struct history_event *event, bool is_masked)
{
        static const uint8_t nobody[HISTORY_SUBJECT_LEN];
        char id[UUID_TEXT_MAX];
        uuid_format(event->id, id);
        return json_pack("{s:s, s:s, s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o,"
                         " s:b, s:b, s:b, s:b, s:b}",
                         "id", id, "gate", event->gate, "seq", (json_int_t)event->place.seq, "at",
                         show_time(event->place.at_us), "received", show_time(event->received_us),
                         "event", event->event, "reason", show_text(event->reason), "direction",
                         show_text(event->direction), "credential_class",
                         show_text(event->credential_class), "access_point",
                         show_text(event->access_point), "subject",
                         show_subject(is_masked ? nobody : event->subject), "clock",
                         show_text(event->clock), "late", (event->flags & ARCHIVE_LATE) != 0,
                         "no_sensor", (event->flags & ARCHIVE_NO_SENSOR) != 0, "passback_soft",
                         (event->flags & ARCHIVE_PASSBACK_SOFT) != 0, "historical",
                         (event->flags & ARCHIVE_HISTORICAL) != 0, "offline",
                         (event->flags & ARCHIVE_OFFLINE) != 0);
}

json_t *show_visit(const struct history_visit *visit)
{
        return json_pack(
                "{s:I, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "id", (json_int_t)visit->id,
                "site", visit->site, "subject", show_subject(visit->subject), "entered",
                show_time(visit->entered_us), "left", show_time(visit->left_us), "left_assumed",
                visit->is_left_assumed, "gate_in", show_text(visit->gate_in), "gate_out",
                show_text(visit->gate_out), "credential_class", show_text(visit->credential_class));
}

json_t *show_contact(const struct history_contact *contact, int64_t now_us, int hop)
{
        int64_t until_us = contact->until_us ? contact->until_us : now_us;
        int64_t minutes =
                until_us > contact->from_us ? (until_us - contact->from_us) / MINUTE_US : 0;
        return json_pack("{s:o, s:I, s:o, s:o, s:I, s:i}", "visit", show_visit(&contact->visit),
                         "of_visit", (json_int_t)contact->of_visit, "from",
                         show_time(contact->from_us), "until", show_time(contact->until_us),
                         "minutes", (json_int_t)minutes, "hop", hop);
}

/* Uplink: the gate's side. */
#include "controller/publish/uplink_private.h"

enum {
        ASK_MS = 10000,
        STATE_MS = 10000
};

static uint64_t number_of(const json_t *object, const char *key)
{
        return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void on_gate_up(struct uplink *uplink, json_t *status, int64_t now_ms)
{
        const json_t *journal = json_object_get(status, "journal");
        const char *epoch =
                json_string_value(json_object_get(json_object_get(status, "gate"), "epoch"));
        uplink->told = number_of(journal, "acked");
        courier_gate(&uplink->courier, epoch ? epoch : "", number_of(journal, "head"), uplink->told,
                     now_ms);
        report_gate(&uplink->report, status);
        uplink->asked_ms = now_ms;
        uplink->state_ms = 0;
}

/* What cmd/sync asked for and the gate has agreed to. "", or why it is not done. */
static const char *send_again(struct uplink *uplink, const json_t *sync, int64_t now_ms)
{
        const char *epoch = json_string_value(json_object_get(sync, "epoch"));
        if (json_object_get(sync, "registry"))
                uplink->supply.ask_ms = 0; /* at the next turn */
        if (!epoch)
                return "";
        return courier_resend(&uplink->courier, epoch, number_of(sync, "from"), now_ms);
}

static void on_outcome(struct uplink *uplink, const struct local_event *event, int64_t now_ms)
{
        json_t *ok = json_object_get(event->message, "ok");
        const json_t *sync = json_object_get(ok, "sync");
        const char *refusal = sync ? send_again(uplink, sync, now_ms) : "";
        if (refusal[0] != '\0') {
                json_object_set_new(ok, "outcome", json_string("refused"));
                json_object_set_new(ok, "refusal", json_string(refusal));
        }
        errands_end(&uplink->errands, uplink->bus, event->id, event->message,
                    uplink->courier.epoch);
}

void uplink_on_local_event(struct uplink *uplink, const struct local_event *event, int64_t now_ms)
{
        switch (event->kind) {
        case LOCAL_UP:
                on_gate_up(uplink, event->message, now_ms);
                break;
        case LOCAL_DOWN:
                report_no_gate(&uplink->report);
                errands_give_up(&uplink->errands, uplink->bus, INT64_MAX);
                break;
        case LOCAL_STATUS:
                report_gate(&uplink->report, event->message);
                break;
        case LOCAL_ACKED:
                break; /* the next one goes out in turn() */
        case LOCAL_OUTCOME:
                on_outcome(uplink, event, now_ms);
                break;
        case LOCAL_ROW:
                courier_row(&uplink->courier, event->message, wall_us(), now_ms);
                break;
        }
        json_decref(event->message);
}

void uplink_tell_gate(struct uplink *uplink, int64_t now_ms)
{
        struct local_link *link = &uplink->link;
        int64_t ask_every_ms =
                uplink->report.health_every_ms < ASK_MS ? uplink->report.health_every_ms : ASK_MS;
        if (courier_is_to_follow(&uplink->courier, now_ms))
                local_link_follow(link, uplink->courier.sent);
        if (uplink->courier.acked > uplink->told && link->ack_id == 0) {
                local_link_ack(link, uplink->courier.epoch, uplink->courier.acked);
                uplink->told = uplink->courier.acked;
        }
        if (now_ms - uplink->asked_ms >= ask_every_ms) {
                local_link_ask_status(link);
                uplink->asked_ms = now_ms;
        }
        if (now_ms >= uplink->state_ms) {
                local_link_uplink_state(
                        link,
                        json_pack("{s:s, s:s, s:I, s:I}", "broker",
                                  uplink_broker_name(uplink->broker), "detail", uplink->detail,
                                  "published", (json_int_t)uplink->courier.published, "in_flight",
                                  (json_int_t)courier_under_way(&uplink->courier)));
                uplink->state_ms = now_ms + STATE_MS;
        }
}

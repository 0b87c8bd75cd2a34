#include "controller/publish/errand.h"

#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        COMPLAIN_MS = 1000 /* a flood of bad commands is not a flood of log lines */
};

/* What of a command and its message is needed to answer it. */
static struct errand make_errand(const struct command_message *read,
                                 const struct bus_message *message)
{
        const struct command *command = &read->command;
        struct errand errand = { .name = command->name };
        snprintf(errand.nonce, sizeof(errand.nonce), "%s", command->nonce);
        if (!read->response_topic)
                return errand;
        snprintf(errand.response_topic, sizeof(errand.response_topic), "%s", read->response_topic);
        if (message->correlation_len > 0)
                memcpy(errand.correlation, message->correlation, message->correlation_len);
        errand.correlation_len = message->correlation_len;
        return errand;
}

static struct errand *find(struct errands *errands, int64_t id)
{
        for (size_t i = 0; i < ERRANDS_MAX; i++)
                if (errands->errand[i].id == id)
                        return &errands->errand[i];
        return NULL;
}

/* In a flood the bus may have no room: whoever asked finds the command in the journal. */
static void answer(struct errands *errands, struct bus *bus, const struct errand *errand,
                   const struct notice_outcome *outcome)
{
        struct notice_stamp stamp;
        if (errand->response_topic[0] == '\0')
                return;
        notice_stamp_now(&stamp);
        char *json =
                notice_format(errands->source, "outcome", &stamp, notice_outcome_data(outcome));
        const struct bus_publication publication = { .topic = errand->response_topic,
                                                     .payload = json,
                                                     .qos = 1,
                                                     .correlation = errand->correlation,
                                                     .correlation_len = errand->correlation_len };
        int error = json ? bus_publish(bus, &publication) : -ENOMEM;
        if (error && !errands->is_losing)
                log_warn("outcomes not published", "command=%s errno=%d", errand->name, -error);
        else if (!error && errands->is_losing)
                log_info("outcomes are published again", "command=%s", errand->name);
        errands->is_losing = error != 0;
        free(json);
}

static struct notice_outcome make_outcome(const struct errand *errand, const char *outcome,
                                          const char *refusal, const char *message)
{
        return (struct notice_outcome){ .command = errand->name,
                                        .nonce = errand->nonce,
                                        .outcome = outcome,
                                        .refusal = refusal,
                                        .message = message,
                                        .epoch = "" };
}

static void refuse(struct errands *errands, struct bus *bus, const struct errand *errand,
                   const char *refusal, const char *message, int64_t now_ms)
{
        const struct notice_outcome outcome = make_outcome(errand, "refused", refusal, message);
        answer(errands, bus, errand, &outcome);
        if (now_ms - errands->complained_ms >= COMPLAIN_MS)
                log_warn("command refused", "command=%s why=%s detail=\"%s\"", errand->name,
                         refusal, message);
        errands->complained_ms = now_ms;
}

void errands_begin(struct errands *errands, struct bus *bus, struct local_link *link,
                   const struct bus_message *message, int64_t now_us, int64_t now_ms)
{
        struct command_message read;
        command_message_read(&read, errands->source->root, message, now_us);
        const struct command *command = &read.command;
        struct errand errand = make_errand(&read, message);
        const char *refusal = command_refusal(command->verdict);
        struct errand *place = find(errands, 0);
        bool can_go = command->fields && link->is_up && place;
        errand.id = can_go ? local_link_command(link, json_incref(command->fields)) : 0;
        errand.deadline_ms = now_ms + ERRAND_WAIT_MS;
        if (place && errand.id > 0)
                *place = errand; /* stale and retained ones too: the gate writes them down */
        else if (refusal[0] != '\0')
                refuse(errands, bus, &errand, refusal, command->complaint, now_ms);
        else
                refuse(errands, bus, &errand, link->is_up ? "unavailable" : "gate_not_running", "",
                       now_ms);
        command_message_deinit(&read);
}

static const char *text_of(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));
        return text ? text : "";
}

void errands_end(struct errands *errands, struct bus *bus, int64_t id, const json_t *message,
                 const char *epoch)
{
        struct errand *errand = id != 0 ? find(errands, id) : NULL;
        const json_t *ok = json_object_get(message, "ok");
        const json_t *error = json_object_get(message, "error");
        if (!errand)
                return;
        /* Of a signed one the gate says what it was. */
        const json_t *said = ok ? ok : error;
        struct notice_outcome outcome =
                ok ? make_outcome(errand, text_of(ok, "outcome"), text_of(ok, "refusal"), "")
                   : make_outcome(errand, "refused", text_of(error, "reason"),
                                  text_of(error, "message"));
        if (errand->nonce[0] == '\0') {
                outcome.command = text_of(said, "command");
                outcome.nonce = text_of(said, "nonce");
        }
        outcome.epoch = epoch;
        outcome.seq = (uint64_t)json_integer_value(json_object_get(ok, "seq"));
        answer(errands, bus, errand, &outcome);
        errand->id = 0;
}

void errands_give_up(struct errands *errands, struct bus *bus, int64_t until_ms)
{
        for (size_t i = 0; i < ERRANDS_MAX; i++) {
                struct errand *errand = &errands->errand[i];
                if (errand->id == 0 || errand->deadline_ms > until_ms)
                        continue;
                const struct notice_outcome outcome = make_outcome(errand, "unknown", "", "");
                answer(errands, bus, errand, &outcome);
                log_warn("outcome of a command not known", "command=%s", errand->name);
                errand->id = 0;
        }
}

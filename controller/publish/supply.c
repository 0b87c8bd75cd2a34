#include "controller/publish/supply.h"

#include "common/base64.h"
#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const int64_t HANDED_OVER = INT64_MAX; /* manifest_ms: it is not due any more */

void supply_init(struct supply *supply, const struct settings *settings,
                 const struct notice_source *source)
{
        *supply =
                (struct supply){ .settings = settings, .source = source, .client = CLIENT_CLOSED };
        snprintf(supply->topics, sizeof(supply->topics), "%s/registry/+", source->root);
}

static void drop_manifest(struct supply *supply)
{
        bus_message_free(supply->manifest);
        supply->manifest = NULL;
}

static void drop_first_part(struct supply *supply)
{
        bus_message_free(supply->part[0]);
        supply->parts--;
        memmove(supply->part, supply->part + 1, supply->parts * sizeof(struct bus_message *));
}

void supply_deinit(struct supply *supply)
{
        drop_manifest(supply);
        while (supply->parts > 0)
                drop_first_part(supply);
        client_close(&supply->client);
}

/* What comes after "…/registry/", or NULL. */
static const char *name_of(const struct supply *supply, const char *topic)
{
        size_t len = strlen(supply->topics) - 1; /* without the + */
        return strncmp(topic, supply->topics, len) == 0 ? topic + len : NULL;
}

bool supply_is_for(const struct supply *supply, const char *topic)
{
        return name_of(supply, topic) != NULL;
}

/* The manifest that stiled has been given on this connection: once more, it would ask again for
 * what is on its way. */
static bool is_handed_over(const struct supply *supply, const struct bus_message *message)
{
        const struct bus_message *last = supply->manifest;
        return last && supply->manifest_ms == HANDED_OVER && last->len == message->len &&
               memcmp(last->payload, message->payload, message->len) == 0;
}

void supply_take(struct supply *supply, struct bus_message *take_message)
{
        const char *name = name_of(supply, take_message->topic);
        bool is_manifest = name && strcmp(name, "manifest") == 0;
        bool is_of_use = name && take_message->len > 0 &&
                         (is_manifest ? !is_handed_over(supply, take_message)
                                      : supply->parts < SUPPLY_PARTS_MAX);
        if (!is_of_use) {
                supply->dropped++;
                bus_message_free(take_message);
        } else if (is_manifest) {
                drop_manifest(supply);
                supply->manifest = take_message;
                supply->manifest_ms = 0;
        } else {
                supply->part[supply->parts++] = take_message;
        }
}

void supply_down(struct supply *supply)
{
        drop_manifest(supply);
}

/* The connection is gone, and what was asked on it. */
static void hang_up(struct supply *supply, int64_t now_ms)
{
        client_close(&supply->client);
        supply->request_id = 0;
        supply->retry_ms = now_ms + SUPPLY_RETRY_MS;
}

static void ask(struct supply *supply, const char *verb, const char *key,
                const struct bus_message *message, int64_t now_ms)
{
        char *text = message ? base64_encode(message->payload, message->len) : NULL;
        json_t *fields = message ? json_pack("{s:s?}", key, text) : NULL;
        free(text);
        supply->request_id = client_send(&supply->client, verb, fields);
        supply->ask_ms = now_ms + SUPPLY_ASK_MS;
        if (supply->request_id < 0)
                hang_up(supply, now_ms);
}

/* The next thing that stiled is to have. */
static void send_next(struct supply *supply, int64_t now_ms)
{
        supply->is_manifest_asked = supply->manifest && now_ms >= supply->manifest_ms;
        if (supply->is_manifest_asked) {
                ask(supply, "sync-manifest", "manifest", supply->manifest, now_ms);
                /* One that comes meanwhile is another. */
                supply->manifest_ms = HANDED_OVER;
        } else if (supply->parts > 0) {
                ask(supply, "sync-part", "part", supply->part[0], now_ms);
                drop_first_part(supply);
        } else if (now_ms >= supply->ask_ms) {
                ask(supply, "sync-want", NULL, NULL, now_ms);
        }
}

static void publish_wants(const struct supply *supply, struct bus *bus, const json_t *ok)
{
        struct notice_stamp stamp;
        json_t *wants = json_object_get(ok, "wants");
        if (!bus || json_array_size(wants) == 0)
                return;
        notice_stamp_now(&stamp);
        char *json = notice_format(supply->source, "want", &stamp,
                                   json_pack("{s:O, s:O}", "manifest",
                                             json_object_get(ok, "version"), "buckets", wants));
        const struct notice notice = { .leaf = "want", .json = json, .qos = 1 };
        int error = notice_publish(supply->source, bus, &notice, 0);
        /* stiled asks again. */
        if (error && error != -EAGAIN && error != -ENOTCONN)
                log_warn("wants not published", "errno=%d", -error);
        free(json);
}

static void on_answer(struct supply *supply, struct bus *bus, const json_t *answer, int64_t now_ms)
{
        const json_t *ok = json_object_get(answer, "ok");
        const char *reason =
                json_string_value(json_object_get(json_object_get(answer, "error"), "reason"));
        bool is_to_try_again =
                reason && (strcmp(reason, "storage") == 0 || strcmp(reason, "unavailable") == 0);
        bool is_newest = supply->manifest_ms == HANDED_OVER;
        supply->request_id = 0;
        if (supply->is_manifest_asked && is_newest && is_to_try_again)
                supply->manifest_ms = now_ms + SUPPLY_RETRY_MS;
        if (reason && !supply->is_refused)
                log_warn("registry not taken by the gate", "reason=%s", reason);
        supply->is_refused = reason != NULL;
        if (ok)
                publish_wants(supply, bus, ok);
}

static void read_answers(struct supply *supply, struct bus *bus, int64_t now_ms)
{
        json_t *answer = NULL;
        int error = 0;
        while (supply->client.fd >= 0 && (error = client_read(&supply->client, &answer, 0)) == 0) {
                if (json_integer_value(json_object_get(answer, "id")) == supply->request_id)
                        on_answer(supply, bus, answer, now_ms);
                json_decref(answer);
        }
        if (error && error != -ETIMEDOUT)
                hang_up(supply, now_ms);
}

void supply_step(struct supply *supply, struct bus *bus, bool is_gate_up, int64_t now_ms)
{
        if (supply->client.fd < 0) {
                if (!is_gate_up || now_ms < supply->retry_ms)
                        return;
                supply->request_id = 0;
                supply->retry_ms = now_ms + SUPPLY_RETRY_MS;
                if (client_open(&supply->client, supply->settings->local.socket) != 0)
                        return;
                /* It may have begun anew, with other keys. */
                supply->manifest_ms = 0;
                supply->ask_ms = 0;
        }
        do {
                read_answers(supply, bus, now_ms);
                if (supply->client.fd < 0 || supply->request_id != 0)
                        return;
                send_next(supply, now_ms);
        } while (supply->request_id > 0 && supply->parts > 0);
}

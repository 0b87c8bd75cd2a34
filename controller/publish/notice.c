#include "controller/publish/notice.h"

#include "common/json_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

void notice_source_init(struct notice_source *source, const char *org, const char *site,
                        const char *gate)
{
        snprintf(source->root, sizeof(source->root), "stile/v1/%s/%s/%s", org, site, gate);
        snprintf(source->source, sizeof(source->source), "/stile/%s/%s/%s", org, site, gate);
}

void notice_stamp_now(struct notice_stamp *stamp)
{
        uint8_t noise[UUID_RANDOM_LEN] = { 0 };
        ssize_t got = getrandom(noise, sizeof(noise), 0); /* cannot fail for so few bytes */
        (void)got;
        int64_t now_us = wall_us();
        uuid7_format(now_us / 1000, noise, stamp->id);
        rfc3339_format(now_us, stamp->time);
}

static bool is_scalar(const json_t *value)
{
        return value && !json_is_object(value) && !json_is_array(value);
}

/* Copies the scalars among `names` (NULL-terminated); what is absent stays absent. */
static void copy(json_t *into, const json_t *from, const char *const *names)
{
        for (; *names; names++) {
                json_t *value = json_object_get(from, *names);
                if (is_scalar(value))
                        json_object_set(into, *names, value);
        }
}

/* The same for an object within: into[name] gets the fields of from[name], if any. */
static void copy_object(json_t *into, const json_t *from, const char *name,
                        const char *const *names)
{
        json_t *inner = json_object();
        copy(inner, json_object_get(from, name), names);
        if (json_object_size(inner) > 0)
                json_object_set_new(into, name, inner);
        else
                json_decref(inner);
}

/* What every message begins with. */
static void open_envelope(struct json_text *text, const struct notice_source *source,
                          const char *type)
{
        char full_type[48];
        snprintf(full_type, sizeof(full_type), "stile.%s.v1", type);
        json_text_open(text, NULL);
        json_text_string(text, "specversion", "1.0");
        json_text_string(text, "source", source->source);
        json_text_string(text, "type", full_type);
        json_text_string(text, "datacontenttype", "application/json");
}

char *notice_format(const struct notice_source *source, const char *type,
                    const struct notice_stamp *stamp, json_t *data)
{
        struct json_text text = { 0 };
        open_envelope(&text, source, type);
        json_text_member(&text, "data", data);
        json_decref(data);
        json_text_string(&text, "id", stamp->id);
        if (stamp->time[0] != '\0')
                json_text_string(&text, "time", stamp->time);
        json_text_close(&text);
        return json_text_take(&text);
}

/* What is missing makes the row useless to whoever stores it. */
static bool is_event(const json_t *event, int64_t *at_us)
{
        const char *time = json_string_value(json_object_get(event, "time"));
        return time && rfc3339_parse(time, at_us) && json_is_string(json_object_get(event, "id")) &&
               json_is_string(json_object_get(event, "epoch")) &&
               json_is_string(json_object_get(event, "event")) &&
               json_integer_value(json_object_get(event, "seq")) > 0;
}

/* Puts down the scalars among `names` (NULL-terminated). */
static void put(struct json_text *text, const json_t *from, const char *const *names)
{
        for (; *names; names++) {
                const json_t *value = json_object_get(from, *names);
                if (is_scalar(value))
                        json_text_member(text, *names, value);
        }
}

static void put_row(struct json_text *text, const json_t *event, int64_t at_us, int64_t up_at_us)
{
        static const char *const fields[] = { "epoch",
                                              "seq",
                                              "event",
                                              "access_point",
                                              "direction",
                                              "reason",
                                              "credential_class",
                                              "subject",
                                              "sealed",
                                              "grant_seq",
                                              "late",
                                              "no_sensor",
                                              "passback_soft",
                                              "inconsistent",
                                              "undeclared",
                                              NULL };
        static const char *const decided[] = { "clock", "registry_age_s", NULL };
        json_text_open(text, "data");
        put(text, event, fields);
        json_text_open(text, "decided");
        json_text_bool(text, "offline", at_us < up_at_us);
        put(text, event, decided);
        json_text_close(text);
        if (at_us < up_at_us - NOTICE_HISTORICAL_US)
                json_text_bool(text, "historical", true);
        json_text_close(text);
}

char *notice_entry(const struct notice_source *source, const json_t *event, int64_t up_at_us)
{
        static const char *const attributes[] = { "id", "time", NULL };
        struct json_text text = { 0 };
        int64_t at_us = 0;
        if (!is_event(event, &at_us))
                return NULL;
        open_envelope(&text, source, "entry");
        put_row(&text, event, at_us, up_at_us);
        put(&text, event, attributes);
        const json_t *access_point = json_object_get(event, "access_point");
        if (json_string_length(access_point) > 0)
                json_text_member(&text, "subject", access_point);
        json_text_close(&text);
        return json_text_take(&text);
}

/* Single passages come and go, entries tell of them: `mode` is what lasts. */
static json_t *point_status(const json_t *point)
{
        static const char *const lasting[] = { "released", "locked_open", "locked_down" };
        static const char *const fields[] = { "id", "door", "tamper", NULL };
        const char *state = json_string_value(json_object_get(point, "state"));
        const char *mode = "normal";
        for (size_t i = 0; state && i < ARRAY_LEN(lasting); i++)
                if (strcmp(state, lasting[i]) == 0)
                        mode = lasting[i];
        json_t *status = json_pack("{s:s}", "mode", mode);
        copy(status, point, fields);
        return status;
}

static json_t *points_of(const json_t *status, json_t *(*tell)(const json_t *point))
{
        json_t *points = json_array();
        json_t *point;
        size_t i;
        json_array_foreach(json_object_get(status, "access_points"), i, point)
        {
                json_array_append_new(points, tell(point));
        }
        return points;
}

/* Which of the centre's registries the gate has, and how much of the next is to come. NULL: the
 * centre has sent none. */
static json_t *registry_of(const json_t *status)
{
        static const char *const fields[] = { "version", "issued", "blocked_version", "trouble",
                                              NULL };
        static const char *const pending[] = { "buckets", "bytes", NULL };
        json_t *registry = json_object();
        copy(registry, status, fields);
        copy_object(registry, status, "pending", pending);
        if (json_object_size(registry) > 0)
                return registry;
        json_decref(registry);
        return NULL;
}

json_t *notice_status_data(const char *state, const char *reason, const json_t *status)
{
        static const char *const gate[] = { "boot", "epoch", "software", NULL };
        static const char *const journal[] = { "head", "acked", "oldest", NULL };
        static const char *const presence[] = { "inside", NULL };
        json_t *data = json_pack("{s:s, s:s*}", "state", state, "reason", reason);
        copy(data, json_object_get(status, "gate"), gate);
        copy(data, json_object_get(status, "journal"), journal);
        json_t *registry = registry_of(json_object_get(status, "registry"));
        if (registry)
                json_object_set_new(data, "registry", registry);
        json_t *quality = json_object_get(json_object_get(status, "clock"), "quality");
        if (quality)
                json_object_set(data, "clock", quality);
        json_t *fire = json_object_get(json_object_get(status, "fire"), "state");
        if (fire)
                json_object_set(data, "fire", fire);
        copy(data, json_object_get(status, "registry"), presence);
        if (status)
                json_object_set_new(data, "access_points", points_of(status, point_status));
        return data;
}

static json_t *point_health(const json_t *point)
{
        static const char *const fields[] = { "id", "refused_frames", "codes", NULL };
        static const char *const camera[] = { "state", "rate", "frames", "faults", NULL };
        static const char *const times[] = { "count", "p50", "p95", "p99", "max", NULL };
        json_t *health = json_object();
        copy(health, point, fields);
        copy_object(health, point, "camera", camera);
        copy_object(health, point, "decode_us", times);
        copy_object(health, point, "scan_to_relay_us", times);
        return health;
}

json_t *notice_health_data(const json_t *status, const double *temperature_c)
{
        static const char *const disk[] = { "free_bytes", "total_bytes", NULL };
        static const char *const journal[] = { "outbox",  "waiting", "late",         "lost",
                                               "dropped", "bytes",   "budget_bytes", NULL };
        static const char *const clock[] = { "quality", NULL };
        static const char *const gate[] = { "uptime_s", NULL };
        json_t *data = json_object();
        if (temperature_c)
                json_object_set_new(data, "temperature_c", json_real(*temperature_c));
        copy(data, json_object_get(status, "gate"), gate);
        copy_object(data, status, "clock", clock);
        copy_object(data, status, "disk", disk);
        copy_object(data, status, "journal", journal);
        json_object_set_new(data, "access_points", points_of(status, point_health));
        return data;
}

json_t *notice_outcome_data(const struct notice_outcome *outcome)
{
        static const char *const names[] = { "command", "nonce", "outcome", "refusal", "message" };
        const char *const values[] = { outcome->command, outcome->nonce, outcome->outcome,
                                       outcome->refusal, outcome->message };
        json_t *data = json_object();
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (values[i][0] != '\0')
                        json_object_set_new(data, names[i], json_string(values[i]));
        if (outcome->seq > 0) {
                json_object_set_new(data, "epoch", json_string(outcome->epoch));
                json_object_set_new(data, "seq", json_integer((json_int_t)outcome->seq));
        }
        return data;
}

int notice_publish(const struct notice_source *source, struct bus *bus, const struct notice *notice,
                   uint64_t token)
{
        char topic[NOTICE_TOPIC_MAX];
        if (!notice->json)
                return -ENOMEM;
        snprintf(topic, sizeof(topic), "%s/%s", source->root, notice->leaf);
        return bus_publish(bus, &(struct bus_publication){ .topic = topic,
                                                           .payload = notice->json,
                                                           .content_type = notice->content_type,
                                                           .qos = notice->qos,
                                                           .is_retained = notice->is_retained,
                                                           .token = token });
}

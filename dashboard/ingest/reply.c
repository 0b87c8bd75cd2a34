#include "dashboard/ingest/reply.h"

#include "common/rfc3339.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
        TOPIC_MAX = ARCHIVE_GATE_MAX + 32,
        SYNC_FOR_S = 30,   /* a gate's clock may be off by some seconds */
        SYNC_EXPIRY_S = 10 /* in the broker's queue */
};

int reply_ack(struct feed *feed, const struct fleet_stream *stream)
{
        char topic[TOPIC_MAX], epoch[UUID_TEXT_MAX], payload[128];
        uuid_format(stream->epoch, epoch);
        snprintf(topic, sizeof(topic), "stile/v1/%s/ack", stream->gate->name);
        int len = snprintf(payload, sizeof(payload), "{\"epoch\":\"%s\",\"seq\":%llu,\"batch\":%d}",
                           epoch, (unsigned long long)stream->at.contiguous, ENTRY_ROWS_MAX);
        return feed_publish(feed, &(struct feed_publication){ .topic = topic,
                                                              .payload = payload,
                                                              .len = (size_t)len,
                                                              .content_type = "application/json" });
}

static char *format_sync(const struct fleet_stream *stream, const char *actor, int64_t wall_us)
{
        char id[UUID_TEXT_MAX], epoch[UUID_TEXT_MAX], source[FLOW_ID_MAX + 16];
        char time[RFC3339_MAX], not_after[RFC3339_MAX];
        uint8_t noise[UUID_RANDOM_LEN] = { 0 };
        ssize_t got = getrandom(noise, sizeof(noise), 0); /* cannot fail for so few bytes */
        (void)got;
        uuid7_format(wall_us / 1000, noise, id);
        uuid_format(stream->epoch, epoch);
        rfc3339_format(wall_us, time);
        rfc3339_format(wall_us + SYNC_FOR_S * INT64_C(1000000), not_after);
        snprintf(source, sizeof(source), "/collector/%s", actor);
        json_t *event = json_pack(
                "{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:I}}", "specversion",
                "1.0", "type", "stile.command.v1", "id", id, "source", source, "time", time,
                "datacontenttype", "application/json", "data", "actor", actor, "reason",
                "rows are missing", "not_after", not_after, "nonce", id, "epoch", epoch, "from",
                (json_int_t)stream->at.contiguous + 1);
        char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;
        json_decref(event);
        return text;
}

int reply_sync(struct feed *feed, const struct fleet_stream *stream, const char *actor,
               int64_t wall_us)
{
        char topic[TOPIC_MAX];
        char *payload = format_sync(stream, actor, wall_us);
        if (!payload)
                return -ENOMEM;
        snprintf(topic, sizeof(topic), "stile/v1/%s/cmd/sync", stream->gate->name);
        int r = feed_publish(
                feed, &(struct feed_publication){ .topic = topic,
                                                  .payload = payload,
                                                  .len = strlen(payload),
                                                  .content_type = "application/cloudevents+json",
                                                  .expiry_s = SYNC_EXPIRY_S });
        free(payload);
        return r;
}

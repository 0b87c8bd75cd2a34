/*
 * Notice: what the gate tells the broker, as CloudEvents 1.0 in structured JSON (docs/mqtt.md).
 * Pure but for notice_stamp_now. Every field is copied by name: what is not named here, like a
 * holder or the free text of an event, never leaves the gate.
 */
#pragma once

#include "common/base.h"
#include "common/rfc3339.h"
#include "common/uuid.h"
#include "controller/flow.h"
#include "controller/ports/bus.h"
#include <jansson.h>

#define NOTICE_CONTENT_TYPE "application/cloudevents+json"

enum {
        NOTICE_ROOT_MAX = 128,
        NOTICE_TOPIC_MAX = 256,
        /* Rows older than the connection by more than this were recorded in an outage. */
        NOTICE_HISTORICAL_US = 3000000
};

/* Which gate speaks. */
struct notice_source {
        char root[NOTICE_ROOT_MAX];   /* topics: "stile/v1/org/site/gate" */
        char source[NOTICE_ROOT_MAX]; /* CloudEvents: "/stile/org/site/gate" */
};

/* CloudEvents id and time of everything but entries, which bring their own. */
struct notice_stamp {
        char id[UUID_TEXT_MAX];
        char time[RFC3339_MAX]; /* "": none */
};

struct notice_outcome {
        const char *command, *nonce; /* as asked; "" where it could not be read */
        const char *outcome;         /* done, refused, unknown */
        const char *refusal;         /* "" unless refused */
        const char *message;         /* for people; "" */
        const char *epoch;           /* with seq: the row of the journal */
        uint64_t seq;                /* 0: not known */
};

void notice_source_init(struct notice_source *source, const char *org, const char *site,
                        const char *gate);
void notice_stamp_now(struct notice_stamp *stamp);

/*
 * One event of the local protocol as leaf `entry`; up_at_us is when this connection to the broker
 * began (wall clock). Heap; NULL: not an event, or no memory.
 */
char *notice_entry(const struct notice_source *source, const json_t *event, int64_t up_at_us);

/*
 * The data of the others; new references, NULL without memory. `status` is the answer to the local
 * `status`, or NULL where nothing is known. `reason` may be NULL.
 */
json_t *notice_status_data(const char *state, const char *reason, const json_t *status);
json_t *notice_health_data(const json_t *status, const double *temperature_c);
json_t *notice_outcome_data(const struct notice_outcome *outcome);

/* The envelope around `data` (reference taken; NULL gives NULL); type "status" becomes
 * "stile.status.v1". Heap or NULL. */
char *notice_format(const struct notice_source *source, const char *type,
                    const struct notice_stamp *stamp, json_t *data);

/* Hands a notice to the bus. bus_publish's answers; -ENOMEM for a json of NULL. */
MUST_USE int notice_publish(const struct notice_source *source, struct bus *bus,
                            const struct notice *notice, uint64_t token);

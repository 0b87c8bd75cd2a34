/* Commands as they come from the network, for the tests of who reads and who carries them. */
#pragma once

#include "controller/ports/bus.h"

#include <stdio.h>
#include <string.h>

#define ROOT   "stile/v1/acme/hq/gate-1"
#define NOW_US INT64_C(1795485600000000) /* 2026-11-24T02:00:00Z */
#define EVENT                                                                                      \
        "\"specversion\":\"1.0\",\"type\":\"stile.command.v1\",\"id\":\"1\",\"source\":\"/desk\""
#define WHO        "\"actor\":\"guard-3\",\"reason\":\"wheelchair\""
#define WHEN       "\"not_after\":\"2026-11-24T02:00:10.000Z\",\"nonce\":\"aaaaaaaa-1\""
#define DATA       WHO "," WHEN
#define EPOCH      ",\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\""
#define WRAP(data) "{" EVENT ",\"data\":{" data "}}"
#define GOOD       WRAP(DATA ",\"access_point\":\"entry\"")

static inline struct bus_message message_of(const char *leaf, const char *payload)
{
        static char topic[512];
        snprintf(topic, sizeof(topic), "%s/cmd/%s", ROOT, leaf);
        return (struct bus_message){ .topic = topic,
                                     .payload = (unsigned char *)payload,
                                     .len = strlen(payload),
                                     .qos = 1 };
}

/*
 * Names: the stable identifiers of the flow's enums, as they stand in the local protocol, in MQTT
 * messages, exports and documents. A number is ours, a name is a promise.
 */
#pragma once

#include "controller/flow.h"

const char *event_name(enum event event);
const char *reason_name(enum reason reason);                    /* "" for REASON_NONE */
const char *credential_class_name(enum credential_class class); /* "" for CREDENTIAL_NONE */
const char *direction_name(enum direction direction);           /* "" for DIRECTION_NONE */
const char *clock_quality_name(enum clock_quality quality);

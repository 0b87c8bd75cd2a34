/*
 * Discovery: tells Home Assistant what this gate has to show, in its device-based form
 * (docs/home-assistant.md). One retained message outside of our own topics; what it points to are
 * our own messages, read by templates that run in Home Assistant. Pure.
 */
#pragma once

#include "controller/settings.h"

enum {
        DISCOVERY_TOPIC_MAX = 160
};

void discovery_topic(const struct settings *settings, char topic[DISCOVERY_TOPIC_MAX]);

/* Heap or NULL without memory. With HOME_ASSISTANT_CLEAR it is empty, which takes back what was
 * announced before. Not to be asked with HOME_ASSISTANT_OFF. */
char *discovery_format(const struct settings *settings);

/* Drivers of the feed port. */
#pragma once

#include "dashboard/ports/feed.h"

/* Strings are borrowed for the life of the feed. */
struct feed_mqtt_settings {
        const char *host;
        int port;
        const char *client_id;
        int keepalive_s, reconnect_max_s;
        const char *ca_file, *certificate_file, *private_key_file; /* ca_file NULL: no TLS */
        const char *const *topics; /* up to 8 filters; NULL after the last */
};

/* Begins to connect. 0, or -errno and *feed == NULL. */
MUST_USE int feed_mqtt_open(const struct feed_mqtt_settings *settings, struct feed **feed);

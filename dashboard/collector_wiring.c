#include "dashboard/collector_wiring.h"

#include "drivers/archive/archive_drivers.h"
#include "drivers/feed/feed_drivers.h"

int collector_wiring_archive(const struct collector_options *options, struct archive **archive)
{
        return archive_sqlite_open(options->archive.file, archive);
}

int collector_wiring_feed(const struct collector_options *options, struct feed **feed)
{
        static const char *const topics[] = { "stile/v1/+/+/+/entry", "stile/v1/+/+/+/status",
                                              "stile/v1/+/+/+/birth", "stile/v1/+/+/+/want", NULL };
        bool is_tls = options->broker.is_tls;
        const struct feed_mqtt_settings settings = {
                .host = options->broker.host,
                .port = options->broker.port,
                .client_id = options->collector.name,
                .keepalive_s = options->broker.keepalive_s,
                .reconnect_max_s = options->broker.reconnect_max_s,
                .ca_file = is_tls ? options->broker.ca_file : NULL,
                .certificate_file = is_tls ? options->broker.certificate_file : NULL,
                .private_key_file = is_tls ? options->broker.private_key_file : NULL,
                .topics = topics,
        };
        return feed_mqtt_open(&settings, feed);
}

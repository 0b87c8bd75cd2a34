#include "dashboard/collector_wiring.h"

#include "drivers/archive/archive_drivers.h"
#include "drivers/feed/amqp.h"
#include "drivers/feed/feed_drivers.h"

bool collector_wiring_check(const struct collector_options *options, const char *path,
                            FILE *complaints)
{
        const char *why;
        if (options->archive.postgresql[0] == '\0' ||
            archive_postgres_check(options->archive.postgresql, &why))
                return true;
        fprintf(complaints, "%s: [archive] postgresql: %s\n", path, why);
        return false;
}

int collector_wiring_archive(const struct collector_options *options, struct archive **archive)
{
        if (options->archive.postgresql[0] != '\0')
                return archive_postgres_open(options->archive.postgresql, archive);
        return archive_sqlite_open(options->archive.file, archive);
}

static const char *const topics[] = { "stile/v1/+/+/+/entry", "stile/v1/+/+/+/status",
                                      "stile/v1/+/+/+/birth", "stile/v1/+/+/+/health",
                                      "stile/v1/+/+/+/want",  NULL };

static int open_mqtt(const struct collector_options *options, struct feed **feed)
{
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

static int open_amqp(const struct collector_options *options, struct feed **feed)
{
        bool is_tls = options->amqp.is_tls, has_user = options->amqp.user[0] != '\0';
        const struct feed_amqp_settings settings = {
                .hosts = options->amqp.hosts,
                .virtual_host = options->amqp.virtual_host,
                .user = has_user ? options->amqp.user : NULL,
                .password_file = options->amqp.password_file,
                .ca_file = is_tls ? options->amqp.ca_file : NULL,
                .certificate_file = is_tls ? options->amqp.certificate_file : NULL,
                .private_key_file = is_tls ? options->amqp.private_key_file : NULL,
                .queue = options->amqp.queue,
                .bindings = topics,
                .is_shared = options->archive.postgresql[0] != '\0',
                .prefetch = options->amqp.prefetch,
                .heartbeat_s = options->amqp.heartbeat_s,
                .reconnect_max_s = options->amqp.reconnect_max_s,
        };
        return feed_amqp_open(&settings, feed);
}

int collector_wiring_feed(const struct collector_options *options, struct feed **feed)
{
        if (options->collector.feed == COLLECTOR_FEED_AMQP)
                return open_amqp(options, feed);
        return open_mqtt(options, feed);
}

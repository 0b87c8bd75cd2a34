#include "dashboard/forwarder_wiring.h"

#include "drivers/feed/amqp.h"
#include "drivers/feed/feed_drivers.h"

#include <string.h>

enum {
        PREFETCH = 200 /* for the site, on the way at a time */
};

void forwarder_wiring_init(struct forwarder_wiring *wiring, const struct forwarder_options *options)
{
        const char *org = options->forwarder.org, *site = options->forwarder.site;
        char root[ROUTE_ROOT_MAX];
        size_t up = 0, down = 0;
        *wiring = (struct forwarder_wiring){ .options = options };
        route_root(root, org, site);
        snprintf(wiring->client_id, sizeof(wiring->client_id), "stile-forwarder-%s-%s", org, site);
        snprintf(wiring->exchange, sizeof(wiring->exchange), "stile.up.%s.%s", org, site);
        snprintf(wiring->queue, sizeof(wiring->queue), "stile.forward.%s.%s", org, site);
        for (size_t i = 0; i < ROUTE_LEAVES; i++) {
                const struct route_leaf *leaf = &route_leaves[i];
                snprintf(wiring->filters[i], sizeof(wiring->filters[i]), "%s+/%s%s", root,
                         leaf->name, leaf->has_rest ? "/+" : "");
                if (leaf->way == ROUTE_UP)
                        wiring->up[up++] = wiring->filters[i];
                else
                        wiring->down[down++] = wiring->filters[i];
        }
}

int forwarder_wiring_centre(const struct forwarder_wiring *wiring, struct feed **feed)
{
        const struct forwarder_options *options = wiring->options;
        bool is_tls = options->centre.is_tls, has_user = options->centre.user[0] != '\0';
        const struct feed_amqp_settings settings = {
                .hosts = options->centre.hosts,
                .virtual_host = options->centre.virtual_host,
                .user = has_user ? options->centre.user : NULL,
                .password_file = options->centre.password_file,
                .ca_file = is_tls ? options->centre.ca_file : NULL,
                .certificate_file = is_tls ? options->centre.certificate_file : NULL,
                .private_key_file = is_tls ? options->centre.private_key_file : NULL,
                .queue = wiring->queue,
                /* A queue of quorum may be without a leader after a crash; and old commands and
                 * acknowledgements are not wanted. */
                .is_passing = true,
                .queue_max = options->centre.queue_max,
                /* Its own, which config/rabbitmq/definitions.sh makes: the site's leaves go on. */
                .exchange = wiring->exchange,
                .bindings = wiring->down,
                .prefetch = PREFETCH,
                .heartbeat_s = options->centre.heartbeat_s,
                .reconnect_max_s = options->centre.reconnect_max_s,
        };
        return feed_amqp_open(&settings, feed);
}

int forwarder_wiring_site(void *context, struct feed **feed)
{
        const struct forwarder_wiring *wiring = context;
        const struct forwarder_options *options = wiring->options;
        bool is_tls = options->site.is_tls;
        const struct feed_mqtt_settings settings = {
                .host = options->site.host,
                .port = options->site.port,
                .client_id = wiring->client_id,
                .keepalive_s = options->site.keepalive_s,
                .reconnect_max_s = options->site.reconnect_max_s,
                .ca_file = is_tls ? options->site.ca_file : NULL,
                .certificate_file = is_tls ? options->site.certificate_file : NULL,
                .private_key_file = is_tls ? options->site.private_key_file : NULL,
                .topics = wiring->up,
        };
        return feed_mqtt_open(&settings, feed);
}

/* Collector settings: config/collector.conf as one struct; the table in the .c is the only place
 * where a key, its range, its default and its help stand. */
#pragma once

#include "common/option.h"
#include "controller/flow.h"
#include "dashboard/registry/service.h"

enum {
        COLLECTOR_PATH_MAX = 108,
        COLLECTOR_RETENTION_FREE_DAYS = 30
};

enum collector_feed {
        COLLECTOR_FEED_MQTT,
        COLLECTOR_FEED_AMQP
};

struct collector_options {
        struct {
                char name[FLOW_ID_MAX];
                int feed; /* enum collector_feed */
                int batch_rows, batch_ms, gap_ms;
        } collector;
        struct {
                char file[COLLECTOR_PATH_MAX];
                char postgresql[512]; /* libpq's connection string; "": the file */
                int retention_days;
                char retention_reason[256]; /* for more than RETENTION_FREE_DAYS */
        } archive;
        struct {
                char host[256];
                int port;
                bool is_tls;
                char ca_file[COLLECTOR_PATH_MAX], certificate_file[COLLECTOR_PATH_MAX],
                        private_key_file[COLLECTOR_PATH_MAX];
                int keepalive_s, reconnect_max_s;
        } broker;
        struct {
                char hosts[512], virtual_host[64], user[64], password_file[COLLECTOR_PATH_MAX];
                bool is_tls;
                char ca_file[COLLECTOR_PATH_MAX], certificate_file[COLLECTOR_PATH_MAX],
                        private_key_file[COLLECTOR_PATH_MAX];
                char queue[128];
                int prefetch, heartbeat_s, reconnect_max_s;
        } amqp;
        struct registry_settings registry;
};

/* Defaults, then the file, then what must agree between keys. 0, -EINVAL or -errno, said. */
MUST_USE int collector_options_load(struct collector_options *options, const char *path,
                                    FILE *complaints);
void collector_options_print_sample(FILE *out);
/* After a reload: takes over what may change while running, logs what may not. */
void collector_options_apply(struct collector_options *current, struct collector_options *next);

/* Forwarder settings: config/forwarder.conf as one struct; the table in the .c is the only place
 * where a key, its range, its default and its help stand. */
#pragma once

#include "common/option.h"
#include "controller/flow.h"

enum {
        FORWARDER_PATH_MAX = 108
};

struct forwarder_options {
        struct {
                char org[FLOW_ID_MAX], site[FLOW_ID_MAX];
        } forwarder;
        struct {
                char host[256];
                int port;
                bool is_tls;
                char ca_file[FORWARDER_PATH_MAX], certificate_file[FORWARDER_PATH_MAX],
                        private_key_file[FORWARDER_PATH_MAX];
                int keepalive_s, reconnect_max_s;
        } site;
        struct {
                char hosts[512], virtual_host[64], user[64], password_file[FORWARDER_PATH_MAX];
                bool is_tls;
                char ca_file[FORWARDER_PATH_MAX], certificate_file[FORWARDER_PATH_MAX],
                        private_key_file[FORWARDER_PATH_MAX];
                int queue_max, heartbeat_s, reconnect_max_s;
        } centre;
};

/* Defaults, then the file, then what must agree between keys. 0, -EINVAL or -errno, said. */
MUST_USE int forwarder_options_load(struct forwarder_options *options, const char *path,
                                    FILE *complaints);
void forwarder_options_print_sample(FILE *out);

/* Dashboard settings: config/dashboard.conf as one struct; the table in the .c is the only place
 * where a key, its range, its default and its help stand. */
#pragma once

#include "common/option.h"
#include "controller/flow.h"

enum {
        DASHBOARD_PATH_MAX = 108
};

enum dashboard_plain {
        DASHBOARD_PLAIN_LOOPBACK, /* without TLS on loopback only */
        DASHBOARD_PLAIN_PROXY     /* a proxy in front speaks TLS */
};

enum dashboard_metrics {
        DASHBOARD_METRICS_LOOPBACK,
        DASHBOARD_METRICS_EVERYONE
};

#define DASHBOARD_CONFIG "/etc/stile/dashboard.conf"

struct dashboard_options {
        struct {
                char address[64];
                int port;
                char certificate_file[DASHBOARD_PATH_MAX], private_key_file[DASHBOARD_PATH_MAX];
                int plain; /* enum dashboard_plain */
                char trusted_proxy[256];
                int metrics; /* enum dashboard_metrics */
                int workers, connections_max, connections_per_address;
                char page[DASHBOARD_PATH_MAX];
                char url[256];
        } http;
        struct {
                char file[DASHBOARD_PATH_MAX];
                char postgresql[512]; /* libpq's connection string; "": the file */
                char proof_key_file[DASHBOARD_PATH_MAX];
        } archive;
        struct {
                char file[DASHBOARD_PATH_MAX], link_file[DASHBOARD_PATH_MAX];
                char postgresql[512];
        } accounts;
        struct {
                char file[DASHBOARD_PATH_MAX];
                char postgresql[512];
        } places;
        struct {
                char file[DASHBOARD_PATH_MAX];
                char postgresql[512];
        } requests;
        struct {
                int utc_offset_min;
        } site;
        struct {
                char socket[DASHBOARD_PATH_MAX];
                bool has_declarations, has_attendance;
        } registry;
        struct {
                char key[FLOW_ID_MAX];
                char keys_folder[DASHBOARD_PATH_MAX];
                char file[DASHBOARD_PATH_MAX];
                int days, link_h;
        } passes;
        struct {
                char desk[256];
        } enrolment;
        struct {
                char name[FLOW_ID_MAX];
                char host[256];
                int port;
                bool is_tls;
                char ca_file[DASHBOARD_PATH_MAX], certificate_file[DASHBOARD_PATH_MAX],
                        private_key_file[DASHBOARD_PATH_MAX];
                int keepalive_s, reconnect_max_s;
                char sign_key_file[DASHBOARD_PATH_MAX];
        } broker;
};

/* Defaults, then the file, then what must agree between keys. 0, -EINVAL or -errno, said. */
MUST_USE int dashboard_options_load(struct dashboard_options *options, const char *path,
                                    FILE *complaints);
void dashboard_options_print_sample(FILE *out);
bool dashboard_options_has_tls(const struct dashboard_options *options);

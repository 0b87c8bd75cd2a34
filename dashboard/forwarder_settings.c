#include "dashboard/forwarder_settings.h"

#include "controller/settings_values.h"
#include "dashboard/loopback.h"

#include <errno.h>
#include <string.h>

static const struct option_section sections[] = {
        { "forwarder", "Whose messages are carried; those of other sites never are.", NULL, NULL },
        { "site", "The site's own broker (MQTT 5), where its gates are.", NULL, NULL },
        { "centre", "The nodes of the centre (AMQP 0-9-1: RabbitMQ).", NULL, NULL },
};

#define AT(field)   offsetof(struct forwarder_options, field)
#define SIZE(field) sizeof(((struct forwarder_options *)0)->field)

#define INT(section, key, field, low, high, fallback, help)                                        \
        {                                                                                          \
                section, key, OPTION_INT, AT(field), 0, low, high, NULL, NULL, fallback, help,     \
                        false                                                                      \
        }
#define BOOL(section, key, field, fallback, help)                                                  \
        {                                                                                          \
                section, key, OPTION_BOOL, AT(field), 0, 0, 0, NULL, NULL, fallback, help, false   \
        }
#define TEXT(section, key, field, check, fallback, help)                                           \
        {                                                                                          \
                section, key, OPTION_TEXT, AT(field), SIZE(field), 0, 0, NULL, check, fallback,    \
                        help, false                                                                \
        }

static const struct option_row options[] = {
        TEXT("forwarder", "org", forwarder.org, settings_check_id, "example", "the organisation"),
        TEXT("forwarder", "site", forwarder.site, settings_check_id, "site",
             "the site; one forwarder for each"),
        TEXT("site", "host", site.host, NULL, "localhost", "its certificate must be for this name"),
        INT("site", "port", site.port, 1, 65535, "8883", "8883 with TLS, 1883 without"),
        BOOL("site", "tls", site.is_tls, "yes", "no only on loopback"),
        TEXT("site", "ca-file", site.ca_file, settings_check_path, "/etc/stile/forwarder/ca.crt",
             "who signs the broker's certificate"),
        TEXT("site", "certificate-file", site.certificate_file, settings_check_path,
             "/etc/stile/forwarder/forwarder.crt",
             "the forwarder's; the broker's access list hangs on the name in it"),
        TEXT("site", "private-key-file", site.private_key_file, settings_check_path,
             "/etc/stile/forwarder/forwarder.key", "and its key, readable by stile-forwarder only"),
        INT("site", "keepalive-s", site.keepalive_s, 5, 300, "8", "MQTT keep alive"),
        INT("site", "reconnect-max-s", site.reconnect_max_s, 1, 600, "30",
            "longest pause between two tries"),
        TEXT("centre", "hosts", centre.hosts, NULL, "localhost:5671",
             "nodes of one cluster, NAME:PORT, separated by commas; tried in turn.\n"
             "Their certificates must be for these names"),
        TEXT("centre", "virtual-host", centre.virtual_host, NULL, "stile", "the gates' and ours"),
        TEXT("centre", "user", centre.user, NULL, "",
             "who we are, with password-file; empty: the certificate's name"),
        TEXT("centre", "password-file", centre.password_file, settings_check_path,
             "/etc/stile/forwarder/amqp-password", "its first line; read at each connection"),
        BOOL("centre", "tls", centre.is_tls, "yes", "no only on loopback"),
        TEXT("centre", "ca-file", centre.ca_file, settings_check_path,
             "/etc/stile/forwarder/centre-ca.crt", "who signs the nodes' certificates"),
        TEXT("centre", "certificate-file", centre.certificate_file, settings_check_path,
             "/etc/stile/forwarder/centre.crt", "the forwarder's at the centre"),
        TEXT("centre", "private-key-file", centre.private_key_file, settings_check_path,
             "/etc/stile/forwarder/centre.key", "and its key, readable by stile-forwarder only"),
        INT("centre", "queue-max", centre.queue_max, 100, 1000000, "10000",
            "messages for the site that wait at the centre; beyond it the oldest go"),
        INT("centre", "heartbeat-s", centre.heartbeat_s, 5, 300, "10", "a silent node is left"),
        INT("centre", "reconnect-max-s", centre.reconnect_max_s, 1, 600, "30",
            "longest pause when no node can be reached"),
};

static const struct option_table table = { .sections = sections,
                                           .section_count = ARRAY_LEN(sections),
                                           .options = options,
                                           .option_count = ARRAY_LEN(options) };

static int complain(FILE *complaints, const char *path, const char *why)
{
        fprintf(complaints, "%s: %s\n", path, why);
        return -EINVAL;
}

int forwarder_options_load(struct forwarder_options *loaded, const char *path, FILE *complaints)
{
        memset(loaded, 0, sizeof(*loaded));
        option_defaults(&table, loaded);
        int error = option_load(&table, loaded, path, complaints);
        if (error)
                return error;
        if (!loaded->site.is_tls && !loopback_is_host(loaded->site.host))
                return complain(complaints, path, "[site] tls: no is for loopback only");
        if (!loaded->centre.is_tls && !loopback_are_hosts(loaded->centre.hosts))
                return complain(complaints, path, "[centre] tls: no is for loopback only");
        if (!loaded->centre.is_tls && loaded->centre.user[0] == '\0')
                return complain(complaints, path, "[centre] user: must be given without TLS");
        return 0;
}

void forwarder_options_print_sample(FILE *out)
{
        static const char *const names[] = { NULL };
        fputs("# Stile forwarder configuration. `stile-forwarder --print-config` prints this "
              "file.\n"
              "# A line that begins with # is a comment, or a default.\n\n",
              out);
        option_print(&table, names, out, NULL);
}

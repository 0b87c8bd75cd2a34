#include "dashboard/collector_settings.h"

#include "common/log.h"
#include "controller/settings_values.h"
#include "dashboard/loopback.h"

#include <errno.h>
#include <string.h>

static const struct option_section sections[] = {
        { "collector",
          "How entries are gathered: a commit for many, and nothing acknowledged before it.", NULL,
          NULL },
        { "archive", "Where the entries are kept.", NULL, NULL },
        { "broker", "Where the gates are heard: an MQTT broker (feed = mqtt),", NULL, NULL },
        { "amqp", "or a cluster of RabbitMQ nodes (feed = amqp); cluster.md says how to set it up.",
          NULL, NULL },
        { "registry",
          "The registry of one site, kept here and brought to its gates (docs/registry-sync.md).",
          NULL, NULL },
};

#define AT(field)   offsetof(struct collector_options, field)
#define SIZE(field) sizeof(((struct collector_options *)0)->field)

#define INT(section, key, field, low, high, fallback, live, help)                                  \
        {                                                                                          \
                section, key, OPTION_INT, AT(field), 0, low, high, NULL, NULL, fallback, help,     \
                        live                                                                       \
        }
#define TEXT(section, key, field, check, fallback, help)                                           \
        {                                                                                          \
                section, key, OPTION_TEXT, AT(field), SIZE(field), 0, 0, NULL, check, fallback,    \
                        help, false                                                                \
        }

static const char *const feeds[] = { "mqtt", "amqp", NULL };

static const struct option_row options[] = {
        { "collector", "feed", OPTION_CHOICE, AT(collector.feed), 0, 0, 0, feeds, NULL, "mqtt",
          "by which protocol the gates are heard: [broker] or [amqp]", false },
        TEXT("collector", "name", collector.name, settings_check_id, "collector",
             "who asks gates for missing rows: the actor of cmd/sync"),
        INT("collector", "batch-rows", collector.batch_rows, 1, 1000, "1000", true,
            "rows with which a commit is due; the message that fills it is not cut"),
        INT("collector", "batch-ms", collector.batch_ms, 1, 10000, "50", true,
            "longest time that a row waits for others"),
        INT("collector", "gap-ms", collector.gap_ms, 100, 600000, "3000", true,
            "how long a row may be overtaken before its gate is asked for it"),
        TEXT("archive", "file", archive.file, settings_check_path,
             "/var/lib/stile-collector/archive.db", "an SQLite database; not on a network share"),
        TEXT("archive", "postgresql", archive.postgresql, NULL, "",
             "instead of the file a PostgreSQL database, which several collectors may share:\n"
             "libpq's connection string without a password, as service=stile; empty: the file"),
        INT("archive", "retention-days", archive.retention_days, 1, 3650, "21", true,
            "whole days (UTC) after which entries and ended stays are deleted; figures stay"),
        TEXT("archive", "retention-reason", archive.retention_reason, NULL, "",
             "why they are kept for more than 30 days: the law or the decision that says so"),
        TEXT("broker", "host", broker.host, NULL, "localhost",
             "its certificate must be for this name"),
        INT("broker", "port", broker.port, 1, 65535, "8883", false, "8883 with TLS, 1883 without"),
        { "broker", "tls", OPTION_BOOL, AT(broker.is_tls), 0, 0, 0, NULL, NULL, "yes",
          "no only on loopback", false },
        TEXT("broker", "ca-file", broker.ca_file, settings_check_path,
             "/etc/stile/collector/ca.crt", "who signs the broker's certificate"),
        TEXT("broker", "certificate-file", broker.certificate_file, settings_check_path,
             "/etc/stile/collector/collector.crt",
             "the collector's; the broker's access list hangs on the name in it"),
        TEXT("broker", "private-key-file", broker.private_key_file, settings_check_path,
             "/etc/stile/collector/collector.key", "and its key, readable by stile-collector only"),
        INT("broker", "keepalive-s", broker.keepalive_s, 5, 300, "8", false, "MQTT keep alive"),
        INT("broker", "reconnect-max-s", broker.reconnect_max_s, 1, 600, "30", false,
            "longest pause between two tries"),
        TEXT("amqp", "hosts", amqp.hosts, NULL, "localhost:5671",
             "nodes of one cluster, NAME:PORT, separated by commas; tried in turn.\n"
             "Their certificates must be for these names"),
        TEXT("amqp", "virtual-host", amqp.virtual_host, NULL, "stile", "the gates' and ours"),
        TEXT("amqp", "user", amqp.user, NULL, "",
             "who we are, with password-file; empty: the certificate's name"),
        TEXT("amqp", "password-file", amqp.password_file, settings_check_path,
             "/etc/stile/collector/amqp-password", "its first line; read at each connection"),
        { "amqp", "tls", OPTION_BOOL, AT(amqp.is_tls), 0, 0, 0, NULL, NULL, "yes",
          "no only on loopback", false },
        TEXT("amqp", "ca-file", amqp.ca_file, settings_check_path, "/etc/stile/collector/ca.crt",
             "who signs the nodes' certificates"),
        TEXT("amqp", "certificate-file", amqp.certificate_file, settings_check_path,
             "/etc/stile/collector/collector.crt", "the collector's"),
        TEXT("amqp", "private-key-file", amqp.private_key_file, settings_check_path,
             "/etc/stile/collector/collector.key", "and its key, readable by stile-collector only"),
        TEXT("amqp", "queue", amqp.queue, NULL, "stile-entries",
             "made when missing. One queue for one archive: collectors of different archives\n"
             "that consume the same queue would each get a part of the rows"),
        INT("amqp", "prefetch", amqp.prefetch, 1, 65535, "2000", false,
            "messages that the broker hands over before the first is settled; at least batch-rows"),
        INT("amqp", "heartbeat-s", amqp.heartbeat_s, 5, 300, "10", false, "a silent node is left"),
        INT("amqp", "reconnect-max-s", amqp.reconnect_max_s, 1, 600, "30", false,
            "longest pause when no node can be reached"),
        TEXT("registry", "folder", registry.folder, settings_check_optional_path, "",
             "of registry.db and published.db; empty: no registry is kept here"),
        TEXT("registry", "org", registry.org, settings_check_id, "org", "the site's organisation"),
        TEXT("registry", "site", registry.site, settings_check_id, "site", "and the site"),
        TEXT("registry", "socket", registry.socket, settings_check_optional_path,
             "/run/stile-collector/registry.sock",
             "where stilectl --socket finds it; empty: nowhere"),
        TEXT("registry", "site-key-file", registry.site_key_file, settings_check_path,
             "/var/lib/stile-collector/site.key",
             "the site key, the same as in gate.key-file of the site's gates"),
        TEXT("registry", "key-file", registry.key_file, settings_check_path,
             "/etc/stile/collector/manager.pem",
             "private key of a [manager] whose roles at the gates hold registry"),
        TEXT("registry", "passphrase-file", registry.passphrase_file, settings_check_optional_path,
             "", "its passphrase, in a file of mode 0600; empty: it has none"),
        INT("registry", "look-s", registry.look_s, 1, 3600, "2", false,
            "how often to look whether the registry has changed"),
        INT("registry", "renew-s", registry.renew_s, 60, 86400, "3600", false,
            "how often the manifest is issued anew, so that gates know how old theirs is"),
};

static const struct option_table table = { .sections = sections,
                                           .section_count = ARRAY_LEN(sections),
                                           .options = options,
                                           .option_count = ARRAY_LEN(options) };

static bool complain(FILE *complaints, const char *path, const char *why)
{
        fprintf(complaints, "%s: %s\n", path, why);
        return false;
}

/* What must agree between keys; of the feed that is used. */
static bool check(const struct collector_options *loaded, const char *path, FILE *complaints)
{
        if (loaded->archive.retention_days > COLLECTOR_RETENTION_FREE_DAYS &&
            loaded->archive.retention_reason[0] == '\0')
                return complain(complaints, path,
                                "[archive] retention-days: more than 30 need a retention-reason");
        if (loaded->collector.feed == COLLECTOR_FEED_MQTT) {
                if (!loaded->broker.is_tls && !loopback_is_host(loaded->broker.host))
                        return complain(complaints, path, "[broker] tls: no is for loopback only");
                return true;
        }
        if (!loaded->amqp.is_tls && !loopback_are_hosts(loaded->amqp.hosts))
                return complain(complaints, path, "[amqp] tls: no is for loopback only");
        if (!loaded->amqp.is_tls && loaded->amqp.user[0] == '\0')
                return complain(complaints, path, "[amqp] user: must be given without TLS");
        if (loaded->amqp.prefetch < loaded->collector.batch_rows)
                return complain(complaints, path, "[amqp] prefetch: is less than batch-rows");
        return true;
}

int collector_options_load(struct collector_options *loaded, const char *path, FILE *complaints)
{
        memset(loaded, 0, sizeof(*loaded));
        option_defaults(&table, loaded);
        int error = option_load(&table, loaded, path, complaints);
        if (error && error != -EINVAL)
                return error;
        return check(loaded, path, complaints) ? error : -EINVAL;
}

void collector_options_print_sample(FILE *out)
{
        static const char *const names[] = { NULL };
        fputs("# Stile collector configuration. `stile-collector --print-config` prints this "
              "file.\n"
              "# A line that begins with # is a comment, or a default.\n\n",
              out);
        option_print(&table, names, out, NULL);
}

static void on_refused(void *context, const char *section, const char *key)
{
        (void)context;
        log_warn("option needs a restart", "section=%s key=%s", section, key);
}

void collector_options_apply(struct collector_options *current, struct collector_options *next)
{
        option_apply_live(&table, current, next, on_refused, NULL);
}

#include "dashboard/dashboard_settings.h"

#include "controller/settings_values.h"
#include "dashboard/http/peer.h"
#include "dashboard/loopback.h"

#include <errno.h>
#include <string.h>

static const struct option_section sections[] = {
        { "http", "Where people's browsers come to.", NULL, NULL },
        { "archive", "What stile-collector keeps; the same as in collector.conf.", NULL, NULL },
        { "accounts", "Who may log in, and what they did.", NULL, NULL },
        { "places", "Which places there are, with a gate or without.", NULL, NULL },
        { "requests", "What people asked for, and by when the law wants it done.", NULL, NULL },
        { "site", "What a day is.", NULL, NULL },
        { "registry", "People and passes, at the collector that keeps the site's registry.", NULL,
          NULL },
        { "passes", "Passes on phones, of people in the registry.", NULL, NULL },
        { "enrolment", "New gates' one-time tokens come from the CA's desk.", NULL, NULL },
        { "broker", "Commands to gates go out here.", NULL, NULL },
};

#define AT(field)   offsetof(struct dashboard_options, field)
#define SIZE(field) sizeof(((struct dashboard_options *)0)->field)

#define INT(section, key, field, low, high, fallback, help)                                        \
        {                                                                                          \
                section, key, OPTION_INT, AT(field), 0, low, high, NULL, NULL, fallback, help,     \
                        false                                                                      \
        }
#define TEXT(section, key, field, check, fallback, help)                                           \
        {                                                                                          \
                section, key, OPTION_TEXT, AT(field), SIZE(field), 0, 0, NULL, check, fallback,    \
                        help, false                                                                \
        }

static const char *const readers[] = { "loopback", "everyone", NULL };
static const char *const plains[] = { "loopback", "behind-proxy", NULL };

static const struct option_row options[] = {
        TEXT("http", "address", http.address, NULL, "127.0.0.1",
             "a numeric address; :: is every one of this machine"),
        INT("http", "port", http.port, 0, 65535, "8080", "0: any free one, which the log tells"),
        TEXT("http", "certificate-file", http.certificate_file, settings_check_optional_path, "",
             "PEM, with its chain; empty: without TLS"),
        TEXT("http", "private-key-file", http.private_key_file, settings_check_optional_path, "",
             "and its key, readable by the dashboard only"),
        { "http", "plain", OPTION_CHOICE, AT(http.plain), 0, 0, 0, plains, NULL, "loopback",
          "without TLS only on loopback, or, with a proxy in front that speaks TLS, anywhere",
          false },
        TEXT("http", "trusted-proxy", http.trusted_proxy, peer_check, "127.0.0.1 ::1",
             "behind-proxy: the proxy's addresses. Of whoever comes from there the last address "
             "of\n"
             "X-Forwarded-For counts; from anywhere else that header is anybody's word"),
        { "http", "metrics", OPTION_CHOICE, AT(http.metrics), 0, 0, 0, readers, NULL, "loopback",
          "who may read /metrics: this machine, without a proxy; or everyone who reaches the port",
          false },
        INT("http", "workers", http.workers, 1, 32, "4", "questions that are answered at once"),
        INT("http", "connections-max", http.connections_max, 8, 10000, "512", "of all browsers"),
        INT("http", "connections-per-address", http.connections_per_address, 0, 10000, "64",
            "0: no limit, as behind a proxy"),
        TEXT("http", "page", http.page, settings_check_path, "/usr/share/stile/page",
             "the folder of the web page"),
        TEXT("http", "url", http.url, NULL, "",
             "how people reach it, as https://gates.example: for the first link, and where a "
             "proxy\n"
             "says another Host"),
        TEXT("archive", "file", archive.file, settings_check_path,
             "/var/lib/stile-collector/archive.db", "an SQLite database"),
        TEXT("archive", "postgresql", archive.postgresql, NULL, "",
             "instead of the file a PostgreSQL database: libpq's connection string without a\n"
             "password, as service=stile; empty: the file"),
        TEXT("archive", "proof-key-file", archive.proof_key_file, settings_check_path,
             "/var/lib/stile-dashboard/proof.pem",
             "signs what prove-deletion says; made when it is not there"),
        TEXT("accounts", "file", accounts.file, settings_check_path,
             "/var/lib/stile-dashboard/accounts.db",
             "accounts, sessions and the audit log: an SQLite database"),
        TEXT("accounts", "postgresql", accounts.postgresql, NULL, "",
             "instead of the file a PostgreSQL database, for dashboards on several machines"),
        TEXT("accounts", "link-file", accounts.link_file, settings_check_path,
             "/var/lib/stile-dashboard/first-link",
             "while there is no administrator, the link that makes the first one"),
        TEXT("places", "file", places.file, settings_check_path,
             "/var/lib/stile-dashboard/places.db",
             "the register of places in scope: an SQLite database"),
        TEXT("places", "postgresql", places.postgresql, NULL, "",
             "instead of the file a PostgreSQL database, for dashboards on several machines"),
        TEXT("requests", "file", requests.file, settings_check_path,
             "/var/lib/stile-dashboard/requests.db",
             "the register of what people asked for: an SQLite database"),
        TEXT("requests", "postgresql", requests.postgresql, NULL, "",
             "instead of the file a PostgreSQL database, for dashboards on several machines"),
        INT("site", "utc-offset-min", site.utc_offset_min, -840, 840, "420",
            "minutes east of UTC: where days begin in figures and totals"),
        TEXT("registry", "socket", registry.socket, settings_check_optional_path, "",
             "as /run/stile-collector/registry.sock; empty: no people here"),
        { "registry", "declarations", OPTION_BOOL, AT(registry.has_declarations), 0, 0, 0, NULL,
          NULL, "no",
          "yes: health declarations are taken here and brought to the gates; what they are good "
          "for\nsays rules.declaration of gate.conf",
          false },
        { "registry", "attendance", OPTION_BOOL, AT(registry.has_attendance), 0, 0, 0, NULL, NULL,
          "no",
          "yes: managers may export who was there when, by name; only where people were told so",
          false },
        TEXT("passes", "key", passes.key, settings_check_optional_id, "",
             "the issuing key's name (stilectl-key); gates trust its public half; empty: no "
             "passes\n"
             "on phones"),
        TEXT("passes", "keys-folder", passes.keys_folder, settings_check_path,
             "/var/lib/stile-dashboard/keys", "the folder of keys, 0700 and the dashboard's"),
        TEXT("passes", "file", passes.file, settings_check_path,
             "/var/lib/stile-dashboard/passes.db", "links and passes: an SQLite database"),
        INT("passes", "days", passes.days, 1, 3650, "365",
            "that a pass is good for whose holder has no end"),
        INT("passes", "link-h", passes.link_h, 1, 720, "72",
            "hours in which a link must be opened"),
        TEXT("enrolment", "desk", enrolment.desk, NULL, "",
             "HOST:PORT of stilectl gate serve, with --granter and the name in [broker]\n"
             "certificate-file, which is shown there; empty: gates are not enrolled from here"),
        TEXT("broker", "name", broker.name, settings_check_id, "dashboard",
             "under which gates answer; each dashboard of a broker has its own"),
        TEXT("broker", "host", broker.host, NULL, "",
             "its certificate must be for this name; empty: gates are not commanded from here"),
        INT("broker", "port", broker.port, 1, 65535, "8883", "8883 with TLS, 1883 without"),
        { "broker", "tls", OPTION_BOOL, AT(broker.is_tls), 0, 0, 0, NULL, NULL, "yes",
          "no only on loopback", false },
        TEXT("broker", "ca-file", broker.ca_file, settings_check_path,
             "/etc/stile/dashboard/ca.crt", "who signs the broker's certificate"),
        TEXT("broker", "certificate-file", broker.certificate_file, settings_check_path,
             "/etc/stile/dashboard/dashboard.crt",
             "the dashboard's; the broker's access list hangs on the name in it"),
        TEXT("broker", "private-key-file", broker.private_key_file, settings_check_path,
             "/etc/stile/dashboard/dashboard.key", "and its key, readable by the dashboard only"),
        TEXT("broker", "sign-key-file", broker.sign_key_file, settings_check_optional_path, "",
             "a private key (PEM, 0600) that signs commands, for gates with commands.signatures =\n"
             "required, whose [manager] it is; empty: commands are not signed"),
        INT("broker", "keepalive-s", broker.keepalive_s, 5, 300, "8", "MQTT keep alive"),
        INT("broker", "reconnect-max-s", broker.reconnect_max_s, 1, 600, "30",
            "longest pause between two tries"),
};

static const struct option_table table = { .sections = sections,
                                           .section_count = ARRAY_LEN(sections),
                                           .options = options,
                                           .option_count = ARRAY_LEN(options) };

bool dashboard_options_has_tls(const struct dashboard_options *loaded)
{
        return loaded->http.certificate_file[0] != '\0';
}

/* NULL: good. */
static const char *find_trouble(const struct dashboard_options *loaded)
{
        bool has_key = loaded->http.private_key_file[0] != '\0';
        if (dashboard_options_has_tls(loaded) != has_key)
                return "[http] certificate-file and private-key-file go together";
        if (!has_key && loaded->http.plain == DASHBOARD_PLAIN_LOOPBACK &&
            !loopback_is_host(loaded->http.address))
                return "[http] address: without TLS only loopback, or plain = behind-proxy";
        if (loaded->broker.host[0] != '\0' && !loaded->broker.is_tls &&
            !loopback_is_host(loaded->broker.host))
                return "[broker] tls: no is for loopback only";
        return NULL;
}

int dashboard_options_load(struct dashboard_options *loaded, const char *path, FILE *complaints)
{
        memset(loaded, 0, sizeof(*loaded));
        option_defaults(&table, loaded);
        int error = option_load(&table, loaded, path, complaints);
        if (error && error != -EINVAL)
                return error;
        const char *trouble = find_trouble(loaded);
        if (trouble)
                fprintf(complaints, "%s: %s\n", path, trouble);
        return trouble ? -EINVAL : error;
}

void dashboard_options_print_sample(FILE *out)
{
        static const char *const names[] = { NULL };
        fputs("# Stile dashboard configuration. `stile-dashboard --print-config` prints this "
              "file.\n"
              "# A line that begins with # is a comment, or a default.\n\n",
              out);
        option_print(&table, names, out, NULL);
}

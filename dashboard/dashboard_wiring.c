#include "dashboard/dashboard_wiring.h"

#include "dashboard/late_history.h"
#include "drivers/access/access_drivers.h"
#include "drivers/archive/archive_drivers.h"
#include "drivers/feed/feed_drivers.h"
#include "drivers/places/places_drivers.h"
#include "drivers/requests/requests_drivers.h"
#include "drivers/store/database.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool dashboard_wiring_check(const struct dashboard_options *options, const char *path,
                            FILE *complaints)
{
        const struct {
                const char *section, *conninfo;
        } databases[] = {
                { "archive", options->archive.postgresql },
                { "accounts", options->accounts.postgresql },
                { "places", options->places.postgresql },
                { "requests", options->requests.postgresql },
        };
        bool is_good = true;
        for (size_t i = 0; i < ARRAY_LEN(databases); i++) {
                const char *why;
                if (databases[i].conninfo[0] == '\0' ||
                    archive_postgres_check(databases[i].conninfo, &why))
                        continue;
                fprintf(complaints, "%s: [%s] postgresql: %s\n", path, databases[i].section, why);
                is_good = false;
        }
        return is_good;
}

struct history *dashboard_wiring_history(const struct dashboard_options *options)
{
        struct history *history = NULL;
        if (options->archive.postgresql[0] == '\0')
                return late_history_new(history_sqlite_open, options->archive.file);
        return history_postgres_open(options->archive.postgresql, &history) == 0 ? history : NULL;
}

int dashboard_wiring_accounts(const struct dashboard_options *options, struct accounts **accounts)
{
        return options->accounts.postgresql[0] != '\0'
                       ? accounts_postgres_open(options->accounts.postgresql, accounts)
                       : accounts_sqlite_open(options->accounts.file, accounts);
}

int dashboard_wiring_accounts_at(const char *where, struct accounts **accounts)
{
        *accounts = NULL;
        /* Opening a file would make it. */
        if (access(where, R_OK) == 0)
                return accounts_sqlite_open(where, accounts);
        int error = errno;
        return strchr(where, '=') ? accounts_postgres_open(where, accounts) : -error;
}

int dashboard_wiring_places(const struct dashboard_options *options, struct places **places)
{
        return options->places.postgresql[0] != '\0'
                       ? places_postgres_open(options->places.postgresql, places)
                       : places_sqlite_open(options->places.file, places);
}

int dashboard_wiring_requests(const struct dashboard_options *options, struct requests **requests)
{
        return options->requests.postgresql[0] != '\0'
                       ? requests_postgres_open(options->requests.postgresql, requests)
                       : requests_sqlite_open(options->requests.file, requests);
}

const char *dashboard_wiring_accounts_place(const struct dashboard_options *options)
{
        return options->accounts.postgresql[0] != '\0' ? options->accounts.postgresql
                                                       : options->accounts.file;
}

int dashboard_wiring_archive(const struct dashboard_options *options, struct archive **archive)
{
        *archive = NULL;
        if (options->archive.postgresql[0] != '\0')
                return archive_postgres_open(options->archive.postgresql, archive);
        /* Opening it would make it. */
        return access(options->archive.file, F_OK) < 0
                       ? -errno
                       : archive_sqlite_open(options->archive.file, archive);
}

int dashboard_wiring_move(const struct dashboard_options *options, const char *conninfo,
                          wiring_teller *tell, void *context)
{
        return access(options->archive.file, F_OK) < 0
                       ? -errno
                       : archive_move(options->archive.file, conninfo, tell, context);
}

int dashboard_wiring_copy(const char *from, const char *to)
{
        return database_copy(from, to);
}

int dashboard_wiring_feed(const struct dashboard_options *options, struct feed **feed)
{
        static char replies[sizeof("stile/v1/+/+/+/res/") + FLOW_ID_MAX];
        static const char *const topics[] = { replies, NULL };
        bool is_tls = options->broker.is_tls;
        *feed = NULL;
        if (options->broker.host[0] == '\0')
                return 0;
        (void)snprintf(replies, sizeof(replies), "stile/v1/+/+/+/res/%s", options->broker.name);
        const struct feed_mqtt_settings settings = {
                .host = options->broker.host,
                .port = options->broker.port,
                .client_id = options->broker.name,
                .keepalive_s = options->broker.keepalive_s,
                .reconnect_max_s = options->broker.reconnect_max_s,
                .ca_file = is_tls ? options->broker.ca_file : NULL,
                .certificate_file = is_tls ? options->broker.certificate_file : NULL,
                .private_key_file = is_tls ? options->broker.private_key_file : NULL,
                .topics = topics,
        };
        return feed_mqtt_open(&settings, feed);
}

/* Dashboard wiring: which driver is which, by the configuration. */
#pragma once

#include "dashboard/dashboard_settings.h"
#include "dashboard/ports/accounts.h"
#include "dashboard/ports/feed.h"
#include "dashboard/ports/history.h"
#include "dashboard/ports/places.h"
#include "dashboard/ports/requests.h"

/* What the drivers have to say of the configuration. */
MUST_USE bool dashboard_wiring_check(const struct dashboard_options *options, const char *path,
                                     FILE *complaints);
/* One more reader of the archive. NULL: no memory, or logged. */
struct history *dashboard_wiring_history(const struct dashboard_options *options);
/* The accounts; their file is made when there is none. 0 or -errno, logged. */
MUST_USE int dashboard_wiring_accounts(const struct dashboard_options *options,
                                       struct accounts **accounts);
/* Those that are at a path, or at a connection to PostgreSQL. -ENOENT: there is no such file. */
MUST_USE int dashboard_wiring_accounts_at(const char *where, struct accounts **accounts);
/* Where they are, for people. */
const char *dashboard_wiring_accounts_place(const struct dashboard_options *options);
/* The register of places, and that of requests; as the accounts. */
MUST_USE int dashboard_wiring_places(const struct dashboard_options *options,
                                     struct places **places);
MUST_USE int dashboard_wiring_requests(const struct dashboard_options *options,
                                       struct requests **requests);
/* The archive itself, to change it beside the collector. 0 or -errno. */
MUST_USE int dashboard_wiring_archive(const struct dashboard_options *options,
                                      struct archive **archive);
/* Told of each table that has been moved, and how many rows of it. */
typedef void wiring_teller(void *context, const char *table, uint64_t rows);
/* The archive's file into a PostgreSQL database. 0; -EBUSY: somebody has the file open; -ENOTEMPTY:
 * there are gates in the database; -EINVAL: `conninfo`; -errno. */
MUST_USE int dashboard_wiring_move(const struct dashboard_options *options, const char *conninfo,
                                   wiring_teller *tell, void *context);
/* What is committed in one of our databases, while it is used, into a new file. 0, -EEXIST or
 * -errno. */
MUST_USE int dashboard_wiring_copy(const char *from, const char *to);
/* *feed NULL: gates are not commanded from here. 0 or -errno. */
MUST_USE int dashboard_wiring_feed(const struct dashboard_options *options, struct feed **feed);

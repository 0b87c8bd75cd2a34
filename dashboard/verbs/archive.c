/* The archive brought to this version, or from SQLite to PostgreSQL. */
#include "dashboard/dashboard_wiring.h"
#include "dashboard/verbs/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, int r)
{
        const char *words = r == -EBUSY ? "somebody has it open: stop collector and dashboard first"
                            : r == -ENOTEMPTY ? "there are gates in it already"
                                              : strerror(-r);
        fprintf(stderr, "%s: %s\n", what, words);
        return 1;
}

/* Opening does it; a database is only reached by a call. */
int verb_migrate(int argc, char **argv)
{
        static struct dashboard_options options;
        struct archive *archive = NULL;
        const struct archive_batch nothing = { 0 };
        if (!verb_load(&options, argc > 1 ? argv[1] : DASHBOARD_CONFIG))
                return 2;
        const char *where = options.archive.postgresql[0] ? "the database" : options.archive.file;
        int r = dashboard_wiring_archive(&options, &archive);
        if (!r && archive)
                r = archive_store(archive, &nothing);
        archive_close(archive);
        if (r)
                return fail(where, r);
        fprintf(stderr, "%s: is of this version (" STILE_VERSION ")\n", where);
        return 0;
}

static void tell(void *context, const char *table, uint64_t rows)
{
        (void)context;
        fprintf(stderr, "%-9s %" PRIu64 "\n", table, rows);
}

int verb_move_archive(int argc, char **argv)
{
        static struct dashboard_options options;
        if (!verb_load(&options, argc > 2 ? argv[2] : DASHBOARD_CONFIG))
                return 2;
        int r = dashboard_wiring_move(&options, argv[1], tell, NULL);
        if (r)
                return fail(r == -ENOTEMPTY || r == -EINVAL ? argv[1] : options.archive.file, r);
        fprintf(stderr,
                "%s: is in PostgreSQL now, too. Write `postgresql = %s` into [archive] of"
                " collector.conf and dashboard.conf, start both, and keep the file until you have"
                " seen it work\n",
                options.archive.file, argv[1]);
        return 0;
}

/*
 * What a dashboard cannot make anew, into a folder and back: the accounts with their audit log, the
 * registers of places and of requests, links to passes, the key of its proofs, and an archive in
 * SQLite. PostgreSQL has tools of its own for that.
 */
#include "controller/ports/signing.h"
#include "dashboard/dashboard_wiring.h"
#include "dashboard/verbs/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        PARTS = 6
};

struct part {
        const char *name; /* in the folder */
        const char *path; /* where it belongs */
        int (*copy)(const char *from, const char *to);
        bool is_needed;
};

static int copy_key(const char *from, const char *to)
{
        struct signing_key *key = NULL;
        int r = signing_key_load(from, NULL, &key);
        if (!r)
                r = signing_key_save(key, to, NULL);
        signing_key_free(key);
        return r;
}

/* How many are files. */
static size_t list_parts(const struct dashboard_options *options, struct part parts[PARTS])
{
        const struct {
                struct part part;
                const char *postgresql; /* where it is instead of the file; NULL: nowhere */
        } all[PARTS] = {
                { { "accounts.db", options->accounts.file, dashboard_wiring_copy, true },
                  options->accounts.postgresql },
                { { "proof.pem", options->archive.proof_key_file, copy_key, false }, NULL },
                { { "places.db", options->places.file, dashboard_wiring_copy, false },
                  options->places.postgresql },
                { { "requests.db", options->requests.file, dashboard_wiring_copy, false },
                  options->requests.postgresql },
                { { "passes.db", options->passes.file, dashboard_wiring_copy, false }, NULL },
                { { "archive.db", options->archive.file, dashboard_wiring_copy, true },
                  options->archive.postgresql },
        };
        size_t count = 0;
        for (size_t i = 0; i < PARTS; i++) {
                if (!all[i].postgresql || all[i].postgresql[0] == '\0')
                        parts[count++] = all[i].part;
                else
                        fprintf(stderr,
                                "instead of %s there is PostgreSQL: pg_dump and pg_restore are its"
                                " tools\n",
                                all[i].part.name);
        }
        return count;
}

static int fail(const char *what, int r)
{
        fprintf(stderr, "%s: %s%s\n", what, strerror(-r),
                r == -EEXIST ? "; move it away first" : "");
        return 1;
}

static int join(char path[PATH_MAX], const char *folder, const char *name)
{
        int len = snprintf(path, PATH_MAX, "%s/%s", folder, name);
        return len > 0 && len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* One part, from its place into the folder or back. 0 or -errno, said. */
static int bring(const struct part *part, const char *folder, bool is_back)
{
        char kept[PATH_MAX];
        int r = join(kept, folder, part->name);
        const char *from = is_back ? kept : part->path, *to = is_back ? part->path : kept;
        if (!r && !part->is_needed && access(from, F_OK) < 0)
                return 0;
        if (!r)
                r = part->copy(from, to);
        if (r) {
                (void)fail(r == -EEXIST ? to : from, r);
                return r;
        }
        fprintf(stderr, "%s -> %s\n", from, to);
        return 0;
}

int verb_backup(int argc, char **argv)
{
        static struct dashboard_options options;
        struct part parts[PARTS];
        const char *folder = argv[1];
        char partial[PATH_MAX];
        if (!verb_load(&options, argc > 2 ? argv[2] : DASHBOARD_CONFIG))
                return 2;
        if (access(folder, F_OK) == 0)
                return fail(folder, -EEXIST);
        int len = snprintf(partial, sizeof(partial), "%s.partial", folder);
        if (len < 0 || len >= (int)sizeof(partial))
                return fail(folder, -ENAMETOOLONG);
        if (mkdir(partial, 0700) < 0)
                return fail(partial, -errno);
        size_t count = list_parts(&options, parts);
        for (size_t i = 0; i < count; i++)
                if (bring(&parts[i], partial, false))
                        return 1;
        return rename(partial, folder) < 0 ? fail(folder, -errno) : 0;
}

/* Nothing is overwritten: whatever is there is somebody's truth. */
int verb_restore(int argc, char **argv)
{
        static struct dashboard_options options;
        struct part parts[PARTS];
        if (!verb_load(&options, argc > 2 ? argv[2] : DASHBOARD_CONFIG))
                return 2;
        size_t count = list_parts(&options, parts);
        for (size_t i = 0; i < count; i++)
                if (access(parts[i].path, F_OK) == 0)
                        return fail(parts[i].path, -EEXIST);
        for (size_t i = 0; i < count; i++)
                if (bring(&parts[i], argv[1], true))
                        return 1;
        return 0;
}

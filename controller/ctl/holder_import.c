/* stilectl holder import: people_import.h, and what came of it. */
#include "controller/ctl/args.h"
#include "controller/ctl/people_import.h"
#include "controller/ctl/print.h"

#include <errno.h>
#include <string.h>

/* Says what came of it. */
static int report(const struct ctl *ctl, const struct people_import_counts *counts, bool is_partial,
                  bool is_dry)
{
        if (counts->refused > 0 && !is_partial) {
                fprintf(ctl->err,
                        "stilectl: %zu of %zu rows are bad; nothing was imported. Mend them, or "
                        "--partial imports the others\n",
                        counts->refused, counts->all);
                return CTL_NO;
        }
        fprintf(ctl->out, "%s %zu of %zu rows: %zu new, %zu changed, %zu as they were\n",
                is_dry ? "would import" : "imported", counts->all - counts->refused, counts->all,
                counts->added, counts->changed, counts->same);
        if (counts->refused > 0)
                fprintf(ctl->err, "stilectl: %zu of %zu rows are bad and were left out\n",
                        counts->refused, counts->all);
        return counts->refused > 0 ? CTL_NO : CTL_OK;
}

int verb_holder_import(struct ctl *ctl, int argc, char **argv)
{
        bool is_partial = false, is_dry = false;
        const struct args_option options[] = {
                { "partial", ARGS_FLAG, &is_partial, NULL,
                  "import the good rows, leave out the bad ones" },
                { "dry-run", ARGS_FLAG, &is_dry, NULL, "say what would happen, change nothing" },
        };
        const struct args args = {
                "holder import FILE.csv [--partial] [--dry-run]",
                "Enrols the people of a CSV file, all of them or nobody. UTF-8, with a header;\n"
                "the columns are id, name, valid_from, valid_until, levels (; between them),\n"
                "blocked and silent (yes or no), role (worker or visitor), escort (an id, or\n"
                "any), code, national_id; only id and name must be there. What has no column\n"
                "stays as it is with people who are known; an empty cell empties it.\n"
                "Dates: 2026-11-24 (the whole day), 2026-11-24T09:00 or RFC 3339.",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        struct people_import_counts counts = { .all = 0 };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *name = argv[1];
        FILE *file = fopen(name, "re");
        code = file ? people_import(ctl, file, name, is_partial, is_dry, &counts) : -errno;
        if (file)
                fclose(file);
        if (code == -EINVAL) {
                fputs("stilectl: nothing was imported\n", ctl->err);
                return CTL_NO;
        }
        if (code < 0) {
                print_safe(ctl->err, name);
                fprintf(ctl->err, ": %s; nothing was imported\n", strerror(-code));
                return CTL_CANNOT;
        }
        return code == CTL_OK ? report(ctl, &counts, is_partial, is_dry) : code;
}

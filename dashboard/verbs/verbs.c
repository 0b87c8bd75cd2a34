#include "dashboard/verbs/verbs.h"

#include "dashboard/ports/accounts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int verify_audit(const char *path)
{
        struct accounts *accounts = NULL;
        uint64_t lines, broken;
        /* Opening it would make it. */
        int r = access(path, R_OK) == 0 ? accounts_open(path, &accounts) : -errno;
        if (!r)
                r = accounts_verify(accounts, &lines, &broken);
        accounts_close(accounts);
        if (r) {
                fprintf(stderr, "%s: %s%s\n", path, strerror(-r),
                        r == -EBUSY ? ": the dashboard has it; verify a copy, or ask the page"
                                    : "");
                return 1;
        }
        if (broken)
                printf("%s: line %" PRIu64 " of %" PRIu64 " is not what was written\n", path,
                       broken, lines);
        else
                printf("%s: %" PRIu64 " lines, all as they were written\n", path, lines);
        return broken ? 1 : 0;
}

static const struct {
        const char *name, *arguments;
        int (*run)(const char *argument);
} verbs[] = {
        { "verify-audit", "FILE", verify_audit },
};

int dashboard_verb_run(int argc, char **argv)
{
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
                if (strcmp(argv[0], verbs[i].name) != 0)
                        continue;
                if (argc == 2)
                        return verbs[i].run(argv[1]);
                fprintf(stderr, "Usage: stile-dashboard %s %s\n", verbs[i].name,
                        verbs[i].arguments);
                return 2;
        }
        fprintf(stderr, "stile-dashboard: no such verb: %s\n" VERBS_HELP, argv[0]);
        return 2;
}

#include "dashboard/ports/accounts.h"
#include "dashboard/verbs/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int verb_verify_audit(int argc, char **argv)
{
        const char *path = argv[1];
        struct accounts *accounts = NULL;
        uint64_t lines, broken;
        (void)argc;
        /* Opening it would make it. */
        int r = access(path, R_OK) == 0 ? accounts_open(path, &accounts) : -errno;
        if (!r)
                r = accounts_verify(accounts, &lines, &broken);
        accounts_close(accounts);
        if (r) {
                fprintf(stderr, "%s: %s\n", path, strerror(-r));
                return 1;
        }
        if (broken)
                printf("%s: line %" PRIu64 " of %" PRIu64 " is not what was written\n", path,
                       broken, lines);
        else
                printf("%s: %" PRIu64 " lines, all as they were written\n", path, lines);
        return broken ? 1 : 0;
}

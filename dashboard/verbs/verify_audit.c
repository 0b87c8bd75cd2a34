#include "dashboard/dashboard_wiring.h"
#include "dashboard/verbs/verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int verb_verify_audit(int argc, char **argv)
{
        const char *place = argv[1];
        struct accounts *accounts = NULL;
        uint64_t lines, broken;
        (void)argc;
        int r = dashboard_wiring_accounts_at(place, &accounts);
        if (!r)
                r = accounts_verify(accounts, &lines, &broken);
        accounts_close(accounts);
        if (r) {
                fprintf(stderr, "%s: %s\n", place, strerror(-r));
                return 1;
        }
        if (broken)
                printf("%s: line %" PRIu64 " of %" PRIu64 " is not what was written\n", place,
                       broken, lines);
        else
                printf("%s: %" PRIu64 " lines, all as they were written\n", place, lines);
        return broken ? 1 : 0;
}

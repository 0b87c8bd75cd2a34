/* Verbs: what stile-dashboard does when it is not to serve: `stile-dashboard VERB …`. */
#pragma once

#include "common/base.h"

/* What --help says of them. */
#define VERBS_HELP                                                                                 \
        "Instead of serving, `stile-dashboard VERB ...` does one thing:\n"                         \
        "  verify-audit FILE   read a file of accounts, and say whether its audit log is whole\n"
/* argv[0] is the verb. The exit status: 0 done and good, 1 not good or not done, 2 not asked well;
 * everything said. */
MUST_USE int dashboard_verb_run(int argc, char **argv);

/* CA: what the verbs of `stilectl ca`, and those of `gate` on the CA's machine, have in common. */
#pragma once

#include "controller/ctl/args.h"
#include "controller/enrol/site_ca.h"

enum {
        CA_GATE_DAYS = 730, /* gates renew by themselves */
        CA_OTHER_DAYS = 1825,
        CA_WEB_DAYS = 820 /* browsers refuse more than 825, of any CA */
};

/* Opens the CA in a folder, with its key where it is to sign. CTL_OK, or CTL_CANNOT after saying
 * why. */
MUST_USE int ca_desk_open(struct ctl *ctl, const char *folder, bool is_signing, struct site_ca *ca);
/* Says what failed about a file or folder. CTL_CANNOT. */
int ca_complain(struct ctl *ctl, const char *what, const char *why);
/* --days: 0 when it was not given, then `fallback`. False: more than a CA lasts. */
bool ca_days(int64_t *days, int64_t fallback);

/*
 * Doctor: the checks of `stilectl doctor`, by what they look at. Each says its findings through
 * doctor_say: what is well, what is doubtful, what is broken and how to mend it. A check works with
 * what there is: without a configuration or without a running stiled it looks at less.
 */
#pragma once

#include "controller/ctl/verbs.h"
#include "controller/settings.h"
#include <jansson.h>

enum finding {
        FINDING_OK,
        FINDING_WARN,
        FINDING_FAIL
};

struct doctor {
        const struct ctl *ctl;
        bool is_json;
        const struct settings *settings; /* NULL: they cannot be used */
        const json_t *status;            /* stiled's; NULL: it is not there */
        size_t warnings, failures;
};

/* One finding about `check` ("camera entry"); `mend` is "" where there is nothing to do. */
void doctor_say(struct doctor *doctor, enum finding finding, const char *check, const char *mend,
                const char *format, ...) PRINTF_LIKE(5, 6);

void doctor_cameras(struct doctor *doctor);
void doctor_lines(struct doctor *doctor);
void doctor_records(struct doctor *doctor); /* databases, disk, clock */
void doctor_uplink(struct doctor *doctor);  /* broker, certificates */
void doctor_trust(struct doctor *doctor);   /* issuers, the health list, managers */
void doctor_systemd(struct doctor *doctor); /* watchdogs, restarts */

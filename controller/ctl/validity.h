/* Validity: the options --valid-from and --valid-until, and what they become in a request. */
#pragma once

#include "common/rfc3339.h"
#include "controller/ctl/args.h"
#include <jansson.h>

struct validity_args {
        const char *from_text, *until_text;
        char from[RFC3339_MAX], until[RFC3339_MAX]; /* "": no limit */
};

/* Two rows of a table of options. */
#define VALIDITY_OPTIONS(validity)                                                                 \
        { "valid-from", ARGS_TEXT, &(validity)->from_text, "T",                                    \
          "not before this; a day: its begin" },                                                   \
        {                                                                                          \
                "valid-until", ARGS_TEXT, &(validity)->until_text, "T",                            \
                        "no longer from this on; a day: its end"                                   \
        }

/* Fills from and until. ARGS_GO, or an exit code after saying why. */
MUST_USE int validity_check(struct ctl *ctl, const struct args *args,
                            struct validity_args *validity);
/* Sets `valid_from` and `valid_until` where there is a limit. */
void validity_put(const struct validity_args *validity, json_t *object);

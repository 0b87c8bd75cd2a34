/* Pass terms: what a pass shall say, from options or from the cells of a file. */
#pragma once

#include "controller/ctl/args.h"
#include "controller/ctl/issue.h"
#include "controller/ctl/validity.h"

struct pass_terms {
        const char *holder, *name, *site, *schedule, *phone_key;
        struct args_list levels;
        struct validity_args validity;
        int64_t uses, day_uses;
};

#define PASS_TERMS_OPTIONS(terms)                                                                  \
        { "holder", ARGS_TEXT, &(terms)->holder, "ID", "whose it is" },                            \
                { "name", ARGS_TEXT, &(terms)->name, "NAME", "on paper only: the code has none" }, \
                { "site", ARGS_TEXT, &(terms)->site, "SITE",                                       \
                  "good at this site only (gate.site)" },                                          \
                { "level", ARGS_LIST, &(terms)->levels, "LEVEL",                                   \
                  "an access level; may stand up to 8 times" },                                    \
                { "schedule", ARGS_TEXT, &(terms)->schedule, "ID",                                 \
                  "good at the times of this schedule of the gate's" },                            \
                VALIDITY_OPTIONS(&(terms)->validity),                                              \
                { "max-uses", ARGS_NUMBER, &(terms)->uses, "N", "so many entries in all" },        \
                { "max-uses-day", ARGS_NUMBER, &(terms)->day_uses, "N", "so many entries a day" }, \
        {                                                                                          \
                "phone-key", ARGS_TEXT, &(terms)->phone_key, "FILE",                               \
                        "public key (PEM) of the phone that must prove itself"                     \
        }

/* NULL, or why an id, a name or a limit cannot be; fills what it can. No files are read. */
const char *pass_terms_fill(const struct pass_terms *terms, struct issued *issued);
/* The same after the validity and the phone's key. ARGS_GO, or an exit code after saying why. */
MUST_USE int pass_terms_read(struct ctl *ctl, const struct args *args, struct pass_terms *terms,
                             struct issued *issued);

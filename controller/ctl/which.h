/* Which: the options that name a credential, and what becomes of them in a request. */
#pragma once

#include "controller/ctl/args.h"

#include <jansson.h>

enum {
        WHICH_READ_MAX = 8192 /* of the standard input; check_code wants less */
};

/* One of them, or none. */
struct which {
        const char *lookup, *holder, *code, *national_id;
        bool is_code_on_stdin;
        bool is_any_code; /* a signed one too, which is longer than what can be enrolled */
        char code_read[WHICH_READ_MAX];
};

/* Rows of a table of options. */
#define WHICH_OPTIONS(which)                                                                       \
        { "code", ARGS_TEXT, &(which)->code, "TEXT", "the text in the code; ps shows it to all" }, \
                { "code-stdin", ARGS_FLAG, &(which)->is_code_on_stdin, NULL,                       \
                  "read that text from the standard input: ps does not show it" },                 \
        {                                                                                          \
                "national-id", ARGS_TEXT, &(which)->national_id, "N",                              \
                        "the 12 digits of a citizen card; ps shows them to all"                    \
        }

/* How many of them are given. */
int which_count(const struct which *which);
/* Reads the code where it is to be read, and checks all. What is said of a code or number never
 * repeats it. ARGS_GO or an exit code. */
MUST_USE int which_check(struct ctl *ctl, const struct args *args, struct which *which);
/* Puts what is given into a request's fields. */
void which_put(const struct which *which, json_t *fields);

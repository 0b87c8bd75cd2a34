/* Listing: what the verbs that list or remove by id have in common. */
#pragma once

#include "controller/ctl/args.h"
#include "controller/ctl/talk.h"

struct listing {
        struct args args; /* without options: --json is added */
        const char *list; /* verb of the protocol, and name of the answer's array */
        const char *key;  /* what `after` takes */
        const char *heading;
        talk_row_fn *row; /* for people; the context is the struct ctl */
};

/* Lists, for people under a heading, or with --json one object a line. An exit code. */
int listing_run(struct ctl *ctl, const struct listing *listing, int argc, char **argv);

/* Prints a row as JSON; the context is the struct ctl. */
talk_row_fn listing_json;

/* A verb whose one operand is an id: sends {`field`: id} and says `removed ID`. An exit code. */
int listing_remove(struct ctl *ctl, const struct args *args, const char *verb, const char *field,
                   int argc, char **argv);

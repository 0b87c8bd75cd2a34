/*
 * Args: a verb's options and operands as one table, which parses and prints `--help`. Long options
 * only: `--name value` or `--name=value`; `--` ends them. A value may begin with one dash
 * (`--since -2h`), not with two.
 */
#pragma once

#include "controller/ctl/verbs.h"

enum {
        ARGS_LIST_MAX = 16
};

/* The values of an option that may stand several times; borrowed from argv. */
struct args_list {
        const char *value[ARGS_LIST_MAX];
        size_t count;
};

enum args_kind {
        ARGS_FLAG,   /* bool */
        ARGS_TEXT,   /* const char *, borrowed from argv */
        ARGS_NUMBER, /* int64_t, 0 or more */
        ARGS_LIST    /* struct args_list */
};

struct args_option {
        const char *name;
        enum args_kind kind;
        void *into;
        const char *value, *help; /* as the help shows them; a flag has no value */
};

struct args {
        const char *usage; /* behind "stilectl ", with the verb's full name first */
        const char *about; /* lines of at most 80 columns */
        const struct args_option *options;
        size_t option_count;
        int least, most; /* operands */
};

enum {
        ARGS_GO = -1
};

/* Fills the options' fields and moves the operands to argv[1..*operands]. ARGS_GO, or the exit code
 * when there is nothing left to do (the help was asked for, or something was wrong and said). */
MUST_USE int args_parse(struct ctl *ctl, const struct args *args, int argc, char **argv,
                        int *operands);

/* Says what is wrong with the use of a verb, and where its help is. CTL_CANNOT. */
int args_complain(struct ctl *ctl, const struct args *args, const char *format, ...)
        PRINTF_LIKE(3, 4);

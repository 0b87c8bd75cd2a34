/*
 * Option: one table that parses an INI file, sets defaults, checks ranges, prints the commented
 * sample and knows what may change while running. Unknown sections, unknown or repeated keys, bad
 * values and overlong lines are errors that name file, line, key and why.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum option_type {
        OPTION_INT,    /* int, [min, max] */
        OPTION_BOOL,   /* bool: yes, no */
        OPTION_CHOICE, /* int: index into choices */
        OPTION_TEXT,   /* char[size], UTF-8, checked by `check` when there is one */
};

/* NULL: good. Otherwise why the value is not, a constant string. */
typedef const char *option_check_fn(const char *value);

struct option_row {
        const char *section, *key;
        enum option_type type;
        size_t offset;              /* of the field in the section's struct */
        size_t size;                /* OPTION_TEXT: bytes of the field */
        int min, max;               /* OPTION_INT */
        const char *const *choices; /* OPTION_CHOICE: NULL-terminated */
        option_check_fn *check;
        const char *fallback; /* the default as text; NULL: must be given */
        const char *help;     /* one or more lines, '\n' between them */
        bool is_live;         /* SIGHUP may change it */
};

/*
 * A kind of section. Once-only sections have `open` NULL and options at settings + option.offset;
 * repeated ones are `[section NAME]`: open() makes a new element called NAME, or returns NULL and
 * sets *why, and their options are relative to what it returned.
 */
struct option_section {
        const char *section;
        const char *help;
        void *(*open)(void *settings, const char *name, const char **why);
        /* The elements so far, for comparing and for defaults; NULL after the last. */
        void *(*element)(void *settings, size_t index);
};

struct option_table {
        const struct option_section *sections;
        size_t section_count;
        const struct option_row *options;
        size_t option_count;
};

/* Sets the option's field of the section's struct at `base`. NULL, or why the value is not good;
 * `room` is for a text with numbers. */
MUST_USE const char *option_set(const struct option_row *option, void *base, const char *value,
                                char *room, size_t room_len);

/* Defaults of every once-only section. Aborts on a table whose own default is bad (our bug). */
void option_defaults(const struct option_table *table, void *settings);

/*
 * Reads `path` into settings, which hold the defaults. Every complaint is a line `file:line: key:
 * why` on `complaints`. 0; -EINVAL after complaints; -errno when the file cannot be read (said
 * too).
 */
MUST_USE int option_load(const struct option_table *table, void *settings, const char *path,
                         FILE *complaints);

/* The commented sample. value() gives what the sample shows instead of the default, or NULL. Of
 * repeated sections it shows those of `headers` ("access-point entry"; NULL after the last); one
 * that is not among them stands there as a comment. */
typedef const char *option_sample_fn(const char *section, const char *name, const char *key);
void option_print(const struct option_table *table, const char *const *headers, FILE *out,
                  option_sample_fn *value);

/*
 * After a reload: copies every live option of `next` into `current`, for elements by their order.
 * Calls refused() for each option that differs but needs a restart.
 */
typedef void option_refused_fn(void *context, const char *section, const char *key);
void option_apply_live(const struct option_table *table, void *current, void *next,
                       option_refused_fn *refused, void *context);

/*
 * Arguments of a prepared statement in PostgreSQL's binary format: scalars, and arrays that bring
 * many rows in one message. Text that is no UTF-8 is mended, for the server would refuse the batch
 * in which it stands for ever.
 *
 * A lack of memory is remembered: postgres_args_are_good says so at the end.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum {
        POSTGRES_ARGS_MAX = 16
};

/* The server's numbers of types, fixed for ever (pg_type.dat). */
enum postgres_type {
        POSTGRES_BYTES = 17,
        POSTGRES_INT = 20, /* bigint */
        POSTGRES_TEXT = 25,
        POSTGRES_DATE = 1082,
        POSTGRES_UUID = 2950
};

struct postgres_args {
        unsigned char *bytes;
        size_t len, size;
        size_t begin[POSTGRES_ARGS_MAX];
        int count;
        bool has_failed;
};

/* As for {0}: everything else needs one of them first. Memory is kept. */
void postgres_args_clear(struct postgres_args *args);
void postgres_args_deinit(struct postgres_args *args);

void postgres_add_int(struct postgres_args *args, int64_t value);
void postgres_add_date(struct postgres_args *args, int32_t days_since_2000);
void postgres_add_text(struct postgres_args *args, const char *text);
void postgres_add_bytes(struct postgres_args *args, const void *bytes, size_t len);
/* An array without NULLs but those that postgres_put_null puts; `count` elements must follow. */
void postgres_add_array(struct postgres_args *args, enum postgres_type type, size_t count);

void postgres_put_int(struct postgres_args *args, int64_t value);
void postgres_put_date(struct postgres_args *args, int32_t days_since_2000);
void postgres_put_text(struct postgres_args *args, const char *text);
/* "" is NULL. */
void postgres_put_optional(struct postgres_args *args, const char *text);
void postgres_put_bytes(struct postgres_args *args, const void *bytes, size_t len);
void postgres_put_null(struct postgres_args *args);

/* What libpq takes: pointers into the arguments, good until the next change of them. False: memory
 * was lacking. */
MUST_USE bool postgres_args_are_good(const struct postgres_args *args,
                                     const char *values[POSTGRES_ARGS_MAX],
                                     int lengths[POSTGRES_ARGS_MAX]);

/* Makes text UTF-8, as long as it was. */
void postgres_mend(char *text, size_t len);

/* A bigint of a result in binary format. */
int64_t postgres_get_int(const char *bytes);

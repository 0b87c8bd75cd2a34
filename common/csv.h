/*
 * CSV: reads and writes RFC 4180: fields may be quoted, a quoted one may hold commas, doubled
 * quotes and line ends; lines end in CRLF or LF; a UTF-8 byte order mark is skipped. Streaming over
 * a FILE and bounded whatever the file holds. Knows nothing of what the fields mean.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
        CSV_FIELDS_MAX = 64,
        CSV_RECORD_MAX = 65536 /* bytes of one record */
};

struct csv_reader {
        FILE *file; /* borrowed */
        size_t row; /* of the last record, counted as a spreadsheet does: the header is row 1 */
        char *buffer;
        size_t start[CSV_FIELDS_MAX]; /* of each field in the buffer */
};

struct csv_record {
        size_t row;
        size_t fields;
        char *field[CSV_FIELDS_MAX]; /* NUL-terminated, the caller's until the next call */
        const char *fault;           /* NULL: good. Else why not, a constant string, */
        size_t fault_field;          /* and in which field, from 0; the fields are void */
};

/* 0 or -ENOMEM. */
MUST_USE int csv_reader_init(struct csv_reader *reader, FILE *file);
void csv_reader_deinit(struct csv_reader *reader);

/* The next record; empty lines are counted and skipped. 1; 0: the end; -errno: the file cannot be
 * read. After a record with a fault reading goes on behind the end of its line. */
MUST_USE int csv_read(struct csv_reader *reader, struct csv_record *record);

/*
 * Where columns are, by the names in a first record, without regard to case; -1: not there.
 * Columns that nobody asks for are passed over.
 */
void csv_find(const struct csv_record *record, const char *const names[], size_t count,
              int places[]);
/* The plain field at such a place; "": it has none. */
const char *csv_at(const struct csv_record *record, int place);

/*
 * One field, quoted where it must be. Text that a spreadsheet would take for a formula gets an
 * apostrophe in front (OWASP, "CSV Injection"); csv_plain takes it off again.
 */
void csv_write_field(FILE *out, const char *text, bool is_first);
void csv_write_end(FILE *out);
char *csv_plain(char *field);

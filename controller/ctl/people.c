#include "controller/ctl/people.h"

#include "common/csv.h"
#include "common/rfc3339.h"
#include "controller/ctl/check.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/ports/registry.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum column {
        COLUMN_ID,
        COLUMN_NAME,
        COLUMN_VALID_FROM,
        COLUMN_VALID_UNTIL,
        COLUMN_LEVELS,
        COLUMN_BLOCKED,
        COLUMN_SILENT,
        COLUMN_ROLE,
        COLUMN_ESCORT,
        COLUMN_CODE,
        COLUMN_NATIONAL_ID,
        COLUMN_COUNT
};

static const char *const columns[] = { "id",     "name",    "valid_from", "valid_until",
                                       "levels", "blocked", "silent",     "role",
                                       "escort", "code",    "national_id" };
_Static_assert(ARRAY_LEN(columns) == COLUMN_COUNT, "every column has a name");

struct reading {
        const char *name; /* of the file */
        FILE *complaints;
        size_t complained;
        enum column order[CSV_FIELDS_MAX];
        size_t width;
        json_t *seen[COLUMN_COUNT]; /* value → row, of the columns whose values are unique */
        struct people *people;
};

/* About a column, or with COLUMN_COUNT about the row. `cell` is shown unless it is NULL: codes and
 * card numbers are not. */
static void complain(struct reading *reading, size_t row, enum column column, const char *why,
                     const char *cell)
{
        enum {
                SHOWN_MAX = 40
        };
        if (++reading->complained > PEOPLE_COMPLAINTS_MAX)
                return;
        FILE *out = reading->complaints;
        print_safe(out, reading->name);
        fprintf(out, ": row %zu", row);
        if (column < COLUMN_COUNT)
                fprintf(out, ", column %s", columns[column]);
        fprintf(out, ": %s", why);
        if (cell) {
                size_t len = strlen(cell);
                fputs(": \"", out);
                print_safe_bytes(out, cell, len > SHOWN_MAX ? SHOWN_MAX : len);
                fputs(len > SHOWN_MAX ? "…\"" : "\"", out);
        }
        fputc('\n', out);
}

static const char *read_time(json_t *holder, enum column column, const char *text)
{
        char whole[RFC3339_MAX];
        int64_t us = 0;
        if (text[0] == '\0') {
                json_object_set_new(holder, columns[column], json_null());
                return NULL;
        }
        if (!when_parse_date(text, column == COLUMN_VALID_FROM ? WHEN_FROM : WHEN_UNTIL, &us))
                return "not a date";
        rfc3339_format(us, whole);
        json_object_set_new(holder, columns[column], json_string(whole));
        return NULL;
}

static const char *read_flag(json_t *holder, enum column column, const char *text)
{
        static const struct {
                const char *word;
                bool is_on;
        } words[] = { { "", false },   { "no", false },  { "false", false }, { "0", false },
                      { "yes", true }, { "true", true }, { "1", true } };
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                if (strcasecmp(text, words[i].word) != 0)
                        continue;
                json_object_set_new(holder, columns[column], json_boolean(words[i].is_on));
                return NULL;
        }
        return "neither yes nor no";
}

static const char *read_role(json_t *holder, const char *text)
{
        bool is_worker = text[0] == '\0' || strcmp(text, "worker") == 0;
        json_object_set_new(holder, "role", is_worker ? json_null() : json_string(text));
        return is_worker ? NULL : check_role(text);
}

static const char *read_escort(json_t *holder, const char *text)
{
        const char *escort = "";
        const char *why = check_escort(text, &escort);
        json_object_set_new(holder, "escort",
                            escort[0] == '\0' ? json_null() : json_string(escort));
        return why;
}

static const char *read_levels(json_t *holder, const char *text)
{
        json_t *levels = json_array();
        const char *why = NULL;
        while (*text != '\0' && !why) {
                char level[2 * FLOW_ID_MAX];
                size_t len = strcspn(text, ";");
                snprintf(level, sizeof(level), "%.*s", (int)len, text);
                text += text[len] == ';' ? len + 1 : len;
                const char *name = check_trim(level);
                if (name[0] == '\0')
                        continue;
                why = check_id(name);
                json_array_append_new(levels, json_pack("{s:s}", "level", why ? "" : name));
        }
        if (!why && json_array_size(levels) > REGISTRY_LEVELS_MAX)
                why = "more than 16 levels";
        json_object_set_new(holder, "levels", levels);
        return why;
}

/* Puts one cell into the row, or says why not. */
static const char *read_cell(json_t *row, enum column column, const char *text)
{
        json_t *holder = json_object_get(row, "holder");
        char name[FLOW_NAME_MAX];
        const char *why = NULL;
        switch (column) {
        case COLUMN_ID:
                why = check_id(text);
                if (!why)
                        json_object_set_new(holder, "id", json_string(text));
                return why;
        case COLUMN_NAME:
                why = check_name(text, name);
                if (!why)
                        json_object_set_new(holder, "name", json_string(name));
                return why;
        case COLUMN_VALID_FROM:
        case COLUMN_VALID_UNTIL:
                return read_time(holder, column, text);
        case COLUMN_LEVELS:
                return read_levels(holder, text);
        case COLUMN_BLOCKED:
        case COLUMN_SILENT:
                return read_flag(holder, column, text);
        case COLUMN_ROLE:
                return read_role(holder, text);
        case COLUMN_ESCORT:
                return read_escort(holder, text);
        case COLUMN_CODE:
        case COLUMN_NATIONAL_ID:
                if (text[0] == '\0')
                        return NULL;
                why = column == COLUMN_CODE ? check_code(text) : check_national_id(text);
                if (!why)
                        json_object_set_new(row, columns[column], json_string(text));
                return why;
        case COLUMN_COUNT:
                break;
        }
        return "no such column";
}

static bool is_secret(enum column column)
{
        return column == COLUMN_CODE || column == COLUMN_NATIONAL_ID;
}

/* Ids, codes and card numbers may stand once in a file. */
static void check_unique(struct reading *reading, size_t row, enum column column,
                         const json_t *value, bool *is_good)
{
        json_t *seen = reading->seen[column];
        const char *text = json_string_value(value);
        if (!seen || !text)
                return;
        const json_t *before = json_object_get(seen, text);
        if (!before) {
                json_object_set_new(seen, text, json_integer((json_int_t)row));
                return;
        }
        char why[64];
        snprintf(why, sizeof(why), "stands already in row %lld",
                 (long long)json_integer_value(before));
        complain(reading, row, column, why, is_secret(column) ? NULL : text);
        *is_good = false;
}

static void check_span(struct reading *reading, size_t row, const json_t *holder, bool *is_good)
{
        const char *from = text_of(holder, "valid_from"), *until = text_of(holder, "valid_until");
        if (from[0] == '\0' || until[0] == '\0' || strcmp(from, until) < 0)
                return;
        complain(reading, row, COLUMN_VALID_UNTIL, "not after valid_from", NULL);
        *is_good = false;
}

static bool read_cells(struct reading *reading, struct csv_record *record, json_t *row)
{
        json_t *holder = json_object_get(row, "holder");
        bool is_good = true;
        for (size_t i = 0; i < reading->width; i++) {
                enum column column = reading->order[i];
                char *text = record->field[i];
                if (column != COLUMN_CODE)
                        text = check_trim(csv_plain(text));
                const char *why = read_cell(row, column, text);
                if (why)
                        complain(reading, record->row, column, why,
                                 is_secret(column) ? NULL : text);
                is_good = is_good && !why;
        }
        check_unique(reading, record->row, COLUMN_ID, json_object_get(holder, "id"), &is_good);
        check_unique(reading, record->row, COLUMN_CODE, json_object_get(row, "code"), &is_good);
        check_unique(reading, record->row, COLUMN_NATIONAL_ID, json_object_get(row, "national_id"),
                     &is_good);
        check_span(reading, record->row, holder, &is_good);
        return is_good;
}

/* Spreadsheets leave rows of nothing but commas behind the last one. */
static bool is_blank(const struct csv_record *record)
{
        for (size_t i = 0; i < record->fields; i++)
                if (record->field[i][0] != '\0')
                        return false;
        return !record->fault;
}

static void read_row(struct reading *reading, struct csv_record *record)
{
        if (is_blank(record))
                return;
        bool is_good = false;
        json_t *row = json_pack("{s:I, s:{}}", "row", (json_int_t)record->row, "holder");
        if (record->fault) {
                enum column column = record->fault_field < reading->width
                                             ? reading->order[record->fault_field]
                                             : COLUMN_COUNT;
                complain(reading, record->row, column, record->fault, NULL);
        } else if (record->fields != reading->width) {
                char why[64];
                snprintf(why, sizeof(why), "has %zu columns, the header has %zu", record->fields,
                         reading->width);
                complain(reading, record->row, COLUMN_COUNT, why, NULL);
        } else {
                is_good = read_cells(reading, record, row);
        }
        if (is_good)
                json_array_append(reading->people->rows, row);
        else
                reading->people->bad++;
        json_decref(row);
}

static bool has_column(const struct reading *reading, enum column column)
{
        for (size_t i = 0; i < reading->width; i++)
                if (reading->order[i] == column)
                        return true;
        return false;
}

/* 0 or -EINVAL. */
static int read_header(struct reading *reading, const struct csv_record *record)
{
        static const char known[] = "id, name, valid_from, valid_until, levels, blocked, silent, "
                                    "role, escort, code, national_id";
        FILE *out = reading->complaints;
        if (record->fault) {
                complain(reading, record->row, COLUMN_COUNT, record->fault, NULL);
                return -EINVAL;
        }
        for (size_t i = 0; i < record->fields; i++) {
                const char *name = check_trim(record->field[i]);
                size_t column = 0;
                while (column < COLUMN_COUNT && strcmp(columns[column], name) != 0)
                        column++;
                if (column == COLUMN_COUNT) {
                        complain(reading, record->row, COLUMN_COUNT, "unknown column", name);
                        fprintf(out, "  the columns are %s, with commas between them\n", known);
                        return -EINVAL;
                }
                if (has_column(reading, (enum column)column)) {
                        complain(reading, record->row, COLUMN_COUNT, "this column stands twice",
                                 name);
                        return -EINVAL;
                }
                reading->order[reading->width++] = (enum column)column;
        }
        for (enum column column = COLUMN_ID; column <= COLUMN_NAME; column++) {
                if (has_column(reading, column))
                        continue;
                complain(reading, record->row, COLUMN_COUNT, "there is no column", columns[column]);
                return -EINVAL;
        }
        return 0;
}

static int read_all(struct reading *reading, struct csv_reader *csv)
{
        struct csv_record record = { .row = 0 };
        int got = csv_read(csv, &record);
        if (got == 0) {
                complain(reading, 1, COLUMN_COUNT, "the header is missing: the file is empty",
                         NULL);
                return -EINVAL;
        }
        int error = got < 0 ? got : read_header(reading, &record);
        while (!error && (got = csv_read(csv, &record)) > 0)
                read_row(reading, &record);
        if (reading->complained > PEOPLE_COMPLAINTS_MAX)
                fprintf(reading->complaints, "… and %zu more\n",
                        reading->complained - PEOPLE_COMPLAINTS_MAX);
        return error ? error : got;
}

int people_read(FILE *file, const char *name, FILE *complaints, struct people *people)
{
        struct reading reading = { .name = name, .complaints = complaints, .people = people };
        struct csv_reader csv;
        *people = (struct people){ .rows = json_array() };
        reading.seen[COLUMN_ID] = json_object();
        reading.seen[COLUMN_CODE] = json_object();
        reading.seen[COLUMN_NATIONAL_ID] = json_object();
        int error = csv_reader_init(&csv, file);
        if (!error)
                error = read_all(&reading, &csv);
        csv_reader_deinit(&csv);
        for (size_t i = 0; i < COLUMN_COUNT; i++)
                json_decref(reading.seen[i]);
        if (error)
                people_deinit(people);
        return error;
}

void people_deinit(struct people *people)
{
        json_decref(people->rows);
        *people = PEOPLE_NONE;
}

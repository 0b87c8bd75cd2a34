#include "common/csv.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
        BUFFER_LEN = CSV_RECORD_MAX + CSV_FIELDS_MAX /* the fields' NULs find room in any case */
};

int csv_reader_init(struct csv_reader *reader, FILE *file)
{
        *reader = (struct csv_reader){ .file = file, .buffer = malloc(BUFFER_LEN) };
        return reader->buffer ? 0 : -ENOMEM;
}

void csv_reader_deinit(struct csv_reader *reader)
{
        free(reader->buffer);
        *reader = (struct csv_reader){ .file = NULL };
}

/* One record under way. */
struct parse {
        struct csv_reader *reader;
        struct csv_record *record;
        size_t len; /* of the buffer */
        enum {
                FIELD_BEGIN, /* nothing of the field was seen yet */
                FIELD_PLAIN,
                FIELD_QUOTED, /* inside the quotes */
                FIELD_CLOSED  /* behind the closing quote */
        } state;
        bool is_empty; /* not a byte so far: an empty line */
        bool is_over;
};

static void complain(struct parse *parse, const char *why)
{
        if (parse->record->fault)
                return;
        parse->record->fault = why;
        parse->record->fault_field = parse->record->fields;
}

static void put(struct parse *parse, int c)
{
        if (c == '\0')
                complain(parse, "holds a NUL byte (save the file as CSV in UTF-8)");
        else if (parse->len >= CSV_RECORD_MAX)
                complain(parse, "the row is longer than 65,536 bytes: is a quote never closed?");
        else
                parse->reader->buffer[parse->len++] = (char)c;
}

static void end_field(struct parse *parse)
{
        parse->state = FIELD_BEGIN;
        if (parse->record->fields == CSV_FIELDS_MAX) {
                complain(parse, "the row has more than 64 columns");
                return;
        }
        parse->reader->buffer[parse->len++] = '\0';
        if (++parse->record->fields < CSV_FIELDS_MAX)
                parse->reader->start[parse->record->fields] = parse->len;
}

static void end_record(struct parse *parse)
{
        if (parse->is_empty) { /* an empty line: the next one is the next row */
                parse->reader->row++;
                return;
        }
        end_field(parse);
        parse->is_over = true;
}

/* The mark stands before the first field, quoted or not, and belongs to neither. */
static void drop_byte_order_mark(struct parse *parse)
{
        if (parse->reader->row != 1 || parse->record->fields != 0 || parse->len != 3 ||
            memcmp(parse->reader->buffer, "\xef\xbb\xbf", 3) != 0)
                return;
        parse->len = 0;
        parse->state = FIELD_BEGIN;
        parse->is_empty = true;
}

/* A byte outside quotes. */
static void step_plain(struct parse *parse, int c)
{
        parse->is_empty = parse->is_empty && c == '\n';
        if (c == ',') {
                end_field(parse);
        } else if (c == '\n') {
                end_record(parse);
        } else if (c == '"' && parse->state == FIELD_BEGIN) {
                parse->state = FIELD_QUOTED;
        } else if (parse->state == FIELD_CLOSED) {
                complain(parse, "text follows the closing quote");
        } else if (c == '"') {
                complain(parse, "a quote stands inside text that is not quoted");
        } else {
                parse->state = FIELD_PLAIN;
                put(parse, c);
                drop_byte_order_mark(parse);
        }
}

/* A byte inside quotes. */
static void step_quoted(struct parse *parse, int c)
{
        FILE *file = parse->reader->file;
        if (c != '"') {
                put(parse, c);
                return;
        }
        int next = getc_unlocked(file);
        if (next == '"') {
                put(parse, '"');
                return;
        }
        if (next != EOF)
                ungetc(next, file);
        parse->state = FIELD_CLOSED;
}

static void step(struct parse *parse, int c)
{
        FILE *file = parse->reader->file;
        if (parse->state == FIELD_QUOTED) {
                step_quoted(parse, c);
                return;
        }
        if (c == '\r') {
                int next = getc_unlocked(file);
                if (next != '\n' && next != EOF) {
                        ungetc(next, file);
                        parse->is_empty = false;
                        complain(parse, "holds a carriage return without a line feed");
                        return;
                }
                c = '\n';
        }
        step_plain(parse, c);
}

int csv_read(struct csv_reader *reader, struct csv_record *record)
{
        struct parse parse = { .reader = reader, .record = record, .is_empty = true };
        record->fields = record->fault_field = 0;
        record->fault = NULL;
        reader->start[0] = 0;
        reader->row++;
        while (!parse.is_over) {
                int c = getc_unlocked(reader->file);
                if (c != EOF) {
                        step(&parse, c);
                        continue;
                }
                if (ferror(reader->file))
                        return -EIO;
                if (parse.is_empty && parse.state == FIELD_BEGIN)
                        return 0;
                if (parse.state == FIELD_QUOTED)
                        complain(&parse, "the quote is never closed");
                parse.is_empty = false;
                end_record(&parse);
        }
        record->row = reader->row;
        for (size_t i = 0; i < record->fields; i++)
                record->field[i] = reader->buffer + reader->start[i];
        return 1;
}

static bool is_formula(char c)
{
        return c != '\0' && strchr("=+-@\t\r", c) != NULL;
}

void csv_write_field(FILE *out, const char *text, bool is_first)
{
        if (!is_first)
                fputc(',', out);
        /* A lone empty field would make an empty line, which is no record. */
        bool is_quoted = strpbrk(text, ",\"\r\n") != NULL || (is_first && text[0] == '\0');
        if (is_quoted)
                fputc('"', out);
        /* What begins with the apostrophe of such a text gets one more, so that csv_plain gives
         * back what was written. */
        if (is_formula(text[0]) || (text[0] == '\'' && is_formula(text[strspn(text, "'")])))
                fputc('\'', out);
        for (; *text != '\0'; text++) {
                if (*text == '"')
                        fputc('"', out);
                fputc(*text, out);
        }
        if (is_quoted)
                fputc('"', out);
}

void csv_write_end(FILE *out)
{
        fputs("\r\n", out);
}

char *csv_plain(char *field)
{
        return field[0] == '\'' && is_formula(field[strspn(field, "'")]) ? field + 1 : field;
}

void csv_find(const struct csv_record *record, const char *const names[], size_t count,
              int places[])
{
        for (size_t name = 0; name < count; name++) {
                places[name] = -1;
                for (size_t i = 0; i < record->fields; i++)
                        if (strcasecmp(record->field[i], names[name]) == 0)
                                places[name] = (int)i;
        }
}

const char *csv_at(const struct csv_record *record, int place)
{
        return place >= 0 && (size_t)place < record->fields ? csv_plain(record->field[place]) : "";
}

/* stilectl pass batch: many passes from a CSV file, checked whole before any is issued. */
#include "common/csv.h"
#include "controller/ctl/check.h"
#include "controller/ctl/pass_output.h"
#include "controller/ctl/pass_terms.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        ROWS_MAX = 100000,
        COMPLAINTS_MAX = 50,
        PROGRESS_EVERY = 500
};

enum column {
        COLUMN_ID,
        COLUMN_NAME,
        COLUMN_SITE,
        COLUMN_LEVELS,
        COLUMN_SCHEDULE,
        COLUMN_VALID_FROM,
        COLUMN_VALID_UNTIL,
        COLUMN_MAX_USES,
        COLUMN_MAX_USES_DAY,
        COLUMN_COUNT
};

static const char *const columns[COLUMN_COUNT] = { "id",          "name",     "site",
                                                   "levels",      "schedule", "valid_from",
                                                   "valid_until", "max_uses", "max_uses_day" };

struct batch {
        struct ctl *ctl;
        const char *file, *site; /* site: for rows without one */
        enum column order[CSV_FIELDS_MAX];
        size_t width;
        struct issued *rows;
        size_t count, room;
        size_t bad;
};

static void complain(struct batch *batch, size_t row, const char *column, const char *why)
{
        if (++batch->bad > COMPLAINTS_MAX)
                return;
        print_safe(batch->ctl->err, batch->file);
        fprintf(batch->ctl->err, ": row %zu", row);
        if (column)
                fprintf(batch->ctl->err, ", column %s", column);
        fprintf(batch->ctl->err, ": %s\n", why);
}

static bool read_header(struct batch *batch, const struct csv_record *record)
{
        bool has_id = false;
        batch->width = record->fields;
        for (size_t i = 0; i < record->fields; i++) {
                const char *name = check_trim(record->field[i]);
                size_t column = 0;
                while (column < COLUMN_COUNT && strcmp(columns[column], name) != 0)
                        column++;
                if (column == COLUMN_COUNT)
                        complain(batch, record->row, name, "no such column");
                batch->order[i] = (enum column)column;
                has_id = has_id || column == COLUMN_ID;
        }
        if (!has_id)
                complain(batch, record->row, "id", "is missing");
        return batch->bad == 0;
}

static const char *read_number(const char *text, int64_t *number)
{
        char *end = NULL;
        errno = 0;
        *number = text[0] == '\0' ? 0 : strtoll(text, &end, 10);
        return errno != 0 || *number < 0 || (end && *end != '\0') ? "not a whole number" : NULL;
}

static const char *read_time(const char *text, enum when_edge edge, int64_t *us)
{
        *us = 0;
        return text[0] == '\0' || when_parse_date(text, edge, us) ? NULL : "not a date";
}

/* Levels are separated by semicolons, in place. */
static void read_levels(char *text, struct args_list *levels)
{
        char *rest = NULL;
        for (char *level = strtok_r(text, ";", &rest); level && levels->count < ARGS_LIST_MAX;
             level = strtok_r(NULL, ";", &rest)) {
                level = check_trim(level);
                if (level[0] != '\0')
                        levels->value[levels->count++] = level;
        }
}

static const char *read_cell(enum column column, char *text, struct pass_terms *terms,
                             struct issued *issued)
{
        const char *value = text[0] != '\0' ? text : NULL;
        switch (column) {
        case COLUMN_ID:
                terms->holder = text;
                return check_id(text);
        case COLUMN_NAME:
                terms->name = value;
                return NULL;
        case COLUMN_SITE:
                terms->site = value ? value : terms->site;
                return NULL;
        case COLUMN_LEVELS:
                read_levels(text, &terms->levels);
                return NULL;
        case COLUMN_SCHEDULE:
                terms->schedule = value;
                return NULL;
        case COLUMN_VALID_FROM:
                return read_time(text, WHEN_FROM, &issued->pass.from_us);
        case COLUMN_VALID_UNTIL:
                return read_time(text, WHEN_UNTIL, &issued->pass.until_us);
        case COLUMN_MAX_USES:
                return read_number(text, &terms->uses);
        case COLUMN_MAX_USES_DAY:
                return read_number(text, &terms->day_uses);
        case COLUMN_COUNT:
                break;
        }
        return "no such column";
}

static struct issued *make_room(struct batch *batch)
{
        if (batch->count == batch->room) {
                size_t room = batch->room > 0 ? 2 * batch->room : 64;
                struct issued *rows =
                        room <= ROWS_MAX ? realloc(batch->rows, room * sizeof(rows[0])) : NULL;
                if (!rows)
                        return NULL;
                batch->rows = rows;
                batch->room = room;
        }
        struct issued *issued = &batch->rows[batch->count];
        *issued = (struct issued){ .id = "" };
        return issued;
}

static int read_row(struct batch *batch, const struct csv_record *record)
{
        struct pass_terms terms = { .site = batch->site };
        struct issued *issued = make_room(batch);
        size_t bad = batch->bad;
        if (!issued)
                return -ENOMEM;
        if (record->fault || record->fields != batch->width) {
                complain(batch, record->row, NULL,
                         record->fault ? record->fault : "not as many cells as the header has");
                return 0;
        }
        for (size_t i = 0; i < batch->width; i++) {
                enum column column = batch->order[i];
                assert(column < COLUMN_COUNT); /* read_header refuses others */
                const char *why =
                        read_cell(column, check_trim(csv_plain(record->field[i])), &terms, issued);
                if (why)
                        complain(batch, record->row, columns[column], why);
        }
        const char *why = batch->bad == bad ? pass_terms_fill(&terms, issued) : NULL;
        if (!why && issued->pass.from_us != 0 && issued->pass.until_us != 0 &&
            issued->pass.until_us <= issued->pass.from_us)
                why = "valid_until is not after valid_from";
        if (why)
                complain(batch, record->row, NULL, why);
        batch->count++;
        return 0;
}

static int read_all(struct batch *batch, FILE *in)
{
        struct csv_reader reader;
        struct csv_record record = { .row = 0 };
        int got = csv_reader_init(&reader, in);
        if (!got)
                got = csv_read(&reader, &record);
        if (got > 0 && record.fault)
                complain(batch, record.row, NULL, record.fault);
        bool has_header = got > 0 && !record.fault && read_header(batch, &record);
        while (has_header && got > 0 && (got = csv_read(&reader, &record)) > 0)
                got = read_row(batch, &record) ? -ENOMEM : 1;
        csv_reader_deinit(&reader);
        if (got < 0)
                fprintf(batch->ctl->err, "stilectl: %s: %s\n", batch->file, strerror(-got));
        else if (batch->bad == 0 && batch->count == 0)
                complain(batch, 1, NULL, "there are no rows");
        if (batch->bad > COMPLAINTS_MAX)
                fprintf(batch->ctl->err, "%s: and %zu more\n", batch->file,
                        batch->bad - COMPLAINTS_MAX);
        if (got >= 0 && batch->bad > 0)
                fputs("stilectl: no pass was issued\n", batch->ctl->err);
        return got < 0 || batch->bad > 0 ? CTL_CANNOT : CTL_OK;
}

static int issue_all(struct batch *batch, struct issuer *issuer)
{
        int code = issuer_open(batch->ctl, issuer);
        for (size_t i = 0; code == CTL_OK && i < batch->count; i++) {
                code = issue(batch->ctl, issuer, &batch->rows[i]);
                if ((i + 1) % PROGRESS_EVERY == 0)
                        fprintf(batch->ctl->err, "%zu of %zu passes\n", i + 1, batch->count);
        }
        if (code == CTL_OK)
                code = issue_sync(batch->ctl, issuer);
        issuer_close(issuer);
        return code;
}

/* Passes are as good as keys: mode 0600. Made before anything is issued, for a file that cannot be
 * made is known then. NULL after saying why. */
static FILE *make_csv(struct ctl *ctl, const char *path)
{
        mode_t before = umask(077);
        FILE *out = fopen(path, "wxe");
        umask(before);
        if (!out)
                fprintf(ctl->err, "stilectl: %s: %s; no pass was issued\n", path, strerror(errno));
        return out;
}

/* The codes as CSV, for a badge printer or a mail merge. */
static bool write_csv(const struct batch *batch, FILE *out)
{
        fputs("id,name,pass,code\r\n", out);
        for (size_t i = 0; i < batch->count; i++) {
                csv_write_field(out, batch->rows[i].pass.claims.holder, true);
                csv_write_field(out, batch->rows[i].name, false);
                csv_write_field(out, batch->rows[i].id, false);
                csv_write_field(out, batch->rows[i].text, false);
                csv_write_end(out);
        }
        return fflush(out) == 0 && fsync(fileno(out)) == 0;
}

static int issue_to_csv(struct batch *batch, struct issuer *issuer, const char *path)
{
        FILE *out = make_csv(batch->ctl, path);
        if (!out)
                return CTL_CANNOT;
        int code = issue_all(batch, issuer);
        bool is_written = code == CTL_OK && write_csv(batch, out);
        is_written = fclose(out) == 0 && is_written;
        if (is_written)
                return CTL_OK;
        if (code == CTL_OK)
                fprintf(batch->ctl->err, "stilectl: %s: %s\n", path, strerror(errno));
        unlink(path);
        return CTL_CANNOT;
}

static int run(struct batch *batch, struct issuer *issuer, const struct pass_output *output,
               const char *out)
{
        FILE *in = fopen(batch->file, "re");
        if (!in) {
                fprintf(batch->ctl->err, "stilectl: %s: %s\n", batch->file, strerror(errno));
                return CTL_CANNOT;
        }
        int code = read_all(batch, in);
        fclose(in);
        if (code == CTL_OK)
                code = out ? issue_to_csv(batch, issuer, out) : issue_all(batch, issuer);
        if (code == CTL_OK)
                code = pass_output_paper(batch->ctl, output, batch->rows, batch->count);
        if (code == CTL_OK)
                fprintf(batch->ctl->out, "issued %zu\n", batch->count);
        return code;
}

int verb_pass_batch(struct ctl *ctl, int argc, char **argv)
{
        struct issuer issuer = { .name = NULL };
        struct pass_output output = { .png = NULL };
        struct batch batch = { .ctl = ctl };
        const char *out = NULL;
        const struct args_option options[] = {
                { "key", ARGS_TEXT, &issuer.name, "NAME", "the key that signs (its newest)" },
                { "keys", ARGS_TEXT, &issuer.folder, "DIR",
                  "the folder of keys (" KEYS_FOLDER_WORDS ")" },
                { "site", ARGS_TEXT, &batch.site, "SITE", "for rows that have none" },
                { "out", ARGS_TEXT, &out, "FILE", "the codes as CSV; must not be there yet" },
                PASS_PAPER_OPTIONS(&output),
        };
        const struct args args = {
                "pass batch FILE --key NAME [--site SITE] [--out FILE] [--pdf FILE]\n"
                "        [--badge FILE] [--place TEXT] [--mask-name] [--code-mm N] [--keys DIR]",
                "Issues a pass for every row of a CSV file with the columns id and, as wanted,\n"
                "name, site, levels (separated by ;), schedule, valid_from, valid_until,\n"
                "max_uses, max_uses_day. All rows are checked before any is issued.",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!issuer.name)
                return args_complain(ctl, &args, "--key is missing");
        if (!out && !output.pdf && !output.badge)
                return args_complain(ctl, &args, "one of --out, --pdf and --badge is wanted");
        code = pass_output_check(ctl, &args, &output);
        if (code != ARGS_GO)
                return code;
        batch.file = argv[1];
        code = run(&batch, &issuer, &output, out);
        free(batch.rows);
        return code;
}

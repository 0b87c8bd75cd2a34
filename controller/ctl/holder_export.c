/* stilectl holder export: the people this gate knows as CSV, in the columns that import reads.
 * Codes and card numbers are not in it: the gate itself does not have them. */
#include "common/csv.h"
#include "controller/ctl/args.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct export
{
        FILE *out;
        bool is_terminal;
        size_t holders, dated; /* those whose levels have dates of their own */
};

static void join_levels(const json_t *levels, char *text, size_t size, bool *is_dated)
{
        size_t i = 0, len = 0;
        json_t *level = NULL;
        text[0] = '\0';
        json_array_foreach((json_t *)levels, i, level)
        {
                int n = snprintf(text + len, size - len, "%s%s", i > 0 ? ";" : "",
                                 text_of(level, "level"));
                len += n > 0 && (size_t)n < size - len ? (size_t)n : 0;
                *is_dated = *is_dated || json_object_get(level, "valid_from") ||
                            json_object_get(level, "valid_until");
        }
}

static int write_holder(void *context, const json_t *row)
{
        static const char *const columns[] = { "id", "name", "valid_from", "valid_until" };
        static const char *const flags[] = { "blocked", "silent" };
        struct export *export = context;
        char levels[1024];
        bool is_dated = false;
        json_t *safe = export->is_terminal ? print_safe_copy(row) : json_incref((json_t *)row);
        const char *role = text_of(safe, "role"), *escort = text_of(safe, "escort");
        for (size_t i = 0; i < ARRAY_LEN(columns); i++)
                csv_write_field(export->out, text_of(safe, columns[i]), i == 0);
        join_levels(json_object_get(safe, "levels"), levels, sizeof(levels), &is_dated);
        csv_write_field(export->out, levels, false);
        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
                csv_write_field(export->out,
                                json_is_true(json_object_get(safe, flags[i])) ? "yes" : "no",
                                false);
        csv_write_field(export->out, role[0] != '\0' ? role : "worker", false);
        csv_write_field(export->out, strcmp(escort, "*") == 0 ? "any" : escort, false);
        csv_write_end(export->out);
        json_decref(safe);
        export->holders++;
        export->dated += is_dated ? 1 : 0;
        return CTL_OK;
}

static int write_all(struct ctl *ctl, struct client *client, struct export *export)
{
        fputs("id,name,valid_from,valid_until,levels,blocked,silent,role,escort\r\n", export->out);
        int code = talk_pages(ctl, client, "holders", "id", NULL, write_holder, export);
        if (code == CTL_OK && (fflush(export->out) != 0 || ferror(export->out))) {
                fprintf(ctl->err, "stilectl: the file could not be written: %s\n", strerror(errno));
                code = CTL_CANNOT;
        }
        if (code == CTL_OK && export->dated > 0)
                fprintf(ctl->err,
                        "stilectl: the levels of %zu holders have dates of their own, "
                        "which the file does not hold\n",
                        export->dated);
        return code;
}

/* Names are personal data: the file is its owner's alone, and never half there under its name. */
static int write_file(struct ctl *ctl, struct client *client, const char *name)
{
        char part[4096];
        struct export export = { .out = NULL };
        int code = CTL_CANNOT;
        if (snprintf(part, sizeof(part), "%s.XXXXXX", name) >= (int)sizeof(part)) {
                fputs("stilectl: the file's name is too long\n", ctl->err);
                return CTL_CANNOT;
        }
        int fd = mkostemp(part, O_CLOEXEC);
        export.out = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (export.out)
                code = write_all(ctl, client, &export);
        if (export.out && fclose(export.out) != 0 && code == CTL_OK)
                code = CTL_CANNOT;
        if (code == CTL_OK && rename(part, name) == 0) {
                fprintf(ctl->out, "wrote %zu holders\n", export.holders);
                return CTL_OK;
        }
        if (!export.out || code == CTL_OK) {
                print_safe(ctl->err, name);
                fprintf(ctl->err, ": cannot be written: %s\n", strerror(errno));
        }
        if (fd >= 0)
                unlink(part);
        return CTL_CANNOT;
}

int verb_holder_export(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = {
                "holder export [FILE.csv]",
                "Writes the people this gate knows as CSV, to the file or to the\n"
                "standard output. Codes and card numbers are not in it: the gate\n"
                "keeps only digests of them.",
                NULL,
                0,
                0,
                1
        };
        struct client client;
        int operands = 0;
        int code = talk_begin(ctl, &args, argc, argv, &operands, &client);
        if (code != ARGS_GO)
                return code;
        struct export export = { .out = ctl->out, .is_terminal = ctl->is_terminal };
        code = operands == 1 ? write_file(ctl, &client, argv[1]) : write_all(ctl, &client, &export);
        client_close(&client);
        return code;
}

#include "controller/ctl/pass_output.h"

#include "common/paper/badge.h"
#include "common/paper/picture.h"
#include "common/paper/text.h"
#include "common/rfc3339.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
        PNG_MODULE_PX = 8
};

int pass_output_check(struct ctl *ctl, const struct args *args, const struct pass_output *output)
{
        if (output->code_mm != 0 &&
            (output->code_mm < BADGE_CODE_MM_MIN || output->code_mm > BADGE_CODE_MM_MAX))
                return args_complain(ctl, args, "--code-mm: 20 to 150 is wanted");
        return ARGS_GO;
}

/* A file is written beside its place and moved there whole. */
struct target {
        const char *path;
        char fresh[4096];
        FILE *file;
};

static int target_open(struct ctl *ctl, const char *path, struct target *target)
{
        target->path = path;
        snprintf(target->fresh, sizeof(target->fresh), "%s.%ld", path, (long)getpid());
        target->file = fopen(target->fresh, "wxe");
        if (target->file)
                return CTL_OK;
        fprintf(ctl->err, "stilectl: %s: %s\n", path, strerror(errno));
        return CTL_CANNOT;
}

/* `error` is what writing came to. */
static int target_close(struct ctl *ctl, struct target *target, int error)
{
        if (!error && (fflush(target->file) != 0 || fsync(fileno(target->file)) < 0))
                error = -errno;
        if (fclose(target->file) != 0 && !error)
                error = -EIO;
        if (!error && rename(target->fresh, target->path) < 0)
                error = -errno;
        if (!error)
                return CTL_OK;
        unlink(target->fresh);
        fprintf(ctl->err, "stilectl: %s: %s\n", target->path, strerror(-error));
        return CTL_CANNOT;
}

static int write_picture(struct ctl *ctl, const char *path, const struct paper_code *code,
                         bool is_svg)
{
        struct target target;
        if (target_open(ctl, path, &target) != CTL_OK)
                return CTL_CANNOT;
        return target_close(ctl, &target,
                            is_svg ? picture_svg(code, BADGE_CODE_MM, target.file)
                                   : picture_png(code, PNG_MODULE_PX, target.file));
}

/* What is said on paper of a pass; the texts live in *words. */
struct words {
        char validity[WHEN_SPAN_MAX];
};

static struct badge badge_of(const struct pass_output *output, const struct issued *issued,
                             struct words *words)
{
        char from[RFC3339_MAX] = "", until[RFC3339_MAX] = "", span[WHEN_SPAN_MAX];
        if (issued->pass.from_us != 0)
                rfc3339_format(issued->pass.from_us, from);
        if (issued->pass.until_us != 0)
                rfc3339_format(issued->pass.until_us, until);
        snprintf(words->validity, sizeof(words->validity), "%s", when_span(span, from, until));
        return (struct badge){ .code = issued->text,
                               .code_len = strlen(issued->text),
                               .name = issued->name[0] != '\0' ? issued->name
                                                               : issued->pass.claims.holder,
                               .place = output->place ? output->place : issued->pass.claims.site,
                               .validity = words->validity,
                               .number = strchr(issued->id, '/') + 1 };
}

static int write_pdf(struct ctl *ctl, const char *path, const struct badge *badges, size_t count,
                     const struct badge_options *options)
{
        struct target target;
        size_t bad = 0;
        if (target_open(ctl, path, &target) != CTL_OK)
                return CTL_CANNOT;
        return target_close(ctl, &target, badge_pdf(badges, count, options, target.file, &bad));
}

int pass_output_paper(struct ctl *ctl, const struct pass_output *output,
                      const struct issued *issued, size_t count)
{
        if (!output->pdf && !output->badge)
                return CTL_OK;
        struct badge *badges = calloc(count, sizeof(badges[0]));
        struct words *words = calloc(count, sizeof(words[0]));
        int code = badges && words ? CTL_OK : CTL_CANNOT;
        for (size_t i = 0; code == CTL_OK && i < count; i++)
                badges[i] = badge_of(output, &issued[i], &words[i]);
        struct badge_options options = { .layout = BADGE_SHEET,
                                         .code_mm = (int)output->code_mm,
                                         .is_name_masked = output->is_name_masked };
        if (code == CTL_OK && output->pdf)
                code = write_pdf(ctl, output->pdf, badges, count, &options);
        options.layout = BADGE_CARD;
        if (code == CTL_OK && output->badge)
                code = write_pdf(ctl, output->badge, badges, count, &options);
        paper_text_forget();
        free(badges);
        free(words);
        return code;
}

/* Base45: three characters for two bytes, two for one left over. */
static size_t bytes_of(const char *text)
{
        size_t characters = strlen(text) - strlen(SITE_PASS_PREFIX);
        return characters / 3 * 2 + (characters % 3 != 0);
}

int pass_output_one(struct ctl *ctl, const struct pass_output *output, const struct issued *issued)
{
        struct paper_code code;
        int error = paper_code_init(&code, issued->text, strlen(issued->text), PAPER_LEVEL_M);
        if (error) {
                fprintf(ctl->err, "stilectl: the code: %s\n", strerror(-error));
                return CTL_CANNOT;
        }
        int done = CTL_OK;
        if (output->png)
                done = write_picture(ctl, output->png, &code, false);
        if (done == CTL_OK && output->svg)
                done = write_picture(ctl, output->svg, &code, true);
        if (done == CTL_OK && output->is_terminal &&
            picture_text(&code, ctl->has_colour, ctl->out) != 0)
                done = CTL_CANNOT;
        if (done == CTL_OK)
                done = pass_output_paper(ctl, output, issued, 1);
        if (done == CTL_OK) {
                fprintf(ctl->out, "%s\n", issued->text);
                fprintf(ctl->err,
                        "pass %s of %s: %zu bytes, %zu characters, QR version %d at M (%d "
                        "modules)\n",
                        issued->id, issued->pass.claims.holder, bytes_of(issued->text),
                        strlen(issued->text), code.version, code.side);
        }
        paper_code_deinit(&code);
        return done;
}

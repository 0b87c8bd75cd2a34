/* stilectl credential: codes and cards by which the gate knows people. */
#include "controller/ctl/args.h"
#include "controller/ctl/check.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"
#include "controller/ctl/validity.h"
#include "controller/ctl/when.h"

#include <string.h>
#include <unistd.h>

enum {
        CODE_READ_MAX = 1024 /* of the standard input; check_code wants less */
};

/* Which credential is meant: one of them. */
struct which {
        const char *lookup, *holder, *code, *national_id;
        bool is_code_on_stdin;
        char code_read[CODE_READ_MAX];
};

#define CODE_OPTIONS(which)                                                                        \
        { "code", ARGS_TEXT, &(which)->code, "TEXT", "the text in the code; ps shows it to all" }, \
                { "code-stdin", ARGS_FLAG, &(which)->is_code_on_stdin, NULL,                       \
                  "read that text from the standard input: ps does not show it" },                 \
        {                                                                                          \
                "national-id", ARGS_TEXT, &(which)->national_id, "N",                              \
                        "the 12 digits of a citizen card; ps shows them to all"                    \
        }

/* One line, without its end. */
static int read_code(struct ctl *ctl, struct which *which)
{
        if (ctl->in == stdin && isatty(STDIN_FILENO) == 1)
                fputs("code: ", ctl->err);
        if (!fgets(which->code_read, sizeof(which->code_read), ctl->in)) {
                fputs("stilectl: there is no code on the standard input; nothing was changed\n",
                      ctl->err);
                return CTL_CANNOT;
        }
        which->code_read[strcspn(which->code_read, "\r\n")] = '\0';
        which->code = which->code_read;
        return ARGS_GO;
}

/* What is said of a code or number never repeats it. */
static int check_which(struct ctl *ctl, const struct args *args, struct which *which)
{
        if (which->is_code_on_stdin) {
                int code = read_code(ctl, which);
                if (code != ARGS_GO)
                        return code;
        }
        const char *why = which->code ? check_code(which->code) : NULL;
        if (why)
                return args_complain(ctl, args, "the code is %s", why);
        why = which->national_id ? check_national_id(which->national_id) : NULL;
        if (why)
                return args_complain(ctl, args, "--national-id: %s", why);
        why = which->holder ? check_id(which->holder) : NULL;
        if (why)
                return args_complain(ctl, args, "--holder: \"%s\": %s", which->holder, why);
        if (which->lookup &&
            (strlen(which->lookup) != 64 || strspn(which->lookup, "0123456789abcdef") != 64))
                return args_complain(ctl, args,
                                     "--lookup: 64 hex digits are wanted, as "
                                     "credential list shows them");
        return ARGS_GO;
}

static json_t *fields_of(const struct which *which)
{
        json_t *fields = json_object();
        if (which->lookup)
                json_object_set_new(fields, "lookup", json_string(which->lookup));
        if (which->holder)
                json_object_set_new(fields, "holder", json_string(which->holder));
        if (which->code)
                json_object_set_new(fields, "code", json_string(which->code));
        if (which->national_id)
                json_object_set_new(fields, "national_id", json_string(which->national_id));
        return fields;
}

int verb_credential_add(struct ctl *ctl, int argc, char **argv)
{
        struct which which = { .lookup = NULL };
        struct validity_args validity = { .from_text = NULL };
        const struct args_option options[] = {
                { "holder", ARGS_TEXT, &which.holder, "ID", "whose it is" },
                CODE_OPTIONS(&which),
                VALIDITY_OPTIONS(&validity),
        };
        const struct args args = {
                "credential add --holder ID (--code TEXT | --code-stdin | --national-id N)\n"
                "                               [--valid-from T] [--valid-until T]",
                "Gives a person a code or a citizen card. T is 2026-11-24 (the whole day) or\n"
                "RFC 3339. Prints the key under which it is known. One that was revoked is\n"
                "valid again.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct client client;
        json_t *ok = NULL;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!which.holder)
                return args_complain(ctl, &args, "--holder is missing");
        if ((which.code != NULL) + which.is_code_on_stdin + (which.national_id != NULL) != 1)
                return args_complain(ctl, &args,
                                     "one of --code, --code-stdin and --national-id is wanted");
        code = check_which(ctl, &args, &which);
        if (code == ARGS_GO)
                code = validity_check(ctl, &args, &validity);
        if (code != ARGS_GO)
                return code;
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        json_t *fields = fields_of(&which);
        validity_put(&validity, fields);
        code = talk(ctl, &client, TALK_CHANGE, "credential-add", fields, &ok);
        if (code == CTL_OK) {
                fputs("added ", ctl->out);
                print_safe(ctl->out, text_of(ok, "lookup"));
                fputc('\n', ctl->out);
        }
        json_decref(ok);
        client_close(&client);
        return code;
}

static int revoke_one(struct ctl *ctl, const struct which *which)
{
        struct client client;
        json_t *ok = NULL;
        int code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        code = talk(ctl, &client, TALK_CHANGE, "credential-revoke", fields_of(which), &ok);
        int64_t revoked = number_of(ok, "revoked");
        if (code == CTL_OK && revoked > 0)
                fprintf(ctl->out, "revoked %lld\n", (long long)revoked);
        if (code == CTL_OK && revoked == 0) {
                fputs("stilectl: there is nothing to revoke; nothing was changed\n", ctl->err);
                code = CTL_NO;
        }
        json_decref(ok);
        client_close(&client);
        return code;
}

int verb_credential_revoke(struct ctl *ctl, int argc, char **argv)
{
        struct which which = { .lookup = NULL };
        const struct args_option options[] = {
                { "lookup", ARGS_TEXT, &which.lookup, "HEX", "the key that credential list shows" },
                { "holder", ARGS_TEXT, &which.holder, "ID", "all of this person's" },
                CODE_OPTIONS(&which),
        };
        const struct args args = {
                "credential revoke (--lookup HEX | --holder ID | --code TEXT | --code-stdin |\n"
                "                                   --national-id N)",
                "Refuses a code or card from now on. It stays known, as revoked.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if ((which.lookup != NULL) + (which.holder != NULL) + (which.code != NULL) +
                    which.is_code_on_stdin + (which.national_id != NULL) !=
            1)
                return args_complain(ctl, &args,
                                     "one of --lookup, --holder, --code, --code-stdin and "
                                     "--national-id is wanted");
        code = check_which(ctl, &args, &which);
        return code == ARGS_GO ? revoke_one(ctl, &which) : code;
}

static int print_credential(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        char span[WHEN_SPAN_MAX], time[WHEN_TEXT_MAX];
        const char *revoked = text_of(row, "revoked");
        print_padded(ctl->out, text_of(row, "holder"), 14);
        fputs("  ", ctl->out);
        print_padded(ctl->out, text_of(row, "class"), 5);
        fputs("  ", ctl->out);
        print_padded(ctl->out, text_of(row, "hint"), 6);
        fputs("  ", ctl->out);
        if (revoked[0] != '\0')
                fprintf(ctl->out, "%sREVOKED%s %s", paint_on(ctl, PAINT_BAD), paint_off(ctl),
                        when_local_text(time, revoked));
        else
                fputs(when_span(span, text_of(row, "valid_from"), text_of(row, "valid_until")),
                      ctl->out);
        fprintf(ctl->out, "\n    %s", paint_on(ctl, PAINT_FAINT));
        print_safe(ctl->out, text_of(row, "lookup"));
        fprintf(ctl->out, "%s\n", paint_off(ctl));
        return CTL_OK;
}

static int print_credential_json(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        print_json(ctl->out, row);
        return CTL_OK;
}

int verb_credential_list(struct ctl *ctl, int argc, char **argv)
{
        struct which which = { .lookup = NULL };
        bool is_json = false;
        const struct args_option options[] = {
                { "holder", ARGS_TEXT, &which.holder, "ID", "this person's only" },
                { "json", ARGS_FLAG, &is_json, NULL, "one object a line" },
        };
        const struct args args = {
                "credential list [--holder ID] [--json]",
                "Lists codes and cards: whose, what, its last characters, validity, and the\n"
                "key that revoke takes. The codes themselves are not kept.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code == ARGS_GO)
                code = check_which(ctl, &args, &which);
        if (code != ARGS_GO)
                return code;
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        json_t *fields = fields_of(&which);
        code = talk_pages(ctl, &client, "credentials", "lookup", fields,
                          is_json ? print_credential_json : print_credential, ctl);
        json_decref(fields);
        client_close(&client);
        return code;
}

/* stilectl credential: codes and cards by which the gate knows people. */
#include "controller/ctl/args.h"
#include "controller/ctl/check.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"
#include "controller/ctl/validity.h"
#include "controller/ctl/when.h"
#include "controller/ctl/which.h"

#include <string.h>

static json_t *fields_of(const struct which *which)
{
        json_t *fields = json_object();
        which_put(which, fields);
        return fields;
}

/* On which terms a credential is given. */
struct terms {
        bool is_one_time, is_duress;
        int64_t uses, day_uses;
};

static void put_terms(const struct terms *terms, json_t *fields)
{
        if (terms->is_one_time)
                json_object_set_new(fields, "one_time", json_true());
        if (terms->is_duress)
                json_object_set_new(fields, "duress", json_true());
        if (terms->uses > 0)
                json_object_set_new(fields, "max_uses", json_integer(terms->uses));
        if (terms->day_uses > 0)
                json_object_set_new(fields, "max_uses_day", json_integer(terms->day_uses));
}

int verb_credential_add(struct ctl *ctl, int argc, char **argv)
{
        struct which which = { .lookup = NULL };
        struct validity_args validity = { .from_text = NULL };
        struct terms terms = { .is_one_time = false };
        const struct args_option options[] = {
                { "holder", ARGS_TEXT, &which.holder, "ID", "whose it is" },
                WHICH_OPTIONS(&which),
                { "one-time", ARGS_FLAG, &terms.is_one_time, NULL,
                  "codes that a phone shows anew every 10 s: prints its secret, once" },
                VALIDITY_OPTIONS(&validity),
                { "max-uses", ARGS_NUMBER, &terms.uses, "N", "so many entries in all" },
                { "max-uses-day", ARGS_NUMBER, &terms.day_uses, "N", "so many entries a day" },
                { "duress", ARGS_FLAG, &terms.is_duress, NULL,
                  "opens like any other, and raises the alarm Duress" },
        };
        const struct args args = {
                "credential add --holder ID\n"
                "        (--code TEXT | --code-stdin | --national-id N | --one-time)\n"
                "        [--valid-from T] [--valid-until T] [--max-uses N] [--max-uses-day N]\n"
                "        [--duress]",
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
        if (which_count(&which) + terms.is_one_time != 2)
                return args_complain(ctl, &args,
                                     "one of --code, --code-stdin, --national-id and --one-time "
                                     "is wanted");
        code = which_check(ctl, &args, &which);
        if (code == ARGS_GO)
                code = validity_check(ctl, &args, &validity);
        if (code != ARGS_GO)
                return code;
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        json_t *fields = fields_of(&which);
        validity_put(&validity, fields);
        put_terms(&terms, fields);
        code = talk(ctl, &client, TALK_CHANGE, "credential-add", fields, &ok);
        if (code == CTL_OK) {
                fputs("added ", ctl->out);
                print_safe(ctl->out, text_of(ok, "lookup"));
                fputc('\n', ctl->out);
                if (terms.is_one_time) {
                        fputs("secret ", ctl->out);
                        print_safe(ctl->out, text_of(ok, "secret"));
                        fputc('\n', ctl->out);
                }
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
                WHICH_OPTIONS(&which),
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
        if (which_count(&which) != 1)
                return args_complain(ctl, &args,
                                     "one of --lookup, --holder, --code, --code-stdin and "
                                     "--national-id is wanted");
        code = which_check(ctl, &args, &which);
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
                code = which_check(ctl, &args, &which);
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

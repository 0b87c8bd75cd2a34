/* stilectl visit: visitors who are expected; and declare: what people say of their health. */
#include "common/rfc3339.h"
#include "controller/ctl/check.h"
#include "controller/ctl/listing.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/ctl/which.h"

#include <string.h>

struct visit {
        const char *name_text, *from, *until, *escort;
        char name[FLOW_NAME_MAX];
        struct args_list levels;
        struct which which;
};

static int put_time(struct ctl *ctl, const struct args *args, const char *text, enum when_edge edge,
                    const char *key, json_t *fields)
{
        char whole[RFC3339_MAX];
        int64_t us = 0;
        if (!text)
                return args_complain(ctl, args, "--%s is missing", key);
        if (!when_parse_date(text, edge, &us))
                return args_complain(ctl, args, "--%s: \"%s\" is not a time", key, text);
        rfc3339_format(us, whole);
        json_object_set_new(fields, key, json_string(whole));
        return ARGS_GO;
}

/* "any" is any worker; the protocol says "*", which a shell would not leave alone. */
static int put_escort(struct ctl *ctl, const struct args *args, const char *escort, json_t *fields)
{
        bool is_any = escort && strcmp(escort, "any") == 0;
        const char *why = escort && !is_any ? check_id(escort) : NULL;
        if (why)
                return args_complain(ctl, args, "--escort: \"%s\": %s", escort, why);
        if (escort)
                json_object_set_new(fields, "escort", json_string(is_any ? "*" : escort));
        return ARGS_GO;
}

static int fill(struct ctl *ctl, const struct args *args, const char *id, struct visit *visit,
                json_t *fields)
{
        const char *why = check_id(id);
        if (why)
                return args_complain(ctl, args, "\"%s\": %s", id, why);
        if (!visit->name_text)
                return args_complain(ctl, args, "--name is missing");
        why = check_name(visit->name_text, visit->name);
        if (why)
                return args_complain(ctl, args, "--name: %s", why);
        json_object_set_new(fields, "id", json_string(id));
        json_object_set_new(fields, "name", json_string(visit->name));
        int code = put_time(ctl, args, visit->from, WHEN_FROM, "from", fields);
        if (code == ARGS_GO)
                code = put_time(ctl, args, visit->until, WHEN_UNTIL, "until", fields);
        if (code == ARGS_GO)
                code = put_escort(ctl, args, visit->escort, fields);
        for (size_t i = 0; code == ARGS_GO && i < visit->levels.count; i++) {
                why = check_id(visit->levels.value[i]);
                if (why)
                        return args_complain(ctl, args, "--level: %s", why);
                if (i == 0)
                        json_object_set_new(fields, "levels", json_array());
                json_array_append_new(json_object_get(fields, "levels"),
                                      json_pack("{s:s}", "level", visit->levels.value[i]));
        }
        if (code == ARGS_GO)
                code = which_check(ctl, args, &visit->which);
        if (code == ARGS_GO)
                which_put(&visit->which, fields);
        return code;
}

int verb_visit_add(struct ctl *ctl, int argc, char **argv)
{
        struct visit visit = { .name_text = NULL };
        const struct args_option options[] = {
                { "name", ARGS_TEXT, &visit.name_text, "NAME", "as people read it" },
                { "from", ARGS_TEXT, &visit.from, "T", "not before this; a day: its begin" },
                { "until", ARGS_TEXT, &visit.until, "T", "no longer from this on; a day: its end" },
                { "escort", ARGS_TEXT, &visit.escort, "ID|any",
                  "enters only after this holder, or any worker" },
                { "level", ARGS_LIST, &visit.levels, "LEVEL",
                  "an access level; may stand several times (without: all)" },
                WHICH_OPTIONS(&visit.which),
        };
        const struct args args = {
                "visit add ID --name NAME --from T --until T [--escort ID|any] [--level LEVEL]…\n"
                "                    [--code TEXT | --code-stdin | --national-id N]",
                "Expects a visitor for a time, and the card or code that they will show. T is\n"
                "2026-11-24 (the whole day) or RFC 3339.",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        json_t *fields = json_object();
        code = fill(ctl, &args, argv[1], &visit, fields);
        if (code == ARGS_GO)
                code = talk_open(ctl, &client);
        else
                code = code == CTL_OK ? CTL_CANNOT : code;
        if (code != CTL_OK) {
                json_decref(fields);
                return code;
        }
        code = talk_plain(ctl, &client, TALK_CHANGE, "visit-add",
                          json_pack("{s:o}", "visit", fields));
        if (code == CTL_OK)
                fprintf(ctl->out, "expecting %s\n", argv[1]);
        client_close(&client);
        return code;
}

static int print_visit(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        char span[WHEN_SPAN_MAX];
        const char *escort = text_of(row, "escort");
        if (strcmp(text_of(row, "role"), "visitor") != 0)
                return CTL_OK;
        print_padded(ctl->out, text_of(row, "id"), 14);
        fputs("  ", ctl->out);
        print_padded(ctl->out, text_of(row, "name"), 24);
        fprintf(ctl->out, "  %-40s  ",
                when_span(span, text_of(row, "valid_from"), text_of(row, "valid_until")));
        print_safe(ctl->out, strcmp(escort, "*") == 0 ? "any worker" : escort);
        fputc('\n', ctl->out);
        return CTL_OK;
}

static int print_visit_json(void *context, const json_t *row)
{
        return strcmp(text_of(row, "role"), "visitor") == 0 ? listing_json(context, row) : CTL_OK;
}

int verb_visit_list(struct ctl *ctl, int argc, char **argv)
{
        bool is_json = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &is_json, NULL, "one object a line" },
        };
        const struct args args = { "visit list [--json]",
                                   "Lists the visitors that are known, with their times. They are\n"
                                   "removed like all people: stilectl holder remove.",
                                   options,
                                   ARRAY_LEN(options),
                                   0,
                                   0 };
        struct client client;
        int code = talk_begin(ctl, &args, argc, argv, NULL, &client);
        if (code != ARGS_GO)
                return code;
        code = talk_pages(ctl, &client, "holders", "id", NULL,
                          is_json ? print_visit_json : print_visit, ctl);
        client_close(&client);
        return code;
}

int verb_declare(struct ctl *ctl, int argc, char **argv)
{
        const char *result = NULL, *until = NULL;
        const struct args_option options[] = {
                { "result", ARGS_TEXT, &result, "green|amber|red", "what it came to" },
                { "until", ARGS_TEXT, &until, "T", "good no longer than this" },
        };
        const struct args args = {
                "declare HOLDER --result green|amber|red [--until T]",
                "Notes a health declaration, made by the holder or on their behalf. What it is\n"
                "good for is a rule: rules.declaration in gate.conf(5).",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!result)
                return args_complain(ctl, &args, "--result is missing");
        json_t *fields = json_pack("{s:s, s:s}", "holder", argv[1], "result", result);
        code = until ? put_time(ctl, &args, until, WHEN_UNTIL, "until", fields) : ARGS_GO;
        if (code == ARGS_GO)
                code = talk_open(ctl, &client);
        if (code != CTL_OK) {
                json_decref(fields);
                return code;
        }
        code = talk_plain(ctl, &client, TALK_CHANGE, "declaration-put", fields);
        if (code == CTL_OK)
                fprintf(ctl->out, "noted %s: %s\n", argv[1], result);
        client_close(&client);
        return code;
}

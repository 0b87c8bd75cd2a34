/* stilectl holder: the people this gate knows, one at a time. */
#include "controller/ctl/args.h"
#include "controller/ctl/check.h"
#include "controller/ctl/listing.h"
#include "controller/ctl/print.h"
#include "controller/ctl/validity.h"
#include "controller/ctl/when.h"

#include <string.h>

struct add {
        const char *id, *name_text;
        char name[FLOW_NAME_MAX];
        struct validity_args validity;
        struct args_list levels;
        const char *role, *escort;
        bool is_blocked, may_replace;
};

static json_t *holder_of(const struct add *add)
{
        json_t *holder = json_pack("{s:s, s:s}", "id", add->id, "name", add->name);
        validity_put(&add->validity, holder);
        if (add->is_blocked)
                json_object_set_new(holder, "blocked", json_true());
        if (add->role)
                json_object_set_new(holder, "role", json_string(add->role));
        if (add->escort)
                json_object_set_new(
                        holder, "escort",
                        json_string(strcmp(add->escort, "any") == 0 ? "*" : add->escort));
        if (add->levels.count > 0)
                json_object_set_new(holder, "levels", json_array());
        for (size_t i = 0; i < add->levels.count; i++)
                json_array_append_new(json_object_get(holder, "levels"),
                                      json_pack("{s:s}", "level", add->levels.value[i]));
        return holder;
}

static int check_add(struct ctl *ctl, const struct args *args, struct add *add)
{
        const char *why = check_id(add->id);
        if (why)
                return args_complain(ctl, args, "\"%s\": %s", add->id, why);
        if (!add->name_text)
                return args_complain(ctl, args, "--name is missing");
        why = check_name(add->name_text, add->name);
        if (why)
                return args_complain(ctl, args, "--name: %s", why);
        for (size_t i = 0; i < add->levels.count; i++) {
                why = check_id(add->levels.value[i]);
                if (why)
                        return args_complain(ctl, args, "--level: \"%s\": %s", add->levels.value[i],
                                             why);
        }
        if (add->role && strcmp(add->role, "worker") != 0 && strcmp(add->role, "visitor") != 0)
                return args_complain(ctl, args, "--role: worker or visitor is wanted");
        why = add->escort ? check_id(add->escort) : NULL;
        if (why)
                return args_complain(ctl, args, "--escort: \"%s\": %s", add->escort, why);
        return validity_check(ctl, args, &add->validity);
}

/* Between looking and changing nobody else may change: both are one import. */
static int add(struct ctl *ctl, struct client *client, const struct add *what)
{
        json_t *known = NULL;
        int code = talk_plain(ctl, client, TALK_CHANGE, "import-begin", NULL);
        if (code == CTL_OK)
                code = talk_find(ctl, client, "holders", what->id, &known);
        bool is_known = known != NULL;
        json_decref(known);
        if (code == CTL_OK && is_known && !what->may_replace) {
                fprintf(ctl->err,
                        "stilectl: there is a holder %s already; nothing was changed. --replace "
                        "gives them these data\n",
                        what->id);
                return CTL_NO;
        }
        if (code == CTL_OK)
                code = talk_plain(ctl, client, TALK_CHANGE, "holder-put",
                                  json_pack("{s:o}", "holder", holder_of(what)));
        if (code == CTL_OK)
                code = talk_plain(ctl, client, TALK_CHANGE, "import-commit", NULL);
        if (code == CTL_OK)
                fprintf(ctl->out, "%s %s\n", is_known ? "replaced" : "added", what->id);
        return code;
}

int verb_holder_add(struct ctl *ctl, int argc, char **argv)
{
        struct add what = { .id = NULL };
        const struct args_option options[] = {
                { "name", ARGS_TEXT, &what.name_text, "NAME", "as people read it" },
                VALIDITY_OPTIONS(&what.validity),
                { "level", ARGS_LIST, &what.levels, "LEVEL",
                  "an access level; may stand several times (without: all)" },
                { "role", ARGS_TEXT, &what.role, "worker|visitor", "(without: worker)" },
                { "escort", ARGS_TEXT, &what.escort, "ID|any",
                  "enters only after this holder, or any worker" },
                { "blocked", ARGS_FLAG, &what.is_blocked, NULL, "refused until unblocked" },
                { "replace", ARGS_FLAG, &what.may_replace, NULL,
                  "they may be known already: all of this is new, levels only when given" },
        };
        const struct args args = {
                "holder add ID --name NAME [--valid-from T] [--valid-until T]\n"
                "                           [--level LEVEL]… [--role worker|visitor]\n"
                "                           [--escort ID|any] [--blocked] [--replace]",
                "Enrols a person. ID is 1 to 32 of a-z, 0-9 and -. T is 2026-11-24 (the whole\n"
                "day) or RFC 3339. They pass with a code or card: stilectl credential add.",
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
        what.id = argv[1];
        code = check_add(ctl, &args, &what);
        if (code != ARGS_GO)
                return code;
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        code = add(ctl, &client, &what);
        client_close(&client);
        return code;
}

static int print_holder(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        char span[WHEN_SPAN_MAX];
        const char *between = "";
        size_t i = 0;
        json_t *level = NULL;
        print_padded(ctl->out, text_of(row, "id"), 14);
        fputs("  ", ctl->out);
        print_padded(ctl->out, text_of(row, "name"), 24);
        fprintf(ctl->out, "  %-24s  ",
                when_span(span, text_of(row, "valid_from"), text_of(row, "valid_until")));
        json_array_foreach(json_object_get(row, "levels"), i, level)
        {
                fputs(between, ctl->out);
                print_safe(ctl->out, text_of(level, "level"));
                between = ", ";
        }
        if (json_is_true(json_object_get(row, "blocked")))
                fprintf(ctl->out, "%s%sBLOCKED%s", i > 0 ? "  " : "", paint_on(ctl, PAINT_BAD),
                        paint_off(ctl));
        fputc('\n', ctl->out);
        return CTL_OK;
}

int verb_holder_list(struct ctl *ctl, int argc, char **argv)
{
        const struct listing listing = {
                .args = { "holder list [--json]", "Lists the people this gate knows.", NULL, 0, 0,
                          0 },
                .list = "holders",
                .key = "id",
                .heading = "id              name                      valid                     "
                           "levels",
                .row = print_holder,
        };
        return listing_run(ctl, &listing, argc, argv);
}

int verb_holder_remove(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = { "holder remove ID",
                                   "Forgets a person and their credentials. Their events stay, "
                                   "under a pseudonym.",
                                   NULL,
                                   0,
                                   1,
                                   1 };
        return listing_remove(ctl, &args, "holder-remove", "holder", argc, argv);
}

/* holder-put replaces the whole holder: what is there is read and given back with one change. */
static int set_blocked(struct ctl *ctl, struct client *client, const char *id, bool is_blocked,
                       bool is_silent)
{
        json_t *holder = NULL;
        int code = talk_plain(ctl, client, TALK_CHANGE, "import-begin", NULL);
        if (code == CTL_OK)
                code = talk_find(ctl, client, "holders", id, &holder);
        if (code == CTL_OK && !holder) {
                fprintf(ctl->err, "stilectl: there is no holder %s; nothing was changed\n", id);
                return CTL_NO;
        }
        if (code == CTL_OK) {
                json_object_set_new(holder, "blocked", json_boolean(is_blocked));
                json_object_set_new(holder, "silent", json_boolean(is_silent));
                code = talk_plain(ctl, client, TALK_CHANGE, "holder-put",
                                  json_pack("{s:O}", "holder", holder));
        }
        if (code == CTL_OK)
                code = talk_plain(ctl, client, TALK_CHANGE, "import-commit", NULL);
        json_decref(holder);
        if (code == CTL_OK)
                fprintf(ctl->out, "%s %s\n", is_blocked ? "blocked" : "unblocked", id);
        return code;
}

static int change_blocked(struct ctl *ctl, const struct args *args, int argc, char **argv,
                          bool is_blocked, const bool *is_silent)
{
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *why = check_id(argv[1]);
        if (why)
                return args_complain(ctl, args, "\"%s\": %s", argv[1], why);
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        code = set_blocked(ctl, &client, argv[1], is_blocked, is_silent && *is_silent);
        client_close(&client);
        return code;
}

int verb_holder_block(struct ctl *ctl, int argc, char **argv)
{
        bool is_silent = false;
        const struct args_option options[] = {
                { "silent", ARGS_FLAG, &is_silent, NULL,
                  "each attempt raises SilentAlarm, and nobody at the lane is told" },
        };
        const struct args args = { "holder block ID [--silent]",
                                   "Refuses a person until they are unblocked.",
                                   options,
                                   ARRAY_LEN(options),
                                   1,
                                   1 };
        return change_blocked(ctl, &args, argc, argv, true, &is_silent);
}

int verb_holder_unblock(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = { "holder unblock ID", "Ends a block.", NULL, 0, 1, 1 };
        return change_blocked(ctl, &args, argc, argv, false, NULL);
}

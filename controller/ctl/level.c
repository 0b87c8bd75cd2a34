/* stilectl level: access levels, named sets of access points. */
#include "controller/ctl/args.h"
#include "controller/ctl/check.h"
#include "controller/ctl/listing.h"
#include "controller/ctl/print.h"
#include "controller/ports/registry.h"

#include <string.h>

/* Between looking and changing nobody else may change: both are one import. */
static int add(struct ctl *ctl, struct client *client, json_t *level, bool may_replace)
{
        const char *id = text_of(level, "id");
        json_t *known = NULL;
        int code = talk_plain(ctl, client, TALK_CHANGE, "import-begin", NULL);
        if (code == CTL_OK)
                code = talk_find(ctl, client, "levels", id, &known);
        bool is_known = known != NULL;
        json_decref(known);
        if (code == CTL_OK && is_known && !may_replace) {
                fprintf(ctl->err,
                        "stilectl: there is a level %s already; nothing was changed. --replace "
                        "gives it these access points\n",
                        id);
                return CTL_NO;
        }
        if (code == CTL_OK)
                code = talk_plain(ctl, client, TALK_CHANGE, "level-put",
                                  json_pack("{s:O}", "level", level));
        if (code == CTL_OK)
                code = talk_plain(ctl, client, TALK_CHANGE, "import-commit", NULL);
        if (code == CTL_OK)
                fprintf(ctl->out, "%s %s\n", is_known ? "replaced" : "added", id);
        return code;
}

int verb_level_add(struct ctl *ctl, int argc, char **argv)
{
        bool may_replace = false;
        const char *schedule = NULL;
        const struct args_option options[] = {
                { "schedule", ARGS_TEXT, &schedule, "ID", "when it counts (without: always)" },
                { "replace", ARGS_FLAG, &may_replace, NULL, "it may be there already" },
        };
        const struct args args = { "level add ID ACCESS_POINT…|'*' [--schedule ID] [--replace]",
                                   "Names a set of access points; '*' is every one. People get it "
                                   "with\nstilectl holder add --level.",
                                   options,
                                   ARRAY_LEN(options),
                                   2,
                                   1 + REGISTRY_POINTS_MAX };
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        for (int i = 1; i <= operands; i++) {
                const char *why = i > 1 && strcmp(argv[i], "*") == 0 ? NULL : check_id(argv[i]);
                if (why)
                        return args_complain(ctl, &args, "\"%s\": %s", argv[i], why);
        }
        const char *why = schedule ? check_id(schedule) : NULL;
        if (why)
                return args_complain(ctl, &args, "--schedule: \"%s\": %s", schedule, why);
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        json_t *level = json_pack("{s:s, s:[]}", "id", argv[1], "access_points");
        for (int i = 2; i <= operands; i++)
                json_array_append_new(json_object_get(level, "access_points"),
                                      json_string(argv[i]));
        if (schedule)
                json_object_set_new(level, "schedule", json_string(schedule));
        code = add(ctl, &client, level, may_replace);
        json_decref(level);
        client_close(&client);
        return code;
}

static int print_level(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        size_t i = 0;
        json_t *point = NULL;
        print_padded(ctl->out, text_of(row, "id"), 14);
        json_array_foreach(json_object_get(row, "access_points"), i, point)
        {
                const char *id = json_string_value(point);
                fputs(i == 0 ? "  " : ", ", ctl->out);
                print_safe(ctl->out, id && strcmp(id, "*") == 0 ? "* (every one)" : id ? id : "");
        }
        if (text_of(row, "schedule")[0] != '\0') {
                fputs("  by schedule ", ctl->out);
                print_safe(ctl->out, text_of(row, "schedule"));
        }
        fputc('\n', ctl->out);
        return CTL_OK;
}

int verb_level_list(struct ctl *ctl, int argc, char **argv)
{
        const struct listing listing = {
                .args = { "level list [--json]", "Lists the access levels and their access points.",
                          NULL, 0, 0, 0 },
                .list = "levels",
                .key = "id",
                .heading = "level           access points",
                .row = print_level,
        };
        return listing_run(ctl, &listing, argc, argv);
}

int verb_level_remove(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = { "level remove ID",
                                   "Forgets an access level. Refused while people have it.",
                                   NULL,
                                   0,
                                   1,
                                   1 };
        return listing_remove(ctl, &args, "level-remove", "level", argc, argv);
}

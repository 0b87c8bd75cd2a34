/* stilectl area: where access points lead, how many may be there, and anti-passback of its own. */
#include "controller/ctl/check.h"
#include "controller/ctl/listing.h"
#include "controller/ctl/print.h"
#include "controller/ports/registry.h"

struct area {
        int64_t limit, reset_h;
        const char *passback, *reset_at;
};

static json_t *area_of(const struct area *what, int operands, char **argv)
{
        json_t *area = json_pack("{s:s, s:[]}", "id", argv[1], "access_points");
        for (int i = 2; i <= operands; i++)
                json_array_append_new(json_object_get(area, "access_points"), json_string(argv[i]));
        if (what->limit > 0)
                json_object_set_new(area, "occupancy_limit", json_integer(what->limit));
        if (what->passback)
                json_object_set_new(area, "passback", json_string(what->passback));
        if (what->reset_h >= 0)
                json_object_set_new(area, "passback_reset_h", json_integer(what->reset_h));
        if (what->reset_at)
                json_object_set_new(area, "passback_reset_at", json_string(what->reset_at));
        return area;
}

int verb_area_put(struct ctl *ctl, int argc, char **argv)
{
        struct area what = { .reset_h = -1 };
        const struct args_option options[] = {
                { "limit", ARGS_NUMBER, &what.limit, "N", "so many people may be inside" },
                { "passback", ARGS_TEXT, &what.passback, "off|soft|hard",
                  "anti-passback here (without: as configured)" },
                { "reset-hours", ARGS_NUMBER, &what.reset_h, "N",
                  "a presence older than this does not count; 0: it always does" },
                { "reset-at", ARGS_TEXT, &what.reset_at, "HH:MM|never",
                  "time of day at which presences cease to count" },
        };
        const struct args args = {
                "area put ID ACCESS_POINT… [--limit N] [--passback off|soft|hard]\n"
                "                          [--reset-hours N] [--reset-at HH:MM|never]",
                "Makes access points lead into (and out of) an area; replaces what it was. An\n"
                "access point is of one area.",
                options,
                ARRAY_LEN(options),
                2,
                1 + REGISTRY_POINTS_MAX
        };
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        for (int i = 1; i <= operands; i++) {
                const char *why = check_id(argv[i]);
                if (why)
                        return args_complain(ctl, &args, "\"%s\": %s", argv[i], why);
        }
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        code = talk_plain(ctl, &client, TALK_CHANGE, "area-put",
                          json_pack("{s:o}", "area", area_of(&what, operands, argv)));
        if (code == CTL_OK)
                fprintf(ctl->out, "kept %s\n", argv[1]);
        client_close(&client);
        return code;
}

static int print_area(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        size_t i = 0;
        json_t *point = NULL;
        int64_t limit = number_of(row, "occupancy_limit");
        print_padded(ctl->out, text_of(row, "id"), 14);
        fprintf(ctl->out, "  %6lld  ", (long long)number_of(row, "inside"));
        fprintf(ctl->out, limit > 0 ? "%6lld" : "     -", (long long)limit);
        fputs("  ", ctl->out);
        print_padded(ctl->out, text_of(row, "passback"), 8);
        json_array_foreach(json_object_get(row, "access_points"), i, point)
        {
                fputs(i == 0 ? "  " : ", ", ctl->out);
                print_safe(ctl->out, json_string_value(point));
        }
        fputc('\n', ctl->out);
        return CTL_OK;
}

int verb_area_list(struct ctl *ctl, int argc, char **argv)
{
        const struct listing listing = {
                .args = { "area list [--json]",
                          "Lists the areas and how many are believed inside each.", NULL, 0, 0, 0 },
                .list = "areas",
                .key = "id",
                .heading = "area            inside   limit  passback  access points",
                .row = print_area,
        };
        return listing_run(ctl, &listing, argc, argv);
}

int verb_area_remove(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = { "area remove ID",
                                   "Forgets an area. Its access points are of none then.",
                                   NULL,
                                   0,
                                   1,
                                   1 };
        return listing_remove(ctl, &args, "area-remove", "area", argc, argv);
}

/* stilectl schedule: when access levels count, and the days that are special. */
#include "controller/validate/schedule.h"
#include "controller/ctl/check.h"
#include "controller/ctl/listing.h"
#include "controller/ctl/print.h"

#include <string.h>

static int send(struct ctl *ctl, const char *verb, json_t *fields, const char *said)
{
        struct client client;
        int code = talk_open(ctl, &client);
        if (code != CTL_OK) {
                json_decref(fields);
                return code;
        }
        code = talk_plain(ctl, &client, TALK_CHANGE, verb, fields);
        if (code == CTL_OK)
                fprintf(ctl->out, "%s\n", said);
        client_close(&client);
        return code;
}

int verb_schedule_put(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = {
                "schedule put ID PERIOD…",
                "Says when something holds, in local time; replaces what the schedule was. A\n"
                "PERIOD is days and times: \"mon-fri 08:00-17:30\", \"daily 22:00-06:00\" (over\n"
                "midnight: it belongs to the day it began), \"special 10:00-12:00\" (on special\n"
                "days, when only such periods begin). Levels take it: stilectl level add\n"
                "--schedule.",
                NULL,
                0,
                2,
                1 + SCHEDULE_PERIODS_MAX
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *why = check_id(argv[1]);
        if (why)
                return args_complain(ctl, &args, "\"%s\": %s", argv[1], why);
        json_t *periods = json_array();
        for (int i = 2; i <= operands && !why; i++) {
                struct schedule_period period;
                why = schedule_parse_period(argv[i], &period);
                if (why)
                        code = args_complain(ctl, &args, "\"%s\": %s", argv[i], why);
                json_array_append_new(periods, json_string(argv[i]));
        }
        if (why) {
                json_decref(periods);
                return code;
        }
        char said[FLOW_ID_MAX + 16];
        snprintf(said, sizeof(said), "kept %s", argv[1]);
        return send(ctl, "schedule-put",
                    json_pack("{s:{s:s, s:o}}", "schedule", "id", argv[1], "periods", periods),
                    said);
}

static int print_schedule(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        size_t i = 0;
        json_t *period = NULL;
        print_padded(ctl->out, text_of(row, "id"), 14);
        json_array_foreach(json_object_get(row, "periods"), i, period)
        {
                fputs(i == 0 ? "  " : "\n                ", ctl->out);
                print_safe(ctl->out, json_string_value(period));
        }
        fputs(i == 0 ? "  never\n" : "\n", ctl->out);
        return CTL_OK;
}

int verb_schedule_list(struct ctl *ctl, int argc, char **argv)
{
        const struct listing listing = {
                .args = { "schedule list [--json]", "Lists the schedules.", NULL, 0, 0, 0 },
                .list = "schedules",
                .key = "id",
                .heading = "schedule        periods",
                .row = print_schedule,
        };
        return listing_run(ctl, &listing, argc, argv);
}

int verb_schedule_remove(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = { "schedule remove ID",
                                   "Forgets a schedule. Refused while levels have it.",
                                   NULL,
                                   0,
                                   1,
                                   1 };
        return listing_remove(ctl, &args, "schedule-remove", "schedule", argc, argv);
}

int verb_special_day_add(struct ctl *ctl, int argc, char **argv)
{
        const char *name = NULL;
        const struct args_option options[] = {
                { "name", ARGS_TEXT, &name, "NAME", "what day it is" },
        };
        const struct args args = {
                "special-day add DATE [--name NAME]",
                "Makes a day special: a holiday, on which only the special periods of schedules\n"
                "begin. DATE is 2026-09-02, or --09-02 for every year (then as: special-day add\n"
                "-- --09-02).",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        json_t *fields = json_pack("{s:s}", "date", argv[1]);
        if (name)
                json_object_set_new(fields, "name", json_string(name));
        return send(ctl, "special-day-put", fields, "added");
}

int verb_special_day_remove(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = {
                "special-day remove DATE", "Makes a day like any other again.", NULL, 0, 1, 1
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        return send(ctl, "special-day-remove", json_pack("{s:s}", "date", argv[1]), "removed");
}

static void print_day(const struct ctl *ctl, const json_t *row)
{
        const char *date = text_of(row, "date");
        bool is_yearly = strncmp(date, "--", 2) == 0;
        print_padded(ctl->out, is_yearly ? date + 2 : date, 12);
        fprintf(ctl->out, "%-14s", is_yearly ? "every year" : "");
        print_safe(ctl->out, text_of(row, "name"));
        fputc('\n', ctl->out);
}

int verb_special_day_list(struct ctl *ctl, int argc, char **argv)
{
        bool is_json = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &is_json, NULL, "one object a line" },
        };
        const struct args args = { "special-day list [--json]",
                                   "Lists the special days.",
                                   options,
                                   ARRAY_LEN(options),
                                   0,
                                   0 };
        struct client client;
        json_t *ok = NULL;
        size_t i = 0;
        json_t *row = NULL;
        int code = talk_begin(ctl, &args, argc, argv, NULL, &client);
        if (code != ARGS_GO)
                return code;
        code = talk(ctl, &client, TALK_ASK, "special-days", NULL, &ok);
        json_array_foreach(json_object_get(ok, "special_days"), i, row)
        {
                if (is_json)
                        print_json(ctl->out, row);
                else
                        print_day(ctl, row);
        }
        json_decref(ok);
        client_close(&client);
        return code;
}

/* stilectl explain: what the rules would say of somebody, rule by rule. Opens nothing. */
#include "common/rfc3339.h"
#include "controller/ctl/check.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"
#include "controller/ctl/when.h"
#include "controller/ctl/which.h"

#include <string.h>

static const char *words_of(const json_t *step)
{
        if (!json_is_true(json_object_get(step, "applies")))
                return "does not matter here";
        if (!json_is_true(json_object_get(step, "objects")))
                return "yes";
        return text_of(step, "reason");
}

static void print_step(const struct ctl *ctl, const json_t *step)
{
        bool is_warning = json_is_true(json_object_get(step, "warning"));
        bool objects = json_is_true(json_object_get(step, "objects"));
        bool applies = json_is_true(json_object_get(step, "applies"));
        enum paint paint = !applies     ? PAINT_FAINT
                           : !objects   ? PAINT_GOOD
                           : is_warning ? PAINT_WARN
                                        : PAINT_BAD;
        fprintf(ctl->out, "  %s ", !applies ? "·" : !objects ? "✔" : is_warning ? "!" : "✘");
        print_padded(ctl->out, text_of(step, "rule"), 15);
        print_padded(ctl->out, text_of(step, "about"), 56);
        fputs(paint_on(ctl, paint), ctl->out);
        print_safe(ctl->out, words_of(step));
        fprintf(ctl->out, "%s%s\n", is_warning ? " (admits all the same)" : "", paint_off(ctl));
}

static void print_answer(const struct ctl *ctl, const json_t *answer)
{
        char time[WHEN_TEXT_MAX];
        size_t i = 0;
        json_t *step = NULL;
        bool is_admitted = json_is_true(json_object_get(answer, "admit"));
        const json_t *facts = json_object_get(answer, "facts");
        const char *reason = text_of(answer, "reason");
        fprintf(ctl->out, "%s%s%s", paint_on(ctl, is_admitted ? PAINT_GOOD : PAINT_BAD),
                is_admitted ? "may pass" : "may not pass", paint_off(ctl));
        if (reason[0] != '\0') {
                fprintf(ctl->out, ": %s, says ", reason);
                print_safe(ctl->out, text_of(answer, "rule"));
        }
        fprintf(ctl->out, " (%s, %s", when_local_text(time, text_of(answer, "at")),
                text_of(facts, "direction"));
        if (text_of(facts, "holder")[0] != '\0')
                fprintf(ctl->out, ", %s", text_of(facts, "holder"));
        fputs(")\n", ctl->out);
        json_array_foreach(json_object_get(answer, "steps"), i, step) print_step(ctl, step);
}

static int ask(struct ctl *ctl, json_t *fields, bool is_json)
{
        struct client client;
        json_t *ok = NULL;
        int code = talk_open(ctl, &client);
        if (code != CTL_OK) {
                json_decref(fields);
                return code;
        }
        code = talk(ctl, &client, TALK_ASK, "explain", fields, &ok);
        if (code == CTL_OK && is_json)
                print_json(ctl->out, ok);
        else if (code == CTL_OK)
                print_answer(ctl, ok);
        json_decref(ok);
        client_close(&client);
        return code;
}

int verb_explain(struct ctl *ctl, int argc, char **argv)
{
        struct which which = { .is_any_code = true };
        const char *point = NULL, *at = NULL;
        bool is_json = false;
        const struct args_option options[] = {
                { "holder", ARGS_TEXT, &which.holder, "ID", "with what they are enrolled with" },
                WHICH_OPTIONS(&which),
                { "access-point", ARGS_TEXT, &point, "ID", "where" },
                { "at", ARGS_TEXT, &at, "T", "when (without: now)" },
                { "json", ARGS_FLAG, &is_json, NULL, "the whole answer as one object" },
        };
        const struct args args = {
                "explain (--holder ID | --code TEXT | --code-stdin | --national-id N)\n"
                "                 --access-point ID [--at T] [--json]",
                "Says whether somebody may pass, and what every rule says of it. A holder is\n"
                "asked about with the first credential that they have. T is RFC 3339, a date, or\n"
                "such as -2h; where people are and what they have used is as it is now.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        char whole[RFC3339_MAX];
        int64_t at_us = 0;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (which_count(&which) != 1)
                return args_complain(ctl, &args,
                                     "one of --holder, --code, --code-stdin and --national-id "
                                     "is wanted");
        if (!point || check_id(point))
                return args_complain(ctl, &args, "--access-point: an access point is wanted");
        if (at && !when_parse(at, WHEN_FROM, when_now_us(), &at_us))
                return args_complain(ctl, &args, "--at: \"%s\" is not a time", at);
        code = which_check(ctl, &args, &which);
        if (code != ARGS_GO)
                return code;
        json_t *fields = json_pack("{s:s}", "access_point", point);
        which_put(&which, fields);
        if (at) {
                rfc3339_format(at_us, whole);
                json_object_set_new(fields, "at", json_string(whole));
        }
        return ask(ctl, fields, is_json);
}

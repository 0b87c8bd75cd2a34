/* stilectl lines and line: the gate's inputs and outputs. */
#include "controller/ctl/args.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"
#include "controller/ctl/when.h"

#include <errno.h>
#include <string.h>

static void print_line(const struct ctl *ctl, const json_t *line)
{
        bool is_on = json_is_true(json_object_get(line, "on"));
        print_padded(ctl->out, text_of(line, "name"), 28);
        fprintf(ctl->out, "  %-6s  %s%s%s\n",
                json_is_true(json_object_get(line, "output")) ? "output" : "input",
                is_on ? paint_on(ctl, PAINT_GOOD) : "", is_on ? "on" : "off",
                is_on ? paint_off(ctl) : "");
}

static void print_lines(const struct ctl *ctl, const json_t *answer, bool is_json)
{
        size_t i = 0;
        json_t *line = NULL;
        if (json_is_true(json_object_get(answer, "simulated")) && !is_json)
                fputs("simulated lines: stilectl line NAME on|off moves inputs\n", ctl->out);
        json_array_foreach(json_object_get(answer, "lines"), i, line)
        {
                if (is_json)
                        print_json(ctl->out, line);
                else
                        print_line(ctl, line);
        }
}

/* A change carries the machine's uptime, people read the clock. */
static void print_change(const struct ctl *ctl, const json_t *line, bool is_json)
{
        char time[WHEN_TEXT_MAX];
        int64_t ago_us = monotonic_us() - number_of(line, "at_us");
        int64_t at_us = when_now_us() - ago_us;
        if (is_json) {
                print_json(ctl->out, line);
                return;
        }
        fprintf(ctl->out, "%s.%03d  ", when_local(time, at_us), (int)(at_us / 1000 % 1000));
        print_padded(ctl->out, text_of(line, "name"), 28);
        fprintf(ctl->out, "  %s\n", json_is_true(json_object_get(line, "on")) ? "on" : "off");
}

/* The watch is asked for before the list, and both answers are read in their order: no change falls
 * between them. */
static int watch(struct ctl *ctl, struct client *client, bool is_json)
{
        enum {
                PATIENCE_MS = 60000
        };
        int64_t id = client_send(client, "line-watch", NULL);
        if (id >= 0)
                id = client_send(client, "lines", NULL);
        int error = id < 0 ? (int)id : 0, code = CTL_OK;
        while (!error && code == CTL_OK) {
                json_t *message = NULL;
                if (fflush(ctl->out) != 0)
                        return CTL_CANNOT;
                error = client_read(client, &message, PATIENCE_MS);
                if (error == -ETIMEDOUT)
                        error = 0;
                const json_t *ok = json_object_get(message, "ok");
                if (json_object_get(message, "error"))
                        code = talk_refused(ctl, TALK_ASK, json_object_get(message, "error"));
                else if (json_object_get(message, "line"))
                        print_change(ctl, json_object_get(message, "line"), is_json);
                else if (ok && number_of(message, "id") == id)
                        print_lines(ctl, ok, is_json);
                json_decref(message);
        }
        return error ? talk_lost(ctl, TALK_ASK, error) : code;
}

int verb_lines(struct ctl *ctl, int argc, char **argv)
{
        bool is_json = false, is_watching = false;
        const struct args_option options[] = {
                { "watch", ARGS_FLAG, &is_watching, NULL, "then every change, until interrupted" },
                { "json", ARGS_FLAG, &is_json, NULL, "one object a line" },
        };
        const struct args args = { "lines [--watch] [--json]",
                                   "Lists the gate's inputs and outputs and how they are.",
                                   options,
                                   ARRAY_LEN(options),
                                   0,
                                   0 };
        struct client client;
        json_t *ok = NULL;
        int code = talk_begin(ctl, &args, argc, argv, NULL, &client);
        if (code != ARGS_GO)
                return code;
        if (is_watching)
                code = watch(ctl, &client, is_json);
        else {
                code = talk(ctl, &client, TALK_ASK, "lines", NULL, &ok);
                if (code == CTL_OK)
                        print_lines(ctl, ok, is_json);
                json_decref(ok);
        }
        client_close(&client);
        return code;
}

int verb_line(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = { "line NAME on|off",
                                   "Moves an input of a gate with simulated lines, as the world "
                                   "outside would.\nstilectl lines shows their names.",
                                   NULL,
                                   0,
                                   2,
                                   2 };
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        bool is_on = strcmp(argv[2], "on") == 0;
        if (!is_on && strcmp(argv[2], "off") != 0)
                return args_complain(ctl, &args, "\"%s\" is neither on nor off", argv[2]);
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        json_t *fields = json_pack("{s:s, s:b}", "name", argv[1], "on", is_on);
        if (!fields)
                code = args_complain(ctl, &args, "the name is not UTF-8");
        else
                code = talk_plain(ctl, &client, TALK_CHANGE, "line-drive", fields);
        client_close(&client);
        return code;
}

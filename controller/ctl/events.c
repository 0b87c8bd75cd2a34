/* stilectl events: pages through the journal, and waits for more. */
#include "common/rfc3339.h"
#include "controller/ctl/args.h"
#include "controller/ctl/event_text.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"
#include "controller/ctl/when.h"

#include <errno.h>
#include <string.h>

struct question {
        const char *since_text, *until_text;
        int64_t after, limit; /* -1: not given */
        bool is_json, is_csv, is_following;
        char since[RFC3339_MAX], until[RFC3339_MAX]; /* "": no limit */
};

static void print_event(const struct ctl *ctl, const struct question *question, const json_t *event)
{
        if (question->is_json)
                print_json(ctl->out, event);
        else if (question->is_csv)
                event_print_csv(ctl, event);
        else
                event_print_line(ctl, event);
}

static json_t *request_of(const struct question *question, int64_t after, int64_t limit)
{
        json_t *fields =
                json_pack("{s:I, s:I}", "after", (json_int_t)after, "limit", (json_int_t)limit);
        if (question->since[0] != '\0')
                json_object_set_new(fields, "since", json_string(question->since));
        if (question->until[0] != '\0')
                json_object_set_new(fields, "until", json_string(question->until));
        return fields;
}

/* The journal's last sequence. */
static int ask_head(struct ctl *ctl, struct client *client, int64_t *head)
{
        json_t *ok = NULL;
        int code = talk(ctl, client, TALK_ASK, "events", json_pack("{s:i}", "limit", 1), &ok);
        *head = number_of(ok, "head");
        json_decref(ok);
        return code;
}

/* Prints what is there after *after, at most *left events; moves both. A page may be shorter than
 * asked for: only an empty one is the last. */
static int print_pages(struct ctl *ctl, struct client *client, const struct question *question,
                       int64_t *after, int64_t *left)
{
        enum {
                PAGE = 100
        };
        for (;;) {
                json_t *ok = NULL, *event = NULL;
                size_t i = 0;
                if (*left == 0)
                        return CTL_OK;
                int64_t limit = *left < PAGE ? *left : PAGE;
                int code = talk(ctl, client, TALK_ASK, "events",
                                request_of(question, *after, limit), &ok);
                const json_t *rows = json_object_get(ok, "events");
                size_t count = json_array_size(rows);
                json_array_foreach((json_t *)rows, i, event)
                {
                        print_event(ctl, question, event);
                        int64_t seq = number_of(event, "seq");
                        *after = seq > *after ? seq : *after;
                        --*left;
                }
                int64_t head = number_of(ok, "head");
                json_decref(ok);
                if (count == 0 && head > *after) /* nothing that was asked for up to here */
                        *after = head;
                if (code != CTL_OK || *after >= head)
                        return code;
        }
}

static int follow(struct ctl *ctl, struct client *client, const struct question *question,
                  int64_t after, int64_t left)
{
        enum {
                PATIENCE_MS = 60000 /* between looks; a quiet gate is no error */
        };
        int code = talk_plain(ctl, client, TALK_ASK, "follow",
                              json_pack("{s:I}", "after", (json_int_t)after));
        while (code == CTL_OK && left > 0) {
                json_t *message = NULL;
                if (fflush(ctl->out) != 0)
                        return CTL_CANNOT;
                int error = client_read(client, &message, PATIENCE_MS);
                if (error == -ETIMEDOUT)
                        continue;
                if (error) {
                        code = talk_lost(ctl, TALK_ASK, error);
                        fprintf(ctl->err,
                                "stilectl: go on with: stilectl events --follow --after "
                                "%lld\n",
                                (long long)after);
                        return code;
                }
                const json_t *event = json_object_get(message, "event");
                if (event) {
                        print_event(ctl, question, event);
                        after = number_of(event, "seq");
                        left--;
                }
                json_decref(message);
        }
        return code;
}

static int run(struct ctl *ctl, struct client *client, const struct question *question)
{
        int64_t after = question->after < 0 ? 0 : question->after, head = 0;
        int64_t left = question->limit < 0 ? INT64_MAX : question->limit;
        int code = CTL_OK;
        bool has_begin = question->since[0] != '\0' || question->after >= 0;
        bool is_newest = !has_begin && question->until[0] == '\0' &&
                         (question->is_following || question->limit >= 0);
        if (is_newest) {
                code = ask_head(ctl, client, &head);
                after = question->is_following ? head : head > left ? head - left : 0;
        }
        if (code == CTL_OK && question->is_csv)
                event_print_csv_head(ctl);
        else if (code == CTL_OK && !question->is_json)
                event_print_head(ctl);
        if (code == CTL_OK)
                code = print_pages(ctl, client, question, &after, &left);
        if (code == CTL_OK && question->is_following)
                code = follow(ctl, client, question, after, left);
        return code;
}

static int read_times(struct ctl *ctl, const struct args *args, struct question *question)
{
        int64_t us = 0, now_us = when_now_us();
        if (question->since_text) {
                if (!when_parse(question->since_text, WHEN_FROM, now_us, &us))
                        return args_complain(ctl, args, "--since: \"%s\" is not a time",
                                             question->since_text);
                rfc3339_format(us, question->since);
        }
        if (question->until_text) {
                if (!when_parse(question->until_text, WHEN_UNTIL, now_us, &us))
                        return args_complain(ctl, args, "--until: \"%s\" is not a time",
                                             question->until_text);
                rfc3339_format(us, question->until);
        }
        if (question->is_following && question->until_text)
                return args_complain(ctl, args, "--follow has no end: it does not go with --until");
        if (question->is_json && question->is_csv)
                return args_complain(ctl, args, "--json or --csv, not both");
        return ARGS_GO;
}

int verb_events(struct ctl *ctl, int argc, char **argv)
{
        struct question question = { .after = -1, .limit = -1 };
        const struct args_option options[] = {
                { "since", ARGS_TEXT, &question.since_text, "T", "from this time on" },
                { "until", ARGS_TEXT, &question.until_text, "T",
                  "before this time; a day: its end" },
                { "after", ARGS_NUMBER, &question.after, "SEQ", "after this sequence number" },
                { "limit", ARGS_NUMBER, &question.limit, "N", "at most N; alone: the newest N" },
                { "follow", ARGS_FLAG, &question.is_following, NULL,
                  "go on with what happens; alone: only that" },
                { "json", ARGS_FLAG, &question.is_json, NULL, "one object a line" },
                { "csv", ARGS_FLAG, &question.is_csv, NULL,
                  "with a header, safe for spreadsheets" },
        };
        const struct args args = {
                "events [--since T] [--until T] [--after SEQ] [--limit N] [--follow]\n"
                "                       [--json|--csv]",
                "Prints the journal, oldest first. T is 2026-11-24, 2026-11-24T09:00:00+07:00,\n"
                "today, yesterday, now, or -90s, -30m, -2h, -7d, -1w. Times are shown in local\n"
                "time, in JSON and CSV in UTC.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code == ARGS_GO)
                code = read_times(ctl, &args, &question);
        if (code != ARGS_GO)
                return code;
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        code = run(ctl, &client, &question);
        client_close(&client);
        return code;
}

/* stilectl status: how the gate is, in 80 columns or as stiled said it. */
#include "controller/ctl/args.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"
#include "controller/ctl/when.h"

#include <stdarg.h>
#include <string.h>

enum {
        BINS = 20, /* of the drawn histogram: up to 1, 2, 4 … ms */
        BAR = 40
};

static void PRINTF_LIKE(2, 3) say(const struct ctl *ctl, const char *format, ...)
{
        va_list list;
        va_start(list, format);
        vfprintf(ctl->out, format, list);
        va_end(list);
}

static void say_word(const struct ctl *ctl, enum paint paint, const char *word)
{
        say(ctl, "%s%s%s", paint_on(ctl, paint), word, paint_off(ctl));
}

static void begin(const struct ctl *ctl, const char *label)
{
        say(ctl, "  %s%-9s%s ", paint_on(ctl, PAINT_FAINT), label, paint_off(ctl));
}

/* A word that is good when it is `good`. */
static void say_state(const struct ctl *ctl, const char *word, const char *good)
{
        say_word(ctl, strcmp(word, good) == 0 ? PAINT_GOOD : PAINT_BAD, word);
}

static void print_head(const struct ctl *ctl, const json_t *gate)
{
        char up[PRINT_MAX];
        say_word(ctl, PAINT_BOLD, text_of(gate, "id"));
        say(ctl, "  %s/%s   stile %s, up %s\n", text_of(gate, "org"), text_of(gate, "site"),
            text_of(gate, "software"), print_span(up, number_of(gate, "uptime_s")));
}

static void print_clock_and_fire(const struct ctl *ctl, const json_t *status)
{
        const json_t *clock = json_object_get(status, "clock");
        const char *fire = text_of(json_object_get(status, "fire"), "state");
        char now[WHEN_TEXT_MAX];
        begin(ctl, "clock");
        say_state(ctl, text_of(clock, "quality"), "synchronised");
        say(ctl, ", %s\n", when_local_text(now, text_of(clock, "now")));
        begin(ctl, "fire");
        if (strcmp(fire, "none") == 0)
                say(ctl, "no fire line is configured");
        else if (strcmp(fire, "released") == 0)
                say_word(ctl, PAINT_BAD, "RELEASED: the fire loop is open");
        else if (strcmp(fire, "holding") == 0)
                say_word(ctl, PAINT_BAD, "RELEASED until it is reset; the loop is whole again");
        else
                say_state(ctl, fire, "normal");
        say(ctl, "\n");
}

static void print_broker(const struct ctl *ctl, const json_t *broker)
{
        char since[WHEN_TEXT_MAX], published[PRINT_MAX], in_flight[PRINT_MAX];
        const char *state = text_of(broker, "state");
        begin(ctl, "broker");
        if (strcmp(state, "no_uplink") == 0) {
                say_word(ctl, PAINT_WARN, "stile-uplink is not there");
                say(ctl, "\n");
                return;
        }
        say_state(ctl, state, "connected");
        say(ctl, ", %s published, %s in flight, since %s",
            print_count(published, number_of(broker, "published")),
            print_count(in_flight, number_of(broker, "in_flight")),
            when_local_text(since, text_of(broker, "since")));
        if (text_of(broker, "detail")[0] != '\0')
                say(ctl, "\n            %s", text_of(broker, "detail"));
        say(ctl, "\n");
}

static void print_journal(const struct ctl *ctl, const json_t *journal)
{
        static const struct {
                const char *key, *text;
        } worries[] = { { "waiting", "wait for the disk" },
                        { "late", "written after the relay" },
                        { "lost", "LOST" },
                        { "dropped", "DROPPED" } };
        char head[PRINT_MAX], acked[PRINT_MAX], outbox[PRINT_MAX], count[PRINT_MAX];
        begin(ctl, "journal");
        say(ctl, "%s events, %s acknowledged, %s to send",
            print_count(head, number_of(journal, "head")),
            print_count(acked, number_of(journal, "acked")),
            print_count(outbox, number_of(journal, "outbox")));
        for (size_t i = 0; i < ARRAY_LEN(worries); i++) {
                int64_t rows = number_of(journal, worries[i].key);
                if (rows == 0)
                        continue;
                say(ctl, ", %s%s %s%s", paint_on(ctl, PAINT_WARN), print_count(count, rows),
                    worries[i].text, paint_off(ctl));
        }
        say(ctl, "\n");
}

/* The journal's budget stands here, where there is room for it in 80 columns. */
static void print_disk(const struct ctl *ctl, const json_t *status)
{
        const json_t *disk = json_object_get(status, "disk");
        const json_t *journal = json_object_get(status, "journal");
        int64_t budget = number_of(journal, "budget_bytes");
        char first[PRINT_MAX], second[PRINT_MAX];
        begin(ctl, "disk");
        say(ctl, "%s free of %s", print_bytes(first, number_of(disk, "free_bytes")),
            print_bytes(second, number_of(disk, "total_bytes")));
        if (budget > 0)
                say(ctl, "; journal %s of %s", print_bytes(first, number_of(journal, "bytes")),
                    print_bytes(second, budget));
        say(ctl, "\n");
}

static void print_stores(const struct ctl *ctl, const json_t *status)
{
        const json_t *registry = json_object_get(status, "registry");
        const json_t *lines = json_object_get(status, "lines");
        char holders[PRINT_MAX], credentials[PRINT_MAX], inside[PRINT_MAX], faults[PRINT_MAX];
        begin(ctl, "registry");
        say(ctl, "%s holders, %s credentials, %lld levels; %s inside\n",
            print_count(holders, number_of(registry, "holders")),
            print_count(credentials, number_of(registry, "credentials")),
            (long long)number_of(registry, "levels"),
            print_count(inside, number_of(registry, "inside")));
        print_disk(ctl, status);
        begin(ctl, "lines");
        say(ctl, "%s %s, %s faults\n", text_of(lines, "driver"), text_of(lines, "chip"),
            print_count(faults, number_of(lines, "faults")));
}

/* Threads whose mailbox was full tell of a machine that is too slow. */
static void print_mailboxes(const struct ctl *ctl, const json_t *mailboxes)
{
        const char *name = NULL;
        json_t *refused = NULL;
        json_object_foreach((json_t *)mailboxes, name, refused)
        {
                if (json_integer_value(refused) == 0)
                        continue;
                begin(ctl, "mailbox");
                say(ctl, "%s was full %lld times\n", name, (long long)json_integer_value(refused));
        }
}

static void print_quantiles(const struct ctl *ctl, const char *label, const json_t *times)
{
        static const char *const names[] = { "p50", "p95", "p99", "max" };
        char text[PRINT_MAX];
        begin(ctl, label);
        if (number_of(times, "count") == 0) {
                say(ctl, "none yet\n");
                return;
        }
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                say(ctl, "%s %-9s", names[i], print_us(text, number_of(times, names[i])));
        say(ctl, " of %s\n", print_count(text, number_of(times, "count")));
}

static void print_histogram(const struct ctl *ctl, const json_t *buckets)
{
        int64_t bins[BINS] = { 0 }, most = 0;
        size_t i = 0;
        json_t *pair = NULL;
        json_array_foreach((json_t *)buckets, i, pair)
        {
                int64_t bound_us = json_integer_value(json_array_get(pair, 0));
                int bin = 0;
                while (bin < BINS - 1 && bound_us > INT64_C(1000) << bin)
                        bin++;
                bins[bin] += json_integer_value(json_array_get(pair, 1));
                most = bins[bin] > most ? bins[bin] : most;
        }
        for (int bin = 0; bin < BINS; bin++) {
                char bound[PRINT_MAX], count[PRINT_MAX];
                if (bins[bin] <= 0)
                        continue;
                snprintf(bound, sizeof(bound), "%lld ms", 1LL << bin);
                say(ctl, "            up to %9s  %s", bound, paint_on(ctl, PAINT_FAINT));
                int len = (int)((bins[bin] * BAR + most - 1) / most);
                for (int n = 0; n < BAR; n++)
                        say(ctl, "%s", n >= len ? " " : ctl->has_blocks ? "█" : "#");
                say(ctl, "%s %s\n", paint_off(ctl), print_count(count, bins[bin]));
        }
}

static void print_camera(const struct ctl *ctl, const json_t *point)
{
        const json_t *camera = json_object_get(point, "camera");
        char frames[PRINT_MAX], faults[PRINT_MAX], refused[PRINT_MAX], codes[PRINT_MAX];
        begin(ctl, "camera");
        say_state(ctl, text_of(camera, "state"), "running");
        say(ctl, ", %.1f frames/s, %lld x %lld, %s %s\n",
            json_number_value(json_object_get(camera, "rate")),
            (long long)number_of(camera, "width"), (long long)number_of(camera, "height"),
            text_of(camera, "driver"), text_of(camera, "source"));
        begin(ctl, "");
        say(ctl, "%s frames, %s faults, %s refused as hostile, %s codes\n",
            print_count(frames, number_of(camera, "frames")),
            print_count(faults, number_of(camera, "faults")),
            print_count(refused, number_of(point, "refused_frames")),
            print_count(codes, number_of(point, "codes")));
}

static void print_point(const struct ctl *ctl, const json_t *point)
{
        static const struct {
                const char *state, *words;
                enum paint paint;
        } states[] = {
                { "closed", "closed", PAINT_GOOD },
                { "granted", "granted: free for one person", PAINT_GOOD },
                { "passing", "a person is passing", PAINT_GOOD },
                { "released", "RELEASED", PAINT_BAD },
                { "locked_open", "locked open", PAINT_WARN },
                { "locked_down", "LOCKED DOWN", PAINT_BAD },
        };
        const char *state = text_of(point, "state"), *door = text_of(point, "door");
        const char *words = state;
        enum paint paint = PAINT_WARN;
        for (size_t i = 0; i < ARRAY_LEN(states); i++) {
                if (strcmp(states[i].state, state) != 0)
                        continue;
                words = states[i].words;
                paint = states[i].paint;
        }
        say(ctl, "\n");
        say_word(ctl, PAINT_BOLD, text_of(point, "id"));
        say(ctl, "  %s of lane %s: ", text_of(point, "direction"), text_of(point, "lane"));
        say_word(ctl, paint, words);
        if (strcmp(door, "forced_open") == 0)
                say_word(ctl, PAINT_BAD, ", door FORCED OPEN");
        else if (strcmp(door, "open_too_long") == 0)
                say_word(ctl, PAINT_BAD, ", door OPEN TOO LONG");
        say(ctl, "\n");
        print_camera(ctl, point);
        print_quantiles(ctl, "decode", json_object_get(point, "decode_us"));
        const json_t *relay = json_object_get(point, "scan_to_relay_us");
        print_quantiles(ctl, "to relay", relay);
        print_histogram(ctl, json_object_get(relay, "buckets"));
}

static void print_status(const struct ctl *ctl, const json_t *answer)
{
        json_t *status = print_safe_copy(answer);
        size_t i = 0;
        json_t *point = NULL;
        print_head(ctl, json_object_get(status, "gate"));
        print_clock_and_fire(ctl, status);
        print_broker(ctl, json_object_get(status, "broker"));
        print_journal(ctl, json_object_get(status, "journal"));
        print_stores(ctl, status);
        print_mailboxes(ctl, json_object_get(status, "mailboxes"));
        json_array_foreach(json_object_get(status, "access_points"), i, point)
                print_point(ctl, point);
        json_decref(status);
}

int verb_status(struct ctl *ctl, int argc, char **argv)
{
        bool is_json = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &is_json, NULL, "the answer of stiled, one line of JSON" },
        };
        const struct args args = {
                "status [--json]",
                "Shows how the gate is: access points and their cameras, times of\n"
                "decoding and from scan to relay, journal, broker, clock, fire, disk.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct client client;
        json_t *status = NULL;
        int code = talk_begin(ctl, &args, argc, argv, NULL, &client);
        if (code != ARGS_GO)
                return code;
        code = talk(ctl, &client, TALK_ASK, "status", NULL, &status);
        if (code == CTL_OK && is_json)
                print_json(ctl->out, status);
        else if (code == CTL_OK)
                print_status(ctl, status);
        json_decref(status);
        client_close(&client);
        return code;
}

#include "plan.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
        "Usage: fleet [OPTION]…\n"
        "Simulates gates with real MQTT sessions, and says at the end what their journals hold.\n"
        "\n"
        "The broker\n"
        "  --host NAME --port N      127.0.0.1, 1883\n"
        "  --ca-file FILE            TLS; each gate has gate.crt and gate.key in\n"
        "  --tls-folder DIR          DIR/ORG.SITE.GATE\n"
        "  --mqtt 5|3.1.1            (5)\n"
        "  --org ID --site ID        acme, plant\n"
        "  --prefix TEXT             gates are TEXT1, TEXT2, … (sim-)\n"
        "  --keepalive S             MQTT keep alive (10)\n"
        "  --reconnect-max S         longest pause between two tries (60)\n"
        "  --in-flight N             entries without their PUBACK (100)\n"
        "  --ack collector|puback    what settles a row (collector)\n"
        "  --batch N                 late rows in a message, until a collector says how many (1)\n"
        "  --health S                how often health is published (30)\n"
        "The people\n"
        "  --gates N                 (100)\n"
        "  --pattern NAME            one of those below (steady)\n"
        "  --scale X                 that many times the people (1)\n"
        "  --speed X                 that many minutes of the pattern a minute (1)\n"
        "  --backlog N               rows in each journal at the beginning; made even (0)\n"
        "  --rows N                  rows of each journal at the end; 0: no end (0)\n"
        "  --duration S              people come for so long; 0: until --rows are there (0)\n"
        "Faults\n"
        "  --cut-every S             each session is cut so often, on the average; 0: never (0)\n"
        "  --cut-for S               and stays away for so long, on the average (2)\n"
        "  --clock-error S           a third of the clocks are wrong by up to S (0)\n"
        "  --clock-jump S            a third of the clocks jump once by up to S (0)\n"
        "The run\n"
        "  --seed N                  the same seed and begin make the same journals (1)\n"
        "  --begin US                microseconds since 1970 (now)\n"
        "  --ramp MS                 the first connections are spread over MS (1 a gate)\n"
        "  --settle S                longest wait for acknowledgements afterwards (60)\n"
        "  --progress                a line of JSON on stdout every second\n"
        "  --report FILE             the account, as JSON; - is stdout (-)\n"
        "  --tell GATE               print the rows of gate number GATE (needs --seed, --begin,\n"
        "                            --rows and whatever else shaped them), and stop\n"
        "  --help                    print this, and stop\n"
        "\n"
        "TERM or INT: nobody comes any more; the second one stops at once. The status is 0 when\n"
        "every row was acknowledged, 1 when not.\n"
        "\n"
        "Patterns, in people per minute and gate; each is two rows of the journal:\n";

enum option_id {
        SHOW_PROGRESS = 256,
        ACK,
        HELP,
        FIRST /* and on: an index of the table */
};

/* Where an option's number or text goes: exactly one of them. */
struct field {
        const char *name;
        const char **text;
        int *number;
        uint64_t *big;
        int64_t *moment;
        double *real;
};

static bool set_field(const struct field *field, const char *text)
{
        char *end = NULL;
        errno = 0;
        if (field->text) {
                *field->text = text;
                return true;
        }
        if (field->real) {
                *field->real = strtod(text, &end);
                return *end == '\0' && errno == 0 && *field->real >= 0;
        }
        unsigned long long value = strtoull(text, &end, 10);
        bool is_good = *text != '-' && *text != '\0' && *end == '\0' && errno == 0;
        if (field->number) {
                *field->number = (int)value;
                return is_good && value <= INT32_MAX;
        }
        if (field->moment)
                *field->moment = (int64_t)value;
        else
                *field->big = value;
        return is_good;
}

static void set_defaults(struct plan *plan)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        *plan = (struct plan){ .host = "127.0.0.1",
                               .port = 1883,
                               .mqtt = "5",
                               .org = "acme",
                               .site = "plant",
                               .prefix = "sim-",
                               .pattern = "steady",
                               .report_file = "-",
                               .gates = 100,
                               .in_flight = 100,
                               .batch = 1,
                               .keepalive_s = 10,
                               .reconnect_max_s = 60,
                               .health_s = 30,
                               .is_by_collector = true,
                               .seed = 1,
                               .begin_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000,
                               .scale = 1,
                               .speed = 1,
                               .settle_s = 60,
                               .ramp_ms = -1,
                               .cut_for_s = 2 };
}

static const char *complaint_of(const struct plan *plan)
{
        if (!plan->ca_file != !plan->tls_folder)
                return "--ca-file and --tls-folder: both or none";
        if (strcmp(plan->mqtt, "5") != 0 && strcmp(plan->mqtt, "3.1.1") != 0)
                return "--mqtt: 5 or 3.1.1";
        if (plan->gates < 1)
                return "--gates: at least one";
        if (plan->in_flight < 1)
                return "--in-flight: at least one";
        if (plan->batch < 1)
                return "--batch: at least one";
        if (plan->keepalive_s < 5)
                return "--keepalive: at least 5";
        if (plan->scale <= 0 || plan->speed <= 0)
                return "--scale, --speed: more than 0";
        if (plan->rows == 0 && (plan->duration_s == 0 || plan->told_gate > 0))
                return "--rows or --duration must say when it ends (--tell: --rows)";
        if (plan->told_gate > plan->gates)
                return "--tell: there is no such gate";
        return NULL;
}

static bool set_ack(struct plan *plan, const char *text)
{
        plan->is_by_collector = strcmp(text, "collector") == 0;
        return plan->is_by_collector || strcmp(text, "puback") == 0;
}

static int read_options(struct plan *plan, int argc, char **argv)
{
        const struct field fields[] = {
                { "host", .text = &plan->host },
                { "ca-file", .text = &plan->ca_file },
                { "tls-folder", .text = &plan->tls_folder },
                { "mqtt", .text = &plan->mqtt },
                { "port", .number = &plan->port },
                { "org", .text = &plan->org },
                { "site", .text = &plan->site },
                { "prefix", .text = &plan->prefix },
                { "keepalive", .number = &plan->keepalive_s },
                { "reconnect-max", .number = &plan->reconnect_max_s },
                { "in-flight", .number = &plan->in_flight },
                { "batch", .number = &plan->batch },
                { "health", .number = &plan->health_s },
                { "gates", .number = &plan->gates },
                { "pattern", .text = &plan->pattern },
                { "scale", .real = &plan->scale },
                { "speed", .real = &plan->speed },
                { "backlog", .big = &plan->backlog },
                { "rows", .big = &plan->rows },
                { "duration", .number = &plan->duration_s },
                { "cut-every", .real = &plan->cut_every_s },
                { "cut-for", .real = &plan->cut_for_s },
                { "clock-error", .real = &plan->clock_error_s },
                { "clock-jump", .real = &plan->clock_jump_s },
                { "seed", .big = &plan->seed },
                { "begin", .moment = &plan->begin_us },
                { "ramp", .number = &plan->ramp_ms },
                { "settle", .number = &plan->settle_s },
                { "report", .text = &plan->report_file },
                { "tell", .number = &plan->told_gate },
        };
        struct option options[ARRAY_LEN(fields) + 4] = {
                { "progress", no_argument, NULL, SHOW_PROGRESS },
                { "ack", required_argument, NULL, ACK },
                { "help", no_argument, NULL, HELP },
        };
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                options[i + 3] =
                        (struct option){ fields[i].name, required_argument, NULL, FIRST + (int)i };
        int option;
        while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                bool is_good = true;
                if (option == HELP) {
                        printf("%s%s", usage, arrival_help);
                        return 0;
                }
                if (option == SHOW_PROGRESS)
                        plan->is_showing_progress = true;
                else if (option == ACK)
                        is_good = set_ack(plan, optarg);
                else if (option >= FIRST)
                        is_good = set_field(&fields[option - FIRST], optarg);
                else
                        return 2;
                if (!is_good) {
                        fprintf(stderr, "fleet: \"%s\" is not good\n", optarg);
                        return 2;
                }
        }
        return optind == argc ? PLAN_GO : 2;
}

int plan_read(struct plan *plan, int argc, char **argv)
{
        set_defaults(plan);
        int status = read_options(plan, argc, argv);
        if (status != PLAN_GO)
                return status;
        const char *complaint = complaint_of(plan);
        if (complaint) {
                fprintf(stderr, "fleet: %s\n", complaint);
                return 2;
        }
        plan->backlog -= plan->backlog % 2;
        if (plan->ramp_ms < 0)
                plan->ramp_ms = plan->gates;
        return PLAN_GO;
}

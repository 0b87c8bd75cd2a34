#include "controller/ctl/doctor.h"

#include "controller/ctl/args.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void doctor_say(struct doctor *doctor, enum finding finding, const char *check, const char *mend,
                const char *format, ...)
{
        static const struct {
                const char *name, *word;
                enum paint paint;
        } looks[] = { [FINDING_OK] = { "ok", "ok", PAINT_GOOD },
                      [FINDING_WARN] = { "warn", "warn", PAINT_WARN },
                      [FINDING_FAIL] = { "fail", "FAIL", PAINT_BAD } };
        const struct ctl *ctl = doctor->ctl;
        char text[512];
        va_list list;
        va_start(list, format);
        vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        doctor->warnings += finding == FINDING_WARN ? 1 : 0;
        doctor->failures += finding == FINDING_FAIL ? 1 : 0;
        if (doctor->is_json) {
                json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "check", check, "result",
                                           looks[finding].name, "message", text, "mend", mend);
                print_json(ctl->out, object);
                json_decref(object);
                return;
        }
        fprintf(ctl->out, "%s%-4s%s  ", paint_on(ctl, looks[finding].paint), looks[finding].word,
                paint_off(ctl));
        print_padded(ctl->out, check, 16);
        fputs("  ", ctl->out);
        print_safe(ctl->out, text);
        if (mend[0] != '\0') {
                fprintf(ctl->out, "\n%24s", "");
                print_safe(ctl->out, mend);
        }
        fputc('\n', ctl->out);
}

/* Each complaint about the file is a finding. */
static void say_complaints(struct doctor *doctor, char *complaints)
{
        char *rest = NULL;
        for (char *line = strtok_r(complaints, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest))
                doctor_say(doctor, FINDING_FAIL, "configuration",
                           "mend the line; gate.conf(5), or compare with: stiled --print-config",
                           "%s", line);
}

static void check_configuration(struct doctor *doctor, struct settings *settings)
{
        const char *path = doctor->ctl->config_path;
        char *complaints = NULL;
        size_t len = 0;
        FILE *sink = open_memstream(&complaints, &len);
        int error = sink ? settings_load(settings, path, sink) : -ENOMEM;
        if (sink)
                fclose(sink);
        if (!error) {
                doctor->settings = settings;
                doctor_say(doctor, FINDING_OK, "configuration", "", "%s: %zu access point%s", path,
                           settings->points, settings->points == 1 ? "" : "s");
        } else if (complaints && complaints[0] != '\0') {
                say_complaints(doctor, complaints);
        } else {
                doctor_say(doctor, FINDING_FAIL, "configuration", "", "%s: %s", path,
                           strerror(-error));
        }
        free(complaints);
}

/* What talk would have said to a person becomes the finding. */
static void check_daemon(struct doctor *doctor, json_t **status)
{
        static const char prefix[] = "stilectl: ";
        struct ctl quiet = *doctor->ctl;
        struct client client = CLIENT_CLOSED;
        char *said = NULL;
        size_t len = 0;
        quiet.err = open_memstream(&said, &len);
        if (!quiet.err)
                return;
        int code = talk_open(&quiet, &client);
        if (code == CTL_OK)
                code = talk(&quiet, &client, TALK_ASK, "status", NULL, status);
        client_close(&client);
        fclose(quiet.err);
        doctor->status = *status;
        if (code == CTL_OK) {
                const json_t *gate = json_object_get(*status, "gate");
                char up[PRINT_MAX];
                doctor_say(doctor, FINDING_OK, "stiled", "", "%s answers, version %s, up %s",
                           text_of(gate, "id"), text_of(gate, "software"),
                           print_span(up, number_of(gate, "uptime_s")));
        } else {
                said[strcspn(said, "\n")] = '\0';
                bool has_prefix = strncmp(said, prefix, sizeof(prefix) - 1) == 0;
                doctor_say(doctor, FINDING_FAIL, "stiled",
                           "systemctl status stiled; journalctl -u stiled -n 50", "%s",
                           said + (has_prefix ? sizeof(prefix) - 1 : 0));
        }
        free(said);
}

static void check_overrides(struct doctor *doctor)
{
        const json_t *overrides = json_object_get(doctor->status, "overrides");
        json_t *options = json_object_get(overrides, "options");
        const char *name;
        json_t *value;
        char list[256] = "";
        size_t len = 0;
        json_object_foreach(options, name, value)
        {
                if (len < sizeof(list))
                        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s = %s",
                                                len ? ", " : "", name, json_string_value(value));
        }
        if (json_is_true(json_object_get(overrides, "ignored")))
                doctor_say(doctor, FINDING_FAIL, "overrides",
                           "journalctl -u stiled -g overrides says why; a manager can unset them",
                           "options changed from afar do not go with the configuration: %s",
                           list[0] != '\0' ? list : "the file is damaged");
        else if (len > 0)
                doctor_say(doctor, FINDING_OK, "overrides", "", "changed from afar: %s", list);
}

static void check_fire(struct doctor *doctor)
{
        const char *state = text_of(json_object_get(doctor->status, "fire"), "state");
        bool is_configured = doctor->settings && doctor->settings->fire.fire_line[0] != '\0';
        if (!doctor->status && (!doctor->settings || is_configured))
                return; /* its state is stiled's to tell */
        if (strcmp(state, "released") == 0)
                doctor_say(doctor, FINDING_FAIL, "fire line",
                           "if there is no alarm, look for a broken wire of the loop",
                           "the loop is open: every lane is released");
        else if (strcmp(state, "holding") == 0)
                doctor_say(doctor, FINDING_WARN, "fire line",
                           "reset it at the panel, or: stilectl fire-reset --reason R",
                           "the loop is whole again; every lane stays released until the reset");
        else if (strcmp(state, "normal") == 0)
                doctor_say(doctor, FINDING_OK, "fire line", "", "the loop is whole");
        else
                doctor_say(doctor, FINDING_WARN, "fire line",
                           "wire the panel's contact to a line and name it: [fire] line",
                           "none is configured: only the hardware path releases the lanes");
}

int verb_doctor(struct ctl *ctl, int argc, char **argv)
{
        struct doctor doctor = { .ctl = ctl };
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &doctor.is_json, NULL, "one object a check, one a line" },
        };
        const struct args args = {
                "doctor [--json]",
                "Checks the gate and says how to mend what is broken. Looks at less while\n"
                "stiled is down; sees most as root. Exit status 1 when anything FAILs.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        struct settings *settings = calloc(1, sizeof(*settings));
        json_t *status = NULL;
        if (!settings)
                return CTL_CANNOT;
        check_configuration(&doctor, settings);
        check_daemon(&doctor, &status);
        check_overrides(&doctor);
        doctor_cameras(&doctor);
        doctor_lines(&doctor);
        doctor_records(&doctor);
        doctor_uplink(&doctor);
        doctor_trust(&doctor);
        check_fire(&doctor);
        doctor_systemd(&doctor);
        if (!doctor.is_json)
                fprintf(ctl->out, "%zu FAIL, %zu warn\n", doctor.failures, doctor.warnings);
        json_decref(status);
        free(settings);
        return doctor.failures > 0 ? CTL_NO : CTL_OK;
}

#include "controller/ctl/event_text.h"

#include "common/csv.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"

#include <string.h>

enum {
        WIDTH_EVENT = 15
};

static const struct {
        const char *event, *words;
        bool is_alarm;
} events[] = {
        { "AccessGranted", "granted", false },
        { "AccessTaken", "taken", false },
        { "AccessNotTaken", "not taken", false },
        { "AccessDenied", "denied", false },
        { "Duress", "DURESS", true },
        { "ForcedOpen", "FORCED OPEN", true },
        { "OpenTooLong", "open too long", true },
        { "DoorNormal", "door normal", false },
        { "Tamper", "TAMPER", true },
        { "Fault", "FAULT", true },
        { "FaultCleared", "fault cleared", false },
        { "FireRelease", "FIRE RELEASE", true },
        { "FireReset", "fire reset", false },
        { "LockDown", "LOCK-DOWN", true },
        { "LockDownRelease", "lock-down ended", false },
        { "LockOpen", "lock-open", false },
        { "LockOpenRelease", "lock-open ended", false },
        { "AccessDoor", "opened", false },
        { "CommandRefused", "command refused", false },
        { "Started", "started", false },
        { "Stopped", "stopped", false },
        { "SilentAlarm", "SILENT ALARM", true },
        { "ConfigChanged", "options changed", false },
        { "SyncRequested", "sync requested", false },
};

static const struct {
        const char *reason, *words;
} reasons[] = {
        { "unknown_credential", "code not known here" },
        { "not_yet_valid", "not valid yet" },
        { "expired", "no longer valid" },
        { "revoked", "code revoked" },
        { "blocked", "person blocked" },
        { "wrong_access_point", "no access level for here" },
        { "passback", "passed already (anti-passback)" },
        { "clock_untrusted", "the clock cannot be trusted" },
        { "out_of_service", "out of service" },
        { "exit_button", "exit button" },
        { "command", "by command" },
        { "fire", "fire" },
        { "record_failed", "the journal did not take it" },
        { "busy", "too many were waiting" },
        { "stale", "too late" },
        { "replayed", "used already" },
        { "retained", "a command kept by the broker" },
        { "unauthorised", "not allowed to" },
        { "no_sensor", "assumed: there is no sensor" },
        { "camera", "camera" },
        { "database", "database" },
        { "disk", "disk" },
        { "lines", "lines" },
        { "decoder", "decoder" },
        { "bad_signature", "forged or damaged" },
        { "untrusted_issuer", "issued by somebody not trusted" },
        { "wrong_site", "for another site" },
        { "outside_schedule", "not at this time" },
        { "occupancy_limit", "the area is full" },
        { "max_uses", "no uses left" },
        { "declaration_missing", "no health declaration" },
        { "declaration_refused", "health declaration is red" },
        { "lockout", "too many bad codes here" },
        { "unreadable", "damaged: cannot be taken apart" },
        { "not_a_pass", "not a pass" },
        { "proof_missing", "shown without the phone's proof" },
        { "proof_expired", "an old picture of a phone" },
        { "escort_missing", "the escort goes first" },
        { "bad_request", "it says what cannot be done" },
        { "too_many", "too many commands" },
};

const char *event_reason_words(const char *reason)
{
        for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
                if (strcmp(reasons[i].reason, reason) == 0)
                        return reasons[i].words;
        return reason;
}

void event_print_head(const struct ctl *ctl)
{
        fprintf(ctl->out, "%s%6s  %-19s  %-12s  %-15s  %s%s\n", paint_on(ctl, PAINT_FAINT), "seq",
                "time", "access point", "event", "reason and person", paint_off(ctl));
}

static void add(FILE *out, const char **between, const char *text)
{
        if (text[0] == '\0')
                return;
        fputs(*between, out);
        print_safe(out, text);
        *between = ", ";
}

void event_print_line(const struct ctl *ctl, const json_t *event)
{
        static const struct {
                const char *key, *words;
        } flags[] = { { "late", "recorded late" },
                      { "no_sensor", "no sensor" },
                      { "passback_soft", "against soft anti-passback" },
                      { "inconsistent", "the card contradicts itself" },
                      { "undeclared", "without a health declaration" } };
        FILE *out = ctl->out;
        char time[WHEN_TEXT_MAX];
        char gap[WIDTH_EVENT + 3];
        const char *name = text_of(event, "event"), *words = name, *between = gap;
        bool is_alarm = false;
        for (size_t i = 0; i < ARRAY_LEN(events); i++) {
                if (strcmp(events[i].event, name) != 0)
                        continue;
                words = events[i].words;
                is_alarm = events[i].is_alarm;
        }
        fprintf(out, "%6lld  ", (long long)number_of(event, "seq"));
        print_padded(out, when_local_text(time, text_of(event, "time")), 19);
        fputs("  ", out);
        print_padded(out, text_of(event, "access_point"), 12);
        const char *on = is_alarm                       ? paint_on(ctl, PAINT_BAD)
                         : strcmp(words, "denied") == 0 ? paint_on(ctl, PAINT_WARN)
                                                        : "";
        fprintf(out, "  %s", on);
        print_safe(out, words);
        fputs(on[0] != '\0' ? paint_off(ctl) : "", out);
        int left = WIDTH_EVENT - print_width(words);
        snprintf(gap, sizeof(gap), "%*s", 2 + (left > 0 ? left : 0), "");
        add(out, &between, event_reason_words(text_of(event, "reason")));
        add(out, &between, text_of(event, "holder"));
        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
                if (json_is_true(json_object_get(event, flags[i].key)) &&
                    strcmp(text_of(event, "reason"), flags[i].key) != 0)
                        add(out, &between, flags[i].words);
        if (strcmp(text_of(event, "clock"), "untrusted") == 0)
                add(out, &between, "clock untrusted");
        add(out, &between, text_of(event, "detail"));
        fputc('\n', out);
}

static const char *const csv_columns[] = {
        "seq",
        "time",
        "event",
        "access_point",
        "direction",
        "reason",
        "credential_class",
        "holder",
        "subject",
        "grant_seq",
        "late",
        "no_sensor",
        "passback_soft",
        "inconsistent",
        "undeclared",
        "clock",
        "detail",
        "id",
        "epoch",
};

void event_print_csv_head(const struct ctl *ctl)
{
        for (size_t i = 0; i < ARRAY_LEN(csv_columns); i++)
                csv_write_field(ctl->out, csv_columns[i], i == 0);
        csv_write_end(ctl->out);
}

void event_print_csv(const struct ctl *ctl, const json_t *event)
{
        json_t *safe = ctl->is_terminal ? print_safe_copy(event) : json_incref((json_t *)event);
        for (size_t i = 0; i < ARRAY_LEN(csv_columns); i++) {
                const json_t *value = json_object_get(safe, csv_columns[i]);
                char number[PRINT_MAX] = "";
                if (json_is_integer(value))
                        snprintf(number, sizeof(number), "%lld",
                                 (long long)json_integer_value(value));
                const char *text = json_is_true(value)     ? "yes"
                                   : json_is_string(value) ? json_string_value(value)
                                                           : number;
                csv_write_field(ctl->out, text, i == 0);
        }
        csv_write_end(ctl->out);
        json_decref(safe);
}

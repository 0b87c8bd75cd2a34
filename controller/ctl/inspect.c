/* stilectl inspect: what the gate would take a code's text for. Looks nothing up. */
#include "controller/ctl/args.h"
#include "controller/ctl/inspect_fields.h"
#include "controller/ctl/inspect_signed.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/flow_names.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct inspection {
        struct ctl *ctl;
        bool is_json, is_hex;
        int delimiter;
        struct credential_reader *reader;
        int64_t now_us;
        struct card_date today;
};

/* What stands up to a delimiter, and what is wrong with it. */
struct entry {
        struct payload payload;
        bool is_too_long, is_not_hex;
        int half; /* the first digit of a byte; -1: none waits */
};

static int digit_of(int c)
{
        static const char digits[] = "0123456789abcdef";
        const char *digit = c == '\0' ? NULL : strchr(digits, tolower(c));
        return digit ? (int)(digit - digits) : -1;
}

static void take_byte(struct entry *entry, int byte)
{
        struct payload *payload = &entry->payload;
        if (payload->len < FLOW_PAYLOAD_MAX)
                payload->bytes[payload->len++] = (uint8_t)byte;
        else
                entry->is_too_long = true;
}

/* Blanks between digits are for the eye. */
static void take_digit(struct entry *entry, int c)
{
        int digit = digit_of(c);
        if (digit < 0)
                entry->is_not_hex = entry->is_not_hex || !isspace(c);
        else if (entry->half < 0)
                entry->half = digit;
        else {
                take_byte(entry, 16 * entry->half + digit);
                entry->half = -1;
        }
}

/* Reads up to the delimiter. False: nothing was left. What is longer than any code is cut. */
static bool read_entry(const struct inspection *inspection, struct entry *entry)
{
        int c = getc(inspection->ctl->in);
        if (c == EOF)
                return false;
        entry->payload.len = 0;
        entry->is_too_long = entry->is_not_hex = false;
        entry->half = -1;
        for (; c != EOF && c != inspection->delimiter; c = getc(inspection->ctl->in)) {
                if (inspection->is_hex)
                        take_digit(entry, c);
                else
                        take_byte(entry, c);
        }
        entry->payload.bytes[entry->payload.len] = '\0';
        entry->is_not_hex = entry->is_not_hex || entry->half >= 0;
        return true;
}

/* A text with the outline of a citizen card: 6 to 11 fields, the fifth a sex. One that is no card
 * all the same is damaged or forged, and worth a word; the gate takes it for a code. */
static bool resembles_card(const char *text)
{
        int bars = 0;
        const char *fifth = "";
        for (; *text != '\0'; text++)
                if (*text == '|' && ++bars == 4)
                        fifth = text + 1;
        size_t len = strcspn(fifth, "|");
        return bars >= 5 && bars < NATIONAL_ID_FIELDS_MAX &&
               ((len == strlen("Nam") && strncmp(fifth, "Nam", len) == 0) ||
                (len == strlen("Nữ") && strncmp(fifth, "Nữ", len) == 0));
}

/* Identifiers that are documented. NULL: of a good shape, and a signed one good at the time. */
static const char *find_fault(const struct inspection *inspection, const struct entry *entry,
                              const struct credential_reading *reading)
{
        char text[TEXT_MAX];
        enum reason reason = reading->objection;
        if (entry->is_not_hex)
                return "not_hex";
        if (reason == REASON_NONE && !entry->is_too_long)
                reason = inspect_signed_judge(reading, inspection->now_us);
        if (reason != REASON_NONE)
                return reason_name(reason);
        if (entry->is_too_long)
                return "too_long";
        if (reading->class != CREDENTIAL_CODE && reading->class != CREDENTIAL_UNKNOWN)
                return NULL;
        int error = text_normalise(entry->payload.bytes, entry->payload.len, text);
        if (error == -EILSEQ)
                return "not_text";
        if (error || (reading->class == CREDENTIAL_UNKNOWN && strlen(text) > CREDENTIAL_CODE_MIN))
                return "too_long";
        if (reading->class == CREDENTIAL_UNKNOWN)
                return "too_short";
        return resembles_card(text) ? "resembles_card" : NULL;
}

static json_t *message_json(const struct credential_reading *reading)
{
        struct credential_message message = credential_message(reading->class, reading->note);
        return message.en[0] == '\0' ? NULL
                                     : json_pack("{s:s, s:s}", "vi", message.vi, "en", message.en);
}

static json_t *inspect(const struct inspection *inspection, const struct entry *entry)
{
        struct credential_reading reading = { .class = CREDENTIAL_UNKNOWN };
        const struct payload *payload = &entry->payload;
        bool is_whole = !entry->is_too_long && !entry->is_not_hex;
        if (is_whole && inspection->is_hex && inspect_signed_is_cose(payload->bytes, payload->len))
                return inspect_signed_cose(payload->bytes, payload->len, inspection->reader->trust,
                                           inspection->now_us);
        if (is_whole)
                credential_read(inspection->reader, payload, &reading);
        const char *fault = find_fault(inspection, entry, &reading);
        unsigned int flags = credential_flags(&reading, &inspection->today);
        json_t *object = json_pack("{s:s, s:b}", "class", credential_class_name(reading.class),
                                   "valid", fault == NULL);
        if (fault)
                json_object_set_new(object, "reason", json_string(fault));
        if (reading.step)
                json_object_set_new(object, "step", json_string(reading.step));
        inspect_signed_set_issuer(object, &reading);
        json_t *fields = inspect_fields(payload, &reading);
        inspect_signed_set_current(fields, &reading, inspection->now_us);
        json_object_set_new(object, "fields", fields);
        json_object_set_new(object, "consistent", json_boolean(flags == 0));
        json_object_set_new(object, "flags", inspect_flags(&reading, flags));
        json_t *message = message_json(&reading);
        if (message)
                json_object_set_new(object, "message", message);
        return object;
}

static void print_fields(FILE *out, const json_t *fields)
{
        const char *key = NULL;
        json_t *value = NULL;
        json_object_foreach((json_t *)fields, key, value)
        {
                size_t i = 0;
                json_t *extra = NULL;
                if (json_is_string(value) || json_is_true(value)) {
                        fprintf(out, "    %-14s ", key);
                        print_safe(out, json_is_true(value) ? "yes" : json_string_value(value));
                        fputc('\n', out);
                } else if (json_is_integer(value)) {
                        fprintf(out, "    %-14s %d\n", key, (int)json_integer_value(value));
                }
                json_array_foreach(value, i, extra)
                {
                        fprintf(out, "    %-14s ", "extra");
                        print_safe(out, json_string_value(extra));
                        fputc('\n', out);
                }
        }
}

struct words {
        const char *name, *words;
};

static const struct words classes[] = {
        { "cccd", "citizen card (CCCD, 2021 to June 2024)" },
        { "can_cuoc_2024", "citizen card (căn cước, from July 2024)" },
        { "personal_qr", "personal QR code (Decision 1405/QD-BTTTT)" },
        { "insurance", "health insurance card (BHYT)" },
        { "site_pass", "site pass" },
        { "one_time", "one-time code" },
        { "health_cert", "health certificate" },
        { "payment", "payment code" },
        { "link", "link" },
        { "other", "code for something else" },
        { "code", "code, good where it is enrolled" },
        { "unknown", "nothing that the gate knows" },
};

static const struct words reasons[] = {
        { "not_text", "not UTF-8 text, or holds a control character" },
        { "too_short", "too short for a code (4 bytes)" },
        { "too_long", "too long for a code (256 bytes)" },
        { "resembles_card", "resembles a citizen card, but number or dates are not right" },
        { "not_a_pass", "no pass" },
        { "unreadable", "cannot be taken apart" },
        { "untrusted_issuer", "its issuer is not trusted" },
        { "bad_signature", "its signature is wrong" },
        { "not_yet_valid", "not valid yet" },
        { "expired", "no longer valid" },
        { "not_hex", "not hexadecimal digits, two a byte" },
};

static const char *words_of(const struct words *all, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(all[i].name, name) == 0)
                        return all[i].words;
        return name;
}

static void print_inspection(FILE *out, const json_t *object)
{
        size_t i = 0;
        json_t *flag = NULL;
        const char *reason = text_of(object, "reason");
        fputs(words_of(classes, ARRAY_LEN(classes), text_of(object, "class")), out);
        if (reason[0] != '\0')
                fprintf(out, ": %s", words_of(reasons, ARRAY_LEN(reasons), reason));
        json_array_foreach(json_object_get(object, "flags"), i, flag)
                fprintf(out, "%s%s", i == 0 ? "; flags: " : ", ", json_string_value(flag));
        fputc('\n', out);
        print_fields(out, json_object_get(object, "fields"));
}

static void run(const struct inspection *inspection)
{
        struct entry entry = { .payload = { .stage = "" } };
        while (read_entry(inspection, &entry)) {
                json_t *object = inspect(inspection, &entry);
                if (inspection->is_json)
                        print_json(inspection->ctl->out, object);
                else
                        print_inspection(inspection->ctl->out, object);
                json_decref(object);
        }
}

/* The reader with the keys of a folder; without one nobody is trusted. Its trust is the caller's,
 * to be let go. CTL_OK, or CTL_CANNOT after saying why. */
static int open_reader(struct ctl *ctl, const char *folder, struct trust **trust,
                       struct credential_reader **reader)
{
        int added = 0;
        *trust = folder ? trust_new() : NULL;
        *reader = calloc(1, sizeof(**reader));
        if (!*reader || (folder && !*trust))
                added = -ENOMEM;
        else if (folder)
                added = trust_add_folder(*trust, folder, TRUST_PASS | TRUST_HEALTH, ctl->err);
        if (added < 0) {
                fprintf(ctl->err, "stilectl: %s: %s\n", folder ? folder : "inspect",
                        strerror(-added));
                return CTL_CANNOT;
        }
        (*reader)->trust = *trust;
        return CTL_OK;
}

static struct card_date local_date(int64_t us)
{
        time_t seconds = (time_t)(us / 1000000);
        struct tm tm = { .tm_year = 0 };
        localtime_r(&seconds, &tm);
        return (struct card_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
}

int verb_inspect(struct ctl *ctl, int argc, char **argv)
{
        struct inspection inspection = { .ctl = ctl, .delimiter = '\n' };
        struct trust *trust = NULL;
        const char *at = NULL, *folder = NULL;
        bool is_null = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &inspection.is_json, NULL,
                  "one object a payload: class, valid, reason, fields, issuer, alg, kid …" },
                { "null", ARGS_FLAG, &is_null, NULL, "payloads end in NUL bytes, not lines" },
                { "hex", ARGS_FLAG, &inspection.is_hex, NULL,
                  "payloads are hexadecimal; also bare COSE_Sign1 messages" },
                { "trust", ARGS_TEXT, &folder, "DIR",
                  "believe the certificates and public keys in this folder" },
                { "at", ARGS_TEXT, &at, "T", "judge dates for this time, not now" },
        };
        const struct args args = {
                "inspect [--json] [--null] [--hex] [--trust DIR] [--at T]",
                "Reads payloads, one a line, from the standard input and says what the gate\n"
                "would take each for. Needs no stiled and looks nobody up.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        int64_t now_us = when_now_us();
        if (at && !when_parse_date(at, WHEN_FROM, &now_us))
                return args_complain(ctl, &args, "--at: \"%s\" is not a time", at);
        inspection.delimiter = is_null ? '\0' : '\n';
        inspection.now_us = now_us;
        inspection.today = local_date(now_us);
        code = open_reader(ctl, folder, &trust, &inspection.reader);
        if (code == CTL_OK)
                run(&inspection);
        free(inspection.reader);
        trust_unref(trust);
        if (code == CTL_OK && ferror(ctl->in)) {
                fprintf(ctl->err, "stilectl: the standard input cannot be read: %s\n",
                        strerror(errno));
                return CTL_CANNOT;
        }
        return code;
}

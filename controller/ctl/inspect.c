/* stilectl inspect: what the gate would take a code's text for. Looks nothing up. */
#include "controller/ctl/args.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/flow_names.h"
#include "controller/validate/credential.h"

#include <errno.h>
#include <string.h>

struct inspection {
        struct ctl *ctl;
        bool is_json;
        int delimiter;
        struct national_id_date today;
};

/* Reads up to the delimiter. False: nothing was left. What is longer than any code is cut, with
 * *is_too_long. */
static bool read_payload(const struct inspection *inspection, struct payload *payload,
                         bool *is_too_long)
{
        int c = getc(inspection->ctl->in);
        payload->len = 0;
        *is_too_long = false;
        if (c == EOF)
                return false;
        for (; c != EOF && c != inspection->delimiter; c = getc(inspection->ctl->in)) {
                if (payload->len < FLOW_PAYLOAD_MAX)
                        payload->bytes[payload->len++] = (uint8_t)c;
                else
                        *is_too_long = true;
        }
        payload->bytes[payload->len] = '\0';
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

/* NULL: of a good shape. */
static const char *find_fault(const struct payload *payload, bool is_too_long,
                              const struct credential_reading *reading)
{
        char text[TEXT_MAX];
        int error = text_normalise(payload->bytes, payload->len, text);
        if (is_too_long)
                return "longer than any QR code";
        if (error == -EILSEQ)
                return "not UTF-8 text, or holds a control character";
        if (error || (reading->class == CREDENTIAL_UNKNOWN && strlen(text) > CREDENTIAL_CODE_MIN))
                return "too long for a code (256 bytes)";
        if (reading->class == CREDENTIAL_UNKNOWN)
                return "too short for a code (4 bytes)";
        if (reading->class == CREDENTIAL_CODE && resembles_card(text))
                return "resembles a citizen card, but number or dates are not right";
        return NULL;
}

static void set_text(json_t *fields, const char *key, const char *text)
{
        if (text[0] != '\0')
                json_object_set_new(fields, key, json_string(text));
}

/* As much of it as the card says: "1999", "1999-02", "1999-02-01". */
static void set_date(json_t *fields, const char *key, const struct national_id_date *date)
{
        char text[48];
        if (date->year == 0)
                return;
        int len = snprintf(text, sizeof(text), "%04d", date->year);
        if (date->month != 0)
                len += snprintf(text + len, sizeof(text) - (size_t)len, "-%02d", date->month);
        if (date->day != 0)
                snprintf(text + len, sizeof(text) - (size_t)len, "-%02d", date->day);
        set_text(fields, key, text);
}

static json_t *card_fields(const struct national_id *id)
{
        json_t *fields = json_object(), *extras = json_array();
        set_text(fields, "number", national_id_text(id, NATIONAL_ID_NUMBER));
        set_text(fields, "old_number", national_id_text(id, NATIONAL_ID_OLD_NUMBER));
        set_text(fields, "name", national_id_text(id, NATIONAL_ID_NAME));
        set_date(fields, "date_of_birth", &id->dob);
        set_text(fields, "sex", id->is_female ? "F" : "M");
        set_text(fields, "address", national_id_text(id, NATIONAL_ID_ADDRESS));
        set_date(fields, "issued", &id->issued);
        for (int i = NATIONAL_ID_EXTRA; i < id->field_count; i++)
                json_array_append_new(extras,
                                      json_string(national_id_text(id, (enum national_id_field)i)));
        json_object_set_new(fields, "extras", extras);
        return fields;
}

static json_t *flags_json(unsigned int flags)
{
        static const struct {
                enum national_id_flag flag;
                const char *name;
        } names[] = { { NATIONAL_ID_YEAR_DIFFERS, "year_differs" },
                      { NATIONAL_ID_SEX_DIFFERS, "sex_differs" },
                      { NATIONAL_ID_BORN_AFTER_ISSUE, "born_after_issue" },
                      { NATIONAL_ID_BORN_IN_FUTURE, "born_in_future" },
                      { NATIONAL_ID_ISSUED_IN_FUTURE, "issued_in_future" } };
        json_t *list = json_array();
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (flags & names[i].flag)
                        json_array_append_new(list, json_string(names[i].name));
        return list;
}

static json_t *inspect(const struct inspection *inspection, const struct payload *payload,
                       bool is_too_long)
{
        struct credential_reading reading;
        credential_read(payload, &reading);
        bool is_card =
                reading.class == CREDENTIAL_CCCD || reading.class == CREDENTIAL_CAN_CUOC_2024;
        const char *fault = find_fault(payload, is_too_long, &reading);
        unsigned int flags =
                is_card ? national_id_flags(&reading.national_id, &inspection->today) : 0;
        json_t *object =
                json_pack("{s:s, s:b}", "class",
                          credential_class_name(is_too_long ? CREDENTIAL_UNKNOWN : reading.class),
                          "valid", fault == NULL);
        if (fault)
                json_object_set_new(object, "reason", json_string(fault));
        json_t *fields = is_card ? card_fields(&reading.national_id) : json_object();
        if (reading.class == CREDENTIAL_CODE)
                set_text(fields, "text", reading.value);
        json_object_set_new(object, "fields", fields);
        json_object_set_new(object, "consistent", json_boolean(flags == 0));
        if (flags)
                json_object_set_new(object, "flags", flags_json(flags));
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
                if (json_is_string(value)) {
                        fprintf(out, "    %-14s ", key);
                        print_safe(out, json_string_value(value));
                        fputc('\n', out);
                }
                json_array_foreach(value, i, extra)
                {
                        fprintf(out, "    %-14s ", "extra");
                        print_safe(out, json_string_value(extra));
                        fputc('\n', out);
                }
        }
}

static void print_inspection(FILE *out, const json_t *object)
{
        static const struct {
                const char *class, *words;
        } classes[] = { { "cccd", "citizen card (CCCD, 2021 to June 2024)" },
                        { "can_cuoc_2024", "citizen card (căn cước, from July 2024)" },
                        { "code", "code, good where it is enrolled" },
                        { "unknown", "nothing that the gate knows" } };
        size_t i = 0;
        json_t *flag = NULL;
        for (i = 0; i < ARRAY_LEN(classes); i++)
                if (strcmp(classes[i].class, text_of(object, "class")) == 0)
                        fputs(classes[i].words, out);
        if (json_object_get(object, "reason"))
                fprintf(out, ": %s", text_of(object, "reason"));
        json_array_foreach(json_object_get(object, "flags"), i, flag) fprintf(
                out, "%s%s", i == 0 ? "; contradicts itself: " : ", ", json_string_value(flag));
        fputc('\n', out);
        print_fields(out, json_object_get(object, "fields"));
}

static void run(const struct inspection *inspection)
{
        struct payload payload = { .stage = "" };
        bool is_too_long = false;
        while (read_payload(inspection, &payload, &is_too_long)) {
                json_t *object = inspect(inspection, &payload, is_too_long);
                if (inspection->is_json)
                        print_json(inspection->ctl->out, object);
                else
                        print_inspection(inspection->ctl->out, object);
                json_decref(object);
        }
}

static struct national_id_date local_date(int64_t us)
{
        time_t seconds = (time_t)(us / 1000000);
        struct tm tm = { .tm_year = 0 };
        localtime_r(&seconds, &tm);
        return (struct national_id_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
}

int verb_inspect(struct ctl *ctl, int argc, char **argv)
{
        struct inspection inspection = { .ctl = ctl, .delimiter = '\n' };
        const char *at = NULL;
        bool is_null = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &inspection.is_json, NULL,
                  "one object a payload: class, valid, reason, fields, consistent, flags" },
                { "null", ARGS_FLAG, &is_null, NULL, "payloads end in NUL bytes, not lines" },
                { "at", ARGS_TEXT, &at, "T", "judge dates for this time, not now" },
        };
        const struct args args = {
                "inspect [--json] [--null] [--at T]",
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
        inspection.today = local_date(now_us);
        run(&inspection);
        if (ferror(ctl->in)) {
                fprintf(ctl->err, "stilectl: the standard input cannot be read: %s\n",
                        strerror(errno));
                return CTL_CANNOT;
        }
        return CTL_OK;
}

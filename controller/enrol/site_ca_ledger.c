/* The ledger of a site's CA: rows "issued", "revoked" (a serial), "cancelled" (a gate's open
 * tokens) and "token". What it says grows in memory row by row. */
#include "controller/enrol/site_ca_private.h"

#include "common/json_lines.h"
#include "common/rfc3339.h"
#include "controller/local/fields.h"

#include <errno.h>
#include <string.h>

static const char *const kind_names[] = { [SITE_CA_GATE] = "gate",
                                          [SITE_CA_CLIENT] = "client",
                                          [SITE_CA_SERVER] = "server",
                                          [SITE_CA_ENROLMENT] = "enrolment" };

const char *site_ca_kind_name(enum site_ca_kind kind)
{
        return kind_names[kind];
}

void site_ca_forget(struct site_ca *ca)
{
        for (size_t i = 0; i < ca->row_count; i++)
                json_decref(ca->rows[i].hosts);
        free(ca->rows);
        free(ca->tokens);
        ca->rows = NULL;
        ca->tokens = NULL;
        ca->row_count = ca->token_count = ca->revocations = ca->bad_lines = 0;
}

/* Room for one more; sizes double. NULL without memory. */
static void *grow(void *array, size_t count, size_t size)
{
        if (count != 0 && (count & (count - 1)) != 0)
                return array;
        return reallocarray(array, count == 0 ? 1 : 2 * count, size);
}

static bool kind_of(const char *name, enum site_ca_kind *kind)
{
        for (size_t i = 0; i < ARRAY_LEN(kind_names); i++) {
                *kind = (enum site_ca_kind)i;
                if (strcmp(kind_names[i], name) == 0)
                        return true;
        }
        return false;
}

static void spend(struct site_ca *ca, const uint8_t hash[FLOW_DIGEST_LEN])
{
        for (size_t i = 0; i < ca->token_count; i++)
                if (memcmp(ca->tokens[i].hash, hash, FLOW_DIGEST_LEN) == 0)
                        ca->tokens[i].is_void = true;
}

static void cancel(struct site_ca *ca, const char *name)
{
        for (size_t i = 0; i < ca->token_count; i++)
                if (strcmp(ca->tokens[i].name, name) == 0)
                        ca->tokens[i].is_void = true;
}

static int add_issued(struct site_ca *ca, struct fields *fields)
{
        struct site_ca_row row = { .kind = SITE_CA_GATE };
        uint8_t hash[FLOW_DIGEST_LEN];
        if (!kind_of(fields_text(fields, "kind", 16), &row.kind))
                fields_complain(fields, "kind", "is not known");
        strcpy(row.name, fields_text(fields, "name", CA_NAME_MAX));
        strcpy(row.serial, fields_text(fields, "serial", CA_SERIAL_MAX));
        row.issued_us = fields_time(fields, "time");
        row.until_us = fields_time(fields, "until");
        if (fields_have(fields, "token"))
                fields_hex(fields, "token", hash, sizeof(hash));
        if (fields->why[0] != '\0')
                return -EBADMSG;
        struct site_ca_row *rows = grow(ca->rows, ca->row_count, sizeof(row));
        if (!rows)
                return -ENOMEM;
        row.hosts = json_incref(json_object_get(fields->object, "hosts"));
        ca->rows = rows;
        ca->rows[ca->row_count++] = row;
        if (fields_have(fields, "token"))
                spend(ca, hash);
        return 0;
}

static int add_token(struct site_ca *ca, struct fields *fields)
{
        struct site_ca_token token = { .is_void = false };
        strcpy(token.name, fields_text(fields, "name", CA_NAME_MAX));
        fields_hex(fields, "hash", token.hash, sizeof(token.hash));
        token.until_us = fields_time(fields, "until");
        token.days = fields_integer(fields, "days", 1, SITE_CA_DAYS_MAX, 1);
        if (fields->why[0] != '\0')
                return -EBADMSG;
        struct site_ca_token *tokens = grow(ca->tokens, ca->token_count, sizeof(token));
        if (!tokens)
                return -ENOMEM;
        ca->tokens = tokens;
        cancel(ca, token.name);
        ca->tokens[ca->token_count++] = token;
        return 0;
}

static int add_revoked(struct site_ca *ca, struct fields *fields)
{
        const char *serial = fields_text(fields, "serial", CA_SERIAL_MAX);
        int64_t at_us = fields_time(fields, "time");
        if (fields->why[0] != '\0')
                return -EBADMSG;
        for (size_t i = 0; i < ca->row_count; i++)
                if (strcmp(ca->rows[i].serial, serial) == 0 && ca->rows[i].revoked_us == 0) {
                        ca->rows[i].revoked_us = at_us;
                        ca->revocations++;
                }
        return 0;
}

static int add(struct site_ca *ca, const json_t *row)
{
        struct fields fields = fields_of(row);
        const char *what = fields_text(&fields, "what", 16);
        if (strcmp(what, "issued") == 0)
                return add_issued(ca, &fields);
        if (strcmp(what, "token") == 0)
                return add_token(ca, &fields);
        if (strcmp(what, "revoked") == 0)
                return add_revoked(ca, &fields);
        if (strcmp(what, "cancelled") != 0)
                return -EBADMSG;
        cancel(ca, fields_text(&fields, "name", CA_NAME_MAX));
        return 0;
}

static void count_bad(void *context, size_t number)
{
        struct site_ca *ca = context;
        (void)number;
        ca->bad_lines++;
}

static int read_row(void *context, const json_t *row)
{
        int error = add(context, row);
        if (error == -EBADMSG)
                count_bad(context, 0);
        return error == -EBADMSG ? 0 : error;
}

int site_ca_refresh(struct site_ca *ca)
{
        char path[SITE_CA_PATH_MAX];
        int error = site_ca_path(ca->folder, "ledger", ".jsonl", path);
        site_ca_forget(ca);
        return error ? error : json_lines_each(path, read_row, count_bad, ca);
}

int site_ca_note(struct site_ca *ca, json_t *take_row)
{
        char path[SITE_CA_PATH_MAX];
        int error = take_row ? site_ca_path(ca->folder, "ledger", ".jsonl", path) : -ENOMEM;
        if (!error)
                error = json_lines_append(path, take_row, true);
        if (!error)
                error = add(ca, take_row);
        json_decref(take_row);
        return error;
}

static json_t *row_at(const char *what, int64_t now_us)
{
        char time[RFC3339_MAX];
        rfc3339_format(now_us, time);
        return json_pack("{s:s, s:s}", "what", what, "time", time);
}

static void set_hex(json_t *row, const char *key, const uint8_t hash[FLOW_DIGEST_LEN])
{
        char text[2 * FLOW_DIGEST_LEN + 1];
        token_hex(hash, FLOW_DIGEST_LEN, text);
        json_object_set_new(row, key, json_string(text));
}

json_t *site_ca_issued_row(const struct site_ca_order *order, const struct ca_certificate *made,
                           int64_t now_us)
{
        char until[RFC3339_MAX];
        json_t *row = row_at("issued", now_us);
        rfc3339_format(made->until_us, until);
        json_object_set_new(row, "kind", json_string(kind_names[order->kind]));
        json_object_set_new(row, "name", json_string(order->name));
        json_object_set_new(row, "serial", json_string(made->serial));
        json_object_set_new(row, "until", json_string(until));
        if (order->host_count > 0) {
                json_t *hosts = json_array();
                for (size_t i = 0; i < order->host_count; i++)
                        json_array_append_new(hosts, json_string(order->hosts[i]));
                json_object_set_new(row, "hosts", hosts);
        }
        if (order->token_hash)
                set_hex(row, "token", order->token_hash);
        if (order->renews)
                json_object_set_new(row, "renews", json_string(order->renews));
        return row;
}

json_t *site_ca_revoked_row(const char *what, const char *which, int64_t now_us)
{
        json_t *row = row_at(what, now_us);
        json_object_set_new(row, strcmp(what, "revoked") == 0 ? "serial" : "name",
                            json_string(which));
        return row;
}

json_t *site_ca_token_row(const struct site_ca_token *token, int64_t now_us)
{
        char until[RFC3339_MAX];
        json_t *row = row_at("token", now_us);
        rfc3339_format(token->until_us, until);
        json_object_set_new(row, "name", json_string(token->name));
        set_hex(row, "hash", token->hash);
        json_object_set_new(row, "until", json_string(until));
        json_object_set_new(row, "days", json_integer(token->days));
        return row;
}

#include "dashboard/registry/office.h"

#include "controller/local/fields.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
        TURN_MS = 1000
};

/* Of the verbs of a gate, those about its registry. */
static const char *const verbs[] = {
        "holder-put",      "holder-remove",      "holders",
        "credential-add",  "credential-revoke",  "credentials",
        "level-put",       "level-remove",       "levels",
        "schedule-put",    "schedule-remove",    "schedules",
        "special-day-put", "special-day-remove", "special-days",
        "area-put",        "area-remove",        "areas",
        "visit-add",       "declaration-put",    "revocation-put",
        "revocations",     "import-begin",       "import-commit",
        "import-rollback",
};

void office_init(struct office *office)
{
        memset(office, 0, sizeof(*office));
        office->recorder.in = MAILBOX_EMPTY;
        office->server.fd = -1;
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                office->server.client[i].fd = -1;
}

int office_open(struct office *office, const char *socket, const char *folder, const char *key_file,
                const char *org, const char *site, int retention_days)
{
        struct settings *settings = &office->settings;
        option_defaults(&settings_table, settings);
        snprintf(settings->store.folder, sizeof(settings->store.folder), "%s", folder);
        snprintf(settings->gate.key_file, sizeof(settings->gate.key_file), "%s", key_file);
        settings->store.retention_days = retention_days;
        snprintf(settings->gate.org, sizeof(settings->gate.org), "%s", org);
        snprintf(settings->gate.site, sizeof(settings->gate.site), "%s", site);
        int error = recorder_init(&office->recorder, settings, &office->board);
        return error ? error : server_open(&office->server, socket, "");
}

void office_close(struct office *office)
{
        server_close(&office->server);
        recorder_deinit(&office->recorder);
}

static json_t *hello(const struct office *office)
{
        const struct settings *settings = &office->settings;
        return fields_ok(json_pack("{s:i, s:s, s:s, s:s, s:s}", "protocol", 1, "software",
                                   STILE_VERSION, "role", "admin", "org", settings->gate.org,
                                   "site", settings->gate.site));
}

static bool is_ours(const char *verb)
{
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                if (strcmp(verbs[i], verb) == 0)
                        return true;
        return false;
}

static json_t *answer_of(struct office *office, int slot, json_t *question)
{
        const char *verb = json_string_value(json_object_get(question, "do"));
        struct request request = { .client = slot,
                                   .connection = office->server.client[slot].connection,
                                   .question = question,
                                   .is_admin = true };
        if (!verb)
                return fields_error("bad_request", "do: a verb is wanted");
        if (strcmp(verb, "hello") == 0)
                return hello(office);
        if (!is_ours(verb))
                return fields_error("bad_request", "do: not at the centre: ask a gate");
        recorder_answer(&office->recorder, &request);
        return request.answer ? request.answer : fields_error("storage", "out of memory");
}

static void reply(struct server_client *client, json_t *answer, json_int_t id)
{
        json_object_set_new(answer, "id", json_integer(id));
        server_send(client, answer);
        json_decref(answer);
}

/* An import that was under way is rolled back. */
static void drop(struct office *office, int slot)
{
        struct request end = { .client = slot,
                               .connection = office->server.client[slot].connection,
                               .is_closing = true };
        recorder_answer(&office->recorder, &end);
        server_drop(&office->server.client[slot]);
}

/* Serves the whole lines that came. */
static void serve_lines(struct office *office, int slot, int got)
{
        struct server_client *client = &office->server.client[slot];
        int found = 0;
        json_t *question = NULL;
        while (!client->is_doomed && (found = line_reader_next(&client->reader, &question)) > 0) {
                reply(client, answer_of(office, slot, question),
                      json_integer_value(json_object_get(question, "id")));
                json_decref(question);
        }
        if (found < 0 || got == -EMSGSIZE) {
                client->is_doomed = true;
                reply(client, fields_error("bad_request", "the line is not a JSON object"), 0);
        }
}

static void serve(struct office *office, int slot, short revents)
{
        struct server_client *client = &office->server.client[slot];
        int got = 0;
        if (client->fd < 0)
                return;
        if (revents & (POLLIN | POLLHUP | POLLERR)) {
                got = line_reader_fill(&client->reader, client->fd);
                serve_lines(office, slot, got);
        }
        bool is_over = got < 0 && got != -EMSGSIZE;
        if (!server_flush(client) || is_over)
                drop(office, slot);
}

void office_run(struct office *office, int stop_fd)
{
        struct pollfd polled[2 + SERVER_CLIENTS_MAX];
        do {
                polled[0] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
                polled[1] = (struct pollfd){ .fd = office->server.fd, .events = POLLIN };
                for (int i = 0; i < SERVER_CLIENTS_MAX; i++) {
                        const struct server_client *client = &office->server.client[i];
                        short events = client->output_len > 0 ? POLLIN | POLLOUT : POLLIN;
                        polled[2 + i] = (struct pollfd){ .fd = client->fd, .events = events };
                }
                (void)poll(polled, ARRAY_LEN(polled), TURN_MS);
                if (!office->recorder.is_importing)
                        recorder_trim_visitors(&office->recorder, wall_us());
                for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                        serve(office, i, polled[2 + i].revents);
                if (polled[1].revents & POLLIN)
                        (void)server_accept(&office->server);
        } while (!(polled[0].revents & POLLIN));
}

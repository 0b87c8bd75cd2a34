/* Desk: from a request to whose it is to carry out. */
#include "controller/local/desk_private.h"

#include <stdlib.h>
#include <string.h>

enum place {
        AT_DESK,
        AT_RECORDER,
        AT_LIBRARIAN
};

static const struct verb {
        const char *name;
        enum server_role role; /* the least that is needed */
        enum place place;
} verbs[] = {
        { "hello", SERVER_UPLINK, AT_RECORDER },
        { "status", SERVER_UPLINK, AT_RECORDER },
        { "events", SERVER_UPLINK, AT_RECORDER },
        { "follow", SERVER_UPLINK, AT_RECORDER },
        { "ack", SERVER_UPLINK, AT_RECORDER },
        { "command", SERVER_UPLINK, AT_DESK },
        { "uplink-state", SERVER_UPLINK, AT_DESK },
        { "sync-manifest", SERVER_UPLINK, AT_LIBRARIAN },
        { "sync-part", SERVER_UPLINK, AT_LIBRARIAN },
        { "sync-want", SERVER_UPLINK, AT_LIBRARIAN },
        { "holder-put", SERVER_ADMIN, AT_RECORDER },
        { "holder-remove", SERVER_ADMIN, AT_RECORDER },
        { "holders", SERVER_ADMIN, AT_RECORDER },
        { "credential-add", SERVER_ADMIN, AT_RECORDER },
        { "credential-revoke", SERVER_ADMIN, AT_RECORDER },
        { "credentials", SERVER_ADMIN, AT_RECORDER },
        { "level-put", SERVER_ADMIN, AT_RECORDER },
        { "level-remove", SERVER_ADMIN, AT_RECORDER },
        { "levels", SERVER_ADMIN, AT_RECORDER },
        { "schedule-put", SERVER_ADMIN, AT_RECORDER },
        { "schedule-remove", SERVER_ADMIN, AT_RECORDER },
        { "schedules", SERVER_ADMIN, AT_RECORDER },
        { "special-day-put", SERVER_ADMIN, AT_RECORDER },
        { "special-day-remove", SERVER_ADMIN, AT_RECORDER },
        { "special-days", SERVER_ADMIN, AT_RECORDER },
        { "area-put", SERVER_ADMIN, AT_RECORDER },
        { "area-remove", SERVER_ADMIN, AT_RECORDER },
        { "areas", SERVER_ADMIN, AT_RECORDER },
        { "visit-add", SERVER_ADMIN, AT_RECORDER },
        { "declaration-put", SERVER_ADMIN, AT_RECORDER },
        { "revocation-put", SERVER_ADMIN, AT_RECORDER },
        { "revocations", SERVER_ADMIN, AT_RECORDER },
        { "explain", SERVER_ADMIN, AT_RECORDER },
        { "import-begin", SERVER_ADMIN, AT_RECORDER },
        { "import-commit", SERVER_ADMIN, AT_RECORDER },
        { "import-rollback", SERVER_ADMIN, AT_RECORDER },
        { "forgive", SERVER_ADMIN, AT_RECORDER },
        { "lines", SERVER_ADMIN, AT_DESK },
        { "line-drive", SERVER_ADMIN, AT_DESK },
        { "line-watch", SERVER_ADMIN, AT_DESK },
        { "aim-watch", SERVER_ADMIN, AT_DESK },
};

/* Hands a question (reference taken) to another thread. False: its mailbox is full. */
static bool hand_over(struct desk *desk, int slot, json_t *question, enum place place,
                      bool is_closing)
{
        struct server_client *client = &desk->server.client[slot];
        struct request *request = calloc(1, sizeof(*request));
        if (!request) {
                json_decref(question);
                return false;
        }
        *request = (struct request){ .client = slot,
                                     .connection = client->connection,
                                     .question = question,
                                     .is_admin = client->role == SERVER_ADMIN,
                                     .is_closing = is_closing };
        struct to_recorder to_recorder = { .kind = RECORDER_REQUEST, .request = request };
        struct to_librarian to_librarian = { .kind = LIBRARIAN_REQUEST, .request = request };
        if (place == AT_LIBRARIAN ? desk->librarian && mailbox_put(desk->librarian, &to_librarian)
                                  : mailbox_put(desk->recorder, &to_recorder))
                return true;
        request_free(request);
        return false;
}

bool desk_ask_recorder(struct desk *desk, int slot, json_t *question, bool is_closing)
{
        return hand_over(desk, slot, question, AT_RECORDER, is_closing);
}

static json_t *watch_lines(struct desk *desk, int slot)
{
        struct desk_client *client = &desk->client[slot];
        if (!client->is_watching)
                atomic_fetch_add(&desk->board->line_watchers, 1);
        client->is_watching = true;
        client->watch_id = client->request_id;
        return fields_ok(NULL);
}

static json_t *watch_aim(struct desk *desk, int slot)
{
        desk->client[slot].is_aim_watching = true;
        desk->client[slot].aim_watch_id = desk->client[slot].request_id;
        return fields_ok(NULL);
}

static json_t *serve_here(struct desk *desk, int slot, const char *name, struct fields *fields)
{
        if (strcmp(name, "command") == 0)
                return desk_command(desk, slot, fields);
        if (strcmp(name, "line-drive") == 0)
                return desk_line_drive(desk, slot, fields);
        if (strcmp(name, "line-watch") == 0)
                return watch_lines(desk, slot);
        if (strcmp(name, "aim-watch") == 0)
                return watch_aim(desk, slot);
        if (strcmp(name, "lines") == 0)
                return desk_lines(desk);
        return desk_uplink_state(desk, fields);
}

void desk_serve(struct desk *desk, int slot, json_t *question)
{
        struct server_client *client = &desk->server.client[slot];
        struct fields fields = fields_of(question);
        const char *name = json_string_value(json_object_get(question, "do"));
        const struct verb *verb = NULL;
        client->is_busy = true;
        desk->client[slot].request_id = json_integer_value(json_object_get(question, "id"));
        for (size_t i = 0; name && i < ARRAY_LEN(verbs); i++)
                if (strcmp(verbs[i].name, name) == 0)
                        verb = &verbs[i];
        json_t *answer = NULL;
        if (!verb)
                answer = fields_error("bad_request", "do: no such verb");
        else if (client->role < verb->role)
                answer = fields_error("unauthorised", "this user may not do that");
        else if (verb->place == AT_DESK)
                answer = serve_here(desk, slot, name, &fields);
        else if (!hand_over(desk, slot, json_incref(question), verb->place, false))
                answer = fields_error("unavailable", "too much is waiting: try again");
        json_decref(question);
        if (answer)
                desk_answer(desk, slot, answer);
}

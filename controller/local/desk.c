#include "controller/local/desk_private.h"

#include "common/log.h"
#include "common/uuid.h"
#include "controller/ports/digest.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
        MAILBOX_CAPACITY = 1024,
        TURN_MS = 1000,
        FOLLOW_BATCH = 100,
        FOLLOW_OUTPUT_MAX = 65536 /* a follower that lets more wait is not pumped */
};

void desk_answer(struct desk *desk, int slot, json_t *answer)
{
        struct server_client *client = &desk->server.client[slot];
        struct desk_client *state = &desk->client[slot];
        json_t *ok = json_object_get(answer, "ok");
        if (state->said)
                json_object_update_missing(ok ? ok : json_object_get(answer, "error"), state->said);
        json_decref(state->said);
        state->said = NULL;
        json_object_set_new(answer, "id", json_integer(state->request_id));
        client->is_busy = false;
        server_send(client, answer);
        json_decref(answer);
}

static void drop(struct desk *desk, int slot)
{
        if (desk->client[slot].is_watching)
                atomic_fetch_sub(&desk->board->line_watchers, 1);
        if (!desk_ask_recorder(desk, slot, NULL, true))
                log_warn("connection's end not told", "client=%d", slot);
        server_drop(&desk->server.client[slot]);
        json_decref(desk->client[slot].said);
        desk->client[slot] = (struct desk_client){ 0 };
}

/* Follow: the next rows are asked for when the client has taken the ones before. */
static void pump(struct desk *desk, int slot)
{
        struct server_client *client = &desk->server.client[slot];
        struct desk_client *state = &desk->client[slot];
        if (client->fd < 0 || !state->is_following || client->is_busy ||
            client->output_len > FOLLOW_OUTPUT_MAX ||
            atomic_load(&desk->board->head) <= state->follow_after)
                return;
        json_t *question = json_pack("{s:s, s:I, s:i}", "do", "events", "after",
                                     (json_int_t)state->follow_after, "limit", FOLLOW_BATCH);
        if (!desk_ask_recorder(desk, slot, question, false))
                return; /* asked again at the next turn */
        client->is_busy = true;
        state->is_pumping = true;
}

static void push_events(struct desk *desk, int slot, const json_t *answer)
{
        struct desk_client *state = &desk->client[slot];
        const json_t *events = json_object_get(json_object_get(answer, "ok"), "events");
        size_t index;
        json_t *event;
        state->is_pumping = false;
        desk->server.client[slot].is_busy = false;
        json_array_foreach(events, index, event)
        {
                json_t *pushed = json_pack("{s:I, s:O}", "id", state->follow_id, "event", event);
                server_send(&desk->server.client[slot], pushed);
                json_decref(pushed);
                state->follow_after = (uint64_t)json_integer_value(json_object_get(event, "seq"));
        }
}

/* Completes what the recorder began: verbs that both have a part in. */
static void complete(struct desk *desk, int slot, struct request *request)
{
        const char *name = json_string_value(json_object_get(request->question, "do"));
        json_t *ok = json_object_get(request->answer, "ok");
        struct desk_client *state = &desk->client[slot];
        if (ok && strcmp(name, "hello") == 0) {
                desk_add_hello(desk, &desk->server.client[slot], ok);
        } else if (ok && strcmp(name, "status") == 0) {
                desk_add_status(desk, ok);
        } else if (ok && strcmp(name, "follow") == 0) {
                state->is_following = true;
                state->follow_id = state->request_id;
                state->follow_after =
                        (uint64_t)json_integer_value(json_object_get(request->question, "after"));
        }
        desk_answer(desk, slot, json_incref(request->answer));
}

static void on_answer(struct desk *desk, struct request *request)
{
        int slot = request->client;
        bool is_there = desk->server.client[slot].fd >= 0 &&
                        desk->server.client[slot].connection == request->connection;
        if (is_there && !request->is_closing) {
                if (!request->answer)
                        request->answer = fields_error("storage", "out of memory");
                if (desk->client[slot].is_pumping)
                        push_events(desk, slot, request->answer);
                else
                        complete(desk, slot, request);
        }
        request_free(request);
}

static void on_line(struct desk *desk, const struct to_desk *message)
{
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++) {
                if (!desk->client[i].is_watching || desk->server.client[i].fd < 0)
                        continue;
                json_t *pushed =
                        json_pack("{s:I, s:{s:s, s:b, s:I}}", "id", desk->client[i].watch_id,
                                  "line", "name", desk->plan->spec[message->line].name, "on",
                                  message->is_on, "at_us", (json_int_t)message->at_us);
                server_send(&desk->server.client[i], pushed);
                json_decref(pushed);
        }
}

static void on_aim(struct desk *desk, const struct to_desk *message)
{
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++) {
                if (!desk->client[i].is_aim_watching || desk->server.client[i].fd < 0)
                        continue;
                json_t *hint = message->hint == AIM_NONE
                                       ? json_null()
                                       : json_string(aim_hint_names[message->hint]);
                json_t *pushed =
                        json_pack("{s:I, s:{s:s, s:o, s:I}}", "id", desk->client[i].aim_watch_id,
                                  "aim", "access_point", desk->settings->point[message->point].id,
                                  "hint", hint, "at_us", (json_int_t)message->at_us);
                server_send(&desk->server.client[i], pushed);
                json_decref(pushed);
        }
}

/* Also when whoever asked has gone: its nonce is used, and it is to be carried out once. */
static void on_command(struct desk *desk, struct request *request)
{
        int slot = request->client;
        json_t *answer = desk_carry_out(desk, request);
        if (desk->server.client[slot].fd >= 0 &&
            desk->server.client[slot].connection == request->connection)
                desk_answer(desk, slot, answer);
        else
                json_decref(answer);
        request_free(request);
}

/* False: stop. */
static bool on_message(struct desk *desk, const struct to_desk *message)
{
        switch (message->kind) {
        case DESK_ANSWER:
                on_answer(desk, message->request);
                return true;
        case DESK_OUTCOME:
                if (desk->server.client[message->client].fd >= 0 &&
                    desk->server.client[message->client].connection == message->connection)
                        desk_answer(desk, message->client, desk_outcome(message));
                return true;
        case DESK_COMMAND:
                on_command(desk, message->request);
                return true;
        case DESK_LINE:
                on_line(desk, message);
                return true;
        case DESK_AIM:
                on_aim(desk, message);
                return true;
        case DESK_HEAD:
                return true; /* pumping follows every message */
        case DESK_STOP:
                return false;
        }
        return true;
}

/* Reads and serves whole lines until one is under way. False: the connection is over. */
static bool read_client(struct desk *desk, int slot)
{
        struct server_client *client = &desk->server.client[slot];
        int got = line_reader_fill(&client->reader, client->fd);
        while (!client->is_busy && !client->is_doomed) {
                json_t *question = NULL;
                int found = line_reader_next(&client->reader, &question);
                if (found > 0) {
                        desk_serve(desk, slot, question);
                        continue;
                }
                if (found == 0 && got == -EMSGSIZE)
                        found = -EMSGSIZE;
                if (found < 0) {
                        client->is_doomed = true;
                        desk->client[slot].request_id = 0;
                        desk_answer(desk, slot,
                                    fields_error("bad_request",
                                                 found == -EMSGSIZE
                                                         ? "the line is too long"
                                                         : "the line is not a JSON object"));
                }
                break;
        }
        return got >= 0 || got == -EMSGSIZE;
}

static void serve_client(struct desk *desk, int slot, short revents)
{
        struct server_client *client = &desk->server.client[slot];
        bool is_alive = true;
        if (client->fd < 0)
                return;
        /* Unasked too: a line may have waited for the answer to the one before. */
        if ((revents & (POLLIN | POLLHUP | POLLERR)) || !client->is_busy)
                is_alive = read_client(desk, slot);
        if (!is_alive || !server_flush(client))
                drop(desk, slot);
}

static void reload(struct desk *desk)
{
        struct signalfd_siginfo info;
        if (read(desk->signal_fd, &info, sizeof(info)) == sizeof(info))
                desk->reload(desk->context);
}

void desk_run(struct desk *desk)
{
        struct pollfd polled[3 + SERVER_CLIENTS_MAX];
        for (;;) {
                struct to_desk message;
                polled[0] = (struct pollfd){ .fd = desk->in.event_fd, .events = POLLIN };
                polled[1] = (struct pollfd){ .fd = desk->server.fd, .events = POLLIN };
                polled[2] = (struct pollfd){ .fd = desk->signal_fd, .events = POLLIN };
                for (int i = 0; i < SERVER_CLIENTS_MAX; i++) {
                        const struct server_client *client = &desk->server.client[i];
                        short events = client->is_busy ? 0 : POLLIN;
                        if (client->output_len > 0)
                                events |= POLLOUT;
                        polled[3 + i] = (struct pollfd){ .fd = client->fd, .events = events };
                }
                (void)poll(polled, ARRAY_LEN(polled), TURN_MS);
                atomic_store(&desk->board->desk_beat_ms, monotonic_ms());
                while (mailbox_take(&desk->in, &message))
                        if (!on_message(desk, &message))
                                return;
                if (polled[2].revents & POLLIN)
                        reload(desk);
                desk_tell_flood(desk);
                for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                        serve_client(desk, i, polled[3 + i].revents);
                for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                        pump(desk, i);
                if (polled[1].revents & POLLIN)
                        (void)server_accept(&desk->server);
        }
}

int desk_init(struct desk *desk, const struct settings *settings, const struct plan *plan,
              struct board *board)
{
        uint8_t random[UUID_RANDOM_LEN];
        *desk = (struct desk){ .settings = settings,
                               .plan = plan,
                               .board = board,
                               .in = MAILBOX_EMPTY,
                               .server = { .fd = -1 },
                               .signal_fd = -1,
                               .started_ms = monotonic_ms() };
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                desk->server.client[i].fd = -1;
        desk->started_us = wall_us();
        desk->broker_since_us = desk->started_us;
        int error = digest_random(random, sizeof(random));
        if (error)
                return error;
        uuid7_format(desk->started_us / 1000, random, desk->boot);
        error = mailbox_init(&desk->in, sizeof(struct to_desk), MAILBOX_CAPACITY);
        return error ? error
                     : server_open(&desk->server, settings->local.socket,
                                   settings->local.uplink_user);
}

void desk_deinit(struct desk *desk)
{
        struct to_desk message;
        server_close(&desk->server);
        while (desk->in.ring && mailbox_take(&desk->in, &message))
                if (message.kind == DESK_ANSWER || message.kind == DESK_COMMAND)
                        request_free(message.request);
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                json_decref(desk->client[i].said);
        mailbox_deinit(&desk->in);
        managers_deinit(&desk->managers);
}

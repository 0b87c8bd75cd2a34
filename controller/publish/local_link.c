#include "controller/publish/local_link.h"

#include "common/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

void local_link_init(struct local_link *link, const struct settings *settings)
{
        *link = (struct local_link){ .settings = settings,
                                     .requests = CLIENT_CLOSED,
                                     .rows = CLIENT_CLOSED,
                                     .pause_ms = LOCAL_LINK_RETRY_FIRST_MS };
}

void local_link_deinit(struct local_link *link)
{
        client_close(&link->requests);
        client_close(&link->rows);
}

/* Logged once as long as the trouble is the same. */
static void in_trouble(struct local_link *link, const char *trouble, int error)
{
        if (link->trouble != trouble)
                log_warn("gate not reached", "why=%s errno=%d", trouble, error);
        link->trouble = trouble;
}

static void drop(struct local_link *link, const char *trouble, int error, int64_t now_ms)
{
        in_trouble(link, trouble, error);
        local_link_deinit(link);
        link->hello_id = link->status_id = link->ack_id = 0;
        link->is_absent = true;
        link->retry_ms = now_ms + link->pause_ms;
        link->pause_ms *= 2;
        if (link->pause_ms > LOCAL_LINK_RETRY_MAX_MS)
                link->pause_ms = LOCAL_LINK_RETRY_MAX_MS;
}

/* A request that cannot be sent: shut, so that the next read ends the link in the one place that
 * tells of it. */
static int64_t ask(struct local_link *link, const char *verb, json_t *fields)
{
        int64_t id = client_send(&link->requests, verb, fields);
        if (id > 0)
                return id;
        (void)shutdown(link->requests.fd, SHUT_RDWR);
        return 0;
}

void local_link_step(struct local_link *link, int64_t now_ms)
{
        if (link->requests.fd >= 0) {
                if (!link->is_up && now_ms - link->greeting_ms > LOCAL_LINK_GREETING_MS)
                        drop(link, "no-answer", ETIMEDOUT, now_ms);
                return;
        }
        if (link->is_up || now_ms < link->retry_ms)
                return;
        int error = client_open(&link->requests, link->settings->local.socket);
        if (error) {
                drop(link, "no-connection", -error, now_ms);
                return;
        }
        link->greeting_ms = now_ms;
        link->hello_id = ask(link, "hello", NULL);
        link->status_id = ask(link, "status", NULL);
}

static bool is_text(const json_t *object, const char *key, const char *wanted)
{
        const char *text = json_string_value(json_object_get(object, key));
        return text && strcmp(text, wanted) == 0;
}

/* stiled may still run with names of before: what it says would go out under ours. */
static bool is_our_gate(const struct local_link *link, const json_t *hello)
{
        return json_integer_value(json_object_get(hello, "protocol")) == 1 &&
               is_text(hello, "org", link->settings->gate.org) &&
               is_text(hello, "site", link->settings->gate.site) &&
               is_text(hello, "gate", link->settings->gate.id);
}

static struct local_event take(enum local_event_kind kind, int64_t id, json_t *message)
{
        return (struct local_event){ .kind = kind, .id = id, .message = json_incref(message) };
}

/* 1: *event is filled; 0: nothing for the owner; -errno: the link is useless. */
static int sort_answer(struct local_link *link, json_t *message, struct local_event *event)
{
        int64_t id = json_integer_value(json_object_get(message, "id"));
        json_t *ok = json_object_get(message, "ok");
        if (id == link->hello_id && id != 0) {
                link->hello_id = 0;
                return ok && is_our_gate(link, ok) ? 0 : -EACCES;
        }
        if (id == link->status_id && id != 0) {
                link->status_id = 0;
                if (!ok)
                        return link->is_up ? 0 : -EACCES; /* "unavailable": asked again */
                *event = take(link->is_up ? LOCAL_STATUS : LOCAL_UP, 0, ok);
                return 1;
        }
        if (id == link->ack_id && id != 0) {
                link->ack_id = 0;
                *event = take(LOCAL_ACKED, 0, NULL);
                return ok ? 1 : -ESTALE;
        }
        if (id == 0)
                return -EBADMSG;
        *event = take(LOCAL_OUTCOME, id, message);
        return 1; /* or of uplink-state: nobody knows its id */
}

static int next_answer(struct local_link *link, struct local_event *event)
{
        int found = 0;
        while (found == 0) {
                json_t *message = NULL;
                int error = client_read(&link->requests, &message, 0);
                if (error)
                        return error == -ETIMEDOUT ? 0 : error;
                found = sort_answer(link, message, event);
                json_decref(message);
        }
        return found;
}

static int next_row(struct local_link *link, struct local_event *event)
{
        for (;;) {
                json_t *message = NULL;
                int error = client_read(&link->rows, &message, 0);
                if (error)
                        return error == -ETIMEDOUT ? 0 : error;
                json_t *row = json_object_get(message, "event");
                bool is_refused = json_object_get(message, "error") != NULL;
                if (row)
                        *event = take(LOCAL_ROW, 0, row);
                json_decref(message);
                if (row)
                        return 1;
                if (is_refused)
                        return -EACCES;
        }
}

int local_link_next(struct local_link *link, bool wants_rows, int64_t now_ms,
                    struct local_event *event)
{
        int found = 0;
        if (link->requests.fd >= 0)
                found = next_answer(link, event);
        if (found == 0 && wants_rows && link->is_up && link->rows.fd >= 0)
                found = next_row(link, event);
        if (found < 0)
                drop(link, found == -EACCES ? "refused" : "connection-lost", -found, now_ms);
        if (link->requests.fd < 0 && link->is_up) {
                link->is_up = false;
                *event = (struct local_event){ .kind = LOCAL_DOWN };
                return 1;
        }
        if (found <= 0)
                return 0;
        if (event->kind == LOCAL_UP) {
                link->is_up = true;
                link->is_absent = false;
                link->pause_ms = LOCAL_LINK_RETRY_FIRST_MS;
                link->trouble = NULL;
                log_info("gate reached", "socket=%s", link->settings->local.socket);
        }
        return 1;
}

void local_link_unfollow(struct local_link *link)
{
        client_close(&link->rows);
}

void local_link_follow(struct local_link *link, uint64_t after)
{
        client_close(&link->rows);
        int error = client_open(&link->rows, link->settings->local.socket);
        if (!error &&
            client_send(&link->rows, "follow", json_pack("{s:I}", "after", (json_int_t)after)) < 0)
                error = -EPIPE;
        if (error)
                (void)shutdown(link->requests.fd, SHUT_RDWR);
}

void local_link_ask_status(struct local_link *link)
{
        if (link->status_id == 0)
                link->status_id = ask(link, "status", NULL);
}

void local_link_ack(struct local_link *link, const char *epoch, uint64_t seq)
{
        link->ack_id =
                ask(link, "ack", json_pack("{s:s, s:I}", "epoch", epoch, "seq", (json_int_t)seq));
}

int64_t local_link_command(struct local_link *link, json_t *fields)
{
        return ask(link, "command", fields);
}

void local_link_uplink_state(struct local_link *link, json_t *fields)
{
        (void)ask(link, "uplink-state", fields);
}

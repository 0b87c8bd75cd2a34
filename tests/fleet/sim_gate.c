#include "sim_gate.h"

#include "controller/publish/command_message.h"
#include "drivers/bus/backoff.h"
#include "tests/random.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
        TICK_MS = 1000,
        HANDSHAKE_MS = 15000,
        SPARE_IN_FLIGHT = 32,
        PACKET_TOO_LARGE = 149 /* MQTT v5, 2.4 */
};

/* ---- the bus port, without a thread ---- */

static int publish(struct bus *bus, const struct bus_publication *publication)
{
        struct sim_gate *gate = (struct sim_gate *)bus;
        if (!gate->connection || !connection_is_up(gate->connection))
                return -ENOTCONN;
        if (publication->qos > 0 && gate->unanswered >= gate->settings.in_flight)
                return -EAGAIN;
        int error = connection_publish(gate->connection, publication);
        if (error == -EPIPE) /* the next step finds it lost */
                return -ENOTCONN;
        if (!error && publication->qos > 0)
                gate->unanswered++;
        return error;
}

static int next(struct bus *bus, struct bus_event *event)
{
        (void)bus;
        (void)event;
        return 0; /* events are given to the gate as they come */
}

static void close_bus(struct bus *bus)
{
        (void)bus;
}

static const struct bus_ops ops = {
        .name = "fleet", .publish = publish, .next = next, .close = close_bus
};

/* ---- what the broker says ---- */

/* As the gate's own clock has it. */
static int64_t gate_us(const struct sim_gate *gate)
{
        return wall_us() + gate->story.clock.offset_us;
}

static void on_up(void *context)
{
        struct sim_gate *gate = context;
        int64_t now_ms = monotonic_ms();
        gate->unanswered = 0;
        gate->connections++;
        gate->up_ms = now_ms;
        courier_up(&gate->courier, &gate->bus, gate_us(gate), now_ms);
        if (gate->plan->batch > 1)
                gate->courier.batch = (size_t)gate->plan->batch;
        report_up(&gate->report);
        gate->tick_ms = now_ms;
}

static void on_published(void *context, uint64_t token, int reason)
{
        struct sim_gate *gate = context;
        gate->unanswered--;
        gate->refused += reason >= BUS_REFUSED;
        if (token != 0)
                courier_answered(&gate->courier, token, reason, monotonic_ms());
}

static void answer(struct sim_gate *gate, const struct command *command,
                   const struct command_message *read, const struct bus_message *message,
                   const char *refusal)
{
        struct notice_stamp stamp;
        const struct notice_outcome outcome = { .command = command->name,
                                                .nonce = command->nonce,
                                                .outcome = refusal[0] == '\0' ? "done" : "refused",
                                                .refusal = refusal,
                                                .message = command->complaint,
                                                .epoch = "" };
        notice_stamp_now(&stamp);
        char *json = notice_format(&gate->source, "outcome", &stamp, notice_outcome_data(&outcome));
        const struct bus_publication publication = { .topic = read->response_topic,
                                                     .payload = json,
                                                     .qos = 1,
                                                     .correlation = message->correlation,
                                                     .correlation_len = message->correlation_len };
        if (json && bus_publish(&gate->bus, &publication) < 0)
                gate->refused++;
        free(json);
}

/* cmd/sync: rows are sent again. "", or why not. */
static const char *resend(struct sim_gate *gate, const json_t *fields)
{
        const char *epoch = json_string_value(json_object_get(fields, "epoch"));
        json_int_t from = json_integer_value(json_object_get(fields, "from"));
        if (!epoch)
                return "unsupported"; /* the registry: a simulated gate has none */
        return courier_resend(&gate->courier, epoch, (uint64_t)from, monotonic_ms());
}

static void on_command(struct sim_gate *gate, const struct bus_message *message)
{
        struct command_message read;
        const struct command *command = &read.command;
        command_message_read(&read, gate->source.root, message, gate_us(gate));
        const char *refusal = command_refusal(command->verdict);
        if (command->verdict == COMMAND_GOOD && strcmp(command->name, "Sync") == 0)
                refusal = resend(gate, command->fields);
        gate->commands++;
        if (read.response_topic)
                answer(gate, command, &read, message, refusal);
        command_message_deinit(&read);
}

static void on_message(void *context, struct bus_message *take)
{
        struct sim_gate *gate = context;
        if (strcmp(take->topic, gate->ack_topic) == 0)
                courier_collected(&gate->courier, take, monotonic_ms());
        else
                on_command(gate, take);
        bus_message_free(take);
}

/* ---- its life ---- */

static double fraction(struct sim_gate *gate)
{
        return (double)(random_of(&gate->random) >> 11) / (double)(1LL << 53);
}

/* A pause of a Poisson process. */
static int64_t pause_ms(struct sim_gate *gate, double mean_s)
{
        return (int64_t)(-log(1 - fraction(gate)) * mean_s * 1000);
}

static int64_t either_way_us(struct sim_gate *gate, double most_s)
{
        return (int64_t)((2 * fraction(gate) - 1) * most_s * 1e6);
}

static void set_clock(struct sim_gate *gate, const struct plan *plan)
{
        int lot = below(&gate->random, 3);
        if (lot == 0) {
                gate->story.clock.offset_us = either_way_us(gate, plan->clock_error_s);
        } else if (lot == 1 && plan->clock_jump_s > 0) {
                gate->story.clock.jump_us = either_way_us(gate, plan->clock_jump_s);
                gate->story.clock.jump_seq = 1 + (uint64_t)below(&gate->random, 200);
        }
}

static void set_names(struct sim_gate *gate, int number)
{
        const struct plan *plan = gate->plan;
        snprintf(gate->name, sizeof(gate->name), "%s%d", plan->prefix, number);
        notice_source_init(&gate->source, plan->org, plan->site, gate->name);
        const char *root = gate->source.root;
        snprintf(gate->client_id, sizeof(gate->client_id), "stile-%s-%s-%s", plan->org, plan->site,
                 gate->name);
        snprintf(gate->ack_topic, sizeof(gate->ack_topic), "%s/ack", root);
        snprintf(gate->command_topics, sizeof(gate->command_topics), "%s/cmd/+", root);
        snprintf(gate->status_topic, sizeof(gate->status_topic), "%s/status", root);
}

/* False: no memory. */
static bool set_files(struct sim_gate *gate)
{
        const struct plan *plan = gate->plan;
        if (!plan->ca_file)
                return true;
        if (asprintf(&gate->certificate_file, "%s/%s.%s.%s/gate.crt", plan->tls_folder, plan->org,
                     plan->site, gate->name) < 0)
                gate->certificate_file = NULL;
        if (asprintf(&gate->private_key_file, "%s/%s.%s.%s/gate.key", plan->tls_folder, plan->org,
                     plan->site, gate->name) < 0)
                gate->private_key_file = NULL;
        return gate->certificate_file && gate->private_key_file;
}

int sim_gate_init(struct sim_gate *gate, const struct plan *plan, const struct arrival *arrival,
                  int number, int poll_fd, int64_t now_ms)
{
        *gate = (struct sim_gate){ .bus = { .ops = &ops, .fd = -1 },
                                   .plan = plan,
                                   .poll_fd = poll_fd,
                                   .random = plan->seed ^ (uint64_t)number << 32 };
        set_names(gate, number);
        story_init(&gate->story, arrival, plan->seed, number, plan->begin_us, plan->backlog);
        set_clock(gate, plan);
        gate->will = report_will(&gate->source);
        bool has_files = set_files(gate);
        gate->settings =
                (struct bus_settings){ .host = plan->host,
                                       .port = plan->port,
                                       .client_id = gate->client_id,
                                       .is_mqtt_311 = strcmp(plan->mqtt, "3.1.1") == 0,
                                       .ca_file = plan->ca_file,
                                       .certificate_file = gate->certificate_file,
                                       .private_key_file = gate->private_key_file,
                                       .keepalive_s = plan->keepalive_s,
                                       .reconnect_max_s = plan->reconnect_max_s,
                                       .in_flight = plan->in_flight + SPARE_IN_FLIGHT,
                                       .content_type = NOTICE_CONTENT_TYPE,
                                       .will_topic = gate->status_topic,
                                       .will_payload = gate->will,
                                       .subscriptions = { gate->ack_topic, gate->command_topics } };
        gate->head = plan->backlog;
        gate->next_us = story_at_us(&gate->story, gate->head + 1);
        gate->connect_ms = now_ms + (int64_t)(fraction(gate) * plan->ramp_ms);
        gate->cut_ms = INT64_MAX;
        if (plan->cut_every_s > 0)
                gate->cut_ms = now_ms + plan->ramp_ms + pause_ms(gate, plan->cut_every_s);
        report_init(&gate->report, &gate->source, plan->health_s);
        if (!gate->will || !has_files ||
            courier_init(&gate->courier, &gate->source, plan->is_by_collector,
                         (size_t)plan->in_flight) < 0)
                return -ENOMEM;
        courier_gate(&gate->courier, gate->story.epoch, gate->head, 0, now_ms);
        return 0;
}

void sim_gate_deinit(struct sim_gate *gate)
{
        gate->connection = connection_close(gate->connection);
        report_deinit(&gate->report);
        courier_deinit(&gate->courier);
        free(gate->will);
        free(gate->certificate_file);
        free(gate->private_key_file);
        gate->will = gate->certificate_file = gate->private_key_file = NULL;
}

bool sim_gate_is_up(const struct sim_gate *gate)
{
        return gate->connection && connection_is_up(gate->connection);
}

bool sim_gate_is_settled(const struct sim_gate *gate)
{
        return gate->courier.acked == gate->head;
}

/* ---- the connection ---- */

static void on_lost(struct sim_gate *gate, int64_t now_ms)
{
        uint32_t random = (uint32_t)random_of(&gate->random);
        gate->connection = connection_close(gate->connection);
        courier_down(&gate->courier);
        gate->next = 0;
        gate->failures = backoff_failures(gate->failures, gate->up_ms, now_ms);
        gate->up_ms = INT64_MAX;
        gate->connect_ms =
                now_ms + backoff_pause_ms(gate->failures, gate->plan->reconnect_max_s, random);
}

static void connect_now(struct sim_gate *gate, int64_t now_ms)
{
        const struct connection_listener listener = {
                .context = gate, .up = on_up, .published = on_published, .message = on_message
        };
        char detail[BUS_DETAIL_MAX];
        gate->up_ms = INT64_MAX;
        gate->polled = 0;
        if (connection_open(&gate->settings, &listener, &gate->connection, detail) < 0) {
                on_lost(gate, now_ms);
                return;
        }
        gate->connect_ms = now_ms + HANDSHAKE_MS; /* by then it is up */
        gate->polled = connection_events(gate->connection);
        struct epoll_event event = { .events = (uint32_t)gate->polled, .data.ptr = gate };
        if (epoll_ctl(gate->poll_fd, EPOLL_CTL_ADD, connection_fd(gate->connection), &event) < 0)
                on_lost(gate, now_ms);
}

/* As if the network had gone: the broker sends the will. */
static void cut(struct sim_gate *gate, int64_t now_ms)
{
        gate->cut_ms = now_ms + pause_ms(gate, gate->plan->cut_every_s);
        if (!sim_gate_is_up(gate))
                return;
        shutdown(connection_fd(gate->connection), SHUT_RDWR);
        if (connection_step(gate->connection, POLLIN | POLLHUP) < 0)
                gate->cuts++;
        on_lost(gate, now_ms);
        gate->connect_ms = now_ms + pause_ms(gate, gate->plan->cut_for_s);
}

static void watch(struct sim_gate *gate)
{
        short wanted = connection_events(gate->connection);
        struct epoll_event event = { .events = (uint32_t)wanted, .data.ptr = gate };
        if (wanted == gate->polled)
                return;
        gate->polled = wanted;
        (void)epoll_ctl(gate->poll_fd, EPOLL_CTL_MOD, connection_fd(gate->connection), &event);
}

/* ---- the journal ---- */

static void grow(struct sim_gate *gate, int64_t now_us)
{
        uint64_t most = gate->plan->rows > 0 ? gate->plan->rows : UINT64_MAX;
        while (!gate->is_over && gate->head < most && gate->next_us <= now_us) {
                gate->head++;
                gate->next_us = story_at_us(&gate->story, gate->head + 1);
        }
        /* The courier learns of rows as it gets them, as from the local socket. */
        gate->is_over = gate->is_over || gate->head >= most;
}

static void send_rows(struct sim_gate *gate, int64_t now_ms)
{
        if (courier_is_to_follow(&gate->courier, now_ms))
                gate->next = gate->courier.sent + 1;
        while (gate->next > 0 && gate->next <= gate->head && courier_has_room(&gate->courier)) {
                json_t *row = story_row(&gate->story, gate->next);
                uint64_t before = gate->courier.sent;
                courier_row(&gate->courier, row, gate_us(gate), now_ms);
                json_decref(row);
                if (gate->courier.sent != before) {
                        gate->sent++;
                        gate->resent += gate->next <= gate->highest;
                        if (gate->next > gate->highest)
                                gate->highest = gate->next;
                } else if (gate->next > gate->courier.sent) {
                        break; /* not taken: the courier follows anew, or the bus is lost */
                }
                gate->next++;
        }
        courier_flush(&gate->courier, now_ms);
}

static void say(struct sim_gate *gate, int64_t now_ms)
{
        json_t *status = json_pack(
                "{s:{s:s, s:s, s:s}, s:{s:I, s:I}, s:{s:s}, s:[]}", "gate", "epoch",
                gate->story.epoch, "boot", gate->story.epoch, "software", STILE_VERSION, "journal",
                "head", (json_int_t)gate->head, "acked", (json_int_t)gate->courier.acked, "clock",
                "quality", gate->story.clock.offset_us == 0 ? "synchronised" : "holdover",
                "access_points");
        report_gate(&gate->report, status);
        json_decref(status);
        report_step(&gate->report, &gate->bus, now_ms);
}

static void serve(struct sim_gate *gate, short revents, int64_t now_ms)
{
        bool is_late = !connection_is_up(gate->connection) && now_ms >= gate->connect_ms;
        if (connection_step(gate->connection, revents) < 0 || is_late) {
                on_lost(gate, now_ms);
                return;
        }
        if (!connection_is_up(gate->connection))
                return;
        /* What was just heard is later than the turn's begin, and may say: from now on. */
        now_ms = monotonic_ms();
        send_rows(gate, now_ms);
        if (now_ms >= gate->tick_ms) {
                say(gate, now_ms);
                gate->tick_ms = now_ms + TICK_MS;
        }
}

static int64_t earlier(int64_t a, int64_t b)
{
        return a < b ? a : b;
}

void sim_gate_step(struct sim_gate *gate, short revents, int64_t now_us, int64_t now_ms)
{
        grow(gate, now_us);
        if (now_ms >= gate->cut_ms && !gate->is_over)
                cut(gate, now_ms);
        if (!gate->connection && now_ms >= gate->connect_ms)
                connect_now(gate, now_ms);
        if (gate->connection)
                serve(gate, revents, now_ms);
        if (gate->connection)
                watch(gate);
        int64_t due_ms = gate->connection ? now_ms + TICK_MS : gate->connect_ms;
        if (!gate->is_over)
                due_ms = earlier(due_ms, earlier(gate->cut_ms,
                                                 now_ms + (gate->next_us - now_us) / 1000 + 1));
        gate->due_ms = due_ms;
}

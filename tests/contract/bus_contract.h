/*
 * What the contract tests of the bus stand on: a real broker on a free port of the loopback, and a
 * way to wait for an event of the bus. The broker is a child of the test and is ended by its pid.
 */
#pragma once

#include "controller/ports/bus.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
        DEADLINE_MS = 20000
};

#define BROKER_PROGRAM "/usr/sbin/mosquitto"

struct broker {
        char folder[64];
        int port;
        pid_t pid; /* 0: not running */
        int output;
};

/* A port that was free a moment ago. */
static inline int free_port(void)
{
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t len = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
        close(fd);
        return ntohs(address.sin_port);
}

static inline void broker_write(const struct broker *broker, const char *name, const char *text)
{
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", broker->folder, name);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

/* `more` is appended to the configuration; it may use %s for the broker's folder, three times. */
static inline void broker_configure(struct broker *broker, const char *more)
{
        char text[1024], rest[512];
        snprintf(rest, sizeof(rest), more, broker->folder, broker->folder, broker->folder);
        snprintf(text, sizeof(text),
                 "listener %d 127.0.0.1\nlog_dest stderr\nlog_type information\n"
                 "connection_messages false\npersistence false\n%s%s",
                 broker->port, geteuid() == 0 ? "user root\n" : "", rest);
        broker_write(broker, "conf", text);
}

static inline void broker_prepare(struct broker *broker, const char *more)
{
        *broker = (struct broker){ .port = free_port(), .output = -1 };
        strcpy(broker->folder, "/tmp/stile-broker-XXXXXX");
        assert_non_null(mkdtemp(broker->folder));
        broker_configure(broker, more);
}

/* Runs it and waits until it says that it listens. */
static inline void broker_start(struct broker *broker)
{
        int output[2];
        char conf[128], said[8192] = "";
        size_t len = 0;
        assert_int_equal(pipe2(output, O_CLOEXEC), 0);
        snprintf(conf, sizeof(conf), "%s/conf", broker->folder);
        broker->pid = fork();
        if (broker->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                dup2(output[1], STDOUT_FILENO);
                dup2(output[1], STDERR_FILENO);
                execl(BROKER_PROGRAM, "mosquitto", "-c", conf, (char *)NULL);
                _exit(127);
        }
        assert_true(broker->pid > 0);
        close(output[1]);
        broker->output = output[0];
        while (!strstr(said, " running")) {
                struct pollfd readable = { .fd = output[0], .events = POLLIN };
                assert_int_equal(poll(&readable, 1, DEADLINE_MS), 1);
                ssize_t got = read(output[0], said + len, sizeof(said) - 1 - len);
                if (got <= 0)
                        fail_msg("the broker did not start: %s", said);
                len += (size_t)got;
                said[len] = '\0';
        }
}

static inline void broker_kill(struct broker *broker)
{
        if (broker->pid == 0)
                return;
        kill(broker->pid, SIGKILL);
        waitpid(broker->pid, NULL, 0);
        close(broker->output);
        broker->pid = 0;
        broker->output = -1;
}

static inline void broker_remove(struct broker *broker)
{
        broker_kill(broker);
        char command[128];
        snprintf(command, sizeof(command), "rm -rf '%s'", broker->folder);
        assert_int_equal(system(command), 0);
}

/* The next event of any kind. */
static inline void await_any(struct bus *bus, struct bus_event *event)
{
        int64_t deadline_ms = monotonic_ms() + DEADLINE_MS;
        while (bus_next(bus, event) == 0) {
                int64_t left_ms = deadline_ms - monotonic_ms();
                struct pollfd readable = { .fd = bus->fd, .events = POLLIN };
                assert_true(left_ms > 0);
                assert_true(poll(&readable, 1, (int)left_ms) >= 0);
        }
}

/* The next event, which must be of this kind. */
static inline void await_event(struct bus *bus, int kind, struct bus_event *event)
{
        await_any(bus, event);
        if ((int)event->kind != kind)
                fail_msg("event %d (%s) instead of %d", (int)event->kind, event->detail, kind);
}

/* The next BUS_UP; failed tries before it are allowed. */
static inline void await_up(struct bus *bus)
{
        struct bus_event event;
        do {
                await_any(bus, &event);
        } while (event.kind == BUS_DOWN);
        assert_int_equal(event.kind, BUS_UP);
}

static inline void publish(struct bus *bus, const char *topic, const char *payload, uint64_t token)
{
        const struct bus_publication publication = {
                .topic = topic, .payload = payload, .qos = 1, .token = token
        };
        assert_int_equal(bus_publish(bus, &publication), 0);
}

static inline void await_published(struct bus *bus, uint64_t token, int reason)
{
        struct bus_event event;
        await_event(bus, BUS_PUBLISHED, &event);
        assert_int_equal(event.token, token);
        assert_int_equal(event.reason, reason);
}

/* The next event must be this message; frees it. */
static inline void await_message(struct bus *bus, const char *topic, const char *payload,
                                 bool is_retained)
{
        struct bus_event event;
        await_event(bus, BUS_MESSAGE, &event);
        assert_string_equal(event.message->topic, topic);
        assert_string_equal((const char *)event.message->payload, payload);
        assert_int_equal(event.message->is_retained, is_retained);
        bus_message_free(event.message);
}

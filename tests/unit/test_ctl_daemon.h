/*
 * A stiled that says what a test tells it to, on a socket of its own, and remembers what it was
 * asked. And the other end: a verb run with its answer and its complaints in strings.
 *
 * The script is a list of lines: the first one with a request's verb that was not used yet answers
 * it. Without one the answer is an empty page, or `ok`.
 */
#pragma once

#include "tests/check.h"

#include "controller/ctl/verbs.h"
#include "controller/local/line.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
        SCRIPT_MAX = 16
};

struct script_line {
        const char *verb;
        const char *answer;  /* {"ok": …} or {"error": …}; the id is added */
        const char *push[4]; /* then these, with the request's id */
        bool hangs_up;       /* then the connection is closed */
};

struct daemon {
        char folder[32], path[64];
        int listen_fd;
        pthread_t thread;
        const struct script_line *script;
        bool is_used[SCRIPT_MAX];
        const char *greeting; /* sent to whoever connects, who is then hung up on; or NULL */
        json_t *requests;     /* what was asked; the test's after daemon_stop */
};

static inline void daemon_send(int fd, const char *text, json_int_t id)
{
        json_t *message = json_loads(text, 0, NULL);
        size_t len = 0;
        assert_non_null(message);
        json_object_set_new(message, "id", json_integer(id));
        char *line = line_format(message, &len);
        /* A client that has gone is no mistake of the test's. */
        ssize_t sent = send(fd, line, len, MSG_NOSIGNAL);
        (void)sent;
        free(line);
        json_decref(message);
}

/* False: hang up. */
static inline bool daemon_answer(struct daemon *daemon, int fd, json_t *request)
{
        const char *verb = json_string_value(json_object_get(request, "do"));
        json_int_t id = json_integer_value(json_object_get(request, "id"));
        char fallback[128];
        json_array_append(daemon->requests, request);
        const struct script_line *line = daemon->script;
        for (size_t i = 0; line && line->verb; line++, i++) {
                if (daemon->is_used[i] || strcmp(line->verb, verb) != 0)
                        continue;
                daemon->is_used[i] = true;
                if (line->answer)
                        daemon_send(fd, line->answer, id);
                for (size_t n = 0; n < ARRAY_LEN(line->push) && line->push[n]; n++)
                        daemon_send(fd, line->push[n], id);
                return !line->hangs_up;
        }
        snprintf(fallback, sizeof(fallback), "{\"ok\":{\"%s\":[],\"head\":0}}", verb);
        daemon_send(fd, fallback, id);
        return true;
}

static inline void daemon_serve(struct daemon *daemon, int fd)
{
        struct line_reader reader;
        bool is_open = line_reader_init(&reader) == 0;
        while (is_open) {
                json_t *request = NULL;
                int found = line_reader_next(&reader, &request);
                if (found > 0)
                        is_open = daemon_answer(daemon, fd, request);
                json_decref(request);
                if (found > 0)
                        continue;
                struct pollfd ready = { .fd = fd, .events = POLLIN };
                is_open =
                        found == 0 && poll(&ready, 1, -1) > 0 && line_reader_fill(&reader, fd) >= 0;
        }
        line_reader_deinit(&reader);
}

static inline void *daemon_run(void *context)
{
        struct daemon *daemon = context;
        for (;;) {
                int fd = accept(daemon->listen_fd, NULL, NULL);
                if (fd < 0)
                        return NULL;
                if (daemon->greeting)
                        daemon_send(fd, daemon->greeting, 0);
                else
                        daemon_serve(daemon, fd);
                close(fd);
        }
}

static inline void daemon_start(struct daemon *daemon, const struct script_line *script)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *greeting = daemon->greeting;
        *daemon = (struct daemon){ .folder = "/tmp/stile-ctl-XXXXXX",
                                   .script = script,
                                   .greeting = greeting,
                                   .requests = json_array() };
        assert_non_null(mkdtemp(daemon->folder));
        snprintf(daemon->path, sizeof(daemon->path), "%s/gate.sock", daemon->folder);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon->path);
        daemon->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(daemon->listen_fd >= 0);
        assert_int_equal(bind(daemon->listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(listen(daemon->listen_fd, 8), 0);
        assert_int_equal(pthread_create(&daemon->thread, NULL, daemon_run, daemon), 0);
}

/* The requests may be looked at afterwards. */
static inline void daemon_stop(struct daemon *daemon)
{
        shutdown(daemon->listen_fd, SHUT_RDWR);
        pthread_join(daemon->thread, NULL);
        close(daemon->listen_fd);
        unlink(daemon->path);
        rmdir(daemon->folder);
}

static inline void daemon_forget(struct daemon *daemon)
{
        json_decref(daemon->requests);
        daemon->requests = NULL;
}

/* The verbs that were asked for, in order: "import-begin holders …". */
static inline void expect_asked(const struct daemon *daemon, const char *verbs)
{
        char asked[1024] = "";
        size_t i = 0, len = 0;
        json_t *request = NULL;
        json_array_foreach(daemon->requests, i, request)
        {
                len += (size_t)snprintf(asked + len, sizeof(asked) - len, "%s%s", i > 0 ? " " : "",
                                        json_string_value(json_object_get(request, "do")));
                assert_true(len < sizeof(asked));
        }
        assert_string_equal(asked, verbs);
}

/* The request of that verb, or of the nth (from 0) of them. */
static inline const json_t *asked(const struct daemon *daemon, const char *verb, size_t nth)
{
        size_t i = 0;
        json_t *request = NULL;
        json_array_foreach(
                daemon->requests, i,
                request) if (strcmp(json_string_value(json_object_get(request, "do")), verb) == 0 &&
                             nth-- == 0) return request;
        fail_msg("%s was not asked", verb);
        return NULL;
}

/* `json` stands in the request under `key`. */
static inline void expect_field(const json_t *request, const char *key, const char *json)
{
        json_t *wanted = json_loads(json, JSON_DECODE_ANY, NULL);
        const json_t *value = json_object_get(request, key);
        assert_non_null(wanted);
        if (!json_equal(value, wanted)) {
                char *got = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
                fail_msg("%s: wanted %s, got %s", key, json, got ? got : "nothing");
        }
        json_decref(wanted);
}

/* A verb's run. */
struct run {
        int code;
        char *out, *err;
};

/* argv ends with NULL; `input` stands on the standard input. */
static inline struct run run_with_input(const struct daemon *daemon, verb_fn *verb,
                                        const char *input, const char *const *words)
{
        struct run run = { .code = -1 };
        size_t out_len = 0, err_len = 0;
        char *argv[16];
        int argc = 0;
        for (; words[argc]; argc++)
                argv[argc] = (char *)words[argc];
        argv[argc] = NULL;
        struct ctl ctl = { .socket_path = daemon ? daemon->path : "/tmp/stile-ctl-nobody.sock",
                           .config_path = "/tmp/stile-ctl-nothing.conf",
                           .in = tmpfile(),
                           .out = open_memstream(&run.out, &out_len),
                           .err = open_memstream(&run.err, &err_len) };
        assert_non_null(ctl.in);
        fputs(input, ctl.in);
        rewind(ctl.in);
        run.code = verb(&ctl, argc, argv);
        fclose(ctl.in);
        fclose(ctl.out);
        fclose(ctl.err);
        return run;
}

#define run_verb(daemon, verb, ...)                                                                \
        run_with_input(daemon, verb, "", (const char *const[]){ "verb", __VA_ARGS__, NULL })
#define run_bare(daemon, verb)                                                                     \
        run_with_input(daemon, verb, "", (const char *const[]){ "verb", NULL })

static inline void run_forget(struct run *run)
{
        free(run->out);
        free(run->err);
        *run = (struct run){ .code = -1 };
}

static inline void expect_text(const char *text, const char *part)
{
        if (!strstr(text, part))
                fail_msg("wanted \"%s\" in \"%s\"", part, text);
}

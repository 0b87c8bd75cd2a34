/* The web port's driver, asked by raw sockets. */
#include "tests/check.h"

#include "dashboard/ports/web.h"
#include "tests/contract/web_client.h"

#include <pthread.h>
#include <sched.h>

struct scene {
        struct web *web;
        uint16_t port;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        bool is_gate_open; /* /wait goes on */
        int waiting;
        struct web_stream *stream; /* of /stream */
};

static const struct web_header headers[] = { { "X-Content-Type-Options", "nosniff" } };

static const char *or_none(const char *text)
{
        return text ? text : "-";
}

static void wait_for_gate(struct scene *scene)
{
        pthread_mutex_lock(&scene->mutex);
        scene->waiting++;
        pthread_cond_broadcast(&scene->changed);
        while (!scene->is_gate_open)
                pthread_cond_wait(&scene->changed, &scene->mutex);
        pthread_mutex_unlock(&scene->mutex);
}

static void handle(void *context, const struct web_request *request, struct web_response *response)
{
        struct scene *scene = context;
        static const char file[] = "a file";
        response->status = 200;
        response->content_type = "text/plain";
        if (strcmp(request->path, "/wait") == 0)
                wait_for_gate(scene);
        if (strcmp(request->path, "/file") == 0) {
                response->file = file;
                response->len = sizeof(file) - 1;
        } else if (strcmp(request->path, "/nothing") == 0) {
                *response = (struct web_response){ .status = 204 };
        } else if (strcmp(request->path, "/silent") == 0) {
                *response = (struct web_response){ .status = 0 };
        } else if (strcmp(request->path, "/stream") == 0) {
                struct web_stream *stream = web_stream_new();
                pthread_mutex_lock(&scene->mutex);
                web_stream_end(scene->stream);
                scene->stream = stream;
                response->content_type = "text/event-stream";
                response->stream = web_stream_hold(stream);
                pthread_cond_broadcast(&scene->changed);
                pthread_mutex_unlock(&scene->mutex);
        } else {
                int len = asprintf(&response->body, "%d %s %zu [%s] q=%s h=%s c=%s a=%s last=%s",
                                   request->method, request->path, request->body_len, request->body,
                                   or_none(web_request_query(request, "q")),
                                   or_none(web_request_header(request, "x-test")),
                                   or_none(web_request_cookie(request, "id")), request->address,
                                   or_none(web_request_last_header(request, "x-test")));
                response->len = (size_t)len;
                assert_true(web_response_header(response, "Set-Cookie", strdup("id=7")));
        }
}

static struct scene *begin(const struct web_settings *given)
{
        struct scene *scene = calloc(1, sizeof(*scene));
        assert_non_null(scene);
        pthread_mutex_init(&scene->mutex, NULL);
        pthread_cond_init(&scene->changed, NULL);
        struct web_settings settings = *given;
        settings.address = "127.0.0.1";
        settings.headers = headers;
        settings.header_count = ARRAY_LEN(headers);
        settings.handler = handle;
        settings.context = scene;
        settings.connections_max = 64;
        settings.body_max = 1000;
        settings.timeout_s = 5;
        settings.workers = settings.workers ? settings.workers : 2;
        assert_int_equal(web_open(&settings, &scene->web), 0);
        scene->port = web_port(scene->web);
        assert_true(scene->port > 0);
        return scene;
}

static void end(struct scene *scene)
{
        web_stream_end(scene->stream);
        web_close(scene->web);
        pthread_cond_destroy(&scene->changed);
        pthread_mutex_destroy(&scene->mutex);
        free(scene);
}

static const struct web_settings usual = { .workers = 2 };

static void assert_holds(const char *text, const char *part)
{
        if (!strstr(text, part))
                print_error("no \"%s\" in:\n%s\n", part, text);
        assert_non_null(strstr(text, part));
}

static void test_asked(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        const char *answer = web_client_ask(
                scene->port, "GET /a%20b/%C4%91?q=x%2By+z HTTP/1.1\r\nHost: h\r\nX-Test: yes\r\n"
                             "Cookie: id=abc; other=1\r\nConnection: close\r\n\r\n");
        assert_holds(answer, "HTTP/1.1 200");
        assert_holds(answer, "0 /a b/đ 0 [] q=x+y z h=yes c=abc a=127.0.0.1");
        assert_holds(answer, "X-Content-Type-Options: nosniff");
        assert_holds(answer, "Set-Cookie: id=7");
        answer = web_client_ask(scene->port,
                                "GET / HTTP/1.1\r\nHost: h\r\nX-Test: one\r\nOther: two\r\n"
                                "x-test: three\r\nConnection: close\r\n\r\n");
        assert_holds(answer, "h=one");
        assert_holds(answer, "last=three");
        answer = web_client_ask(scene->port, "PATCH / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                                             "Content-Length: 5\r\n\r\nhello");
        assert_holds(answer, "3 / 5 [hello]");
        answer = web_client_ask(scene->port, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                                             "Transfer-Encoding: chunked\r\n\r\n"
                                             "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        assert_holds(answer, "1 / 5 [abcde]");
        end(scene);
}

static void test_kinds_of_answers(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        assert_holds(web_client_ask(scene->port,
                                    "GET /file HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                     "\r\n\r\na file");
        const char *head = web_client_ask(
                scene->port, "HEAD /file HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        assert_holds(head, "Content-Length: 6");
        assert_null(strstr(head, "a file"));
        assert_holds(web_client_ask(scene->port, "GET /nothing HTTP/1.1\r\nHost: h\r\n"
                                                 "Connection: close\r\n\r\n"),
                     "HTTP/1.1 204");
        assert_holds(web_client_ask(scene->port, "GET /silent HTTP/1.1\r\nHost: h\r\n"
                                                 "Connection: close\r\n\r\n"),
                     "HTTP/1.1 500");
        end(scene);
}

static void test_refused(void **state)
{
        (void)state;
        static const struct {
                const char *request, *status;
        } cases[] = {
                { "GET /%zz HTTP/1.1\r\n", "400" },
                { "GET /%00 HTTP/1.1\r\n", "400" },
                { "GET /%ff HTTP/1.1\r\n", "400" },
                { "GET /?q=%01 HTTP/1.1\r\n", "400" },
                { "GET /?%c3=1 HTTP/1.1\r\n", "400" },
                { "GET /%7f HTTP/1.1\r\n", "400" },
                { "BREW / HTTP/1.1\r\n", "405" },
                { "TRACE / HTTP/1.1\r\n", "405" },
                { "POST / HTTP/1.1\r\nContent-Length: 1001\r\n", "413" },
        };
        struct scene *scene = begin(&usual);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char request[256], status[32];
                snprintf(request, sizeof(request), "%sHost: h\r\nConnection: close\r\n\r\n",
                         cases[i].request);
                snprintf(status, sizeof(status), "HTTP/1.1 %s", cases[i].status);
                const char *answer = web_client_ask(scene->port, request);
                assert_holds(answer, status);
                assert_holds(answer, "nosniff");
                assert_holds(answer, "{\"error\":{\"reason\":\"");
        }
        end(scene);
}

static void test_sizes(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        static char request[8192];
        int len = snprintf(request, sizeof(request),
                           "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n3e8\r\n%01000d\r\n0\r\n\r\n",
                           7);
        assert_true(len > 0);
        assert_holds(web_client_ask(scene->port, request), "1 / 1000 [");
        /* What does not say how long it is, is measured. */
        len = snprintf(request, sizeof(request),
                       "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n3e8\r\n%01000d\r\n1\r\nx\r\n0\r\n\r\n",
                       7);
        assert_true(len > 0);
        assert_holds(web_client_ask(scene->port, request), "HTTP/1.1 413");
        snprintf(request, sizeof(request),
                 "GET /%03000d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 7);
        assert_holds(web_client_ask(scene->port, request), "HTTP/1.1 414");
        end(scene);
}

static void test_pipelined(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        int fd = web_client_connect(scene->port);
        web_client_say(fd, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
        web_client_say(fd, "GET /3 HTTP/1.1\r\nHo");
        web_client_say(fd, "st: h\r\n\r\n");
        const char *answer = web_client_hear(fd, "0 /3 0");
        const char *first = strstr(answer, "0 /1 0"), *second = strstr(answer, "0 /2 0");
        assert_true(first && second && first < second);
        close(fd);
        end(scene);
}

static void wait_waiting(struct scene *scene, int count)
{
        pthread_mutex_lock(&scene->mutex);
        while (scene->waiting < count)
                pthread_cond_wait(&scene->changed, &scene->mutex);
        pthread_mutex_unlock(&scene->mutex);
}

static void open_gate(struct scene *scene)
{
        pthread_mutex_lock(&scene->mutex);
        scene->is_gate_open = true;
        pthread_cond_broadcast(&scene->changed);
        pthread_mutex_unlock(&scene->mutex);
}

static void test_workers(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        int slow = web_client_connect(scene->port);
        web_client_say(slow, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
        wait_waiting(scene, 1);
        assert_holds(web_client_ask(scene->port,
                                    "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                     "0 /x 0");
        open_gate(scene);
        assert_holds(web_client_hear(slow, "/wait"), "0 /wait 0");
        close(slow);
        end(scene);
}

static void test_too_many(void **state)
{
        (void)state;
        enum {
                WAITING = 20 /* one is at work, 16 wait */
        };
        struct scene *scene = begin(&(struct web_settings){ .workers = 1 });
        int fd[WAITING], busy = 0, served = 0;
        for (int i = 0; i < WAITING; i++) {
                fd[i] = web_client_connect(scene->port);
                web_client_say(fd[i], "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
                if (i == 0)
                        wait_waiting(scene, 1);
        }
        /* Those for whom there is no room are told at once. */
        for (int i = 0; i < WAITING && busy < WAITING - 17; i++) {
                struct pollfd ready = { .fd = fd[i], .events = POLLIN };
                if (poll(&ready, 1, i < 17 ? 0 : WEB_CLIENT_WAIT_MS) == 1) {
                        assert_holds(web_client_hear(fd[i], "busy"), "HTTP/1.1 503");
                        close(fd[i]);
                        fd[i] = -1;
                        busy++;
                }
        }
        assert_int_equal(busy, WAITING - 17);
        open_gate(scene);
        for (int i = 0; i < WAITING; i++)
                if (fd[i] >= 0) {
                        assert_holds(web_client_hear(fd[i], "/wait"), "0 /wait 0");
                        served++;
                        close(fd[i]);
                }
        assert_int_equal(served, 17);
        end(scene);
}

static struct web_stream *wait_stream(struct scene *scene)
{
        pthread_mutex_lock(&scene->mutex);
        while (!scene->stream)
                pthread_cond_wait(&scene->changed, &scene->mutex);
        struct web_stream *stream = scene->stream;
        pthread_mutex_unlock(&scene->mutex);
        return stream;
}

static const char ask_stream[] = "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n";

static void test_stream(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        int fd = web_client_connect(scene->port);
        web_client_say(fd, ask_stream);
        struct web_stream *stream = wait_stream(scene);
        for (int i = 0; i < 3; i++) {
                char event[32];
                int len = snprintf(event, sizeof(event), "data: %d\n\n", i);
                assert_true(web_stream_push(stream, event, (size_t)len));
                event[len - 2] = '\0';
                assert_holds(web_client_hear(fd, event), event);
        }
        /* The answer ends when the stream does. */
        scene->stream = web_stream_end(scene->stream);
        (void)web_client_hear(fd, "0\r\n\r\n");
        close(fd);
        end(scene);
}

static void test_stream_gone(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        int fd = web_client_connect(scene->port);
        web_client_say(fd, ask_stream);
        struct web_stream *stream = wait_stream(scene);
        close(fd);
        /* The kernel says so after a push or two, to the daemon's thread. */
        int64_t until_ms = monotonic_ms() + WEB_CLIENT_WAIT_MS;
        while (web_stream_push(stream, ":", 1)) {
                assert_true(monotonic_ms() < until_ms);
                (void)sched_yield();
        }
        end(scene);
}

static void test_stream_slow(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        static char much[65536];
        memset(much, 'x', sizeof(much));
        int fd = web_client_connect(scene->port);
        web_client_say(fd, ask_stream);
        struct web_stream *stream = wait_stream(scene);
        /* It never reads: the sockets' buffers and ours fill. */
        for (int i = 0; web_stream_push(stream, much, sizeof(much)); i++)
                assert_true(i < 1000);
        assert_false(web_stream_push(stream, "x", 1));
        close(fd);
        end(scene);
}

static void test_close_with_streams(void **state)
{
        (void)state;
        struct scene *scene = begin(&usual);
        int fd = web_client_connect(scene->port);
        web_client_say(fd, ask_stream);
        struct web_stream *stream = wait_stream(scene);
        assert_true(web_stream_push(stream, "data: x\n\n", 9));
        (void)web_client_hear(fd, "data: x");
        scene->web = web_close(scene->web);
        assert_false(web_stream_push(stream, "y", 1));
        (void)web_client_hear(fd, NULL);
        close(fd);
        end(scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                { "a request is whole and decoded when the handler sees it", test_asked, NULL, NULL,
                  NULL },
                { "files, nothing, and no answer at all", test_kinds_of_answers, NULL, NULL, NULL },
                { "what is malformed never reaches the handler", test_refused, NULL, NULL, NULL },
                { "bodies and targets have a limit", test_sizes, NULL, NULL, NULL },
                { "pipelined requests are answered in order", test_pipelined, NULL, NULL, NULL },
                { "one that waits does not hold up others", test_workers, NULL, NULL, NULL },
                { "more than can wait are told to come again", test_too_many, NULL, NULL, NULL },
                { "a stream's bytes arrive one by one, until it ends", test_stream, NULL, NULL,
                  NULL },
                { "whoever pushes learns that the client has gone", test_stream_gone, NULL, NULL,
                  NULL },
                { "a client that does not read is dropped", test_stream_slow, NULL, NULL, NULL },
                { "streams end with the server", test_close_with_streams, NULL, NULL, NULL },
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

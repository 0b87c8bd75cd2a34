#include "controller/local/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int client_open(struct client *client, const char *path)
{
        *client = CLIENT_CLOSED;
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        int error = line_reader_init(&client->reader);
        if (error)
                return error;
        client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (client->fd < 0 ||
            connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
                error = -errno;
                client_close(client);
        }
        return error;
}

void client_close(struct client *client)
{
        if (client->fd >= 0)
                close(client->fd);
        line_reader_deinit(&client->reader);
        *client = CLIENT_CLOSED;
}

static int wait_for(int fd, short events, int64_t deadline_ms)
{
        for (;;) {
                int64_t left = deadline_ms - monotonic_ms();
                struct pollfd ready = { .fd = fd, .events = events };
                int n = poll(&ready, 1, left > 0 ? (int)left : 0);
                if (n > 0)
                        return 0;
                if (n == 0)
                        return -ETIMEDOUT;
                if (errno != EINTR)
                        return -errno;
        }
}

static int send_all(int fd, const char *bytes, size_t len, int64_t deadline_ms)
{
        while (len > 0) {
                ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent >= 0) {
                        bytes += sent;
                        len -= (size_t)sent;
                        continue;
                }
                if (errno == EINTR)
                        continue;
                if (errno != EAGAIN)
                        return -errno;
                int error = wait_for(fd, POLLOUT, deadline_ms);
                if (error)
                        return error;
        }
        return 0;
}

int64_t client_send(struct client *client, const char *verb, json_t *fields)
{
        json_t *request = fields ? fields : json_object();
        int64_t id = ++client->last_id;
        json_object_set_new(request, "id", json_integer(id));
        json_object_set_new(request, "do", json_string(verb));
        size_t len = 0;
        char *line = line_format(request, &len);
        json_decref(request);
        if (!line)
                return -ENOMEM;
        int error = len > LINE_MAX_BYTES
                            ? -EMSGSIZE
                            : send_all(client->fd, line, len, monotonic_ms() + CLIENT_TIMEOUT_MS);
        free(line);
        return error ? error : id;
}

int client_read(struct client *client, json_t **message, int timeout_ms)
{
        int64_t deadline_ms = monotonic_ms() + timeout_ms;
        for (;;) {
                int found = line_reader_next(&client->reader, message);
                if (found != 0)
                        return found < 0 ? found : 0;
                int error = wait_for(client->fd, POLLIN, deadline_ms);
                if (error)
                        return error;
                int got = line_reader_fill(&client->reader, client->fd);
                if (got < 0)
                        return got;
        }
}

int client_call(struct client *client, const char *verb, json_t *fields, json_t **answer)
{
        *answer = NULL;
        int64_t id = client_send(client, verb, fields);
        if (id < 0)
                return (int)id;
        int64_t deadline_ms = monotonic_ms() + CLIENT_TIMEOUT_MS;
        for (;;) {
                int64_t left = deadline_ms - monotonic_ms();
                int error = client_read(client, answer, left > 0 ? (int)left : 0);
                if (error)
                        return error;
                int64_t about = json_integer_value(json_object_get(*answer, "id"));
                /* Number 0 is the greeting of a daemon that turns us away. */
                if ((about == id || about == 0) &&
                    (json_object_get(*answer, "ok") || json_object_get(*answer, "error")))
                        return 0;
                json_decref(*answer);
                *answer = NULL;
        }
}

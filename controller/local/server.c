#include "controller/local/server.h"

#include "common/log.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket file that nobody listens on is left from a process that was killed. */
static int remove_stale(const struct sockaddr_un *address)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        int connected = connect(fd, (const struct sockaddr *)address, sizeof(*address));
        int error = connected == 0 ? -EADDRINUSE : 0;
        if (connected < 0 && errno == ECONNREFUSED && unlink(address->sun_path) < 0)
                error = -errno;
        close(fd);
        return error;
}

static int bind_socket(struct server *server, const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        int error = remove_stale(&address);
        if (error)
                return error;
        server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (server->fd < 0)
                return -errno;
        /* The mode is set on the socket before it has a name: there is no moment when it is open.
         */
        if (fchmod(server->fd, 0660) < 0 ||
            bind(server->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        snprintf(server->path, sizeof(server->path), "%s", path);
        if (chmod(path, 0660) < 0 || listen(server->fd, SERVER_CLIENTS_MAX) < 0)
                return -errno;
        return 0;
}

int server_open(struct server *server, const char *path, const char *uplink_user)
{
        *server = (struct server){ .fd = -1 };
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                server->client[i].fd = -1;
        const struct passwd *user = uplink_user[0] ? getpwnam(uplink_user) : NULL;
        server->has_uplink = user != NULL;
        server->uplink_uid = user ? user->pw_uid : 0;
        int error = bind_socket(server, path);
        if (error)
                log_error("local socket cannot be opened", "path=%s error=%s", path,
                          strerror(-error));
        return error;
}

void server_close(struct server *server)
{
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                server_drop(&server->client[i]);
        if (server->path[0] != '\0')
                unlink(server->path);
        if (server->fd >= 0)
                close(server->fd);
        server->fd = -1;
        server->path[0] = '\0';
}

static bool find_role(const struct server *server, int fd, enum server_role *role)
{
        struct ucred peer;
        socklen_t len = sizeof(peer);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
                return false;
        if (peer.uid == 0 || peer.uid == geteuid())
                *role = SERVER_ADMIN;
        else if (server->has_uplink && peer.uid == server->uplink_uid)
                *role = SERVER_UPLINK;
        else
                return false;
        return true;
}

static void refuse(int fd, const char *reason, const char *message)
{
        char line[160];
        int len = snprintf(line, sizeof(line),
                           "{\"id\":0,\"error\":{\"reason\":\"%s\",\"message\":\"%s\"}}\n", reason,
                           message);
        ssize_t sent = send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)sent; /* best effort: the peer is turned away in any case */
        close(fd);
}

struct server_client *server_accept(struct server *server)
{
        enum server_role role;
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
                return NULL;
        if (!find_role(server, fd, &role)) {
                refuse(fd, "unauthorised", "this user may not talk to the gate");
                return NULL;
        }
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++) {
                struct server_client *client = &server->client[i];
                if (client->fd >= 0)
                        continue;
                if (line_reader_init(&client->reader) != 0)
                        break;
                client->fd = fd;
                client->role = role;
                client->connection = ++server->connections;
                return client;
        }
        refuse(fd, "unavailable", "too many connections");
        return NULL;
}

void server_drop(struct server_client *client)
{
        if (client->fd >= 0)
                close(client->fd);
        line_reader_deinit(&client->reader);
        free(client->output);
        *client = (struct server_client){ .fd = -1 };
}

bool server_flush(struct server_client *client)
{
        while (client->output_len > 0) {
                ssize_t sent = send(client->fd, client->output, client->output_len,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent < 0 && errno == EINTR)
                        continue;
                if (sent < 0)
                        return errno == EAGAIN;
                client->output_len -= (size_t)sent;
                memmove(client->output, client->output + sent, client->output_len);
        }
        return !client->is_doomed;
}

void server_send(struct server_client *client, const json_t *object)
{
        size_t len = 0;
        char *line = line_format(object, &len);
        size_t wanted = client->output_len + len;
        if (!line || wanted > SERVER_OUTPUT_MAX) {
                free(line);
                client->is_doomed = true;
                return;
        }
        if (wanted > client->output_size) {
                char *grown = realloc(client->output, wanted);
                if (!grown) {
                        free(line);
                        client->is_doomed = true;
                        return;
                }
                client->output = grown;
                client->output_size = wanted;
        }
        memcpy(client->output + client->output_len, line, len);
        client->output_len = wanted;
        free(line);
        if (!server_flush(client))
                client->is_doomed = true;
}

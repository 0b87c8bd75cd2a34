#include "controller/enrol/exchange.h"

#include "controller/local/line.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
        EXCHANGE_MS = 15000,
        ANSWER_MAX = 32768
};

/* "host:port" and "[address]:port". */
static bool split(const char *at, char host[256], char port[8])
{
        const char *colon = strrchr(at, ':');
        if (!colon || strlen(colon + 1) == 0 || strlen(colon + 1) >= 8)
                return false;
        strcpy(port, colon + 1);
        size_t len = (size_t)(colon - at);
        if (len >= 2 && at[0] == '[' && at[len - 1] == ']') {
                at++;
                len -= 2;
        }
        if (len == 0 || len >= 256)
                return false;
        memcpy(host, at, len);
        host[len] = '\0';
        return true;
}

static int wait_for(int fd, short events, int64_t deadline_ms)
{
        struct pollfd ready = { .fd = fd, .events = events };
        int64_t left_ms = deadline_ms - monotonic_ms();
        int count = left_ms > 0 ? poll(&ready, 1, (int)left_ms) : 0;
        return count < 0 ? -errno : count == 0 ? -ETIMEDOUT : 0;
}

static int connect_to(const struct addrinfo *place, int64_t deadline_ms)
{
        int error = 0;
        socklen_t len = sizeof(error);
        int fd = socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, place->ai_addr, place->ai_addrlen) < 0 && errno != EINPROGRESS)
                error = -errno;
        if (!error)
                error = wait_for(fd, POLLOUT, deadline_ms);
        if (!error && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0)
                error = -error;
        if (error) {
                close(fd);
                return error;
        }
        return fd;
}

static int reach(const char *at, int64_t deadline_ms, char why[EXCHANGE_WHY_MAX])
{
        const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
        struct addrinfo *places = NULL;
        char host[256], port[8];
        int fd = -EINVAL;
        int unknown = split(at, host, port) ? getaddrinfo(host, port, &hints, &places) : EAI_NONAME;
        if (unknown) {
                snprintf(why, EXCHANGE_WHY_MAX, "%s", gai_strerror(unknown));
                return -EINVAL;
        }
        for (const struct addrinfo *place = places; place && fd < 0; place = place->ai_next)
                fd = connect_to(place, deadline_ms);
        freeaddrinfo(places);
        if (fd < 0)
                snprintf(why, EXCHANGE_WHY_MAX, "%s", strerror(-fd));
        return fd;
}

static int shake(struct tls_link *link, int64_t deadline_ms)
{
        int result;
        while ((result = tls_link_handshake(link)) == -EAGAIN) {
                result = wait_for(tls_link_fd(link), tls_link_events(link), deadline_ms);
                if (result < 0)
                        return result;
        }
        return result;
}

static int write_all(struct tls_link *link, const char *line, size_t len, int64_t deadline_ms)
{
        while (len > 0) {
                int put = tls_link_write(link, line, len);
                if (put == -EAGAIN)
                        put = wait_for(tls_link_fd(link), tls_link_events(link), deadline_ms);
                if (put < 0)
                        return put;
                line += put;
                len -= (size_t)put;
        }
        return 0;
}

static int read_answer(struct tls_link *link, int64_t deadline_ms, json_t **answer)
{
        char *line = malloc(ANSWER_MAX);
        size_t len = 0;
        int got = line ? 0 : -ENOMEM;
        const char *end = NULL;
        while (got >= 0 && !end && len < ANSWER_MAX) {
                got = tls_link_read(link, line + len, ANSWER_MAX - len);
                if (got == -EAGAIN)
                        got = wait_for(tls_link_fd(link), tls_link_events(link), deadline_ms);
                if (got > 0) {
                        len += (size_t)got;
                        end = memchr(line, '\n', len);
                }
        }
        *answer = end ? json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL) : NULL;
        free(line);
        return got < 0 ? got : json_is_object(*answer) ? 0 : -EBADMSG;
}

int exchange(struct tls_end *end, const char *at, const json_t *request, json_t **answer,
             char **ca_pem, char why[EXCHANGE_WHY_MAX])
{
        int64_t deadline_ms = monotonic_ms() + EXCHANGE_MS;
        size_t len = 0;
        *answer = NULL;
        *ca_pem = NULL;
        int fd = reach(at, deadline_ms, why);
        if (fd < 0)
                return fd;
        struct tls_link *link = tls_link_new(end, fd);
        char *line = link ? line_format(request, &len) : NULL;
        int error = line ? shake(link, deadline_ms) : -ENOMEM;
        /* Only now is it known who is there: not a byte of the token before. */
        if (!error)
                error = write_all(link, line, len, deadline_ms);
        if (!error)
                error = read_answer(link, deadline_ms, answer);
        if (!error && !(*ca_pem = tls_link_ca(link)))
                error = -EPROTO;
        if (error)
                snprintf(why, EXCHANGE_WHY_MAX, "%s",
                         error == -EPROTO && tls_link_why(link)[0] != '\0' ? tls_link_why(link)
                                                                           : strerror(-error));
        if (line)
                explicit_bzero(line, len);
        free(line);
        tls_link_free(link);
        return error;
}

/*
 * The web port on libmicrohttpd: its one thread reads and sends, and never waits for an answer: the
 * connection is suspended meanwhile (queue.c, stream.c).
 */
#include "drivers/web/web_private.h"

#include "common/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
        BACKLOG = 128,
        OPTIONS_MAX = 16,
        MEMORY = 2 * WEB_HEAD_MAX /* of a connection: its head, and what it sends */
};

/* Bound and listening, or -errno. */
static int listen_at(const char *address, uint16_t port)
{
        const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                        .ai_socktype = SOCK_STREAM,
                                        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
        struct addrinfo *found = NULL;
        char service[8];
        const int on = 1, off = 0;
        (void)snprintf(service, sizeof(service), "%u", port);
        if (getaddrinfo(address, service, &hints, &found) != 0)
                return -EINVAL;
        int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r = fd < 0 ? -errno : 0;
        if (!r) {
                (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
                if (found->ai_family == AF_INET6)
                        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
                if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
                        r = -errno;
        }
        freeaddrinfo(found);
        if (r && fd >= 0)
                close(fd);
        return r ? r : fd;
}

static uint16_t port_of(int fd)
{
        struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
        socklen_t len = sizeof(address);
        struct sockaddr_in four;
        struct sockaddr_in6 six;
        if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
                return 0;
        memcpy(&four, &address, sizeof(four));
        memcpy(&six, &address, sizeof(six));
        return ntohs(address.ss_family == AF_INET6 ? six.sin6_port : four.sin_port);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
        struct web *web = context;
        (void)slot;
        if (code != MHD_CONNECTION_NOTIFY_STARTED || !web->certificate)
                return;
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        if (info)
                certificate_attach(web->certificate, info->tls_session);
}

static int start(struct web *web)
{
        const struct web_settings *settings = &web->settings;
        unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                         (web->certificate ? MHD_USE_TLS : 0);
        struct MHD_OptionItem options[OPTIONS_MAX] = { { .option = MHD_OPTION_END } };
        size_t count = 0;
        options[count++] =
                (struct MHD_OptionItem){ MHD_OPTION_LISTEN_SOCKET, web->listen_fd, NULL };
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_LIMIT,
                                                    settings->connections_max, NULL };
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                                    settings->connections_per_address, NULL };
        options[count++] =
                (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_TIMEOUT, settings->timeout_s, NULL };
        options[count++] =
                (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY, NULL };
        if (web->certificate) {
                /* Not a cast: ISO C knows none between the two kinds of pointer. */
                gnutls_certificate_retrieve_function2 *retrieve = certificate_retrieve;
                void *as_object;
                memcpy(&as_object, &retrieve, sizeof(as_object));
                options[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
                                                            "NORMAL:-VERS-ALL:+VERS-TLS1.3:"
                                                            "+VERS-TLS1.2" };
                options[count++] =
                        (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, as_object };
        }
        options[count] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
        web->daemon = MHD_start_daemon(
                flags, 0, NULL, NULL, exchange_go_on, web, MHD_OPTION_URI_LOG_CALLBACK,
                exchange_begin, web, MHD_OPTION_NOTIFY_COMPLETED, exchange_end, web,
                MHD_OPTION_UNESCAPE_CALLBACK, target_unescape, web, MHD_OPTION_NOTIFY_CONNECTION,
                on_connection, web, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
        return web->daemon ? 0 : -EIO;
}

static int open_all(struct web *web)
{
        const struct web_settings *settings = &web->settings;
        web->listen_fd = listen_at(settings->address, settings->port);
        if (web->listen_fd < 0) {
                log_error("cannot listen", "address=%s port=%u error=%s", settings->address,
                          settings->port, strerror(-web->listen_fd));
                return web->listen_fd;
        }
        web->port = port_of(web->listen_fd);
        int r = settings->certificate_file
                        ? certificate_open(settings->certificate_file, settings->private_key_file,
                                           &web->certificate)
                        : 0;
        if (!r)
                r = queue_open(web);
        return r ? r : start(web);
}

int web_open(const struct web_settings *settings, struct web **result)
{
        struct web *web = calloc(1, sizeof(*web));
        *result = NULL;
        if (!web)
                return -ENOMEM;
        web->settings = *settings;
        web->listen_fd = -1;
        if (pthread_mutex_init(&web->mutex, NULL) != 0 ||
            pthread_cond_init(&web->asked, NULL) != 0) {
                free(web);
                return -ENOMEM;
        }
        int r = open_all(web);
        if (r)
                web_close(web);
        else
                *result = web;
        return r;
}

uint16_t web_port(const struct web *web)
{
        return web->port;
}

int web_reload(struct web *web)
{
        return web->certificate ? certificate_reload(web->certificate) : 0;
}

struct web *web_close(struct web *web)
{
        if (!web)
                return NULL;
        /* No new connections; workers answer what was asked; then nothing is suspended but streams
         * that may have begun meanwhile. */
        if (web->daemon)
                (void)MHD_quiesce_daemon(web->daemon);
        queue_close(web);
        stream_end_all(web);
        if (web->daemon)
                MHD_stop_daemon(web->daemon);
        certificate_close(web->certificate);
        if (web->listen_fd >= 0)
                close(web->listen_fd);
        pthread_cond_destroy(&web->asked);
        pthread_mutex_destroy(&web->mutex);
        free(web);
        return NULL;
}

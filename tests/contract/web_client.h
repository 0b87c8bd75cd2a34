/* A browser's end of the line, as raw as it gets; all waits have an end. */
#pragma once

#include "tests/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
        WEB_CLIENT_WAIT_MS = 20000,
        WEB_CLIENT_TEXT_MAX = 1 << 20
};

static inline int web_client_connect(uint16_t port)
{
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons(port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

static inline void web_client_say(int fd, const char *text)
{
        size_t len = strlen(text);
        while (len > 0) {
                ssize_t put = send(fd, text, len, MSG_NOSIGNAL);
                assert_true(put > 0);
                text += put;
                len -= (size_t)put;
        }
}

/* Reads until `end` has come, or the other side has closed (end NULL). Static text. */
static inline const char *web_client_hear(int fd, const char *end)
{
        static char text[WEB_CLIENT_TEXT_MAX];
        size_t len = 0;
        text[0] = '\0';
        while (!end || !strstr(text, end)) {
                struct pollfd ready = { .fd = fd, .events = POLLIN };
                assert_int_equal(poll(&ready, 1, WEB_CLIENT_WAIT_MS), 1);
                ssize_t got = recv(fd, text + len, sizeof(text) - 1 - len, 0);
                if (got <= 0) {
                        assert_true(!end || got == 0);
                        break;
                }
                len += (size_t)got;
                text[len] = '\0';
        }
        return text;
}

/* One request on a connection of its own. */
static inline const char *web_client_ask(uint16_t port, const char *request)
{
        int fd = web_client_connect(port);
        web_client_say(fd, request);
        (void)shutdown(fd, SHUT_WR);
        const char *answer = web_client_hear(fd, NULL);
        close(fd);
        return answer;
}

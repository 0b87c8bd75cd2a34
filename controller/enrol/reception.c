#include "controller/enrol/reception.h"

#include "controller/local/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum stage {
        HANDSHAKE,
        READING,
        WRITING
};

struct reception_link {
        struct tls_link *tls;
        enum stage stage;
        char address[ENROLMENT_ADDRESS_MAX];
        int64_t deadline_ms;
        char request[ENROLMENT_REQUEST_MAX + 1];
        size_t request_len;
        char *answer;
        size_t answer_len, answered;
};

static struct reception_link *drop(struct reception_link *link)
{
        if (link) {
                tls_link_free(link->tls);
                explicit_bzero(link->request, sizeof(link->request)); /* a token */
                free(link->answer);
        }
        free(link);
        return NULL;
}

static bool address_of(const struct sockaddr_storage *from, char text[ENROLMENT_ADDRESS_MAX])
{
        const void *address = from->ss_family == AF_INET
                                      ? (const void *)&((const struct sockaddr_in *)from)->sin_addr
                                      : &((const struct sockaddr_in6 *)from)->sin6_addr;
        return inet_ntop(from->ss_family, address, text, ENROLMENT_ADDRESS_MAX) != NULL;
}

/* A free place for one more from this address; NULL: none. */
static struct reception_link **find_place(struct reception *reception, const char *address)
{
        struct reception_link **place = NULL;
        int count = 0;
        for (size_t i = 0; i < RECEPTION_LINKS_MAX; i++) {
                if (!reception->link[i])
                        place = &reception->link[i];
                else
                        count += strcmp(reception->link[i]->address, address) == 0;
        }
        return count < RECEPTION_LINKS_OF_ONE_MAX ? place : NULL;
}

static void take_one(struct reception *reception, int64_t now_ms)
{
        struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
        socklen_t len = sizeof(from);
        char address[ENROLMENT_ADDRESS_MAX];
        int fd = accept4(reception->listener, (struct sockaddr *)&from, &len,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
                return;
        struct reception_link **place =
                address_of(&from, address) ? find_place(reception, address) : NULL;
        struct reception_link *link = place ? calloc(1, sizeof(*link)) : NULL;
        if (!link) {
                close(fd);
                return;
        }
        link->tls = tls_link_new(reception->end, fd);
        link->deadline_ms = now_ms + RECEPTION_LINK_MS;
        strcpy(link->address, address);
        *place = link->tls ? link : drop(link);
}

static void answer(struct reception *reception, struct reception_link *link, int64_t now_ms)
{
        struct timespec wall;
        char said[256] = "";
        char *certificate = tls_link_peer(link->tls);
        json_t *object = json_loadb(link->request, link->request_len, JSON_REJECT_DUPLICATES, NULL);
        clock_gettime(CLOCK_REALTIME, &wall);
        const struct enrolment_caller caller = { .address = link->address,
                                                 .certificate = certificate,
                                                 .now_us = (int64_t)wall.tv_sec * 1000000 +
                                                           wall.tv_nsec / 1000,
                                                 .now_ms = now_ms };
        json_t *reply = enrolment_answer(reception->enrolment, &caller, object, said);
        if (reply)
                link->answer = line_format(reply, &link->answer_len);
        reception->said(reception->context, link->address, said);
        json_decref(reply);
        json_decref(object);
        free(certificate);
        link->stage = WRITING;
}

/* 0: the line is not whole yet, more may come at once. */
static int read_some(struct reception *reception, struct reception_link *link, int64_t now_ms)
{
        int got = tls_link_read(link->tls, link->request + link->request_len,
                                ENROLMENT_REQUEST_MAX - link->request_len);
        if (got < 0)
                return got;
        const char *end = memchr(link->request + link->request_len, '\n', (size_t)got);
        link->request_len = end ? (size_t)(end - link->request) : link->request_len + (size_t)got;
        if (!end && link->request_len == ENROLMENT_REQUEST_MAX)
                return -EMSGSIZE;
        if (end)
                answer(reception, link, now_ms);
        return 0;
}

static int write_some(struct reception_link *link)
{
        if (!link->answer)
                return -ENOMEM;
        int put = tls_link_write(link->tls, link->answer + link->answered,
                                 link->answer_len - link->answered);
        if (put < 0)
                return put;
        link->answered += (size_t)put;
        if (link->answered < link->answer_len)
                return 0;
        tls_link_finish(link->tls);
        return -EPIPE;
}

/* Goes on until it would wait or is at its end. False: its end. */
static bool go_on(struct reception *reception, struct reception_link *link, int64_t now_ms)
{
        int result = 0;
        while (result == 0)
                switch (link->stage) {
                case HANDSHAKE:
                        result = tls_link_handshake(link->tls);
                        if (result == 0)
                                link->stage = READING;
                        break;
                case READING:
                        result = read_some(reception, link, now_ms);
                        break;
                case WRITING:
                        result = write_some(link);
                        break;
                }
        if (result == -EPROTO && link->stage != WRITING)
                reception->said(reception->context, link->address, tls_link_why(link->tls));
        return result == -EAGAIN;
}

bool reception_turn(struct reception *reception, int stop_fd, int wait_ms)
{
        struct pollfd ready[RECEPTION_LINKS_MAX + 2];
        for (size_t i = 0; i < RECEPTION_LINKS_MAX; i++) {
                struct reception_link *link = reception->link[i];
                ready[i] = (struct pollfd){ .fd = -1 };
                if (link)
                        ready[i] = (struct pollfd){ .fd = tls_link_fd(link->tls),
                                                    .events = tls_link_events(link->tls) };
        }
        ready[RECEPTION_LINKS_MAX] = (struct pollfd){ .fd = reception->listener, .events = POLLIN };
        ready[RECEPTION_LINKS_MAX + 1] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
        if (poll(ready, ARRAY_LEN(ready), wait_ms) < 0)
                return true;
        int64_t now_ms = monotonic_ms();
        for (size_t i = 0; i < RECEPTION_LINKS_MAX; i++) {
                struct reception_link *link = reception->link[i];
                if (link && ((ready[i].revents && !go_on(reception, link, now_ms)) ||
                             now_ms >= link->deadline_ms))
                        reception->link[i] = drop(link);
        }
        if (ready[RECEPTION_LINKS_MAX].revents)
                take_one(reception, now_ms);
        return ready[RECEPTION_LINKS_MAX + 1].revents == 0;
}

void reception_close(struct reception *reception)
{
        for (size_t i = 0; i < RECEPTION_LINKS_MAX; i++)
                reception->link[i] = drop(reception->link[i]);
}

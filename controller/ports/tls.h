/*
 * TLS port: the two ends of an enrolment (TLS 1.2 or newer), over sockets that do not block. Used
 * by stilectl and the dashboard; implemented in drivers/crypto. Each has one owner.
 */
#pragma once

#include "controller/ports/ca.h"

#include <stdbool.h>

struct tls_end;  /* what all links of one side have in common */
struct tls_link; /* one connection */

enum {
        TLS_WHY_MAX = 160
};

/* A server that shows this certificate and its CA's, asks for a client's and takes it only when it
 * is this CA's. 0 or -EIO. */
MUST_USE int tls_server(const char *certificate, const struct signing_key *key, const char *ca_pem,
                        struct tls_end **end);
/* A client that takes a server by this host name whose certificate is of the CA with this
 * fingerprint, whatever else it trusts, and shows a certificate of its own or (NULL) none. */
MUST_USE int tls_client(const uint8_t fingerprint[FLOW_DIGEST_LEN], const char *host,
                        const char *certificate, const struct signing_key *key,
                        struct tls_end **end);
/* Accepts NULL; returns NULL. */
struct tls_end *tls_end_free(struct tls_end *end);

/* Takes the descriptor, also on failure; NULL without memory. The end must outlive it. */
struct tls_link *tls_link_new(struct tls_end *end, int take_fd);
/* Accepts NULL; returns NULL; closes the descriptor. */
struct tls_link *tls_link_free(struct tls_link *link);

/* Each does what goes without blocking. 0 done (bytes > 0 for read and write); -EAGAIN: wait for
 * tls_link_events; -EPIPE: the peer closed; -EPROTO: tls_link_why says why. */
MUST_USE int tls_link_handshake(struct tls_link *link);
MUST_USE int tls_link_read(struct tls_link *link, void *bytes, size_t size);
MUST_USE int tls_link_write(struct tls_link *link, const void *bytes, size_t len);
/* Says goodbye, so that the peer knows the end for the end. */
void tls_link_finish(struct tls_link *link);

int tls_link_fd(const struct tls_link *link);
short tls_link_events(const struct tls_link *link); /* POLLIN or POLLOUT */
const char *tls_link_why(const struct tls_link *link);
/* The peer's certificate, checked, as PEM; heap, the caller's; NULL: it showed none. */
char *tls_link_peer(const struct tls_link *link);
/* Of a client, after the handshake: the CA's certificate, as PEM; heap, the caller's. */
char *tls_link_ca(const struct tls_link *link);

/* Exchange: the gate's end of an enrolment: connect, ask, read the answer. Blocks, 15 s at most
 * beside the resolver. */
#pragma once

#include "controller/ports/tls.h"

#include <jansson.h>

enum {
        EXCHANGE_WHY_MAX = 256
};

/*
 * `at` is HOST:PORT ([ADDRESS]:PORT for IPv6). *answer is the server's, the caller's; *ca_pem its
 * CA's certificate, heap. 0; -EINVAL: no such place; -errno; `why` says why.
 */
MUST_USE int exchange(struct tls_end *end, const char *at, const json_t *request, json_t **answer,
                      char **ca_pem, char why[EXCHANGE_WHY_MAX]);

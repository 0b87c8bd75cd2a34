/*
 * Certificate: the server's, and its key, as they are in their files now. The daemon asks for it at
 * each handshake, so that another one can take its place while connections go on.
 */
#pragma once

#include "common/base.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

struct certificate;

/* Reads both. 0, or -errno after a log line. */
MUST_USE int certificate_open(const char *file, const char *key_file,
                              struct certificate **certificate);
/* Reads them again; what was there stays when it fails. */
MUST_USE int certificate_reload(struct certificate *certificate);
/* Accepts NULL; returns NULL. */
struct certificate *certificate_close(struct certificate *certificate);

/* GnuTLS's callback has no context of the caller's: the certificate is the session's. */
void certificate_attach(struct certificate *certificate, gnutls_session_t session);
int certificate_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities,
                         int authority_count, const gnutls_pk_algorithm_t *algorithms,
                         int algorithm_count, gnutls_pcert_st **chain, unsigned int *chain_length,
                         gnutls_privkey_t *key);

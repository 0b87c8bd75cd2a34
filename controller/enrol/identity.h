/*
 * Identity: a private key and its certificate as two files that belong together, and the CA's
 * certificate beside them. Both are replaced as one: what is new waits as FILE.new until it is
 * whole and checked, then takes the place by renames, and what a power cut leaves between the two
 * is finished the next time. The key is readable by the group that owns the folder, if that may
 * read it (/etc/stile/tls is root:stile-uplink).
 */
#pragma once

#include "controller/enrol/whole_file.h"
#include "controller/ports/ca.h"

struct identity {
        char key[WHOLE_FILE_PATH_MAX], certificate[WHOLE_FILE_PATH_MAX], ca[WHOLE_FILE_PATH_MAX];
};

/* FOLDER/NAME.key, FOLDER/NAME.crt, FOLDER/ca.crt. 0 or -ENAMETOOLONG. */
MUST_USE int identity_of_folder(struct identity *identity, const char *folder, const char *name);
/* Finishes or forgets what was interrupted. 0 or -errno. */
MUST_USE int identity_mend(const struct identity *identity);
/* A new key, waiting, and a request for its certificate (heap). 0 or -errno. */
MUST_USE int identity_begin(const struct identity *identity, char **request);
/* The certificate for that key. `ca_pem` is the CA's, for its place, or NULL: the one that is
 * there. 0; -ENOENT: no key waits; -EKEYREJECTED: it is not this key's, or not this CA's, or no
 * client's or server's as `usage` wants (`why` says which); -errno. */
MUST_USE int identity_finish(const struct identity *identity, const char *certificate,
                             const char *ca_pem, enum ca_usage usage, const char **why);
/* The certificate and its key; heap. 0 or -errno. */
MUST_USE int identity_load(const struct identity *identity, char **certificate,
                           struct signing_key **key);

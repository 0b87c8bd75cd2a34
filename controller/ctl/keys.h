/*
 * Keys: the folder of private keys that sign passes and trust lists, and of the phones of tests.
 * For an issuer's machine, never on a gate. Files are NAME.pem, mode 0600, in a folder of mode
 * 0700.
 *
 * A passphrase is never an argument: it is asked for on the terminal, or stands in the file that
 * --passphrase-file or STILE_PASSPHRASE_FILE names (one line).
 */
#pragma once

#include "controller/ctl/args.h"
#include "controller/flow.h"
#include "controller/ports/signing.h"

#define KEYS_FOLDER_WORDS "$STILE_KEYS or ~/.config/stile/keys"

enum {
        KEYS_PATH_MAX = 4096
};

/* The folder (NULL: KEYS_FOLDER_WORDS). CTL_OK, or CTL_CANNOT after saying why. */
MUST_USE int keys_folder(struct ctl *ctl, const char *folder, char path[KEYS_PATH_MAX]);
/* Makes it where it is not there. */
MUST_USE int keys_make_folder(struct ctl *ctl, const char *path);
/* The file of a key in its folder. */
MUST_USE int keys_path(struct ctl *ctl, const char *folder, const char *name,
                       char path[KEYS_PATH_MAX]);

/* Loads NAME.pem of the folder. CTL_OK, or CTL_CANNOT after saying why. */
MUST_USE int keys_load(struct ctl *ctl, const char *folder, const char *name,
                       struct signing_key **key);
/* The same by its path. */
MUST_USE int keys_load_file(struct ctl *ctl, const char *path, struct signing_key **key);
/* A passphrase's file, or where is_asked the terminal, twice. "" without. CTL_OK, or CTL_CANNOT
 * after saying why. The caller wipes. */
MUST_USE int keys_new_passphrase(struct ctl *ctl, const char *file, bool is_asked,
                                 char passphrase[SIGNING_PASSPHRASE_MAX + 1]);
/* The kid under which gates know the key: 16 hex digits and a NUL. 0 or -errno. */
MUST_USE int keys_kid(const struct signing_key *key, char kid[2 * SIGNATURE_KID_LEN + 1]);
/* The key that signs for NAME now: NAME, or after rotations the newest NAME-2, NAME-3 …. */
MUST_USE int keys_newest(struct ctl *ctl, const char *folder, const char *name,
                         char newest[FLOW_ID_MAX]);

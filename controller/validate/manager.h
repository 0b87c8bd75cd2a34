/*
 * Manager: whose signatures a gate obeys, and in what. Keys and roles stand in the configuration,
 * one `[manager NAME]` a key: `key = FILE` (a public key, PEM), `roles = access lockdown registry`.
 * Trust in passes (trust.h) is another matter: who may let people in may not therefore command.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include "controller/ports/signature.h"

enum manager_role {
        MANAGER_ACCESS = 1,
        MANAGER_LOCKOPEN = 2,
        MANAGER_LOCKDOWN = 4,
        MANAGER_RELEASE = 8,
        MANAGER_SYNC = 16,
        MANAGER_CONFIG = 32,
        MANAGER_REGISTRY = 64 /* signs the registry's manifest */
};

enum {
        MANAGERS_MAX = 16
};

struct manager {
        char name[FLOW_ID_MAX];
        unsigned int roles; /* enum manager_role, or'ed */
        uint8_t kid[SIGNATURE_KID_LEN];
        struct signature_key *key;
};

struct managers {
        size_t count;
        struct manager manager[MANAGERS_MAX];
};

struct settings;
struct settings_manager;

/* Reads the key of one. 0; -EPERM: it is a private key; other -errno; *why then says so to people.
 * The key is the caller's. */
MUST_USE int manager_read(struct manager *manager, const struct settings_manager *from,
                          const char **why);
/* Reads the keys that the settings name. 0, or -errno after a log line that names file and manager;
 * what was loaded before stays as it was. -EEXIST: two managers have one key. */
MUST_USE int managers_load(struct managers *managers, const struct settings *settings);
/* The same ones for another thread, in `into`, which has none yet. */
void managers_share(const struct managers *managers, struct managers *into);
void managers_deinit(struct managers *managers);

enum managers_answer {
        MANAGERS_GOOD,
        MANAGERS_DAMAGED,  /* not a COSE_Sign1 */
        MANAGERS_UNKNOWN,  /* no manager has this kid */
        MANAGERS_FORGED,   /* their key did not sign it */
        MANAGERS_FORBIDDEN /* their roles do not hold this one */
};

/* Opens a COSE_Sign1 that must be signed by a manager with `role`. On MANAGERS_GOOD, and
 * MANAGERS_FORBIDDEN, *who is set; payload points into `bytes`. */
MUST_USE enum managers_answer managers_open(const struct managers *managers, const void *bytes,
                                            size_t len, enum manager_role role,
                                            const void *external, size_t external_len,
                                            const struct manager **who, const uint8_t **payload,
                                            size_t *payload_len);

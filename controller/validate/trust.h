/*
 * Trust: the public keys that a gate believes, and for what. Built once, then immutable and
 * counted: the eyes share it, and a reload gives them another.
 */
#pragma once

#include "controller/ports/signature.h"

#include <stdio.h>

enum trust_use {
        TRUST_PASS = 1,   /* signs site passes, and trust lists */
        TRUST_HEALTH = 2, /* signs health certificates */
};

enum {
        TRUST_KEYS_MAX = 4096,
        TRUST_TRIES_MAX = 16 /* signature checks that one code may cost */
};

struct trust;

struct trust *trust_new(void);
/* One more, one less user. trust_unref frees with the last; accepts NULL; returns NULL. */
struct trust *trust_ref(struct trust *trust);
struct trust *trust_unref(struct trust *trust);

/* Takes the key, also when it fails. 0, -ENOSPC, -ENOMEM. `name` is the file or issuer, for people.
 */
MUST_USE int trust_add(struct trust *trust, struct signature_key *take_key,
                       const struct signature_key_info *info, unsigned int uses, const char *name);
/*
 * Adds every file of a folder that is a certificate or public key, DER or PEM. A file that is not
 * is named on `complaints` and skipped; names that begin with '.' are skipped in silence. Number
 * added, or -errno of the folder.
 */
MUST_USE int trust_add_folder(struct trust *trust, const char *folder, unsigned int uses,
                              FILE *complaints);
size_t trust_count(const struct trust *trust, unsigned int uses);

struct trust_key {
        const struct signature_key *key;
        const struct signature_key_info *info;
        const char *name;
};

/*
 * The keys to try for a kid, one after another, at most TRUST_TRIES_MAX: those whose own kid begins
 * with it (4 to 8 bytes), then bare public keys, which have no kid but the one we give them.
 * Without a kid: bare keys only. `*at` is 0 before the first. False: no more.
 */
bool trust_next(const struct trust *trust, unsigned int use, const uint8_t *kid, size_t kid_len,
                size_t *at, struct trust_key *key);

/* A letter box for another thread: the newest trust offered is what its owner holds from then on.
 */
struct trust_box {
        _Atomic(struct trust *) offered;
        struct trust *held; /* the owner's; NULL: nobody is trusted */
};

/* Takes the reference. Any thread. */
void trust_offer(struct trust_box *box, struct trust *take_trust);
/* The owner's: takes up what was offered, and returns what is held. */
const struct trust *trust_take_up(struct trust_box *box);
/* After the owner has ended. */
void trust_box_deinit(struct trust_box *box);

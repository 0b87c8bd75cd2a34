/* What the files of access share. */
#pragma once

#include "dashboard/access/access.h"
#include "dashboard/access/throttle.h"

#include <pthread.h>

struct access {
        struct accounts *accounts;
        /* Of nobody: an unknown name costs as much as a known one. */
        char nobody[ACCOUNTS_HASH_MAX];
        pthread_mutex_t mutex; /* of all below */
        pthread_cond_t free;
        int hashing;
        struct throttle names, places;
        char first[ACCESS_TOKEN_MAX]; /* "": none */
};

/* password.c: libsodium's Argon2id. */
MUST_USE int password_hash(struct access *access, const char *password,
                           char hash[ACCOUNTS_HASH_MAX]);
/* Within a turn: few are looked at at once. */
bool password_is_right(const char *password, const char hash[ACCOUNTS_HASH_MAX]);
void password_take_turn(struct access *access);
void password_give_turn(struct access *access);
/* 32 random bytes in base64url. */
void password_make_token(char token[ACCESS_TOKEN_MAX]);
/* SHA-256: what is kept of a token. */
void password_key(const char *token, uint8_t key[ACCOUNTS_KEY_LEN]);

/*
 * Is it the password of `hash` (NULL: of nobody, at the same cost)? Looks whether whoever tries
 * must wait also when their turn has come, and counts a failure before it is over: many who try at
 * once have no more tries than one after the other, but for those of a turn. 0, -EACCES or -EAGAIN.
 */
MUST_USE int access_try_password(struct access *access, const struct access_try *with,
                                 const char *hash, int *wait_s);

/* Lower-case letters, digits, . _ -, not too long. */
bool access_is_name(const char *name);

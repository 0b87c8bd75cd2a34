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
        struct throttle names, addresses;
        char first[ACCESS_TOKEN_MAX]; /* "": none */
};

/* password.c: libsodium's Argon2id. */
bool password_is_good(const char *password);
MUST_USE int password_hash(struct access *access, const char *password,
                           char hash[ACCOUNTS_HASH_MAX]);
bool password_is_right(struct access *access, const char *password,
                       const char hash[ACCOUNTS_HASH_MAX]);
/* 32 random bytes in base64url. */
void password_make_token(char token[ACCESS_TOKEN_MAX]);
/* SHA-256: what is kept of a token. */
void password_key(const char *token, uint8_t key[ACCOUNTS_KEY_LEN]);

/* Lower-case letters, digits, . _ -, not too long. */
bool access_is_name(const char *name);

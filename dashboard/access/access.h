/*
 * Access: people log in, and are known by a session until they log out, or it is too old, or what
 * they may is changed. All that concerns it is in the audit log.
 *
 * Called on many threads. Hashing a password takes a good part of a second and 64 MiB, so that few
 * are hashed at once; others wait. Errors: -EACCES wrong name, password, token or session; -EAGAIN
 * too many failures; -EINVAL no name; -ERANGE no password (10 to 256 letters); -EEXIST; -ENOENT;
 * -EBUSY the last administrator; else of the file.
 */
#pragma once

#include "dashboard/ports/accounts.h"
#include <jansson.h>

enum {
        ACCESS_TOKEN_MAX = 48,        /* base64url of 32 bytes, and its NUL */
        ACCESS_SESSION_S = 12 * 3600, /* at most */
        ACCESS_IDLE_S = 3600,
        ACCESS_SEEN_S = 60, /* how exactly it is known when a session was used last */
        ACCESS_PASSWORD_MIN = 10,
        ACCESS_PASSWORD_MAX = 256,
        ACCESS_HASHES = 2 /* at once */
};

struct access;

/* Somebody who has just been let in. */
struct access_login {
        char token[ACCESS_TOKEN_MAX]; /* for the browser; nobody keeps it */
        struct session session;
        struct principal who;
};

/* What somebody brings, borrowed. */
struct access_try {
        const char *name, *password, *address;
        int64_t now_us;
};

/* `accounts` is borrowed. 0 or -errno. */
MUST_USE int access_new(struct accounts *accounts, struct access **access);
/* Accepts NULL; returns NULL. */
struct access *access_free(struct access *access);

/* Whose file it is, to be read. */
struct accounts *access_accounts(struct access *access);

/* Is there no administrator yet? 1, 0 or -errno. */
MUST_USE int access_is_first(struct access *access);
/* A new token for the first administrator; the one before is void. It is worth something while
 * there is none. */
void access_make_first(struct access *access, char token[ACCESS_TOKEN_MAX]);
/* Makes the first administrator. -EACCES also when there is one. */
MUST_USE int access_first(struct access *access, const char *token, const struct access_try *with,
                          struct access_login *login);

/* -EAGAIN: *wait_s says for how long. */
MUST_USE int access_login(struct access *access, const struct access_try *with,
                          struct access_login *login, int *wait_s);
/* Who has this token; notes that it is used. -EACCES: nobody (any more). */
MUST_USE int access_find(struct access *access, const char *token, const char *address,
                         int64_t now_us, struct session *session, struct principal *who);
MUST_USE int access_logout(struct access *access, const struct session *session,
                           const struct principal *who);
/* Their own; their other sessions end. */
MUST_USE int access_set_password(struct access *access, const struct session *session,
                                 const struct principal *who, const char *old_password,
                                 const char *new_password, int64_t now_us);

/* Others' accounts, by `who`. */
MUST_USE int access_add(struct access *access, const struct principal *who,
                        const struct account *account, const char *password, int64_t now_us);
/* `password` NULL: as it is; `change` has no hash. All sessions of the account end. */
MUST_USE int access_change(struct access *access, const struct principal *who,
                           const struct account_change *change, const char *password);
MUST_USE int access_remove(struct access *access, const struct principal *who, const char *name);

/* A line of the audit log. `detail` is borrowed; NULL: none. */
MUST_USE int access_note(struct access *access, const struct principal *who, const char *action,
                         const char *target, json_t *detail, const char *outcome);
/* Is it of 10 to 256 letters? */
bool access_is_password(const char *password);
/* Equal, in constant time for texts of one length. */
bool access_is_equal(const char *a, const char *b);

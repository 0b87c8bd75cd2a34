/* Who comes in, and who is in. */
#include "dashboard/access/access_private.h"

#include "common/cut.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

int access_new(struct accounts *accounts, struct access **result)
{
        struct access *access = calloc(1, sizeof(*access));
        *result = NULL;
        if (!access)
                return -ENOMEM;
        access->accounts = accounts;
        if (sodium_init() < 0 || pthread_mutex_init(&access->mutex, NULL) != 0 ||
            pthread_cond_init(&access->free, NULL) != 0) {
                free(access);
                return -EIO;
        }
        int r = password_hash(access, "nobody's password", access->nobody);
        if (r)
                access_free(access);
        else
                *result = access;
        return r;
}

struct access *access_free(struct access *access)
{
        if (!access)
                return NULL;
        pthread_cond_destroy(&access->free);
        pthread_mutex_destroy(&access->mutex);
        sodium_memzero(access, sizeof(*access));
        free(access);
        return NULL;
}

struct accounts *access_accounts(struct access *access)
{
        return access->accounts;
}

bool access_is_name(const char *name)
{
        size_t len = strlen(name);
        return len > 0 && len < PRINCIPAL_NAME_MAX &&
               strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static void fill_principal(const struct account *account, const char *address,
                           struct principal *who)
{
        *who = (struct principal){ .grant_count = account->grant_count };
        memcpy(who->name, account->name, sizeof(who->name));
        memcpy(who->grants, account->grants, sizeof(who->grants));
        snprintf(who->address, sizeof(who->address), "%s", address);
}

int access_note(struct access *access, const struct principal *who, const char *action,
                const char *target, json_t *detail, const char *outcome)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        char *text = detail ? json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
        if (detail && !text)
                return -ENOMEM;
        struct audit_entry entry = {
                .at_us = (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000,
                .actor = who->name,
                .address = who->address,
                .action = action,
                .target = target,
                .outcome = outcome,
                .detail = text,
        };
        int r = accounts_note(access->accounts, &entry);
        free(text);
        return r;
}

static int note_failure(struct access *access, const struct access_try *with)
{
        struct principal who = { .grant_count = 0 };
        cut_text(with->name, who.name, sizeof(who.name));
        snprintf(who.address, sizeof(who.address), "%s", with->address);
        return access_note(access, &who, "login_failed", NULL, NULL, "refused");
}

/* -EACCES: what `hash` was right for has been taken away while it was looked at. */
static int let_in(struct access *access, const struct account *account, const char *hash,
                  const struct access_try *with, const char *action, struct access_login *login)
{
        *login = (struct access_login){ .session = { .created_us = with->now_us,
                                                     .seen_us = with->now_us } };
        password_make_token(login->token);
        password_make_token(login->session.csrf);
        password_key(login->token, login->session.key);
        memcpy(login->session.account, account->name, sizeof(login->session.account));
        fill_principal(account, with->address, &login->who);
        int r = access_note(access, &login->who, action, NULL, NULL, "done");
        if (r)
                return r;
        r = accounts_add_session(access->accounts, &login->session, hash,
                                 with->now_us - ACCESS_SESSION_S * SECOND_US);
        if (r)
                (void)!access_note(access, &login->who, action, NULL, NULL, "refused");
        return r == -ENOENT ? -EACCES : r;
}

static int wait_for(struct access *access, const struct access_try *with)
{
        char place[THROTTLE_KEY_MAX];
        throttle_place(with->address, place);
        pthread_mutex_lock(&access->mutex);
        int name_s = throttle_wait_s(&access->names, with->name, with->now_us);
        int place_s = throttle_wait_s(&access->places, place, with->now_us);
        pthread_mutex_unlock(&access->mutex);
        return name_s > place_s ? name_s : place_s;
}

static void count(struct access *access, const struct access_try *with, bool is_right)
{
        char place[THROTTLE_KEY_MAX];
        throttle_place(with->address, place);
        pthread_mutex_lock(&access->mutex);
        if (is_right) {
                throttle_forget(&access->names, with->name);
        } else {
                throttle_fail(&access->names, with->name, with->now_us);
                if (place[0] != '\0')
                        throttle_fail(&access->places, place, with->now_us);
        }
        pthread_mutex_unlock(&access->mutex);
}

int access_try_password(struct access *access, const struct access_try *with, const char *hash,
                        int *wait_s)
{
        *wait_s = wait_for(access, with);
        if (*wait_s > 0)
                return -EAGAIN;
        password_take_turn(access);
        *wait_s = wait_for(access, with);
        bool is_right = *wait_s == 0 &&
                        password_is_right(with->password, hash ? hash : access->nobody) && hash;
        if (*wait_s == 0)
                count(access, with, is_right);
        password_give_turn(access);
        return *wait_s > 0 ? -EAGAIN : is_right ? 0 : -EACCES;
}

int access_login(struct access *access, const struct access_try *with, struct access_login *login,
                 int *wait_s)
{
        struct account account;
        char hash[ACCOUNTS_HASH_MAX];
        *wait_s = 0;
        int r = accounts_find(access->accounts, with->name, &account, hash);
        if (r && r != -ENOENT)
                return r;
        bool is_known = r == 0 && !account.is_disabled;
        r = access_try_password(access, with, is_known ? hash : NULL, wait_s);
        if (r == -EACCES) {
                int noted = note_failure(access, with);
                r = noted ? noted : r;
        } else if (!r) {
                r = let_in(access, &account, hash, with, "login", login);
        }
        sodium_memzero(hash, sizeof(hash));
        return r;
}

int access_is_first(struct access *access)
{
        int count_or_error = accounts_administrators(access->accounts);
        return count_or_error < 0 ? count_or_error : count_or_error == 0;
}

void access_make_first(struct access *access, char token[ACCESS_TOKEN_MAX])
{
        password_make_token(token);
        pthread_mutex_lock(&access->mutex);
        memcpy(access->first, token, ACCESS_TOKEN_MAX);
        pthread_mutex_unlock(&access->mutex);
}

/* Only one can take it. */
static bool spend_first(struct access *access, const char *token)
{
        pthread_mutex_lock(&access->mutex);
        bool is_right = access->first[0] != '\0' && access_is_equal(access->first, token);
        if (is_right)
                sodium_memzero(access->first, sizeof(access->first));
        pthread_mutex_unlock(&access->mutex);
        return is_right;
}

int access_first(struct access *access, const char *token, const struct access_try *with,
                 struct access_login *login)
{
        struct account account = { .created_us = with->now_us,
                                   .grants = { { .role = ROLE_ADMINISTRATOR } },
                                   .grant_count = 1 };
        char hash[ACCOUNTS_HASH_MAX];
        if (!access_is_name(with->name))
                return -EINVAL;
        if (!access_is_password(with->password))
                return -ERANGE;
        int is_first = access_is_first(access);
        if (is_first < 0)
                return is_first;
        if (!is_first || !spend_first(access, token)) {
                count(access, with, false);
                return -EACCES;
        }
        snprintf(account.name, sizeof(account.name), "%s", with->name);
        int r = password_hash(access, with->password, hash);
        if (!r)
                r = accounts_add(access->accounts, &account, hash);
        if (r) { /* the link is still good */
                pthread_mutex_lock(&access->mutex);
                snprintf(access->first, sizeof(access->first), "%s", token);
                pthread_mutex_unlock(&access->mutex);
        } else {
                r = let_in(access, &account, hash, with, "first", login);
        }
        sodium_memzero(hash, sizeof(hash));
        return r;
}

static bool is_over(const struct session *session, int64_t now_us)
{
        return now_us - session->created_us > ACCESS_SESSION_S * SECOND_US ||
               now_us - session->seen_us > ACCESS_IDLE_S * SECOND_US;
}

int access_find(struct access *access, const char *token, const char *address, int64_t now_us,
                struct session *session, struct principal *who)
{
        uint8_t key[ACCOUNTS_KEY_LEN];
        struct account account;
        if (strlen(token) >= ACCESS_TOKEN_MAX)
                return -EACCES;
        password_key(token, key);
        int r = accounts_find_session(access->accounts, key, session);
        if (!r)
                r = accounts_find(access->accounts, session->account, &account, NULL);
        if (r)
                return r == -ENOENT ? -EACCES : r;
        if (account.is_disabled || is_over(session, now_us))
                return -EACCES;
        if (now_us - session->seen_us > ACCESS_SEEN_S * SECOND_US) {
                r = accounts_see_session(access->accounts, key, now_us);
                if (r)
                        return r;
        }
        fill_principal(&account, address, who);
        return 0;
}

int access_logout(struct access *access, const struct session *session, const struct principal *who)
{
        int r = access_note(access, who, "logout", NULL, NULL, "done");
        return r ? r : accounts_remove_session(access->accounts, session->key);
}

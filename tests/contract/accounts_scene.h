/* Accounts scene: access over its real file or database, with its first administrator. */
#pragma once

#include "tests/check.h"

#include "dashboard/access/access.h"
#include "drivers/access/access_drivers.h"
#include "tests/contract/register_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECOND    INT64_C(1000000)
#define NOW       (INT64_C(1800000000) * SECOND)
#define PASSWORD  "correct horse"
#define PASSWORD2 "battery staple"

struct scene {
        const struct register_place *place;
        struct accounts *accounts;
        struct access *access;
        struct access_login root;
};

static inline struct accounts *open_place(const struct register_place *place)
{
        struct accounts *accounts;
        int r = place->is_postgres ? accounts_postgres_open(place->where, &accounts)
                                   : accounts_sqlite_open(place->where, &accounts);
        assert_int_equal(r, 0);
        return accounts;
}

static inline void open_all(struct scene *scene)
{
        scene->accounts = open_place(scene->place);
        assert_int_equal(access_new(scene->accounts, &scene->access), 0);
}

static inline void close_all(struct scene *scene)
{
        scene->access = access_free(scene->access);
        scene->accounts = accounts_close(scene->accounts);
}

static const struct access_try root_try = { "root", PASSWORD, "10.0.0.1", NOW };

/* With its first administrator. */
static inline void begin(struct scene *scene, void **state)
{
        char token[ACCESS_TOKEN_MAX];
        *scene = (struct scene){ .place = *state };
        open_all(scene);
        assert_int_equal(access_is_first(scene->access), 1);
        access_make_first(scene->access, token);
        assert_int_equal(access_first(scene->access, token, &root_try, &scene->root), 0);
}

static inline int login_as(struct scene *scene, const char *name, const char *password,
                           int64_t now_us, struct access_login *login)
{
        int wait_s;
        return access_login(scene->access,
                            &(struct access_try){ name, password, "10.0.0.2", now_us }, login,
                            &wait_s);
}

static inline int find(struct scene *scene, const struct access_login *login, int64_t now_us,
                       struct principal *who)
{
        struct session session;
        return access_find(scene->access, login->token, "10.0.0.3", now_us, &session, who);
}

static inline struct account account_of(const char *name, enum role role, const char *area)
{
        struct account account = { .grants = { { .role = role } }, .grant_count = 1 };
        snprintf(account.name, sizeof(account.name), "%s", name);
        snprintf(account.grants[0].area, sizeof(account.grants[0].area), "%s", area);
        return account;
}

static inline void add_mai(struct scene *scene)
{
        struct account mai = account_of("mai", ROLE_GUARD, "acme/hq");
        assert_int_equal(access_add(scene->access, &scene->root.who, &mai, PASSWORD2, NOW), 0);
}

/* Grants and whether it is disabled, by the first administrator. */
static inline int change_to(struct scene *scene, const struct account *account)
{
        const struct account_change change = { .name = account->name,
                                               .grants = account->grants,
                                               .grant_count = account->grant_count,
                                               .is_disabled = &account->is_disabled };
        return access_change(scene->access, &scene->root.who, &change, NULL);
}

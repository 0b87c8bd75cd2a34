/* Accounts, as people change them. */
#include "dashboard/access/access_private.h"
#include "dashboard/access/role.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

/* Noted before it is done: what nobody can be asked about is not done. */
static int note(struct access *access, const struct principal *who, const char *action,
                const char *name, json_t *detail)
{
        int r = access_note(access, who, action, name, detail, "done");
        json_decref(detail);
        return r;
}

/* It was not done after all. */
static void note_end(struct access *access, const struct principal *who, const char *action,
                     const char *name, int error)
{
        if (error)
                (void)!access_note(access, who, action, name, NULL, "refused");
}

static int replace_password(struct access *access, const struct session *session,
                            const struct principal *who, const char *old_hash, const char *hash)
{
        int r = access_note(access, who, "password", NULL, NULL, "done");
        if (r)
                return r;
        r = accounts_set_password(access->accounts, who->name, old_hash, hash, session->key);
        note_end(access, who, "password", NULL, r);
        return r == -ENOENT ? -EACCES : r;
}

int access_set_password(struct access *access, const struct session *session,
                        const struct principal *who, const char *old_password,
                        const char *new_password, int64_t now_us)
{
        struct account account;
        char old_hash[ACCOUNTS_HASH_MAX] = "", hash[ACCOUNTS_HASH_MAX] = "";
        int wait_s;
        const struct access_try with = { .name = who->name,
                                         .password = old_password,
                                         .address = who->address,
                                         .now_us = now_us };
        if (!access_is_password(new_password))
                return -ERANGE;
        int r = accounts_find(access->accounts, who->name, &account, old_hash);
        if (!r)
                r = access_try_password(access, &with, account.is_disabled ? NULL : old_hash,
                                        &wait_s);
        if (r == -EACCES) {
                int noted = access_note(access, who, "password", NULL, NULL, "refused");
                r = noted ? noted : r;
        }
        if (!r)
                r = password_hash(access, new_password, hash);
        if (!r)
                r = replace_password(access, session, who, old_hash, hash);
        sodium_memzero(old_hash, sizeof(old_hash));
        sodium_memzero(hash, sizeof(hash));
        return r;
}

/* Of what is changed; a password only that it is. */
static json_t *describe(const struct account_change *change, const char *password)
{
        json_t *detail = json_pack("{s:b}", "password", password != NULL);
        if (change->grants)
                json_object_set_new(detail, "grants",
                                    grants_show(change->grants, change->grant_count));
        if (change->is_disabled)
                json_object_set_new(detail, "disabled", json_boolean(*change->is_disabled));
        return detail;
}

static bool are_grants_good(const struct grant *grants, size_t count)
{
        bool is_good = count <= PRINCIPAL_GRANTS_MAX;
        for (size_t i = 0; i < count && is_good; i++)
                is_good = grants[i].role <= ROLE_ADMINISTRATOR && area_is_good(grants[i].area);
        return is_good;
}

int access_add(struct access *access, const struct principal *who, const struct account *account,
               const char *password, int64_t now_us)
{
        char hash[ACCOUNTS_HASH_MAX];
        struct account added = *account, known;
        const struct account_change made = { .grants = account->grants,
                                             .grant_count = account->grant_count };
        added.created_us = now_us;
        added.last_login_us = 0;
        if (!access_is_name(account->name) ||
            !are_grants_good(account->grants, account->grant_count))
                return -EINVAL;
        if (!access_is_password(password))
                return -ERANGE;
        int found = accounts_find(access->accounts, account->name, &known, NULL);
        if (found != -ENOENT)
                return found ? found : -EEXIST;
        int r = password_hash(access, password, hash);
        if (!r)
                r = note(access, who, "account_create", account->name, describe(&made, password));
        if (!r) {
                r = accounts_add(access->accounts, &added, hash);
                note_end(access, who, "account_create", account->name, r);
        }
        sodium_memzero(hash, sizeof(hash));
        return r;
}

int access_change(struct access *access, const struct principal *who,
                  const struct account_change *change, const char *password)
{
        char hash[ACCOUNTS_HASH_MAX];
        struct account known;
        struct account_change wanted = *change;
        if (change->grants && !are_grants_good(change->grants, change->grant_count))
                return -EINVAL;
        if (password && !access_is_password(password))
                return -ERANGE;
        int r = accounts_find(access->accounts, change->name, &known, NULL);
        if (!r && password)
                r = password_hash(access, password, hash);
        wanted.hash = password ? hash : NULL;
        if (!r)
                r = note(access, who, "account_change", change->name, describe(change, password));
        if (!r) {
                r = accounts_change(access->accounts, &wanted);
                note_end(access, who, "account_change", change->name, r);
        }
        sodium_memzero(hash, sizeof(hash));
        return r;
}

int access_remove(struct access *access, const struct principal *who, const char *name)
{
        struct account known;
        int r = accounts_find(access->accounts, name, &known, NULL);
        if (!r)
                r = note(access, who, "account_delete", name, NULL);
        if (!r) {
                r = accounts_remove(access->accounts, name);
                note_end(access, who, "account_delete", name, r);
        }
        return r;
}

/* The accounts, for administrators. */
#include "common/rfc3339.h"
#include "dashboard/access/role.h"
#include "dashboard/http/body.h"
#include "dashboard/http/site_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static json_t *show(const struct account *account)
{
        char created[RFC3339_MAX], last[RFC3339_MAX];
        rfc3339_format(account->created_us, created);
        rfc3339_format(account->last_login_us, last);
        return json_pack("{s:s, s:b, s:o, s:s, s:s?}", "name", account->name, "disabled",
                         account->is_disabled, "grants",
                         grants_show(account->grants, account->grant_count), "created", created,
                         "last_login", account->last_login_us ? last : NULL);
}

static bool add(void *context, const struct account *account)
{
        return json_array_append_new(context, show(account)) == 0;
}

static void list(struct visit *visit, struct accounts *accounts)
{
        json_t *all = json_array();
        int r = accounts_list(accounts, add, all);
        if (!r) {
                answer_json(visit->response, 200, json_pack("{s:o}", "accounts", all));
                return;
        }
        json_decref(all);
        answer_failure(visit->response, r);
}

static bool read_grants(const json_t *grants, struct account *account)
{
        size_t i;
        json_t *grant;
        if (!json_is_array(grants) || json_array_size(grants) > PRINCIPAL_GRANTS_MAX)
                return false;
        account->grant_count = 0;
        json_array_foreach((json_t *)grants, i, grant)
        {
                const char *role = json_string_value(json_object_get(grant, "role"));
                const char *area = json_string_value(json_object_get(grant, "area"));
                struct grant *into = &account->grants[account->grant_count++];
                if (!role || !area || !role_parse(role, &into->role) || !area_is_good(area))
                        return false;
                snprintf(into->area, sizeof(into->area), "%s", area);
        }
        return true;
}

/* After a change; what is there now. */
static void answer_account(struct visit *visit, struct accounts *accounts, const char *name,
                           unsigned status)
{
        struct account account;
        int r = accounts_find(accounts, name, &account, NULL);
        if (r)
                visit_fail(visit, r);
        else
                answer_json(visit->response, status, show(&account));
}

static void create(struct visit *visit, struct accounts *accounts, const json_t *body)
{
        struct account account = { .grant_count = 0 };
        const char *name = json_string_value(json_object_get(body, "name"));
        const char *password = json_string_value(json_object_get(body, "password"));
        if (!name || !password || strlen(name) >= sizeof(account.name) ||
            !read_grants(json_object_get(body, "grants"), &account)) {
                visit_fail(visit, -EINVAL);
                return;
        }
        snprintf(account.name, sizeof(account.name), "%s", name);
        int r = access_add(visit->site->settings.access, &visit->who, &account, password,
                           visit->now_us);
        if (r)
                visit_fail(visit, r);
        else
                answer_account(visit, accounts, name, 201);
}

/* Only what the body names: two administrators at once do not undo each other. */
static int read_change(const json_t *body, struct account *into, bool *is_disabled,
                       struct account_change *change)
{
        const json_t *grants = json_object_get(body, "grants");
        const json_t *disabled = json_object_get(body, "disabled");
        if (grants && !read_grants(grants, into))
                return -EINVAL;
        *is_disabled = json_is_true(disabled);
        change->grants = grants ? into->grants : NULL;
        change->grant_count = into->grant_count;
        change->is_disabled = disabled ? is_disabled : NULL;
        return 0;
}

static void change(struct visit *visit, struct accounts *accounts, const char *name,
                   const json_t *body)
{
        struct account into = { .grant_count = 0 };
        struct account_change wanted = { .name = name };
        bool is_disabled = false;
        const json_t *password = json_object_get(body, "password");
        int r = read_change(body, &into, &is_disabled, &wanted);
        if (!r)
                r = access_change(visit->site->settings.access, &visit->who, &wanted,
                                  json_string_value(password));
        if (r) {
                visit_fail(visit, r);
                return;
        }
        api_forget(visit->site->settings.api, name);
        answer_account(visit, accounts, name, 200);
}

static void answer_with_body(struct visit *visit, struct accounts *accounts, const char *name)
{
        static const struct body_member fresh[] = { { "name", BODY_TEXT },
                                                    { "password", BODY_TEXT },
                                                    { "grants", BODY_ARRAY },
                                                    { NULL, BODY_TEXT } };
        static const struct body_member changed[] = { { "password", BODY_TEXT },
                                                      { "grants", BODY_ARRAY },
                                                      { "disabled", BODY_BOOL },
                                                      { NULL, BODY_TEXT } };
        bool is_new = name[0] == '\0';
        json_t *body = body_read(visit->web, is_new ? fresh : changed, visit->response);
        if (!body)
                return;
        if (is_new)
                create(visit, accounts, body);
        else
                change(visit, accounts, name, body);
        json_decref(body);
}

void accounts_answer(struct visit *visit, const char *name)
{
        struct accounts *accounts = access_accounts(visit->site->settings.access);
        enum web_method method = visit->web->method;
        bool is_list = name[0] == '\0';
        if (!visit_needs(visit, 1U << ROLE_ADMINISTRATOR))
                return;
        if (is_list && method == WEB_GET) {
                list(visit, accounts);
        } else if ((is_list && method == WEB_POST) || (!is_list && method == WEB_PATCH)) {
                answer_with_body(visit, accounts, name);
        } else if (!is_list && method == WEB_DELETE) {
                int r = access_remove(visit->site->settings.access, &visit->who, name);
                if (r) {
                        visit_fail(visit, r);
                        return;
                }
                api_forget(visit->site->settings.api, name);
                visit->response->status = 204;
        } else {
                answer_error(visit->response, 405, "method_not_allowed", "see openapi.json");
        }
}

/* Access over its real file and its real database: logging in, sessions, accounts, and the audit
 * log. */
#include "tests/contract/accounts_scene.h"

#include <pthread.h>
#include <sqlite3.h>

static void test_first(void **state)
{
        struct scene scene = { .place = *state };
        struct access_login login;
        char old[ACCESS_TOKEN_MAX], token[ACCESS_TOKEN_MAX];
        open_all(&scene);
        assert_int_equal(access_first(scene.access, "", &root_try, &login), -EACCES);
        access_make_first(scene.access, old);
        access_make_first(scene.access, token);
        assert_int_equal(access_first(scene.access, old, &root_try, &login), -EACCES);
        struct access_try bad = root_try;
        bad.password = "too short";
        assert_int_equal(access_first(scene.access, token, &bad, &login), -ERANGE);
        bad = root_try;
        bad.name = "Root User";
        assert_int_equal(access_first(scene.access, token, &bad, &login), -EINVAL);
        assert_int_equal(access_first(scene.access, token, &root_try, &login), 0);
        assert_int_equal(access_is_first(scene.access), 0);
        bad = root_try;
        bad.name = "other";
        assert_int_equal(access_first(scene.access, token, &bad, &login), -EACCES);
        access_make_first(scene.access, token);
        assert_int_equal(access_first(scene.access, token, &bad, &login), -EACCES);
        close_all(&scene);
}

static void test_login(void **state)
{
        struct scene scene;
        struct access_login login, wrong;
        struct principal who;
        begin(&scene, state);
        add_mai(&scene);
        assert_int_equal(login_as(&scene, "mai", PASSWORD, NOW, &wrong), -EACCES);
        assert_int_equal(login_as(&scene, "nobody", PASSWORD, NOW, &wrong), -EACCES);
        assert_int_equal(login_as(&scene, "mai", PASSWORD2, NOW, &login), 0);
        assert_int_equal(find(&scene, &login, NOW, &who), 0);
        assert_string_equal(who.name, "mai");
        assert_string_equal(who.address, "10.0.0.3");
        assert_int_equal(who.grant_count, 1);
        assert_int_equal(who.grants[0].role, ROLE_GUARD);
        assert_string_equal(who.grants[0].area, "acme/hq");
        struct access_login forged = login;
        forged.token[0] = forged.token[0] == 'a' ? 'b' : 'a';
        assert_int_equal(find(&scene, &forged, NOW, &who), -EACCES);
        assert_int_equal(find(&scene, &login, NOW, &who), 0);
        assert_int_equal(access_logout(scene.access, &login.session, &who), 0);
        assert_int_equal(find(&scene, &login, NOW, &who), -EACCES);
        close_all(&scene);
}

static void test_ages(void **state)
{
        struct scene scene;
        struct principal who;
        int64_t now = NOW, step = (ACCESS_IDLE_S - 60) * SECOND;
        begin(&scene, state);
        assert_int_equal(find(&scene, &scene.root, now + (ACCESS_IDLE_S + 1) * SECOND, &who),
                         -EACCES);
        while (now + step < NOW + ACCESS_SESSION_S * SECOND) {
                now += step;
                assert_int_equal(find(&scene, &scene.root, now, &who), 0);
        }
        assert_int_equal(find(&scene, &scene.root, NOW + (ACCESS_SESSION_S + 1) * SECOND, &who),
                         -EACCES);
        close_all(&scene);
}

static void test_restart(void **state)
{
        struct scene scene;
        struct principal who;
        begin(&scene, state);
        close_all(&scene);
        open_all(&scene);
        assert_int_equal(find(&scene, &scene.root, NOW, &who), 0);
        assert_int_equal(access_is_first(scene.access), 0);
        close_all(&scene);
}

static void test_changes_end_sessions(void **state)
{
        struct scene scene;
        struct access_login one, two;
        struct principal who;
        begin(&scene, state);
        add_mai(&scene);
        assert_int_equal(login_as(&scene, "mai", PASSWORD2, NOW, &one), 0);
        assert_int_equal(login_as(&scene, "mai", PASSWORD2, NOW, &two), 0);
        assert_int_equal(find(&scene, &one, NOW, &who), 0);
        assert_int_equal(access_set_password(scene.access, &one.session, &who, "not this one",
                                             PASSWORD, NOW),
                         -EACCES);
        assert_int_equal(
                access_set_password(scene.access, &one.session, &who, PASSWORD2, PASSWORD, NOW), 0);
        assert_int_equal(find(&scene, &one, NOW, &who), 0);
        assert_int_equal(find(&scene, &two, NOW, &who), -EACCES);
        struct account mai = account_of("mai", ROLE_VIEWER, "acme");
        assert_int_equal(change_to(&scene, &mai), 0);
        assert_int_equal(find(&scene, &one, NOW, &who), -EACCES);
        assert_int_equal(login_as(&scene, "mai", PASSWORD, NOW, &one), 0);
        mai.is_disabled = true;
        assert_int_equal(change_to(&scene, &mai), 0);
        assert_int_equal(find(&scene, &one, NOW, &who), -EACCES);
        assert_int_equal(login_as(&scene, "mai", PASSWORD, NOW, &one), -EACCES);
        assert_int_equal(access_remove(scene.access, &scene.root.who, "mai"), 0);
        assert_int_equal(access_remove(scene.access, &scene.root.who, "mai"), -ENOENT);
        close_all(&scene);
}

static void test_parts(void **state)
{
        struct scene scene;
        struct account mai;
        const bool is_disabled = true, is_enabled = false;
        const struct grant viewer = { .role = ROLE_VIEWER, .area = "acme" };
        begin(&scene, state);
        add_mai(&scene);
        /* One disables, another gives a role: neither undoes the other. */
        struct account_change one = { .name = "mai", .is_disabled = &is_disabled };
        struct account_change two = { .name = "mai", .grants = &viewer, .grant_count = 1 };
        assert_int_equal(access_change(scene.access, &scene.root.who, &one, NULL), 0);
        assert_int_equal(access_change(scene.access, &scene.root.who, &two, NULL), 0);
        assert_int_equal(accounts_find(scene.accounts, "mai", &mai, NULL), 0);
        assert_true(mai.is_disabled);
        assert_int_equal(mai.grants[0].role, ROLE_VIEWER);
        one.is_disabled = &is_enabled;
        assert_int_equal(access_change(scene.access, &scene.root.who, &one, NULL), 0);
        assert_int_equal(accounts_find(scene.accounts, "mai", &mai, NULL), 0);
        assert_false(mai.is_disabled);
        assert_int_equal(mai.grant_count, 1);
        close_all(&scene);
}

static void test_last_administrator(void **state)
{
        struct scene scene;
        begin(&scene, state);
        struct account root = account_of("root", ROLE_VIEWER, "");
        assert_int_equal(change_to(&scene, &root), -EBUSY);
        root = account_of("root", ROLE_ADMINISTRATOR, "acme");
        assert_int_equal(change_to(&scene, &root), -EBUSY);
        root = account_of("root", ROLE_ADMINISTRATOR, "");
        root.is_disabled = true;
        assert_int_equal(change_to(&scene, &root), -EBUSY);
        assert_int_equal(access_remove(scene.access, &scene.root.who, "root"), -EBUSY);
        struct account other = account_of("other", ROLE_ADMINISTRATOR, "");
        assert_int_equal(access_add(scene.access, &scene.root.who, &other, PASSWORD, NOW), 0);
        assert_int_equal(access_remove(scene.access, &scene.root.who, "root"), 0);
        close_all(&scene);
}

static void test_bad_accounts(void **state)
{
        struct scene scene;
        begin(&scene, state);
        struct account account = account_of("mai", ROLE_GUARD, "acme//hq");
        assert_int_equal(access_add(scene.access, &scene.root.who, &account, PASSWORD, NOW),
                         -EINVAL);
        account = account_of("Mai", ROLE_GUARD, "acme");
        assert_int_equal(access_add(scene.access, &scene.root.who, &account, PASSWORD, NOW),
                         -EINVAL);
        account = account_of("root", ROLE_GUARD, "acme");
        assert_int_equal(access_add(scene.access, &scene.root.who, &account, PASSWORD, NOW),
                         -EEXIST);
        account = account_of("mai", ROLE_GUARD, "acme");
        assert_int_equal(
                access_add(scene.access, &scene.root.who, &account, "\xff\xff 12345678", NOW),
                -ERANGE);
        account.name[0] = 'x';
        assert_int_equal(change_to(&scene, &account), -ENOENT);
        close_all(&scene);
}

struct seen {
        char text[1024];
        uint64_t last;
};

static bool see(void *context, const struct audit_entry *entry)
{
        struct seen *seen = context;
        size_t len = strlen(seen->text);
        snprintf(seen->text + len, sizeof(seen->text) - len, "%s:%s:%s:%s ", entry->actor,
                 entry->action, entry->target, entry->outcome);
        seen->last = entry->number;
        return true;
}

static void test_audit(void **state)
{
        struct scene scene;
        struct access_login login;
        struct seen seen = { .last = 0 };
        uint64_t lines, broken;
        begin(&scene, state);
        add_mai(&scene);
        assert_int_equal(login_as(&scene, "mai", PASSWORD, NOW, &login), -EACCES);
        assert_int_equal(accounts_audit(scene.accounts, 0, NULL, NULL, 2, see, &seen), 0);
        assert_string_equal(seen.text, "mai:login_failed::refused root:account_create:mai:done ");
        assert_int_equal(accounts_audit(scene.accounts, seen.last, NULL, NULL, 9, see, &seen), 0);
        assert_non_null(strstr(seen.text, "root:first::done"));
        seen.text[0] = '\0';
        assert_int_equal(accounts_audit(scene.accounts, 0, "root", "first", 9, see, &seen), 0);
        assert_string_equal(seen.text, "root:first::done ");
        assert_int_equal(accounts_verify(scene.accounts, &lines, &broken), 0);
        assert_int_equal(lines, 3);
        assert_int_equal(broken, 0);
        close_all(&scene);
}

/* Runs SQL on the table `$` of lines, as somebody would who wants the log to say something else. */
static void tamper(struct scene *scene, const char *text)
{
        char sql[256];
        size_t len = 0;
        sqlite3 *db = NULL;
        bool is_postgres = scene->place->is_postgres;
        for (; *text; text++)
                len += (size_t)snprintf(sql + len, sizeof(sql) - len, *text == '$' ? "%s" : "%.1s",
                                        *text != '$'  ? text
                                        : is_postgres ? "audit_line"
                                                      : "line");
        close_all(scene);
        if (is_postgres) {
                postgres_sql(scene->place->where, sql);
        } else {
                assert_int_equal(sqlite3_open(scene->place->where, &db), SQLITE_OK);
                assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
                assert_int_equal(sqlite3_close(db), SQLITE_OK);
        }
        open_all(scene);
}

static void test_tampered(void **state)
{
        static const char *const changes[] = {
                "UPDATE $ SET actor = 'rook' WHERE number = 2",
                "UPDATE $ SET at = at + 1 WHERE number = 2",
                "UPDATE $ SET actor = action, action = actor WHERE number = 2",
                ("UPDATE $ SET target = 'x' || target, action = substr(action, 2)"
                 " WHERE number = 2"),
                "DELETE FROM $ WHERE number = 2",
                "UPDATE $ SET detail = detail || char(0) || 'x' WHERE number = 2",
        };
        struct scene scene;
        begin(&scene, state);
        add_mai(&scene);
        assert_int_equal(access_remove(scene.access, &scene.root.who, "mai"), 0);
        close_all(&scene);
        /* PostgreSQL's text has no NUL. */
        size_t count = ARRAY_LEN(changes) - (scene.place->is_postgres ? 1 : 0);
        for (size_t i = 0; i < count; i++) {
                uint64_t lines, broken;
                open_all(&scene);
                tamper(&scene, "CREATE TABLE kept AS SELECT * FROM $");
                tamper(&scene, changes[i]);
                assert_int_equal(accounts_verify(scene.accounts, &lines, &broken), 0);
                assert_int_equal(broken, 2);
                tamper(&scene, "DELETE FROM $; INSERT INTO $ SELECT * FROM kept;"
                               "DROP TABLE kept");
                assert_int_equal(accounts_verify(scene.accounts, &lines, &broken), 0);
                assert_int_equal(broken, 0);
                close_all(&scene);
        }
}

static void *note_much(void *context)
{
        struct scene *scene = context;
        for (int i = 0; i < 50; i++)
                if (access_note(scene->access, &scene->root.who, "look", NULL, NULL, "done") != 0)
                        return scene;
        return NULL;
}

static void test_threads(void **state)
{
        struct scene scene;
        pthread_t thread[2];
        void *failed;
        uint64_t lines, broken;
        begin(&scene, state);
        for (size_t i = 0; i < ARRAY_LEN(thread); i++)
                assert_int_equal(pthread_create(&thread[i], NULL, note_much, &scene), 0);
        for (size_t i = 0; i < ARRAY_LEN(thread); i++) {
                assert_int_equal(pthread_join(thread[i], &failed), 0);
                assert_null(failed);
        }
        assert_int_equal(accounts_verify(scene.accounts, &lines, &broken), 0);
        assert_int_equal(lines, 101);
        assert_int_equal(broken, 0);
        close_all(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SENTENCE("the first administrator is made once, by the newest link", test_first),
                SENTENCE("a session is who logged in, until they log out", test_login),
                SENTENCE("a session ends after an hour without use, and after twelve", test_ages),
                SENTENCE("a restart logs nobody out", test_restart),
                SENTENCE("what an account may or its password changed: its sessions end",
                         test_changes_end_sessions),
                SENTENCE("what a change does not name stays as it is", test_parts),
                SENTENCE("the last administrator cannot be taken away", test_last_administrator),
                SENTENCE("no account is made of nonsense", test_bad_accounts),
                SENTENCE("what was done is listed, the newest first", test_audit),
                SENTENCE("a line that is changed or missing is found", test_tampered),
                SENTENCE("threads write one log", test_threads),
        };
        return run_register_tests(tests, ARRAY_LEN(tests));
}

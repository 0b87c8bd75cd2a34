/* What is PostgreSQL's alone: two machines' dashboards at one log and one last administrator, and a
 * server that goes and comes. */
#include "tests/contract/accounts_scene.h"

#include <pthread.h>

enum {
        LINES = 50
};

static bool keep_target(void *context, const struct audit_entry *entry)
{
        snprintf(context, ACCOUNTS_TARGET_MAX, "%s", entry->target);
        return true;
}

static void *note_much(void *context)
{
        struct accounts *accounts = context;
        for (int i = 0; i < LINES; i++) {
                struct audit_entry entry = { .at_us = NOW, .actor = "root", .action = "look" };
                if (accounts_note(accounts, &entry) != 0)
                        return context;
        }
        return NULL;
}

static void two_machines_write_one_log(void **state)
{
        struct accounts *accounts[] = { open_place(*state), open_place(*state) };
        pthread_t thread[ARRAY_LEN(accounts)];
        void *failed;
        uint64_t lines, broken;
        for (size_t i = 0; i < ARRAY_LEN(thread); i++)
                assert_int_equal(pthread_create(&thread[i], NULL, note_much, accounts[i]), 0);
        for (size_t i = 0; i < ARRAY_LEN(thread); i++) {
                assert_int_equal(pthread_join(thread[i], &failed), 0);
                assert_null(failed);
        }
        assert_int_equal(accounts_verify(accounts[0], &lines, &broken), 0);
        assert_int_equal(lines, ARRAY_LEN(accounts) * LINES);
        assert_int_equal(broken, 0);
        for (size_t i = 0; i < ARRAY_LEN(accounts); i++)
                accounts_close(accounts[i]);
}

struct remover {
        struct accounts *accounts;
        const char *name;
        pthread_t thread;
        int answer;
};

static void *remove_one(void *context)
{
        struct remover *remover = context;
        remover->answer = accounts_remove(remover->accounts, remover->name);
        return NULL;
}

/* Each would leave the other's administrator; both at once would leave nobody. */
static void two_machines_leave_an_administrator(void **state)
{
        struct remover removers[] = { { open_place(*state), "one", 0, 0 },
                                      { open_place(*state), "two", 0, 0 } };
        struct accounts *accounts = open_place(*state);
        for (int turn = 0; turn < 20; turn++) {
                for (size_t i = 0; i < ARRAY_LEN(removers); i++) {
                        const struct account account =
                                account_of(removers[i].name, ROLE_ADMINISTRATOR, "");
                        int r = accounts_add(accounts, &account, "hash");
                        assert_true(r == 0 || r == -EEXIST);
                }
                for (size_t i = 0; i < ARRAY_LEN(removers); i++)
                        assert_int_equal(
                                pthread_create(&removers[i].thread, NULL, remove_one, &removers[i]),
                                0);
                for (size_t i = 0; i < ARRAY_LEN(removers); i++)
                        assert_int_equal(pthread_join(removers[i].thread, NULL), 0);
                assert_int_equal(removers[0].answer + removers[1].answer, -EBUSY);
                assert_int_equal(accounts_administrators(accounts), 1);
        }
        for (size_t i = 0; i < ARRAY_LEN(removers); i++)
                accounts_close(removers[i].accounts);
        accounts_close(accounts);
}

static void a_session_is_one_at_every_machine(void **state)
{
        struct scene here, there;
        struct principal who;
        begin(&here, state);
        there = (struct scene){ .place = *state };
        open_all(&there);
        assert_int_equal(find(&there, &here.root, NOW, &who), 0);
        assert_string_equal(who.name, "root");
        assert_int_equal(access_logout(there.access, &here.root.session, &who), 0);
        assert_int_equal(find(&here, &here.root, NOW, &who), -EACCES);
        close_all(&there);
        close_all(&here);
}

static void a_server_that_comes_back_is_found_by_the_next_call(void **state)
{
        const struct register_place *place = *state;
        struct scene scene;
        struct principal who;
        begin(&scene, state);
        assert_int_equal(postgres_server_do(place->around, "stop"), 0);
        assert_int_equal(postgres_server_do(place->around, "start"), 0);
        assert_int_equal(find(&scene, &scene.root, NOW, &who), 0);
        assert_int_equal(postgres_server_do(place->around, "stop"), 0);
        assert_int_equal(postgres_server_do(place->around, "start"), 0);
        add_mai(&scene);
        assert_int_equal(postgres_server_do(place->around, "stop"), 0);
        assert_int_equal(find(&scene, &scene.root, NOW, &who), -ENOTCONN);
        /* Left alone for a moment: nobody waits for it in vain, one after the other. */
        assert_int_equal(find(&scene, &scene.root, NOW, &who), -ENOTCONN);
        assert_int_equal(postgres_server_do(place->around, "start"), 0);
        close_all(&scene);
}

static void text_that_is_no_utf8_is_mended_and_the_log_is_whole(void **state)
{
        struct accounts *accounts = open_place(*state);
        char target[ACCOUNTS_TARGET_MAX];
        uint64_t lines, broken;
        struct audit_entry entry = { .actor = "root", .action = "look", .target = "a\xff\xe1\xba" };
        assert_int_equal(accounts_note(accounts, &entry), 0);
        assert_int_equal(accounts_audit(accounts, 0, NULL, NULL, 1, keep_target, target), 0);
        assert_string_equal(target, "a???");
        assert_int_equal(accounts_verify(accounts, &lines, &broken), 0);
        assert_int_equal(lines, 1);
        assert_int_equal(broken, 0);
        accounts_close(accounts);
}

static void tables_of_a_newer_version_are_not_touched(void **state)
{
        const struct register_place *place = *state;
        struct accounts *accounts = open_place(place);
        accounts_close(accounts);
        postgres_sql(place->where, "UPDATE accounts_version SET version = 99");
        assert_int_equal(accounts_postgres_open(place->where, &accounts), -EPROTONOSUPPORT);
        assert_int_equal(postgres_sql_int(place->where, "SELECT version FROM accounts_version"),
                         99);
        assert_int_equal(accounts_postgres_open("host=x password=secret", &accounts), -EINVAL);
        assert_null(accounts);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_DATABASE(two_machines_write_one_log),
                IN_DATABASE(two_machines_leave_an_administrator),
                IN_DATABASE(a_session_is_one_at_every_machine),
                IN_DATABASE(a_server_that_comes_back_is_found_by_the_next_call),
                IN_DATABASE(text_that_is_no_utf8_is_mended_and_the_log_is_whole),
                IN_DATABASE(tables_of_a_newer_version_are_not_touched),
        };
        return run_register_tests(tests, ARRAY_LEN(tests));
}

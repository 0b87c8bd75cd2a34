/* Passwords that are tried: many, many at once, and while somebody changes the account. */
#include "tests/contract/accounts_scene.h"

#include <pthread.h>

static void test_guessing(void **state)
{
        struct scene scene;
        struct access_login login;
        begin(&scene, state);
        for (int i = 0; i < 6; i++)
                assert_int_equal(login_as(&scene, "root", PASSWORD2, NOW, &login), -EACCES);
        assert_int_equal(login_as(&scene, "root", PASSWORD, NOW, &login), -EAGAIN);
        assert_int_equal(login_as(&scene, "root", PASSWORD, NOW + 2 * SECOND, &login), 0);
        close_all(&scene);
}

enum {
        GUESSERS = 12
};

struct guesser {
        struct scene *scene;
        pthread_t thread;
        int answer;
};

static void *guess(void *context)
{
        struct guesser *guesser = context;
        struct access_login login;
        guesser->answer = login_as(guesser->scene, "root", PASSWORD2, NOW, &login);
        return NULL;
}

static void test_guessing_at_once(void **state)
{
        struct scene scene;
        struct guesser guessers[GUESSERS];
        int tried = 0;
        begin(&scene, state);
        for (size_t i = 0; i < GUESSERS; i++) {
                guessers[i] = (struct guesser){ .scene = &scene };
                assert_int_equal(pthread_create(&guessers[i].thread, NULL, guess, &guessers[i]), 0);
        }
        for (size_t i = 0; i < GUESSERS; i++) {
                assert_int_equal(pthread_join(guessers[i].thread, NULL), 0);
                assert_true(guessers[i].answer == -EACCES || guessers[i].answer == -EAGAIN);
                tried += guessers[i].answer == -EACCES;
        }
        assert_in_range(tried, 6, 6 + ACCESS_HASHES - 1);
        close_all(&scene);
}

static bool keep_actor(void *context, const struct audit_entry *entry)
{
        snprintf(context, PRINCIPAL_NAME_MAX, "%s", entry->actor);
        return true;
}

/* Half a letter is no text: whoever shows the log could not show that line. */
static void test_long_name(void **state)
{
        struct scene scene;
        struct access_login login;
        char name[80], actor[PRINCIPAL_NAME_MAX];
        begin(&scene, state);
        memset(name, 'a', sizeof(name));
        snprintf(name + 62, sizeof(name) - 62, "\xe1\xba\xa1 and more");
        assert_int_equal(login_as(&scene, name, PASSWORD, NOW, &login), -EACCES);
        assert_int_equal(
                accounts_audit(scene.accounts, 0, NULL, "login_failed", 1, keep_actor, actor), 0);
        name[62] = '\0';
        assert_string_equal(actor, name);
        close_all(&scene);
}

/* Hashing takes long: what somebody was right about may be gone when it is over. */
static void test_changed_meanwhile(void **state)
{
        struct scene scene;
        char hash[ACCOUNTS_HASH_MAX];
        struct session session = { .key = { 1 }, .csrf = "x", .account = "mai", .seen_us = NOW };
        struct account mai = account_of("mai", ROLE_VIEWER, "acme");
        const uint8_t *but = session.key;
        begin(&scene, state);
        add_mai(&scene);
        assert_int_equal(accounts_find(scene.accounts, "mai", &mai, hash), 0);
        assert_int_equal(accounts_add_session(scene.accounts, &session, "another", 0), -ENOENT);
        assert_int_equal(accounts_set_password(scene.accounts, "mai", "another", "new", but),
                         -ENOENT);

        mai.is_disabled = true;
        mai.grant_count = 0;
        assert_int_equal(change_to(&scene, &mai), 0);
        assert_int_equal(accounts_add_session(scene.accounts, &session, hash, 0), -ENOENT);
        assert_int_equal(accounts_set_password(scene.accounts, "mai", hash, "new", but), -ENOENT);

        mai.is_disabled = false;
        assert_int_equal(change_to(&scene, &mai), 0);
        assert_int_equal(accounts_add_session(scene.accounts, &session, hash, 0), 0);
        assert_int_equal(accounts_set_password(scene.accounts, "mai", hash, "new", but), 0);
        assert_int_equal(accounts_find(scene.accounts, "mai", &mai, hash), 0);
        assert_string_equal(hash, "new");
        assert_int_equal(mai.grant_count, 0); /* nobody gives back what was taken */
        assert_int_equal(accounts_find_session(scene.accounts, but, &session), 0);
        close_all(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SENTENCE("whoever guesses waits", test_guessing),
                SENTENCE("whoever guesses many at once waits, too", test_guessing_at_once),
                SENTENCE("a long name is noted in whole letters", test_long_name),
                SENTENCE("who was right about a password that has changed since is not let in",
                         test_changed_meanwhile),
        };
        return run_register_tests(tests, ARRAY_LEN(tests));
}

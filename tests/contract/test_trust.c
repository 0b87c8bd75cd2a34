/* Trust: which keys are tried for a code, in which order; and how threads share and exchange them.
 */
#include "tests/check.h"

#include "controller/ports/signing.h"
#include "controller/validate/trust.h"
#include "tests/contract/store_folder.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

enum {
        DER_MAX = 512,
        ROUNDS = 2000
};

static size_t make_der(uint8_t der[DER_MAX])
{
        struct signing_key *signer = NULL;
        assert_int_equal(signing_key_new(SIGNING_ED25519, &signer), 0);
        int len = signing_key_public(signer, der, DER_MAX);
        assert_true(len > 0);
        signing_key_free(signer);
        return (size_t)len;
}

/* A key with a kid of our choosing: eight times `kid`, but for its last byte. */
static void add(struct trust *trust, bool is_certificate, int kid, int last, unsigned int uses,
                const char *name)
{
        uint8_t der[DER_MAX];
        struct signature_key *key = NULL;
        struct signature_key_info info;
        assert_int_equal(signature_key_read(der, make_der(der), &key, &info), 0);
        info.is_certificate = is_certificate;
        memset(info.kid, kid, sizeof(info.kid));
        info.kid[SIGNATURE_KID_LEN - 1] = (uint8_t)last;
        assert_int_equal(trust_add(trust, key, &info, uses, name), 0);
}

static struct trust *make_trust(void)
{
        struct trust *trust = trust_new();
        assert_non_null(trust);
        add(trust, false, 'b', 0, TRUST_PASS, "bare-b ");
        add(trust, true, 'c', 1, TRUST_HEALTH, "cert-c1 ");
        add(trust, false, 'c', 3, TRUST_HEALTH | TRUST_PASS, "bare-c3 ");
        add(trust, true, 'c', 2, TRUST_HEALTH, "cert-c2 ");
        add(trust, true, 'd', 0, TRUST_PASS, "cert-d ");
        return trust;
}

static void assert_tried(const struct trust *trust, unsigned int use, const char *kid,
                         size_t kid_len, const char *names)
{
        char tried[256] = "";
        struct trust_key key;
        size_t at = 0;
        while (trust_next(trust, use, (const uint8_t *)kid, kid_len, &at, &key)) {
                assert_non_null(key.key);
                assert_non_null(key.info);
                strcat(tried, key.name);
        }
        assert_false(trust_next(trust, use, (const uint8_t *)kid, kid_len, &at, &key));
        assert_string_equal(tried, names);
}

static void keys_of_that_name_come_first_and_bare_keys_after(void **state)
{
        (void)state;
        struct trust *trust = make_trust();
        assert_tried(trust, TRUST_HEALTH, "cccccccc", 4, "cert-c1 bare-c3 cert-c2 ");
        assert_tried(trust, TRUST_HEALTH, "ccccccc\x02", 8, "cert-c2 bare-c3 ");
        assert_tried(trust, TRUST_HEALTH, "ccccccc\x03", 8, "bare-c3 ");
        assert_tried(trust, TRUST_PASS, "dddddddd", 7, "cert-d bare-b bare-c3 ");
        assert_tried(trust, TRUST_PASS, "cccccccc", 5, "bare-c3 bare-b ");
        trust_unref(trust);
}

static void a_name_that_is_absent_short_or_long_names_nobody(void **state)
{
        (void)state;
        struct trust *trust = make_trust();
        static const size_t lengths[] = { 0, 1, 3, 9, 32 };
        static const char kid[32] = "dddddddd";
        for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
                assert_tried(trust, TRUST_PASS, kid, lengths[i], "bare-b bare-c3 ");
        assert_tried(trust, TRUST_PASS, NULL, 0, "bare-b bare-c3 ");
        trust_unref(trust);
}

static void a_key_is_tried_for_its_uses_only(void **state)
{
        (void)state;
        struct trust *trust = make_trust(), *empty = trust_new();
        assert_tried(trust, TRUST_HEALTH, "dddddddd", 4, "bare-c3 ");
        assert_tried(trust, TRUST_HEALTH, "bbbbbbbb", 4, "bare-c3 ");
        assert_tried(empty, TRUST_PASS, "dddddddd", 4, "");
        assert_int_equal(trust_count(trust, TRUST_PASS), 3);
        assert_int_equal(trust_count(trust, TRUST_HEALTH), 3);
        assert_int_equal(trust_count(trust, TRUST_PASS | TRUST_HEALTH), 5);
        assert_int_equal(trust_count(empty, TRUST_PASS), 0);
        trust_unref(trust);
        trust_unref(empty);
}

static void only_so_many_keys_are_held(void **state)
{
        (void)state;
        const struct signature_key_info info = { .is_certificate = true };
        struct trust *trust = trust_new();
        for (int i = 0; i < TRUST_KEYS_MAX; i++)
                assert_int_equal(trust_add(trust, NULL, &info, TRUST_HEALTH, "signer"), 0);
        assert_int_equal(trust_add(trust, NULL, &info, TRUST_HEALTH, "signer"), -ENOSPC);
        assert_int_equal(trust_count(trust, TRUST_HEALTH), TRUST_KEYS_MAX);
        trust_unref(trust);
}

static void write_file(const char *folder, const char *name, const void *bytes, size_t len)
{
        char path[STORE_PATH_MAX + 32];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, len), len);
        close(fd);
}

static void fill(const char *folder)
{
        static const uint8_t large[SIGNATURE_DER_MAX + 1];
        char path[STORE_PATH_MAX + 32];
        uint8_t der[DER_MAX];
        write_file(folder, "b.key", der, make_der(der));
        write_file(folder, "a.key", der, make_der(der));
        write_file(folder, ".hidden", der, make_der(der));
        write_file(folder, "junk.txt", "junk", 4);
        write_file(folder, "empty", "", 0);
        write_file(folder, "large", large, sizeof(large));
        (void)snprintf(path, sizeof(path), "%s/fifo", folder);
        assert_int_equal(mkfifo(path, 0600), 0);
        (void)snprintf(path, sizeof(path), "%s/folder", folder);
        assert_int_equal(mkdir(path, 0700), 0);
        (void)snprintf(path, sizeof(path), "%s/nowhere", folder);
        assert_int_equal(symlink("not-there", path), 0);
}

static void a_folder_gives_its_keys_and_names_what_is_none(void **state)
{
        struct store_folder *folder = *state;
        static const char *const named[] = { "/junk.txt: ", "/empty: ",  "/large: ",
                                             "/fifo: ",     "/folder: ", "/nowhere: " };
        char *said = NULL;
        size_t len = 0, lines = 0;
        FILE *complaints = open_memstream(&said, &len);
        struct trust *trust = trust_new();
        fill(folder->folder);
        assert_int_equal(trust_add_folder(trust, folder->folder, TRUST_PASS, complaints), 2);
        fclose(complaints);
        for (size_t i = 0; i < ARRAY_LEN(named); i++)
                assert_non_null(strstr(said, named[i]));
        for (size_t i = 0; i < len; i++)
                lines += said[i] == '\n';
        assert_int_equal(lines, ARRAY_LEN(named));
        assert_tried(trust, TRUST_PASS, NULL, 0, "a.keyb.key");
        assert_tried(trust, TRUST_HEALTH, NULL, 0, "");
        assert_int_equal(trust_add_folder(trust, folder->path, TRUST_PASS, stderr), -ENOENT);
        trust_unref(trust);
        free(said);
}

static void the_last_user_frees(void **state)
{
        (void)state;
        struct trust *trust = make_trust();
        assert_ptr_equal(trust_ref(trust), trust);
        assert_null(trust_unref(trust));
        assert_int_equal(trust_count(trust, TRUST_PASS), 3);
        assert_null(trust_unref(trust));
        assert_null(trust_unref(NULL));
}

static void the_newest_that_was_offered_is_held(void **state)
{
        (void)state;
        struct trust_box box = { .held = NULL };
        struct trust *one = trust_new(), *two = trust_new(), *three = trust_new();
        assert_null(trust_take_up(&box));
        trust_offer(&box, one);
        trust_offer(&box, two);
        assert_ptr_equal(trust_take_up(&box), two);
        assert_ptr_equal(trust_take_up(&box), two);
        trust_offer(&box, three);
        trust_box_deinit(&box);
}

struct exchange {
        struct trust_box box;
        atomic_bool has_ended;
};

/* The owner: whatever it holds is whole. It cannot fail the test itself, so it counts. */
static void *own(void *context)
{
        struct exchange *exchange = context;
        size_t wrong = 0;
        while (!atomic_load(&exchange->has_ended)) {
                const struct trust *trust = trust_take_up(&exchange->box);
                struct trust_key key;
                size_t at = 0, tried = 0;
                while (trust && trust_next(trust, TRUST_PASS, NULL, 0, &at, &key))
                        tried += strcmp(key.name, "bare") == 0;
                wrong += trust && tried != 1;
        }
        return (void *)wrong; // NOLINT(performance-no-int-to-ptr): a count, for the one who joins
}

static void two_threads_exchange_what_is_trusted(void **state)
{
        (void)state;
        struct exchange exchange = { .has_ended = false };
        struct trust *shared = trust_new();
        pthread_t owner;
        void *wrong = NULL;
        add(shared, false, 's', 0, TRUST_PASS, "bare");
        assert_int_equal(pthread_create(&owner, NULL, own, &exchange), 0);
        for (int i = 0; i < ROUNDS; i++) {
                const struct signature_key_info info = { .is_certificate = false };
                struct trust *fresh = trust_new();
                assert_int_equal(trust_add(fresh, NULL, &info, TRUST_PASS, "bare"), 0);
                trust_offer(&exchange.box, i % 2 ? fresh : trust_ref(shared));
                if (i % 2 == 0)
                        trust_unref(fresh);
        }
        atomic_store(&exchange.has_ended, true);
        assert_int_equal(pthread_join(owner, &wrong), 0);
        assert_null(wrong);
        trust_box_deinit(&exchange.box);
        assert_int_equal(trust_count(shared, TRUST_PASS), 1);
        trust_unref(shared);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keys_of_that_name_come_first_and_bare_keys_after),
                cmocka_unit_test(a_name_that_is_absent_short_or_long_names_nobody),
                cmocka_unit_test(a_key_is_tried_for_its_uses_only),
                cmocka_unit_test(only_so_many_keys_are_held),
                cmocka_unit_test_setup_teardown(a_folder_gives_its_keys_and_names_what_is_none,
                                                store_folder_make, store_folder_remove),
                cmocka_unit_test(the_last_user_frees),
                cmocka_unit_test(the_newest_that_was_offered_is_held),
                cmocka_unit_test(two_threads_exchange_what_is_trusted),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Signing port: private keys in files that are their owner's alone; and public keys in every form
 * that is read. */
#include "tests/check.h"

#include "controller/ports/signing.h"
#include "tests/contract/store_folder.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum {
        BYTES_MAX = 4096
};

static const enum signing_kind kinds[] = { SIGNING_ED25519, SIGNING_P256 };

static enum signature_alg alg_of(enum signing_kind kind)
{
        return kind == SIGNING_ED25519 ? SIGNATURE_EDDSA : SIGNATURE_ES256;
}

static struct signing_key *make_key(enum signing_kind kind)
{
        struct signing_key *key = NULL;
        assert_int_equal(signing_key_new(kind, &key), 0);
        assert_int_equal(signing_key_kind(key), kind);
        return key;
}

static void assert_same(const struct signing_key *key, const struct signing_key *other)
{
        uint8_t one[BYTES_MAX], two[BYTES_MAX];
        int len = signing_key_public(key, one, sizeof(one));
        assert_in_range(len, 1, sizeof(one));
        assert_int_equal(signing_key_public(other, two, sizeof(two)), len);
        assert_memory_equal(one, two, (size_t)len);
        assert_int_equal(signing_key_kind(key), signing_key_kind(other));
}

static void what_is_signed_is_known_by_the_public_half(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                struct signing_key *key = make_key(kinds[i]);
                struct signature_key *half = NULL;
                uint8_t der[BYTES_MAX], signature[SIGNING_SIGNATURE_MAX];
                int len = signing_key_public(key, der, sizeof(der));
                assert_int_equal(signing_key_public(key, der, (size_t)len - 1), -E2BIG);
                assert_int_equal(signature_key_read(der, (size_t)len, &half, NULL), 0);
                for (int round = 0; round < 300; round++) {
                        assert_int_equal(signing_key_sign(key, &round, sizeof(round), signature),
                                         0);
                        assert_int_equal(signature_verify(half, alg_of(kinds[i]), &round,
                                                          sizeof(round), signature,
                                                          sizeof(signature)),
                                         1);
                }
                signature_key_free(half);
                signing_key_free(key);
        }
        assert_null(signing_key_free(NULL));
        assert_null(signature_key_free(NULL));
}

static void a_key_comes_back_from_its_file(void **state)
{
        struct store_folder *folder = *state;
        static const char *const passphrases[] = { NULL, "correct horse", "mật khẩu" };
        for (size_t i = 0; i < ARRAY_LEN(kinds) * ARRAY_LEN(passphrases); i++) {
                const char *passphrase = passphrases[i / ARRAY_LEN(kinds)];
                struct signing_key *key = make_key(kinds[i % ARRAY_LEN(kinds)]), *back = NULL;
                struct stat status;
                assert_int_equal(signing_key_save(key, folder->path, passphrase), 0);
                assert_int_equal(stat(folder->path, &status), 0);
                assert_int_equal(status.st_mode & 07777, 0600);
                assert_int_equal(status.st_nlink, 1);
                assert_int_equal(signing_key_load(folder->path, passphrase, &back), 0);
                assert_same(key, back);
                signing_key_free(back);
                signing_key_free(key);
                unlink(folder->path);
        }
}

static void a_file_that_is_there_is_never_written_over(void **state)
{
        struct store_folder *folder = *state;
        struct signing_key *key = make_key(SIGNING_ED25519), *other = make_key(SIGNING_P256);
        struct signing_key *back = NULL;
        assert_int_equal(signing_key_save(key, folder->path, NULL), 0);
        assert_int_equal(signing_key_save(other, folder->path, NULL), -EEXIST);
        assert_int_equal(signing_key_load(folder->path, NULL, &back), 0);
        assert_same(key, back);
        signing_key_free(back);
        signing_key_free(other);
        signing_key_free(key);
}

static void a_passphrase_that_is_wrong_or_missing_is_said(void **state)
{
        struct store_folder *folder = *state;
        struct signing_key *key = make_key(SIGNING_ED25519), *back = NULL;
        assert_int_equal(signing_key_save(key, folder->path, "correct"), 0);
        assert_int_equal(signing_key_load(folder->path, "wrong", &back), -EKEYREJECTED);
        assert_int_equal(signing_key_load(folder->path, "", &back), -EKEYREJECTED);
        assert_int_equal(signing_key_load(folder->path, NULL, &back), -EKEYREJECTED);
        assert_int_equal(signing_key_load(folder->path, "correct", &back), 0);
        signing_key_free(back);
        signing_key_free(key);
}

static void a_passphrase_of_any_length_that_is_taken_opens_again(void **state)
{
        struct store_folder *folder = *state;
        struct signing_key *key = make_key(SIGNING_ED25519);
        char passphrase[SIGNING_PASSPHRASE_MAX + 2];
        static const size_t lengths[] = { 0,
                                          1,
                                          128,
                                          SIGNING_PASSPHRASE_MAX - 1,
                                          SIGNING_PASSPHRASE_MAX,
                                          SIGNING_PASSPHRASE_MAX + 1 };
        memset(passphrase, 'p', sizeof(passphrase));
        for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
                struct signing_key *back = NULL;
                passphrase[lengths[i]] = '\0';
                int error = signing_key_save(key, folder->path, passphrase);
                bool is_within = lengths[i] > 0 && lengths[i] <= SIGNING_PASSPHRASE_MAX;
                assert_true((error == 0) == is_within);
                if (!error)
                        assert_int_equal(signing_key_load(folder->path, passphrase, &back), 0);
                signing_key_free(back);
                unlink(folder->path);
                passphrase[lengths[i]] = 'p';
        }
        signing_key_free(key);
}

static void a_file_that_others_may_touch_is_refused(void **state)
{
        struct store_folder *folder = *state;
        struct signing_key *key = make_key(SIGNING_ED25519), *back = NULL;
        static const mode_t modes[] = { 0644, 0640, 0604, 0620, 0602, 0610, 0601, 0666 };
        assert_int_equal(signing_key_save(key, folder->path, NULL), 0);
        for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
                assert_int_equal(chmod(folder->path, modes[i]), 0);
                assert_int_equal(signing_key_load(folder->path, NULL, &back), -EPERM);
        }
        assert_int_equal(chmod(folder->path, 0400), 0);
        assert_int_equal(signing_key_load(folder->path, NULL, &back), 0);
        signing_key_free(back);
        signing_key_free(key);
}

static void write_file(const char *path, const void *bytes, size_t len)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, len), len);
        close(fd);
}

static void what_is_not_a_key_file_is_refused(void **state)
{
        struct store_folder *folder = *state;
        static const char junk[] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        static char large[20000];
        struct signing_key *back = NULL;
        assert_int_equal(signing_key_load(folder->path, NULL, &back), -ENOENT);
        write_file(folder->path, "", 0);
        assert_int_equal(signing_key_load(folder->path, NULL, &back), -EBADMSG);
        write_file(folder->path, junk, strlen(junk));
        assert_int_equal(signing_key_load(folder->path, NULL, &back), -EBADMSG);
        write_file(folder->path, large, sizeof(large));
        assert_int_equal(signing_key_load(folder->path, NULL, &back), -EFBIG);
        assert_null(back);
}

static void save_pkey(const char *path, EVP_PKEY *take_pkey)
{
        assert_non_null(take_pkey);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(PEM_write_PKCS8PrivateKey(file, take_pkey, NULL, NULL, 0, NULL, NULL), 1);
        fclose(file);
        assert_int_equal(chmod(path, 0600), 0);
        EVP_PKEY_free(take_pkey);
}

static void another_kind_of_key_is_refused(void **state)
{
        struct store_folder *folder = *state;
        struct signing_key *back = NULL;
        /* The third and fourth are curves of 256 bits too. */
        EVP_PKEY *others[] = { EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
                               EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"),
                               EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
                               EVP_PKEY_Q_keygen(NULL, NULL, "EC", "brainpoolP256r1"),
                               EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048),
                               EVP_PKEY_Q_keygen(NULL, NULL, "X448") };
        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
                save_pkey(folder->path, others[i]);
                assert_int_equal(signing_key_load(folder->path, NULL, &back), -ENOTSUP);
        }
}

/* A file system that takes half of it: a limit on the length of files. */
static void a_key_that_does_not_fit_on_the_disk_leaves_nothing(void **state)
{
        struct store_folder *folder = *state;
        struct signing_key *key = make_key(SIGNING_ED25519);
        struct rlimit before, limit;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        limit = (struct rlimit){ 50, before.rlim_max };
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        errno = 0;
        int error = signing_key_save(key, folder->path, NULL);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(error, -ENOSPC);
        assert_int_equal(access(folder->path, F_OK), -1);
        assert_int_equal(signing_key_save(key, folder->path, NULL), 0);
        signing_key_free(key);
}

/* PEM of a key, with what stands around it. */
static size_t write_pem(const uint8_t *der, size_t len, const char *name, char pem[BYTES_MAX])
{
        BIO *output = BIO_new(BIO_s_mem());
        assert_true(PEM_write_bio(output, name, "", der, (long)len) > 0);
        int got = BIO_read(output, pem, BYTES_MAX - 1);
        BIO_free(output);
        assert_true(got > 0);
        pem[got] = '\0';
        return (size_t)got;
}

static void public_keys_are_read_as_der_and_pem_and_have_one_kid(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                struct signing_key *key = make_key(kinds[i]);
                struct signature_key *half = NULL;
                struct signature_key_info info;
                uint8_t der[BYTES_MAX], digest[SHA256_DIGEST_LENGTH];
                char pem[BYTES_MAX], around[2 * BYTES_MAX];
                size_t len = (size_t)signing_key_public(key, der, sizeof(der));
                SHA256(der, len, digest);
                size_t pem_len = write_pem(der, len, "PUBLIC KEY", pem);
                int around_len = snprintf(around, sizeof(around), "Issuer: staff\n%s\n", pem);
                const struct {
                        const void *bytes;
                        size_t len;
                } forms[] = { { der, len }, { pem, pem_len }, { around, (size_t)around_len } };
                for (size_t k = 0; k < ARRAY_LEN(forms); k++) {
                        assert_int_equal(
                                signature_key_read(forms[k].bytes, forms[k].len, &half, &info), 0);
                        assert_memory_equal(info.kid, digest, SIGNATURE_KID_LEN);
                        assert_false(info.is_certificate);
                        assert_true(info.from_us == 0 && info.until_us == 0 && info.usage == 0);
                        assert_string_equal(info.subject, "");
                        half = signature_key_free(half);
                }
                der[len] = 0;
                assert_int_equal(signature_key_read(der, len + 1, &half, NULL), -EBADMSG);
                (void)write_pem(der, len + 1, "PUBLIC KEY", pem);
                assert_int_equal(signature_key_read(pem, strlen(pem), &half, NULL), -EBADMSG);
                (void)write_pem(der, len, "SOMETHING ELSE", pem);
                assert_int_equal(signature_key_read(pem, strlen(pem), &half, NULL), -EBADMSG);
                for (size_t cut = 0; cut < len; cut++)
                        assert_int_equal(signature_key_read(der, cut, &half, NULL), -EBADMSG);
                signing_key_free(key);
        }
}

static void public_keys_of_other_kinds_are_not_taken(void **state)
{
        (void)state;
        EVP_PKEY *others[] = { EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
                               EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-224"),
                               EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024),
                               EVP_PKEY_Q_keygen(NULL, NULL, "X25519") };
        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
                struct signature_key *key = NULL;
                uint8_t *der = NULL;
                int len = i2d_PUBKEY(others[i], &der);
                assert_true(len > 0);
                assert_int_equal(signature_key_read(der, (size_t)len, &key, NULL), -ENOTSUP);
                OPENSSL_free(der);
                EVP_PKEY_free(others[i]);
        }
}

#define IN_A_FOLDER(test)                                                                          \
        cmocka_unit_test_setup_teardown(test, store_folder_make, store_folder_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_signed_is_known_by_the_public_half),
                IN_A_FOLDER(a_key_comes_back_from_its_file),
                IN_A_FOLDER(a_file_that_is_there_is_never_written_over),
                IN_A_FOLDER(a_passphrase_that_is_wrong_or_missing_is_said),
                IN_A_FOLDER(a_passphrase_of_any_length_that_is_taken_opens_again),
                IN_A_FOLDER(a_file_that_others_may_touch_is_refused),
                IN_A_FOLDER(what_is_not_a_key_file_is_refused),
                IN_A_FOLDER(another_kind_of_key_is_refused),
                IN_A_FOLDER(a_key_that_does_not_fit_on_the_disk_leaves_nothing),
                cmocka_unit_test(public_keys_are_read_as_der_and_pem_and_have_one_kid),
                cmocka_unit_test(public_keys_of_other_kinds_are_not_taken),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Sealing: what a gate writes about people whom the registry does not know, and who can read it. */
#include "tests/check.h"

#include "controller/ports/unsealing.h"
#include "controller/validate/identity.h"
#include "tests/contract/store_folder.h"
#include <errno.h>
#include <jansson.h>
#include <openssl/pem.h>
#include <string.h>

#define CARD "001099000123|012345678|Nguyễn Văn An|01021999|Nam|Số 1 Đường Láng, Hà Nội|15042021"

struct site {
        struct signing_key *key;
        uint8_t public_key[SEALING_KEY_LEN];
};

static void write_public(const struct signing_key *key, const char *path)
{
        uint8_t der[256];
        const uint8_t *at = der;
        int len = signing_key_public(key, der, sizeof(der));
        assert_in_range(len, 1, sizeof(der));
        EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, len);
        FILE *file = fopen(path, "we");
        assert_non_null(pkey);
        assert_non_null(file);
        assert_int_equal(PEM_write_PUBKEY(file, pkey), 1);
        assert_int_equal(fclose(file), 0);
        EVP_PKEY_free(pkey);
}

static struct site make_site(const char *path)
{
        struct site site = { .key = NULL };
        assert_int_equal(signing_key_new(SIGNING_X25519, &site.key), 0);
        write_public(site.key, path);
        assert_int_equal(sealing_key_load(path, site.public_key), 0);
        return site;
}

static struct credential sealed_of(const struct site *site, const char *text)
{
        struct credential_reader *reader = calloc(1, sizeof(*reader));
        struct payload payload = { .len = strlen(text) };
        struct credential_reading reading;
        struct credential credential = { .sealed_len = 1 };
        assert_non_null(reader);
        memcpy(payload.bytes, text, payload.len);
        credential_read(reader, &payload, &reading);
        assert_true(identity_seal(site->public_key, &reading, &credential));
        free(reader);
        return credential;
}

static void assert_says(const struct site *site, const char *text, const char *expected)
{
        char plain[SEALING_PLAIN_MAX + 1];
        struct credential credential = sealed_of(site, text);
        int len = unsealing_open(site->key, credential.sealed, credential.sealed_len, plain);
        assert_in_range(len, 1, SEALING_PLAIN_MAX);
        json_t *said = json_loads(plain, 0, NULL), *wanted = json_loads(expected, 0, NULL);
        assert_non_null(wanted);
        if (!json_equal(said, wanted))
                fail_msg("%s instead of %s", plain, expected);
        json_decref(said);
        json_decref(wanted);
}

static void who_a_card_names_is_said_and_nothing_more(void **state)
{
        struct store_folder *folder = *state;
        struct site site = make_site(folder->path);
        assert_says(&site, CARD,
                    "{\"class\": \"cccd\", \"number\": \"001099000123\", \"name\": \"Nguyễn Văn "
                    "An\", \"born\": \"1999-02-01\"}");
        assert_says(&site, "001099000123||NGUYỄN VĂN AN|1999|Nam|Huế|15082024||||\r\n",
                    "{\"class\": \"can_cuoc_2024\", \"number\": \"001099000123\", \"name\": "
                    "\"NGUYỄN VĂN AN\", \"born\": \"1999\"}");
        assert_says(&site,
                    "******000317|NGUYEN VAN AN|1987-**-**|0|162979388586171100|<1<<0912345678",
                    "{\"class\": \"personal_qr\", \"number\": \"162979388586171100\", \"name\": "
                    "\"NGUYEN VAN AN\", \"born\": \"1987\", \"phone\": \"0912345678\"}");
        signing_key_free(site.key);
}

static void a_long_name_is_cut_between_two_characters(void **state)
{
        struct store_folder *folder = *state;
        struct site site = make_site(folder->path);
        char card[512] = "001099000123||", plain[SEALING_PLAIN_MAX + 1];
        for (int i = 0; i < 33; i++)
                strcat(card, "ễ");
        strcat(card, "|01021999|Nam|Huế|15042021");
        struct credential credential = sealed_of(&site, card);
        assert_true(unsealing_open(site.key, credential.sealed, credential.sealed_len, plain) > 0);
        json_t *said = json_loads(plain, 0, NULL);
        assert_int_equal(json_string_length(json_object_get(said, "name")), 96);
        json_decref(said);
        signing_key_free(site.key);
}

static void a_code_without_an_identity_leaves_nothing(void **state)
{
        struct store_folder *folder = *state;
        struct site site = make_site(folder->path);
        static const char *const codes[] = { "WORKER-0001", "https://qr.tokhaiyte.vn/",
                                             "HC1:NOTHING", "ST1:NOTHING" };
        for (size_t i = 0; i < ARRAY_LEN(codes); i++)
                assert_int_equal(sealed_of(&site, codes[i]).sealed_len, 0);
        signing_key_free(site.key);
}

static void one_card_is_never_sealed_alike_twice(void **state)
{
        struct store_folder *folder = *state;
        struct site site = make_site(folder->path);
        struct credential one = sealed_of(&site, CARD), two = sealed_of(&site, CARD);
        assert_int_equal(one.sealed_len, two.sealed_len);
        assert_memory_not_equal(one.sealed, two.sealed, one.sealed_len);
        signing_key_free(site.key);
}

static void only_the_sites_key_opens_and_only_what_was_sealed(void **state)
{
        struct store_folder *folder = *state;
        struct site site = make_site(folder->path);
        struct credential credential = sealed_of(&site, CARD);
        struct signing_key *other = NULL, *issuer = NULL;
        char plain[SEALING_PLAIN_MAX + 1];
        size_t len = credential.sealed_len;
        assert_int_equal(signing_key_new(SIGNING_X25519, &other), 0);
        assert_int_equal(signing_key_new(SIGNING_ED25519, &issuer), 0);
        assert_int_equal(unsealing_open(other, credential.sealed, len, plain), -EBADMSG);
        assert_int_equal(unsealing_open(issuer, credential.sealed, len, plain), -EINVAL);
        for (size_t cut = 0; cut < len; cut++)
                assert_int_equal(unsealing_open(site.key, credential.sealed, cut, plain), -EBADMSG);
        for (size_t i = 0; i < len; i++) {
                credential.sealed[i] ^= 4;
                assert_int_equal(unsealing_open(site.key, credential.sealed, len, plain), -EBADMSG);
                credential.sealed[i] ^= 4;
        }
        assert_int_equal(unsealing_open(site.key, credential.sealed, len, plain),
                         (int)len - SEALING_OVERHEAD);
        signing_key_free(other);
        signing_key_free(issuer);
        signing_key_free(site.key);
}

static void what_is_longer_than_a_row_holds_is_not_sealed(void **state)
{
        struct store_folder *folder = *state;
        struct site site = make_site(folder->path);
        static const char plain[SEALING_PLAIN_MAX + 1];
        uint8_t sealed[FLOW_SEALED_MAX];
        assert_int_equal(sealing_seal(site.public_key, plain, SEALING_PLAIN_MAX, sealed), 0);
        assert_int_equal(sealing_seal(site.public_key, plain, SEALING_PLAIN_MAX + 1, sealed),
                         -E2BIG);
        signing_key_free(site.key);
}

static void a_key_file_that_is_none_says_why(void **state)
{
        struct store_folder *folder = *state;
        uint8_t public_key[SEALING_KEY_LEN];
        struct signing_key *issuer = NULL;
        assert_int_equal(sealing_key_load(folder->path, public_key), -ENOENT);
        assert_int_equal(signing_key_new(SIGNING_ED25519, &issuer), 0);
        write_public(issuer, folder->path);
        assert_int_equal(sealing_key_load(folder->path, public_key), -ENOTSUP);
        FILE *file = fopen(folder->path, "we");
        assert_non_null(file);
        fputs("no key\n", file);
        fclose(file);
        assert_int_equal(sealing_key_load(folder->path, public_key), -EBADMSG);
        signing_key_free(issuer);
}

static void a_key_that_opens_signs_nothing(void **state)
{
        (void)state;
        uint8_t signature[SIGNING_SIGNATURE_MAX];
        struct signing_key *key = NULL;
        assert_int_equal(signing_key_new(SIGNING_X25519, &key), 0);
        assert_int_equal(signing_key_kind(key), SIGNING_X25519);
        assert_int_equal(signing_key_sign(key, "x", 1, signature), -EINVAL);
        signing_key_free(key);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(who_a_card_names_is_said_and_nothing_more),
                IN_FOLDER(a_long_name_is_cut_between_two_characters),
                IN_FOLDER(a_code_without_an_identity_leaves_nothing),
                IN_FOLDER(one_card_is_never_sealed_alike_twice),
                IN_FOLDER(only_the_sites_key_opens_and_only_what_was_sealed),
                IN_FOLDER(what_is_longer_than_a_row_holds_is_not_sealed),
                IN_FOLDER(a_key_file_that_is_none_says_why),
                cmocka_unit_test(a_key_that_opens_signs_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

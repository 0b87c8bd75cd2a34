/* Passwords and tokens: what must not be told, and what is kept instead. */
#include "dashboard/access/access_private.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <utf8proc.h>

bool access_is_password(const char *password)
{
        const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)password;
        size_t letters = 0;
        while (*at != '\0') {
                utf8proc_int32_t letter;
                utf8proc_ssize_t len = utf8proc_iterate(at, -1, &letter);
                if (len <= 0)
                        return false;
                at += len;
                letters++;
        }
        return letters >= ACCESS_PASSWORD_MIN && letters <= ACCESS_PASSWORD_MAX;
}

void password_take_turn(struct access *access)
{
        pthread_mutex_lock(&access->mutex);
        while (access->hashing == ACCESS_HASHES)
                pthread_cond_wait(&access->free, &access->mutex);
        access->hashing++;
        pthread_mutex_unlock(&access->mutex);
}

void password_give_turn(struct access *access)
{
        pthread_mutex_lock(&access->mutex);
        access->hashing--;
        pthread_cond_signal(&access->free);
        pthread_mutex_unlock(&access->mutex);
}

int password_hash(struct access *access, const char *password, char hash[ACCOUNTS_HASH_MAX])
{
        _Static_assert(ACCOUNTS_HASH_MAX >= crypto_pwhash_STRBYTES, "a hash fits");
        password_take_turn(access);
        int r = crypto_pwhash_str(hash, password, strlen(password),
                                  crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                  crypto_pwhash_MEMLIMIT_INTERACTIVE);
        password_give_turn(access);
        return r == 0 ? 0 : -ENOMEM;
}

bool password_is_right(const char *password, const char hash[ACCOUNTS_HASH_MAX])
{
        return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

void password_make_token(char token[ACCESS_TOKEN_MAX])
{
        unsigned char bytes[32];
        randombytes_buf(bytes, sizeof(bytes));
        (void)sodium_bin2base64(token, ACCESS_TOKEN_MAX, bytes, sizeof(bytes),
                                sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        sodium_memzero(bytes, sizeof(bytes));
}

void password_key(const char *token, uint8_t key[ACCOUNTS_KEY_LEN])
{
        _Static_assert(ACCOUNTS_KEY_LEN == crypto_hash_sha256_BYTES, "a key is a digest");
        (void)crypto_hash_sha256(key, (const unsigned char *)token, strlen(token));
}

bool access_is_equal(const char *a, const char *b)
{
        size_t len = strlen(a);
        return len == strlen(b) && sodium_memcmp(a, b, len) == 0;
}

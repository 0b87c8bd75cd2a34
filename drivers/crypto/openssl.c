/* Digest port on OpenSSL's libcrypto (3.0 and later). */
#include "controller/ports/digest.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>

int digest_hmac(const uint8_t key[DIGEST_KEY_LEN], const void *data, size_t len,
                uint8_t out[FLOW_DIGEST_LEN])
{
        unsigned int out_len = 0;
        if (!HMAC(EVP_sha256(), key, DIGEST_KEY_LEN, data, len, out, &out_len) ||
            out_len != FLOW_DIGEST_LEN)
                return -EIO;
        return 0;
}

int digest_hmac_with(enum digest_hash hash, const void *key, size_t key_len, const void *data,
                     size_t len, uint8_t out[DIGEST_MAX])
{
        const EVP_MD *const md[] = { [DIGEST_SHA1] = EVP_sha1(),
                                     [DIGEST_SHA256] = EVP_sha256(),
                                     [DIGEST_SHA512] = EVP_sha512() };
        unsigned int out_len = 0;
        if (key_len > INT_MAX || !HMAC(md[hash], key, (int)key_len, data, len, out, &out_len))
                return -EIO;
        return (int)out_len;
}

int digest_sha256(const void *data, size_t len, uint8_t out[FLOW_DIGEST_LEN])
{
        size_t out_len = 0;
        if (EVP_Q_digest(NULL, "SHA256", NULL, data, len, out, &out_len) != 1 ||
            out_len != FLOW_DIGEST_LEN)
                return -EIO;
        return 0;
}

struct digest_sum {
        EVP_MD_CTX *context;
};

struct digest_sum *digest_sum_new(void)
{
        struct digest_sum *sum = calloc(1, sizeof(*sum));
        if (sum)
                sum->context = EVP_MD_CTX_new();
        if (sum && sum->context && EVP_DigestInit_ex(sum->context, EVP_sha256(), NULL) == 1)
                return sum;
        return digest_sum_free(sum);
}

int digest_sum_add(struct digest_sum *sum, const void *data, size_t len)
{
        return EVP_DigestUpdate(sum->context, data, len) == 1 ? 0 : -EIO;
}

int digest_sum_take(struct digest_sum *sum, uint8_t out[FLOW_DIGEST_LEN])
{
        return EVP_DigestFinal_ex(sum->context, out, NULL) == 1 &&
                               EVP_DigestInit_ex(sum->context, EVP_sha256(), NULL) == 1
                       ? 0
                       : -EIO;
}

struct digest_sum *digest_sum_free(struct digest_sum *sum)
{
        if (sum)
                EVP_MD_CTX_free(sum->context);
        free(sum);
        return NULL;
}

bool digest_equal(const void *a, const void *b, size_t len)
{
        return CRYPTO_memcmp(a, b, len) == 0;
}

int digest_random(void *out, size_t len)
{
        return RAND_bytes(out, (int)len) == 1 ? 0 : -EIO;
}

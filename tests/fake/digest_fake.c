/* Digest fake: distinguishes inputs, proves nothing. Unit tests need no crypto library. */
#include "controller/ports/digest.h"

#include <stdlib.h>
#include <string.h>

static void mix(uint64_t *hash, const void *data, size_t len)
{
        const uint8_t *bytes = data;
        for (size_t i = 0; i < len; i++)
                *hash = (*hash ^ bytes[i]) * UINT64_C(1099511628211);
}

static void spread(uint64_t hash, uint8_t out[FLOW_DIGEST_LEN])
{
        for (int i = 0; i < 4; i++) {
                mix(&hash, "next", 4);
                memcpy(out + (size_t)i * 8, &hash, 8);
        }
}

int digest_hmac(const uint8_t key[DIGEST_KEY_LEN], const void *data, size_t len,
                uint8_t out[FLOW_DIGEST_LEN])
{
        uint64_t hash = UINT64_C(14695981039346656037);
        mix(&hash, key, DIGEST_KEY_LEN);
        mix(&hash, data, len);
        spread(hash, out);
        return 0;
}

int digest_hmac_with(enum digest_hash hash, const void *key, size_t key_len, const void *data,
                     size_t len, uint8_t out[DIGEST_MAX])
{
        uint64_t state = UINT64_C(14695981039346656037) + hash;
        mix(&state, key, key_len);
        mix(&state, data, len);
        spread(state, out);
        return FLOW_DIGEST_LEN;
}

int digest_sha256(const void *data, size_t len, uint8_t out[FLOW_DIGEST_LEN])
{
        static const uint8_t none[DIGEST_KEY_LEN];
        return digest_hmac(none, data, len, out);
}

bool digest_equal(const void *a, const void *b, size_t len)
{
        return memcmp(a, b, len) == 0;
}

int digest_random(void *out, size_t len)
{
        memset(out, 0x5a, len);
        return 0;
}

struct digest_sum {
        uint64_t hash;
};

static const uint64_t fresh_sum = UINT64_C(14695981039346656037);

struct digest_sum *digest_sum_new(void)
{
        struct digest_sum *sum = malloc(sizeof(*sum));
        if (sum)
                sum->hash = fresh_sum;
        return sum;
}

int digest_sum_add(struct digest_sum *sum, const void *data, size_t len)
{
        mix(&sum->hash, data, len);
        return 0;
}

int digest_sum_take(struct digest_sum *sum, uint8_t out[FLOW_DIGEST_LEN])
{
        spread(sum->hash, out);
        sum->hash = fresh_sum;
        return 0;
}

struct digest_sum *digest_sum_free(struct digest_sum *sum)
{
        free(sum);
        return NULL;
}

#include "controller/validate/trust_list_write.h"

#include "controller/validate/cose/sign1_write.h"

#include <errno.h>
#include <string.h>

enum {
        ROUND_MAX = 1024, /* bytes of a list besides its keys */
        HEAD_MAX = 9,     /* of a CBOR head */
        SECOND_US = 1000000
};

/* Bytes written; 0: they do not fit. */
static size_t put_claims(const struct trust_list_info *info, const struct trust_list_key *keys,
                         size_t count, uint8_t *payload, size_t size)
{
        struct cbor_writer writer;
        bool has_end = info->expires_us != 0;
        cbor_writer_init(&writer, payload, size);
        cbor_put_map(&writer, has_end ? 4 : 3);
        cbor_put_int(&writer, CWT_ISS);
        cbor_put_text(&writer, info->issuer);
        if (has_end) {
                cbor_put_int(&writer, CWT_EXP);
                cbor_put_int(&writer, info->expires_us / SECOND_US);
        }
        cbor_put_int(&writer, CWT_IAT);
        cbor_put_int(&writer, info->issued_us / SECOND_US);
        cbor_put_int(&writer, TRUST_LIST_CLAIM_KEYS);
        cbor_put_array(&writer, count);
        for (size_t i = 0; i < count; i++)
                cbor_put_bytes(&writer, keys[i].der, keys[i].len);
        return writer.is_full ? 0 : writer.len;
}

int trust_list_write(const struct trust_list_info *info, const struct trust_list_key *keys,
                     size_t count, const struct signing_key *issuer, uint8_t **bytes, size_t *len)
{
        size_t size = ROUND_MAX;
        if (count == 0 || signing_key_kind(issuer) != SIGNING_ED25519)
                return -EINVAL;
        for (size_t i = 0; i < count; i++)
                size += keys[i].len + HEAD_MAX;
        if (count > TRUST_LIST_KEYS_MAX || size > (size_t)2 * TRUST_LIST_BYTES_MAX)
                return -E2BIG;
        uint8_t *payload = malloc(size), *out = malloc(size);
        int error = payload && out ? 0 : -ENOMEM;
        size_t payload_len = error ? 0 : put_claims(info, keys, count, payload, size);
        int written =
                error ? error
                : payload_len == 0
                        ? -E2BIG
                        : sign1_write(issuer, NULL, 0, payload, payload_len, out,
                                      TRUST_LIST_BYTES_MAX < size ? TRUST_LIST_BYTES_MAX : size);
        free(payload);
        if (written < 0) {
                free(out);
                return written;
        }
        *bytes = out;
        *len = (size_t)written;
        return 0;
}

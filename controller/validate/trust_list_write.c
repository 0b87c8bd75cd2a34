#include "controller/validate/trust_list_write.h"

#include "controller/ports/digest.h"
#include "controller/validate/cose/sign1.h"

#include <errno.h>
#include <string.h>

enum {
        ROUND_MAX = 1024, /* bytes of a list, or of what is signed of it, besides its keys */
        HEAD_MAX = 9,     /* of a CBOR head */
        HEADER_MAX = 32,
        TAG_SIGN1 = 18,
        LABEL_ALG = 1,
        LABEL_KID = 4,
        SECOND_US = 1000000
};

/* {1: -8, 4: kid}. Bytes written, or -EIO. */
static int put_header(const struct signing_key *issuer, uint8_t header[HEADER_MAX])
{
        uint8_t der[SIGNATURE_DER_MAX], digest[FLOW_DIGEST_LEN];
        struct cbor_writer writer;
        int len = signing_key_public(issuer, der, sizeof(der));
        if (len < 0 || digest_sha256(der, (size_t)len, digest) != 0)
                return -EIO;
        cbor_writer_init(&writer, header, HEADER_MAX);
        cbor_put_map(&writer, 2);
        cbor_put_int(&writer, LABEL_ALG);
        cbor_put_int(&writer, SIGNATURE_EDDSA);
        cbor_put_int(&writer, LABEL_KID);
        cbor_put_bytes(&writer, digest, SIGNATURE_KID_LEN);
        return (int)writer.len;
}

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

/* `work` and `out` are of `size` bytes. Bytes of the list in `out`, or -errno. */
static int sign_list(const struct signing_key *issuer, const uint8_t *payload, size_t payload_len,
                     uint8_t *work, uint8_t *out, size_t size)
{
        uint8_t header[HEADER_MAX], signature[SIGNING_SIGNATURE_MAX];
        struct cbor_writer writer;
        int header_len = put_header(issuer, header);
        if (header_len < 0)
                return header_len;
        int len = sign1_to_be_signed(header, (size_t)header_len, NULL, 0, payload, payload_len,
                                     work, size);
        if (len < 0)
                return len;
        if (signing_key_sign(issuer, work, (size_t)len, signature) != 0)
                return -EIO;
        cbor_writer_init(&writer, out, size);
        cbor_put_tag(&writer, TAG_SIGN1);
        cbor_put_array(&writer, 4);
        cbor_put_bytes(&writer, header, (size_t)header_len);
        cbor_put_map(&writer, 0);
        cbor_put_bytes(&writer, payload, payload_len);
        cbor_put_bytes(&writer, signature, sizeof(signature));
        return writer.is_full || writer.len > TRUST_LIST_BYTES_MAX ? -E2BIG : (int)writer.len;
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
        uint8_t *payload = malloc(size), *work = malloc(size), *out = malloc(size);
        int error = payload && work && out ? 0 : -ENOMEM;
        size_t payload_len = error ? 0 : put_claims(info, keys, count, payload, size);
        int written = error              ? error
                      : payload_len == 0 ? -E2BIG
                                         : sign_list(issuer, payload, payload_len, work, out, size);
        free(payload);
        free(work);
        if (written < 0) {
                free(out);
                return written;
        }
        *bytes = out;
        *len = (size_t)written;
        return 0;
}

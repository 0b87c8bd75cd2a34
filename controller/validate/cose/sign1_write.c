#include "controller/validate/cose/sign1_write.h"

#include "controller/ports/digest.h"
#include "controller/validate/cose/sign1.h"

#include <errno.h>

enum {
        HEADER_MAX = 32,
        TAG_SIGN1 = 18,
        LABEL_ALG = 1,
        LABEL_KID = 4
};

/* Bytes written, or -EIO. */
static int put_header(const struct signing_key *key, uint8_t header[HEADER_MAX])
{
        uint8_t der[SIGNATURE_DER_MAX], digest[FLOW_DIGEST_LEN];
        struct cbor_writer writer;
        int len = signing_key_public(key, der, sizeof(der));
        if (len < 0 || digest_sha256(der, (size_t)len, digest) != 0)
                return -EIO;
        cbor_writer_init(&writer, header, HEADER_MAX);
        cbor_put_map(&writer, 2);
        cbor_put_int(&writer, LABEL_ALG);
        cbor_put_int(&writer,
                     signing_key_kind(key) == SIGNING_P256 ? SIGNATURE_ES256 : SIGNATURE_EDDSA);
        cbor_put_int(&writer, LABEL_KID);
        cbor_put_bytes(&writer, digest, SIGNATURE_KID_LEN);
        return (int)writer.len;
}

int sign1_write(const struct signing_key *key, const void *external, size_t external_len,
                const void *payload, size_t payload_len, uint8_t *out, size_t size)
{
        uint8_t header[HEADER_MAX], signature[SIGNING_SIGNATURE_MAX];
        struct cbor_writer writer;
        size_t work_size = payload_len + external_len + SIGN1_ROUND_MAX;
        int header_len = put_header(key, header);
        if (header_len < 0)
                return header_len;
        uint8_t *work = malloc(work_size);
        int len = !work ? -ENOMEM
                        : sign1_to_be_signed(header, (size_t)header_len, external, external_len,
                                             payload, payload_len, work, work_size);
        if (len >= 0 && signing_key_sign(key, work, (size_t)len, signature) != 0)
                len = -EIO;
        free(work);
        if (len < 0)
                return len;
        cbor_writer_init(&writer, out, size);
        cbor_put_tag(&writer, TAG_SIGN1);
        cbor_put_array(&writer, 4);
        cbor_put_bytes(&writer, header, (size_t)header_len);
        cbor_put_map(&writer, 0);
        cbor_put_bytes(&writer, payload, payload_len);
        cbor_put_bytes(&writer, signature, sizeof(signature));
        return writer.is_full ? -E2BIG : (int)writer.len;
}

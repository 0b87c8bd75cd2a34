#include "controller/validate/formats/site_pass.h"

#include "controller/validate/cose/base45.h"
#include "controller/validate/cose/sign1.h"
#include "controller/validate/formats/site_pass_private.h"

#include <errno.h>
#include <string.h>

const uint8_t site_pass_proof_header[3] = { 0xa1, 0x01, 0x26 };

/* A message of ours is canonical, untagged, and has its algorithm where it is signed. */
struct part {
        struct sign1 message;
        const uint8_t *bytes; /* the whole of it */
        size_t len;
};

bool site_pass_is_like(const char *text, size_t len)
{
        size_t prefix_len = strlen(SITE_PASS_PREFIX);
        return len >= prefix_len && memcmp(text, SITE_PASS_PREFIX, prefix_len) == 0;
}

static int read_part(struct cbor_reader *reader, enum signature_alg alg, size_t kid_len,
                     struct part *part)
{
        struct cbor_item first;
        size_t begin = reader->at;
        int error = cbor_peek(reader, &first);
        if (!error && first.type != CBOR_ARRAY)
                error = -EBADMSG; /* a tag would be a second form of the same pass */
        if (!error)
                error = sign1_read(reader, &part->message);
        if (error)
                return error;
        const struct sign1 *message = &part->message;
        /* Only alg and kid, both protected: an unprotected header is one byte, the empty map. */
        uint8_t header[16];
        struct cbor_writer writer;
        cbor_writer_init(&writer, header, sizeof(header));
        cbor_put_map(&writer, kid_len > 0 ? 2 : 1);
        cbor_put_int(&writer, 1);
        cbor_put_int(&writer, alg);
        if (kid_len > 0) {
                cbor_put_int(&writer, 4);
                cbor_put_bytes(&writer, message->kid, kid_len);
        }
        bool is_ours = message->is_canonical && message->is_alg_protected &&
                       message->kid_len == kid_len && message->protected_len == writer.len &&
                       memcmp(message->protected_header, header, writer.len) == 0 &&
                       message->protected_header[message->protected_len] == 0xa0 &&
                       message->signature_len == PASS_SIGNATURE_LEN;
        part->bytes = reader->bytes + begin;
        part->len = reader->at - begin;
        return is_ours ? 0 : -EBADMSG;
}

/* {6: iat}: whole seconds, as they are from 1970's first day to the year 2106, in a head of four
 * bytes. Of its one form, so compared as bytes. */
static int read_proof_time(const struct sign1 *proof, int64_t *us)
{
        static const uint8_t head[] = { 0xa1, PASS_IAT, 0x1a };
        enum {
                TIME_LEN = 4
        };
        uint32_t time = 0;
        if (proof->payload_len != sizeof(head) + TIME_LEN ||
            memcmp(proof->payload, head, sizeof(head)) != 0)
                return -EBADMSG;
        for (size_t i = 0; i < TIME_LEN; i++)
                time = time << 8 | proof->payload[sizeof(head) + i];
        if (time <= UINT16_MAX) /* a shorter head would do */
                return -EBADMSG;
        *us = (int64_t)time * 1000000;
        return 0;
}

/* Every key of this kid is tried: four bytes may be those of two. */
static enum reason verify_pass(const struct part *part, const struct trust *trust,
                               struct site_pass *pass)
{
        struct trust_key key;
        enum reason reason = REASON_UNTRUSTED_ISSUER;
        size_t at = 0;
        int tries = 0;
        while (trust && tries++ < TRUST_TRIES_MAX &&
               trust_next(trust, TRUST_PASS, pass->kid, SITE_PASS_KID_LEN, &at, &key)) {
                if (memcmp(key.info->kid, pass->kid, SITE_PASS_KID_LEN) != 0)
                        break; /* behind the named ones come keys of any kid: not for us */
                if (sign1_verify(&part->message, key.key, NULL, 0) == 1) {
                        memcpy(pass->issuer, key.name, sizeof(pass->issuer));
                        return REASON_NONE;
                }
                reason = REASON_BAD_SIGNATURE;
        }
        return reason;
}

static enum reason verify_proof(const struct part *part, const struct part *proof,
                                const struct site_pass *pass)
{
        struct signature_key *phone = NULL;
        if (signature_key_p256(pass->phone_x, pass->is_phone_y_odd, &phone) != 0)
                return REASON_UNREADABLE;
        int good = sign1_verify(&proof->message, phone, part->bytes, part->len);
        signature_key_free(phone);
        return good == 1 ? REASON_NONE : REASON_BAD_SIGNATURE;
}

static enum reason read_bytes(const uint8_t *bytes, size_t len, const struct trust *trust,
                              struct site_pass *pass)
{
        struct cbor_reader reader;
        struct part part, proof;
        bool has_proof = false;
        cbor_reader_init(&reader, bytes, len);
        if (read_part(&reader, SIGNATURE_EDDSA, SITE_PASS_KID_LEN, &part) != 0)
                return REASON_UNREADABLE;
        memcpy(pass->kid, part.message.kid, SITE_PASS_KID_LEN);
        if (site_pass_read_claims(part.message.payload, part.message.payload_len, pass) != 0)
                return REASON_UNREADABLE;
        if (!cbor_at_end(&reader)) {
                has_proof = true;
                if (!pass->claims.is_bound || read_part(&reader, SIGNATURE_ES256, 0, &proof) != 0 ||
                    !cbor_at_end(&reader) ||
                    read_proof_time(&proof.message, &pass->claims.proof_us) != 0)
                        return REASON_UNREADABLE;
        }
        enum reason reason = verify_pass(&part, trust, pass);
        if (reason == REASON_NONE && has_proof)
                reason = verify_proof(&part, &proof, pass);
        if (reason != REASON_NONE)
                pass->claims.proof_us = 0;
        return reason;
}

enum reason site_pass_read(const char *text, size_t len, const struct trust *trust,
                           struct site_pass *pass)
{
        uint8_t bytes[SITE_PASS_BYTES_MAX];
        size_t prefix_len = strlen(SITE_PASS_PREFIX);
        *pass = (struct site_pass){ .from_us = 0 };
        if (!site_pass_is_like(text, len))
                return REASON_UNREADABLE;
        /* Base45 has one text for each bytes: what decodes is what was encoded. */
        ssize_t bytes_len =
                base45_decode(text + prefix_len, len - prefix_len, bytes, sizeof(bytes));
        return bytes_len < 0 ? REASON_UNREADABLE
                             : read_bytes(bytes, (size_t)bytes_len, trust, pass);
}

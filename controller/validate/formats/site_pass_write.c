#include "controller/validate/formats/site_pass_write.h"

#include "controller/ports/digest.h"
#include "controller/validate/cose/base45.h"
#include "controller/validate/cose/sign1.h"
#include "controller/validate/formats/site_pass_private.h"

#include <errno.h>
#include <string.h>

enum {
        PAYLOAD_MAX = 640,
        DER_MAX = 256
};

/* SubjectPublicKeyInfo of an uncompressed P-256 point (RFC 5480): what stands before x and y. */
static const uint8_t p256_prefix[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };

int site_pass_bind(struct site_pass *pass, const uint8_t *der, size_t len)
{
        size_t number_len = sizeof(pass->phone_x);
        if (len != sizeof(p256_prefix) + 2 * number_len ||
            memcmp(der, p256_prefix, sizeof(p256_prefix)) != 0)
                return -EBADMSG;
        memcpy(pass->phone_x, der + sizeof(p256_prefix), number_len);
        pass->is_phone_y_odd = (der[len - 1] & 1) != 0;
        pass->claims.is_bound = true;
        return 0;
}

static void put_time(struct cbor_writer *writer, int64_t label, int64_t us)
{
        if (us == 0)
                return;
        cbor_put_int(writer, label);
        cbor_put_int(writer, us / 1000000);
}

static void put_id(struct cbor_writer *writer, int64_t label, const char *id)
{
        if (id[0] == '\0')
                return;
        cbor_put_int(writer, label);
        cbor_put_text(writer, id);
}

static void put_count(struct cbor_writer *writer, int64_t label, int count)
{
        if (count == 0)
                return;
        cbor_put_int(writer, label);
        cbor_put_int(writer, count);
}

static void put_cnf(struct cbor_writer *writer, const struct site_pass *pass)
{
        if (!pass->claims.is_bound)
                return;
        cbor_put_int(writer, PASS_CNF);
        cbor_put_map(writer, 1);
        cbor_put_int(writer, 1); /* COSE_Key */
        cbor_put_map(writer, 4);
        cbor_put_int(writer, 1); /* kty: EC2 */
        cbor_put_int(writer, 2);
        cbor_put_int(writer, -1); /* crv: P-256 */
        cbor_put_int(writer, 1);
        cbor_put_int(writer, -2);
        cbor_put_bytes(writer, pass->phone_x, sizeof(pass->phone_x));
        cbor_put_int(writer, -3);
        cbor_put_bool(writer, pass->is_phone_y_odd);
}

static void put_ours(struct cbor_writer *writer, const struct pass_claims *claims)
{
        size_t count = (claims->site[0] != '\0') + (size_t)(claims->levels > 0) +
                       (claims->schedule[0] != '\0') + (claims->uses_max > 0) +
                       (claims->day_uses_max > 0);
        if (count == 0)
                return;
        cbor_put_int(writer, PASS_OURS);
        cbor_put_map(writer, count);
        put_id(writer, PASS_SITE, claims->site);
        if (claims->levels > 0) {
                cbor_put_int(writer, PASS_LEVELS);
                cbor_put_array(writer, claims->levels);
                for (size_t i = 0; i < claims->levels; i++)
                        cbor_put_text(writer, claims->level[i]);
        }
        put_id(writer, PASS_SCHEDULE, claims->schedule);
        put_count(writer, PASS_USES, claims->uses_max);
        put_count(writer, PASS_DAY_USES, claims->day_uses_max);
}

static void put_claims(struct cbor_writer *writer, const struct site_pass *pass)
{
        const struct pass_claims *claims = &pass->claims;
        bool has_ours = claims->site[0] != '\0' || claims->levels > 0 ||
                        claims->schedule[0] != '\0' || claims->uses_max > 0 ||
                        claims->day_uses_max > 0;
        cbor_put_map(writer, 3U + (pass->until_us != 0) + (pass->from_us != 0) + claims->is_bound +
                                     has_ours);
        put_id(writer, PASS_SUB, claims->holder);
        put_time(writer, PASS_EXP, pass->until_us);
        put_time(writer, PASS_NBF, pass->from_us);
        put_time(writer, PASS_IAT, claims->issued_us);
        cbor_put_int(writer, PASS_CTI);
        cbor_put_bytes(writer, claims->id, claims->id_len);
        put_cnf(writer, pass);
        put_ours(writer, claims);
}

static int put_signed(struct cbor_writer *writer, const struct signing_key *key,
                      const struct cbor_writer *header, const void *external, size_t external_len,
                      const struct cbor_writer *payload)
{
        uint8_t data[SITE_PASS_BYTES_MAX + PAYLOAD_MAX + 64];
        uint8_t signature[SIGNING_SIGNATURE_MAX];
        int len = sign1_to_be_signed(header->bytes, header->len, external, external_len,
                                     payload->bytes, payload->len, data, sizeof(data));
        int error = header->is_full || payload->is_full ? -E2BIG
                    : len < 0                           ? len
                              : signing_key_sign(key, data, (size_t)len, signature);
        if (error)
                return error;
        cbor_put_array(writer, 4);
        cbor_put_bytes(writer, header->bytes, header->len);
        cbor_put_map(writer, 0);
        cbor_put_bytes(writer, payload->bytes, payload->len);
        cbor_put_bytes(writer, signature, PASS_SIGNATURE_LEN);
        return writer->is_full ? -E2BIG : 0;
}

static int to_text(const struct cbor_writer *writer, char text[SITE_PASS_TEXT_MAX])
{
        size_t prefix_len = strlen(SITE_PASS_PREFIX);
        strcpy(text, SITE_PASS_PREFIX);
        ssize_t len = base45_encode(writer->bytes, writer->len, text + prefix_len,
                                    SITE_PASS_TEXT_MAX - prefix_len);
        return len < 0 ? (int)len : 0;
}

static int read_kid(struct site_pass *pass, const struct signing_key *issuer)
{
        uint8_t der[DER_MAX], digest[FLOW_DIGEST_LEN];
        int len = signing_key_public(issuer, der, sizeof(der));
        int error = len < 0 ? len : digest_sha256(der, (size_t)len, digest);
        if (!error)
                memcpy(pass->kid, digest, SITE_PASS_KID_LEN);
        return error;
}

int site_pass_write(struct site_pass *pass, const struct signing_key *issuer,
                    char text[SITE_PASS_TEXT_MAX])
{
        uint8_t bytes[SITE_PASS_BYTES_MAX], header_bytes[16], payload_bytes[PAYLOAD_MAX];
        struct cbor_writer writer, header, payload;
        struct site_pass again = { .from_us = 0 };
        int error = signing_key_kind(issuer) == SIGNING_ED25519 ? read_kid(pass, issuer) : -EINVAL;
        if (error)
                return error;
        cbor_writer_init(&header, header_bytes, sizeof(header_bytes));
        cbor_put_map(&header, 2);
        cbor_put_int(&header, 1);
        cbor_put_int(&header, SIGNATURE_EDDSA);
        cbor_put_int(&header, 4);
        cbor_put_bytes(&header, pass->kid, SITE_PASS_KID_LEN);
        cbor_writer_init(&payload, payload_bytes, sizeof(payload_bytes));
        put_claims(&payload, pass);
        /* What no gate would read is not signed. */
        if (!payload.is_full && site_pass_read_claims(payload.bytes, payload.len, &again) != 0)
                return -EINVAL;
        cbor_writer_init(&writer, bytes, sizeof(bytes));
        error = put_signed(&writer, issuer, &header, NULL, 0, &payload);
        return error ? error : to_text(&writer, text);
}

/* The bytes of a pass without a proof, and the message that they are. Their number, or -errno. */
static ssize_t read_alone(const char *text, uint8_t bytes[SITE_PASS_BYTES_MAX],
                          struct sign1 *message)
{
        struct cbor_reader reader;
        size_t prefix_len = strlen(SITE_PASS_PREFIX), text_len = strlen(text);
        if (!site_pass_is_like(text, text_len))
                return -EBADMSG;
        ssize_t len =
                base45_decode(text + prefix_len, text_len - prefix_len, bytes, SITE_PASS_BYTES_MAX);
        if (len < 0)
                return len;
        cbor_reader_init(&reader, bytes, (size_t)len);
        return sign1_read(&reader, message) == 0 && cbor_at_end(&reader) ? len : -EBADMSG;
}

bool site_pass_is_of_phone(const char *text, const struct signing_key *phone)
{
        uint8_t bytes[SITE_PASS_BYTES_MAX], der[DER_MAX];
        struct sign1 message;
        struct site_pass pass = { .from_us = 0 }, of_phone = { .from_us = 0 };
        int len = signing_key_public(phone, der, sizeof(der));
        return len > 0 && site_pass_bind(&of_phone, der, (size_t)len) == 0 &&
               read_alone(text, bytes, &message) > 0 &&
               site_pass_read_claims(message.payload, message.payload_len, &pass) == 0 &&
               pass.claims.is_bound && pass.is_phone_y_odd == of_phone.is_phone_y_odd &&
               memcmp(pass.phone_x, of_phone.phone_x, sizeof(pass.phone_x)) == 0;
}

int site_pass_prove(const char *text, const struct signing_key *phone, int64_t at_us,
                    char proven[SITE_PASS_TEXT_MAX])
{
        uint8_t bytes[SITE_PASS_BYTES_MAX], header_bytes[8], payload_bytes[16];
        struct cbor_writer writer, header, payload;
        struct sign1 message;
        ssize_t len = signing_key_kind(phone) == SIGNING_P256 ? read_alone(text, bytes, &message)
                                                              : -EBADMSG;
        if (len < 0)
                return (int)len;
        cbor_writer_init(&header, header_bytes, sizeof(header_bytes));
        cbor_put_raw(&header, site_pass_proof_header, sizeof(site_pass_proof_header));
        cbor_writer_init(&payload, payload_bytes, sizeof(payload_bytes));
        cbor_put_map(&payload, 1);
        put_time(&payload, PASS_IAT, at_us);
        cbor_writer_init(&writer, bytes, sizeof(bytes));
        writer.len = (size_t)len; /* the proof stands behind the pass */
        int error = put_signed(&writer, phone, &header, bytes, (size_t)len, &payload);
        return error ? error : to_text(&writer, proven);
}

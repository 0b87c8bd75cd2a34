/*
 * Pass maker: issuers, phones and a gate's trust for tests, and messages of any form, so that a
 * forger's can be made.
 */
#pragma once

#include "tests/check.h"

#include "controller/ports/digest.h"
#include "controller/validate/cose/base45.h"
#include "controller/validate/cose/sign1.h"
#include "controller/validate/formats/site_pass_private.h"
#include "controller/validate/formats/site_pass_write.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
        MAKER_ISSUERS = 2,
        MAKER_DER_MAX = 256
};

struct maker {
        struct signing_key *issuer[MAKER_ISSUERS]; /* trusted, by the names issuer-0, issuer-1 */
        struct signing_key *stranger, *phone, *other_phone;
        struct trust *trust;
};

/* The first key of RFC 8032, 7.1, as PKCS #8: what it signs can be written down. */
#define MAKER_KNOWN_KEY                                                                            \
        "-----BEGIN PRIVATE KEY-----\n"                                                            \
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"                       \
        "-----END PRIVATE KEY-----\n"

static inline struct signing_key *maker_known_key(void)
{
        char path[] = "/tmp/stile-key-XXXXXX";
        struct signing_key *key = NULL;
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, MAKER_KNOWN_KEY, strlen(MAKER_KNOWN_KEY)),
                         strlen(MAKER_KNOWN_KEY));
        close(fd);
        assert_int_equal(signing_key_load(path, NULL, &key), 0);
        unlink(path);
        return key;
}

static inline struct signing_key *maker_new_key(enum signing_kind kind)
{
        struct signing_key *key = NULL;
        assert_int_equal(signing_key_new(kind, &key), 0);
        return key;
}

static inline size_t maker_public(const struct signing_key *key, uint8_t der[MAKER_DER_MAX])
{
        int len = signing_key_public(key, der, MAKER_DER_MAX);
        assert_true(len > 0);
        return (size_t)len;
}

/* `kid`, or NULL: the key's own. */
static inline void maker_trust(struct trust *trust, const struct signing_key *key,
                               const uint8_t *kid, unsigned int uses, const char *name)
{
        uint8_t der[MAKER_DER_MAX];
        struct signature_key *public_key = NULL;
        struct signature_key_info info;
        size_t len = maker_public(key, der);
        assert_int_equal(signature_key_read(der, len, &public_key, &info), 0);
        if (kid)
                memcpy(info.kid, kid, SITE_PASS_KID_LEN);
        assert_int_equal(trust_add(trust, public_key, &info, uses, name), 0);
}

static inline void maker_init(struct maker *maker)
{
        *maker = (struct maker){ .trust = trust_new() };
        assert_non_null(maker->trust);
        maker->issuer[0] = maker_known_key();
        maker->issuer[1] = maker_new_key(SIGNING_ED25519);
        maker->stranger = maker_new_key(SIGNING_ED25519);
        maker->phone = maker_new_key(SIGNING_P256);
        maker->other_phone = maker_new_key(SIGNING_P256);
        maker_trust(maker->trust, maker->issuer[0], NULL, TRUST_PASS, "issuer-0");
        maker_trust(maker->trust, maker->issuer[1], NULL, TRUST_PASS, "issuer-1");
}

static inline void maker_deinit(struct maker *maker)
{
        for (size_t i = 0; i < MAKER_ISSUERS; i++)
                maker->issuer[i] = signing_key_free(maker->issuer[i]);
        maker->stranger = signing_key_free(maker->stranger);
        maker->phone = signing_key_free(maker->phone);
        maker->other_phone = signing_key_free(maker->other_phone);
        maker->trust = trust_unref(maker->trust);
}

#define MAKER_ISSUED_US INT64_C(1790000000000000) /* 2026-09-21T14:13:20Z */
#define MAKER_UNTIL_US  INT64_C(1798736400000000) /* 2026-12-31T17:00:00Z */

/* A worker's pass as most are. */
static inline struct site_pass maker_worker(void)
{
        struct site_pass pass = { .until_us = MAKER_UNTIL_US,
                                  .claims = { .holder = "nguyen-van-an",
                                              .site = "plant",
                                              .level = { "staff" },
                                              .levels = 1,
                                              .issued_us = MAKER_ISSUED_US,
                                              .id = { 0, 1, 2, 3, 4, 5, 6, 7 },
                                              .id_len = SITE_PASS_CTI_LEN } };
        return pass;
}

static inline void maker_bind(struct site_pass *pass, const struct signing_key *phone)
{
        uint8_t der[MAKER_DER_MAX];
        size_t len = maker_public(phone, der);
        assert_int_equal(site_pass_bind(pass, der, len), 0);
}

/* A bound worker's pass, and the same with a proof. */
static inline void maker_proven(const struct maker *maker, char text[SITE_PASS_TEXT_MAX],
                                char proven[SITE_PASS_TEXT_MAX])
{
        struct site_pass pass = maker_worker();
        maker_bind(&pass, maker->phone);
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), 0);
        assert_int_equal(site_pass_prove(text, maker->phone, MAKER_ISSUED_US, proven), 0);
}

/* Bytes of a code in the making. */
struct blob {
        uint8_t bytes[4096];
        size_t len;
};

static inline struct blob blob_of(const void *bytes, size_t len)
{
        struct blob blob = { .len = len };
        assert_true(len <= sizeof(blob.bytes));
        if (len > 0)
                memcpy(blob.bytes, bytes, len);
        return blob;
}

static inline struct blob blob_of_hex(const char *hex)
{
        struct blob blob = { .len = 0 };
        for (; *hex != '\0'; hex += 2) {
                unsigned int byte = 0;
                while (*hex == ' ')
                        hex++;
                assert_int_equal(sscanf(hex, "%2x", &byte), 1);
                blob.bytes[blob.len++] = (uint8_t)byte;
        }
        return blob;
}

static inline void blob_add(struct blob *blob, const void *bytes, size_t len)
{
        assert_true(len <= sizeof(blob->bytes) - blob->len);
        memcpy(blob->bytes + blob->len, bytes, len);
        blob->len += len;
}

static inline struct blob blob_of_text(const char *text)
{
        struct blob blob;
        size_t prefix_len = strlen(SITE_PASS_PREFIX);
        ssize_t len = base45_decode(text + prefix_len, strlen(text) - prefix_len, blob.bytes,
                                    sizeof(blob.bytes));
        assert_true(len > 0);
        blob.len = (size_t)len;
        return blob;
}

static inline enum reason blob_read(const struct blob *blob, const struct trust *trust,
                                    struct site_pass *pass)
{
        char text[8192] = SITE_PASS_PREFIX;
        size_t prefix_len = strlen(SITE_PASS_PREFIX);
        ssize_t len =
                base45_encode(blob->bytes, blob->len, text + prefix_len, sizeof(text) - prefix_len);
        assert_true(len >= 0);
        return site_pass_read(text, prefix_len + (size_t)len, trust, pass);
}

/* {1: alg, 4: kid}, where kid may be NULL. */
static inline struct blob blob_header(int64_t alg, const uint8_t *kid)
{
        struct blob header;
        struct cbor_writer writer;
        cbor_writer_init(&writer, header.bytes, sizeof(header.bytes));
        cbor_put_map(&writer, kid ? 2 : 1);
        cbor_put_int(&writer, 1);
        cbor_put_int(&writer, alg);
        if (kid) {
                cbor_put_int(&writer, 4);
                cbor_put_bytes(&writer, kid, SITE_PASS_KID_LEN);
        }
        header.len = writer.len;
        return header;
}

/* A COSE_Sign1 with that header, payload and signature, in the deterministic encoding. */
static inline struct blob blob_message(const struct blob *header, const struct blob *payload,
                                       const void *signature, size_t signature_len)
{
        struct blob message;
        struct cbor_writer writer;
        cbor_writer_init(&writer, message.bytes, sizeof(message.bytes));
        cbor_put_array(&writer, 4);
        cbor_put_bytes(&writer, header->bytes, header->len);
        cbor_put_map(&writer, 0);
        cbor_put_bytes(&writer, payload->bytes, payload->len);
        cbor_put_bytes(&writer, signature, signature_len);
        assert_false(writer.is_full);
        message.len = writer.len;
        return message;
}

static inline struct blob blob_to_be_signed(const struct blob *header, const struct blob *external,
                                            const struct blob *payload)
{
        struct blob data;
        int len = sign1_to_be_signed(header->bytes, header->len, external ? external->bytes : NULL,
                                     external ? external->len : 0, payload->bytes, payload->len,
                                     data.bytes, sizeof(data.bytes));
        assert_true(len > 0);
        data.len = (size_t)len;
        return data;
}

/* The same, really signed. `external` may be NULL. */
static inline struct blob blob_signed(const struct signing_key *key, const struct blob *header,
                                      const struct blob *external, const struct blob *payload)
{
        uint8_t signature[SIGNING_SIGNATURE_MAX];
        struct blob data = blob_to_be_signed(header, external, payload);
        assert_int_equal(signing_key_sign(key, data.bytes, data.len, signature), 0);
        return blob_message(header, payload, signature, sizeof(signature));
}

static inline void maker_kid(const struct signing_key *key, uint8_t kid[SITE_PASS_KID_LEN])
{
        uint8_t der[MAKER_DER_MAX], digest[FLOW_DIGEST_LEN];
        size_t len = maker_public(key, der);
        assert_int_equal(digest_sha256(der, len, digest), 0);
        memcpy(kid, digest, SITE_PASS_KID_LEN);
}

/* The parts of a pass that is good. */
struct pass_parts {
        struct blob header, payload, signature;
};

static inline struct pass_parts blob_parts(const struct blob *blob)
{
        struct cbor_reader reader;
        struct sign1 message;
        cbor_reader_init(&reader, blob->bytes, blob->len);
        assert_int_equal(sign1_read(&reader, &message), 0);
        return (struct pass_parts){ blob_of(message.protected_header, message.protected_len),
                                    blob_of(message.payload, message.payload_len),
                                    blob_of(message.signature, message.signature_len) };
}

/*
 * Health certificates of our own making: claims written as JSON, signed with a P-256 key that is
 * made for the test.
 *
 * JSON becomes CBOR as it stands, but for: keys that are numbers ("-260"), what follows '#' in a
 * key (dropped, to say a key twice), {"tag0": x}, strings "hex:…" (bytes), and arrays and maps of
 * indefinite length where the recipe says so.
 */
#pragma once

#include "tests/check.h"

#include "controller/ports/signing.h"
#include "controller/validate/cose/base45.h"
#include "controller/validate/cose/sign1.h"
#include "controller/validate/formats/health_cert.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum {
        MAKER_BYTES_MAX = 200000,
        MAKER_TEXT_MAX = 300000
};

#define MAKER_ENTRY                                                                                \
        "{\"tg\":\"840539006\",\"vp\":\"J07BX03\",\"mp\":\"EU/1/21/1529\",\"ma\":\"ORG-1\","       \
        "\"dn\":2,\"sd\":3,\"dt\":\"2021-06-11\",\"co\":\"VN\",\"is\":\"Test\","                   \
        "\"ci\":\"URN:UVCI:01:VN:1\"}"
#define MAKER_NAMES "{\"fn\":\"Nguyễn\",\"fnt\":\"NGUYEN\",\"gn\":\"Văn Mẫu\",\"gnt\":\"VAN<MAU\"}"
#define MAKER_DCC(names, born, groups)                                                             \
        "{\"ver\":\"1.3.0\",\"nam\":" names ",\"dob\":" born "," groups "}"
#define MAKER_CLAIMS(dcc)                                                                          \
        "{\"1\":\"VN\",\"4\":1700000000,\"6\":1650000000,\"-260\":{\"1\":" dcc "}}"
#define MAKER_VACCINATION                                                                          \
        MAKER_CLAIMS(MAKER_DCC(MAKER_NAMES, "\"1988-02-01\"", "\"v\":[" MAKER_ENTRY "]"))

struct recipe {
        const char *claims; /* JSON */
        const uint8_t *raw; /* or the payload as it is */
        size_t raw_len;
        const char *protected_header, *unprotected; /* JSON; NULL: alg and kid, and nothing */
        const char *tags;                           /* hex before the array; NULL: tag 18 */
        bool is_indefinite, is_plain /* not compressed */;
        const char *behind; /* hex behind the message */
        const struct signing_key *key;
};

struct made {
        uint8_t cose[MAKER_BYTES_MAX];
        size_t cose_len;
        char text[MAKER_TEXT_MAX];
        size_t len;
};

static inline size_t maker_hex(const char *hex, uint8_t *bytes)
{
        size_t len = 0;
        for (; hex[0] && hex[1]; hex += 2) {
                unsigned int byte = 0;
                assert_int_equal(sscanf(hex, "%2x", &byte), 1);
                bytes[len++] = (uint8_t)byte;
        }
        return len;
}

static inline void maker_put(struct cbor_writer *writer, const json_t *value, bool is_indefinite);

static inline void maker_put_key(struct cbor_writer *writer, const char *key)
{
        char text[64];
        snprintf(text, sizeof(text), "%.*s", (int)strcspn(key, "#"), key);
        if (isdigit((unsigned char)text[0]) || text[0] == '-')
                cbor_put_int(writer, strtoll(text, NULL, 10));
        else
                cbor_put_text(writer, text);
}

static inline void maker_put_object(struct cbor_writer *writer, json_t *object, bool is_indefinite)
{
        const char *key = NULL;
        json_t *item = NULL;
        if (json_object_get(object, "tag0")) {
                cbor_put_tag(writer, 0);
                maker_put(writer, json_object_get(object, "tag0"), is_indefinite);
                return;
        }
        if (is_indefinite)
                cbor_put_raw(writer, "\xbf", 1);
        else
                cbor_put_map(writer, json_object_size(object));
        json_object_foreach(object, key, item)
        {
                maker_put_key(writer, key);
                maker_put(writer, item, is_indefinite);
        }
        if (is_indefinite)
                cbor_put_raw(writer, "\xff", 1);
}

static inline void maker_put_text(struct cbor_writer *writer, const char *text, bool is_indefinite)
{
        uint8_t bytes[256];
        if (strncmp(text, "hex:", 4) == 0) {
                cbor_put_bytes(writer, bytes, maker_hex(text + 4, bytes));
                return;
        }
        if (is_indefinite)
                cbor_put_raw(writer, "\x7f", 1);
        cbor_put_text(writer, text);
        if (is_indefinite)
                cbor_put_raw(writer, "\xff", 1);
}

static inline void maker_put_real(struct cbor_writer *writer, double real)
{
        uint64_t bits = 0;
        uint8_t bytes[9] = { 0xfb };
        memcpy(&bits, &real, sizeof(bits));
        for (int i = 0; i < 8; i++)
                bytes[1 + i] = (uint8_t)(bits >> (56 - 8 * i));
        cbor_put_raw(writer, bytes, sizeof(bytes));
}

static inline void maker_put(struct cbor_writer *writer, const json_t *value, bool is_indefinite)
{
        size_t i = 0;
        json_t *item = NULL;
        if (json_is_object(value)) {
                maker_put_object(writer, (json_t *)value, is_indefinite);
        } else if (json_is_array(value)) {
                if (is_indefinite)
                        cbor_put_raw(writer, "\x9f", 1);
                else
                        cbor_put_array(writer, json_array_size(value));
                json_array_foreach(value, i, item) maker_put(writer, item, is_indefinite);
                if (is_indefinite)
                        cbor_put_raw(writer, "\xff", 1);
        } else if (json_is_string(value)) {
                maker_put_text(writer, json_string_value(value), is_indefinite);
        } else if (json_is_integer(value)) {
                cbor_put_int(writer, json_integer_value(value));
        } else if (json_is_real(value)) {
                maker_put_real(writer, json_real_value(value));
        } else if (json_is_null(value)) {
                cbor_put_raw(writer, "\xf6", 1);
        } else {
                cbor_put_bool(writer, json_is_true(value));
        }
}

static inline size_t maker_json(const char *text, bool is_indefinite, uint8_t *bytes, size_t size)
{
        struct cbor_writer writer;
        json_error_t error;
        json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
        if (!value)
                fail_msg("%s: %s", error.text, text);
        cbor_writer_init(&writer, bytes, size);
        maker_put(&writer, value, is_indefinite);
        json_decref(value);
        assert_false(writer.is_full);
        return writer.len;
}

/* base45 of zlib of the bytes. */
static inline void maker_pack(struct made *made, bool is_plain)
{
        static uint8_t packed[MAKER_BYTES_MAX];
        uLongf packed_len = sizeof(packed);
        if (is_plain)
                memcpy(packed, made->cose, packed_len = made->cose_len);
        else
                assert_int_equal(compress2(packed, &packed_len, made->cose, made->cose_len, 9),
                                 Z_OK);
        size_t prefix = (size_t)sprintf(made->text, "%s", HEALTH_CERT_PREFIX);
        ssize_t len =
                base45_encode(packed, packed_len, made->text + prefix, sizeof(made->text) - prefix);
        assert_true(len >= 0);
        made->len = prefix + (size_t)len;
}

static inline void maker_make(struct made *made, const struct recipe *recipe)
{
        static uint8_t payload[MAKER_BYTES_MAX], work[MAKER_BYTES_MAX];
        uint8_t covered[256], open[256], signature[SIGNING_SIGNATURE_MAX];
        const char *claims = recipe->claims ? recipe->claims : MAKER_VACCINATION;
        const char *header = recipe->protected_header ? recipe->protected_header
                                                      : "{\"1\":-7,\"4\":\"hex:0102030405060708\"}";
        size_t payload_len = recipe->raw_len;
        struct cbor_writer writer;
        if (recipe->raw)
                memcpy(payload, recipe->raw, recipe->raw_len);
        else
                payload_len = maker_json(claims, recipe->is_indefinite, payload, sizeof(payload));
        size_t covered_len = maker_json(header, false, covered, sizeof(covered));
        /* An empty map is not written (RFC 9052, 3). */
        covered_len = covered_len == 1 ? 0 : covered_len;
        size_t open_len = maker_json(recipe->unprotected ? recipe->unprotected : "{}", false, open,
                                     sizeof(open));
        int len = sign1_to_be_signed(covered, covered_len, NULL, 0, payload, payload_len, work,
                                     sizeof(work));
        assert_true(len > 0);
        assert_int_equal(signing_key_sign(recipe->key, work, (size_t)len, signature), 0);
        size_t tags = maker_hex(recipe->tags ? recipe->tags : "d2", made->cose);
        cbor_writer_init(&writer, made->cose + tags, sizeof(made->cose) - tags);
        cbor_put_array(&writer, 4);
        cbor_put_bytes(&writer, covered, covered_len);
        cbor_put_raw(&writer, open, open_len);
        cbor_put_bytes(&writer, payload, payload_len);
        cbor_put_bytes(&writer, signature, sizeof(signature));
        assert_false(writer.is_full);
        made->cose_len = tags + writer.len;
        made->cose_len +=
                maker_hex(recipe->behind ? recipe->behind : "", made->cose + made->cose_len);
        maker_pack(made, recipe->is_plain);
}

/* The public half as the gate holds it, with a kid and limits of the test's choice. */
static inline void maker_trust(struct trust *trust, const struct signing_key *key,
                               const struct signature_key_info *info, const char *name)
{
        uint8_t der[512];
        struct signature_key *public = NULL;
        int len = signing_key_public(key, der, sizeof(der));
        assert_true(len > 0);
        assert_int_equal(signature_key_read(der, (size_t)len, &public, NULL), 0);
        assert_int_equal(trust_add(trust, public, info, TRUST_HEALTH, name), 0);
}

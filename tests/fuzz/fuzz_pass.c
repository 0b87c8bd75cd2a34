/*
 * Fuzz: site passes. The first byte of an input says what is done with the rest: it stands as a
 * code's bytes, is signed as claims by a trusted issuer, stands as a proof behind a good pass, or
 * is signed as a proof's payload by that pass's phone: so all of the parser is reached. What is
 * read and believed is written again the same: there is one encoding only.
 */
#include "controller/ports/digest.h"
#include "controller/validate/cose/base45.h"
#include "controller/validate/cose/sign1.h"
#include "controller/validate/formats/site_pass_private.h"
#include "controller/validate/formats/site_pass_write.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
        struct signing_key *issuer, *phone;
        struct trust *trust;
        uint8_t kid[SITE_PASS_KID_LEN];
        char bound_text[SITE_PASS_TEXT_MAX];
        uint8_t bound[SITE_PASS_BYTES_MAX]; /* a pass of the phone's */
        size_t bound_len;
};

static void bind(struct world *world)
{
        uint8_t der[256];
        struct site_pass pass = { .claims = { .holder = "an",
                                              .issued_us = INT64_C(1790000000000000),
                                              .id_len = SITE_PASS_CTI_LEN } };
        int len = signing_key_public(world->phone, der, sizeof(der));
        assert(len > 0 && site_pass_bind(&pass, der, (size_t)len) == 0);
        assert(site_pass_write(&pass, world->issuer, world->bound_text) == 0);
        const char *text = world->bound_text + strlen(SITE_PASS_PREFIX);
        ssize_t bound_len = base45_decode(text, strlen(text), world->bound, sizeof(world->bound));
        assert(bound_len > 0);
        world->bound_len = (size_t)bound_len;
}

static const struct world *make_world(void)
{
        static struct world world;
        uint8_t der[256];
        struct signature_key *key = NULL;
        struct signature_key_info info;
        if (world.trust)
                return &world;
        assert(signing_key_new(SIGNING_ED25519, &world.issuer) == 0);
        assert(signing_key_new(SIGNING_P256, &world.phone) == 0);
        int len = signing_key_public(world.issuer, der, sizeof(der));
        assert(len > 0 && signature_key_read(der, (size_t)len, &key, &info) == 0);
        memcpy(world.kid, info.kid, sizeof(world.kid));
        world.trust = trust_new();
        assert(world.trust && trust_add(world.trust, key, &info, TRUST_PASS, "fuzz") == 0);
        bind(&world);
        return &world;
}

/* A message with that protected header whose payload is what the fuzzer gave. */
static size_t sign(const struct signing_key *key, const struct cbor_writer *header,
                   const struct world *external, const uint8_t *payload, size_t len, uint8_t *out,
                   size_t size)
{
        uint8_t data[2 * SITE_PASS_BYTES_MAX + 64], signature[SIGNING_SIGNATURE_MAX];
        struct cbor_writer writer;
        int signed_len = sign1_to_be_signed(
                header->bytes, header->len, external ? external->bound : NULL,
                external ? external->bound_len : 0, payload, len, data, sizeof(data));
        if (signed_len < 0 || signing_key_sign(key, data, (size_t)signed_len, signature) != 0)
                return 0;
        cbor_writer_init(&writer, out, size);
        cbor_put_array(&writer, 4);
        cbor_put_bytes(&writer, header->bytes, header->len);
        cbor_put_map(&writer, 0);
        cbor_put_bytes(&writer, payload, len);
        cbor_put_bytes(&writer, signature, PASS_SIGNATURE_LEN);
        return writer.is_full ? 0 : writer.len;
}

static size_t sign_claims(const struct world *world, const uint8_t *payload, size_t len,
                          uint8_t out[SITE_PASS_BYTES_MAX])
{
        uint8_t bytes[16];
        struct cbor_writer header;
        cbor_writer_init(&header, bytes, sizeof(bytes));
        cbor_put_map(&header, 2);
        cbor_put_int(&header, 1);
        cbor_put_int(&header, SIGNATURE_EDDSA);
        cbor_put_int(&header, 4);
        cbor_put_bytes(&header, world->kid, sizeof(world->kid));
        return sign(world->issuer, &header, NULL, payload, len, out, SITE_PASS_BYTES_MAX);
}

static size_t sign_proof(const struct world *world, const uint8_t *payload, size_t len,
                         uint8_t *out, size_t size)
{
        uint8_t bytes[8];
        struct cbor_writer header;
        cbor_writer_init(&header, bytes, sizeof(bytes));
        cbor_put_raw(&header, site_pass_proof_header, sizeof(site_pass_proof_header));
        return sign(world->phone, &header, world, payload, len, out, size);
}

/* What a code of this input holds. */
static size_t make_code(const struct world *world, uint8_t way, const uint8_t *rest, size_t len,
                        uint8_t out[SITE_PASS_BYTES_MAX])
{
        uint8_t *behind = out + world->bound_len;
        size_t room = SITE_PASS_BYTES_MAX - world->bound_len;
        switch (way % 4) {
        case 0:
                memcpy(out, rest, len);
                return len;
        case 1:
                return sign_claims(world, rest, len, out);
        case 2:
                memcpy(out, world->bound, world->bound_len);
                len = len < room ? len : room;
                memcpy(behind, rest, len);
                return world->bound_len + len;
        default:
                memcpy(out, world->bound, world->bound_len);
                return world->bound_len + sign_proof(world, rest, len, behind, room);
        }
}

/* A proof's signature is another each time, its text but for that is not. */
static void check_proof(const struct world *world, const char *text, const struct site_pass *pass)
{
        char again[SITE_PASS_TEXT_MAX];
        size_t signature_len = (PASS_SIGNATURE_LEN + 2) / 2 * 3;
        assert(site_pass_prove(world->bound_text, world->phone, pass->claims.proof_us, again) == 0);
        assert(strlen(again) == strlen(text));
        assert(memcmp(again, text, strlen(text) - signature_len) == 0);
}

static void check(const struct world *world, const char *text, enum reason reason,
                  const struct site_pass *pass)
{
        assert(pass->claims.levels <= PASS_LEVELS_MAX);
        assert(strlen(pass->claims.holder) < FLOW_ID_MAX);
        assert(reason == REASON_NONE || reason == REASON_UNREADABLE ||
               reason == REASON_UNTRUSTED_ISSUER || reason == REASON_BAD_SIGNATURE);
        assert(reason == REASON_NONE || pass->claims.proof_us == 0);
        if (reason != REASON_NONE)
                return;
        if (pass->claims.proof_us != 0) {
                check_proof(world, text, pass);
                return;
        }
        char again[SITE_PASS_TEXT_MAX];
        struct site_pass copy = *pass;
        assert(pass->claims.holder[0] != '\0' && pass->claims.id_len == SITE_PASS_CTI_LEN);
        assert(site_pass_write(&copy, world->issuer, again) == 0);
        assert(strcmp(again, text) == 0); /* Ed25519 is deterministic */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char text[SITE_PASS_TEXT_MAX];
        const struct world *world = make_world();
        uint8_t bytes[SITE_PASS_BYTES_MAX];
        struct site_pass pass;
        if (size < 1 || size > SITE_PASS_BYTES_MAX - 128)
                return 0;
        size_t len = make_code(world, data[0], data + 1, size - 1, bytes);
        strcpy(text, SITE_PASS_PREFIX);
        if (base45_encode(bytes, len, text + strlen(text), sizeof(text) - strlen(text)) < 0)
                return 0;
        enum reason reason = site_pass_read(text, strlen(text), world->trust, &pass);
        check(world, text, reason, &pass);
        /* And as it stands, not as base45 writes it. */
        reason = site_pass_read((const char *)data, size, world->trust, &pass);
        assert(reason != REASON_NONE);
        return 0;
}

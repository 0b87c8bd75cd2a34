/*
 * Fuzz: site passes. The input is a payload, and its first byte says what is done with it: it
 * stands as a code's bytes, or is signed by a trusted issuer first, so that the claims are reached.
 * What is read and believed is written again the same: there is one encoding only.
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
};

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
        return &world;
}

/* The bytes of a pass whose payload is what the fuzzer gave. */
static size_t sign(const struct world *world, const uint8_t *payload, size_t len,
                   uint8_t out[SITE_PASS_BYTES_MAX])
{
        uint8_t header[16], data[SITE_PASS_BYTES_MAX + 64], signature[SIGNING_SIGNATURE_MAX];
        struct cbor_writer head, writer;
        cbor_writer_init(&head, header, sizeof(header));
        cbor_put_map(&head, 2);
        cbor_put_int(&head, 1);
        cbor_put_int(&head, SIGNATURE_EDDSA);
        cbor_put_int(&head, 4);
        cbor_put_bytes(&head, world->kid, sizeof(world->kid));
        int signed_len =
                sign1_to_be_signed(header, head.len, NULL, 0, payload, len, data, sizeof(data));
        if (signed_len < 0 ||
            signing_key_sign(world->issuer, data, (size_t)signed_len, signature) != 0)
                return 0;
        cbor_writer_init(&writer, out, SITE_PASS_BYTES_MAX);
        cbor_put_array(&writer, 4);
        cbor_put_bytes(&writer, header, head.len);
        cbor_put_map(&writer, 0);
        cbor_put_bytes(&writer, payload, len);
        cbor_put_bytes(&writer, signature, PASS_SIGNATURE_LEN);
        return writer.is_full ? 0 : writer.len;
}

static void check(const struct world *world, const char *text, enum reason reason,
                  const struct site_pass *pass)
{
        assert(pass->claims.levels <= PASS_LEVELS_MAX);
        assert(strlen(pass->claims.holder) < FLOW_ID_MAX);
        assert(reason == REASON_NONE || reason == REASON_UNREADABLE ||
               reason == REASON_UNTRUSTED_ISSUER || reason == REASON_BAD_SIGNATURE);
        assert(reason == REASON_NONE || pass->claims.proof_us == 0);
        if (reason != REASON_NONE || pass->claims.proof_us != 0)
                return;
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
        size_t len = 0;
        struct site_pass pass;
        if (size < 1 || size > SITE_PASS_BYTES_MAX - 128)
                return 0;
        if (data[0] % 2 == 0) {
                memcpy(bytes, data + 1, size - 1);
                len = size - 1;
        } else {
                len = sign(world, data + 1, size - 1, bytes);
        }
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

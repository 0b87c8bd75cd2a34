/* Pass world: issuers, phones and what a gate trusts, for tests of passes. */
#pragma once

#include "tests/check.h"

#include "controller/validate/cose/base45.h"
#include "controller/validate/cose/sign1.h"
#include "controller/validate/formats/site_pass_private.h"
#include "controller/validate/formats/site_pass_write.h"

#include <string.h>
#include <time.h>

struct pass_world {
        struct signing_key *issuer, *other_issuer, *phone, *other_phone;
        struct trust *trust; /* of both issuers */
};

static inline void pass_trust(struct trust *trust, const struct signing_key *key, unsigned int use,
                              const char *name)
{
        uint8_t der[256];
        struct signature_key *public_key = NULL;
        struct signature_key_info info;
        int len = signing_key_public(key, der, sizeof(der));
        assert_true(len > 0);
        assert_int_equal(signature_key_read(der, (size_t)len, &public_key, &info), 0);
        assert_int_equal(trust_add(trust, public_key, &info, use, name), 0);
}

static inline int pass_world_make(void **state)
{
        static struct pass_world world;
        assert_int_equal(signing_key_new(SIGNING_ED25519, &world.issuer), 0);
        assert_int_equal(signing_key_new(SIGNING_ED25519, &world.other_issuer), 0);
        assert_int_equal(signing_key_new(SIGNING_P256, &world.phone), 0);
        assert_int_equal(signing_key_new(SIGNING_P256, &world.other_phone), 0);
        world.trust = trust_new();
        pass_trust(world.trust, world.issuer, TRUST_PASS, "hr");
        pass_trust(world.trust, world.other_issuer, TRUST_PASS, "security");
        *state = &world;
        return 0;
}

static inline int pass_world_end(void **state)
{
        struct pass_world *world = *state;
        world->issuer = signing_key_free(world->issuer);
        world->other_issuer = signing_key_free(world->other_issuer);
        world->phone = signing_key_free(world->phone);
        world->other_phone = signing_key_free(world->other_phone);
        world->trust = trust_unref(world->trust);
        return 0;
}

/* A worker's pass with everything on it. */
static inline struct site_pass pass_full(void)
{
        struct site_pass pass = {
                .claims = { .holder = "w-001234",
                            .site = "plant",
                            .schedule = "night",
                            .level = { "staff", "lab" },
                            .levels = 2,
                            .issued_us = INT64_C(1790000000000000),
                            .uses_max = 100,
                            .day_uses_max = 3,
                            .id = { 1, 2, 3, 4, 5, 6, 7, 8 },
                            .id_len = SITE_PASS_CTI_LEN },
                .from_us = INT64_C(1780000000000000),
                .until_us = INT64_C(1800000000000000),
        };
        return pass;
}

static inline void pass_bind(struct site_pass *pass, const struct signing_key *phone)
{
        uint8_t der[256];
        int len = signing_key_public(phone, der, sizeof(der));
        assert_true(len > 0);
        assert_int_equal(site_pass_bind(pass, der, (size_t)len), 0);
}

/* The bytes behind a text, and back. */
static inline size_t pass_bytes(const char *text, uint8_t bytes[SITE_PASS_BYTES_MAX])
{
        size_t prefix = strlen(SITE_PASS_PREFIX);
        ssize_t len =
                base45_decode(text + prefix, strlen(text) - prefix, bytes, SITE_PASS_BYTES_MAX);
        assert_true(len > 0);
        return (size_t)len;
}

static inline enum reason pass_read_bytes(const struct trust *trust, const uint8_t *bytes,
                                          size_t len, struct site_pass *pass)
{
        static char text[4 * SITE_PASS_BYTES_MAX];
        strcpy(text, SITE_PASS_PREFIX);
        assert_true(base45_encode(bytes, len, text + strlen(text), sizeof(text) - strlen(text)) >=
                    0);
        return site_pass_read(text, strlen(text), trust, pass);
}

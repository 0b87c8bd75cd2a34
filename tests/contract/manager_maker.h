/*
 * Manager maker: managers with real keys, in files as a gate's configuration names them, and what
 * they sign.
 */
#pragma once

#include "tests/check.h"

#include "common/base64.h"
#include "controller/settings.h"
#include "controller/validate/cose/sign1_write.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline struct signing_key *manager_key(enum signing_kind kind)
{
        struct signing_key *key = NULL;
        assert_int_equal(signing_key_new(kind, &key), 0);
        return key;
}

static inline void manager_write_file(const char *path, const char *text)
{
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

/* The public half, PEM, under `folder` by the manager's name. */
static inline void manager_write_key(const struct signing_key *key, const char *path)
{
        uint8_t der[256];
        char text[512];
        int len = signing_key_public(key, der, sizeof(der));
        assert_true(len > 0);
        char *base64 = base64_encode(der, (size_t)len);
        snprintf(text, sizeof(text), "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n",
                 base64);
        free(base64);
        manager_write_file(path, text);
}

/* One more [manager NAME]. */
static inline void manager_name(struct settings *settings, const char *name, const char *path,
                                const char *roles)
{
        struct settings_manager *manager = &settings->manager[settings->managers++];
        snprintf(manager->name, sizeof(manager->name), "%s", name);
        snprintf(manager->key_file, sizeof(manager->key_file), "%s", path);
        snprintf(manager->roles, sizeof(manager->roles), "%s", roles);
}

/* Bytes of the message in `out`. */
static inline size_t manager_sign(const struct signing_key *key, const char *external,
                                  const char *payload, uint8_t *out, size_t size)
{
        int len = sign1_write(key, external, external ? strlen(external) : 0, payload,
                              strlen(payload), out, size);
        assert_true(len > 0);
        return (size_t)len;
}

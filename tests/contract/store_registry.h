/* Store registry: holders and credentials as a site would enrol them. */
#pragma once

#include "controller/ports/registry.h"
#include "tests/contract/store_folder.h"

static inline struct registry *store_open_registry(const struct store_folder *folder)
{
        struct registry *registry = NULL;
        char set_aside[256] = "?";
        assert_int_equal(registry_open(folder->path, &registry, set_aside), 0);
        assert_non_null(registry);
        assert_string_equal(set_aside, "");
        return registry;
}

static inline struct registry_holder store_holder(const char *id, const char *level)
{
        struct registry_holder holder = { .levels = 1 };
        (void)snprintf(holder.id, sizeof(holder.id), "%s", id);
        (void)snprintf(holder.name, sizeof(holder.name), "Nguyễn Thị Ánh Tuyết");
        (void)snprintf(holder.level[0].level, FLOW_ID_MAX, "%s", level);
        return holder;
}

static inline void store_put_holder(struct registry *registry, const char *id)
{
        struct registry_holder holder = store_holder(id, "all");
        assert_int_equal(registry_put_holder(registry, &holder), 0);
}

/* Scattered like an HMAC, the same for the same number. */
static inline struct registry_credential store_credential(uint32_t number, const char *holder)
{
        struct registry_credential credential = { .class = CREDENTIAL_CODE };
        (void)snprintf(credential.holder, sizeof(credential.holder), "%s", holder);
        uint64_t mixed = number + UINT64_C(0x9e3779b97f4a7c15);
        for (size_t i = 0; i < FLOW_DIGEST_LEN; i++) {
                mixed ^= mixed << 13;
                mixed ^= mixed >> 7;
                mixed ^= mixed << 17;
                credential.lookup[i] = (uint8_t)(mixed >> 24);
        }
        return credential;
}

static inline void store_enrol(struct registry *registry, uint32_t number, const char *holder)
{
        struct registry_credential credential = store_credential(number, holder);
        assert_int_equal(registry_put_credential(registry, &credential), 0);
}

/* 2026-11-24, a day like any other. */
static const struct schedule_moment store_tuesday = {
        .year = 2026, .month = 11, .day = 24, .weekday = 1
};

static inline struct registry_match store_find(struct registry *registry, uint32_t number,
                                               const char *access_point)
{
        struct registry_match match;
        struct registry_credential credential = store_credential(number, "");
        const struct registry_question question = { .lookup = credential.lookup,
                                                    .access_point = access_point,
                                                    .local = &store_tuesday };
        assert_int_equal(registry_find(registry, &question, &match), 0);
        return match;
}

/* A level with up to two access points; NULL: none. */
static inline void store_put_level(struct registry *registry, const char *id, const char *first,
                                   const char *second)
{
        struct registry_level level = { .points = 0 };
        (void)snprintf(level.id, sizeof(level.id), "%s", id);
        if (first)
                (void)snprintf(level.point[level.points++], FLOW_ID_MAX, "%s", first);
        if (second)
                (void)snprintf(level.point[level.points++], FLOW_ID_MAX, "%s", second);
        assert_int_equal(registry_put_level(registry, &level), 0);
}

static inline void store_assert_counts(struct registry *registry, uint64_t holders,
                                       uint64_t credentials, uint64_t levels)
{
        struct registry_counts counts;
        assert_int_equal(registry_counts(registry, &counts), 0);
        assert_int_equal(counts.holders, holders);
        assert_int_equal(counts.credentials, credentials);
        assert_int_equal(counts.levels, levels);
}

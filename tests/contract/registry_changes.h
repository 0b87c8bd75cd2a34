/*
 * Registry changes: whatever can happen to a site's registry, at random, to so few people and cards
 * that the same ones are met again and again.
 */
#pragma once

#include "tests/contract/store_registry.h"
#include "tests/random.h"

#include <errno.h>

enum {
        CHANGES_PEOPLE = 60,
        CHANGES_CARDS = 200
};

static inline void name_holder(uint64_t *seed, char id[FLOW_ID_MAX])
{
        (void)snprintf(id, FLOW_ID_MAX, "w-%d", below(seed, CHANGES_PEOPLE));
}

static inline void put_somebody(struct registry *registry, uint64_t *seed)
{
        struct registry_holder holder = store_holder("", "all");
        name_holder(seed, holder.id);
        (void)snprintf(holder.name, sizeof(holder.name), "Nguyễn Văn %d", below(seed, 1000));
        holder.is_blocked = below(seed, 5) == 0;
        holder.is_silent = below(seed, 5) == 0;
        assert_int_equal(registry_put_holder(registry, &holder), 0);
}

static inline void declare_somebody(struct registry *registry, uint64_t *seed)
{
        const struct registry_declaration declaration = { .result = below(seed, 4),
                                                          .at_us = below(seed, 100000) };
        char id[FLOW_ID_MAX];
        name_holder(seed, id);
        int r = registry_put_declaration(registry, id, &declaration);
        assert_true(r == 0 || r == -ENOENT);
}

static inline void enrol_somebody(struct registry *registry, uint64_t *seed)
{
        char id[FLOW_ID_MAX];
        name_holder(seed, id);
        struct registry_credential credential =
                store_credential((uint32_t)below(seed, CHANGES_CARDS), id);
        credential.uses_max = below(seed, 3);
        int r = registry_put_credential(registry, &credential);
        assert_true(r == 0 || r == -ENOENT || r == -EEXIST);
}

static inline void revoke_something(struct registry *registry, uint64_t *seed)
{
        struct registry_credential credential =
                store_credential((uint32_t)below(seed, CHANGES_CARDS), "");
        struct registry_revocation revocation = { .at_us = 1 + below(seed, 1000),
                                                  .until_us = below(seed, 1000) };
        int r = 0;
        switch (below(seed, 4)) {
        case 0:
                r = registry_revoke(registry, credential.lookup, 1 + below(seed, 1000));
                assert_true(r == 0 || r == -ENOENT);
                break;
        case 1:
                memcpy(revocation.lookup, credential.lookup, FLOW_DIGEST_LEN);
                assert_int_equal(registry_put_revocation(registry, &revocation), 0);
                break;
        case 2:
                name_holder(seed, revocation.holder);
                assert_int_equal(registry_put_revocation(registry, &revocation), 0);
                break;
        default:
                assert_true(registry_trim_revocations(registry, below(seed, 1000)) >= 0);
        }
}

static inline void change_the_base(struct registry *registry, uint64_t *seed)
{
        struct registry_area area = { .passback = -1, .points = 1 };
        struct registry_special_day day = { .month = 1 + below(seed, 12), .day = 9 };
        struct schedule schedule = { .periods = (size_t)below(seed, 3) };
        char id[FLOW_ID_MAX];
        (void)snprintf(id, sizeof(id), "x-%d", below(seed, 6));
        memcpy(area.id, id, sizeof(id));
        memcpy(area.point[0], id, sizeof(id));
        memcpy(schedule.id, id, sizeof(id));
        switch (below(seed, 6)) {
        case 0:
                store_put_level(registry, id, "north", below(seed, 2) == 0 ? "*" : NULL);
                break;
        case 1:
                assert_true(registry_remove_level(registry, id) <= 0);
                break;
        case 2:
                area.occupancy_limit = below(seed, 100);
                assert_int_equal(registry_put_area(registry, &area), 0);
                break;
        case 3:
                assert_true(registry_remove_area(registry, id) <= 0);
                break;
        case 4:
                assert_int_equal(registry_put_special_day(registry, &day), 0);
                break;
        default:
                assert_int_equal(registry_put_schedule(registry, &schedule), 0);
        }
}

static inline void change_something(struct registry *registry, uint64_t *seed)
{
        char id[FLOW_ID_MAX];
        int r = 0;
        switch (below(seed, 8)) {
        case 0:
        case 1:
                put_somebody(registry, seed);
                break;
        case 2:
                declare_somebody(registry, seed);
                break;
        case 3:
        case 4:
                enrol_somebody(registry, seed);
                break;
        case 5:
                revoke_something(registry, seed);
                break;
        case 6:
                change_the_base(registry, seed);
                break;
        default:
                name_holder(seed, id);
                r = registry_remove_holder(registry, id);
                assert_true(r == 0 || r == -ENOENT);
        }
}

static inline void change_some(struct registry *registry, int count, uint64_t *seed)
{
        assert_int_equal(registry_begin(registry), 0);
        for (int i = 0; i < count; i++)
                change_something(registry, seed);
        assert_int_equal(registry_commit(registry), 0);
}

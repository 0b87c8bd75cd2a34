/* What every registry must do: holders, credentials, levels, and finding them. */
#include "tests/contract/store_registry.h"

#include <errno.h>

static void a_new_registry_is_private_and_has_the_level_all(void **state)
{
        const struct store_folder *folder = *state;
        mode_t umask_before = umask(0);
        struct registry *registry = store_open_registry(folder);
        umask(umask_before);
        static const char *const suffixes[] = { "", "-wal", "-shm" };
        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
                char path[STORE_PATH_MAX + 32];
                struct stat file;
                (void)snprintf(path, sizeof(path), "%s%s", folder->path, suffixes[i]);
                assert_int_equal(stat(path, &file), 0);
                assert_int_equal(file.st_mode & 07777, 0600);
        }
        struct registry_level levels[2];
        assert_int_equal(registry_levels(registry, "", levels, 2), 1);
        assert_string_equal(levels[0].id, "all");
        assert_int_equal(levels[0].points, 1);
        assert_string_equal(levels[0].point[0], "*");
        store_assert_counts(registry, 0, 0, 1);
        registry_close(registry);
        assert_null(registry_close(NULL));
}

static void an_enrolled_code_is_found_with_its_holder(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_holder holder = store_holder("an", "all");
        holder.validity = (struct registry_validity){ 10, 20 };
        holder.level[0].validity = (struct registry_validity){ 30, 40 };
        struct registry_credential credential = store_credential(1, "an");
        credential.class = CREDENTIAL_CCCD;
        credential.validity = (struct registry_validity){ 50, 60 };
        (void)snprintf(credential.hint, sizeof(credential.hint), "…1234");
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        assert_int_equal(registry_put_credential(registry, &credential), 0);
        for (int again = 0; again < 2; again++) {
                struct registry_match match = store_find(registry, 1, "north-in");
                assert_true(match.is_known);
                assert_memory_equal(match.credential.lookup, credential.lookup, FLOW_DIGEST_LEN);
                assert_int_equal(match.credential.class, CREDENTIAL_CCCD);
                assert_string_equal(match.credential.holder, "an");
                assert_string_equal(match.credential.hint, "…1234");
                assert_int_equal(match.credential.validity.from_us, 50);
                assert_int_equal(match.credential.validity.until_us, 60);
                assert_int_equal(match.credential.revoked_us, 0);
                assert_string_equal(match.holder.id, "an");
                assert_string_equal(match.holder.name, "Nguyễn Thị Ánh Tuyết");
                assert_int_equal(match.holder.validity.from_us, 10);
                assert_int_equal(match.holder.validity.until_us, 20);
                assert_false(match.holder.is_blocked);
                assert_int_equal(match.covering, 1);
                assert_int_equal(match.covers[0].validity.from_us, 30);
                assert_int_equal(match.covers[0].validity.until_us, 40);
                assert_false(store_find(registry, 2, "north-in").is_known);
                registry_close(registry);
                registry = store_open_registry(*state);
        }
        registry_close(registry);
}

static void only_levels_with_the_access_point_cover_it(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_level(registry, "day", "north-in", "north-out");
        store_put_level(registry, "lab", "lab-in", NULL);
        store_put_level(registry, "nowhere", NULL, NULL);
        store_put_level(registry, "twice", "*", "lab-in");
        struct registry_holder holder = store_holder("an", "day");
        static const char *const levels[] = { "day", "lab", "nowhere", "twice" };
        holder.levels = ARRAY_LEN(levels);
        for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
                (void)snprintf(holder.level[i].level, FLOW_ID_MAX, "%s", levels[i]);
                holder.level[i].validity.from_us = (int64_t)i + 1;
        }
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        store_enrol(registry, 1, "an");

        struct registry_match match = store_find(registry, 1, "lab-in");
        assert_int_equal(match.covering, 2);
        assert_int_equal(match.covers[0].validity.from_us, 2);
        assert_int_equal(match.covers[1].validity.from_us, 4);
        assert_int_equal(store_find(registry, 1, "north-in").covering, 2);
        assert_int_equal(store_find(registry, 1, "south-in").covering, 1);

        holder.levels = 1;
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        assert_int_equal(store_find(registry, 1, "lab-in").covering, 0);
        assert_int_equal(store_find(registry, 1, "north-out").covering, 1);
        store_put_level(registry, "day", "lab-in", NULL);
        assert_int_equal(store_find(registry, 1, "lab-in").covering, 1);
        assert_int_equal(store_find(registry, 1, "north-out").covering, 0);
        registry_close(registry);
}

static void replacing_a_holder_keeps_the_credentials(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_holder holder = store_holder("an", "all");
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        store_enrol(registry, 1, "an");
        store_enrol(registry, 2, "an");
        (void)snprintf(holder.name, sizeof(holder.name), "Trần Đức Hưởng");
        holder.is_blocked = true;
        holder.levels = 0;
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        struct registry_match match = store_find(registry, 2, "north-in");
        assert_true(match.is_known);
        assert_string_equal(match.holder.name, "Trần Đức Hưởng");
        assert_true(match.holder.is_blocked);
        assert_int_equal(match.holder.levels, 0);
        assert_int_equal(match.covering, 0);
        store_assert_counts(registry, 1, 2, 1);
        registry_close(registry);
}

static void a_holder_with_a_level_that_is_not_there_changes_nothing(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_holder holder = store_holder("an", "all");
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        struct registry_holder other = store_holder("an", "all");
        (void)snprintf(other.name, sizeof(other.name), "Somebody else");
        other.levels = 2;
        (void)snprintf(other.level[1].level, FLOW_ID_MAX, "missing");
        assert_int_equal(registry_put_holder(registry, &other), -ENOENT);
        (void)snprintf(other.id, sizeof(other.id), "binh");
        assert_int_equal(registry_put_holder(registry, &other), -ENOENT);
        (void)snprintf(other.level[1].level, FLOW_ID_MAX, "all");
        assert_int_equal(registry_put_holder(registry, &other), -EEXIST); /* the same level twice */
        other.levels = REGISTRY_LEVELS_MAX + 1;
        assert_int_equal(registry_put_holder(registry, &other), -EINVAL);
        other.levels = 0;
        other.id[0] = '\0';
        assert_int_equal(registry_put_holder(registry, &other), -EINVAL);
        store_assert_counts(registry, 1, 0, 1);
        store_enrol(registry, 1, "an");
        struct registry_match match = store_find(registry, 1, "north-in");
        assert_string_equal(match.holder.name, holder.name);
        assert_int_equal(match.covering, 1);
        registry_close(registry);
}

static void a_credential_belongs_to_one_holder(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct registry_credential credential = store_credential(1, "an");
        assert_int_equal(registry_put_credential(registry, &credential), -ENOENT);
        store_put_holder(registry, "an");
        store_put_holder(registry, "binh");
        assert_int_equal(registry_put_credential(registry, &credential), 0);
        credential.validity.until_us = 7;
        assert_int_equal(registry_put_credential(registry, &credential), 0);
        assert_int_equal(store_find(registry, 1, "north-in").credential.validity.until_us, 7);
        (void)snprintf(credential.holder, sizeof(credential.holder), "binh");
        assert_int_equal(registry_put_credential(registry, &credential), -EEXIST);
        assert_string_equal(store_find(registry, 1, "north-in").holder.id, "an");
        store_assert_counts(registry, 2, 1, 1);
        registry_close(registry);
}

static void revoking_keeps_the_credential_and_its_first_time(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_holder(registry, "an");
        store_put_holder(registry, "binh");
        for (uint32_t i = 1; i <= 4; i++)
                store_enrol(registry, i, i == 4 ? "binh" : "an");
        struct registry_credential none = store_credential(9, "an");
        assert_int_equal(registry_revoke(registry, none.lookup, 5), -ENOENT);
        struct registry_credential one = store_credential(1, "an");
        assert_int_equal(registry_revoke(registry, one.lookup, 5), 0);
        assert_int_equal(registry_revoke(registry, one.lookup, 6), 0);
        assert_int_equal(store_find(registry, 1, "north-in").credential.revoked_us, 5);
        assert_int_equal(registry_revoke_holder(registry, "an", 8), 2);
        assert_int_equal(registry_revoke_holder(registry, "an", 9), 0);
        assert_int_equal(registry_revoke_holder(registry, "nobody", 9), 0);
        assert_int_equal(store_find(registry, 1, "north-in").credential.revoked_us, 5);
        assert_int_equal(store_find(registry, 2, "north-in").credential.revoked_us, 8);
        assert_int_equal(store_find(registry, 4, "north-in").credential.revoked_us, 0);
        store_enrol(registry, 2, "an"); /* enrolled anew */
        assert_int_equal(store_find(registry, 2, "north-in").credential.revoked_us, 0);
        registry_close(registry);
}

static void a_holder_goes_with_the_credentials_and_leaves_no_trace(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        store_put_holder(registry, "an");
        store_put_holder(registry, "binh");
        store_enrol(registry, 1, "an");
        store_enrol(registry, 2, "an");
        store_enrol(registry, 3, "binh");
        assert_int_equal(registry_remove_holder(registry, "chi"), -ENOENT);
        assert_int_equal(registry_remove_holder(registry, "an"), 0);
        assert_int_equal(registry_remove_holder(registry, "an"), -ENOENT);
        assert_false(store_find(registry, 1, "north-in").is_known);
        assert_true(store_find(registry, 3, "north-in").is_known);
        store_assert_counts(registry, 1, 1, 1);
        assert_int_equal(registry_remove_holder(registry, "binh"), 0);
        registry_close(registry);

        static char bytes[1 << 18];
        FILE *file = fopen(folder->path, "rb");
        assert_non_null(file);
        size_t len = fread(bytes, 1, sizeof(bytes), file);
        (void)fclose(file);
        assert_true(len > 0 && len < sizeof(bytes));
        assert_null(memmem(bytes, len, "Tuyết", strlen("Tuyết")));
        store_assert_intact(folder->path);
}

static void a_level_in_use_is_not_removed(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_level(registry, "day", "north-in", NULL);
        struct registry_holder holder = store_holder("an", "day");
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        assert_int_equal(registry_remove_level(registry, "night"), -ENOENT);
        assert_int_equal(registry_remove_level(registry, "day"), -EBUSY);
        store_enrol(registry, 1, "an");
        assert_int_equal(store_find(registry, 1, "north-in").covering, 1);
        holder.levels = 0;
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        assert_int_equal(registry_remove_level(registry, "day"), 0);
        store_assert_counts(registry, 1, 1, 1);
        registry_close(registry);
}

static void a_level_holds_sixty_four_access_points(void **state)
{
        struct registry *registry = store_open_registry(*state);
        static struct registry_level level, back[3];
        (void)snprintf(level.id, sizeof(level.id), "many");
        for (size_t i = 0; i < REGISTRY_POINTS_MAX; i++)
                (void)snprintf(level.point[i], FLOW_ID_MAX, "point-%02zu", i);
        level.points = REGISTRY_POINTS_MAX + 1;
        assert_int_equal(registry_put_level(registry, &level), -EINVAL);
        level.points = REGISTRY_POINTS_MAX;
        assert_int_equal(registry_put_level(registry, &level), 0);
        assert_int_equal(registry_levels(registry, "", back, 3), 2);
        assert_int_equal(registry_levels(registry, "all", back, 3), 1);
        assert_memory_equal(&back[0], &level, sizeof(level));
        level.points = 0;
        assert_int_equal(registry_put_level(registry, &level), 0);
        assert_int_equal(registry_levels(registry, "all", back, 3), 1);
        assert_int_equal(back[0].points, 0);
        registry_close(registry);
}

static void pages_come_in_order_and_meet_without_overlap(void **state)
{
        enum {
                HOLDERS = 25,
                PAGE = 7
        };
        struct registry *registry = store_open_registry(*state);
        for (uint32_t i = 0; i < HOLDERS; i++) {
                char id[FLOW_ID_MAX];
                (void)snprintf(id, sizeof(id), "h-%02u", (i * 7) % HOLDERS);
                store_put_holder(registry, id);
                store_enrol(registry, 2 * i, id);
                store_enrol(registry, 2 * i + 1, id);
        }
        static struct registry_holder holders[PAGE];
        char after[FLOW_ID_MAX] = "";
        int seen = 0, count = 0;
        while ((count = registry_holders(registry, after, holders, PAGE)) > 0) {
                for (int i = 0; i < count; i++) {
                        assert_true(strcmp(holders[i].id, after) > 0);
                        assert_int_equal(holders[i].levels, 1);
                        memcpy(after, holders[i].id, sizeof(after));
                }
                seen += count;
        }
        assert_int_equal(count, 0);
        assert_int_equal(seen, HOLDERS);

        struct registry_credential credentials[PAGE];
        uint8_t last[FLOW_DIGEST_LEN];
        const uint8_t *after_lookup = NULL;
        for (seen = 0;
             (count = registry_credentials(registry, NULL, after_lookup, credentials, PAGE)) > 0;
             seen += count) {
                for (int i = 0; i < count; i++) {
                        if (after_lookup)
                                assert_true(memcmp(credentials[i].lookup, last, sizeof(last)) > 0);
                        memcpy(last, credentials[i].lookup, sizeof(last));
                        after_lookup = last;
                }
        }
        assert_int_equal(seen, 2 * HOLDERS);
        assert_int_equal(registry_credentials(registry, "h-07", NULL, credentials, PAGE), 2);
        assert_string_equal(credentials[1].holder, "h-07");
        memcpy(last, credentials[0].lookup, sizeof(last));
        assert_int_equal(registry_credentials(registry, "h-07", last, credentials, PAGE), 1);
        assert_int_equal(registry_credentials(registry, "nobody", NULL, credentials, PAGE), 0);
        registry_close(registry);
}

static void hostile_text_is_only_text(void **state)
{
        struct registry *registry = store_open_registry(*state);
        static const char *const ids[] = {
                "'; DROP TABLE holder; --", "\" OR \"\"=\"", "%", "x' OR '1'='1", "\xff\xfe", "*",
        };
        for (uint32_t i = 0; i < ARRAY_LEN(ids); i++) {
                store_put_level(registry, ids[i], ids[i], NULL);
                struct registry_holder holder = store_holder(ids[i], ids[i]);
                (void)snprintf(holder.name, sizeof(holder.name), "%s", ids[i]);
                assert_int_equal(registry_put_holder(registry, &holder), 0);
                store_enrol(registry, i, ids[i]);
        }
        for (uint32_t i = 0; i < ARRAY_LEN(ids); i++) {
                struct registry_match match = store_find(registry, i, ids[i]);
                assert_true(match.is_known);
                assert_string_equal(match.holder.id, ids[i]);
                assert_string_equal(match.holder.name, ids[i]);
                assert_int_equal(match.covering, 1);
                assert_int_equal(store_find(registry, i, "elsewhere").covering,
                                 strcmp(ids[i], "*") == 0);
        }
        assert_int_equal(registry_revoke_holder(registry, "x' OR '1'='1' --", 5), 0);
        assert_int_equal(registry_remove_holder(registry, "' OR 1 --"), -ENOENT);
        store_assert_counts(registry, ARRAY_LEN(ids), ARRAY_LEN(ids), ARRAY_LEN(ids) + 1);
        registry_close(registry);
}

static void names_come_back_byte_for_byte(void **state)
{
        struct registry *registry = store_open_registry(*state);
        static const char *const names[] = {
                "Nguyễn Thị Ánh Tuyết",
                "Đặng Hữu Phước",
                "Nguye\xcc\x82\xcc\x83n", /* decomposed */
                "Lê Ỷ Ỹ Ỵ ữ ợ ằ ặ",
                "O'Brien \"Bob\" \\ 100%",
                "",
        };
        char longest[FLOW_NAME_MAX];
        memset(longest, 'n', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        for (size_t i = 0; i <= ARRAY_LEN(names); i++) {
                const char *name = i < ARRAY_LEN(names) ? names[i] : longest;
                struct registry_holder holder = store_holder("an", "all"), back[1];
                (void)snprintf(holder.name, sizeof(holder.name), "%s", name);
                assert_int_equal(registry_put_holder(registry, &holder), 0);
                assert_int_equal(registry_holders(registry, "", back, 1), 1);
                assert_string_equal(back[0].name, name);
        }
        registry_close(registry);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_new_registry_is_private_and_has_the_level_all),
                IN_FOLDER(an_enrolled_code_is_found_with_its_holder),
                IN_FOLDER(only_levels_with_the_access_point_cover_it),
                IN_FOLDER(replacing_a_holder_keeps_the_credentials),
                IN_FOLDER(a_holder_with_a_level_that_is_not_there_changes_nothing),
                IN_FOLDER(a_credential_belongs_to_one_holder),
                IN_FOLDER(revoking_keeps_the_credential_and_its_first_time),
                IN_FOLDER(a_holder_goes_with_the_credentials_and_leaves_no_trace),
                IN_FOLDER(a_level_in_use_is_not_removed),
                IN_FOLDER(a_level_holds_sixty_four_access_points),
                IN_FOLDER(pages_come_in_order_and_meet_without_overlap),
                IN_FOLDER(hostile_text_is_only_text),
                IN_FOLDER(names_come_back_byte_for_byte),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Managers: whose signatures a gate obeys, in what, and what it refuses to load. */
#include "tests/contract/manager_maker.h"

#include "controller/validate/manager.h"

#include <errno.h>
#include <sys/stat.h>

#define TOPIC "stile/v1/acme/hq/gate-1/cmd/access"
#define ORDER "{\"type\":\"stile.command.v1\"}"

struct world {
        char folder[32], mai[64], desk[64], other[64];
        struct signing_key *mai_key, *desk_key, *stranger;
        struct settings settings;
        struct managers managers;
        uint8_t bytes[1024];
        size_t len;
};

static int set_up(void **state)
{
        struct world *world = calloc(1, sizeof(*world));
        assert_non_null(world);
        strcpy(world->folder, "/tmp/stile-manager-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        snprintf(world->mai, sizeof(world->mai), "%s/mai.pem", world->folder);
        snprintf(world->desk, sizeof(world->desk), "%s/desk.pem", world->folder);
        snprintf(world->other, sizeof(world->other), "%s/other.pem", world->folder);
        world->mai_key = manager_key(SIGNING_ED25519);
        world->desk_key = manager_key(SIGNING_P256);
        world->stranger = manager_key(SIGNING_ED25519);
        manager_write_key(world->mai_key, world->mai);
        manager_write_key(world->desk_key, world->desk);
        manager_name(&world->settings, "mai", world->mai, "access lockdown");
        manager_name(&world->settings, "desk", world->desk, "registry");
        assert_int_equal(managers_load(&world->managers, &world->settings), 0);
        *state = world;
        return 0;
}

static int tear_down(void **state)
{
        struct world *world = *state;
        managers_deinit(&world->managers);
        signing_key_free(world->mai_key);
        signing_key_free(world->desk_key);
        signing_key_free(world->stranger);
        unlink(world->mai);
        unlink(world->desk);
        unlink(world->other);
        rmdir(world->folder);
        free(world);
        return 0;
}

static void sign(struct world *world, const struct signing_key *key)
{
        world->len = manager_sign(key, TOPIC, ORDER, world->bytes, sizeof(world->bytes));
}

static enum managers_answer open_for(const struct world *world, enum manager_role role,
                                     const char *topic, const char **name)
{
        const struct manager *who = NULL;
        const uint8_t *payload = NULL;
        size_t len = 0;
        enum managers_answer answer =
                managers_open(&world->managers, world->bytes, world->len, role, topic,
                              strlen(topic), &who, &payload, &len);
        *name = who ? who->name : "";
        if (who) {
                assert_int_equal(len, strlen(ORDER));
                assert_memory_equal(payload, ORDER, len);
                assert_true(payload > world->bytes && payload < world->bytes + world->len);
        }
        return answer;
}

static void a_managers_message_is_opened_and_named(void **state)
{
        struct world *world = *state;
        const char *name = NULL;
        sign(world, world->mai_key);
        assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_GOOD);
        assert_string_equal(name, "mai");
        sign(world, world->desk_key);
        assert_int_equal(open_for(world, MANAGER_REGISTRY, TOPIC, &name), MANAGERS_GOOD);
        assert_string_equal(name, "desk");
}

static void a_role_that_they_do_not_have_is_forbidden(void **state)
{
        struct world *world = *state;
        const char *name = NULL;
        sign(world, world->mai_key);
        assert_int_equal(open_for(world, MANAGER_CONFIG, TOPIC, &name), MANAGERS_FORBIDDEN);
        assert_string_equal(name, "mai");
        sign(world, world->desk_key);
        assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_FORBIDDEN);
}

static void a_strangers_message_is_of_nobody(void **state)
{
        struct world *world = *state;
        const char *name = NULL;
        sign(world, world->stranger);
        assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_UNKNOWN);
        assert_string_equal(name, "");
}

static void what_was_signed_for_another_topic_is_forged(void **state)
{
        struct world *world = *state;
        const char *name = NULL;
        sign(world, world->mai_key);
        assert_int_equal(
                open_for(world, MANAGER_ACCESS, "stile/v1/acme/hq/gate-2/cmd/access", &name),
                MANAGERS_FORGED);
        assert_int_equal(
                open_for(world, MANAGER_ACCESS, "stile/v1/acme/hq/gate-1/cmd/release", &name),
                MANAGERS_FORGED);
        assert_int_equal(open_for(world, MANAGER_ACCESS, "", &name), MANAGERS_FORGED);
}

/* Whatever bit is turned over: never good, and never beyond the bytes. */
static void no_bit_of_a_message_can_be_changed(void **state)
{
        struct world *world = *state;
        const char *name = NULL;
        sign(world, world->mai_key);
        /* The tag alone may be left out or not: it is not signed. */
        for (size_t bit = 8; bit < 8 * world->len; bit++) {
                world->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_not_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_GOOD);
                world->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_GOOD);
}

static void a_message_cut_off_or_followed_by_more_is_damaged(void **state)
{
        struct world *world = *state;
        const char *name = NULL;
        sign(world, world->mai_key);
        size_t whole = world->len;
        for (world->len = 0; world->len < whole; world->len++)
                assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_DAMAGED);
        world->bytes[whole] = 0;
        world->len = whole + 1;
        assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_DAMAGED);
}

static int load_other(struct world *world, const char *roles)
{
        manager_name(&world->settings, "other", world->other, roles);
        int error = managers_load(&world->managers, &world->settings);
        world->settings.managers--;
        return error;
}

static void what_was_loaded_stays_when_a_key_cannot_be_used(void **state)
{
        struct world *world = *state;
        const char *name = NULL;
        assert_int_equal(load_other(world, "sync"), -ENOENT);
        manager_write_file(world->other, "no key\n");
        assert_int_equal(load_other(world, "sync"), -EBADMSG);
        assert_int_equal(world->managers.count, 2);
        sign(world, world->mai_key);
        assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_GOOD);
}

static void a_private_key_is_refused_as_such(void **state)
{
        struct world *world = *state;
        struct settings_manager from = { .name = "other", .roles = "sync" };
        struct manager manager;
        const char *why = NULL;
        assert_int_equal(signing_key_save(world->stranger, world->other, NULL), 0);
        assert_int_equal(load_other(world, "sync"), -EPERM);
        snprintf(from.key_file, sizeof(from.key_file), "%s", world->other);
        assert_int_equal(manager_read(&manager, &from, &why), -EPERM);
        assert_non_null(strstr(why, "a private key"));
        assert_null(manager.key);
}

static void one_key_is_one_manager(void **state)
{
        struct world *world = *state;
        manager_write_key(world->mai_key, world->other);
        assert_int_equal(load_other(world, "sync"), -EEXIST);
        assert_int_equal(world->managers.count, 2);
}

static void shared_ones_outlive_whoever_loaded_them(void **state)
{
        struct world *world = *state;
        struct managers shared;
        const char *name = NULL;
        managers_share(&world->managers, &shared);
        managers_deinit(&world->managers);
        sign(world, world->mai_key);
        assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_UNKNOWN);
        world->managers = shared;
        assert_int_equal(open_for(world, MANAGER_ACCESS, TOPIC, &name), MANAGERS_GOOD);
        assert_string_equal(name, "mai");
}

static void a_key_that_is_removed_is_obeyed_no_more(void **state)
{
        struct world *world = *state;
        const char *name = NULL;
        sign(world, world->desk_key);
        world->settings.managers = 1;
        assert_int_equal(managers_load(&world->managers, &world->settings), 0);
        assert_int_equal(open_for(world, MANAGER_REGISTRY, TOPIC, &name), MANAGERS_UNKNOWN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_managers_message_is_opened_and_named, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(a_role_that_they_do_not_have_is_forbidden, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(a_strangers_message_is_of_nobody, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(what_was_signed_for_another_topic_is_forged, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(no_bit_of_a_message_can_be_changed, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(a_message_cut_off_or_followed_by_more_is_damaged,
                                                set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_was_loaded_stays_when_a_key_cannot_be_used,
                                                set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_private_key_is_refused_as_such, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(one_key_is_one_manager, set_up, tear_down),
                cmocka_unit_test_setup_teardown(shared_ones_outlive_whoever_loaded_them, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(a_key_that_is_removed_is_obeyed_no_more, set_up,
                                                tear_down),
        };
        return cmocka_run_group_tests_name("manager", tests, NULL, NULL);
}

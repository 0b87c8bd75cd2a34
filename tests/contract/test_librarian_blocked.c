/* Librarian: who is blocked while a large registry is being adopted does not wait for its end. What
 * comes meanwhile is put into the librarian's mailbox before, and met between two buckets. */
#include "tests/contract/librarian_scene.h"

static bool is_blocked(struct scene *scene, const char *holder)
{
        struct pass_claims pass = { .issued_us = 1 };
        struct registry_credential code = store_credential(9999, "");
        const struct registry_question question = { .lookup = code.lookup,
                                                    .pass = &pass,
                                                    .access_point = "north-in",
                                                    .local = &store_tuesday };
        struct registry_match match;
        strcpy(pass.holder, holder);
        assert_int_equal(registry_find(scene->registry, &question, &match), 0);
        return match.is_listed;
}

static void block(struct scene *scene, const char *holder)
{
        struct sync_record record = centre_block(holder, false);
        centre_set(&scene->centre, &record);
}

static void hire(struct scene *scene, uint32_t from, uint32_t until)
{
        for (uint32_t i = from; i < until; i++)
                scene_worker(scene, i);
}

static uint64_t version(const struct scene *scene)
{
        return atomic_load(&scene->board.registry_version);
}

static void a_new_blocked_list_ends_an_adoption_and_goes_first(void **state)
{
        struct scene *scene = *state;
        hire(scene, 0, 100);
        scene_fill(scene, SCENE_V1);
        block(scene, "w-000003");
        centre_issue(&scene->centre, SCENE_V2, SCENE_V2);
        scene_post_manifest(scene);
        scene->parts_sent = 0;
        librarian_adopt(&scene->librarian, 1);
        assert_string_equal(scene_posted(scene), "");
        assert_string_equal(scene_wanted(scene), "blocked");
        assert_int_equal(version(scene), 0);
        assert_false(store_find(scene->registry, 7, "north-in").is_known);
        assert_false(atomic_load(&scene->board.is_adopting)); /* who changes something here may */
        assert_null(atomic_load(&scene->board.registry_trouble));
        assert_int_equal(scene_serve(scene, SIZE_MAX), 1);
        assert_int_equal(wants_pending(&scene->librarian.wants).incomplete, 0);
        scene_deliver(scene);
        assert_int_equal(version(scene), SCENE_V2);
        assert_true(is_blocked(scene, "w-000003"));
        assert_true(store_find(scene->registry, 7, "north-in").is_known);
        store_assert_counts(scene->registry, 100, 100, 1);
        assert_int_equal(scene->parts_sent, 1); /* the rest was there and stayed */
}

static void it_counts_before_what_else_is_new_has_come(void **state)
{
        struct scene *scene = *state;
        hire(scene, 0, 100);
        scene_fill(scene, SCENE_V1);
        block(scene, "w-000003");
        hire(scene, 200, 300);
        centre_issue(&scene->centre, SCENE_V2, SCENE_V2);
        scene_post_manifest(scene);
        librarian_adopt(&scene->librarian, 1);
        assert_string_equal(scene_posted(scene), "");
        assert_int_equal(scene_serve(scene, SIZE_MAX), 1);
        librarian_adopt(&scene->librarian, 1);
        scene_take_note(scene);
        assert_true(is_blocked(scene, "w-000003"));
        assert_int_equal(version(scene), 0);
        assert_int_equal(atomic_load(&scene->board.registry_blocked), SCENE_V2);
        scene_deliver(scene);
        assert_int_equal(version(scene), SCENE_V2);
        store_assert_counts(scene->registry, 200, 200, 1);
}

static void a_registry_that_blocks_nobody_else_waits_for_the_one_before(void **state)
{
        struct scene *scene = *state;
        hire(scene, 0, 100);
        block(scene, "w-000003");
        scene_fill(scene, SCENE_V1);
        hire(scene, 200, 201);
        centre_issue(&scene->centre, SCENE_V2, SCENE_V2);
        scene_post_manifest(scene);
        librarian_adopt(&scene->librarian, 1);
        scene_take_note(scene);
        assert_string_equal(scene_posted(scene), "unavailable"); /* stile-uplink brings it again */
        assert_int_equal(version(scene), SCENE_V1);
        assert_int_equal(atomic_load(&scene->board.registry_refused), 0);
        scene_announce(scene);
        scene_deliver(scene);
        assert_int_equal(version(scene), SCENE_V2);
}

static void questions_and_parts_that_come_meanwhile_change_nothing(void **state)
{
        struct scene *scene = *state;
        uint8_t bytes[PART_BYTES_MAX];
        hire(scene, 0, 100);
        block(scene, "w-000003");
        scene_fill(scene, SCENE_V1);
        struct centre_cargo cargo = centre_load(&scene->centre, SYNC_BLOCKED, 0);
        size_t len = centre_part(&cargo, 0, bytes);
        scene_post(scene, "sync-want", NULL, NULL, 0);
        scene_post(scene, "sync-part", "part", bytes, len);
        scene_post_manifest(scene);
        librarian_adopt(&scene->librarian, 1);
        scene_take_note(scene);
        assert_string_equal(scene_posted(scene), "");
        assert_string_equal(scene_posted(scene), "unavailable");
        assert_string_equal(scene_posted(scene), ""); /* it is the same */
        assert_int_equal(version(scene), SCENE_V1);
        store_assert_counts(scene->registry, 100, 100, 1);
        free(cargo.bytes);
}

static void whoever_blocks_somebody_every_minute_gets_a_registry_too(void **state)
{
        struct scene *scene = *state;
        hire(scene, 0, 100);
        scene_fill(scene, SCENE_V1);
        for (int i = 1; i <= 3; i++) {
                static const char *const holders[] = { "", "w-000001", "w-000002", "w-000003" };
                block(scene, holders[i]);
                centre_issue(&scene->centre, (uint64_t)(SCENE_V1 + i), SCENE_V1 + i);
                scene_post_manifest(scene);
                librarian_adopt(&scene->librarian, 1);
                assert_string_equal(scene_posted(scene), "");
                assert_int_equal(version(scene), 0);
                assert_int_equal(is_blocked(scene, holders[i - 1]), i > 1);
                assert_int_equal(scene_serve(scene, SIZE_MAX), 1);
        }
        block(scene, "w-000004");
        centre_issue(&scene->centre, SCENE_V2, SCENE_V2);
        scene_post_manifest(scene);
        librarian_adopt(&scene->librarian, 1);
        scene_take_note(scene);
        assert_string_equal(scene_posted(scene), "unavailable");
        assert_int_equal(version(scene), SCENE_V1 + 3);
        assert_true(is_blocked(scene, "w-000003"));
        scene_announce(scene);
        scene_deliver(scene);
        assert_true(is_blocked(scene, "w-000004"));
}

static void a_restart_in_between_goes_on_with_the_newer_one(void **state)
{
        struct scene *scene = *state;
        hire(scene, 0, 100);
        scene_fill(scene, SCENE_V1);
        block(scene, "w-000003");
        centre_issue(&scene->centre, SCENE_V2, SCENE_V2);
        scene_post_manifest(scene);
        librarian_adopt(&scene->librarian, 1);
        assert_string_equal(scene_posted(scene), "");
        scene_close_librarian(scene);
        scene_open_librarian(scene);
        scene_ask_anew(scene);
        assert_string_equal(scene_wanted(scene), "blocked");
        scene_deliver(scene);
        assert_int_equal(version(scene), SCENE_V2);
        assert_true(is_blocked(scene, "w-000003"));
        store_assert_counts(scene->registry, 100, 100, 1);
}

static void told_to_stop_it_leaves_what_was_there(void **state)
{
        struct scene *scene = *state;
        const struct to_librarian stop = { .kind = LIBRARIAN_STOP };
        hire(scene, 0, 100);
        scene_fill(scene, SCENE_V1);
        scene_post(scene, "sync-want", NULL, NULL, 0); /* after which it begins to adopt */
        assert_true(mailbox_put(&scene->librarian.in, &stop));
        librarian_run(&scene->librarian);
        assert_string_equal(scene_posted(scene), "");
        assert_int_equal(version(scene), 0);
        assert_false(store_find(scene->registry, 7, "north-in").is_known);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_SCENE(a_new_blocked_list_ends_an_adoption_and_goes_first),
                IN_SCENE(it_counts_before_what_else_is_new_has_come),
                IN_SCENE(a_registry_that_blocks_nobody_else_waits_for_the_one_before),
                IN_SCENE(questions_and_parts_that_come_meanwhile_change_nothing),
                IN_SCENE(whoever_blocks_somebody_every_minute_gets_a_registry_too),
                IN_SCENE(a_restart_in_between_goes_on_with_the_newer_one),
                IN_SCENE(told_to_stop_it_leaves_what_was_there),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

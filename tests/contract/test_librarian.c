/* Librarian: the centre's registry comes in whole or not at all, and only the centre's. */
#include "tests/contract/librarian_scene.h"

#include <errno.h>

static void a_registry_comes_by_manifest_and_parts_and_people_pass(void **state)
{
        struct scene *scene = *state;
        for (uint32_t i = 0; i < 600; i++)
                scene_worker(scene, i);
        centre_issue(&scene->centre, SCENE_V1, SCENE_V1);
        scene_announce(scene);
        assert_true(atomic_load(&scene->board.registry_buckets_left) > 200);
        assert_false(store_find(scene->registry, 7, "north-in").is_known);
        scene_deliver(scene);
        struct registry_match match = store_find(scene->registry, 7, "north-in");
        assert_true(match.is_known && match.is_enrolled && !match.is_revoked && !match.is_listed);
        assert_string_equal(match.holder.id, "w-000007");
        assert_int_equal(match.covering, 1);
        store_assert_counts(scene->registry, 600, 600, 1);
        assert_int_equal(atomic_load(&scene->board.registry_version), SCENE_V1);
        assert_int_equal(atomic_load(&scene->board.registry_buckets_left), 0);
}

static void what_changed_is_all_that_travels_the_second_time(void **state)
{
        struct scene *scene = *state;
        for (uint32_t i = 0; i < 600; i++)
                scene_worker(scene, i);
        scene_bring(scene, SCENE_V1);
        struct registry_credential seven = store_credential(7, "w-000007");
        struct sync_record gone = centre_removal(centre_credential(seven.lookup, "w-000007"));
        struct sync_record renamed = centre_holder("w-000008", "all");
        strcpy(renamed.holder.name, "Trần Văn An");
        centre_set(&scene->centre, &gone);
        centre_set(&scene->centre, &renamed);
        scene_worker(scene, 1000);
        scene->parts_sent = 0;
        scene_bring(scene, SCENE_V2);
        assert_in_range(scene->parts_sent, 2, 4); /* as many buckets */
        assert_false(store_find(scene->registry, 7, "north-in").is_known);
        assert_string_equal(store_find(scene->registry, 8, "north-in").holder.name, "Trần Văn An");
        assert_true(store_find(scene->registry, 1000, "north-in").is_known);
        store_assert_counts(scene->registry, 601, 600, 1);
}

static void who_is_blocked_is_stopped_before_the_rest_has_come(void **state)
{
        struct scene *scene = *state;
        for (uint32_t i = 0; i < 100; i++)
                scene_worker(scene, i);
        scene_bring(scene, SCENE_V1);
        struct sync_record block = centre_block("w-000003", true);
        struct registry_credential four = store_credential(4, "");
        struct sync_record stop = { .kind = SYNC_REVOCATION };
        memcpy(stop.revocation.lookup, four.lookup, FLOW_DIGEST_LEN);
        centre_set(&scene->centre, &block);
        centre_set(&scene->centre, &stop);
        for (uint32_t i = 200; i < 300; i++)
                scene_worker(scene, i);
        centre_issue(&scene->centre, SCENE_V2, SCENE_V2);
        scene_announce(scene);
        assert_string_equal(scene_wanted(scene), "blocked");
        assert_int_equal(scene_serve(scene, 1), 1);
        librarian_adopt(&scene->librarian, 1);
        scene_take_note(scene);
        struct registry_match blocked = store_find(scene->registry, 3, "north-in");
        assert_true(blocked.is_listed && blocked.is_listed_silent);
        assert_true(store_find(scene->registry, 4, "north-in").is_revoked);
        assert_false(store_find(scene->registry, 200, "north-in").is_known);
        assert_int_equal(atomic_load(&scene->board.registry_version), SCENE_V1);
        assert_int_equal(atomic_load(&scene->board.registry_blocked), SCENE_V2);
        scene_deliver(scene);
        assert_true(store_find(scene->registry, 200, "north-in").is_known);
        assert_true(store_find(scene->registry, 3, "north-in").is_listed);
}

static void a_pass_of_somebody_blocked_is_stopped_even_if_nobody_knows_them(void **state)
{
        struct scene *scene = *state;
        struct sync_record block = centre_block("stranger", false);
        centre_set(&scene->centre, &block);
        scene_bring(scene, SCENE_V1);
        struct pass_claims pass = { .holder = "stranger", .issued_us = 1 };
        struct registry_credential code = store_credential(1, "");
        const struct registry_question question = { .lookup = code.lookup,
                                                    .pass = &pass,
                                                    .access_point = "north-in",
                                                    .local = &store_tuesday };
        struct registry_match match;
        assert_int_equal(registry_find(scene->registry, &question, &match), 0);
        assert_true(match.is_listed && !match.is_known && !match.is_listed_silent);
}

static void an_older_registry_is_refused_and_another_of_the_same_version(void **state)
{
        struct scene *scene = *state;
        struct centre *centre = &scene->centre;
        scene_worker(scene, 1);
        scene_bring(scene, SCENE_V1);
        struct manifest old = centre->manifest;
        struct sync_record block = centre_block("w-000001", false);
        centre_set(centre, &block);
        scene_bring(scene, SCENE_V2);
        old.issued_s = SCENE_V3; /* signed anew, even */
        assert_string_equal(scene_send_manifest(scene, scene->key, &old, centre->aad), "stale");
        struct manifest other = centre->manifest;
        other.bucket[SYNC_BLOCKED] = old.bucket[SYNC_BLOCKED];
        assert_string_equal(scene_send_manifest(scene, scene->key, &other, centre->aad), "stale");
        assert_true(store_find(scene->registry, 1, "north-in").is_listed);
        /* Nor while the next one is under way, and not after a restart. */
        centre_issue(centre, SCENE_V3, SCENE_V3);
        scene_worker(scene, 2);
        centre_issue(centre, SCENE_V3, SCENE_V3);
        scene_announce(scene);
        scene_close_librarian(scene);
        scene_open_librarian(scene);
        assert_true(scene->librarian.is_staged);
        assert_string_equal(scene_send_manifest(scene, scene->key, &other, centre->aad), "stale");
}

static void the_same_registry_issued_anew_is_young_again(void **state)
{
        struct scene *scene = *state;
        scene_worker(scene, 1);
        scene_bring(scene, SCENE_V1);
        struct manifest again = scene->centre.manifest;
        again.issued_s += 3600;
        assert_string_equal(scene_send_manifest(scene, scene->key, &again, scene->centre.aad), "");
        assert_int_equal(atomic_load(&scene->board.registry_issued_s), SCENE_V1 + 3600);
        again.issued_s -= 60;
        assert_string_equal(scene_send_manifest(scene, scene->key, &again, scene->centre.aad), "");
        assert_int_equal(atomic_load(&scene->board.registry_issued_s), SCENE_V1 + 3600);
        scene_close_librarian(scene);
        atomic_store(&scene->board.registry_issued_s, 0);
        scene_open_librarian(scene);
        assert_int_equal(atomic_load(&scene->board.registry_issued_s), SCENE_V1 + 3600);
}

static void only_a_manager_of_the_registry_of_this_site_is_believed(void **state)
{
        struct scene *scene = *state;
        struct centre *centre = &scene->centre;
        scene_worker(scene, 1);
        centre_issue(centre, SCENE_V1, SCENE_V1);
        assert_string_equal(
                scene_send_manifest(scene, scene->stranger, &centre->manifest, centre->aad),
                "unauthorised");
        assert_string_equal(scene_send_manifest(scene, scene->key, &centre->manifest,
                                                "stile/v1/acme/elsewhere/registry"),
                            "unauthorised");
        strcpy(scene->settings.manager[0].roles, "access");
        scene_close_librarian(scene);
        scene_open_librarian(scene);
        assert_string_equal(scene_send_manifest(scene, scene->key, &centre->manifest, centre->aad),
                            "unauthorised");
        assert_int_equal(atomic_load(&scene->board.registry_refused), 3);
        json_t *answer = scene_ask(scene, "sync-manifest", "manifest", "nonsense", 8);
        assert_string_equal(scene_reason(answer), "bad_request");
        json_decref(answer);
        assert_false(scene->librarian.is_staged);
}

static void a_manifest_under_way_ends_when_its_manager_is_no_more(void **state)
{
        struct scene *scene = *state;
        scene_worker(scene, 1);
        centre_issue(&scene->centre, SCENE_V1, SCENE_V1);
        scene_announce(scene);
        scene->settings.managers = 0;
        scene_close_librarian(scene);
        scene_open_librarian(scene);
        assert_false(scene->librarian.is_staged);
        assert_int_equal(atomic_load(&scene->board.registry_buckets_left), 0);
}

static void after_a_restart_only_what_is_lacking_is_asked_for(void **state)
{
        struct scene *scene = *state;
        for (uint32_t i = 0; i < 300; i++)
                scene_worker(scene, i);
        centre_issue(&scene->centre, SCENE_V1, SCENE_V1);
        scene_announce(scene);
        size_t buckets = atomic_load(&scene->board.registry_buckets_left);
        for (int i = 0; i < 20; i++)
                (void)scene_serve(scene, SIZE_MAX);
        size_t sent = scene->parts_sent;
        assert_in_range(sent, 10, buckets - 10);
        scene_close_librarian(scene);
        scene_open_librarian(scene);
        scene_deliver(scene);
        assert_int_equal(scene->parts_sent, buckets); /* each is of one part, and none came twice */
        store_assert_counts(scene->registry, 300, 300, 1);
}

static void a_new_manifest_keeps_the_parts_that_are_still_right(void **state)
{
        struct scene *scene = *state;
        for (uint32_t i = 0; i < 300; i++)
                scene_worker(scene, i);
        centre_issue(&scene->centre, SCENE_V1, SCENE_V1);
        scene_announce(scene);
        size_t buckets = atomic_load(&scene->board.registry_buckets_left);
        for (int i = 0; i < 20; i++)
                (void)scene_serve(scene, SIZE_MAX);
        scene_worker(scene, 1); /* nothing new */
        struct sync_record renamed = centre_holder("w-000001", "all");
        strcpy(renamed.holder.name, "Trần Văn An");
        centre_set(&scene->centre, &renamed);
        centre_issue(&scene->centre, SCENE_V2, SCENE_V2);
        scene_announce(scene);
        scene_deliver(scene);
        assert_in_range(scene->parts_sent, buckets, buckets + 1);
        assert_string_equal(store_find(scene->registry, 1, "north-in").holder.name, "Trần Văn An");
}

/* A bucket whose content was changed on its way, in a stream that is in order. */
static void deliver_forged(struct scene *scene, const struct sync_record *extra, bool is_delta)
{
        int bucket = centre_bucket_of(extra);
        struct centre_list forged = { .row = NULL };
        size_t len = 0;
        centre_copy(&forged, &scene->centre.now[bucket]);
        centre_list_set(&forged, extra);
        uint8_t *content = is_delta ? centre_changes(&scene->centre.before[bucket], &forged, &len)
                                    : centre_content(&forged, &len);
        struct centre_cargo cargo =
                centre_deflate(content, len, bucket,
                               is_delta ? scene->centre.manifest_before.bucket[bucket].version : 0,
                               scene->centre.manifest.bucket[bucket].version);
        json_decref(scene_send_part(scene, &cargo, 0));
        free(cargo.bytes);
        free(content);
        free(forged.row);
}

static void a_delta_that_comes_to_something_else_is_undone_and_asked_for_whole(void **state)
{
        struct scene *scene = *state;
        scene_worker(scene, 1);
        scene_bring(scene, SCENE_V1);
        struct sync_record block = centre_block("w-000001", false);
        struct sync_record keep = centre_block("w-000002", false);
        centre_set(&scene->centre, &keep);
        scene_bring(scene, SCENE_V2);
        centre_set(&scene->centre, &block);
        centre_issue(&scene->centre, SCENE_V3, SCENE_V3);
        scene_announce(scene);
        struct sync_record forged =
                centre_block("w-000001", true); /* silent: somebody's own idea */
        deliver_forged(scene, &forged, true);
        librarian_adopt(&scene->librarian, 1);
        assert_false(atomic_load(&scene->board.is_adopting));
        assert_string_equal(atomic_load(&scene->board.registry_trouble), "content");
        assert_false(store_find(scene->registry, 1, "north-in").is_listed);
        scene_ask_anew(scene);
        assert_string_equal(scene_wanted(scene), "blocked");
        assert_int_equal(
                json_integer_value(json_object_get(json_array_get(scene->pending, 0), "from")), 0);
        scene_deliver(scene);
        struct registry_match match = store_find(scene->registry, 1, "north-in");
        assert_true(match.is_listed && !match.is_listed_silent);
        assert_null(atomic_load(&scene->board.registry_trouble));
}

static void tampered_parts_change_nothing_whatever_byte_it_is(void **state)
{
        struct scene *scene = *state;
        struct sync_record block = centre_block("w-000001", false);
        uint8_t bytes[PART_BYTES_MAX];
        uint64_t seed = 7;
        scene_worker(scene, 1);
        centre_set(&scene->centre, &block);
        centre_issue(&scene->centre, SCENE_V1, SCENE_V1);
        scene_announce(scene);
        struct centre_cargo cargo = centre_load(&scene->centre, SYNC_BLOCKED, 0);
        for (int i = 0; i < 500; i++) {
                size_t len = centre_part(&cargo, 0, bytes);
                seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
                bytes[(seed >> 33) % len] ^= (uint8_t)(1u << (seed >> 60 & 7));
                if (i % 3 == 0)
                        len = 1 + (seed >> 40) % len;
                json_decref(scene_ask(scene, "sync-part", "part", bytes, len));
                librarian_adopt(&scene->librarian, INT64_MAX);
                scene_take_note(scene);
                /* But for bits that mean nothing, such as those that fill deflate's last byte. */
                if (atomic_load(&scene->board.registry_blocked) == 0)
                        continue;
                assert_int_equal(store_sql_int(scene->registry_path,
                                               "SELECT count(*) FROM block WHERE"
                                               " holder = 'w-000001' AND is_silent = 0"),
                                 1);
                break;
        }
        free(cargo.bytes);
        scene_ask_anew(scene);
        scene_deliver(scene);
        assert_true(store_find(scene->registry, 1, "north-in").is_listed);
}

/* ---- our own rows ---- */

static void our_own_people_stay_and_are_nobody_elses_business(void **state)
{
        struct scene *scene = *state;
        store_put_holder(scene->registry, "guard");
        store_enrol(scene->registry, 9000, "guard");
        scene_worker(scene, 1);
        scene_bring(scene, SCENE_V1);
        assert_true(store_find(scene->registry, 9000, "north-in").is_known);
        store_enrol(scene->registry, 9001, "w-000001"); /* a card of the gate's for the centre's */
        scene_worker(scene, 2);
        scene_bring(scene, SCENE_V2);
        assert_true(store_find(scene->registry, 9000, "north-in").is_known);
        assert_string_equal(store_find(scene->registry, 9001, "north-in").holder.id, "w-000001");
}

static void what_is_the_centres_is_not_changed_here(void **state)
{
        struct scene *scene = *state;
        struct registry *registry = scene->registry;
        struct sync_record level = { .kind = SYNC_LEVEL,
                                     .level = { .id = "lab", .points = 1, .point = { "lab-in" } } };
        struct sync_record schedule = { .kind = SYNC_SCHEDULE, .schedule = { .id = "day" } };
        struct sync_record area = { .kind = SYNC_AREA,
                                    .area = { .id = "yard", .points = 1, .point = { "lab-in" } } };
        struct sync_record day = { .kind = SYNC_SPECIAL_DAY,
                                   .special_day = { .month = 9, .day = 2, .name = "x" } };
        struct sync_record declared = { .kind = SYNC_DECLARATION,
                                        .id = "w-000001",
                                        .declaration = { .result = 3, .at_us = 1 } };
        const struct sync_record *all[] = { &level, &schedule, &area, &day, &declared };
        for (size_t i = 0; i < ARRAY_LEN(all); i++)
                centre_set(&scene->centre, all[i]);
        scene_worker(scene, 1);
        scene_bring(scene, SCENE_V1);
        struct registry_holder holder = store_holder("w-000001", "all");
        struct registry_credential code = store_credential(1, "w-000001");
        const struct registry_declaration green = { .result = 1 };
        assert_int_equal(registry_put_holder(registry, &holder), -EPERM);
        assert_int_equal(registry_remove_holder(registry, "w-000001"), -EPERM);
        assert_int_equal(registry_put_credential(registry, &code), -EPERM);
        assert_int_equal(registry_revoke(registry, code.lookup, 1), -EPERM);
        assert_int_equal(registry_revoke_holder(registry, "w-000001", 1), -EPERM);
        assert_int_equal(registry_put_declaration(registry, "w-000001", &green), -EPERM);
        assert_int_equal(registry_put_level(registry, &level.level), -EPERM);
        assert_int_equal(registry_remove_level(registry, "lab"), -EPERM);
        assert_int_equal(registry_put_schedule(registry, &schedule.schedule), -EPERM);
        assert_int_equal(registry_remove_schedule(registry, "day"), -EPERM);
        assert_int_equal(registry_put_area(registry, &area.area), -EPERM);
        assert_int_equal(registry_remove_area(registry, "yard"), -EPERM);
        assert_int_equal(registry_put_special_day(registry, &day.special_day), -EPERM);
        assert_int_equal(registry_remove_special_day(registry, 0, 9, 2), -EPERM);
        assert_int_equal(registry_remove_level(registry, "all"), -EBUSY);
        /* And all of it goes when the centre takes it away. */
        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                struct sync_record gone = centre_removal(*all[i]);
                centre_set(&scene->centre, &gone);
        }
        scene_bring(scene, SCENE_V2);
        assert_int_equal(registry_put_level(registry, &level.level), 0);
        assert_int_equal(registry_put_schedule(registry, &schedule.schedule), 0);
        assert_int_equal(registry_put_area(registry, &area.area), 0);
        assert_int_equal(registry_put_special_day(registry, &day.special_day), 0);
        assert_int_equal(registry_put_declaration(registry, "w-000001", &green), 0);
}

static void the_centres_row_takes_the_place_of_one_of_ours(void **state)
{
        struct scene *scene = *state;
        struct registry_holder holder = store_holder("w-000001", "all");
        holder.is_blocked = true;
        assert_int_equal(registry_put_holder(scene->registry, &holder), 0);
        store_put_holder(scene->registry, "guard");
        store_enrol(scene->registry, 1, "guard");
        scene_worker(scene, 1);
        scene_bring(scene, SCENE_V1);
        struct registry_match match = store_find(scene->registry, 1, "north-in");
        assert_string_equal(match.holder.id, "w-000001");
        assert_false(match.holder.is_blocked);
}

static void with_the_centres_holder_go_the_cards_that_we_gave_them(void **state)
{
        struct scene *scene = *state;
        scene_worker(scene, 1);
        scene_worker(scene, 2);
        scene_bring(scene, SCENE_V1);
        store_enrol(scene->registry, 9001, "w-000001");
        store_enrol(scene->registry, 9002, "w-000002");
        struct registry_credential one = store_credential(1, "w-000001");
        struct sync_record gone[] = { centre_removal(centre_holder("w-000001", "all")),
                                      centre_removal(centre_credential(one.lookup, "w-000001")) };
        for (size_t i = 0; i < ARRAY_LEN(gone); i++)
                centre_set(&scene->centre, &gone[i]);
        scene_bring(scene, SCENE_V2);
        scene_worker(scene, 1);
        scene_bring(scene, SCENE_V3);
        assert_true(store_find(scene->registry, 1, "north-in").is_known);
        assert_false(store_find(scene->registry, 9001, "north-in").is_known);
        assert_true(store_find(scene->registry, 9002, "north-in").is_known);
}

static void an_import_here_and_an_adoption_do_not_meet(void **state)
{
        struct scene *scene = *state;
        scene_worker(scene, 1);
        centre_issue(&scene->centre, SCENE_V1, SCENE_V1);
        assert_int_equal(registry_begin(scene->registry), 0);
        store_put_holder(scene->registry, "guard");
        scene_announce(scene);
        while (scene_serve(scene, SIZE_MAX) > 0)
                ;
        librarian_adopt(&scene->librarian, 1);
        assert_int_equal(atomic_load(&scene->board.registry_version), 0);
        assert_false(atomic_load(&scene->board.is_adopting));
        assert_int_equal(registry_commit(scene->registry), 0);
        librarian_adopt(&scene->librarian, INT64_MAX);
        assert_int_equal(atomic_load(&scene->board.registry_version), SCENE_V1);
        scene_take_note(scene);
        store_assert_counts(scene->registry, 2, 1, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_SCENE(a_registry_comes_by_manifest_and_parts_and_people_pass),
                IN_SCENE(what_changed_is_all_that_travels_the_second_time),
                IN_SCENE(who_is_blocked_is_stopped_before_the_rest_has_come),
                IN_SCENE(a_pass_of_somebody_blocked_is_stopped_even_if_nobody_knows_them),
                IN_SCENE(an_older_registry_is_refused_and_another_of_the_same_version),
                IN_SCENE(the_same_registry_issued_anew_is_young_again),
                IN_SCENE(only_a_manager_of_the_registry_of_this_site_is_believed),
                IN_SCENE(a_manifest_under_way_ends_when_its_manager_is_no_more),
                IN_SCENE(after_a_restart_only_what_is_lacking_is_asked_for),
                IN_SCENE(a_new_manifest_keeps_the_parts_that_are_still_right),
                IN_SCENE(a_delta_that_comes_to_something_else_is_undone_and_asked_for_whole),
                IN_SCENE(tampered_parts_change_nothing_whatever_byte_it_is),
                IN_SCENE(our_own_people_stay_and_are_nobody_elses_business),
                IN_SCENE(what_is_the_centres_is_not_changed_here),
                IN_SCENE(the_centres_row_takes_the_place_of_one_of_ours),
                IN_SCENE(with_the_centres_holder_go_the_cards_that_we_gave_them),
                IN_SCENE(an_import_here_and_an_adoption_do_not_meet),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

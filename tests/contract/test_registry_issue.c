/* Registry issue: which of the centre's registries it was at a moment, as adoptions noted it. */
#include "tests/contract/librarian_scene.h"

enum {
        ISSUES_KEPT = 1000
};

static void adopt(struct adoption *adoption, uint64_t version, int64_t issued_s, int64_t at_us)
{
        assert_int_equal(adoption_begin(adoption), 0);
        assert_int_equal(adoption_note_issue(adoption, version, issued_s, at_us), 0);
        assert_int_equal(adoption_commit(adoption), 0);
}

static void expect(struct registry *registry, int64_t at_us, struct registry_issue wanted)
{
        struct registry_issue found = { .version = UINT64_MAX };
        assert_int_equal(registry_issue_at(registry, at_us, &found), 0);
        assert_int_equal(found.from_us, wanted.from_us);
        assert_int_equal(found.until_us, wanted.until_us);
        assert_int_equal(found.version, wanted.version);
        assert_int_equal(found.issued_s, wanted.issued_s);
}

static void a_gate_without_a_centre_has_none_for_ever(void **state)
{
        struct registry *registry = store_open_registry(*state);
        expect(registry, 0, (struct registry_issue){ INT64_MIN, INT64_MAX, 0, 0 });
        expect(registry, 5000, (struct registry_issue){ INT64_MIN, INT64_MAX, 0, 0 });
        registry_close(registry);
}

static void each_holds_until_the_next(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        struct adoption *adoption = NULL;
        assert_int_equal(adoption_open(folder->path, &adoption), 0);
        adopt(adoption, 7, 70, 1000);
        expect(registry, 2999, (struct registry_issue){ 1000, INT64_MAX, 7, 70 });
        adopt(adoption, 8, 80, 2000);
        adopt(adoption, 8, 90, 3000); /* issued anew */
        expect(registry, 999, (struct registry_issue){ INT64_MIN, 1000, 0, 0 });
        expect(registry, 1000, (struct registry_issue){ 1000, 2000, 7, 70 });
        expect(registry, 1999, (struct registry_issue){ 1000, 2000, 7, 70 });
        expect(registry, 2000, (struct registry_issue){ 2000, 3000, 8, 80 });
        expect(registry, 3000, (struct registry_issue){ 3000, INT64_MAX, 8, 90 });
        expect(registry, INT64_MAX, (struct registry_issue){ 3000, INT64_MAX, 8, 90 });
        adoption_close(adoption);
        registry_close(registry);
}

static void what_is_not_committed_is_not_there(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        struct adoption *adoption = NULL;
        assert_int_equal(adoption_open(folder->path, &adoption), 0);
        adopt(adoption, 7, 70, 1000);
        assert_int_equal(adoption_begin(adoption), 0);
        assert_int_equal(adoption_note_issue(adoption, 8, 80, 2000), 0);
        expect(registry, 2000, (struct registry_issue){ 1000, INT64_MAX, 7, 70 });
        assert_int_equal(adoption_commit(adoption), 0);
        expect(registry, 2000, (struct registry_issue){ 2000, INT64_MAX, 8, 80 });
        adoption_close(adoption);
        registry_close(registry);
}

static void of_those_that_are_forgotten_nobody_knows(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        struct adoption *adoption = NULL;
        assert_int_equal(adoption_open(folder->path, &adoption), 0);
        assert_int_equal(adoption_begin(adoption), 0);
        for (int i = 1; i <= ISSUES_KEPT + 1; i++)
                assert_int_equal(adoption_note_issue(adoption, (uint64_t)i, i, i * 1000), 0);
        assert_int_equal(adoption_commit(adoption), 0);
        expect(registry, 1500, (struct registry_issue){ INT64_MIN, 2000, 0, 0 });
        expect(registry, 2500, (struct registry_issue){ 2000, 3000, 2, 2 });
        adoption_close(adoption);
        registry_close(registry);
}

static void a_date_that_somebody_edited_does_no_harm(void **state)
{
        const struct store_folder *folder = *state;
        registry_close(store_open_registry(folder));
        store_sql(folder->path, "INSERT INTO issue VALUES (1000, -1, -9000000000000000000)");
        struct registry *registry = store_open_registry(folder);
        struct registry_issue found;
        assert_int_equal(registry_issue_at(registry, 1000, &found), 0);
        assert_int_equal(found.issued_s, 0);
        registry_close(registry);
}

/* A Pi that woke in the past adopts: what it decided before must not look as if by that. */
static void it_begins_after_the_rows_that_are_there_whatever_the_system_clock_says(void **state)
{
        struct scene *scene = *state;
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        int64_t rows_us = ((int64_t)now.tv_sec + 86400) * 1000000;
        atomic_store(&scene->board.clock_us, rows_us);
        scene_worker(scene, 1);
        scene_bring(scene, SCENE_V1);
        expect(scene->registry, rows_us - 1, (struct registry_issue){ INT64_MIN, rows_us, 0, 0 });
        struct manifest again = scene->centre.manifest;
        again.issued_s += 3600;
        atomic_store(&scene->board.clock_us, rows_us + 5);
        scene_send_manifest(scene, scene->key, &again, scene->centre.aad);
        expect(scene->registry, rows_us + 4,
               (struct registry_issue){ rows_us, rows_us + 5, SCENE_V1, SCENE_V1 });
        expect(scene->registry, rows_us + 5,
               (struct registry_issue){ rows_us + 5, INT64_MAX, SCENE_V1, SCENE_V1 + 3600 });
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_gate_without_a_centre_has_none_for_ever),
                IN_FOLDER(each_holds_until_the_next),
                IN_FOLDER(what_is_not_committed_is_not_there),
                IN_FOLDER(of_those_that_are_forgotten_nobody_knows),
                IN_FOLDER(a_date_that_somebody_edited_does_no_harm),
                IN_SCENE(it_begins_after_the_rows_that_are_there_whatever_the_system_clock_says),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Both ends of registry sync, real ones: whatever changes at the centre, the gate comes to hold. */
#include "tests/contract/librarian_scene.h"
#include "tests/contract/registry_changes.h"

#include "dashboard/registry/publisher.h"

enum {
        ROUNDS = 40,
        QUEUE = 64
};

/* A message on its way down. */
struct down {
        bool is_manifest;
        uint8_t *bytes;
        size_t len;
};

struct ends {
        struct scene *gate;
        struct registry *registry; /* the centre's */
        struct published *published;
        struct publisher *publisher;
        struct down queue[QUEUE];
        size_t queued;
        int64_t now_s, now_ms;
};

static int take(void *context, const struct publisher_message *message)
{
        struct ends *ends = context;
        if (ends->queued == QUEUE)
                return -EAGAIN;
        struct down *down = &ends->queue[ends->queued++];
        *down = (struct down){ .is_manifest = message->is_retained,
                               .bytes = malloc(message->len),
                               .len = message->len };
        assert_non_null(down->bytes);
        memcpy(down->bytes, message->payload, message->len);
        return 0;
}

static struct ends *ends_new(void **state)
{
        struct ends *ends = calloc(1, sizeof(*ends));
        char path[STORE_PATH_MAX + 32], set_aside[256];
        assert_non_null(ends);
        ends->gate = *state;
        ends->now_s = SCENE_V1;
        (void)snprintf(path, sizeof(path), "%s/site.db", ends->gate->folder->folder);
        assert_int_equal(registry_open(path, &ends->registry, set_aside), 0);
        (void)snprintf(path, sizeof(path), "%s/published.db", ends->gate->folder->folder);
        assert_int_equal(published_open(path, &ends->published, set_aside), 0);
        const struct publisher_settings settings = { .org = "acme",
                                                     .site = "hq",
                                                     .registry = ends->registry,
                                                     .published = ends->published,
                                                     .key = ends->gate->key,
                                                     .cache_bytes = 1 << 20,
                                                     .look_ms = 1,
                                                     .renew_s = 3600,
                                                     .send = take,
                                                     .context = ends };
        ends->publisher = malloc(sizeof(*ends->publisher));
        assert_non_null(ends->publisher);
        assert_int_equal(publisher_init(ends->publisher, &settings), 0);
        publisher_hear_gate(ends->publisher, "gate-1");
        return ends;
}

static void ends_free(struct ends *ends)
{
        publisher_deinit(ends->publisher);
        free(ends->publisher);
        published_close(ends->published);
        registry_close(ends->registry);
        free(ends);
}

/* What the gate wants, as its message says it. */
static void ask(struct ends *ends)
{
        struct want_message want;
        if (json_array_size(ends->gate->pending) == 0)
                return;
        json_t *event = json_pack("{s:{s:I, s:O}}", "data", "manifest",
                                  (json_int_t)ends->publisher->manifest.version, "buckets",
                                  ends->gate->pending);
        char *text = json_dumps(event, JSON_COMPACT);
        assert_true(want_read((const unsigned char *)text, strlen(text), &want));
        assert_int_equal(want.buckets, json_array_size(ends->gate->pending));
        publisher_hear_want(ends->publisher, "gate-1", &want);
        free(text);
        json_decref(event);
        json_array_clear(ends->gate->pending);
}

static void hand_over(struct ends *ends)
{
        size_t count = ends->queued;
        ends->queued = 0;
        for (size_t i = 0; i < count; i++) {
                struct down *down = &ends->queue[i];
                json_t *answer =
                        scene_ask(ends->gate, down->is_manifest ? "sync-manifest" : "sync-part",
                                  down->is_manifest ? "manifest" : "part", down->bytes, down->len);
                assert_string_equal(scene_reason(answer), "");
                json_decref(answer);
                free(down->bytes);
        }
}

/* Until the gate asks for nothing and nothing is on its way. */
static void settle(struct ends *ends)
{
        ends->now_s++;
        ends->now_ms += 100000;
        publisher_look(ends->publisher, ends->now_s, ends->now_ms);
        do {
                while (publisher_send_some(ends->publisher, QUEUE / 2) && ends->queued < QUEUE / 2)
                        continue;
                hand_over(ends);
                ask(ends);
        } while (publisher_send_some(ends->publisher, 1) || ends->queued > 0);
        librarian_adopt(&ends->gate->librarian, monotonic_ms());
}

/* Rows of both, one beside the other. Whoever is blocked is so at the gate by the list. */
static void expect_same_rows(struct ends *ends)
{
        static struct sync_record ours, theirs;
        struct registry_scan *centre = NULL, *gate = NULL;
        assert_int_equal(registry_scan_open(ends->registry, &centre), 0);
        assert_int_equal(registry_scan_open(ends->gate->registry, &gate), 0);
        int ours_left = 0, theirs_left = 0;
        do {
                ours_left = registry_scan_next(centre, &ours);
                theirs_left = registry_scan_next(gate, &theirs);
                assert_true(ours_left >= 0 && theirs_left >= 0);
                if (ours_left == 0 || ours.kind == SYNC_REVOCATION)
                        break;
                assert_int_equal(theirs_left, 1);
                assert_memory_equal(&ours, &theirs, sizeof(ours));
        } while (true);
        registry_scan_close(centre);
        registry_scan_close(gate);
}

static void the_gate_comes_to_hold_what_the_centre_has(void **state)
{
        struct ends *ends = ends_new(state);
        uint64_t seed = 11;
        for (int i = 0; i < ROUNDS; i++) {
                change_some(ends->registry, 1 + below(&seed, 30), &seed);
                settle(ends);
                assert_int_equal(ends->gate->librarian.adopted.version,
                                 ends->publisher->manifest.version);
                expect_same_rows(ends);
                if (below(&seed, 4) == 0) {
                        scene_close_librarian(ends->gate);
                        scene_open_librarian(ends->gate);
                }
        }
        ends_free(ends);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_SCENE(the_gate_comes_to_hold_what_the_centre_has),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

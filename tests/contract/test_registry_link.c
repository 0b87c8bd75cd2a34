/* Between a site's registry and the feed: what is heard goes in, what is said comes out. */
#include "tests/contract/store_registry.h"

#include "dashboard/registry/link.h"

#include <errno.h>
#include <poll.h>

enum {
        PUBLISHED_MAX = 512,
        TOPIC_MAX = 192
};

/* A feed that keeps what was published, and takes `room` more. */
struct feed_kept {
        struct feed feed;
        size_t count, room;
        int refusal;
        struct {
                char topic[TOPIC_MAX], content_type[32];
                bool is_retained;
                size_t len;
        } kept[PUBLISHED_MAX];
};

static int keep(struct feed *feed, const struct feed_publication *publication)
{
        struct feed_kept *kept = CONTAINER_OF(feed, struct feed_kept, feed);
        if (kept->refusal)
                return kept->refusal;
        if (kept->room == 0)
                return -EAGAIN;
        kept->room--;
        assert_true(kept->count < PUBLISHED_MAX);
        (void)snprintf(kept->kept[kept->count].topic, TOPIC_MAX, "%s", publication->topic);
        (void)snprintf(kept->kept[kept->count].content_type, 32, "%s", publication->content_type);
        kept->kept[kept->count].is_retained = publication->is_retained;
        kept->kept[kept->count++].len = publication->len;
        return 0;
}

static const struct feed_ops ops = { .name = "kept", .publish = keep };

struct world {
        struct feed_kept feed;
        struct registry_settings settings;
        struct registry_link *link;
};

static struct world *world_new(void **state)
{
        const struct store_folder *folder = *state;
        struct world *world = calloc(1, sizeof(*world));
        struct signing_key *key = NULL;
        assert_non_null(world);
        world->feed =
                (struct feed_kept){ .feed = { .ops = &ops, .fd = -1 }, .room = PUBLISHED_MAX };
        world->settings =
                (struct registry_settings){ .org = "acme", .site = "hq", .renew_s = 3600 };
        (void)snprintf(world->settings.folder, sizeof(world->settings.folder), "%.90s",
                       folder->folder);
        (void)snprintf(world->settings.key_file, sizeof(world->settings.key_file), "%.90s/key.pem",
                       folder->folder);
        assert_int_equal(signing_key_new(SIGNING_ED25519, &key), 0);
        assert_int_equal(signing_key_save(key, world->settings.key_file, NULL), 0);
        signing_key_free(key);
        assert_int_equal(registry_link_open(&world->settings, &world->feed.feed, &world->link), 0);
        return world;
}

static void world_free(struct world *world)
{
        registry_link_close(world->link);
        free(world);
}

static void hear(struct world *world, const char *topic, const char *payload)
{
        char topic_copy[TOPIC_MAX];
        unsigned char payload_copy[512];
        (void)snprintf(topic_copy, sizeof(topic_copy), "%s", topic);
        (void)snprintf((char *)payload_copy, sizeof(payload_copy), "%s", payload);
        const struct feed_message message = { .topic = topic_copy,
                                              .payload = payload_copy,
                                              .len = strlen(payload) };
        registry_link_hear(world->link, &message);
}

/* Turns of the owner's loop until so many were published. */
static void turn_until(struct world *world, size_t count)
{
        while (world->feed.count < count) {
                struct pollfd ready = { .fd = registry_link_fd(world->link), .events = POLLIN };
                assert_true(poll(&ready, 1, -1) > 0);
                registry_link_pump(world->link);
        }
        assert_int_equal(world->feed.count, count);
}

static const char want[] = "{\"data\":{\"manifest\":0,\"buckets\":[{\"bucket\":\"base\",\"from\":0,"
                           "\"part\":0,\"count\":1}]}}";

static void a_gate_s_birth_brings_it_the_manifest(void **state)
{
        struct world *world = world_new(state);
        hear(world, "stile/v1/acme/hq/gate-1/birth", "{}");
        turn_until(world, 1);
        assert_string_equal(world->feed.kept[0].topic, "stile/v1/acme/hq/gate-1/registry/manifest");
        assert_string_equal(world->feed.kept[0].content_type, "application/cose");
        assert_true(world->feed.kept[0].is_retained);
        world_free(world);
}

static void a_want_is_answered(void **state)
{
        struct world *world = world_new(state);
        hear(world, "stile/v1/acme/hq/gate-1/want", want);
        turn_until(world, 2);
        assert_string_equal(world->feed.kept[1].topic, "stile/v1/acme/hq/gate-1/registry/base");
        assert_string_equal(world->feed.kept[1].content_type, "application/cbor");
        assert_false(world->feed.kept[1].is_retained);
        world_free(world);
}

static void what_is_not_of_this_site_is_not_heard(void **state)
{
        struct world *world = world_new(state);
        static const char *const others[] = {
                "stile/v1/acme/other/gate-1/want", "stile/v1/acme/hq/gate-1/want/more",
                "stile/v1/acme/hq//want",          "stile/v1/acme/hq/gate-1",
                "stile/v1/acme/hq/gate-1/entry",   "stile/v1/acme/hq/"
        };
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                hear(world, others[i], want);
        hear(world, "stile/v1/acme/hq/gate-1/status", "{}");
        turn_until(world, 1);
        world_free(world);
}

static void what_the_feed_does_not_take_now_comes_later_in_order(void **state)
{
        struct world *world = world_new(state);
        world->feed.room = 0;
        for (int i = 0; i < 200; i++) {
                char topic[TOPIC_MAX];
                (void)snprintf(topic, sizeof(topic), "stile/v1/acme/hq/gate-%03d/birth", i);
                hear(world, topic, "{}");
        }
        size_t count = 0;
        while (count < 200) {
                struct pollfd ready = { .fd = registry_link_fd(world->link), .events = POLLIN };
                world->feed.room = 1;
                registry_link_pump(world->link);
                if (world->feed.count == count)
                        assert_true(poll(&ready, 1, -1) > 0);
                count = world->feed.count;
        }
        for (int i = 0; i < 200; i++)
                assert_string_equal(world->feed.kept[i].content_type, "application/cose");
        world_free(world);
}

static void all_are_told_again_when_the_feed_is_up(void **state)
{
        struct world *world = world_new(state);
        world->feed.refusal = -ENOTCONN;
        hear(world, "stile/v1/acme/hq/gate-1/birth", "{}");
        struct pollfd ready = { .fd = registry_link_fd(world->link), .events = POLLIN };
        assert_true(poll(&ready, 1, -1) > 0);
        registry_link_pump(world->link);
        assert_int_equal(world->feed.count, 0);
        world->feed.refusal = 0;
        registry_link_hear_up(world->link);
        turn_until(world, 1);
        world_free(world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_gate_s_birth_brings_it_the_manifest),
                IN_FOLDER(a_want_is_answered),
                IN_FOLDER(what_is_not_of_this_site_is_not_heard),
                IN_FOLDER(what_the_feed_does_not_take_now_comes_later_in_order),
                IN_FOLDER(all_are_told_again_when_the_feed_is_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The forwarder between two feeds that the test plays. */
#include "tests/check.h"

#include "dashboard/forward/forwarder.h"
#include "tests/fake/feed_fake.h"

#include <errno.h>
#include <string.h>

#define GATE "stile/v1/acme/hq/gate-1/"

struct scene {
        struct forwarder forwarder;
        struct feed_fake *centre, *site; /* site: of the last time it was opened */
        int opened, error;
};

static int open_site(void *context, struct feed **feed)
{
        struct scene *scene = context;
        scene->opened++;
        *feed = NULL;
        if (scene->error)
                return scene->error;
        scene->site = feed_fake_new();
        assert_non_null(scene->site);
        *feed = &scene->site->feed;
        return 0;
}

static void begin(struct scene *scene)
{
        *scene = (struct scene){ .centre = feed_fake_new() };
        assert_non_null(scene->centre);
        const struct forwarder_settings settings = { .org = "acme",
                                                     .site = "hq",
                                                     .centre = &scene->centre->feed,
                                                     .open_site = open_site,
                                                     .context = scene };
        forwarder_init(&scene->forwarder, &settings);
}

static void turn(struct scene *scene, int64_t now_ms)
{
        assert_false(forwarder_turn(&scene->forwarder, now_ms));
}

static void begin_connected(struct scene *scene)
{
        begin(scene);
        feed_fake_line(scene->centre, true);
        turn(scene, 1000);
        feed_fake_line(scene->site, true);
        turn(scene, 1000);
}

static void end(struct scene *scene)
{
        forwarder_deinit(&scene->forwarder);
        feed_close(&scene->centre->feed);
}

static void what_goes_up_never_comes_down_and_other_sites_pass_neither_way(void **state)
{
        (void)state;
        static const struct {
                const char *topic;
                enum route up, down;
        } cases[] = {
                { GATE "entry", ROUTE_PASS, ROUTE_WRONG },
                { GATE "status", ROUTE_PASS, ROUTE_WRONG },
                { GATE "birth", ROUTE_PASS, ROUTE_WRONG },
                { GATE "health", ROUTE_PASS, ROUTE_WRONG },
                { GATE "want", ROUTE_PASS, ROUTE_WRONG },
                { GATE "res/desk-3", ROUTE_PASS, ROUTE_WRONG },
                { GATE "ack", ROUTE_WRONG, ROUTE_PASS },
                { GATE "cmd/access", ROUTE_WRONG, ROUTE_PASS },
                { GATE "registry/3f", ROUTE_WRONG, ROUTE_PASS },
                { GATE "registry/manifest", ROUTE_WRONG, ROUTE_PASS },
                { GATE "entry/", ROUTE_WRONG, ROUTE_WRONG },
                { GATE "res", ROUTE_WRONG, ROUTE_WRONG },
                { GATE "res/", ROUTE_WRONG, ROUTE_WRONG },
                { GATE "res/a/b", ROUTE_WRONG, ROUTE_WRONG },
                { GATE "res/a.b", ROUTE_WRONG, ROUTE_WRONG },
                { GATE "cmd/+", ROUTE_WRONG, ROUTE_WRONG },
                { GATE "", ROUTE_WRONG, ROUTE_WRONG },
                { "stile/v1/acme/hq/", ROUTE_WRONG, ROUTE_WRONG },
                { "stile/v1/acme/hq/GATE/entry", ROUTE_WRONG, ROUTE_WRONG },
                { "stile/v1/acme/hq//entry", ROUTE_WRONG, ROUTE_WRONG },
                { "stile/v1/acme/hq2/gate-1/entry", ROUTE_FOREIGN, ROUTE_FOREIGN },
                { "stile/v1/acme/other/gate-1/ack", ROUTE_FOREIGN, ROUTE_FOREIGN },
                { "homeassistant/device", ROUTE_FOREIGN, ROUTE_FOREIGN },
                { "", ROUTE_FOREIGN, ROUTE_FOREIGN },
        };
        char root[ROUTE_ROOT_MAX];
        route_root(root, "acme", "hq");
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                if (route_of(root, ROUTE_UP, cases[i].topic) != cases[i].up ||
                    route_of(root, ROUTE_DOWN, cases[i].topic) != cases[i].down)
                        fail_msg("%s", cases[i].topic);
}

static void the_sites_broker_is_left_alone_without_the_centre(void **state)
{
        (void)state;
        struct scene scene;
        begin(&scene);
        turn(&scene, 0);
        assert_int_equal(scene.opened, 0);
        feed_fake_line(scene.centre, true);
        turn(&scene, 1000);
        assert_non_null(scene.forwarder.site);
        feed_fake_line(scene.centre, false);
        turn(&scene, 2000);
        assert_null(scene.forwarder.site);
        feed_fake_line(scene.centre, true);
        turn(&scene, 3000);
        assert_non_null(scene.forwarder.site);
        assert_int_equal(scene.opened, 2);
        end(&scene);
}

static void a_site_feed_that_cannot_be_opened_is_tried_again_a_second_later(void **state)
{
        (void)state;
        struct scene scene;
        begin(&scene);
        scene.error = -ENOMEM;
        feed_fake_line(scene.centre, true);
        turn(&scene, 1000);
        turn(&scene, 1500);
        assert_int_equal(scene.opened, 1);
        scene.error = 0;
        turn(&scene, 2000);
        assert_non_null(scene.forwarder.site);
        end(&scene);
}

static void messages_go_their_ways_and_what_came_down_is_settled(void **state)
{
        (void)state;
        struct scene scene;
        begin_connected(&scene);
        feed_fake_say(scene.site, GATE "entry", "row", false);
        feed_fake_say(scene.site, GATE "status", "old", true);
        feed_fake_say(scene.centre, GATE "cmd/access", "open", false);
        feed_fake_say(scene.centre, GATE "ack", "1", false);
        turn(&scene, 1100);
        assert_string_equal(feed_fake_last(scene.centre, "entry")->payload, "row");
        assert_string_equal(feed_fake_last(scene.centre, "status")->payload, "old");
        assert_int_equal(feed_fake_last(scene.site, "cmd/access")->expiry_s, FORWARDER_COMMAND_S);
        assert_int_equal(feed_fake_last(scene.site, "ack")->expiry_s, 0);
        assert_int_equal(scene.centre->settled, 2);
        assert_int_equal(scene.forwarder.counts.up, 2);
        assert_int_equal(scene.forwarder.counts.down, 2);
        end(&scene);
}

static void what_may_not_pass_is_counted_and_settled(void **state)
{
        (void)state;
        struct scene scene;
        begin_connected(&scene);
        feed_fake_say(scene.site, "stile/v1/acme/other/gate-1/entry", "x", false);
        feed_fake_say(scene.site, GATE "ack", "x", false);
        feed_fake_say(scene.site, GATE "entry", "x", true);
        feed_fake_say(scene.centre, "stile/v1/acme/other/gate-1/cmd/access", "x", false);
        feed_fake_say(scene.centre, GATE "entry", "x", false);
        turn(&scene, 1100);
        assert_int_equal(scene.centre->published + scene.site->published, 0);
        assert_int_equal(scene.forwarder.counts.foreign, 2);
        assert_int_equal(scene.forwarder.counts.wrong, 3);
        assert_int_equal(scene.centre->settled, 2);
        end(&scene);
}

static void what_the_site_does_not_take_waits_unsettled_and_holds_the_centre(void **state)
{
        (void)state;
        struct scene scene;
        begin_connected(&scene);
        scene.site->error = -EAGAIN;
        feed_fake_say(scene.centre, GATE "ack", "1", false);
        feed_fake_say(scene.centre, GATE "ack", "2", false);
        turn(&scene, 1100);
        assert_int_equal(scene.centre->settled, 0);
        assert_int_equal(forwarder_due_ms(&scene.forwarder, 1100), 1100 + FORWARDER_RETRY_MS);
        scene.site->error = 0;
        turn(&scene, 1200);
        assert_int_equal(feed_fake_count(scene.site, "ack"), 2);
        assert_int_equal(scene.centre->settled, 2);
        end(&scene);
}

static void a_centre_that_takes_nothing_is_as_good_as_gone_until_it_takes_again(void **state)
{
        (void)state;
        struct scene scene;
        begin_connected(&scene);
        scene.centre->error = -EAGAIN;
        feed_fake_say(scene.site, GATE "entry", "1", false);
        turn(&scene, 2000);
        turn(&scene, 2000 + FORWARDER_STUCK_MS - 1);
        assert_non_null(scene.forwarder.site);
        turn(&scene, 2000 + FORWARDER_STUCK_MS);
        assert_null(scene.forwarder.site);
        turn(&scene, 20000);
        assert_null(scene.forwarder.site);
        scene.centre->error = 0;
        turn(&scene, 21000);
        assert_non_null(scene.forwarder.site);
        assert_int_equal(feed_fake_count(scene.centre, "entry"), 1);
        end(&scene);
}

static void what_can_never_be_sent_is_dropped_and_counted(void **state)
{
        (void)state;
        struct scene scene;
        begin_connected(&scene);
        scene.centre->error = -EINVAL;
        feed_fake_say(scene.site, GATE "res/desk", "x", false);
        turn(&scene, 1100);
        assert_int_equal(scene.forwarder.counts.unsendable, 1);
        assert_null(scene.forwarder.held[ROUTE_UP]);
        end(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_goes_up_never_comes_down_and_other_sites_pass_neither_way),
                cmocka_unit_test(the_sites_broker_is_left_alone_without_the_centre),
                cmocka_unit_test(a_site_feed_that_cannot_be_opened_is_tried_again_a_second_later),
                cmocka_unit_test(messages_go_their_ways_and_what_came_down_is_settled),
                cmocka_unit_test(what_may_not_pass_is_counted_and_settled),
                cmocka_unit_test(what_the_site_does_not_take_waits_unsettled_and_holds_the_centre),
                cmocka_unit_test(
                        a_centre_that_takes_nothing_is_as_good_as_gone_until_it_takes_again),
                cmocka_unit_test(what_can_never_be_sent_is_dropped_and_counted),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

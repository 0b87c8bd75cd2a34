/* Streams come and go on many threads while the follower looks. */
#include "tests/unit/api_scene.h"

#include <pthread.h>

enum {
        THREADS = 4,
        ROUNDS = 100
};

static bool open_stream(struct api *api, const struct principal *who, struct web_response *response)
{
        const struct web_request request = { .path = "/api/v1/stream" };
        *response = (struct web_response){ 0 };
        return api_handle(api, &request, who, response) && response->status == 200;
}

static void a_stream_is_greeted_and_says_good_bye(void **state)
{
        struct api_scene scene = { .past = history_fake() };
        struct web_response response;
        const struct principal mai = WHO({ ROLE_VIEWER, "a" });
        struct principal an = mai;
        (void)state;
        an.name[0] = 'n';
        scene_open(&scene);
        assert_true(open_stream(scene.api, &mai, &response));
        assert_string_equal(response.content_type, "text/event-stream");
        assert_true(web_fake_wait(response.stream, "event: hello\n"));
        assert_true(web_fake_wait(response.stream, "event: totals\n"));
        api_forget(scene.api, an.name);
        assert_false(response.stream->is_ended);
        api_forget(scene.api, mai.name);
        assert_true(web_fake_wait(response.stream, "event: bye\n"));
        assert_true(response.stream->is_ended);
        web_stream_release(response.stream);
        scene_close(&scene);
}

static void who_may_see_nothing_gets_no_stream(void **state)
{
        struct api_scene scene = { .past = history_fake() };
        const struct principal administrator = WHO({ ROLE_ADMINISTRATOR, "" });
        const struct principal viewer = WHO({ ROLE_VIEWER, "" });
        (void)state;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &administrator, "stream", { 0 }), 403);
        assert_int_equal(GET(&scene, &viewer, "stream", { "area", "a//b" }), 400);
        assert_null(scene.response.stream);
        scene_close(&scene);
}

static void there_are_so_many_streams_and_no_more(void **state)
{
        enum {
                MOST = 256
        };
        static struct web_response open[MOST];
        struct api_scene scene = { .past = history_fake() };
        const struct principal mai = WHO({ ROLE_VIEWER, "" });
        struct web_response refused;
        (void)state;
        scene_open(&scene);
        for (size_t i = 0; i < MOST; i++)
                assert_true(open_stream(scene.api, &mai, &open[i]));
        assert_false(open_stream(scene.api, &mai, &refused));
        assert_int_equal(refused.status, 503);
        assert_null(refused.stream);
        free(refused.body);
        api_forget(scene.api, mai.name);
        for (size_t i = 0; i < MOST; i++)
                web_stream_release(open[i].stream);
        assert_true(open_stream(scene.api, &mai, &open[0]));
        web_stream_release(open[0].stream);
        scene_close(&scene);
}

struct crowd {
        struct api *api;
        char name;
        int opened;
};

static void *come_and_go(void *context)
{
        struct crowd *crowd = context;
        struct principal who = WHO({ ROLE_VIEWER, "a" });
        who.name[0] = crowd->name;
        for (int i = 0; i < ROUNDS; i++) {
                struct web_response response;
                if (open_stream(crowd->api, &who, &response))
                        crowd->opened++;
                free(response.body);
                if (i % 3 > 0)
                        api_forget(crowd->api, who.name);
                web_stream_release(response.stream);
        }
        return NULL;
}

static void streams_come_and_go_while_the_follower_looks(void **state)
{
        struct api_scene scene = { .past = history_fake() };
        struct crowd crowd[THREADS];
        pthread_t thread[THREADS];
        struct web_response watched;
        const struct principal mai = WHO({ ROLE_VIEWER, "" });
        (void)state;
        scene_open(&scene);
        assert_true(open_stream(scene.api, &mai, &watched));
        for (size_t i = 0; i < THREADS; i++) {
                crowd[i] = (struct crowd){ .api = scene.api, .name = (char)('p' + i) };
                assert_int_equal(pthread_create(&thread[i], NULL, come_and_go, &crowd[i]), 0);
        }
        for (size_t i = 0; i < THREADS; i++) {
                pthread_join(thread[i], NULL);
                assert_int_equal(crowd[i].opened, ROUNDS);
        }
        assert_true(web_fake_wait(watched.stream, "event: hello\n"));
        web_stream_release(watched.stream);
        scene_close(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_stream_is_greeted_and_says_good_bye),
                cmocka_unit_test(who_may_see_nothing_gets_no_stream),
                cmocka_unit_test(there_are_so_many_streams_and_no_more),
                cmocka_unit_test(streams_come_and_go_while_the_follower_looks),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

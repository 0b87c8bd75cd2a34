/* An API over a history that a test holds, and who asks it. */
#pragma once

#include "tests/check.h"

#include "dashboard/api/api.h"
#include "tests/fake/history_fake.h"
#include "tests/fake/web_fake.h"

#include <stdio.h>
#include <string.h>

struct api_scene {
        struct history_fake past, followed;
        struct history *histories[1];
        struct api *api;
        size_t notes; /* lines of the audit log */
        char noted[64];
        int note_error;
        struct web_response response;
        json_t *answer; /* of the last request; NULL: it was no JSON */
};

static inline int scene_note(void *context, const struct principal *who, const char *action,
                             const char *target, json_t *detail, const char *outcome)
{
        struct api_scene *scene = context;
        (void)who;
        (void)target;
        (void)detail;
        (void)outcome;
        if (scene->note_error)
                return scene->note_error;
        scene->notes++;
        snprintf(scene->noted, sizeof(scene->noted), "%s", action);
        return 0;
}

/* The history's arrays are the test's, filled in before. */
static inline void scene_open(struct api_scene *scene)
{
        scene->followed = history_fake();
        scene->histories[0] = &scene->past.history;
        const struct api_settings settings = { .histories = scene->histories,
                                               .history_count = 1,
                                               .followed = &scene->followed.history,
                                               .audit = { scene_note, scene },
                                               .offset_min = 420 };
        assert_int_equal(api_new(&settings, &scene->api), 0);
}

static inline void scene_clear(struct api_scene *scene)
{
        json_decref(scene->answer);
        scene->answer = NULL;
        for (size_t i = 0; i < WEB_HEADERS_MAX; i++)
                free(scene->response.headers[i].value);
        free(scene->response.body);
        web_stream_release(scene->response.stream);
        scene->response = (struct web_response){ 0 };
}

static inline void scene_close(struct api_scene *scene)
{
        scene_clear(scene);
        api_free(scene->api);
}

/* Somebody with grants: { role, area }, … */
#define WHO(...)                                                                                   \
        who_of((const struct grant[]){ __VA_ARGS__ },                                              \
               ARRAY_LEN(((const struct grant[]){ __VA_ARGS__ })))

static inline struct principal who_of(const struct grant *grants, size_t count)
{
        struct principal who = { .name = "mai", .grant_count = count };
        memcpy(who.grants, grants, count * sizeof(*grants));
        return who;
}

/* The answer's status. */
static inline unsigned scene_ask(struct api_scene *scene, const struct principal *who,
                                 enum web_method method, const char *path,
                                 const struct web_fake_query *query, const char *body)
{
        char whole[256];
        snprintf(whole, sizeof(whole), "/api/v1/%s", path);
        struct web_request request = { .method = method,
                                       .path = whole,
                                       .body = body,
                                       .body_len = strlen(body),
                                       .connection = (void *)query };
        scene_clear(scene);
        assert_true(api_handle(scene->api, &request, who, &scene->response));
        if (scene->response.body)
                scene->answer = json_loadb(scene->response.body, scene->response.len, 0, NULL);
        return scene->response.status;
}

/* GET with parameters: { "name", "value" }, … */
#define GET(scene, who, path, ...)                                                                 \
        scene_ask(scene, who, WEB_GET, path, &(const struct web_fake_query){ { __VA_ARGS__ } }, "")

static inline const json_t *scene_list(const struct api_scene *scene, const char *key)
{
        const json_t *list = json_object_get(scene->answer, key);
        assert_true(json_is_array(list));
        return list;
}

/* "[a][b]": a member of each object in a list of the answer; null is "-". */
static inline const char *scene_each(const struct api_scene *scene, const char *list,
                                     const char *key)
{
        static char text[4096];
        size_t len = 0;
        const json_t *all = scene_list(scene, list);
        text[0] = '\0';
        for (size_t i = 0; i < json_array_size(all); i++) {
                const json_t *value = json_object_get(json_array_get(all, i), key);
                assert_non_null(value);
                len += (size_t)snprintf(text + len, sizeof(text) - len, "[%s]",
                                        json_is_string(value) ? json_string_value(value) : "-");
                assert_true(len < sizeof(text));
        }
        return text;
}

static inline const char *scene_next(const struct api_scene *scene)
{
        return json_string_value(json_object_get(scene->answer, "next"));
}

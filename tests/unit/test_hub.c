/* Who watches is told what is new, and nothing that is not theirs. */
#include "tests/check.h"

#include "dashboard/api/hub.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
        ROWS_MAX = 1000,
        TEXT_MAX = 1 << 18
};

/* The web's part: what was pushed to whom. */
struct web_stream {
        char text[TEXT_MAX];
        bool is_slow, is_ended;
};

bool web_stream_push(struct web_stream *stream, const char *bytes, size_t len)
{
        if (stream->is_slow)
                return false;
        snprintf(stream->text + strlen(stream->text), TEXT_MAX - strlen(stream->text), "%.*s",
                 (int)len, bytes);
        return true;
}

struct web_stream *web_stream_end(struct web_stream *stream)
{
        stream->is_ended = true;
        return NULL;
}

struct web_stream *web_stream_hold(struct web_stream *stream)
{
        return stream;
}

struct web_stream *web_stream_release(struct web_stream *stream)
{
        (void)stream;
        return NULL;
}

struct web_stream *web_stream_new(void)
{
        return NULL;
}

const char *web_request_query(const struct web_request *request, const char *name)
{
        (void)request;
        (void)name;
        return NULL;
}

bool web_response_header(struct web_response *response, const char *name, char *value)
{
        (void)response;
        (void)name;
        free(value);
        return true;
}

/* An archive of one journal a gate, all in memory. */
struct shelf {
        struct history history;
        struct {
                const char *gate, *event;
        } row[ROWS_MAX];
        size_t rows;
        const char *state;
        int error, asked;
        long row_us; /* what a row takes */
};

static int shelf_heads(struct history *history, history_head_visitor *visit, void *context)
{
        struct shelf *shelf = (struct shelf *)history;
        shelf->asked++;
        if (!shelf->error)
                (void)visit(context, &(struct history_head){ .stream = 7, .highest = shelf->rows });
        return shelf->error;
}

static int shelf_rows_after(struct history *history, int64_t stream, uint64_t after, size_t limit,
                            history_event_visitor *visit, void *context)
{
        struct shelf *shelf = (struct shelf *)history;
        const struct timespec slow = { .tv_nsec = shelf->row_us * 1000 };
        assert_int_equal(stream, 7);
        if (shelf->row_us > 0 && after < shelf->rows)
                nanosleep(&slow, NULL);
        for (size_t i = after; i < shelf->rows && i < after + limit; i++)
                if (!visit(context, &(struct history_event){ .place = { .stream = 7, .seq = i + 1 },
                                                             .gate = shelf->row[i].gate,
                                                             .event = shelf->row[i].event,
                                                             .reason = "",
                                                             .direction = "",
                                                             .credential_class = "",
                                                             .clock = "",
                                                             .access_point = "",
                                                             .subject = { 0xab } }))
                        break;
        return 0;
}

static int shelf_gates(struct history *history, const char *area, const char *after, size_t limit,
                       history_gate_visitor *visit, void *context)
{
        struct shelf *shelf = (struct shelf *)history;
        (void)after;
        (void)limit;
        if (area_contains(area, "a/x/g1"))
                (void)visit(context, &(struct history_gate){ .gate = "a/x/g1",
                                                             .state = shelf->state,
                                                             .status = "{}",
                                                             .health = "" });
        return 0;
}

static int shelf_counts(struct history *history, const char *area, history_visit_visitor *visit,
                        void *context)
{
        (void)history;
        (void)area;
        (void)visit;
        (void)context;
        return 0;
}

static int shelf_tallies(struct history *history, const char *area, int64_t from, int64_t until,
                         history_tally_visitor *visit, void *context)
{
        struct shelf *shelf = (struct shelf *)history;
        (void)from;
        (void)until;
        if (area_contains(area, "a/x/g1"))
                (void)visit(context,
                            &(struct history_tally){ .gate = "a/x/g1", .entries = shelf->rows });
        return 0;
}

static const struct history_ops shelf_ops = { .heads = shelf_heads,
                                              .rows_after = shelf_rows_after,
                                              .gates = shelf_gates,
                                              .inside_counts = shelf_counts,
                                              .tallies = shelf_tallies };

struct scene {
        struct shelf shelf;
        struct hub *hub;
        struct web_stream stream[3];
        int64_t now_ms;
};

static struct scene *begin(void)
{
        struct scene *scene = calloc(1, sizeof(*scene));
        assert_non_null(scene);
        scene->shelf = (struct shelf){ .history = { .ops = &shelf_ops }, .state = "online" };
        scene->now_ms = 1000;
        const struct api_settings settings = { .followed = &scene->shelf.history };
        assert_int_equal(hub_new(&settings, &scene->hub), 0);
        return scene;
}

static void end(struct scene *scene)
{
        hub_free(scene->hub);
        free(scene);
}

static void happen(struct scene *scene, const char *gate, const char *event)
{
        assert_true(scene->shelf.rows < ROWS_MAX);
        scene->shelf.row[scene->shelf.rows].gate = gate;
        scene->shelf.row[scene->shelf.rows++].event = event;
}

static void watch(struct scene *scene, size_t which, const char *name, enum role role,
                  const char *granted, const char *area)
{
        struct principal who = { .grants = { { .role = role } }, .grant_count = 1 };
        snprintf(who.name, sizeof(who.name), "%s", name);
        snprintf(who.grants[0].area, PRINCIPAL_AREA_MAX, "%s", granted);
        assert_true(hub_add(scene->hub, &scene->stream[which], &who, area, scene->now_ms));
}

/* So much later that everything is looked for. */
static void step(struct scene *scene)
{
        scene->now_ms += 1500;
        (void)hub_step(scene->hub, scene->now_ms, INT64_C(1800000000000000));
}

static int count(const struct scene *scene, size_t which, const char *part)
{
        int found = 0;
        for (const char *at = scene->stream[which].text; (at = strstr(at, part)); at++)
                found++;
        return found;
}

static void test_greeted(void **state)
{
        (void)state;
        struct scene *scene = begin();
        happen(scene, "a/x/g1", "Started");
        watch(scene, 0, "mai", ROLE_MANAGER, "", "");
        assert_int_equal(count(scene, 0, "event: hello"), 0);
        scene->shelf.error = -5; /* the archive is away */
        step(scene);
        assert_int_equal(count(scene, 0, "event: hello"), 0);
        scene->shelf.error = 0;
        step(scene);
        assert_int_equal(count(scene, 0, "event: hello"), 1);
        assert_int_equal(count(scene, 0, "event: entry"), 0); /* that is no news */
        happen(scene, "a/x/g1", "AccessTaken");
        step(scene);
        step(scene);
        assert_int_equal(count(scene, 0, "event: entry\nid: 7-2\n"), 1);
        assert_int_equal(count(scene, 0, "event: entry"), 1);
        assert_int_equal(count(scene, 0, "event: hello"), 1);
        end(scene);
}

static void test_areas(void **state)
{
        (void)state;
        struct scene *scene = begin();
        watch(scene, 0, "viewer", ROLE_VIEWER, "a", "");
        watch(scene, 1, "guard", ROLE_GUARD, "", "b");
        watch(scene, 2, "manager", ROLE_MANAGER, "a/x", "a");
        step(scene);
        happen(scene, "a/x/g1", "AccessTaken");
        happen(scene, "a/x/g1", "SilentAlarm");
        happen(scene, "b/y/g1", "AccessTaken");
        step(scene);
        assert_int_equal(count(scene, 0, "event: entry"), 1);
        assert_int_equal(count(scene, 0, "\"subject\":null"), 1);
        assert_int_equal(count(scene, 1, "event: entry"), 1);
        assert_int_equal(count(scene, 1, "\"gate\":\"b/y/g1\""), 1);
        assert_int_equal(count(scene, 1, "\"subject\":\"ab"), 1);
        assert_int_equal(count(scene, 2, "event: entry"), 2);
        assert_int_equal(count(scene, 2, "SilentAlarm"), 1);
        end(scene);
}

static void test_states(void **state)
{
        (void)state;
        struct scene *scene = begin();
        watch(scene, 0, "viewer", ROLE_VIEWER, "a", "");
        watch(scene, 1, "other", ROLE_VIEWER, "b", "");
        step(scene);
        assert_int_equal(count(scene, 0, "event: totals"), 1);
        step(scene);
        assert_int_equal(count(scene, 0, "event: gate"), 0);
        assert_int_equal(count(scene, 0, "event: totals"), 1); /* nothing has changed */
        scene->shelf.state = "offline";
        step(scene);
        step(scene);
        assert_int_equal(count(scene, 0, "event: gate"), 1);
        assert_int_equal(count(scene, 0, "\"state\":\"offline\""), 1);
        assert_int_equal(count(scene, 0, "event: totals"), 2);
        assert_int_equal(count(scene, 1, "event: gate"), 0);
        end(scene);
}

static void test_flood(void **state)
{
        (void)state;
        struct scene *scene = begin();
        watch(scene, 0, "viewer", ROLE_VIEWER, "", "");
        step(scene);
        for (int i = 0; i < 500; i++)
                happen(scene, "a/x/g1", "AccessTaken");
        scene->stream[0].text[0] = '\0';
        step(scene);
        assert_int_equal(count(scene, 0, "event: entry"), HUB_ROWS_MAX);
        assert_int_equal(count(scene, 0, "id: 7-500\n"), 1);
        end(scene);
}

/* Rows that were told at length come no slower: the longer a rest, the more of them would wait. */
static void test_busy(void **state)
{
        (void)state;
        struct scene *scene = begin();
        watch(scene, 0, "viewer", ROLE_VIEWER, "", "");
        step(scene);
        happen(scene, "a/x/g1", "AccessTaken");
        scene->shelf.row_us = 50000;
        scene->now_ms += HUB_LOOK_MS;
        assert_int_equal(hub_step(scene->hub, scene->now_ms, INT64_C(1800000000000000)),
                         scene->now_ms + HUB_LOOK_MS);
        assert_int_equal(count(scene, 0, "event: entry"), 1);
        end(scene);
}

static void test_ends(void **state)
{
        (void)state;
        struct scene *scene = begin();
        watch(scene, 0, "mai", ROLE_VIEWER, "", "");
        watch(scene, 1, "an", ROLE_VIEWER, "", "");
        watch(scene, 2, "old", ROLE_VIEWER, "", "");
        step(scene);
        hub_forget(scene->hub, "mai");
        assert_int_equal(count(scene, 0, "event: bye"), 1);
        assert_true(scene->stream[0].is_ended);
        scene->stream[1].is_slow = true;
        happen(scene, "a/x/g1", "AccessTaken");
        step(scene);
        assert_true(scene->stream[1].is_ended);
        assert_false(scene->stream[2].is_ended);
        scene->now_ms += HUB_PING_MS;
        step(scene);
        assert_true(count(scene, 2, ":\n\n") > 0);
        scene->now_ms += HUB_LIFE_MS;
        step(scene);
        assert_true(scene->stream[2].is_ended);
        /* Nobody watches: the archive is left alone. */
        int asked = scene->shelf.asked;
        step(scene);
        assert_int_equal(scene->shelf.asked, asked);
        end(scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                { "who watches is greeted when it is known what there is, and misses nothing then",
                  test_greeted, NULL, NULL, NULL },
                { "each is told of their areas, and as much as their role may know", test_areas,
                  NULL, NULL, NULL },
                { "a gate's state and the totals are told when they change", test_states, NULL,
                  NULL, NULL },
                { "of a flood the newest are told", test_flood, NULL, NULL, NULL },
                { "a busy time is followed as closely as a quiet one", test_busy, NULL, NULL,
                  NULL },
                { "a stream ends with the account, a slow client, and its time", test_ends, NULL,
                  NULL, NULL },
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

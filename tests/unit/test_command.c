/* Commands from the dashboard: what is published, what is made of the answer, and who may. */
#include "tests/check.h"

#include "common/rfc3339.h"
#include "dashboard/command/command_desk.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define GATE     "acme/hq/gate-1"
#define COMMANDS "/api/v1/gates/" GATE "/commands"
#define SECOND   INT64_C(1000000)

enum {
        EVENTS_MAX = 8,
        WAIT_MS = 10000 /* for what comes at once, on a slow machine */
};

/* A feed between the test's thread and the commander's. */
struct line {
        struct feed feed;
        pthread_mutex_t mutex;
        pthread_cond_t said;
        struct feed_event event[EVENTS_MAX];
        size_t first, count, published;
        int error; /* what publish answers */
        char topic[ORDER_TOPIC_MAX], reply[ORDER_TOPIC_MAX], payload[1024], correlation[64];
        int expiry_s;
};

static int line_next(struct feed *feed, struct feed_event *event)
{
        struct line *line = (struct line *)feed;
        uint64_t gone;
        pthread_mutex_lock(&line->mutex);
        bool is_any = line->first < line->count;
        if (is_any)
                *event = line->event[line->first++];
        else
                assert_true(read(line->feed.fd, &gone, sizeof(gone)) > 0 || errno == EAGAIN);
        pthread_mutex_unlock(&line->mutex);
        return is_any;
}

static void line_settle(struct feed *feed, uint64_t handle)
{
        (void)feed;
        (void)handle;
}

static int line_publish(struct feed *feed, const struct feed_publication *publication)
{
        struct line *line = (struct line *)feed;
        pthread_mutex_lock(&line->mutex);
        int error = line->error;
        snprintf(line->topic, sizeof(line->topic), "%s", publication->topic);
        snprintf(line->reply, sizeof(line->reply), "%s", publication->response_topic);
        snprintf(line->payload, sizeof(line->payload), "%.*s", (int)publication->len,
                 (const char *)publication->payload);
        snprintf(line->correlation, sizeof(line->correlation), "%.*s",
                 (int)publication->correlation_len, (const char *)publication->correlation);
        line->expiry_s = publication->expiry_s;
        line->published++;
        pthread_cond_broadcast(&line->said);
        pthread_mutex_unlock(&line->mutex);
        return error;
}

static void line_close(struct feed *feed)
{
        struct line *line = (struct line *)feed;
        while (line->first < line->count)
                feed_message_free(line->event[line->first++].message);
        close(line->feed.fd);
        pthread_cond_destroy(&line->said);
        pthread_mutex_destroy(&line->mutex);
        free(line);
}

static const struct feed_ops line_ops = { .name = "line",
                                          .next = line_next,
                                          .settle = line_settle,
                                          .publish = line_publish,
                                          .close = line_close };

static void line_put(struct line *line, const struct feed_event *event)
{
        uint64_t one = 1;
        pthread_mutex_lock(&line->mutex);
        assert_true(line->count < EVENTS_MAX);
        line->event[line->count++] = *event;
        pthread_mutex_unlock(&line->mutex);
        assert_int_equal(write(line->feed.fd, &one, sizeof(one)), sizeof(one));
}

static void line_answer(struct line *line, const char *gate, const char *id, const char *data)
{
        char topic[ORDER_TOPIC_MAX], payload[512];
        snprintf(topic, sizeof(topic), "stile/v1/%s/res/desk", gate);
        int len = snprintf(payload, sizeof(payload),
                           "{\"specversion\":\"1.0\",\"type\":\"stile.outcome.v1\",\"data\":%s}",
                           data);
        struct feed_message *message = calloc(1, sizeof(*message));
        assert_non_null(message);
        message->topic = strdup(topic);
        message->payload = (unsigned char *)strdup(payload);
        message->len = (size_t)len;
        message->correlation = (unsigned char *)strdup(id);
        message->correlation_len = strlen(id);
        line_put(line, &(struct feed_event){ .kind = FEED_MESSAGE, .message = message });
}

struct scene {
        struct line *line;
        struct commander *commander;
        struct command_desk desk;
        int audit_error;
        char audited[256]; /* the last note: action target outcome detail */
        struct principal who;
        struct web_response response;
};

static int note(void *context, const struct principal *who, const char *action, const char *target,
                json_t *detail, const char *outcome)
{
        struct scene *scene = context;
        char *text = json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS);
        snprintf(scene->audited, sizeof(scene->audited), "%s %s %s %s %s", who->name, action,
                 target, outcome, text);
        free(text);
        return scene->audit_error;
}

static void begin(struct scene *scene, enum role role, const char *area)
{
        *scene = (struct scene){ .line = calloc(1, sizeof(struct line)) };
        assert_non_null(scene->line);
        scene->line->feed =
                (struct feed){ .ops = &line_ops, .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
        pthread_mutex_init(&scene->line->mutex, NULL);
        pthread_cond_init(&scene->line->said, NULL);
        assert_int_equal(commander_new(&scene->line->feed, "desk", NULL, &scene->commander), 0);
        scene->desk = (struct command_desk){ .commander = scene->commander,
                                             .audit = { .note = note, .context = scene } };
        scene->who = (struct principal){ .name = "mai",
                                         .grants = { { .role = role } },
                                         .grant_count = 1 };
        snprintf(scene->who.grants[0].area, PRINCIPAL_AREA_MAX, "%s", area);
}

static void end(struct scene *scene)
{
        commander_free(scene->commander);
        free(scene->response.body);
}

static void ask(struct scene *scene, enum web_method method, const char *path, const char *body)
{
        free(scene->response.body);
        scene->response = (struct web_response){ .status = 0 };
        const struct web_request request = {
                .method = method, .path = path, .body = body, .body_len = strlen(body)
        };
        assert_true(command_desk_handle(&scene->desk, &request, &scene->who, &scene->response));
}

static json_t *answer(const struct scene *scene)
{
        json_t *json = json_loads(scene->response.body, 0, NULL);
        assert_non_null(json);
        return json;
}

static void assert_answer(const struct scene *scene, unsigned status, const char *key,
                          const char *value)
{
        json_t *json = answer(scene);
        const json_t *error = json_object_get(json, "error");
        assert_int_equal(scene->response.status, status);
        assert_string_equal(json_string_value(json_object_get(error ? error : json, key)), value);
        json_decref(json);
}

/* The commander learns of it in its own thread: asked until it does. */
static void connect(struct scene *scene, const char *path, const char *body)
{
        line_put(scene->line, &(struct feed_event){ .kind = FEED_UP });
        int64_t until_ms = monotonic_ms() + WAIT_MS;
        do
                ask(scene, WEB_POST, path, body);
        while (strstr(scene->response.body, "\"broker\"") && monotonic_ms() < until_ms);
}

static void wait_published(struct line *line)
{
        pthread_mutex_lock(&line->mutex);
        while (line->published == 0)
                pthread_cond_wait(&line->said, &line->mutex);
        pthread_mutex_unlock(&line->mutex);
}

static void read_id(const struct scene *scene, char id[UUID_TEXT_MAX])
{
        json_t *json = answer(scene);
        const char *text = json_string_value(json_object_get(json, "id"));
        assert_non_null(text);
        snprintf(id, UUID_TEXT_MAX, "%s", text);
        json_decref(json);
}

static const char open_once[] =
        "{\"command\":\"AccessDoor\",\"access_point\":\"entry\",\"reason\":\"wheelchair\"}";

static void test_published(void **state)
{
        (void)state;
        struct scene scene;
        begin(&scene, ROLE_GUARD, "acme");
        connect(&scene, COMMANDS, open_once);
        wait_published(scene.line);
        char id[UUID_TEXT_MAX];
        read_id(&scene, id);
        assert_string_equal(scene.line->topic, "stile/v1/" GATE "/cmd/access");
        assert_string_equal(scene.line->reply, "stile/v1/" GATE "/res/desk");
        assert_string_equal(scene.line->correlation, id);
        assert_int_equal(scene.line->expiry_s, ORDER_FOR_S);
        json_t *event = json_loads(scene.line->payload, 0, NULL);
        const json_t *data = json_object_get(event, "data");
        int64_t time_us, until_us;
        assert_true(rfc3339_parse(json_string_value(json_object_get(event, "time")), &time_us));
        assert_true(
                rfc3339_parse(json_string_value(json_object_get(data, "not_after")), &until_us));
        assert_int_equal(until_us - time_us, ORDER_FOR_S * SECOND);
        assert_string_equal(json_string_value(json_object_get(data, "actor")), "mai");
        assert_string_equal(json_string_value(json_object_get(data, "reason")), "wheelchair");
        assert_string_equal(json_string_value(json_object_get(data, "access_point")), "entry");
        assert_string_equal(json_string_value(json_object_get(data, "nonce")), id);
        assert_null(json_object_get(data, "release"));
        json_decref(event);
        end(&scene);
}

static void test_answered(void **state)
{
        (void)state;
        static const struct {
                const char *data, *key, *value;
        } cases[] = {
                { "{\"outcome\":\"done\",\"seq\":7}", "state", "done" },
                { "{\"outcome\":\"refused\",\"refusal\":\"stale\"}", "refusal", "stale" },
                { "{\"outcome\":\"unknown\"}", "state", "unknown" },
                /* What is too long is cut between letters: half a one could not be shown. */
                { "{\"outcome\":\"refused\",\"refusal\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaạ\"}",
                  "refusal", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct scene scene;
                char id[UUID_TEXT_MAX], path[128];
                begin(&scene, ROLE_MANAGER, "acme/hq");
                connect(&scene, COMMANDS, open_once);
                assert_answer(&scene, 202, "state", "sent");
                read_id(&scene, id);
                /* What says nothing, or is another gate's, changes nothing. */
                line_answer(scene.line, GATE, id, "{\"outcome\":\"maybe\"}");
                line_answer(scene.line, "acme/hq/gate-2", id, "{\"outcome\":\"done\"}");
                line_answer(scene.line, GATE, id, cases[i].data);
                /* It comes in the commander's time. */
                struct order order;
                struct order_outcome outcome;
                int64_t given_us;
                assert_true(
                        commander_ask(scene.commander, id, WAIT_MS, &order, &given_us, &outcome));
                snprintf(path, sizeof(path), "/api/v1/commands/%s", id);
                ask(&scene, WEB_GET, path, "");
                assert_answer(&scene, 200, cases[i].key, cases[i].value);
                end(&scene);
        }
}

static void test_no_broker(void **state)
{
        (void)state;
        struct scene scene;
        begin(&scene, ROLE_MANAGER, "");
        ask(&scene, WEB_POST, COMMANDS, open_once);
        assert_answer(&scene, 503, "reason", "broker");
        assert_int_equal(scene.line->published, 0);
        scene.line->error = -ENOTCONN;
        scene.desk.wait_ms = WAIT_MS;
        connect(&scene, COMMANDS, open_once);
        assert_answer(&scene, 202, "state", "not_sent");
        end(&scene);
}

static void test_rights(void **state)
{
        (void)state;
        static const struct {
                enum role role;
                const char *area, *command;
                unsigned status;
        } cases[] = {
                { ROLE_GUARD, "acme/hq", "AccessDoor", 503 }, /* may; there is no broker */
                { ROLE_GUARD, "acme/hq", "LockOpen", 403 },
                { ROLE_GUARD, "acme/h", "AccessDoor", 403 },
                { ROLE_GUARD, "acme/hq/gate-2", "AccessDoor", 403 },
                { ROLE_MANAGER, "acme", "LockDown", 503 },
                { ROLE_MANAGER, "", "LockDownRelease", 503 },
                { ROLE_MANAGER, "other", "LockDown", 403 },
                { ROLE_VIEWER, "", "AccessDoor", 403 },
                { ROLE_TRACER, "", "AccessDoor", 403 },
                { ROLE_AUDITOR, "", "AccessDoor", 403 },
                { ROLE_ADMINISTRATOR, "", "AccessDoor", 403 },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct scene scene;
                char body[128];
                begin(&scene, cases[i].role, cases[i].area);
                snprintf(body, sizeof(body),
                         "{\"command\":\"%s\",\"access_point\":\"entry\",\"reason\":\"x\"}",
                         cases[i].command);
                ask(&scene, WEB_POST, COMMANDS, body);
                assert_int_equal(scene.response.status, cases[i].status);
                assert_non_null(strstr(scene.audited, cases[i].status == 403 ? "refused" : "done"));
                end(&scene);
        }
}

static void test_audit(void **state)
{
        (void)state;
        struct scene scene;
        begin(&scene, ROLE_GUARD, "acme/hq");
        ask(&scene, WEB_POST, COMMANDS, open_once);
        assert_string_equal(scene.audited, "mai command " GATE " done {\"access_point\":\"entry\","
                                           "\"command\":\"AccessDoor\",\"reason\":\"wheelchair\"}");
        scene.audit_error = -ENOSPC;
        connect(&scene, COMMANDS, open_once);
        assert_answer(&scene, 503, "reason", "storage");
        assert_int_equal(scene.line->published, 0);
        end(&scene);
}

static void test_bad_requests(void **state)
{
        (void)state;
        static const char *const bodies[] = {
                "",
                "[]",
                "{}",
                "{\"command\":\"FireRelease\",\"reason\":\"x\"}",
                "{\"command\":\"LockDown\"}",
                "{\"command\":\"LockDown\",\"reason\":\"\"}",
                "{\"command\":\"LockDown\",\"reason\":\"a\\nb\"}",
                "{\"command\":\"LockDown\",\"reason\":\"x\",\"access_point\":7}",
                "{\"command\":\"LockDown\",\"reason\":\"x\",\"access_point\":\"a/b\"}",
                "{\"command\":\"AccessDoor\",\"reason\":\"x\"}",
                "{\"command\":\"LockDown\",\"command\":\"LockOpen\",\"reason\":\"x\"}",
        };
        struct scene scene;
        begin(&scene, ROLE_MANAGER, "");
        for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
                ask(&scene, WEB_POST, COMMANDS, bodies[i]);
                assert_answer(&scene, 400, "reason", "bad_request");
        }
        static const char *const gates[] = { "acme/hq",     "acme/hq/gate-1/x", "acme//gate-1",
                                             "+/hq/g",      "acme/hq/#",        "acme/hq/",
                                             "ACME/hq/gate" };
        for (size_t i = 0; i < ARRAY_LEN(gates); i++) {
                char path[160];
                snprintf(path, sizeof(path), "/api/v1/gates/%s/commands", gates[i]);
                ask(&scene, WEB_POST, path, open_once);
                assert_answer(&scene, 404, "reason", "not_found");
        }
        ask(&scene, WEB_GET, COMMANDS, "");
        assert_answer(&scene, 405, "reason", "method_not_allowed");
        assert_string_equal(scene.audited, "");
        end(&scene);
}

static void test_strangers_order(void **state)
{
        (void)state;
        struct scene scene;
        char id[UUID_TEXT_MAX], path[128];
        begin(&scene, ROLE_MANAGER, "acme");
        connect(&scene, COMMANDS, open_once);
        read_id(&scene, id);
        snprintf(path, sizeof(path), "/api/v1/commands/%s", id);
        snprintf(scene.who.grants[0].area, PRINCIPAL_AREA_MAX, "other");
        ask(&scene, WEB_GET, path, "");
        assert_answer(&scene, 404, "reason", "not_found");
        end(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                { "a command is published for ten seconds, with its actor, reason and a number of "
                  "its own",
                  test_published, NULL, NULL, NULL },
                { "the gate's own answer, and nobody else's, is what became of it", test_answered,
                  NULL, NULL, NULL },
                { "without a broker nothing is sent, and that is said", test_no_broker, NULL, NULL,
                  NULL },
                { "a guard opens once, a manager holds and releases, each in their area",
                  test_rights, NULL, NULL, NULL },
                { "what is not written down is not commanded", test_audit, NULL, NULL, NULL },
                { "what is malformed is refused by name, and no topic is made of it",
                  test_bad_requests, NULL, NULL, NULL },
                { "a command of another area is not there", test_strangers_order, NULL, NULL,
                  NULL },
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

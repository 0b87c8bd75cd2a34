/* The dashboard's people desk at the office of a real registry. */
#include "tests/contract/store_registry.h"

#include "dashboard/people/mask.h"
#include "dashboard/people/people_desk.h"
#include "dashboard/registry/service.h"

#include <errno.h>

struct scene {
        struct registry_settings settings;
        struct registry_service *service;
        struct roster *roster;
        struct people_desk desk;
        struct principal who;
        struct web_response response;
        const char *query[4][2];
        char audited[512]; /* "action target;" … */
        int audit_error;
};

/* The driver's part: the query of the request under way, which is its connection. */
const char *web_request_query(const struct web_request *request, const char *name)
{
        const struct scene *scene = request->connection;
        for (size_t i = 0; i < ARRAY_LEN(scene->query) && scene->query[i][0]; i++)
                if (strcmp(scene->query[i][0], name) == 0)
                        return scene->query[i][1];
        return NULL;
}

/* No request here has any. */
const char *web_request_header(const struct web_request *request, const char *name)
{
        (void)request;
        (void)name;
        return NULL;
}

static int send_nothing(void *context, const struct publisher_message *message)
{
        (void)context;
        (void)message;
        return 0;
}

static int note(void *context, const struct principal *who, const char *action, const char *target,
                json_t *detail, const char *outcome)
{
        struct scene *scene = context;
        size_t len = strlen(scene->audited);
        (void)who;
        (void)detail;
        (void)outcome;
        snprintf(scene->audited + len, sizeof(scene->audited) - len, "%s %s;", action,
                 target ? target : "-");
        return scene->audit_error;
}

static void open_office(struct scene *scene)
{
        assert_int_equal(
                registry_service_open(&scene->settings, send_nothing, NULL, &scene->service), 0);
}

static struct scene *begin(void **state, enum role role, const char *area)
{
        const struct store_folder *folder = *state;
        struct scene *scene = calloc(1, sizeof(*scene));
        struct signing_key *key = NULL;
        assert_non_null(scene);
        struct registry_settings *settings = &scene->settings;
        *settings = (struct registry_settings){
                .org = "acme", .site = "hq", .renew_s = 3600, .retention_days = 21
        };
        (void)snprintf(settings->folder, sizeof(settings->folder), "%.90s", folder->folder);
        (void)snprintf(settings->socket, sizeof(settings->socket), "/tmp/stile-people-%ld",
                       (long)getpid());
        (void)snprintf(settings->site_key_file, sizeof(settings->site_key_file), "%.90s/site.key",
                       folder->folder);
        (void)snprintf(settings->key_file, sizeof(settings->key_file), "%.90s/manager.pem",
                       folder->folder);
        assert_int_equal(signing_key_new(SIGNING_ED25519, &key), 0);
        assert_int_equal(signing_key_save(key, settings->key_file, NULL), 0);
        signing_key_free(key);
        open_office(scene);
        scene->roster = roster_new(settings->socket);
        assert_non_null(scene->roster);
        scene->desk = (struct people_desk){ .roster = scene->roster,
                                            .audit = { .note = note, .context = scene } };
        scene->who = (struct principal){ .name = "mai",
                                         .grants = { { .role = role } },
                                         .grant_count = 1 };
        snprintf(scene->who.grants[0].area, PRINCIPAL_AREA_MAX, "%s", area);
        return scene;
}

static void end(struct scene *scene)
{
        roster_free(scene->roster);
        registry_service_close(scene->service);
        free(scene->response.body);
        free(scene);
}

/* The answer's JSON, borrowed until the next; NULL: it has no body. */
static json_t *ask(struct scene *scene, enum web_method method, const char *path, const char *body,
                   unsigned status)
{
        free(scene->response.body);
        scene->response = (struct web_response){ .status = 0 };
        const struct web_request request = { .method = method,
                                             .path = path,
                                             .body = body,
                                             .body_len = strlen(body),
                                             .connection = scene };
        assert_true(people_desk_handle(&scene->desk, &request, &scene->who, &scene->response));
        if (scene->response.status != status)
                print_error("%s: %u %s\n", path, scene->response.status,
                            scene->response.body ? scene->response.body : "");
        assert_int_equal(scene->response.status, status);
        return scene->response.body ? json_loads(scene->response.body, 0, NULL) : NULL;
}

static void must(struct scene *scene, enum web_method method, const char *path, const char *body,
                 unsigned status)
{
        json_decref(ask(scene, method, path, body, status));
}

static void set_query(struct scene *scene, const char *name, const char *value)
{
        memset(scene->query, 0, sizeof(scene->query));
        scene->query[0][0] = name;
        scene->query[0][1] = value;
}

static void assert_text(const json_t *object, const char *key, const char *value)
{
        const char *got = json_string_value(json_object_get(object, key));
        assert_non_null(got);
        assert_string_equal(got, value);
}

static const char an[] = "{\"name\":\"Nguyễn Văn An\",\"role\":\"worker\"}";

static void test_masked(void **state)
{
        struct scene *scene = begin(state, ROLE_MANAGER, "acme/hq");
        json_t *person = ask(scene, WEB_PUT, "/api/v1/people/an", an, 200);
        assert_text(person, "name", "Nguyễn Văn An");
        json_decref(person);
        scene->audited[0] = '\0';
        json_t *list = ask(scene, WEB_GET, "/api/v1/people", "", 200);
        person = json_array_get(json_object_get(list, "people"), 0);
        assert_text(person, "name", "*** An");
        assert_true(json_is_true(json_object_get(list, "masked")));
        assert_int_equal(strlen(json_string_value(json_object_get(person, "subject"))), 32);
        json_decref(list);
        assert_string_equal(scene->audited, "");
        set_query(scene, "reveal", "1");
        list = ask(scene, WEB_GET, "/api/v1/people", "", 200);
        assert_text(json_array_get(json_object_get(list, "people"), 0), "name", "Nguyễn Văn An");
        json_decref(list);
        assert_string_equal(scene->audited, "look_people -;");
        person = ask(scene, WEB_GET, "/api/v1/people/an", "", 200);
        assert_text(person, "name", "Nguyễn Văn An");
        json_decref(person);
        assert_string_equal(scene->audited, "look_people -;look_people an;");
        scene->audit_error = -ENOSPC;
        must(scene, WEB_GET, "/api/v1/people", "", 503);
        end(scene);
}

static void test_search(void **state)
{
        struct scene *scene = begin(state, ROLE_MANAGER, "");
        must(scene, WEB_PUT, "/api/v1/people/an", an, 200);
        must(scene, WEB_PUT, "/api/v1/people/binh", "{\"name\":\"Đặng Thị Bình\"}", 200);
        static const struct {
                const char *text;
                size_t count;
        } cases[] = { { "nguyen van", 1 }, { "DANG", 1 }, { "Đặng", 1 }, { "n", 2 },
                      { "binh", 1 },       { "x", 0 },    { "%", 0 } };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                set_query(scene, "q", cases[i].text);
                json_t *list = ask(scene, WEB_GET, "/api/v1/people", "", 200);
                assert_int_equal(json_array_size(json_object_get(list, "people")), cases[i].count);
                json_decref(list);
        }
        end(scene);
}

static void test_names(void **state)
{
        struct scene *scene = begin(state, ROLE_MANAGER, "acme");
        char wanted[128];
        json_t *person = ask(scene, WEB_PUT, "/api/v1/people/an", an, 200);
        const char *subject = json_string_value(json_object_get(person, "subject"));
        snprintf(wanted, sizeof(wanted), "%s,00112233445566778899aabbccddeeff", subject);
        scene->who.grants[0].role = ROLE_GUARD;
        set_query(scene, "subjects", wanted);
        json_t *names = ask(scene, WEB_GET, "/api/v1/names", "", 200);
        assert_int_equal(json_object_size(json_object_get(names, "names")), 1);
        assert_text(json_object_get(names, "names"), subject, "*** An");
        json_decref(names);
        json_decref(person);
        static const char *const bad[] = { "", "00", "00112233445566778899aabbccddeefg" };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                set_query(scene, "subjects", bad[i]);
                must(scene, WEB_GET, "/api/v1/names", "", i == 0 ? 200 : 400);
        }
        set_query(scene, "nothing", "");
        must(scene, WEB_GET, "/api/v1/names", "", 400);
        end(scene);
}

static void test_credentials(void **state)
{
        struct scene *scene = begin(state, ROLE_MANAGER, "acme/hq");
        char path[160];
        must(scene, WEB_PUT, "/api/v1/people/an", an, 200);
        must(scene, WEB_PUT, "/api/v1/people/binh", "{\"name\":\"Bình\"}", 200);
        json_t *made = ask(scene, WEB_POST, "/api/v1/people/an/credentials",
                           "{\"code\":\"CODE-0001\"}", 201);
        const char *lookup = json_string_value(json_object_get(made, "lookup"));
        must(scene, WEB_POST, "/api/v1/people/binh/credentials", "{\"code\":\"CODE-0001\"}", 409);
        /* Another's is not revoked by way of somebody. */
        snprintf(path, sizeof(path), "/api/v1/people/binh/credentials/%s", lookup);
        must(scene, WEB_DELETE, path, "", 404);
        snprintf(path, sizeof(path), "/api/v1/people/an/credentials/%s", lookup);
        must(scene, WEB_DELETE, path, "", 204);
        json_t *list = ask(scene, WEB_GET, "/api/v1/people/an/credentials", "", 200);
        const json_t *first = json_array_get(json_object_get(list, "credentials"), 0);
        assert_non_null(json_object_get(first, "revoked"));
        assert_null(strstr(scene->response.body, "CODE-0001"));
        json_decref(list);
        json_decref(made);
        end(scene);
}

static void test_changes(void **state)
{
        struct scene *scene = begin(state, ROLE_MANAGER, "acme/hq");
        must(scene, WEB_PUT, "/api/v1/people/an", "{\"name\":\"\"}", 400);
        must(scene, WEB_PUT, "/api/v1/people/an", "[]", 400);
        must(scene, WEB_PUT, "/api/v1/people/an",
             "{\"name\":\"An\",\"levels\":[{\"level\":\"none\"}]}", 404);
        must(scene, WEB_GET, "/api/v1/people/an", "", 404);
        /* Whoever the body names, it is about whom the path names. */
        json_t *person = ask(scene, WEB_PUT, "/api/v1/people/an",
                             "{\"id\":\"other\",\"name\":\"An\",\"blocked\":true}", 200);
        assert_text(person, "id", "an");
        assert_true(json_is_true(json_object_get(person, "blocked")));
        json_decref(person);
        must(scene, WEB_DELETE, "/api/v1/people/an", "", 204);
        must(scene, WEB_DELETE, "/api/v1/people/an", "", 404);
        must(scene, WEB_GET, "/api/v1/people/AN", "", 404);
        must(scene, WEB_POST, "/api/v1/people/an", "", 405);
        must(scene, WEB_GET, "/api/v1/people/an/secrets", "", 404);
        json_t *levels = ask(scene, WEB_GET, "/api/v1/levels", "", 200);
        assert_true(json_array_size(json_object_get(levels, "levels")) > 0);
        json_decref(levels);
        end(scene);
}

static void test_rights(void **state)
{
        static const struct {
                enum role role;
                const char *area;
                unsigned people, names;
        } cases[] = {
                { ROLE_MANAGER, "acme/hq", 200, 200 }, { ROLE_MANAGER, "acme/hq/gate-1", 403, 403 },
                { ROLE_MANAGER, "acme/h", 403, 403 },  { ROLE_GUARD, "acme", 403, 200 },
                { ROLE_VIEWER, "", 403, 403 },         { ROLE_ADMINISTRATOR, "", 403, 403 },
                { ROLE_TRACER, "", 403, 403 },         { ROLE_AUDITOR, "", 403, 403 },
        };
        struct scene *scene = begin(state, ROLE_MANAGER, "");
        set_query(scene, "subjects", "00112233445566778899aabbccddeeff");
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                scene->who.grants[0].role = cases[i].role;
                snprintf(scene->who.grants[0].area, PRINCIPAL_AREA_MAX, "%s", cases[i].area);
                must(scene, WEB_GET, "/api/v1/people", "", cases[i].people);
                must(scene, WEB_GET, "/api/v1/names", "", cases[i].names);
        }
        end(scene);
}

static void assert_import(struct scene *scene, const char *csv, bool is_committed, int added,
                          int refused, const char *complaint)
{
        json_t *answer = ask(scene, WEB_POST, "/api/v1/people", csv, 200);
        const json_t *complaints = json_object_get(answer, "complaints");
        assert_int_equal(json_is_true(json_object_get(answer, "committed")), is_committed);
        assert_int_equal(json_integer_value(json_object_get(answer, "added")), added);
        assert_int_equal(json_integer_value(json_object_get(answer, "refused")), refused);
        assert_int_equal(json_array_size(complaints), complaint ? 1 : 0);
        if (complaint)
                assert_non_null(
                        strstr(json_string_value(json_array_get(complaints, 0)), complaint));
        json_decref(answer);
}

static size_t count_people(struct scene *scene)
{
        json_t *list = ask(scene, WEB_GET, "/api/v1/people", "", 200);
        size_t count = json_array_size(json_object_get(list, "people"));
        json_decref(list);
        return count;
}

static void test_import(void **state)
{
        struct scene *scene = begin(state, ROLE_MANAGER, "");
        static const char good[] = "id,name,code\nan,Nguyễn Văn An,CODE-1\nbinh,Bình,CODE-2\n";
        static const char bad[] = "id,name\nchi,Chi\nD D,Dung\n";
        assert_import(scene, good, false, 2, 0, NULL); /* a preview */
        assert_int_equal(count_people(scene), 0);
        assert_string_equal(scene->audited, "");
        set_query(scene, "commit", "1");
        assert_import(scene, bad, false, 0, 1, "row 3, column id");
        assert_int_equal(count_people(scene), 0);
        assert_import(scene, good, true, 2, 0, NULL);
        assert_int_equal(count_people(scene), 2);
        /* What only the registry can know. */
        assert_import(scene, "id,name,code\nchi,Chi,CODE-1\n", false, 0, 1, "row 2");
        assert_int_equal(count_people(scene), 2);
        must(scene, WEB_POST, "/api/v1/people", "colour\nred\n", 400);
        must(scene, WEB_POST, "/api/v1/people", "", 400);
        end(scene);
}

static void test_restart(void **state)
{
        struct scene *scene = begin(state, ROLE_MANAGER, "");
        must(scene, WEB_PUT, "/api/v1/people/an", an, 200);
        scene->service = registry_service_close(scene->service);
        must(scene, WEB_GET, "/api/v1/people", "", 503);
        open_office(scene);
        json_t *list = ask(scene, WEB_GET, "/api/v1/people", "", 200);
        assert_int_equal(json_array_size(json_object_get(list, "people")), 1);
        json_decref(list);
        end(scene);
}

static void test_masks(void **state)
{
        (void)state;
        static const char *const cases[][2] = {
                { "Nguyễn Văn An", "*** An" },
                { "Ánh", "Á***" },
                { "Bình ", "B***" },
                { "", "***" },
                { " ", "***" },
                { "A B  ", "*** B" },
        };
        char masked[MASK_NAME_MAX];
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                mask_name(cases[i][0], masked);
                assert_string_equal(masked, cases[i][1]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                { "names are masked until somebody asks for them, which is noted first",
                  test_masked, store_folder_make, store_folder_remove, NULL },
                { "a search finds names without their marks", test_search, store_folder_make,
                  store_folder_remove, NULL },
                { "a guard learns who a subject is, masked", test_names, store_folder_make,
                  store_folder_remove, NULL },
                { "credentials are given and revoked, and never told", test_credentials,
                  store_folder_make, store_folder_remove, NULL },
                { "changes are the path's holder's, and what the registry refuses is said",
                  test_changes, store_folder_make, store_folder_remove, NULL },
                { "people are the site's managers', names its guards' too", test_rights,
                  store_folder_make, store_folder_remove, NULL },
                { "a file of people is previewed, and imported whole or not at all", test_import,
                  store_folder_make, store_folder_remove, NULL },
                { "an office that was away is asked again", test_restart, store_folder_make,
                  store_folder_remove, NULL },
                { "a mask leaves what people are called by", test_masks, NULL, NULL, NULL },
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

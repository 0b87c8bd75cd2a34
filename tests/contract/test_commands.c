/* Commands at the desk, with real keys: whose are obeyed, what they may say, and what is told. */
#include "tests/contract/manager_maker.h"

#include "controller/flow_names.h"
#include "controller/local/desk_private.h"

#include "common/base64.h"
#include "common/rfc3339.h"

#define TOPIC "stile/v1/acme/hq/gate-1/cmd/"

enum {
        SLOT = 3,
        CONNECTION = 7
};

struct world {
        char folder[32], config[64], mai[64], overrides_path[64];
        struct signing_key *mai_key, *stranger;
        struct settings settings;
        struct overrides overrides;
        struct board board;
        struct mailbox recorder, gate;
        struct desk desk;
        int reloads;
};

static void count_reload(void *context)
{
        struct world *world = context;
        world->reloads++;
}

static void make_files(struct world *world)
{
        strcpy(world->folder, "/tmp/stile-commands-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        snprintf(world->config, sizeof(world->config), "%s/gate.conf", world->folder);
        snprintf(world->mai, sizeof(world->mai), "%s/mai.pem", world->folder);
        snprintf(world->overrides_path, sizeof(world->overrides_path), "%s/overrides",
                 world->folder);
        manager_write_file(world->config, "[gate]\norg = acme\nsite = hq\nid = gate-1\n"
                                          "[access-point entry]\ndirection = entry\npass-line = 1\n"
                                          "camera-source = /dev/video0\n");
        world->mai_key = manager_key(SIGNING_ED25519);
        world->stranger = manager_key(SIGNING_ED25519);
        manager_write_key(world->mai_key, world->mai);
}

static int set_up(void **state)
{
        struct world *world = calloc(1, sizeof(*world));
        assert_non_null(world);
        make_files(world);
        assert_int_equal(settings_load(&world->settings, world->config, stderr), 0);
        manager_name(&world->settings, "mai", world->mai, "access release sync config");
        overrides_load(&world->overrides, world->folder);
        assert_int_equal(mailbox_init(&world->recorder, sizeof(struct to_recorder), 64), 0);
        assert_int_equal(mailbox_init(&world->gate, sizeof(struct to_gate), 64), 0);
        world->desk = (struct desk){ .settings = &world->settings,
                                     .recorder = &world->recorder,
                                     .gate = &world->gate,
                                     .board = &world->board,
                                     .overrides = &world->overrides,
                                     .config_path = world->config,
                                     .reload = count_reload,
                                     .context = world };
        world->desk.server.client[SLOT] =
                (struct server_client){ .fd = -1, .role = SERVER_UPLINK, .connection = CONNECTION };
        assert_int_equal(managers_load(&world->desk.managers, &world->settings), 0);
        *state = world;
        return 0;
}

static int tear_down(void **state)
{
        struct world *world = *state;
        struct to_recorder message;
        while (mailbox_take(&world->recorder, &message))
                if (message.kind == RECORDER_COMMAND)
                        request_free(message.request);
        mailbox_deinit(&world->recorder);
        mailbox_deinit(&world->gate);
        managers_deinit(&world->desk.managers);
        json_decref(world->desk.client[SLOT].said);
        signing_key_free(world->mai_key);
        signing_key_free(world->stranger);
        unlink(world->config);
        unlink(world->mai);
        unlink(world->overrides_path);
        assert_int_equal(rmdir(world->folder), 0);
        free(world);
        return 0;
}

/* A command's CloudEvent; `more` goes into its data. */
static const char *event_of(int left_s, const char *more)
{
        static char text[2048];
        struct timespec now;
        char not_after[RFC3339_MAX];
        clock_gettime(CLOCK_REALTIME, &now);
        rfc3339_format(((int64_t)now.tv_sec + left_s) * 1000000, not_after);
        snprintf(text, sizeof(text),
                 "{\"specversion\":\"1.0\",\"type\":\"stile.command.v1\",\"id\":\"1\","
                 "\"source\":\"/test\",\"data\":{\"actor\":\"guard-3\",\"reason\":\"wheelchair\","
                 "\"nonce\":\"aaaaaaaa-1\",\"not_after\":\"%s\"%s}}",
                 not_after, more);
        return text;
}

static json_t *ask(struct world *world, json_t *request)
{
        struct fields fields = fields_of(request);
        json_decref(world->desk.client[SLOT].said);
        world->desk.client[SLOT].said = NULL;
        json_t *answer = desk_command(&world->desk, SLOT, &fields);
        json_decref(request);
        return answer;
}

static json_t *ask_bytes(struct world *world, const char *leaf, const uint8_t *bytes, size_t len)
{
        char *base64 = base64_encode(bytes, len);
        json_t *request =
                json_pack("{s:s, s:s, s:s}", "signed", base64, "leaf", leaf, "origin", "mqtt");
        free(base64);
        return ask(world, request);
}

/* Signs for `topic` and hands it in for `leaf`. */
static json_t *ask_signed(struct world *world, const struct signing_key *key, const char *topic,
                          const char *leaf, const char *event)
{
        uint8_t bytes[4096];
        size_t len = manager_sign(key, topic, event, bytes, sizeof(bytes));
        return ask_bytes(world, leaf, bytes, len);
}

static struct to_recorder heard(struct world *world)
{
        struct to_recorder message = { .kind = RECORDER_STOP };
        assert_true(mailbox_take(&world->recorder, &message));
        return message;
}

/* Refused with that reason and a row that says so; the gate hears nothing. Takes the answer. */
static void assert_refused(struct world *world, json_t *answer, enum reason reason,
                           const char *detail)
{
        struct to_gate to_gate;
        const json_t *ok = json_object_get(answer, "ok");
        assert_string_equal(json_string_value(json_object_get(ok, "refusal")), reason_name(reason));
        json_decref(answer);
        struct to_recorder row = heard(world);
        assert_int_equal(row.kind, RECORDER_PASSAGE);
        assert_int_equal(row.event, EVENT_COMMAND_REFUSED);
        assert_int_equal(row.reason, reason);
        assert_string_equal(row.detail, detail);
        assert_false(mailbox_take(&world->recorder, &row));
        assert_false(mailbox_take(&world->gate, &to_gate));
}

#define ENTRY ",\"access_point\":\"entry\""

static void a_signed_command_goes_to_the_recorder_with_its_signers_name(void **state)
{
        struct world *world = *state;
        assert_null(
                ask_signed(world, world->mai_key, TOPIC "access", "access", event_of(10, ENTRY)));
        struct to_recorder message = heard(world);
        assert_int_equal(message.kind, RECORDER_COMMAND);
        assert_int_equal(message.command, COMMAND_ACCESS_DOOR);
        assert_int_equal(message.point, 0);
        assert_int_equal(message.client, SLOT);
        assert_int_equal(message.connection, CONNECTION);
        assert_string_equal(message.nonce, "aaaaaaaa-1");
        assert_string_equal(message.detail, "[mai] guard-3: wheelchair");
        assert_null(message.request);
        const json_t *said = world->desk.client[SLOT].said;
        assert_string_equal(json_string_value(json_object_get(said, "command")), "AccessDoor");
        assert_string_equal(json_string_value(json_object_get(said, "nonce")), "aaaaaaaa-1");
}

static void who_is_no_manager_is_refused_and_not_quoted(void **state)
{
        struct world *world = *state;
        assert_refused(
                world,
                ask_signed(world, world->stranger, TOPIC "access", "access", event_of(10, ENTRY)),
                REASON_UNTRUSTED_ISSUER, "cmd/access");
        assert_refused(world, ask_bytes(world, "access", (const uint8_t *)"nonsense", 8),
                       REASON_UNREADABLE, "cmd/access");
}

static void a_command_counts_on_its_own_topic_only(void **state)
{
        struct world *world = *state;
        assert_refused(world,
                       ask_signed(world, world->mai_key, "stile/v1/acme/hq/gate-2/cmd/access",
                                  "access", event_of(10, ENTRY)),
                       REASON_BAD_SIGNATURE, "cmd/access");
        /* Signed as a release, handed in as a lock-open, which says the same. */
        assert_refused(
                world,
                ask_signed(world, world->mai_key, TOPIC "release", "lockopen", event_of(10, "")),
                REASON_BAD_SIGNATURE, "cmd/lockopen");
        assert_refused(world, ask_signed(world, world->mai_key, "", "access", event_of(10, ENTRY)),
                       REASON_BAD_SIGNATURE, "cmd/access");
}

static void a_command_beyond_the_signers_roles_is_refused_and_names_them(void **state)
{
        struct world *world = *state;
        assert_refused(
                world,
                ask_signed(world, world->mai_key, TOPIC "lockdown", "lockdown", event_of(10, "")),
                REASON_UNAUTHORISED, "[mai] cmd/lockdown");
}

static void what_a_manager_signed_amiss_is_refused_by_name(void **state)
{
        struct world *world = *state;
        json_t *answer = ask_signed(world, world->mai_key, TOPIC "access", "access",
                                    event_of(10, ",\"extra\":1"));
        const json_t *error = json_object_get(answer, "error");
        assert_string_equal(json_string_value(json_object_get(error, "message")),
                            "extra: is not known here");
        json_decref(answer);
        struct to_recorder row = heard(world);
        assert_int_equal(row.reason, REASON_BAD_REQUEST);
        assert_string_equal(row.detail, "[mai] cmd/access: extra: is not known here");
}

static void no_byte_of_a_signed_command_can_be_changed(void **state)
{
        struct world *world = *state;
        uint8_t bytes[4096];
        struct to_recorder row;
        size_t len = manager_sign(world->mai_key, TOPIC "access", event_of(10, ENTRY), bytes,
                                  sizeof(bytes));
        world->settings.commands.per_minute = 600;
        for (size_t i = 1; i < len; i++) {
                world->desk.rate = (struct rate){ .credit = 0 };
                bytes[i] ^= 1;
                json_t *answer = ask_bytes(world, "access", bytes, len);
                bytes[i] ^= 1;
                assert_non_null(answer);
                json_decref(answer);
                row = heard(world);
                assert_int_equal(row.kind, RECORDER_PASSAGE);
        }
        world->desk.rate = (struct rate){ .credit = 0 };
        assert_null(ask_bytes(world, "access", bytes, len));
}

static json_t *unsigned_of(const char *name, const char *origin)
{
        struct timespec now;
        char not_after[RFC3339_MAX];
        clock_gettime(CLOCK_REALTIME, &now);
        rfc3339_format(((int64_t)now.tv_sec + 10) * 1000000, not_after);
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", name, "actor", "guard",
                         "reason", "test", "not_after", not_after, "nonce", "bbbbbbbb", "origin",
                         origin, "access_point", "entry");
}

static void unsigned_commands_are_possible_until_signatures_are_required(void **state)
{
        struct world *world = *state;
        assert_null(ask(world, unsigned_of("LockOpen", "mqtt")));
        assert_int_equal(heard(world).kind, RECORDER_COMMAND);
        world->settings.commands.signatures = COMMAND_SIGNATURES_REQUIRED;
        assert_refused(world, ask(world, unsigned_of("LockOpen", "mqtt")), REASON_UNAUTHORISED,
                       "guard: test");
}

static void the_network_resets_no_fire_release_and_passes_for_nobody_else(void **state)
{
        struct world *world = *state;
        assert_refused(world, ask(world, unsigned_of("FireReset", "mqtt")), REASON_UNAUTHORISED,
                       "guard: test");
        json_t *answer = ask(world, unsigned_of("FireReset", "local"));
        assert_non_null(json_object_get(answer, "error"));
        json_decref(answer);
        world->desk.server.client[SLOT].role = SERVER_ADMIN;
        assert_null(ask(world, unsigned_of("FireReset", "local")));
        struct to_gate message;
        assert_true(mailbox_take(&world->gate, &message));
        assert_int_equal(message.command, COMMAND_FIRE_RESET);
        assert_refused(world, ask(world, unsigned_of("FireReset", "local")), REASON_REPLAYED,
                       "guard: test");
}

static void what_is_too_much_is_refused_unread_and_told_once(void **state)
{
        struct world *world = *state;
        world->settings.commands.per_minute = 2;
        for (int i = 0; i < 2; i++) {
                assert_null(ask(world, unsigned_of("LockOpen", "mqtt")));
                assert_int_equal(heard(world).kind, RECORDER_COMMAND);
        }
        struct to_recorder row;
        for (int i = 0; i < 100; i++) {
                json_t *answer = ask(world, json_pack("{s:s}", "origin", "mqtt"));
                const json_t *ok = json_object_get(answer, "ok");
                assert_string_equal(json_string_value(json_object_get(ok, "refusal")), "too_many");
                json_decref(answer);
        }
        row = heard(world);
        assert_int_equal(row.reason, REASON_TOO_MANY);
        assert_string_equal(row.detail, "commands refused: 1");
        assert_false(mailbox_take(&world->recorder, &row));
        assert_int_equal(world->desk.rate.untold, 99);
        /* Whoever stands here is not the network. */
        world->desk.server.client[SLOT].role = SERVER_ADMIN;
        assert_null(ask(world, unsigned_of("LockOpen", "local")));
}

static void a_flood_of_strangers_does_not_shut_managers_out(void **state)
{
        struct world *world = *state;
        world->settings.commands.per_minute = 2;
        for (int i = 0; i < 50; i++) {
                json_decref(ask_signed(world, world->stranger, TOPIC "access", "access",
                                       event_of(10, ENTRY)));
                json_decref(ask(world, unsigned_of("FireReset", "mqtt")));
        }
        struct to_recorder message;
        size_t rows = 0;
        while (mailbox_take(&world->recorder, &message))
                rows++;
        assert_int_equal(rows, 3); /* two that were looked at, and one about the rest */
        for (int i = 0; i < 2; i++) {
                assert_null(ask_signed(world, world->mai_key, TOPIC "access", "access",
                                       event_of(10, ENTRY)));
                assert_int_equal(heard(world).kind, RECORDER_COMMAND);
        }
        json_t *answer =
                ask_signed(world, world->mai_key, TOPIC "access", "access", event_of(10, ENTRY));
        assert_non_null(answer);
        json_decref(answer);
        message = heard(world);
        assert_int_equal(message.reason, REASON_TOO_MANY);
        assert_string_equal(message.detail, "signed commands refused: 1");
}

/* The recorder's word that the nonce is new. Takes the request. */
static json_t *go(struct world *world, struct request *request)
{
        json_t *answer = desk_carry_out(&world->desk, request);
        request_free(request);
        return answer;
}

static void options_are_changed_once_the_nonce_is_used(void **state)
{
        struct world *world = *state;
        assert_null(ask_signed(world, world->mai_key, TOPIC "config", "config",
                               event_of(10, ",\"set\":{\"rules.passback\":\"hard\"}")));
        assert_int_equal(world->overrides.count, 0);
        struct to_recorder message = heard(world);
        assert_int_equal(message.kind, RECORDER_COMMAND);
        assert_non_null(message.request);
        json_t *answer = go(world, message.request);
        assert_non_null(json_object_get(answer, "ok"));
        json_decref(answer);
        assert_int_equal(world->reloads, 1);
        assert_int_equal(world->overrides.count, 1);
        assert_int_equal(access(world->overrides_path, R_OK), 0);
        struct to_recorder row = heard(world);
        assert_int_equal(row.event, EVENT_CONFIG_CHANGED);
        assert_string_equal(row.detail, "[mai] guard-3: rules.passback=hard: wheelchair");
}

static void a_bad_option_is_refused_before_its_nonce_is_used(void **state)
{
        struct world *world = *state;
        json_t *answer = ask_signed(world, world->mai_key, TOPIC "config", "config",
                                    event_of(10, ",\"set\":{\"store.retention-days\":\"0\"}"));
        const json_t *error = json_object_get(answer, "error");
        assert_string_equal(json_string_value(json_object_get(error, "message")),
                            "store.retention-days: 0 is out of range: 1 to 365");
        json_decref(answer);
        assert_int_equal(heard(world).reason, REASON_BAD_REQUEST);
        assert_int_equal(world->overrides.count, 0);
        assert_int_equal(world->reloads, 0);
}

static void options_are_never_changed_unsigned(void **state)
{
        struct world *world = *state;
        json_t *request = unsigned_of("Config", "mqtt");
        json_object_del(request, "access_point");
        json_object_set_new(request, "set", json_pack("{s:s}", "rules.passback", "hard"));
        assert_refused(world, ask(world, request), REASON_UNAUTHORISED,
                       "guard: rules.passback=hard: test");
}

static void a_sync_is_journaled_and_its_wish_goes_to_the_uplink(void **state)
{
        struct world *world = *state;
        assert_null(ask_signed(
                world, world->mai_key, TOPIC "sync", "sync",
                event_of(10, ",\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\",\"from\":7")));
        json_t *answer = go(world, heard(world).request);
        const json_t *sync = json_object_get(json_object_get(answer, "ok"), "sync");
        assert_int_equal(json_integer_value(json_object_get(sync, "from")), 7);
        json_decref(answer);
        assert_int_equal(heard(world).event, EVENT_SYNC_REQUESTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_signed_command_goes_to_the_recorder_with_its_signers_name),
                TEST(who_is_no_manager_is_refused_and_not_quoted),
                TEST(a_command_counts_on_its_own_topic_only),
                TEST(a_command_beyond_the_signers_roles_is_refused_and_names_them),
                TEST(what_a_manager_signed_amiss_is_refused_by_name),
                TEST(no_byte_of_a_signed_command_can_be_changed),
                TEST(unsigned_commands_are_possible_until_signatures_are_required),
                TEST(the_network_resets_no_fire_release_and_passes_for_nobody_else),
                TEST(what_is_too_much_is_refused_unread_and_told_once),
                TEST(a_flood_of_strangers_does_not_shut_managers_out),
                TEST(options_are_changed_once_the_nonce_is_used),
                TEST(a_bad_option_is_refused_before_its_nonce_is_used),
                TEST(options_are_never_changed_unsigned),
                TEST(a_sync_is_journaled_and_its_wish_goes_to_the_uplink),
        };
        return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}

/* CA and TLS ports: what a site's certificates say and how far they go; and when a gate renews. */
#include "tests/check.h"

#include "controller/ctl/verbs.h"
#include "controller/enrol/identity.h"
#include "controller/enrol/site_ca.h"
#include "controller/ports/tls.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define DAY_US INT64_C(86400000000)

static int64_t now_us(void)
{
        return (int64_t)time(NULL) * 1000000;
}

/* A CA of its own, in memory. */
struct scene {
        struct signing_key *key;
        char *certificate;
        struct ca_certificate self;
};

static int begin(void **state)
{
        struct scene *scene = calloc(1, sizeof(*scene));
        const struct ca_subject subject = { .name = "Stile site CA",
                                            .from_us = now_us() - 100 * DAY_US,
                                            .until_us = now_us() + 100 * DAY_US };
        assert_non_null(scene);
        assert_int_equal(signing_key_new(SIGNING_P256, &scene->key), 0);
        assert_int_equal(ca_self_sign(scene->key, &subject, &scene->certificate), 0);
        assert_int_equal(ca_read(scene->certificate, &scene->self), 0);
        *state = scene;
        return 0;
}

static int end(void **state)
{
        struct scene *scene = *state;
        signing_key_free(scene->key);
        free(scene->certificate);
        free(scene);
        return 0;
}

static struct ca_authority authority_of(const struct scene *scene)
{
        return (struct ca_authority){ .certificate = scene->certificate, .key = scene->key };
}

/* A key and its certificate, good from and until so many days from now. */
static char *issue(const struct scene *scene, enum ca_usage usage, int64_t from, int64_t until,
                   struct signing_key **key)
{
        static const char *const hosts[] = { SITE_CA_ENROLMENT_HOST, "192.0.2.7" };
        const struct ca_authority authority = authority_of(scene);
        const struct ca_subject subject = { .name = "acme/hq/gate-1",
                                            .usage = usage,
                                            .hosts = hosts,
                                            .host_count = usage == CA_SERVER ? 2 : 0,
                                            .from_us = now_us() + from * DAY_US,
                                            .until_us = now_us() + until * DAY_US };
        char *request = NULL, *pem = NULL;
        assert_int_equal(signing_key_new(SIGNING_P256, key), 0);
        assert_int_equal(ca_request(*key, &request), 0);
        assert_int_equal(ca_sign(&authority, request, &subject, &pem), 0);
        free(request);
        return pem;
}

static void a_certificate_is_good_for_its_use_its_time_and_its_key_alone(void **state)
{
        struct scene *scene = *state;
        void *other_state = NULL;
        struct signing_key *key = NULL, *old_key = NULL, *early_key = NULL;
        const char *why = NULL;
        char *client = issue(scene, CA_CLIENT, -1, 1, &key);
        char *old = issue(scene, CA_CLIENT, -2, -1, &old_key);
        char *early = issue(scene, CA_CLIENT, 1, 2, &early_key);
        begin(&other_state);
        struct scene *other = other_state;
        assert_int_equal(ca_verify(client, scene->certificate, CA_CLIENT, &why), 0);
        assert_int_equal(ca_verify(client, scene->certificate, CA_SERVER, &why), -EKEYREJECTED);
        assert_int_equal(ca_verify(client, other->certificate, CA_CLIENT, &why), -EKEYREJECTED);
        assert_int_equal(ca_verify(old, scene->certificate, CA_CLIENT, &why), -EKEYREJECTED);
        assert_non_null(strstr(why, "expired"));
        assert_int_equal(ca_verify(early, scene->certificate, CA_CLIENT, &why), -EKEYREJECTED);
        assert_int_equal(ca_belongs(client, key), 0);
        assert_int_equal(ca_belongs(client, old_key), -EKEYREJECTED);
        assert_int_equal(ca_belongs("nothing", key), -EBADMSG);
        end(&other_state);
        signing_key_free(key);
        signing_key_free(old_key);
        signing_key_free(early_key);
        free(client);
        free(old);
        free(early);
}

static void serial_numbers_are_random_and_of_one_length(void **state)
{
        enum {
                MANY = 50
        };
        char serial[MANY][CA_SERIAL_MAX];
        for (int i = 0; i < MANY; i++) {
                struct signing_key *key = NULL;
                struct ca_certificate made;
                char *pem = issue(*state, CA_CLIENT, -1, 1, &key);
                assert_int_equal(ca_read(pem, &made), 0);
                assert_int_equal(strlen(made.serial), 32);
                strcpy(serial[i], made.serial);
                for (int j = 0; j < i; j++)
                        assert_string_not_equal(serial[i], serial[j]);
                signing_key_free(key);
                free(pem);
        }
}

static void a_damaged_request_is_not_signed(void **state)
{
        const struct ca_authority authority = authority_of(*state);
        const struct ca_subject subject = { .name = "x", .until_us = now_us() };
        struct signing_key *key = NULL;
        char *request = NULL, *pem = NULL;
        assert_int_equal(signing_key_new(SIGNING_P256, &key), 0);
        assert_int_equal(ca_request(key, &request), 0);
        size_t len = strlen(request);
        int signed_ones = 0;
        for (size_t i = 0; i < len; i++) {
                char kept = request[i];
                request[i] = kept == 'A' ? 'B' : 'A';
                int error = ca_sign(&authority, request, &subject, &pem);
                signed_ones += error == 0;
                if (error == 0)
                        free(pem);
                request[i] = kept;
        }
        /* What is behind the last of base64, or in a line's end, says nothing. */
        assert_true(signed_ones <= 3);
        assert_int_equal(ca_sign(&authority, "", &subject, &pem), -EBADMSG);
        signing_key_free(key);
        free(request);
}

/* ---- TLS ---- */

/* Both ends of a connection, as far as they get without each other's waiting. */
struct ends {
        struct tls_link *server, *client;
        int server_result, client_result;
};

static void shake(struct tls_end *server, struct tls_end *client, struct ends *ends)
{
        int pair[2];
        char byte;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
                         0);
        ends->server = tls_link_new(server, pair[0]);
        ends->client = tls_link_new(client, pair[1]);
        ends->server_result = ends->client_result = -EAGAIN;
        for (int i = 0; i < 20; i++) {
                if (ends->client_result == -EAGAIN)
                        ends->client_result = tls_link_handshake(ends->client);
                if (ends->server_result == -EAGAIN)
                        ends->server_result = tls_link_handshake(ends->server);
        }
        /* Of TLS 1.3 a client learns here that its certificate is not taken. */
        if (ends->client_result == 0 && tls_link_read(ends->client, &byte, 1) != -EAGAIN)
                ends->client_result = -EPROTO;
}

static void part(struct ends *ends)
{
        tls_link_free(ends->server);
        tls_link_free(ends->client);
}

/* What a client with this certificate (NULL: none) comes to at a good server. */
static int try_client(const struct scene *scene, const char *certificate,
                      const struct signing_key *key, char **seen)
{
        struct signing_key *server_key = NULL;
        struct tls_end *server = NULL, *client = NULL;
        struct ends ends;
        char *pem = issue(scene, CA_SERVER, -1, 1, &server_key);
        assert_int_equal(tls_server(pem, server_key, scene->certificate, &server), 0);
        assert_int_equal(tls_client(scene->self.fingerprint, SITE_CA_ENROLMENT_HOST, certificate,
                                    key, &client),
                         0);
        shake(server, client, &ends);
        *seen = ends.server_result == 0 ? tls_link_peer(ends.server) : NULL;
        int result = ends.server_result;
        part(&ends);
        tls_end_free(server);
        tls_end_free(client);
        signing_key_free(server_key);
        free(pem);
        return result;
}

static void a_client_needs_no_certificate_but_one_that_is_shown_must_be_good(void **state)
{
        struct scene *scene = *state;
        struct signing_key *key = NULL, *old_key = NULL;
        struct ca_certificate shown;
        char *seen = NULL;
        char *good = issue(scene, CA_CLIENT, -1, 1, &key);
        char *old = issue(scene, CA_CLIENT, -2, -1, &old_key);
        assert_int_equal(try_client(scene, NULL, NULL, &seen), 0);
        assert_null(seen);
        assert_int_equal(try_client(scene, good, key, &seen), 0);
        assert_non_null(seen);
        assert_int_equal(ca_read(seen, &shown), 0);
        assert_string_equal(shown.name, "acme/hq/gate-1");
        free(seen);
        assert_int_equal(try_client(scene, old, old_key, &seen), -EPROTO);
        signing_key_free(key);
        signing_key_free(old_key);
        free(good);
        free(old);
}

/* What a client that wants this fingerprint and host says of a server. */
static int try_server(const struct scene *scene, enum ca_usage usage, int64_t until,
                      const uint8_t fingerprint[FLOW_DIGEST_LEN], const char *host)
{
        struct signing_key *key = NULL;
        struct tls_end *server = NULL, *client = NULL;
        struct ends ends;
        char *pem = issue(scene, usage, -2, until, &key);
        assert_int_equal(tls_server(pem, key, scene->certificate, &server), 0);
        assert_int_equal(tls_client(fingerprint, host, NULL, NULL, &client), 0);
        shake(server, client, &ends);
        int result = ends.client_result;
        char *root = result == 0 ? tls_link_ca(ends.client) : NULL;
        if (root)
                assert_string_equal(root, scene->certificate);
        free(root);
        part(&ends);
        tls_end_free(server);
        tls_end_free(client);
        signing_key_free(key);
        free(pem);
        return result;
}

static void a_server_is_taken_by_fingerprint_host_use_and_time(void **state)
{
        struct scene *scene = *state;
        const uint8_t *good = scene->self.fingerprint;
        uint8_t wrong[FLOW_DIGEST_LEN];
        memcpy(wrong, good, sizeof(wrong));
        wrong[31] ^= 1;
        assert_int_equal(try_server(scene, CA_SERVER, 1, good, SITE_CA_ENROLMENT_HOST), 0);
        assert_int_equal(try_server(scene, CA_SERVER, 1, wrong, SITE_CA_ENROLMENT_HOST), -EPROTO);
        assert_int_equal(try_server(scene, CA_SERVER, 1, good, "broker.example"), -EPROTO);
        assert_int_equal(try_server(scene, CA_SERVER, -1, good, SITE_CA_ENROLMENT_HOST), -EPROTO);
        assert_int_equal(try_server(scene, CA_CLIENT, 1, good, SITE_CA_ENROLMENT_HOST), -EPROTO);
}

/* ---- when it is due ---- */

static int ask_whether_due(const char *folder)
{
        char *words[] = {
                "renew", "--check", "--at", "127.0.0.1:1", "--tls", (char *)folder, NULL
        };
        FILE *nowhere = fopen("/dev/null", "r+");
        struct ctl ctl = {
                .config_path = CTL_CONFIG, .in = nowhere, .out = nowhere, .err = nowhere
        };
        assert_non_null(nowhere);
        int code = verb_gate_renew(&ctl, 6, words);
        fclose(nowhere);
        return code;
}

static void a_certificate_is_due_when_two_thirds_of_its_life_are_over(void **state)
{
        struct scene *scene = *state;
        static const struct {
                int64_t from, until;
                int code;
        } cases[] = { { -19, 11, CTL_NO }, { -21, 9, CTL_OK }, { -40, -1, CTL_OK } };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char folder[] = "/tmp/stile-ca-XXXXXX", command[64];
                struct identity identity;
                struct signing_key *key = NULL;
                assert_non_null(mkdtemp(folder));
                assert_int_equal(identity_of_folder(&identity, folder, "gate"), 0);
                char *pem = issue(scene, CA_CLIENT, cases[i].from, cases[i].until, &key);
                assert_int_equal(signing_key_save(key, identity.key, NULL), 0);
                assert_int_equal(whole_file_write(identity.certificate, pem, 0644, (gid_t)-1), 0);
                assert_int_equal(ask_whether_due(folder), cases[i].code);
                signing_key_free(key);
                free(pem);
                snprintf(command, sizeof(command), "rm -r %s", folder);
                assert_int_equal(system(command), 0);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_certificate_is_good_for_its_use_its_time_and_its_key_alone),
                TEST(serial_numbers_are_random_and_of_one_length),
                TEST(a_damaged_request_is_not_signed),
                TEST(a_client_needs_no_certificate_but_one_that_is_shown_must_be_good),
                TEST(a_server_is_taken_by_fingerprint_host_use_and_time),
                TEST(a_certificate_is_due_when_two_thirds_of_its_life_are_over),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

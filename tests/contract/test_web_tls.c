/* The web port over TLS: whose certificate is shown, and when another one is. */
#include "tests/check.h"

#include "dashboard/ports/web.h"
#include "tests/contract/store_folder.h"
#include "tests/contract/web_client.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct scene {
        char certificate[128], key[128];
        struct web *web;
};

static void handle(void *context, const struct web_request *request, struct web_response *response)
{
        (void)context;
        response->status = 200;
        response->content_type = "text/plain";
        response->body = strdup(request->path);
        response->len = strlen(request->path);
}

/* A new key and its own certificate of that name, in the files. */
static void certify(const struct scene *scene, const char *name)
{
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *certificate = X509_new();
        FILE *file = fopen(scene->key, "w");
        assert_true(key && certificate && file);
        assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
        fclose(file);
        X509_NAME *subject = X509_get_subject_name(certificate);
        assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                                    (const unsigned char *)name, -1, -1, 0),
                         1);
        assert_int_equal(X509_set_issuer_name(certificate, subject), 1);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
        X509_set_pubkey(certificate, key);
        assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
        file = fopen(scene->certificate, "w");
        assert_non_null(file);
        assert_int_equal(PEM_write_X509(file, certificate), 1);
        fclose(file);
        X509_free(certificate);
        EVP_PKEY_free(key);
}

static void begin(struct scene *scene, void **state)
{
        const struct store_folder *folder = *state;
        *scene = (struct scene){ .web = NULL };
        snprintf(scene->certificate, sizeof(scene->certificate), "%.100s/web.crt", folder->folder);
        snprintf(scene->key, sizeof(scene->key), "%.100s/web.key", folder->folder);
        certify(scene, "one");
}

static int open_web(struct scene *scene)
{
        const struct web_settings settings = { .address = "127.0.0.1",
                                               .certificate_file = scene->certificate,
                                               .private_key_file = scene->key,
                                               .workers = 1,
                                               .connections_max = 16,
                                               .body_max = 1000,
                                               .timeout_s = 5,
                                               .handler = handle };
        return web_open(&settings, &scene->web);
}

/* Asks for a path; the server's name goes into `name`, unless there was no handshake. */
static bool ask(const struct scene *scene, int version_max, char name[64])
{
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        SSL *ssl = SSL_new(context);
        int fd = web_client_connect(web_port(scene->web));
        char answer[1024] = "";
        assert_true(SSL_set_max_proto_version(ssl, version_max) == 1 && SSL_set_fd(ssl, fd) == 1);
        bool is_up = SSL_connect(ssl) == 1;
        if (is_up) {
                static const char text[] =
                        "GET /secret HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
                size_t len = 0, got = 0;
                X509 *peer = SSL_get1_peer_certificate(ssl);
                X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, 64);
                X509_free(peer);
                assert_true(SSL_write(ssl, text, sizeof(text) - 1) > 0);
                while (len < sizeof(answer) - 1 &&
                       SSL_read_ex(ssl, answer + len, sizeof(answer) - 1 - len, &got) == 1)
                        len += got;
                assert_non_null(strstr(answer, "\r\n\r\n/secret"));
        }
        SSL_free(ssl);
        SSL_CTX_free(context);
        close(fd);
        return is_up;
}

static void test_served(void **state)
{
        struct scene scene;
        char name[64];
        begin(&scene, state);
        assert_int_equal(open_web(&scene), 0);
        assert_true(ask(&scene, TLS1_3_VERSION, name));
        assert_string_equal(name, "one");
        assert_true(ask(&scene, TLS1_2_VERSION, name));
        assert_false(ask(&scene, TLS1_1_VERSION, name));
        web_close(scene.web);
}

static void test_renewed(void **state)
{
        struct scene scene;
        char name[64];
        begin(&scene, state);
        assert_int_equal(open_web(&scene), 0);
        certify(&scene, "two");
        assert_true(ask(&scene, TLS1_3_VERSION, name));
        assert_string_equal(name, "one");
        assert_int_equal(web_reload(scene.web), 0);
        assert_true(ask(&scene, TLS1_3_VERSION, name));
        assert_string_equal(name, "two");
        /* What cannot be used changes nothing. */
        assert_int_equal(truncate(scene.certificate, 0), 0);
        assert_true(web_reload(scene.web) < 0);
        assert_true(ask(&scene, TLS1_3_VERSION, name));
        assert_string_equal(name, "two");
        web_close(scene.web);
}

static void test_strange_key(void **state)
{
        struct scene scene, other;
        begin(&scene, state);
        other = scene;
        snprintf(other.certificate, sizeof(other.certificate), "%.120s.2", scene.certificate);
        certify(&other, "other"); /* takes the key's file, too */
        assert_int_equal(open_web(&scene), -EBADMSG);
        assert_int_equal(unlink(scene.key), 0);
        assert_true(open_web(&scene) < 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_served, store_folder_make,
                                                store_folder_remove),
                cmocka_unit_test_setup_teardown(test_renewed, store_folder_make,
                                                store_folder_remove),
                cmocka_unit_test_setup_teardown(test_strange_key, store_folder_make,
                                                store_folder_remove),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The example of docs/registry-sync.md, made by the code: whoever writes another end begins there.
 */
#include "tests/contract/store_registry.h"

#include "controller/ports/digest.h"
#include "controller/sync/part.h"
#include "controller/validate/cose/inflate.h"
#include "dashboard/registry/publication.h"
#include "tests/hex.h"

#include <ctype.h>

enum {
        DOCUMENT_MAX = 65536,
        CONTENT_MAX = 1024,
        FIRST_S = 1795650000,
        SECOND_S = 1795650600
};

struct example {
        char document[DOCUMENT_MAX]; /* without its white space */
        bool has_document;
        char path[STORE_PATH_MAX + 32];
        struct registry *registry;
        struct published *published;
        struct manifest manifest;
        uint8_t lookup[FLOW_DIGEST_LEN];
};

static void read_document(struct example *example)
{
        FILE *file = fopen("docs/registry-sync.md", "re");
        size_t len = 0;
        int c = 0;
        example->has_document = file != NULL;
        if (!file)
                return;
        while ((c = fgetc(file)) != EOF && len < DOCUMENT_MAX - 1)
                if (!isspace(c))
                        example->document[len++] = (char)c;
        fclose(file);
}

static void expect_hex(const struct example *example, const char *what, const uint8_t *bytes,
                       size_t len)
{
        char hex[2 * CONTENT_MAX + 1];
        assert_true(len <= CONTENT_MAX);
        for (size_t i = 0; i < len; i++)
                (void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
        if (len > 0 && !strstr(example->document, hex))
                print_message("# not in the document: %s %s\n", what, hex);
        assert_true(len == 0 || strstr(example->document, hex) != NULL);
}

static struct example *example_new(void **state)
{
        const struct store_folder *folder = *state;
        struct example *example = calloc(1, sizeof(*example));
        char set_aside[256];
        assert_non_null(example);
        read_document(example);
        (void)snprintf(example->path, sizeof(example->path), "%s/published.db", folder->folder);
        example->registry = store_open_registry(folder);
        assert_int_equal(published_open(example->path, &example->published, set_aside), 0);
        return example;
}

static void example_free(struct example *example)
{
        published_close(example->published);
        registry_close(example->registry);
        free(example);
}

static void publish(struct example *example, int64_t now_s)
{
        assert_int_equal(publication_update(example->registry, example->published, now_s,
                                            &example->manifest, NULL),
                         0);
}

/* An with a card and a green declaration; Binh is blocked, and silently. */
static void fill(struct example *example)
{
        struct registry_holder an = store_holder("an", "all"), binh = store_holder("binh", "all");
        struct registry_credential card = { .class = CREDENTIAL_CODE,
                                            .holder = "an",
                                            .hint = "5678" };
        const struct registry_declaration green = { .result = 1, .at_us = 1795600000000000 };
        (void)snprintf(an.name, sizeof(an.name), "Nguyễn Văn An");
        (void)snprintf(binh.name, sizeof(binh.name), "Trần Thị Bình");
        binh.is_blocked = binh.is_silent = true;
        binh.levels = 0;
        assert_int_equal(digest_sha256("card of An", 10, card.lookup), 0);
        memcpy(example->lookup, card.lookup, FLOW_DIGEST_LEN);
        assert_int_equal(registry_put_holder(example->registry, &an), 0);
        assert_int_equal(registry_put_holder(example->registry, &binh), 0);
        assert_int_equal(registry_put_declaration(example->registry, "an", &green), 0);
        assert_int_equal(registry_put_credential(example->registry, &card), 0);
}

static void expect_bucket(const struct example *example, int bucket, uint64_t from)
{
        char name[SYNC_BUCKET_NAME_MAX];
        uint8_t *content = NULL;
        ssize_t len = published_bucket(example->published, bucket, from, &content);
        assert_true(len > 0);
        sync_bucket_name(bucket, name);
        expect_hex(example, name, content, (size_t)len);
        if (from == 0)
                expect_hex(example, "digest", example->manifest.bucket[bucket].digest,
                           FLOW_DIGEST_LEN);
        free(content);
}

static void the_document_has_the_buckets_and_the_changes(void **state)
{
        struct example *example = example_new(state);
        if (!example->has_document) {
                print_message("# docs is not here: run from the top of the tree\n");
                example_free(example);
                skip();
        }
        fill(example);
        publish(example, FIRST_S);
        int of_an = sync_bucket_of_holder("an"), of_binh = sync_bucket_of_holder("binh");
        int of_card = sync_bucket_of_lookup(example->lookup);
        print_message("# an %02x, binh %02x, card %02x\n", of_an, of_binh, of_card);
        expect_bucket(example, SYNC_BASE, 0);
        expect_bucket(example, of_an, 0);
        expect_bucket(example, of_binh, 0);
        expect_bucket(example, of_card, 0);
        expect_bucket(example, SYNC_BLOCKED, 0);
        assert_int_equal(registry_revoke(example->registry, example->lookup, 1795650500000000), 0);
        assert_int_equal(registry_remove_holder(example->registry, "binh"), 0);
        publish(example, SECOND_S);
        expect_bucket(example, of_card, FIRST_S);
        expect_bucket(example, of_binh, FIRST_S);
        expect_bucket(example, SYNC_BLOCKED, FIRST_S);
        expect_bucket(example, SYNC_BLOCKED, 0);
        example_free(example);
}

static void the_document_has_a_manifest_s_beginning_and_digest(void **state)
{
        struct example *example = example_new(state);
        static uint8_t payload[MANIFEST_BYTES_MAX];
        uint8_t digest[FLOW_DIGEST_LEN];
        if (!example->has_document) {
                example_free(example);
                skip();
        }
        fill(example);
        publish(example, FIRST_S);
        int len = manifest_write(&example->manifest, payload, sizeof(payload));
        assert_true(len > 0);
        print_message("# manifest of %d bytes\n", len);
        expect_hex(example, "manifest", payload, 56);
        assert_int_equal(digest_sha256(payload, (size_t)len, digest), 0);
        expect_hex(example, "manifest's digest", digest, FLOW_DIGEST_LEN);
        example_free(example);
}

/* Another zlib may deflate otherwise: what is inflated must be the same. */
static void the_document_s_part_is_the_blocked_list(void **state)
{
        static const char hex[] = "8901190100001a6b0771d008100001";
        struct example *example = example_new(state);
        uint8_t bytes[CONTENT_MAX], content[CONTENT_MAX], *expected = NULL;
        struct part part;
        if (!example->has_document) {
                example_free(example);
                skip();
        }
        fill(example);
        publish(example, FIRST_S);
        const char *at = strstr(example->document, hex);
        assert_non_null(at);
        char text[2 * CONTENT_MAX + 1];
        size_t digits = strspn(at, "0123456789abcdef");
        assert_true(digits < sizeof(text));
        memcpy(text, at, digits);
        text[digits] = '\0';
        size_t len = hex_read(text, bytes, sizeof(bytes));
        assert_int_equal(part_read(bytes, len, &part), 0);
        ssize_t got = inflate_zlib(part.payload, part.len, content, sizeof(content));
        ssize_t wanted = published_bucket(example->published, SYNC_BLOCKED, 0, &expected);
        assert_int_equal(got, wanted);
        assert_memory_equal(content, expected, (size_t)got);
        free(expected);
        example_free(example);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(the_document_has_the_buckets_and_the_changes),
                IN_FOLDER(the_document_has_a_manifest_s_beginning_and_digest),
                IN_FOLDER(the_document_s_part_is_the_blocked_list),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

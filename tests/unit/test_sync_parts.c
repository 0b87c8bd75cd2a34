/* Names of buckets, manifests and parts: in one form, within their bounds. */
#include "tests/check.h"

#include "controller/sync/manifest.h"
#include "controller/sync/part.h"
#include "tests/random.h"

#include <errno.h>
#include <string.h>

static void every_bucket_is_found_by_its_name_and_by_no_other(void **state)
{
        (void)state;
        for (int bucket = 0; bucket < SYNC_BUCKETS; bucket++) {
                char name[SYNC_BUCKET_NAME_MAX];
                sync_bucket_name(bucket, name);
                assert_int_equal(sync_bucket_find(name), bucket);
        }
        assert_int_equal(sync_bucket_find("3f"), 0x3f);
        assert_int_equal(sync_bucket_find("blocked"), SYNC_BLOCKED);
        static const char *const wrong[] = { "",   "3",  "3F",       "3ff",  "0x",
                                             "+3", " 3", "blocked ", "Base", "manifest" };
        for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
                assert_int_equal(sync_bucket_find(wrong[i]), -1);
}

static void a_credential_is_in_the_bucket_of_its_first_byte(void **state)
{
        (void)state;
        const uint8_t lookup[FLOW_DIGEST_LEN] = { 0x3f, 0xff };
        assert_int_equal(sync_bucket_of_lookup(lookup), 0x3f);
        int bucket = sync_bucket_of_holder("nguyen-an");
        assert_true(bucket >= 0 && bucket < SYNC_HASHED);
}

static void make_manifest(uint64_t *seed, struct manifest *manifest)
{
        *manifest = (struct manifest){ .version = 1 + (uint64_t)below(seed, 2000000000),
                                       .issued_s = below(seed, 2000000000) };
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                struct manifest_bucket *bucket = &manifest->bucket[i];
                bucket->version = (uint64_t)below(seed, (int)manifest->version + 1);
                bucket->bytes = (uint32_t)below(seed, SYNC_BUCKET_BYTES_MAX + 1);
                for (int n = 0; n < FLOW_DIGEST_LEN; n++)
                        bucket->digest[n] = (uint8_t)below(seed, 256);
        }
}

static void a_manifest_comes_back_as_it_was(void **state)
{
        (void)state;
        static struct manifest manifest, back;
        static uint8_t bytes[MANIFEST_BYTES_MAX];
        uint64_t seed = 1;
        for (int i = 0; i < 50; i++) {
                make_manifest(&seed, &manifest);
                int len = manifest_write(&manifest, bytes, sizeof(bytes));
                assert_true(len > 0);
                assert_int_equal(manifest_read(bytes, (size_t)len, &back), 0);
                assert_memory_equal(&back, &manifest, sizeof(back));
        }
}

static void a_manifest_has_one_form_only(void **state)
{
        (void)state;
        static struct manifest manifest, back;
        static uint8_t bytes[MANIFEST_BYTES_MAX], again[MANIFEST_BYTES_MAX];
        uint64_t seed = 2;
        make_manifest(&seed, &manifest);
        int len = manifest_write(&manifest, bytes, sizeof(bytes));
        for (int cut = 0; cut < len; cut += 7)
                assert_int_equal(manifest_read(bytes, (size_t)cut, &back), -EBADMSG);
        assert_int_equal(manifest_read(bytes, (size_t)len + 1, &back), -EBADMSG);
        for (int i = 0; i < 2000; i++) {
                int at = below(&seed, len);
                uint8_t was = bytes[at];
                bytes[at] = (uint8_t)below(&seed, 256);
                if (manifest_read(bytes, (size_t)len, &back) == 0) {
                        assert_int_equal(manifest_write(&back, again, sizeof(again)), len);
                        assert_memory_equal(again, bytes, (size_t)len);
                }
                bytes[at] = was;
        }
}

static int read_back(const struct manifest *manifest)
{
        static struct manifest back;
        static uint8_t bytes[MANIFEST_BYTES_MAX];
        int len = manifest_write(manifest, bytes, sizeof(bytes));
        assert_true(len > 0);
        return manifest_read(bytes, (size_t)len, &back);
}

static void a_bucket_newer_or_larger_than_may_be_is_refused(void **state)
{
        (void)state;
        static struct manifest manifest;
        uint64_t seed = 3;
        make_manifest(&seed, &manifest);
        assert_int_equal(read_back(&manifest), 0);
        manifest.bucket[SYNC_BASE].version = manifest.version + 1;
        assert_int_equal(read_back(&manifest), -EBADMSG);
        manifest.bucket[SYNC_BASE].version = manifest.version;
        manifest.bucket[7].bytes = SYNC_BUCKET_BYTES_MAX + 1;
        assert_int_equal(read_back(&manifest), -EBADMSG);
        manifest.bucket[7].bytes = 0;
        assert_int_equal(read_back(&manifest), 0);
        manifest.version = 0;
        assert_int_equal(read_back(&manifest), -EBADMSG);
}

static void the_largest_manifest_fits_its_message(void **state)
{
        (void)state;
        static struct manifest manifest;
        static uint8_t bytes[MANIFEST_BYTES_MAX];
        manifest.version = INT64_MAX;
        manifest.issued_s = INT64_MAX / 1000000;
        for (int i = 0; i < SYNC_BUCKETS; i++)
                manifest.bucket[i] = (struct manifest_bucket){ .version = INT64_MAX,
                                                               .bytes = SYNC_BUCKET_BYTES_MAX };
        int len = manifest_write(&manifest, bytes, sizeof(bytes));
        assert_true(len > 0 && len + 256 < MANIFEST_BYTES_MAX);
        assert_int_equal(manifest_write(&manifest, bytes, (size_t)len - 1), -E2BIG);
}

static void a_manifest_is_of_one_site(void **state)
{
        (void)state;
        char aad[MANIFEST_AAD_MAX];
        size_t len = manifest_aad("acme", "hq", aad);
        assert_int_equal(len, strlen(aad));
        assert_string_equal(aad, "stile/v1/acme/hq/registry");
}

static const uint8_t payload[PART_PAYLOAD_MAX] = { 0x78, 0x9c };

/* Part `number` of a stream of this length. */
static struct part part_of(uint32_t deflated, uint32_t number)
{
        uint32_t parts = (deflated + PART_PAYLOAD_MAX - 1) / PART_PAYLOAD_MAX;
        uint32_t left = deflated - number * PART_PAYLOAD_MAX;
        return (struct part){ .bucket = 0x3f,
                              .to = 1795650000,
                              .content_bytes = 3 * deflated,
                              .deflated_bytes = deflated,
                              .part = number,
                              .parts = parts,
                              .payload = payload,
                              .len = left < PART_PAYLOAD_MAX ? left : PART_PAYLOAD_MAX };
}

static int part_read_back(const struct part *part, struct part *back)
{
        static uint8_t bytes[PART_BYTES_MAX];
        int len = part_write(part, bytes, sizeof(bytes));
        assert_true(len > 0);
        return part_read(bytes, (size_t)len, back);
}

static void a_part_comes_back_as_it_was(void **state)
{
        (void)state;
        static const uint32_t lengths[] = { 8, PART_PAYLOAD_MAX, PART_PAYLOAD_MAX + 1, 70000 };
        for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
                struct part last = part_of(lengths[i], 0);
                for (uint32_t number = 0; number < last.parts; number++) {
                        struct part part = part_of(lengths[i], number), back;
                        assert_int_equal(part_read_back(&part, &back), 0);
                        assert_int_equal(back.bucket, part.bucket);
                        assert_int_equal(back.from, 0);
                        assert_int_equal(back.to, part.to);
                        assert_int_equal(back.content_bytes, part.content_bytes);
                        assert_int_equal(back.deflated_bytes, part.deflated_bytes);
                        assert_int_equal(back.part, number);
                        assert_int_equal(back.parts, part.parts);
                        assert_int_equal(back.len, part.len);
                        assert_memory_equal(back.payload, payload, part.len);
                }
        }
}

static void a_part_that_contradicts_itself_is_refused(void **state)
{
        (void)state;
        struct part back, wrong = part_of(70000, 1);
        wrong.parts = 6;
        assert_int_equal(part_read_back(&wrong, &back), -EBADMSG);
        wrong = part_of(70000, 1);
        wrong.len--;
        assert_int_equal(part_read_back(&wrong, &back), -EBADMSG);
        wrong = part_of(70000, 4);
        wrong.part = 5;
        assert_int_equal(part_read_back(&wrong, &back), -EBADMSG);
        wrong = part_of(70000, 4);
        wrong.len++;
        assert_int_equal(part_read_back(&wrong, &back), -EBADMSG);
        wrong = part_of(70000, 0);
        wrong.from = wrong.to;
        assert_int_equal(part_read_back(&wrong, &back), -EBADMSG);
        wrong = part_of(70000, 0);
        wrong.bucket = SYNC_BUCKETS;
        assert_int_equal(part_read_back(&wrong, &back), -EBADMSG);
        wrong = part_of(70000, 0);
        wrong.content_bytes = SYNC_BUCKET_BYTES_MAX + 1;
        assert_int_equal(part_read_back(&wrong, &back), -EBADMSG);
        wrong = part_of(70000, 0);
        wrong.deflated_bytes = 0;
        assert_int_equal(part_read_back(&wrong, &back), -EBADMSG);
}

static void the_largest_part_fits_its_message(void **state)
{
        (void)state;
        static uint8_t bytes[PART_BYTES_MAX];
        struct part part = part_of(PARTS_MAX * PART_PAYLOAD_MAX, PARTS_MAX - 1), back;
        part.content_bytes = SYNC_BUCKET_BYTES_MAX;
        part.from = INT64_MAX - 1;
        part.to = INT64_MAX;
        int len = part_write(&part, bytes, sizeof(bytes));
        assert_true(len > 0);
        assert_int_equal(part_read(bytes, (size_t)len, &back), 0);
        for (int cut = 0; cut < len; cut++)
                assert_int_equal(part_read(bytes, (size_t)cut, &back), -EBADMSG);
        assert_int_equal(part_write(&part, bytes, (size_t)len - 1), -E2BIG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_bucket_is_found_by_its_name_and_by_no_other),
                cmocka_unit_test(a_credential_is_in_the_bucket_of_its_first_byte),
                cmocka_unit_test(a_manifest_comes_back_as_it_was),
                cmocka_unit_test(a_manifest_has_one_form_only),
                cmocka_unit_test(a_bucket_newer_or_larger_than_may_be_is_refused),
                cmocka_unit_test(the_largest_manifest_fits_its_message),
                cmocka_unit_test(a_manifest_is_of_one_site),
                cmocka_unit_test(a_part_comes_back_as_it_was),
                cmocka_unit_test(a_part_that_contradicts_itself_is_refused),
                cmocka_unit_test(the_largest_part_fits_its_message),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Records of the registry as they travel: the same bytes for the same row, and no others. */
#include "tests/check.h"

#include "controller/sync/record.h"
#include "tests/hex.h"
#include "tests/record_maker.h"

#include <errno.h>

enum {
        ROUNDS = 400,
        KINDS = SYNC_REVOCATION
};

static size_t write_record(const struct sync_record *record, uint8_t *bytes, size_t size)
{
        struct cbor_writer writer;
        cbor_writer_init(&writer, bytes, size);
        sync_record_write(record, &writer);
        assert_false(writer.is_full);
        return writer.len;
}

static int read_bytes(const uint8_t *bytes, size_t len, struct sync_record *record)
{
        struct cbor_reader reader;
        cbor_reader_init(&reader, bytes, len);
        int error = sync_record_read(&reader, record);
        return error ? error : cbor_at_end(&reader) ? 0 : -EBADMSG;
}

static int read_hex(const char *hex)
{
        static struct sync_record record;
        uint8_t bytes[512];
        return read_bytes(bytes, hex_read(hex, bytes, sizeof(bytes)), &record);
}

static void every_record_comes_back_as_it_was(void **state)
{
        (void)state;
        static struct sync_record record, back;
        static uint8_t bytes[SYNC_RECORD_BYTES_MAX];
        uint64_t seed = 1;
        for (int i = 0; i < ROUNDS * KINDS; i++) {
                make_record(&seed, (enum sync_kind)(1 + i % KINDS), &record);
                size_t len = write_record(&record, bytes, sizeof(bytes));
                assert_int_equal(read_bytes(bytes, len, &back), 0);
                assert_memory_equal(&back, &record, sizeof(record));
        }
}

static void a_removal_keeps_the_key_and_nothing_else(void **state)
{
        (void)state;
        static struct sync_record record, back;
        static uint8_t bytes[SYNC_RECORD_BYTES_MAX];
        uint64_t seed = 2;
        for (int i = 0; i < ROUNDS * KINDS; i++) {
                struct sync_key key, key_back;
                make_record(&seed, (enum sync_kind)(1 + i % KINDS), &record);
                sync_record_key(&record, &key);
                record.is_removal = true;
                size_t len = write_record(&record, bytes, sizeof(bytes));
                assert_true(len <= 2 * FLOW_ID_MAX);
                assert_int_equal(read_bytes(bytes, len, &back), 0);
                assert_true(back.is_removal);
                sync_record_key(&back, &key_back);
                assert_int_equal(sync_key_compare(&key, &key_back), 0);
        }
}

/* Whatever a byte is changed to: refused, or the one form of something else. */
static void no_two_encodings_are_the_same_record(void **state)
{
        (void)state;
        static struct sync_record record, back;
        static uint8_t bytes[SYNC_RECORD_BYTES_MAX], again[SYNC_RECORD_BYTES_MAX];
        uint64_t seed = 3;
        for (int i = 0; i < ROUNDS * KINDS; i++) {
                make_record(&seed, (enum sync_kind)(1 + i % KINDS), &record);
                record.is_removal = below(&seed, 8) == 0;
                size_t len = write_record(&record, bytes, sizeof(bytes));
                for (int n = 0; n < 50; n++) {
                        size_t at = (size_t)below(&seed, (int)len);
                        uint8_t was = bytes[at];
                        bytes[at] = (uint8_t)below(&seed, 256);
                        if (read_bytes(bytes, len, &back) == 0) {
                                assert_int_equal(write_record(&back, again, sizeof(again)), len);
                                assert_memory_equal(again, bytes, len);
                        }
                        bytes[at] = was;
                }
        }
}

static void a_record_that_is_cut_off_anywhere_is_refused(void **state)
{
        (void)state;
        static struct sync_record record, back;
        static uint8_t bytes[SYNC_RECORD_BYTES_MAX];
        uint64_t seed = 4;
        for (int kind = 1; kind <= KINDS; kind++) {
                make_record(&seed, (enum sync_kind)kind, &record);
                size_t len = write_record(&record, bytes, sizeof(bytes));
                for (size_t cut = 0; cut < len; cut++)
                        assert_int_equal(read_bytes(bytes, cut, &back), -EBADMSG);
        }
}

/* [8, "an", false] in every other way of writing it. */
static void only_the_shortest_and_definite_form_is_read(void **state)
{
        (void)state;
        assert_int_equal(read_hex("830862616ef4"), 0);
        static const char *const others[] = {
                "98030862616ef4",     /* array's head of two bytes */
                "9f0862616ef4ff",     /* array of indefinite length */
                "83180862616ef4",     /* kind of two bytes */
                "83087802616ef4",     /* text's head of two bytes */
                "83087f62616efff4",   /* text in chunks */
                "830842616ef4",       /* bytes */
                "830862616ef814",     /* false of two bytes */
                "830862616e00",       /* 0 */
                "830862616ef6",       /* null */
                "d9d9f7830862616ef4", /* tagged */
                "840862616ef4f4",     /* one more */
                "820862616e",         /* one less */
                "830862616ef400",     /* more behind it */
                "a10862616e",         /* a map */
        };
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert_int_equal(read_hex(others[i]), -EBADMSG);
}

static void what_the_registry_would_not_hold_is_refused(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "80",         /* nothing */
                "8100",       /* no such kind */
                "82006161",   /* kind 0 */
                "830a6161f4", /* kind 10 */
                "82296161",   /* kind -10 */
                "830860f4",   /* no id */
                "83086141f4", /* an upper-case id */
                "8308782161616161616161616161616161616161616161616161616161616161616161616161f4",
                "85066161000000",         /* a declaration of nothing */
                "85066161040000",         /* of a fourth result */
                "8301616181831901000000", /* days 256 */
                "830161618183011905a000", /* from 24:00 */
                "84026161608261626161",   /* points out of order */
                "84026161608261616161",   /* twice the same */
                "8504190000010160",       /* a year in three bytes, though 0 */
                "8504192710010160",       /* year 10000 */
                "8504000d0160",           /* month 13 */
                "850400012060",           /* the 32nd… */
                "8509416161610000",       /* a revocation of both */
                "850940600000",           /* of neither */
                "83284060",               /* the removal of neither */
        };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_int_equal(read_hex(bad[i]), -EBADMSG);
}

static void a_bucket_may_hold_more_items_than_one_reader_reads(void **state)
{
        (void)state;
        static struct sync_record record;
        static uint8_t bytes[2 * CBOR_ITEMS_MAX * 6];
        struct cbor_writer writer;
        struct cbor_reader reader;
        cbor_writer_init(&writer, bytes, sizeof(bytes));
        for (int i = 0; i < 2 * CBOR_ITEMS_MAX; i++)
                cbor_put_raw(&writer, "\x83\x08\x62\x61\x6e\xf4", 6);
        cbor_reader_init(&reader, bytes, writer.len);
        for (int i = 0; i < 2 * CBOR_ITEMS_MAX; i++)
                assert_int_equal(sync_record_read(&reader, &record), 0);
        assert_true(cbor_at_end(&reader));
}

static struct sync_key key_of(enum sync_kind kind, const char *bytes)
{
        struct sync_key key = { .kind = kind, .len = strlen(bytes) };
        memcpy(key.bytes, bytes, key.len);
        return key;
}

static void keys_are_ordered_by_kind_then_bytes_then_length(void **state)
{
        (void)state;
        const struct sync_key keys[] = { key_of(SYNC_LEVEL, "b"),    key_of(SYNC_HOLDER, ""),
                                         key_of(SYNC_HOLDER, "a"),   key_of(SYNC_HOLDER, "a-"),
                                         key_of(SYNC_HOLDER, "a-1"), key_of(SYNC_HOLDER, "b") };
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                for (size_t j = 0; j < ARRAY_LEN(keys); j++) {
                        int order = sync_key_compare(&keys[i], &keys[j]);
                        assert_true(i < j ? order < 0 : i > j ? order > 0 : order == 0);
                }
}

static void a_pass_never_has_the_key_of_a_holder(void **state)
{
        (void)state;
        static struct sync_record pass, holder;
        struct sync_key a, b;
        pass.kind = holder.kind = SYNC_REVOCATION;
        memset(pass.revocation.lookup, 'a', FLOW_DIGEST_LEN);
        memset(holder.revocation.holder, 'a', FLOW_DIGEST_LEN);
        sync_record_key(&pass, &a);
        sync_record_key(&holder, &b);
        assert_int_not_equal(sync_key_compare(&a, &b), 0);
}

static void every_record_is_at_home_in_one_bucket(void **state)
{
        (void)state;
        static struct sync_record record;
        uint64_t seed = 5;
        for (int i = 0; i < 20 * KINDS; i++) {
                int homes = 0, home = -1;
                make_record(&seed, (enum sync_kind)(1 + i % KINDS), &record);
                for (int bucket = 0; bucket < SYNC_BUCKETS; bucket++)
                        if (sync_record_belongs(&record, bucket)) {
                                homes++;
                                home = bucket;
                        }
                assert_int_equal(homes, 1);
                assert_true(record.kind <= SYNC_SPECIAL_DAY  ? home == SYNC_BASE
                            : record.kind >= SYNC_BLOCK      ? home == SYNC_BLOCKED
                            : record.kind == SYNC_CREDENTIAL ? home == record.credential.lookup[0]
                                                             : home < SYNC_HASHED);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_record_comes_back_as_it_was),
                cmocka_unit_test(a_removal_keeps_the_key_and_nothing_else),
                cmocka_unit_test(no_two_encodings_are_the_same_record),
                cmocka_unit_test(a_record_that_is_cut_off_anywhere_is_refused),
                cmocka_unit_test(only_the_shortest_and_definite_form_is_read),
                cmocka_unit_test(what_the_registry_would_not_hold_is_refused),
                cmocka_unit_test(a_bucket_may_hold_more_items_than_one_reader_reads),
                cmocka_unit_test(keys_are_ordered_by_kind_then_bytes_then_length),
                cmocka_unit_test(a_pass_never_has_the_key_of_a_holder),
                cmocka_unit_test(every_record_is_at_home_in_one_bucket),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* CBOR reading: the examples of RFC 8949, appendix A, and everything that is not well-formed. */
#include "tests/check.h"

#include "common/cbor/cbor.h"
#include "tests/hex.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
        BYTES_MAX = 8192
};

static void open_hex(struct cbor_reader *reader, const char *hex, uint8_t bytes[BYTES_MAX])
{
        cbor_reader_init(reader, bytes, hex_read(hex, bytes, BYTES_MAX));
}

static int read_one(const char *hex, struct cbor_item *item)
{
        static uint8_t bytes[BYTES_MAX];
        struct cbor_reader reader;
        open_hex(&reader, hex, bytes);
        return cbor_next(&reader, item);
}

/* What becomes of one item that is passed over whole; a good one must end where the bytes do. */
static int pass_over(const char *hex)
{
        uint8_t bytes[BYTES_MAX];
        struct cbor_reader reader;
        open_hex(&reader, hex, bytes);
        int error = cbor_skip(&reader);
        if (!error)
                assert_true(cbor_at_end(&reader));
        return error;
}

static void integers_are_read_as_the_rfc_has_them(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                enum cbor_kind type;
                uint64_t uint;
        } examples[] = {
                { "00", CBOR_UINT, 0 },
                { "17", CBOR_UINT, 23 },
                { "1818", CBOR_UINT, 24 },
                { "1864", CBOR_UINT, 100 },
                { "1903e8", CBOR_UINT, 1000 },
                { "1a000f4240", CBOR_UINT, 1000000 },
                { "1b000000e8d4a51000", CBOR_UINT, 1000000000000 },
                { "1bffffffffffffffff", CBOR_UINT, UINT64_MAX },
                { "20", CBOR_NEGINT, 0 },
                { "29", CBOR_NEGINT, 9 },
                { "3863", CBOR_NEGINT, 99 },
                { "3903e7", CBOR_NEGINT, 999 },
                { "3a000f423f", CBOR_NEGINT, 999999 },
                { "3bffffffffffffffff", CBOR_NEGINT, UINT64_MAX },
        };
        for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
                struct cbor_item item;
                assert_int_equal(read_one(examples[i].hex, &item), 0);
                assert_int_equal(item.type, examples[i].type);
                assert_true(item.uint == examples[i].uint);
                assert_true(item.is_canonical);
                assert_int_equal(pass_over(examples[i].hex), 0);
        }
}

static void integers_that_fit_no_signed_number_are_refused(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                int error;
                int64_t value;
        } samples[] = {
                { "1b7fffffffffffffff", 0, INT64_MAX },
                { "3b7fffffffffffffff", 0, INT64_MIN },
                { "1b8000000000000000", -EBADMSG, 0 },
                { "3b8000000000000000", -EBADMSG, 0 },
                { "3903e7", 0, -1000 },
                { "f90000", -EBADMSG, 0 },
                { "6131", -EBADMSG, 0 },
                { "f4", -EBADMSG, 0 },
                { "c100", -EBADMSG, 0 },
                { "", -EBADMSG, 0 },
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                uint8_t bytes[BYTES_MAX];
                struct cbor_reader reader;
                int64_t value = 0;
                open_hex(&reader, samples[i].hex, bytes);
                assert_int_equal(cbor_int(&reader, &value), samples[i].error);
                assert_true(value == samples[i].value);
        }
}

static void floats_of_every_width_are_read_as_the_rfc_has_them(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                double number;
        } examples[] = {
                { "f90000", 0.0 },
                { "f93c00", 1.0 },
                { "fb3ff199999999999a", 1.1 },
                { "f93e00", 1.5 },
                { "f97bff", 65504.0 },
                { "fa47c35000", 100000.0 },
                { "fa7f7fffff", 3.4028234663852886e+38 },
                { "fb7e37e43c8800759c", 1.0e+300 },
                { "f90001", 5.960464477539063e-8 },
                { "f90400", 0.00006103515625 },
                { "f9c400", -4.0 },
                { "fbc010666666666666", -4.1 },
                { "f97c00", (double)INFINITY },
                { "f9fc00", -(double)INFINITY },
                { "fa7f800000", (double)INFINITY },
                { "fbfff0000000000000", -(double)INFINITY },
        };
        struct cbor_item item;
        for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
                assert_int_equal(read_one(examples[i].hex, &item), 0);
                assert_int_equal(item.type, CBOR_FLOAT);
                assert_memory_equal(&item.number, &examples[i].number, sizeof(double));
        }
        static const char *const nans[] = { "f97e00", "fa7fc00000", "fb7ff8000000000000" };
        for (size_t i = 0; i < ARRAY_LEN(nans); i++) {
                assert_int_equal(read_one(nans[i], &item), 0);
                assert_true(item.type == CBOR_FLOAT && isnan(item.number));
        }
        assert_int_equal(read_one("f98000", &item), 0);
        assert_true(signbit(item.number) && item.number >= 0);
}

static void strings_are_read_with_their_bytes(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                enum cbor_kind type;
                const char *bytes;
        } examples[] = {
                { "40", CBOR_BYTES, "" },        { "4401020304", CBOR_BYTES, "\x01\x02\x03\x04" },
                { "60", CBOR_TEXT, "" },         { "6449455446", CBOR_TEXT, "IETF" },
                { "62225c", CBOR_TEXT, "\"\\" }, { "62c3bc", CBOR_TEXT, "ü" },
                { "63e6b0b4", CBOR_TEXT, "水" }, { "64f0908591", CBOR_TEXT, "\xf0\x90\x85\x91" },
        };
        for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
                struct cbor_item item;
                assert_int_equal(read_one(examples[i].hex, &item), 0);
                assert_int_equal(item.type, examples[i].type);
                assert_int_equal(item.len, strlen(examples[i].bytes));
                assert_true(!item.is_indefinite && item.is_canonical);
                if (item.len > 0)
                        assert_memory_equal(item.bytes, examples[i].bytes, item.len);
        }
}

static void simple_values_and_tags_are_told_apart(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                enum cbor_kind type;
                uint64_t uint;
        } samples[] = {
                { "f4", CBOR_BOOL, 0 },
                { "f5", CBOR_BOOL, 1 },
                { "f6", CBOR_NULL, 0 },
                { "f7", CBOR_NULL, 0 },
                { "c0", CBOR_TAG, 0 },
                { "c1", CBOR_TAG, 1 },
                { "d2", CBOR_TAG, 18 },
                { "d7", CBOR_TAG, 23 },
                { "d818", CBOR_TAG, 24 },
                { "d83d", CBOR_TAG, 61 },
                { "d9d9f7", CBOR_TAG, 55799 },
                { "da00010000", CBOR_TAG, 65536 },
                { "dbffffffffffffffff", CBOR_TAG, UINT64_MAX },
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                struct cbor_item item;
                assert_int_equal(read_one(samples[i].hex, &item), 0);
                assert_int_equal(item.type, samples[i].type);
                assert_true(item.uint == samples[i].uint);
                assert_true(item.is_canonical);
        }
}

static void whole_examples_of_the_rfc_are_passed_over(void **state)
{
        (void)state;
        static const char *const examples[] = {
                "c074323031332d30332d32315432303a30343a30305a",
                "c11a514b67b0",
                "c1fb41d452d9ec200000",
                "d74401020304",
                "d818456449455446",
                "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
                "c249010000000000000000",
                "80",
                "83010203",
                "8301820203820405",
                "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
                "a0",
                "a201020304",
                "a26161016162820203",
                "826161a161626163",
                "a56161614161626142616361436164614461656145",
                "5f42010243030405ff",
                "7f657374726561646d696e67ff",
                "9fff",
                "9f018202039f0405ffff",
                "9f01820203820405ff",
                "83018202039f0405ff",
                "83019f0203ff820405",
                "bf61610161629f0203ffff",
                "826161bf61626163ff",
                "bf6346756ef563416d7421ff",
                "5fff",
                "7fff",
                "bfff",
                "d83dd28443a10126a0f640",
        };
        for (size_t i = 0; i < ARRAY_LEN(examples); i++)
                assert_int_equal(pass_over(examples[i]), 0);
}

static void an_example_that_is_cut_off_anywhere_is_refused(void **state)
{
        (void)state;
        uint8_t whole[BYTES_MAX];
        size_t len =
                hex_read("d83dd28443a10126bf61619f0203ff616281fb3ff199999999999aff5f42010243030405"
                         "ff7f6173ff",
                         whole, sizeof(whole));
        for (size_t cut = 0; cut <= len; cut++) {
                /* In its exact size, so that a sanitizer sees a read beyond it. */
                uint8_t *bytes = malloc(cut + !cut);
                struct cbor_reader reader;
                assert_non_null(bytes);
                memcpy(bytes, whole, cut);
                cbor_reader_init(&reader, bytes, cut);
                assert_int_equal(cbor_skip(&reader), cut == len ? 0 : -EBADMSG);
                free(bytes);
        }
}

static void a_head_longer_than_it_need_be_is_read_and_said(void **state)
{
        (void)state;
        static const char *const longer[] = {
                "1817", "1900ff", "1a0000ffff", "1b00000000ffffffff",
                "3800", "5800",   "780161",     "9800",
                "b800", "d812",   "d9003d",     "5f",
                "7f",   "9f",     "bf",         "ff",
        };
        for (size_t i = 0; i < ARRAY_LEN(longer); i++) {
                struct cbor_item item;
                assert_int_equal(read_one(longer[i], &item), 0);
                assert_false(item.is_canonical);
        }
}

static void what_is_not_well_formed_is_refused(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "",
                "18",
                "1900",
                "1bffffffffffffff",
                /* Reserved additional information (RFC 8949, appendix F). */
                "1c",
                "1d",
                "1e",
                "1f",
                "3c",
                "3f",
                "5c",
                "7d",
                "9e",
                "bc",
                "dc",
                "df",
                "fc",
                "fd",
                "fe",
                "f800",
                "f81f",
                /* A break in the wrong place. */
                "ff",
                "81ff",
                "8200ff",
                "a1ff",
                "a100ff",
                "c0ff",
                "d2ff",
                "9f81ffff",
                "9fc0ffff",
                "bf00ff",
                "bf000000ff",
                "a20102ff",
                /* Chunks of another kind, or of chunks. */
                "5f00ff",
                "5f6100ff",
                "7f4100ff",
                "5f5f4100ffff",
                "7f7f6100ffff",
                "5fc04100ff",
                "5f80ff",
                "5ff6ff",
                /* More promised than there is. */
                "5bffffffffffffffff00",
                "7bffffffffffffffff61",
                "5a7fffffff00",
                "9bffffffffffffffff00",
                "bb7fffffffffffffff0000",
                "bb80000000000000000000",
                "bbffffffffffffffff0000",
                "8200",
                "a100",
                "c0",
                "9f00",
                "bf0000",
                /* Text that is not UTF-8, whole or in one chunk. */
                "61ff",
                "62c328",
                "62c080",
                "63eda080",
                "64f4908080",
                "7f61c361bcff",
        };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_int_equal(pass_over(bad[i]), -EBADMSG);
}

static void sixteen_levels_are_read_and_seventeen_are_not(void **state)
{
        (void)state;
        static const struct {
                const char *open, *close;
        } kinds[] = {
                { "81", "" }, { "9f", "ff" }, { "a100", "" }, { "bf00", "ff" }, { "c1", "" }
        };
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                for (int depth = CBOR_DEPTH_MAX; depth <= CBOR_DEPTH_MAX + 1; depth++) {
                        char hex[256] = "";
                        for (int k = 0; k < depth; k++)
                                strcat(hex, kinds[i].open);
                        strcat(hex, "00");
                        for (int k = 0; k < depth; k++)
                                strcat(hex, kinds[i].close);
                        assert_int_equal(pass_over(hex), depth == CBOR_DEPTH_MAX ? 0 : -E2BIG);
                }
        }
}

static void a_reader_reads_so_many_heads_and_no_more(void **state)
{
        (void)state;
        static uint8_t bytes[CBOR_ITEMS_MAX + 8];
        struct cbor_reader reader;
        struct cbor_item item;
        /* The array's own head is one of them. */
        memcpy(bytes, "\x99\x0f\xff", 3);
        cbor_reader_init(&reader, bytes, sizeof(bytes));
        assert_int_equal(cbor_skip(&reader), 0);
        assert_int_equal(reader.items, CBOR_ITEMS_MAX);
        assert_int_equal(cbor_next(&reader, &item), -E2BIG);
        assert_int_equal(cbor_peek(&reader, &item), -E2BIG);
        memcpy(bytes, "\x99\x10\x00", 3);
        cbor_reader_init(&reader, bytes, sizeof(bytes));
        assert_int_equal(cbor_skip(&reader), -E2BIG);
}

static void to_peek_is_not_to_move(void **state)
{
        (void)state;
        static const uint8_t bytes[] = { 0x01, 0x02 };
        struct cbor_reader reader;
        struct cbor_item item;
        cbor_reader_init(&reader, bytes, sizeof(bytes));
        assert_int_equal(cbor_peek(&reader, &item), 0);
        assert_int_equal(cbor_peek(&reader, &item), 0);
        assert_true(item.uint == 1);
        assert_int_equal(cbor_next(&reader, &item), 0);
        assert_true(item.uint == 1);
        assert_int_equal(cbor_next(&reader, &item), 0);
        assert_true(item.uint == 2);
        assert_true(cbor_at_end(&reader));
        assert_int_equal(cbor_peek(&reader, &item), -EBADMSG);
}

static void what_is_expected_must_come_and_be_definite(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                enum cbor_kind type;
                int error;
        } samples[] = {
                { "4100", CBOR_BYTES, 0 },
                { "6161", CBOR_BYTES, -EBADMSG },
                { "5f4100ff", CBOR_BYTES, -EBADMSG },
                { "83", CBOR_ARRAY, 0 },
                { "9f", CBOR_ARRAY, -EBADMSG },
                { "a1", CBOR_ARRAY, -EBADMSG },
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                uint8_t bytes[BYTES_MAX];
                struct cbor_reader reader;
                struct cbor_item item;
                open_hex(&reader, samples[i].hex, bytes);
                assert_int_equal(cbor_expect(&reader, samples[i].type, &item), samples[i].error);
        }
}

static void texts_are_copied_whole_or_not_at_all(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                int error;
                const char *text;
        } samples[] = {
                { "60", 0, "" },
                { "63616263", 0, "abc" },
                { "43616263", 0, "abc" },
                { "7f6161626263ff", 0, "abc" },
                { "5f4161426263ff", 0, "abc" },
                { "7fff", 0, "" },
                { "6461626364", -E2BIG, NULL },
                { "7f626162626364ff", -E2BIG, NULL },
                { "63610062", -EBADMSG, NULL },
                { "43610062", -EBADMSG, NULL },
                { "7f61006161ff", -EBADMSG, NULL },
                { "7f6161", -EBADMSG, NULL },
                { "7f4161ff", -EBADMSG, NULL },
                { "7f7fffff", -EBADMSG, NULL },
                { "00", -EBADMSG, NULL },
                { "f6", -EBADMSG, NULL },
                { "c06161", -EBADMSG, NULL },
                { "62c328", -EBADMSG, NULL },
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                uint8_t bytes[BYTES_MAX];
                struct cbor_reader reader;
                char text[4];
                open_hex(&reader, samples[i].hex, bytes);
                assert_int_equal(cbor_text(&reader, text, sizeof(text)), samples[i].error);
                assert_non_null(memchr(text, '\0', sizeof(text)));
                if (samples[i].text) {
                        assert_string_equal(text, samples[i].text);
                        assert_true(cbor_at_end(&reader));
                }
        }
}

/* On the heap, in their exact size: a sanitizer sees what reads beyond. */
static void random_bytes_are_never_read_beyond_their_end(void **state)
{
        (void)state;
        unsigned int seed = 8949;
        for (int round = 0; round < 50000; round++) {
                size_t len = (size_t)rand_r(&seed) % 48;
                uint8_t *bytes = malloc(len + !len);
                struct cbor_reader reader;
                struct cbor_item item;
                assert_non_null(bytes);
                for (size_t i = 0; i < len; i++)
                        bytes[i] = (uint8_t)rand_r(&seed);
                cbor_reader_init(&reader, bytes, len);
                int error = cbor_skip(&reader);
                assert_true(error == 0 || error == -EBADMSG || error == -E2BIG);
                assert_true(reader.at <= len);
                cbor_reader_init(&reader, bytes, len);
                while (cbor_next(&reader, &item) == 0)
                        if (item.len > 0)
                                assert_true(item.bytes >= bytes &&
                                            item.bytes + item.len <= bytes + len);
                assert_true(reader.at <= len);
                free(bytes);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(integers_are_read_as_the_rfc_has_them),
                cmocka_unit_test(integers_that_fit_no_signed_number_are_refused),
                cmocka_unit_test(floats_of_every_width_are_read_as_the_rfc_has_them),
                cmocka_unit_test(strings_are_read_with_their_bytes),
                cmocka_unit_test(simple_values_and_tags_are_told_apart),
                cmocka_unit_test(whole_examples_of_the_rfc_are_passed_over),
                cmocka_unit_test(an_example_that_is_cut_off_anywhere_is_refused),
                cmocka_unit_test(a_head_longer_than_it_need_be_is_read_and_said),
                cmocka_unit_test(what_is_not_well_formed_is_refused),
                cmocka_unit_test(sixteen_levels_are_read_and_seventeen_are_not),
                cmocka_unit_test(a_reader_reads_so_many_heads_and_no_more),
                cmocka_unit_test(to_peek_is_not_to_move),
                cmocka_unit_test(what_is_expected_must_come_and_be_definite),
                cmocka_unit_test(texts_are_copied_whole_or_not_at_all),
                cmocka_unit_test(random_bytes_are_never_read_beyond_their_end),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

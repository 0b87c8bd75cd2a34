/* CBOR writing: the shortest head of everything, and never a byte beyond the buffer. */
#include "tests/check.h"

#include "common/cbor/cbor.h"
#include "tests/hex.h"
#include <string.h>

enum {
        BYTES_MAX = 128
};

static void integers_have_the_shortest_heads(void **state)
{
        (void)state;
        static const struct {
                int64_t value;
                const char *hex;
        } samples[] = {
                { 0, "00" },
                { 23, "17" },
                { 24, "1818" },
                { 255, "18ff" },
                { 256, "190100" },
                { 65535, "19ffff" },
                { 65536, "1a00010000" },
                { INT64_C(4294967295), "1affffffff" },
                { INT64_C(4294967296), "1b0000000100000000" },
                { INT64_MAX, "1b7fffffffffffffff" },
                { -1, "20" },
                { -24, "37" },
                { -25, "3818" },
                { -256, "38ff" },
                { -257, "390100" },
                { INT64_MIN, "3b7fffffffffffffff" },
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                uint8_t bytes[BYTES_MAX], expected[BYTES_MAX];
                struct cbor_writer writer;
                cbor_writer_init(&writer, bytes, sizeof(bytes));
                cbor_put_int(&writer, samples[i].value);
                assert_int_equal(writer.len, hex_read(samples[i].hex, expected, BYTES_MAX));
                assert_memory_equal(bytes, expected, writer.len);
        }
}

/* One of every kind. */
static void put_everything(struct cbor_writer *writer)
{
        cbor_put_tag(writer, 18);
        cbor_put_tag(writer, 61);
        cbor_put_tag(writer, UINT64_MAX);
        cbor_put_array(writer, 3);
        cbor_put_map(writer, 2);
        cbor_put_int(writer, 1);
        cbor_put_int(writer, -7);
        cbor_put_text(writer, "kid");
        cbor_put_bytes(writer, "\x01\x02", 2);
        cbor_put_bool(writer, true);
        cbor_put_raw(writer, "\x82\x00\xf4", 3);
}

static const char everything[] = "d2d83ddbffffffffffffffff83a20126636b6964420102f58200f4";

static void everything_is_written_as_the_rfc_has_it(void **state)
{
        (void)state;
        uint8_t bytes[BYTES_MAX], expected[BYTES_MAX];
        struct cbor_writer writer;
        struct cbor_reader reader;
        cbor_writer_init(&writer, bytes, sizeof(bytes));
        put_everything(&writer);
        assert_false(writer.is_full);
        assert_int_equal(writer.len, hex_read(everything, expected, sizeof(expected)));
        assert_memory_equal(bytes, expected, writer.len);
        cbor_reader_init(&reader, bytes, writer.len);
        assert_int_equal(cbor_skip(&reader), 0);
        assert_true(cbor_at_end(&reader));
}

static void a_buffer_of_any_size_is_kept_to(void **state)
{
        (void)state;
        size_t whole = strlen(everything) / 2;
        for (size_t size = 0; size <= whole; size++) {
                uint8_t bytes[BYTES_MAX];
                struct cbor_writer writer;
                memset(bytes, 0xa5, sizeof(bytes));
                cbor_writer_init(&writer, bytes, size);
                put_everything(&writer);
                assert_true(writer.is_full == (size < whole));
                assert_true(writer.len <= size);
                for (size_t i = size; i < sizeof(bytes); i++)
                        assert_int_equal(bytes[i], 0xa5);
        }
}

static void nothing_is_written_after_what_did_not_fit(void **state)
{
        (void)state;
        uint8_t bytes[4];
        struct cbor_writer writer;
        cbor_writer_init(&writer, bytes, sizeof(bytes));
        cbor_put_int(&writer, 1);
        cbor_put_raw(&writer, "\0\0\0\0", 4);
        assert_true(writer.is_full);
        size_t len = writer.len;
        cbor_put_int(&writer, 2);
        cbor_put_bool(&writer, false);
        cbor_put_raw(&writer, "\0", 1);
        cbor_put_raw(&writer, "", 0);
        assert_true(writer.is_full);
        assert_int_equal(writer.len, len);
}

static void empty_strings_need_no_bytes(void **state)
{
        (void)state;
        uint8_t bytes[2];
        struct cbor_writer writer;
        cbor_writer_init(&writer, bytes, sizeof(bytes));
        cbor_put_bytes(&writer, NULL, 0);
        cbor_put_text(&writer, "");
        assert_false(writer.is_full);
        assert_memory_equal(bytes, "\x40\x60", 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(integers_have_the_shortest_heads),
                cmocka_unit_test(everything_is_written_as_the_rfc_has_it),
                cmocka_unit_test(a_buffer_of_any_size_is_kept_to),
                cmocka_unit_test(nothing_is_written_after_what_did_not_fit),
                cmocka_unit_test(empty_strings_need_no_bytes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

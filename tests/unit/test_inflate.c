/* Inflate: whole zlib streams come back, within the memory that was given; nothing else does. */
#include "tests/check.h"

#include "controller/validate/cose/inflate.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
        PLAIN_MAX = 4096,
        PACKED_MAX = 8192,
        BOMB_LEN = 4 << 20,
        CAP = 64 << 10
};

static size_t pack(const void *plain, size_t len, int level, uint8_t *packed, size_t size)
{
        uLongf packed_len = size;
        assert_int_equal(compress2(packed, &packed_len, plain, len, level), Z_OK);
        return packed_len;
}

/* On the heap in its exact size, so that a sanitizer sees a read or write beyond. */
static ssize_t unpack(const uint8_t *packed, size_t len, uint8_t *out, size_t size)
{
        uint8_t *bytes = malloc(len + 1), *room = malloc(size + 1);
        assert_non_null(bytes);
        assert_non_null(room);
        memcpy(bytes, packed, len);
        room[size] = 0xa5;
        ssize_t got = inflate_zlib(bytes, len, room, size);
        assert_int_equal(room[size], 0xa5);
        if (got > 0)
                memcpy(out, room, (size_t)got);
        free(bytes);
        free(room);
        return got;
}

static size_t make_plain(unsigned int *seed, uint8_t *plain)
{
        size_t len = (size_t)rand_r(seed) % (PLAIN_MAX + 1);
        int letters = 1 + rand_r(seed) % 256;
        for (size_t i = 0; i < len; i++)
                plain[i] = (uint8_t)(rand_r(seed) % letters);
        return len;
}

static void what_zlib_packed_comes_back_and_fits_exactly(void **state)
{
        (void)state;
        unsigned int seed = 1950;
        uint8_t plain[PLAIN_MAX], packed[PACKED_MAX], back[PLAIN_MAX];
        for (int round = 0; round < 400; round++) {
                size_t len = make_plain(&seed, plain);
                size_t packed_len = pack(plain, len, round % 10, packed, sizeof(packed));
                assert_int_equal(unpack(packed, packed_len, back, len), len);
                assert_memory_equal(back, plain, len);
                if (len > 0)
                        assert_int_equal(unpack(packed, packed_len, back, len - 1), -E2BIG);
        }
}

static void a_bomb_ends_at_the_cap(void **state)
{
        (void)state;
        static uint8_t plain[BOMB_LEN], packed[CAP], out[CAP];
        size_t len = pack(plain, sizeof(plain), 9, packed, sizeof(packed));
        assert_true(len < 5000);
        assert_int_equal(unpack(packed, len, out, sizeof(out)), -E2BIG);
}

static void a_stream_cut_off_anywhere_is_refused(void **state)
{
        (void)state;
        unsigned int seed = 7;
        uint8_t plain[PLAIN_MAX], packed[PACKED_MAX], back[PLAIN_MAX + 1];
        for (int level = 0; level <= 9; level += 3) {
                size_t len = make_plain(&seed, plain);
                size_t packed_len = pack(plain, len, level, packed, sizeof(packed));
                for (size_t cut = 0; cut < packed_len; cut++)
                        assert_int_equal(unpack(packed, cut, back, sizeof(back)), -EBADMSG);
        }
}

static void bytes_behind_the_stream_are_refused(void **state)
{
        (void)state;
        uint8_t packed[64] = { 0 }, back[16];
        size_t len = pack("stile", 5, 6, packed, sizeof(packed) - 1);
        assert_int_equal(unpack(packed, len, back, sizeof(back)), 5);
        assert_int_equal(unpack(packed, len + 1, back, sizeof(back)), -EBADMSG);
        assert_int_equal(unpack(packed, len + 1, back, 5), -EBADMSG);
}

static void a_preset_dictionary_is_refused(void **state)
{
        (void)state;
        static const uint8_t dictionary[] = "turnstile turnstile";
        uint8_t packed[64], back[64];
        z_stream stream = { .next_in = (Bytef *)"turnstile",
                            .avail_in = 9,
                            .next_out = packed,
                            .avail_out = sizeof(packed) };
        assert_int_equal(deflateInit(&stream, 9), Z_OK);
        assert_int_equal(deflateSetDictionary(&stream, dictionary, sizeof(dictionary)), Z_OK);
        assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
        size_t len = stream.total_out;
        deflateEnd(&stream);
        assert_int_equal(unpack(packed, len, back, sizeof(back)), -EBADMSG);
}

static void one_wrong_bit_never_gives_other_bytes(void **state)
{
        (void)state;
        static const char plain[] = "HC1: a certificate, a certificate, and a certificate";
        uint8_t packed[128], back[PLAIN_MAX];
        size_t len = pack(plain, sizeof(plain), 9, packed, sizeof(packed));
        for (size_t bit = 0; bit < 8 * len; bit++) {
                packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
                ssize_t got = unpack(packed, len, back, sizeof(back));
                /* Bits that fill the last byte up say nothing, so the same bytes may come. */
                if (got >= 0) {
                        assert_int_equal(got, sizeof(plain));
                        assert_memory_equal(back, plain, sizeof(plain));
                } else {
                        assert_int_equal(got, -EBADMSG);
                }
                packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
}

static void garbage_and_other_wrappings_are_refused(void **state)
{
        (void)state;
        unsigned int seed = 1951;
        uint8_t bytes[64], out[CAP / 16];
        for (int round = 0; round < 20000; round++) {
                size_t len = (size_t)rand_r(&seed) % sizeof(bytes);
                for (size_t i = 0; i < len; i++)
                        bytes[i] = (uint8_t)rand_r(&seed);
                if (round % 2 && len > 1)
                        memcpy(bytes, "\x78\x9c", 2);
                assert_true(unpack(bytes, len, out, sizeof(out)) < 0);
        }
        /* gzip's and a bare deflate stream of nothing. */
        static const uint8_t gzip[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3,
                                        3,    0,    0, 0, 0, 0, 0, 0, 0, 0 };
        assert_int_equal(unpack(gzip, sizeof(gzip), out, sizeof(out)), -EBADMSG);
        assert_int_equal(unpack((const uint8_t *)"\x03\x00", 2, out, sizeof(out)), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_zlib_packed_comes_back_and_fits_exactly),
                cmocka_unit_test(a_bomb_ends_at_the_cap),
                cmocka_unit_test(a_stream_cut_off_anywhere_is_refused),
                cmocka_unit_test(bytes_behind_the_stream_are_refused),
                cmocka_unit_test(a_preset_dictionary_is_refused),
                cmocka_unit_test(one_wrong_bit_never_gives_other_bytes),
                cmocka_unit_test(garbage_and_other_wrappings_are_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

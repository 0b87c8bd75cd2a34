#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/uuid.h"
#include <string.h>

static void the_example_of_rfc_9562_comes_out(void **state)
{
        (void)state;
        /* Appendix A.6: unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0b01, 0x8C4DC0C0C07398F. */
        const uint8_t random[UUID_RANDOM_LEN] = { 0x0c, 0xc3, 0x18, 0xc4, 0xdc,
                                                  0x0c, 0x0c, 0x07, 0x39, 0x8f };
        char text[UUID_TEXT_MAX];
        uuid7_format(0x017f22e279b0, random, text);
        assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void version_and_variant_stand_whatever_the_random_bits_are(void **state)
{
        (void)state;
        for (int fill = 0; fill < 256; fill++) {
                uint8_t random[UUID_RANDOM_LEN];
                memset(random, fill, sizeof(random));
                char text[UUID_TEXT_MAX];
                uuid7_format(1, random, text);
                assert_int_equal(strlen(text), 36);
                assert_memory_equal(text, "00000000-0001-7", 15);
                assert_non_null(strchr("89ab", text[19]));
        }
}

static void later_times_sort_after_earlier_ones(void **state)
{
        (void)state;
        const uint8_t high[UUID_RANDOM_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff,
                                                0xff, 0xff, 0xff, 0xff, 0xff };
        const uint8_t low[UUID_RANDOM_LEN] = { 0 };
        static const int64_t times[] = {
                0, 1, 255, 256, 1700000000000, 1700000000001, 0xffffffffffff
        };
        for (size_t i = 1; i < ARRAY_LEN(times); i++) {
                char earlier[UUID_TEXT_MAX], later[UUID_TEXT_MAX];
                uuid7_format(times[i - 1], high, earlier);
                uuid7_format(times[i], low, later);
                assert_true(strcmp(earlier, later) < 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_example_of_rfc_9562_comes_out),
                cmocka_unit_test(version_and_variant_stand_whatever_the_random_bits_are),
                cmocka_unit_test(later_times_sort_after_earlier_ones),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

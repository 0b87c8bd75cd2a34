/* Parcel: what one message may have. */
#include "tests/check.h"

#include "controller/publish/parcel.h"

#include <string.h>

static char *text_of(char letter, size_t len)
{
        char *text = malloc(len + 1);
        assert_non_null(text);
        memset(text, letter, len);
        text[len] = '\0';
        return text;
}

static void one_row_is_no_list(void **state)
{
        (void)state;
        struct parcel parcel = { 0 };
        parcel_add(&parcel, strdup("{\"a\":1}"), 7);
        char *text = parcel_close(&parcel);
        assert_string_equal(text, "{\"a\":1}");
        assert_int_equal(parcel.count, 0);
        assert_null(parcel_close(&parcel));
        free(text);
}

static void several_are_an_array_in_order(void **state)
{
        (void)state;
        struct parcel parcel = { 0 };
        parcel_add(&parcel, strdup("{\"a\":1}"), 7);
        parcel_add(&parcel, strdup("{}"), 8);
        parcel_add(&parcel, strdup("{\"b\":2}"), 9);
        assert_int_equal(parcel.seq, 9);
        char *text = parcel_close(&parcel);
        assert_string_equal(text, "[{\"a\":1},{},{\"b\":2}]");
        free(text);
}

static void there_is_room_up_to_the_number_that_is_asked_for(void **state)
{
        (void)state;
        struct parcel parcel = { 0 };
        assert_true(parcel_has_room(&parcel, 1, PARCEL_BYTES_MAX));
        for (size_t i = 0; i < 3; i++) {
                assert_true(parcel_has_room(&parcel, 3, 2));
                parcel_add(&parcel, strdup("{}"), i);
        }
        assert_false(parcel_has_room(&parcel, 3, 2));
        assert_true(parcel_has_room(&parcel, 4, 2));
        while (parcel.count < PARCEL_ROWS_MAX)
                parcel_add(&parcel, strdup("{}"), 0);
        assert_false(parcel_has_room(&parcel, SIZE_MAX, 2));
        parcel_drop(&parcel);
        assert_true(parcel_has_room(&parcel, 1, 2));
}

static void a_message_is_never_longer_than_its_bound(void **state)
{
        (void)state;
        struct parcel parcel = { 0 };
        for (size_t len = 8000; parcel_has_room(&parcel, PARCEL_ROWS_MAX, len);)
                parcel_add(&parcel, text_of('x', len), 1);
        assert_int_equal(parcel.count, 7);
        size_t left = PARCEL_BYTES_MAX - parcel.len - 2; /* comma and bracket */
        assert_false(parcel_has_room(&parcel, PARCEL_ROWS_MAX, left + 1));
        assert_true(parcel_has_room(&parcel, PARCEL_ROWS_MAX, left));
        parcel_add(&parcel, text_of('y', left), 2);
        char *text = parcel_close(&parcel);
        assert_int_equal(strlen(text), PARCEL_BYTES_MAX);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_row_is_no_list),
                cmocka_unit_test(several_are_an_array_in_order),
                cmocka_unit_test(there_is_room_up_to_the_number_that_is_asked_for),
                cmocka_unit_test(a_message_is_never_longer_than_its_bound),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

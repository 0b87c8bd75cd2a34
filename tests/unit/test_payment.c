/* Payment: EMVCo's fields, their CRC, and what only looks like a payment code. */
#include "tests/check.h"

#include "controller/validate/formats/payment.h"
#include <stdio.h>
#include <string.h>

#define VIETQR "00020101021138540010A00000072701240006970436011001234567890208QRIBFTTA"
#define REST   "53037045802VN"

/* With its CRC. */
static struct payment parsed(const char *fields)
{
        char text[512];
        struct payment payment;
        int len = snprintf(text, sizeof(text), "%s6304", fields);
        len += snprintf(text + len, sizeof(text) - (size_t)len, "%04X",
                        payment_crc(text, (size_t)len));
        assert_true(payment_parse(&payment, text, (size_t)len));
        return payment;
}

static void the_crc_is_ccitt_false(void **state)
{
        (void)state;
        /* The check value by which catalogues tell CRCs apart. */
        assert_int_equal(payment_crc("123456789", 9), 0x29b1);
        assert_int_equal(payment_crc("", 0), 0xffff);
}

static void a_vietqr_gives_its_network_and_no_account(void **state)
{
        (void)state;
        struct payment payment = parsed(VIETQR "5303704"
                                               "5406150000"
                                               "5802VN"
                                               "5906PHO 24"
                                               "6006HA NOI");
        assert_int_equal(payment.flags, 0);
        assert_string_equal(payment.network, "A000000727");
        assert_string_equal(payment.currency, "704");
        assert_string_equal(payment.country, "VN");
        assert_string_equal(payment.amount, "150000");
        assert_string_equal(payment.merchant, "PHO 24");
        assert_string_equal(payment.city, "HA NOI");
}

static void a_wrong_crc_is_flagged(void **state)
{
        (void)state;
        static const char text[] = VIETQR REST "63041234";
        struct payment payment;
        assert_true(payment_parse(&payment, text, strlen(text)));
        assert_int_equal(payment.flags, PAYMENT_CRC_DIFFERS);
}

static void the_crc_may_be_in_small_letters(void **state)
{
        (void)state;
        char text[512];
        struct payment payment;
        int len = snprintf(text, sizeof(text), "%s6304", VIETQR REST);
        len += snprintf(text + len, sizeof(text) - (size_t)len, "%04x",
                        payment_crc(text, (size_t)len));
        assert_true(payment_parse(&payment, text, (size_t)len));
        assert_int_equal(payment.flags, 0);
}

static void every_changed_byte_is_flagged_or_makes_it_no_payment(void **state)
{
        (void)state;
        char text[512];
        int len = snprintf(text, sizeof(text), "%s6304", VIETQR REST);
        len += snprintf(text + len, sizeof(text) - (size_t)len, "%04X",
                        payment_crc(text, (size_t)len));
        for (int i = 0; i < len; i++) {
                struct payment payment;
                text[i] ^= 1;
                if (payment_parse(&payment, text, (size_t)len))
                        assert_int_not_equal(payment.flags, 0);
                text[i] ^= 1;
        }
}

static void a_code_without_crc_or_with_broken_fields_is_flagged(void **state)
{
        (void)state;
        struct payment payment;
        assert_true(payment_parse(&payment, VIETQR REST, strlen(VIETQR REST)));
        assert_int_equal(payment.flags, PAYMENT_CRC_MISSING);
        payment = parsed("0002010102113899short");
        assert_int_equal(payment.flags, PAYMENT_BROKEN);
        payment = parsed("000201");
        assert_int_equal(payment.flags, PAYMENT_BROKEN);
}

static void lengths_count_bytes_or_characters(void **state)
{
        (void)state;
        /* "Phở" is 3 characters and 5 bytes. */
        struct payment bytes = parsed(VIETQR REST "5905Phở");
        struct payment characters = parsed(VIETQR REST "5903Phở");
        assert_int_equal(bytes.flags, 0);
        assert_int_equal(characters.flags, 0);
        assert_string_equal(bytes.merchant, "Phở");
        assert_string_equal(characters.merchant, "Phở");
}

static void a_value_that_is_no_text_or_too_long_is_left_out(void **state)
{
        (void)state;
        struct payment payment = parsed(VIETQR REST "5902\xff\xfe"
                                                    "5416123456789012345x");
        assert_int_equal(payment.flags, 0);
        assert_string_equal(payment.merchant, "");
        assert_string_equal(payment.amount, "");
}

static void numbers_that_only_begin_like_one_are_none(void **state)
{
        (void)state;
        static const char *const texts[] = { "",
                                             "000201",
                                             "0002010",
                                             "00020145",
                                             "000201010211",
                                             "000201010211" REST, /* no account */
                                             VIETQR,              /* no currency, no country */
                                             "000202010211" REST "63041234",
                                             "00020101021153036304ZZZZ",
                                             " 000201010211" REST "63041234" };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                struct payment payment;
                assert_false(payment_parse(&payment, texts[i], strlen(texts[i])));
        }
}

static void every_flag_has_a_name(void **state)
{
        (void)state;
        for (unsigned int flag = 1; flag < PAYMENT_FLAG_END; flag *= 2)
                assert_true(strlen(payment_flag_name(flag)) > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_crc_is_ccitt_false),
                cmocka_unit_test(a_vietqr_gives_its_network_and_no_account),
                cmocka_unit_test(a_wrong_crc_is_flagged),
                cmocka_unit_test(the_crc_may_be_in_small_letters),
                cmocka_unit_test(every_changed_byte_is_flagged_or_makes_it_no_payment),
                cmocka_unit_test(a_code_without_crc_or_with_broken_fields_is_flagged),
                cmocka_unit_test(lengths_count_bytes_or_characters),
                cmocka_unit_test(a_value_that_is_no_text_or_too_long_is_left_out),
                cmocka_unit_test(numbers_that_only_begin_like_one_are_none),
                cmocka_unit_test(every_flag_has_a_name),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

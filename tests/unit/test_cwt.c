/* CWT: the registered claims, as RFC 8392 has them and as certificates that exist write them. */
#include "tests/check.h"

#include "controller/validate/cose/cwt.h"
#include "tests/hex.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        BYTES_MAX = 2048
};

/* RFC 8392, appendix A.1. */
static const char example[] =
        "a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f61703a2f2f6c696768"
        "74"
        "2e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b71";

static int read_hex(const char *hex, struct cwt *cwt)
{
        uint8_t bytes[BYTES_MAX];
        return cwt_read(bytes, hex_read(hex, bytes, sizeof(bytes)), cwt, NULL, NULL);
}

static void the_example_of_the_rfc_is_read(void **state)
{
        (void)state;
        struct cwt cwt;
        assert_int_equal(read_hex(example, &cwt), 0);
        assert_string_equal(cwt.iss, "coap://as.example.com");
        assert_string_equal(cwt.sub, "erikw");
        assert_string_equal(cwt.aud, "coap://light.example.com");
        assert_true(cwt.has_exp && cwt.has_nbf && cwt.has_iat);
        assert_true(cwt.exp_us == INT64_C(1444064944000000));
        assert_true(cwt.nbf_us == INT64_C(1443944944000000));
        assert_true(cwt.iat_us == INT64_C(1443944944000000));
        assert_int_equal(cwt.cti_len, 2);
        assert_memory_equal(cwt.cti, "\x0b\x71", 2);
}

static void what_is_absent_is_said_to_be(void **state)
{
        (void)state;
        static const char *const empty[] = { "a0", "bfff" };
        for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
                struct cwt cwt;
                assert_int_equal(read_hex(empty[i], &cwt), 0);
                assert_string_equal(cwt.iss, "");
                assert_string_equal(cwt.sub, "");
                assert_string_equal(cwt.aud, "");
                assert_false(cwt.has_exp || cwt.has_nbf || cwt.has_iat);
                assert_int_equal(cwt.cti_len, 0);
        }
}

static void dates_are_integers_or_floats_of_our_age(void **state)
{
        (void)state;
        static const struct {
                const char *hex;
                int error;
                int64_t us;
        } samples[] = {
                { "a10400", 0, 0 },
                { "a1041a5612aeb0", 0, INT64_C(1444064944000000) },
                { "a104fb41d584abac000000", 0, INT64_C(1444064944000000) },
                { "a104fb41d584abac200000", 0, INT64_C(1444064944500000) },
                { "a104f93e00", 0, 1500000 },
                { "a104fa4f000000", 0, INT64_C(2147483648000000) },
                /* The last second of the year 9999, and the next. */
                { "a1041b0000003afff4417f", 0, INT64_C(253402300799000000) },
                { "a1041b0000003afff44180", -EBADMSG, 0 },
                { "a104fb424d7ffa20bf8000", 0, INT64_C(253402300799000000) },
                { "a104fb424d7ffa20c00000", -EBADMSG, 0 },
                { "a1041bffffffffffffffff", -EBADMSG, 0 },
                { "a10420", -EBADMSG, 0 },
                { "a104f9bc00", -EBADMSG, 0 },
                { "a104f97e00", -EBADMSG, 0 },
                { "a104f97c00", -EBADMSG, 0 },
                { "a104f9fc00", -EBADMSG, 0 },
                { "a104fb7fefffffffffffff", -EBADMSG, 0 },
                { "a1046131", -EBADMSG, 0 },
                { "a104f6", -EBADMSG, 0 },
                /* NumericDate has no tag (RFC 8392, 2). */
                { "a104c11a5612aeb0", -EBADMSG, 0 },
                { "a104c24101", -EBADMSG, 0 },
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                struct cwt cwt;
                assert_int_equal(read_hex(samples[i].hex, &cwt), samples[i].error);
                assert_true(cwt.has_exp == !samples[i].error);
                if (cwt.has_exp)
                        assert_true(cwt.exp_us == samples[i].us);
        }
}

static void a_label_twice_is_refused_however_it_is_written(void **state)
{
        (void)state;
        static const char *const twice[] = {
                "a2016161016162", "a204000400",         "a207000700",         "a20400180400",
                "bf04000400ff",   "a2390103a0390103a0", "a21901000019010000", "a2074100074100",
        };
        for (size_t i = 0; i < ARRAY_LEN(twice); i++) {
                struct cwt cwt;
                assert_int_equal(read_hex(twice[i], &cwt), -EBADMSG);
        }
}

static void a_map_of_indefinite_length_and_texts_in_chunks_are_read(void **state)
{
        (void)state;
        struct cwt cwt;
        assert_int_equal(read_hex("bf017f61566155ff0400ff", &cwt), 0);
        assert_string_equal(cwt.iss, "VU");
        assert_true(cwt.has_exp);
        assert_int_equal(read_hex("bf01615604", &cwt), -EBADMSG);
        assert_int_equal(read_hex("bf016156", &cwt), -EBADMSG);
        assert_int_equal(read_hex("bf016156ff00", &cwt), -EBADMSG);
        assert_int_equal(read_hex("bf01ff", &cwt), -EBADMSG);
}

static void labels_that_are_texts_are_passed_over(void **state)
{
        (void)state;
        struct cwt cwt;
        assert_int_equal(read_hex("a3636578700161618201a101020400", &cwt), 0);
        assert_true(cwt.has_exp && cwt.exp_us == 0);
        assert_int_equal(read_hex("a17f6161ff01", &cwt), 0);
}

static void what_is_not_one_claims_set_is_refused(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "",
                "80",
                "00",
                "f6",
                "40",
                "c0a0",
                "d83da0",
                "a000",
                "a0a0",
                "a10400ff",
                "a1",
                "a104",
                "a2040005",
                "bbffffffffffffffff",
                "a1410000",
                "a1f600",
                "a1f9400000",
                "a18000",
                "a1c00100",
                "a1ff00",
                "a1ff",
                "a1011bffffffffffffffff",
                "a1014100",
                "a10163006162",
                "a10162c328",
                "a101a0",
                "a1076161",
                "a1075f4100ff",
                "a11bffffffffffffffff00",
                /* A claim of somebody else's that is not well-formed. */
                "a118828200",
                "a118821c",
                "a11882ff",
                "a118825f00ff",
        };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                struct cwt cwt;
                assert_int_equal(read_hex(bad[i], &cwt), -EBADMSG);
        }
}

static void lengths_have_bounds(void **state)
{
        (void)state;
        for (size_t over = 0; over <= 1; over++) {
                uint8_t bytes[BYTES_MAX], filling[CWT_TEXT_MAX + 1];
                struct cbor_writer writer;
                struct cwt cwt;
                char text[CWT_TEXT_MAX + 1] = "";
                memset(text, 'x', CWT_TEXT_MAX - 1 + over);
                memset(filling, 7, sizeof(filling));
                cbor_writer_init(&writer, bytes, sizeof(bytes));
                cbor_put_map(&writer, 1);
                cbor_put_int(&writer, CWT_ISS);
                cbor_put_text(&writer, text);
                assert_int_equal(cwt_read(bytes, writer.len, &cwt, NULL, NULL), over ? -E2BIG : 0);
                cbor_writer_init(&writer, bytes, sizeof(bytes));
                cbor_put_map(&writer, 1);
                cbor_put_int(&writer, CWT_CTI);
                cbor_put_bytes(&writer, filling, CWT_ID_MAX + over);
                assert_int_equal(cwt_read(bytes, writer.len, &cwt, NULL, NULL), over ? -E2BIG : 0);
                /* So many labels are watched for a second time. */
                cbor_writer_init(&writer, bytes, sizeof(bytes));
                cbor_put_map(&writer, 64 + over);
                for (size_t i = 0; i < 64 + over; i++) {
                        cbor_put_int(&writer, 100 + (int64_t)i);
                        cbor_put_int(&writer, 0);
                }
                assert_int_equal(cwt_read(bytes, writer.len, &cwt, NULL, NULL), over ? -E2BIG : 0);
        }
}

struct notes {
        int64_t label[4], value[4];
        size_t count;
};

static int note_claim(void *context, int64_t label, struct cbor_reader *value)
{
        struct notes *notes = context;
        notes->label[notes->count] = label;
        return cbor_int(value, &notes->value[notes->count++]);
}

static void claims_that_are_not_registered_are_given_to_the_caller(void **state)
{
        (void)state;
        uint8_t bytes[BYTES_MAX];
        struct notes notes = { .count = 0 };
        struct cwt cwt;
        size_t len = hex_read("a604003901030708056161010161562009", bytes, sizeof(bytes));
        assert_int_equal(cwt_read(bytes, len, &cwt, note_claim, &notes), 0);
        assert_int_equal(notes.count, 3);
        assert_true(notes.label[0] == -260 && notes.value[0] == 7);
        assert_true(notes.label[1] == CWT_CNF && notes.value[1] == 5);
        assert_true(notes.label[2] == -1 && notes.value[2] == 9);
        assert_string_equal(cwt.iss, "V");
        /* What the caller makes of it ends the reading. */
        notes.count = 0;
        len = hex_read("a2390103f60400", bytes, sizeof(bytes));
        assert_int_equal(cwt_read(bytes, len, &cwt, note_claim, &notes), -EBADMSG);
        assert_false(cwt.has_exp);
}

static void the_example_cut_off_anywhere_is_refused(void **state)
{
        (void)state;
        uint8_t whole[BYTES_MAX];
        size_t len = hex_read(example, whole, sizeof(whole));
        for (size_t cut = 0; cut < len; cut++) {
                uint8_t *bytes = malloc(cut + !cut);
                struct cwt cwt;
                assert_non_null(bytes);
                memcpy(bytes, whole, cut);
                assert_int_equal(cwt_read(bytes, cut, &cwt, NULL, NULL), -EBADMSG);
                free(bytes);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_example_of_the_rfc_is_read),
                cmocka_unit_test(what_is_absent_is_said_to_be),
                cmocka_unit_test(dates_are_integers_or_floats_of_our_age),
                cmocka_unit_test(a_label_twice_is_refused_however_it_is_written),
                cmocka_unit_test(a_map_of_indefinite_length_and_texts_in_chunks_are_read),
                cmocka_unit_test(labels_that_are_texts_are_passed_over),
                cmocka_unit_test(what_is_not_one_claims_set_is_refused),
                cmocka_unit_test(lengths_have_bounds),
                cmocka_unit_test(claims_that_are_not_registered_are_given_to_the_caller),
                cmocka_unit_test(the_example_cut_off_anywhere_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Proof of possession: RFC 8747's own example of a claim, and its key. */
#include "tests/check.h"

#include "controller/ports/signature.h"
#include "controller/validate/cose/cwt.h"

#include <errno.h>
#include <string.h>

/* RFC 8747, 3.2. */
static const uint8_t x[32] = { 0xd7, 0xcc, 0x07, 0x2d, 0xe2, 0x20, 0x5b, 0xdc, 0x15, 0x37, 0xa5,
                               0x43, 0xd5, 0x3c, 0x60, 0xa6, 0xac, 0xb6, 0x2e, 0xcc, 0xd8, 0x90,
                               0xc7, 0xfa, 0x27, 0xc9, 0xe3, 0x54, 0x08, 0x9b, 0xbe, 0x13 };
static const uint8_t y[32] = { 0xf9, 0x5e, 0x1d, 0x4b, 0x85, 0x1a, 0x2c, 0xc8, 0x0f, 0xff, 0x87,
                               0xd8, 0xe2, 0x3f, 0x22, 0xaf, 0xb7, 0x25, 0xd5, 0x35, 0xe5, 0x15,
                               0xd0, 0x20, 0x73, 0x1e, 0x79, 0xa3, 0xb4, 0xe4, 0x71, 0x20 };

struct confirmation {
        int64_t kty, crv;
        struct cbor_item x, y;
};

/* {1: {1: kty, -1: crv, -2: x, -3: y}} */
static int read_cnf(void *context, int64_t label, struct cbor_reader *value)
{
        struct confirmation *cnf = context;
        struct cbor_item map;
        int64_t key = 0;
        if (label != CWT_CNF)
                return cbor_skip(value);
        int error = cbor_expect(value, CBOR_MAP, &map);
        if (!error)
                error = cbor_int(value, &key);
        if (!error)
                error = cbor_expect(value, CBOR_MAP, &map);
        for (uint64_t i = 0; !error && i < map.uint; i++) {
                error = cbor_int(value, &key);
                if (!error && key == 1)
                        error = cbor_int(value, &cnf->kty);
                else if (!error && key == -1)
                        error = cbor_int(value, &cnf->crv);
                else if (!error)
                        error = cbor_expect(value, CBOR_BYTES, key == -2 ? &cnf->x : &cnf->y);
        }
        return error;
}

static void the_example_of_rfc_8747_is_read_and_its_key_is_one(void **state)
{
        (void)state;
        uint8_t bytes[256];
        struct cbor_writer writer;
        struct confirmation cnf = { .kty = 0 };
        struct cwt cwt;
        cbor_writer_init(&writer, bytes, sizeof(bytes));
        cbor_put_map(&writer, 4);
        cbor_put_int(&writer, CWT_ISS);
        cbor_put_text(&writer, "coaps://server.example.com");
        cbor_put_int(&writer, CWT_AUD);
        cbor_put_text(&writer, "coaps://client.example.org");
        cbor_put_int(&writer, CWT_EXP);
        cbor_put_int(&writer, 1879067471);
        cbor_put_int(&writer, CWT_CNF);
        cbor_put_map(&writer, 1);
        cbor_put_int(&writer, 1);
        cbor_put_map(&writer, 4);
        cbor_put_int(&writer, 1);
        cbor_put_int(&writer, 2);
        cbor_put_int(&writer, -1);
        cbor_put_int(&writer, 1);
        cbor_put_int(&writer, -2);
        cbor_put_bytes(&writer, x, sizeof(x));
        cbor_put_int(&writer, -3);
        cbor_put_bytes(&writer, y, sizeof(y));
        assert_false(writer.is_full);
        assert_int_equal(cwt_read(bytes, writer.len, &cwt, read_cnf, &cnf), 0);
        assert_string_equal(cwt.iss, "coaps://server.example.com");
        assert_string_equal(cwt.aud, "coaps://client.example.org");
        assert_true(cwt.exp_us == INT64_C(1879067471000000));
        assert_int_equal(cnf.kty, 2);
        assert_int_equal(cnf.crv, 1);
        assert_memory_equal(cnf.x.bytes, x, sizeof(x));
        struct signature_key *key = NULL;
        assert_int_equal(signature_key_p256(cnf.x.bytes, (cnf.y.bytes[31] & 1) != 0, &key), 0);
        signature_key_free(key);
}

static void a_point_that_is_not_on_the_curve_is_no_key(void **state)
{
        (void)state;
        struct signature_key *key = NULL;
        uint8_t off[32] = { 0 };
        int refused = 0;
        for (int i = 0; i < 64; i++) {
                off[31] = (uint8_t)i;
                int error = signature_key_p256(off, false, &key);
                assert_true(error == 0 || error == -EBADMSG);
                refused += error != 0;
                key = error ? NULL : signature_key_free(key);
        }
        assert_true(refused > 20 && refused < 44); /* half of all x are on it */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_example_of_rfc_8747_is_read_and_its_key_is_one),
                cmocka_unit_test(a_point_that_is_not_on_the_curve_is_no_key),
        };
        return cmocka_run_group_tests_name("confirmation keys", tests, NULL, NULL);
}

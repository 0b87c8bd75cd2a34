/*
 * Forgery of form: claims in any encoding but the one, bombs, and what is too large. The issuer's
 * own key signs the claims here, so that it is their form alone that refuses them.
 */
#include "tests/contract/pass_forgery.h"

#include "controller/validate/cose/inflate.h"

#include <errno.h>
#include <zlib.h>

/* sub "an", iat, cti; what else stands in a pass goes around or between them. */
#define SUB   "02 62616e"
#define EXP   "04 1a6b36ba10"
#define NBF   "05 1a6ab13a80"
#define IAT   "06 1a6ab13a80"
#define CTI   "07 480001020304050607"
#define CNF_X "5820 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define CNF   "08 a1 01 a4 01 02 20 01 21 " CNF_X " 22 f5"
#define OURS  "3a00010000"

static enum reason try_claims(struct forgery *forgery, const char *hex, struct site_pass *pass)
{
        uint8_t kid[SITE_PASS_KID_LEN];
        const struct maker *maker = &forgery->maker;
        maker_kid(maker->issuer[0], kid);
        struct blob header = blob_header(SIGNATURE_EDDSA, kid), payload = blob_of_hex(hex);
        struct blob message = blob_signed(maker->issuer[0], &header, NULL, &payload);
        if (pass)
                return blob_read(&message, maker->trust, pass);
        return forgery_try(forgery, &message, hex);
}

static void claims_in_their_one_form_are_read(void **state)
{
        static const char *const good[] = {
                "a3" SUB IAT CTI,
                "a4" SUB EXP IAT CTI,
                "a5" SUB EXP NBF IAT CTI,
                "a6" SUB EXP NBF IAT CTI CNF,
                "a4" SUB IAT CTI OURS "a1 01 6161",
                "a4" SUB IAT CTI OURS "a5 01 6161 02 81 6161 03 6161 04 01 05 1a000f4240",
                "a7" SUB EXP NBF IAT CTI CNF OURS "a2 02 88 6131 6132 6133 6134 6135 6136 6137 6138"
                " 04 1818",
                "a3" SUB "06 01" CTI,
                "a3" SUB "06 1b0000003afff4417f" CTI, /* the last second of the year 9999 */
        };
        struct forgery *forgery = *state;
        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                struct site_pass pass;
                if (try_claims(forgery, good[i], &pass) != REASON_NONE)
                        fail_msg("refused: %s", good[i]);
                assert_string_equal(pass.claims.holder, "an");
        }
}

static void claims_in_any_other_form_are_refused(void **state)
{
        static const char *const bad[] = {
                /* something missing */
                "",
                "a0",
                "a2" IAT CTI,
                "a2" SUB CTI,
                "a2" SUB IAT,
                "a1" SUB,
                /* in another order, or twice */
                "a3" IAT SUB CTI,
                "a3" SUB CTI IAT,
                "a4" SUB IAT CTI EXP,
                "a4" SUB SUB IAT CTI,
                "a4" SUB IAT IAT CTI,
                "a4" SUB IAT CTI CTI,
                "a5" SUB EXP EXP IAT CTI,
                "a4" OURS "a1 01 6161" SUB IAT CTI,
                "a5" SUB IAT CTI OURS "a1 01 6161" OURS "a1 01 6161",
                "a5" SUB IAT CTI CNF CNF,
                /* more or fewer than the map says, and bytes behind it */
                "a4" SUB IAT CTI,
                "a2" SUB IAT CTI,
                "a3" SUB IAT CTI "00",
                "a3" SUB IAT CTI "f6",
                /* claims that are not ours */
                "a4 01 6161" SUB IAT CTI,
                "a4" SUB "03 6161" IAT CTI,
                "a4" SUB IAT CTI "09 01",
                "a4" SUB IAT CTI "20 01",
                "a4" SUB IAT CTI "3a00010001 6161",
                "a4 00 00" SUB IAT CTI,
                "a4" SUB IAT CTI "6161 01",
                "a4" SUB IAT CTI "f5 01",
                "a4" SUB IAT CTI "fb4000000000000000 01",
                "a4" SUB IAT CTI "3bffffffffffffffff 01",
                /* heads that are longer than need be */
                "b803" SUB IAT CTI,
                "b90003" SUB IAT CTI,
                "ba00000003" SUB IAT CTI,
                "bb0000000000000003" SUB IAT CTI,
                "a3 1802 62616e" IAT CTI,
                "a3 02 7802616e" IAT CTI,
                "a3 02 790002616e" IAT CTI,
                "a3" SUB "06 1b000000006ab13a80" CTI,
                "a3" SUB "1806 1a6ab13a80" CTI,
                "a3" SUB IAT "07 58080001020304050607",
                "a4" SUB IAT CTI "3b0000000000010000 a1 01 6161",
                "a4" SUB IAT CTI OURS "b801 01 6161",
                "a4" SUB IAT CTI OURS "a1 1801 6161",
                "a4" SUB IAT CTI OURS "a1 04 1801",
                "a4" SUB IAT CTI OURS "a1 02 9801 6161",
                /* indefinite lengths */
                "bf" SUB IAT CTI "ff",
                "a3 02 7f 62616e ff" IAT CTI,
                "a3" SUB IAT "07 5f 480001020304050607 ff",
                "a4" SUB IAT CTI OURS "bf 01 6161 ff",
                "a4" SUB IAT CTI OURS "a1 02 9f 6161 ff",
                "a4" SUB IAT CTI "08 bf 01 a4 01 02 20 01 21 " CNF_X " 22 f5 ff",
                /* tags */
                "c0 a3" SUB IAT CTI,
                "d83d a3" SUB IAT CTI,
                "a3 02 c0 62616e" IAT CTI,
                "a3" SUB "06 c1 1a6ab13a80" CTI,
                /* values of another kind, or beyond what is meant */
                "a3 02 42616e" IAT CTI,
                "a3 02 60" IAT CTI,
                "a3 02 62614e" IAT CTI,
                "a3 02 62612e" IAT CTI,
                "a3 02 62c3a9" IAT CTI,
                "a3 02 626100" IAT CTI,
                "a3 02 61ff" IAT CTI,
                "a3 02 01" IAT CTI,
                "a3 02 7821 616161616161616161616161616161616161616161616161616161616161616161" IAT
                        CTI,
                "a3" SUB "06 fb41daac4ea0000000" CTI,
                "a3" SUB "06 fa4ed5589d" CTI,
                "a3" SUB "06 3a6ab13a80" CTI,
                "a3" SUB "06 00" CTI,
                "a3" SUB "06 1b0000003afff44180" CTI,
                "a3" SUB "06 1bffffffffffffffff" CTI,
                "a3" SUB "06 f6" CTI,
                "a3" SUB "06 f7" CTI,
                "a3" SUB "06 f93c00" CTI,
                "a3" SUB IAT "07 4700010203040506",
                "a3" SUB IAT "07 49000102030405060708",
                "a3" SUB IAT "07 40",
                "a3" SUB IAT "07 683030303030303030",
                "a4" SUB IAT CTI OURS "a0",
                "a4" SUB IAT CTI OURS "80",
                "a4" SUB IAT CTI OURS "a1 06 01",
                "a4" SUB IAT CTI OURS "a1 00 6161",
                "a4" SUB IAT CTI OURS "a2 02 81 6161 01 6161",
                "a4" SUB IAT CTI OURS "a2 01 6161 01 6161",
                "a4" SUB IAT CTI OURS "a1 02 80",
                "a4" SUB IAT CTI OURS "a1 02 6161",
                "a4" SUB IAT CTI OURS "a1 02 81 01",
                "a4" SUB IAT CTI OURS "a1 02 89 6131 6132 6133 6134 6135 6136 6137 6138 6139",
                "a4" SUB IAT CTI OURS "a1 04 00",
                "a4" SUB IAT CTI OURS "a1 04 1a000f4241",
                "a4" SUB IAT CTI OURS "a1 04 20",
                "a4" SUB IAT CTI OURS "a1 05 1bffffffffffffffff",
                "a4" SUB IAT CTI OURS "a1 04 f5",
                "a4" SUB IAT CTI OURS "a1 05 f93c00",
                /* another key than P-256's */
                "a4" SUB IAT CTI "08 a0",
                "a4" SUB IAT CTI "08 a1 03 4101",
                "a4" SUB IAT CTI "08 a1 01 a0",
                "a4" SUB IAT CTI "08 a2 01 a4 01 02 20 01 21 " CNF_X " 22 f5 03 4101",
                "a4" SUB IAT CTI "08 a1 01 a4 01 01 20 06 21 " CNF_X " 22 f5",
                "a4" SUB IAT CTI "08 a1 01 a4 01 02 20 02 21 " CNF_X " 22 f5",
                "a4" SUB IAT CTI "08 a1 01 a3 01 02 20 01 21 " CNF_X,
                "a4" SUB IAT CTI "08 a1 01 a4 20 01 01 02 21 " CNF_X " 22 f5",
                "a4" SUB IAT CTI "08 a1 01 a4 01 02 20 01 21 " CNF_X " 22 00",
                "a4" SUB IAT CTI "08 a1 01 a4 01 02 20 01 21 " CNF_X " 22 f6",
                "a4" SUB IAT CTI "08 a1 01 a4 01 02 20 01 21 " CNF_X " 22 f801",
                "a4" SUB IAT CTI "08 a1 01 a4 01 02 20 01 22 f5 21 " CNF_X,
                "a4" SUB IAT CTI "08 a1 01 a5 01 02 20 01 21 " CNF_X " 22 f5 04 4101",
                "a4" SUB IAT CTI
                "08 a1 01 a4 01 02 20 01 21 581f 17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4"
                "a13945d898c296 22 f5",
        };
        struct forgery *forgery = *state;
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                if (try_claims(forgery, bad[i], NULL) != REASON_UNREADABLE)
                        fail_msg("read: %s", bad[i]);
}

/* The message around the claims, signed as it stands. */
static void a_message_in_any_other_form_is_refused(void **state)
{
        struct forgery *forgery = *state;
        struct blob good = blob_of_text(forgery->pass);
        struct pass_parts parts = blob_parts(&good);
        struct blob blob;
        struct cbor_writer writer;
        /* 84 4x header a0 58xx payload 5840 signature */
        size_t unprotected_at = 2 + parts.header.len;
        assert_int_equal(good.bytes[unprotected_at], 0xa0);

        static const char *const fronts[] = {
                "d2", "d83d", "d83dd2", "d2d83d", "c1", "d9d9f7", "81"
        };
        for (size_t i = 0; i < ARRAY_LEN(fronts); i++) {
                blob = blob_of_hex(fronts[i]);
                blob_add(&blob, good.bytes, good.len);
                forgery_try(forgery, &blob, fronts[i]);
        }
        /* Unprotected headers, which no signature covers. */
        static const char *const unprotected[] = { "a10127", "a1044454ce1bc6", "bfff",
                                                   "b800",   "a10500",         "80",
                                                   "f6",     "a1616101" };
        for (size_t i = 0; i < ARRAY_LEN(unprotected); i++) {
                struct blob part = blob_of_hex(unprotected[i]);
                blob = blob_of(good.bytes, unprotected_at);
                blob_add(&blob, part.bytes, part.len);
                blob_add(&blob, good.bytes + unprotected_at + 1, good.len - unprotected_at - 1);
                forgery_try(forgery, &blob, unprotected[i]);
        }
        /* Three and five fields, a detached payload, an indefinite array. */
        for (size_t fields = 3; fields <= 5; fields++) {
                cbor_writer_init(&writer, blob.bytes, sizeof(blob.bytes));
                cbor_put_array(&writer, fields);
                cbor_put_bytes(&writer, parts.header.bytes, parts.header.len);
                cbor_put_map(&writer, 0);
                if (fields == 4)
                        cbor_put_raw(&writer, "\xf6", 1);
                else
                        cbor_put_bytes(&writer, parts.payload.bytes, parts.payload.len);
                if (fields >= 4)
                        cbor_put_bytes(&writer, parts.signature.bytes, parts.signature.len);
                if (fields == 5)
                        cbor_put_int(&writer, 0);
                blob.len = writer.len;
                forgery_try(forgery, &blob, "another count of fields");
        }
        blob = good;
        blob.bytes[0] = 0x9f;
        blob_add(&blob, "\xff", 1);
        forgery_try(forgery, &blob, "an indefinite array");
        blob = blob_of_hex("9804");
        blob_add(&blob, good.bytes + 1, good.len - 1);
        forgery_try(forgery, &blob, "a longer array head");
}

/* Well-formed and deep, wide or endless: as the whole of it, in a header, and in the claims. */
static void try_bomb(struct forgery *forgery, const struct blob *bomb, const char *what)
{
        struct blob header = blob_of_hex("a2012704"), blob;
        struct cbor_writer writer;
        forgery_try(forgery, bomb, what);
        for (int place = 0; place < 3; place++) {
                cbor_writer_init(&writer, blob.bytes, sizeof(blob.bytes));
                cbor_put_array(&writer, 4);
                cbor_put_bytes(&writer, place == 0 ? bomb->bytes : header.bytes,
                               place == 0 ? bomb->len : header.len);
                if (place == 1)
                        cbor_put_raw(&writer, bomb->bytes, bomb->len);
                else
                        cbor_put_map(&writer, 0);
                if (place == 2)
                        cbor_put_bytes(&writer, bomb->bytes, bomb->len);
                else
                        cbor_put_bytes(&writer, "\xa0", 1);
                cbor_put_bytes(&writer, bomb->bytes, 64);
                blob.len = writer.len;
                forgery_try(forgery, &blob, what);
        }
        blob = blob_of_hex("a4" SUB IAT CTI "09");
        blob_add(&blob, bomb->bytes, bomb->len);
        uint8_t kid[SITE_PASS_KID_LEN];
        maker_kid(forgery->maker.issuer[0], kid);
        header = blob_header(SIGNATURE_EDDSA, kid);
        blob = blob_signed(forgery->maker.issuer[0], &header, NULL, &blob);
        forgery_try(forgery, &blob, what);
}

static void bombs_of_cbor_go_off_cheaply(void **state)
{
        static const struct {
                const char *what, *unit;
        } bombs[] = {
                { "nested arrays", "81" },
                { "nested maps", "a100" },
                { "nested tags", "c1" },
                { "nested indefinite arrays", "9f" },
                { "nested indefinite maps", "bf" },
                { "nested indefinite strings", "5f" },
                { "an array of 2^64 - 1", "9bffffffffffffffff" },
                { "a map of 2^63", "bb8000000000000000" },
                { "a string of 2^64 - 1", "5bffffffffffffffff" },
                { "a text of 2^63", "7b7fffffffffffffff" },
                { "many small items", "00" },
                { "empty strings", "40" },
                { "breaks", "ff" },
                { "floats", "f97e00" },
                { "reserved heads", "1c" },
        };
        struct forgery *forgery = *state;
        for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
                struct blob unit = blob_of_hex(bombs[i].unit), bomb = { .len = 0 };
                while (bomb.len + unit.len <= 900)
                        blob_add(&bomb, unit.bytes, unit.len);
                try_bomb(forgery, &bomb, bombs[i].what);
                /* The same behind a map with a plenty of labels. */
                struct blob map = blob_of_hex("b90100");
                blob_add(&map, bomb.bytes, bomb.len);
                try_bomb(forgery, &map, bombs[i].what);
        }
}

/* Whatever a QR code can hold, and more. */
static void what_is_too_large_is_refused_before_it_is_read(void **state)
{
        struct forgery *forgery = *state;
        static char text[3 * FLOW_PAYLOAD_MAX];
        static const char fills[] = { '0', 'A', ':', ' ', 'a', '\0', (char)0xff };
        for (size_t i = 0; i < ARRAY_LEN(fills); i++) {
                memset(text, fills[i], sizeof(text));
                memcpy(text, SITE_PASS_PREFIX, strlen(SITE_PASS_PREFIX));
                for (size_t len = sizeof(text); len > 4; len /= 2)
                        forgery_try_text(forgery, text, len, "too large");
        }
        struct blob good = blob_of_text(forgery->pass);
        struct blob large = good;
        while (large.len + good.len <= sizeof(large.bytes))
                blob_add(&large, good.bytes, good.len);
        assert_int_equal(forgery_try(forgery, &large, "a pass many times"), REASON_UNREADABLE);
        /* One byte more than there is room for. */
        large.len = SITE_PASS_BYTES_MAX + 1;
        assert_int_equal(forgery_try(forgery, &large, "a byte too many"), REASON_UNREADABLE);
        for (size_t len = 0; len < 5; len++)
                forgery_try_text(forgery, "ST1:A", len, "nothing");
}

/* What a compressed code (HC1) may unfold to: no further than the room that is there. */
static void a_zip_bomb_stops_where_the_room_ends(void **state)
{
        enum {
                PLAIN = 8 << 20,
                ROOM = 65536
        };
        (void)state;
        uLongf packed_len = compressBound(PLAIN);
        uint8_t *plain = calloc(1, PLAIN), *packed = malloc(packed_len), *room = malloc(ROOM);
        assert_true(plain && packed && room);
        assert_int_equal(compress2(packed, &packed_len, plain, PLAIN, 9), Z_OK);
        print_message("# %lu packed bytes would unfold to %d\n", packed_len, PLAIN);
        /* An honest one of the size of the room, for comparison. */
        uLongf honest_len = compressBound(ROOM);
        uint8_t *honest = malloc(honest_len);
        assert_non_null(honest);
        assert_int_equal(compress2(honest, &honest_len, plain, ROOM, 9), Z_OK);
        assert_int_equal(inflate_zlib(honest, honest_len, room, ROOM), ROOM);
        size_t before = forgery_heap();
        int64_t begin_ns = forgery_cpu_ns();
        for (int i = 0; i < 100; i++)
                assert_int_equal(inflate_zlib(honest, honest_len, room, ROOM), ROOM);
        int64_t middle_ns = forgery_cpu_ns();
        for (int i = 0; i < 100; i++)
                assert_int_equal(inflate_zlib(packed, packed_len, room, ROOM), -E2BIG);
        int64_t end_ns = forgery_cpu_ns();
        assert_true(forgery_heap() <= before);
        print_message("# a zip bomb costs %.2fx an honest stream that fills the room\n",
                      (double)(end_ns - middle_ns) / (double)(middle_ns - begin_ns));
        assert_int_equal(inflate_zlib(packed, packed_len / 2, room, ROOM), -E2BIG);
        honest[honest_len - 1] ^= 1; /* its checksum */
        assert_int_equal(inflate_zlib(honest, honest_len, room, ROOM), -EBADMSG);
        assert_true(inflate_zlib(honest, honest_len - 1, room, ROOM) < 0);
        free(plain);
        free(packed);
        free(room);
        free(honest);
}

static int set_up(void **state)
{
        static struct forgery forgery;
        forgery_init(&forgery);
        *state = &forgery;
        return 0;
}

static int tear_down(void **state)
{
        forgery_deinit(*state);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(claims_in_their_one_form_are_read),
                cmocka_unit_test(claims_in_any_other_form_are_refused),
                cmocka_unit_test(a_message_in_any_other_form_is_refused),
                cmocka_unit_test(bombs_of_cbor_go_off_cheaply),
                cmocka_unit_test(what_is_too_large_is_refused_before_it_is_read),
                cmocka_unit_test(a_zip_bomb_stops_where_the_room_ends),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* Decoder: codes come out byte for byte, from every shape of frame. */
#include "tests/contract/decoder_scene.h"

#include "controller/decode/finder.h"
#include <errno.h>

static void assert_reads(struct decoder *decoder, const void *bytes, size_t len)
{
        struct found found;
        struct scene scene = scene_of(bytes, len, 4);
        scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 1);
        assert_true(holds(&found, bytes, len));
        assert_int_equal(found.payloads[0].bytes[len], 0);
        free_scene(&scene);
}

#define PICK(list) list[random_below(ARRAY_LEN(list))]

static size_t random_below(size_t limit)
{
        static uint32_t state = 20211; /* the same cards in every run */
        state = state * 1664525 + 1013904223;
        return (state >> 8) % limit;
}

static size_t random_card(char *text, size_t size)
{
        static const char *const family[] = { "Nguyễn", "Trần",  "Lê",  "Phạm", "Huỳnh",
                                              "Võ",     "Đặng",  "Bùi", "Đỗ",   "Hồ",
                                              "Ngô",    "Dương", "Lý",  "Vũ",   "Đinh" };
        static const char *const middle[] = { "Văn", "Thị", "Hữu", "Ngọc", "Đức", "Minh Ánh" };
        static const char *const given[] = { "An",   "Bình",  "Cường", "Dũng",   "Hạnh",  "Khuê",
                                             "Linh", "Mỹ",    "Nghĩa", "Phượng", "Quỳnh", "Thảo",
                                             "Uyên", "Vượng", "Xuân",  "Yến",    "Hoà",   "Ổn" };
        static const char *const place[] = {
                "Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh",    "Xã Mỹ Hưng, Thanh Oai, Hà Nội",
                "Thị trấn Đắk Mâm, Krông Nô, Đắk Nông",        "Ấp Rạch Gốc, Ngọc Hiển, Cà Mau",
                "Phường Vỹ Dạ, Thành phố Huế, Thừa Thiên Huế", "Bản Nậm Pồ, Điện Biên"
        };
        static const char *const tail[] = { "", "||||" };
        int len = snprintf(
                text, size, "%012zu|%s|%s %s %s|%02zu%02zu%zu|%s|Số %zu, %s|%02zu%02zu%zu%s",
                random_below(100000000), random_below(2) ? "" : "012345678", PICK(family),
                PICK(middle), PICK(given), 1 + random_below(28), 1 + random_below(12),
                1940 + random_below(70), random_below(2) ? "Nam" : "Nữ", random_below(300),
                PICK(place), 1 + random_below(28), 1 + random_below(12), 2021 + random_below(5),
                PICK(tail));
        assert_true(len > 0 && (size_t)len < size);
        return (size_t)len;
}

static void vietnamese_cards_come_out_byte_for_byte(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        for (int i = 0; i < 400; i++) {
                char text[256];
                assert_reads(decoder, text, random_card(text, sizeof(text)));
        }
        decoder_free(decoder);
}

static void any_bytes_come_out_as_they_went_in(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        assert_reads(decoder, "nul\0within", 10);
        assert_reads(decoder, "nul behind\0", 11);
        assert_reads(decoder, "\0\0\0\0", 4);
        assert_reads(decoder, "\x82\xa0\x83n", 4); /* Shift-JIS */
        for (int i = 0; i < 100; i++) {
                uint8_t bytes[200];
                size_t len = 1 + random_below(sizeof(bytes));
                for (size_t at = 0; at < len; at++)
                        bytes[at] = (uint8_t)random_below(256);
                assert_reads(decoder, bytes, len);
        }
        decoder_free(decoder);
}

static void padded_and_packed_frames_are_read_and_left_alone(void **state)
{
        (void)state;
        static const char text[] = "038303000456||Trần Thị Bình|17082003|Nữ|Thanh Hóa|12032021";
        static const struct {
                int step, padding, offset;
        } shapes[] = { { 1, 0, 0 }, { 1, 13, 0 }, { 2, 0, 0 }, { 2, 0, 1 }, { 2, 64, 1 } };
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        struct scene plain = scene_of(text, sizeof(text) - 1, 3);
        for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
                int side = plain.frame.width_px, stride = side * shapes[i].step + shapes[i].padding;
                size_t size = (size_t)stride * (size_t)side;
                uint8_t *memory = malloc(size), *before = malloc(size);
                assert_non_null(memory);
                assert_non_null(before);
                memset(memory, 128, size);
                for (int y = 0; y < side; y++)
                        for (int x = 0; x < side; x++)
                                memory[y * stride + x * shapes[i].step + shapes[i].offset] =
                                        plain.luma[y * side + x];
                memcpy(before, memory, size);
                struct frame frame = plain.frame;
                frame.luma = memory + shapes[i].offset;
                frame.stride = stride;
                frame.step = shapes[i].step;
                struct found found;
                scan(decoder, &frame, &found);
                assert_int_equal(found.count, 1);
                assert_true(holds(&found, text, sizeof(text) - 1));
                assert_memory_equal(memory, before, size);
                free(before);
                free(memory);
        }
        free_scene(&plain);
        decoder_free(decoder);
}

static void frames_may_change_their_size_from_one_to_the_next(void **state)
{
        (void)state;
        static const int modules_px[] = { 3, 8, 2, 12, 4, 3 };
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        for (size_t i = 0; i < ARRAY_LEN(modules_px); i++) {
                struct scene scene = scene_of("staff-0017", 10, modules_px[i]);
                scene.frame.width_px--; /* gives it a padding */
                struct found found;
                scan(decoder, &scene.frame, &found);
                assert_true(holds(&found, "staff-0017", 10));
                free_scene(&scene);
        }
        decoder_free(decoder);
}

static void a_payload_tells_when_it_was_captured_and_decoded_and_how(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(0);
        struct scene scene = scene_of("staff-0017", 10, 4);
        struct found found;
        int64_t before_us = monotonic_us();
        struct decoder_report report = scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.payloads[0].captured_us, CAPTURED_US);
        assert_true(found.payloads[0].decoded_us >= before_us);
        assert_true(found.payloads[0].decoded_us <= monotonic_us());
        assert_string_equal(found.payloads[0].stage, "region");
        assert_int_equal(report.candidates, 3);
        assert_false(report.is_refused);
        assert_true(report.cpu_us > 0 && report.cpu_us < 60000000);
        free_scene(&scene);
        decoder_free(decoder);
}

static void several_codes_in_view_are_all_reported(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        struct scene scene = scene_of_many(4, false);
        struct found found;
        struct decoder_report report = scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 4);
        assert_int_equal(report.candidates, 12);
        for (int i = 0; i < 4; i++) {
                char text[16];
                int len = snprintf(text, sizeof(text), "badge-%d", i);
                assert_true(holds(&found, text, (size_t)len));
        }
        free_scene(&scene);
        decoder_free(decoder);
}

static void the_same_code_twice_in_view_is_one(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        struct scene scene = scene_of_many(3, true);
        struct found found;
        scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 1);
        free_scene(&scene);
        decoder_free(decoder);
}

static void of_too_many_codes_the_most_allowed_are_reported(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(0);
        struct scene scene = scene_of_many(20, false);
        struct found found;
        struct decoder_report report = scan(decoder, &scene.frame, &found);
        assert_int_equal(report.codes, DECODER_CODES_MAX);
        free_scene(&scene);
        decoder_free(decoder);
}

static void a_code_of_several_symbols_needs_them_all_in_view(void **state)
{
        (void)state;
        static const char text[] =
                "Structured append: one text in three symbols of version 3, that zbar "
                "puts together again when it sees them all.";
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        struct scene scene = new_scene(600, 160);
        QRcode_List *symbols = QRcode_encodeStringStructured(text, 3, QR_ECLEVEL_L, QR_MODE_8, 1);
        assert_int_equal(QRcode_List_size(symbols), 3);
        int left = 20;
        for (const QRcode_List *symbol = symbols; symbol; symbol = symbol->next, left += 180)
                draw(&scene, symbol->code, left, 20, 4);
        struct found found;
        scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 1);
        assert_true(holds(&found, text, sizeof(text) - 1));
        scene.frame.width_px = 360;
        scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 0);
        QRcode_List_free(symbols);
        free_scene(&scene);
        decoder_free(decoder);
}

static void an_empty_frame_gives_nothing(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        static const int sizes[][2] = { { 640, 480 }, { 1, 1 }, { 1, 480 }, { 640, 1 }, { 7, 7 } };
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                struct scene scene = new_scene(sizes[i][0], sizes[i][1]);
                struct found found;
                struct decoder_report report = scan(decoder, &scene.frame, &found);
                assert_int_equal(report.codes, 0);
                assert_int_equal(report.candidates, 0);
                assert_false(report.is_refused);
                free_scene(&scene);
        }
        decoder_free(decoder);
}

/* Light on dark is more than zbar reads in one pass: nothing, or the truth. */
static void an_inverted_code_is_never_read_as_another(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        struct scene scene = scene_of("staff-0017", 10, 4);
        for (int i = 0; i < scene.frame.width_px * scene.frame.height_px; i++)
                scene.luma[i] = (uint8_t)(255 - scene.luma[i]);
        struct found found;
        scan(decoder, &scene.frame, &found);
        assert_true(found.count == 0 || (found.count == 1 && holds(&found, "staff-0017", 10)));
        free_scene(&scene);
        decoder_free(decoder);
}

static void impossible_frames_are_refused(void **state)
{
        (void)state;
        struct scene scene = scene_of("staff-0017", 10, 4);
        struct frame good = scene.frame;
        struct frame bad[11];
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                bad[i] = good;
        bad[0].luma = NULL;
        bad[1].width_px = 0;
        bad[2].width_px = -5;
        bad[3].height_px = 0;
        bad[4].height_px = -1;
        bad[5].stride = good.width_px - 1;
        bad[6].stride = -good.stride;
        bad[7].step = 0;
        bad[8].step = 2; /* with the stride of step 1 */
        bad[9].width_px = bad[9].stride = FINDER_SIDE_MAX + 1;
        bad[10].height_px = FINDER_SIDE_MAX + 1;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        struct found found = { .count = 0 };
        struct decoder_report report;
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                assert_int_equal(decoder_scan(decoder, &bad[i], keep, &found, &report), -EINVAL);
                assert_int_equal(report.codes, 0);
        }
        assert_int_equal(found.count, 0);
        scan(decoder, &good, &found);
        assert_int_equal(found.count, 1);
        free_scene(&scene);
        decoder_free(decoder);
}

static void a_negative_limit_makes_no_decoder(void **state)
{
        (void)state;
        const struct decoder_settings settings = { .candidates_max = -1 };
        struct decoder *decoder = NULL;
        assert_int_equal(decoder_new(&settings, &decoder), -EINVAL);
        assert_null(decoder);
        assert_null(decoder_free(NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(vietnamese_cards_come_out_byte_for_byte),
                cmocka_unit_test(any_bytes_come_out_as_they_went_in),
                cmocka_unit_test(padded_and_packed_frames_are_read_and_left_alone),
                cmocka_unit_test(frames_may_change_their_size_from_one_to_the_next),
                cmocka_unit_test(a_payload_tells_when_it_was_captured_and_decoded_and_how),
                cmocka_unit_test(several_codes_in_view_are_all_reported),
                cmocka_unit_test(the_same_code_twice_in_view_is_one),
                cmocka_unit_test(of_too_many_codes_the_most_allowed_are_reported),
                cmocka_unit_test(a_code_of_several_symbols_needs_them_all_in_view),
                cmocka_unit_test(an_empty_frame_gives_nothing),
                cmocka_unit_test(an_inverted_code_is_never_read_as_another),
                cmocka_unit_test(impossible_frames_are_refused),
                cmocka_unit_test(a_negative_limit_makes_no_decoder),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

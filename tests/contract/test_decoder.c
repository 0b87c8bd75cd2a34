/* Decoder: codes come out byte for byte, from every shape of frame, at bounded cost. */
#include "tests/check.h"

#include "controller/decode/finder.h"
#include "controller/ports/decoder.h"
#include "drivers/camera/picture.h"
#include <errno.h>
#include <malloc.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>

#define DATA_SET "../shared/data/qr/"

enum {
        LIGHT = 225,
        DARK = 25,
        QUIET_MODULES = 4,
        CAPTURED_US = 1234567
};

/* Grey samples that a test owns, and the frame that shows them. */
struct scene {
        uint8_t *luma;
        struct frame frame;
};

/* What a scan found. */
struct found {
        int count;
        struct payload payloads[DECODER_CODES_MAX];
};

static struct scene new_scene(int width, int height)
{
        struct scene scene = { .luma = malloc((size_t)width * (size_t)height) };
        assert_non_null(scene.luma);
        memset(scene.luma, LIGHT, (size_t)width * (size_t)height);
        scene.frame = (struct frame){ .luma = scene.luma,
                                      .width_px = width,
                                      .height_px = height,
                                      .stride = width,
                                      .step = 1,
                                      .captured_us = CAPTURED_US };
        return scene;
}

static void free_scene(struct scene *scene)
{
        free(scene->luma);
        scene->luma = NULL;
}

static QRcode *encode(const void *bytes, size_t len)
{
        QRcode *code = QRcode_encodeData((int)len, bytes, 0, QR_ECLEVEL_L);
        assert_non_null(code);
        return code;
}

static void draw(struct scene *scene, const QRcode *code, int left, int top, int module_px)
{
        for (int y = 0; y < code->width * module_px; y++)
                for (int x = 0; x < code->width * module_px; x++)
                        if (code->data[y / module_px * code->width + x / module_px] & 1)
                                scene->luma[(top + y) * scene->frame.stride + left + x] = DARK;
}

/* A frame that holds one code and its quiet zone. */
static struct scene scene_of(const void *bytes, size_t len, int module_px)
{
        QRcode *code = encode(bytes, len);
        int side = (code->width + 2 * QUIET_MODULES) * module_px;
        struct scene scene = new_scene(side, side);
        draw(&scene, code, QUIET_MODULES * module_px, QUIET_MODULES * module_px, module_px);
        QRcode_free(code);
        return scene;
}

static void draw_eye(struct scene *scene, int left, int top, int module_px)
{
        for (int y = 0; y < 7 * module_px; y++) {
                for (int x = 0; x < 7 * module_px; x++) {
                        int u = abs(x / module_px - 3), v = abs(y / module_px - 3);
                        if ((u > v ? u : v) != 2)
                                scene->luma[(top + y) * scene->frame.stride + left + x] = DARK;
                }
        }
}

/* Eyes all over a frame: nothing to read, and zbar tries to make a code of every three. */
static struct scene hostile_scene(int count)
{
        struct scene scene = new_scene(640, 480);
        for (int i = 0; i < count; i++)
                draw_eye(&scene, 10 + i % 15 * 42, 10 + i / 15 * 42, 3);
        return scene;
}

static void keep(void *context, const struct payload *payload)
{
        struct found *found = context;
        assert_true(found->count < DECODER_CODES_MAX);
        found->payloads[found->count++] = *payload;
}

static struct decoder *new_decoder(int candidates_max)
{
        const struct decoder_settings settings = { .candidates_max = candidates_max };
        struct decoder *decoder = NULL;
        assert_int_equal(decoder_new(&settings, &decoder), 0);
        assert_non_null(decoder);
        return decoder;
}

static struct decoder_report scan(struct decoder *decoder, const struct frame *frame,
                                  struct found *found)
{
        struct decoder_report report;
        found->count = 0;
        assert_int_equal(decoder_scan(decoder, frame, keep, found, &report), 0);
        assert_int_equal(report.codes, found->count);
        return report;
}

static bool holds(const struct found *found, const void *bytes, size_t len)
{
        for (int i = 0; i < found->count; i++)
                if (found->payloads[i].len == len &&
                    memcmp(found->payloads[i].bytes, bytes, len) == 0)
                        return true;
        return false;
}

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
        assert_string_equal(found.payloads[0].stage, "zbar");
        assert_int_equal(report.candidates, 3);
        assert_false(report.is_refused);
        assert_true(report.cpu_us > 0 && report.cpu_us < 60000000);
        free_scene(&scene);
        decoder_free(decoder);
}

/* Draws codes "badge-0", "badge-1", … side by side; every one that is `same` reads "badge-0". */
static struct scene scene_of_many(int count, bool same)
{
        struct scene scene = new_scene(1280, 300);
        for (int i = 0; i < count; i++) {
                char text[16];
                int len = snprintf(text, sizeof(text), "badge-%d", same ? 0 : i);
                QRcode *code = encode(text, (size_t)len);
                draw(&scene, code, 20 + i % 10 * 125, 20 + i / 10 * 130, 4);
                QRcode_free(code);
        }
        return scene;
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

static void a_hostile_frame_is_refused_at_one_candidate_too_many(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        static const struct {
                int eyes;
                bool is_refused;
        } cases[] = { { DECODER_CANDIDATES_DEFAULT, false },
                      { DECODER_CANDIDATES_DEFAULT + 1, true },
                      { 150, true } };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct scene scene = hostile_scene(cases[i].eyes);
                struct found found;
                struct decoder_report report = scan(decoder, &scene.frame, &found);
                assert_int_equal(report.is_refused, cases[i].is_refused);
                assert_int_equal(report.candidates,
                                 DECODER_CANDIDATES_DEFAULT + (cases[i].is_refused ? 1 : 0));
                assert_int_equal(found.count, 0);
                free_scene(&scene);
        }
        decoder_free(decoder);
}

static void without_a_limit_no_frame_is_refused(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(0);
        struct scene scene = hostile_scene(40);
        struct found found;
        struct decoder_report report = scan(decoder, &scene.frame, &found);
        assert_int_equal(report.candidates, 40);
        assert_false(report.is_refused);
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

/* zbar itself keeps some 320 bytes a code: 1.2 MB in these frames. */
static void memory_stays_flat_over_two_thousand_frames(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        struct scene scene = scene_of_many(2, false);
        scene.frame.width_px = 270;
        scene.frame.height_px = 130;
        struct found found;
        size_t settled = 0, most = 0;
        for (int i = 0; i < 2000; i++) {
                scan(decoder, &scene.frame, &found);
                assert_int_equal(found.count, 2);
                size_t used = mallinfo2().uordblks;
                if (i == 300)
                        settled = used;
                most = used > most ? used : most;
        }
        assert_true(most < settled + 256 * 1024);
        free_scene(&scene);
        decoder_free(decoder);
}

/* Is the code one of the manifest's "hex|hex"? "?" means that nobody knows. */
static bool is_listed(const struct payload *payload, const char *hex)
{
        char text[2 * FLOW_PAYLOAD_MAX + 1];
        if (strcmp(hex, "?") == 0)
                return true;
        for (size_t i = 0; i < payload->len; i++)
                (void)snprintf(text + 2 * i, 3, "%02x", payload->bytes[i]);
        for (const char *at = strstr(hex, text); at; at = strstr(at + 1, text)) {
                char after = at[2 * payload->len];
                if ((at == hex || at[-1] == '|') && (after == '\0' || after == '|'))
                        return true;
        }
        return false;
}

static void photos_give_their_codes_and_none_is_refused(void **state)
{
        (void)state;
        FILE *manifest = fopen(DATA_SET "manifest.tsv", "r");
        if (!manifest) {
                print_message("skipped: no %smanifest.tsv\n", DATA_SET);
                skip();
        }
        struct decoder *decoder = new_decoder(DECODER_CANDIDATES_DEFAULT);
        char *line = NULL;
        size_t size = 0;
        int read = 0;
        assert_true(getline(&line, &size, manifest) > 0); /* the heading */
        while (getline(&line, &size, manifest) > 0) {
                char *rest = line, path[256], why[128];
                const char *name = strsep(&rest, "\t"), *hex = strsep(&rest, "\t");
                struct picture picture;
                (void)snprintf(path, sizeof(path), "%s%s", DATA_SET, name);
                assert_int_equal(picture_read(path, &picture, why, sizeof(why)), 0);
                struct frame frame = { .luma = picture.luma,
                                       .width_px = picture.width_px,
                                       .height_px = picture.height_px,
                                       .stride = picture.width_px,
                                       .step = 1 };
                struct found found;
                assert_false(scan(decoder, &frame, &found).is_refused);
                for (int i = 0; i < found.count; i++)
                        assert_true(is_listed(&found.payloads[i], hex));
                read += found.count > 0;
                picture_deinit(&picture);
        }
        assert_true(read >= 280); /* 289 with zbar 0.23.92 */
        free(line);
        (void)fclose(manifest);
        decoder_free(decoder);
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
                cmocka_unit_test(an_empty_frame_gives_nothing),
                cmocka_unit_test(an_inverted_code_is_never_read_as_another),
                cmocka_unit_test(a_hostile_frame_is_refused_at_one_candidate_too_many),
                cmocka_unit_test(without_a_limit_no_frame_is_refused),
                cmocka_unit_test(impossible_frames_are_refused),
                cmocka_unit_test(a_negative_limit_makes_no_decoder),
                cmocka_unit_test(memory_stays_flat_over_two_thousand_frames),
                cmocka_unit_test(photos_give_their_codes_and_none_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

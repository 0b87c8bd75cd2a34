/* Decoder: frames made to cost it dear, thousands of frames, and the pictures of the data set. */
#include "tests/contract/decoder_scene.h"

#include "controller/decode/finder.h"
#include "drivers/camera/picture.h"
#include <malloc.h>

#define DATA_SET "../shared/data/qr/"

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
        assert_true(most < settled + 262144);
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
                cmocka_unit_test(a_hostile_frame_is_refused_at_one_candidate_too_many),
                cmocka_unit_test(without_a_limit_no_frame_is_refused),
                cmocka_unit_test(memory_stays_flat_over_two_thousand_frames),
                cmocka_unit_test(photos_give_their_codes_and_none_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

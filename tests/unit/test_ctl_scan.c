/* Scan: picture files through a decoder and a reader of pictures that this test stands in for. */
#include "tests/unit/test_ctl_daemon.h"

#include "controller/ports/decoder.h"
#include "controller/settings.h"
#include "drivers/camera/picture.h"

/* A picture's only dot says what it shows: one of these characters. */
enum {
        DOT_NOTHING = '0',
        DOT_TEXT = '1',
        DOT_TWO = '2',
        DOT_BYTES = 'b',
        DOT_HIDDEN = 'x', /* read in a way that is tried when all are */
        DOT_HOSTILE = 'h'
};

int picture_read(const char *path, struct picture *picture, char *why, size_t why_len)
{
        *picture = PICTURE_NONE;
        if (strncmp(path, "show-", 5) != 0) {
                snprintf(why, why_len, "not a picture");
                return -EINVAL;
        }
        *picture = (struct picture){ .luma = malloc(1), .width_px = 1, .height_px = 1 };
        assert_non_null(picture->luma);
        picture->luma[0] = (uint8_t)path[5];
        return 0;
}

void picture_deinit(struct picture *picture)
{
        free(picture->luma);
        *picture = PICTURE_NONE;
}

struct decoder {
        int candidates_max;
        enum decoder_mode mode;
};

int decoder_new(const struct decoder_settings *settings, struct decoder **decoder)
{
        *decoder = malloc(sizeof(**decoder));
        assert_non_null(*decoder);
        (*decoder)->candidates_max = settings->candidates_max;
        (*decoder)->mode = settings->mode;
        return 0;
}

struct decoder *decoder_free(struct decoder *decoder)
{
        free(decoder);
        return NULL;
}

static void report_code(decoder_found_fn *found, void *context, const char *bytes, size_t len)
{
        static struct payload payload;
        memcpy(payload.bytes, bytes, len);
        payload.len = len;
        payload.stage = "plain";
        found(context, &payload);
}

int decoder_scan(struct decoder *decoder, const struct frame *frame, decoder_found_fn *found,
                 void *context, struct decoder_report *report)
{
        /* No configuration: the table's own default. */
        static struct settings defaults;
        option_defaults(&settings_table, &defaults);
        assert_int_equal(decoder->candidates_max, defaults.decode.candidates_max);
        assert_int_equal(frame->stride, frame->width_px);
        *report = (struct decoder_report){ .cpu_us = 1500 };
        if (frame->luma[0] == DOT_TEXT || frame->luma[0] == DOT_TWO)
                report_code(found, context, "Nguyễn\x1b", 9);
        if (frame->luma[0] == DOT_HIDDEN && decoder->mode == DECODER_THOROUGH)
                report_code(found, context, "hidden", 6);
        if (frame->luma[0] == DOT_TWO)
                report_code(found, context, "two", 3);
        if (frame->luma[0] == DOT_BYTES)
                report_code(found, context, "\xff\x00", 2);
        report->is_refused = frame->luma[0] == DOT_HOSTILE;
        return 0;
}

static void codes_are_printed_with_their_files(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_scan, "show-1.png", "show-2.png", "show-b.png");
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out, "show-1.png: Nguyễn\\x1b\n"
                                     "show-2.png: Nguyễn\\x1b\n"
                                     "show-2.png: two\n"
                                     "show-b.png: bytes that are not text, base64 /wA=\n");
        run_forget(&run);
}

static void json_has_a_line_a_code(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_scan, "--json", "show-2.png", "show-b.png",
                                  "show-0.png", "show-h.png");
        assert_int_equal(run.code, CTL_NO);
        assert_string_equal(
                run.out,
                "{\"file\":\"show-2.png\",\"payload_b64\":\"Tmd1eeG7hW4b\","
                "\"text\":\"Nguyễn\\u001B\",\"cpu_ms\":1.5,\"stage\":\"plain\"}\n"
                "{\"file\":\"show-2.png\",\"payload_b64\":\"dHdv\",\"text\":\"two\","
                "\"cpu_ms\":1.5,\"stage\":\"plain\"}\n"
                "{\"file\":\"show-b.png\",\"payload_b64\":\"/wA=\",\"cpu_ms\":1.5,"
                "\"stage\":\"plain\"}\n"
                "{\"file\":\"show-0.png\",\"payload_b64\":null,\"cpu_ms\":1.5}\n"
                "{\"file\":\"show-h.png\",\"payload_b64\":null,\"cpu_ms\":1.5,\"refused\":true}\n");
        run_forget(&run);
}

static void all_ways_are_tried_when_asked_for(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_scan, "show-x.png");
        assert_string_equal(run.out, "show-x.png: no code\n");
        run_forget(&run);
        run = run_verb(NULL, verb_scan, "--thorough", "show-x.png");
        assert_string_equal(run.out, "show-x.png: hidden\n");
        run_forget(&run);
}

static void a_picture_without_a_code_is_no(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_scan, "show-1.png", "show-0.png", "show-h.png");
        assert_int_equal(run.code, CTL_NO);
        expect_text(run.out, "show-0.png: no code\n");
        expect_text(run.out, "show-h.png: refused as hostile");
        run_forget(&run);
}

static void a_file_that_is_no_picture_is_said_and_the_others_are_read(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_scan, "--json", "letter.txt", "show-0.png");
        assert_int_equal(run.code, CTL_CANNOT);
        assert_string_equal(run.err, "letter.txt: not a picture\n");
        expect_text(run.out, "{\"file\":\"show-0.png\",");
        run_forget(&run);
}

static void scanning_nothing_is_wrong_use(void **state)
{
        (void)state;
        struct run run = run_bare(NULL, verb_scan);
        assert_int_equal(run.code, CTL_CANNOT);
        run_forget(&run);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(codes_are_printed_with_their_files),
                cmocka_unit_test(json_has_a_line_a_code),
                cmocka_unit_test(all_ways_are_tried_when_asked_for),
                cmocka_unit_test(a_picture_without_a_code_is_no),
                cmocka_unit_test(a_file_that_is_no_picture_is_said_and_the_others_are_read),
                cmocka_unit_test(scanning_nothing_is_wrong_use),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

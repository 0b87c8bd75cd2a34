/* V4L2 formats: which one is chosen, and where its luma is. No device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/camera/v4l2_format.h"
#include <errno.h>
#include <string.h>

static struct v4l2_pix_format picture(uint32_t fourcc, uint32_t width, uint32_t height,
                                      uint32_t stride)
{
        return (struct v4l2_pix_format){
                .pixelformat = fourcc, .width = width, .height = height, .bytesperline = stride
        };
}

static void the_format_with_the_fewest_bytes_is_chosen(void **state)
{
        (void)state;
        const uint32_t offered[] = { V4L2_PIX_FMT_MJPEG,  V4L2_PIX_FMT_UYVY, V4L2_PIX_FMT_YUYV,
                                     V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_GREY };
        for (size_t count = ARRAY_LEN(offered); count > 1; count--)
                assert_int_equal(v4l2_format_choose(offered, count), offered[count - 1]);
        assert_int_equal(v4l2_format_choose(offered, 1), 0);
        assert_int_equal(v4l2_format_choose(offered, 0), 0);
}

static void what_can_be_chosen_can_be_read_in_place(void **state)
{
        (void)state;
        assert_true(v4l2_format_is_direct(V4L2_PIX_FMT_GREY));
        assert_true(v4l2_format_is_direct(V4L2_PIX_FMT_UYVY));
        assert_false(v4l2_format_is_direct(V4L2_PIX_FMT_MJPEG));
        assert_false(v4l2_format_is_direct(V4L2_PIX_FMT_SBGGR8));
        assert_false(v4l2_format_is_direct(0));
}

static void a_format_is_auto_or_up_to_four_characters(void **state)
{
        (void)state;
        uint32_t fourcc = 1;
        assert_int_equal(v4l2_format_parse("auto", &fourcc), 0);
        assert_int_equal(fourcc, 0);
        assert_int_equal(v4l2_format_parse("NV12", &fourcc), 0);
        assert_int_equal(fourcc, V4L2_PIX_FMT_NV12);
        assert_int_equal(v4l2_format_parse("Y16", &fourcc), 0);
        assert_int_equal(fourcc, V4L2_PIX_FMT_Y16);
        assert_int_equal(v4l2_format_parse("", &fourcc), -EINVAL);
        assert_int_equal(v4l2_format_parse("yuv420", &fourcc), -EINVAL);
}

static void a_format_has_a_name_that_can_be_printed(void **state)
{
        (void)state;
        char name[5];
        v4l2_format_name(V4L2_PIX_FMT_Y16, name);
        assert_string_equal(name, "Y16 ");
        v4l2_format_name(v4l2_fourcc('N', '\n', 0xff, '1'), name);
        assert_string_equal(name, "N??1");
}

static void luma_lies_where_the_format_puts_it(void **state)
{
        (void)state;
        const struct {
                uint32_t fourcc, given_stride;
                int stride, step;
                size_t offset, needed;
        } cases[] = {
                { V4L2_PIX_FMT_GREY, 6, 6, 1, 0, 24 },
                { V4L2_PIX_FMT_GREY, 8, 8, 1, 0, 30 }, /* the last row needs no padding */
                { V4L2_PIX_FMT_NV12, 6, 6, 1, 0, 24 },
                { V4L2_PIX_FMT_YUV420, 64, 64, 1, 0, 198 },
                { V4L2_PIX_FMT_YUYV, 12, 12, 2, 0, 47 },
                { V4L2_PIX_FMT_UYVY, 12, 12, 2, 1, 48 },
                { V4L2_PIX_FMT_UYVY, 16, 16, 2, 1, 60 },
                { V4L2_PIX_FMT_GREY, 0, 6, 1, 0, 24 }, /* a driver that does not say */
                { V4L2_PIX_FMT_YUYV, 0, 12, 2, 0, 47 },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct v4l2_luma luma;
                struct v4l2_pix_format format =
                        picture(cases[i].fourcc, 6, 4, cases[i].given_stride);
                assert_int_equal(v4l2_format_luma(&format, &luma), 0);
                assert_int_equal(luma.width_px, 6);
                assert_int_equal(luma.height_px, 4);
                assert_int_equal(luma.stride, cases[i].stride);
                assert_int_equal(luma.step, cases[i].step);
                assert_int_equal(luma.offset, cases[i].offset);
                assert_int_equal(luma.needed, cases[i].needed);
        }
}

static void sizes_that_contradict_each_other_are_refused(void **state)
{
        (void)state;
        const struct v4l2_pix_format formats[] = {
                picture(V4L2_PIX_FMT_GREY, 640, 480, 639),
                picture(V4L2_PIX_FMT_YUYV, 640, 480, 640),
                picture(V4L2_PIX_FMT_UYVY, 640, 480, 1279),
                picture(V4L2_PIX_FMT_GREY, 0, 480, 640),
                picture(V4L2_PIX_FMT_GREY, 640, 0, 640),
                picture(V4L2_PIX_FMT_GREY, 1U << 31, 480, 0),
                picture(V4L2_PIX_FMT_GREY, 640, UINT32_MAX, 640),
                picture(V4L2_PIX_FMT_GREY, 640, 480, UINT32_MAX),
                picture(V4L2_PIX_FMT_MJPEG, 640, 480, 0),
        };
        struct v4l2_luma luma;
        for (size_t i = 0; i < ARRAY_LEN(formats); i++)
                assert_int_equal(v4l2_format_luma(&formats[i], &luma), -EINVAL);
}

static void a_buffer_is_lent_only_if_all_its_luma_is_there(void **state)
{
        (void)state;
        const uint32_t fourccs[] = { V4L2_PIX_FMT_GREY, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUYV,
                                     V4L2_PIX_FMT_UYVY };
        for (size_t i = 0; i < ARRAY_LEN(fourccs); i++) {
                struct v4l2_luma luma;
                struct frame frame;
                struct v4l2_pix_format format = picture(fourccs[i], 6, 4, 16);
                assert_int_equal(v4l2_format_luma(&format, &luma), 0);
                uint8_t *data = malloc(luma.needed); /* to the byte: a sanitizer watches */
                assert_non_null(data);
                memset(data, 7, luma.needed);
                assert_false(v4l2_format_lend(&luma, data, 0, &frame));
                assert_false(v4l2_format_lend(&luma, data, luma.needed - 1, &frame));
                assert_true(v4l2_format_lend(&luma, data, luma.needed, &frame));
                assert_ptr_equal(frame.luma, data + luma.offset);
                assert_int_equal(frame.luma[3 * frame.stride + 5 * frame.step], 7);
                free(data);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_format_with_the_fewest_bytes_is_chosen),
                cmocka_unit_test(what_can_be_chosen_can_be_read_in_place),
                cmocka_unit_test(a_format_is_auto_or_up_to_four_characters),
                cmocka_unit_test(a_format_has_a_name_that_can_be_printed),
                cmocka_unit_test(luma_lies_where_the_format_puts_it),
                cmocka_unit_test(sizes_that_contradict_each_other_are_refused),
                cmocka_unit_test(a_buffer_is_lent_only_if_all_its_luma_is_there),
        };
        return cmocka_run_group_tests_name("camera_v4l2_format", tests, NULL, NULL);
}

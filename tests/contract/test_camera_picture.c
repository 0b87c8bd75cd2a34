/* Picture files: what reads as grey, and what is refused with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/camera/picture.h"
#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        WHY_MAX = 160
};

static char folder[] = "/tmp/camera-picture-XXXXXX";
static char path[sizeof(folder) + 16];

static int make_folder(void **state)
{
        (void)state;
        if (!mkdtemp(folder))
                return -1;
        (void)snprintf(path, sizeof(path), "%s/picture", folder);
        return 0;
}

static int remove_folder(void **state)
{
        (void)state;
        return rmdir(folder);
}

static int remove_picture(void **state)
{
        (void)state;
        return unlink(path);
}

static void write_bytes(const void *bytes, size_t len)
{
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        assert_int_equal(fclose(file), 0);
}

static void write_png(png_uint_32 format, int width_px, int height_px, const void *pixels)
{
        png_image image = { .version = PNG_IMAGE_VERSION };
        image.width = (png_uint_32)width_px;
        image.height = (png_uint_32)height_px;
        image.format = format;
        assert_true(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
}

static void assert_reads(int width_px, int height_px, const char *luma)
{
        char why[WHY_MAX] = "";
        struct picture picture;
        int r = picture_read(path, &picture, why, sizeof(why));
        if (r < 0)
                fail_msg("%d: %s", r, why);
        assert_int_equal(picture.width_px, width_px);
        assert_int_equal(picture.height_px, height_px);
        assert_memory_equal(picture.luma, luma, (size_t)width_px * (size_t)height_px);
        picture_deinit(&picture);
        assert_null(picture.luma);
}

static void assert_refuses(int error, const char *because)
{
        char why[WHY_MAX] = "";
        struct picture picture;
        assert_int_equal(picture_read(path, &picture, why, sizeof(why)), error);
        assert_null(picture.luma);
        if (!strstr(why, because))
                fail_msg("\"%s\" does not say \"%s\"", why, because);
}

#define WRITE(text) write_bytes(text, sizeof(text) - 1)

static void reads_binary_pgm(void **state)
{
        (void)state;
        WRITE("P5 3 2 255\n\x00\x01\x7f\x80\xfe\xff");
        assert_reads(3, 2, "\x00\x01\x7f\x80\xfe\xff");
}

static void takes_only_one_blank_after_the_header(void **state)
{
        (void)state;
        WRITE("P5\n2 1\n255\n\n ");
        assert_reads(2, 1, "\n ");
}

static void reads_comments_and_any_white_space(void **state)
{
        (void)state;
        WRITE("P5#a\n# b # c\n\t2\r\n#\n 1 # 9 9\n255\nAB");
        assert_reads(2, 1, "AB");
}

static void reads_pgm_of_two_bytes_a_sample(void **state)
{
        (void)state;
        WRITE("P5 3 1 65535\n\x00\x00\x80\x00\xff\xff");
        assert_reads(3, 1, "\x00\x80\xff");
        WRITE("P5 2 1 256\n\x01\x00\x00\x80");
        assert_reads(2, 1, "\xff\x80");
}

static void stretches_other_whites_to_255(void **state)
{
        (void)state;
        WRITE("P5 4 1 15\n\x00\x05\x0a\x0f");
        assert_reads(4, 1, "\x00\x55\xaa\xff");
        WRITE("P2 2 1 1\n0 1");
        assert_reads(2, 1, "\x00\xff");
}

static void reads_plain_pgm(void **state)
{
        (void)state;
        WRITE("P2\n# by hand\n3 2\n255\n0 10 20 # a comment\n\n30\n40 0255");
        assert_reads(3, 2, "\x00\x0a\x14\x1e\x28\xff");
}

static void reads_grey_png(void **state)
{
        (void)state;
        const uint8_t pixels[] = { 0, 64, 128, 255 };
        write_png(PNG_FORMAT_GRAY, 2, 2, pixels);
        assert_reads(2, 2, "\x00\x40\x80\xff");
}

static void colours_become_grey(void **state)
{
        (void)state;
        const uint8_t pixels[] = { 0, 0, 0, 255, 255, 255, 77, 77, 77 };
        write_png(PNG_FORMAT_RGB, 3, 1, pixels);
        assert_reads(3, 1, "\x00\xff\x4d");
}

static void what_is_transparent_is_white(void **state)
{
        (void)state;
        const uint8_t pixels[] = { 0, 0, 0, 0, 0, 0, 0, 255 }; /* both black; the first unseen */
        write_png(PNG_FORMAT_RGBA, 2, 1, pixels);
        assert_reads(2, 1, "\xff\x00");
}

static void refuses_what_is_cut_short(void **state)
{
        (void)state;
        WRITE("P5 3 2 255\n\x01\x02\x03\x04\x05");
        assert_refuses(-EINVAL, "ends early");
        WRITE("P5 1 2 65535\n\x01\x02\x03");
        assert_refuses(-EINVAL, "ends early");
        WRITE("P2 2 2 255\n1 2 3 ");
        assert_refuses(-EINVAL, "ends early");
        WRITE("P5 3 2");
        assert_refuses(-EINVAL, "header");
        WRITE("P");
        assert_refuses(-EINVAL, "empty");
        WRITE("");
        assert_refuses(-EINVAL, "empty");

        uint8_t pixels[64 * 64];
        for (size_t i = 0; i < sizeof(pixels); i++)
                pixels[i] = (uint8_t)(i * i / 7);
        write_png(PNG_FORMAT_GRAY, 64, 64, pixels);
        struct stat status;
        assert_int_equal(stat(path, &status), 0);
        for (off_t len = status.st_size / 2; len > 8; len /= 2) {
                assert_int_equal(truncate(path, len), 0);
                assert_refuses(-EINVAL, "");
        }
}

static void refuses_what_is_no_picture(void **state)
{
        (void)state;
        WRITE("GIF89a");
        assert_refuses(-EINVAL, "neither PNG nor PGM");
        WRITE("P6 1 1 255\nabc");
        assert_refuses(-EINVAL, "neither PNG nor PGM");
        WRITE("\x89PNG\r\n\x1a\nnot so");
        assert_refuses(-EINVAL, "");
        WRITE("P5 -3 2 255\n");
        assert_refuses(-EINVAL, "header");
        WRITE("P5 0 2 255\n");
        assert_refuses(-EINVAL, "no pixels");
        WRITE("P5 1 1 0\na");
        assert_refuses(-EINVAL, "header");
        WRITE("P5 1 1 65536\na");
        assert_refuses(-EINVAL, "header");
        WRITE("P5 1 1 254\n\xff");
        assert_refuses(-EINVAL, "brighter");
        WRITE("P2 1 1 9\n99999999999999999999999999");
        assert_refuses(-EINVAL, "brighter");
}

static void refuses_what_is_too_large_and_names_the_limit(void **state)
{
        (void)state;
        WRITE("P5 4097 1 255\n");
        assert_refuses(-EFBIG, "4097x1 is larger than 4096x4096");
        WRITE("P5 1 4097 255\n");
        assert_refuses(-EFBIG, "4096x4096");
        WRITE("P5 99999999999999999999 99999999999999999999 255\n");
        assert_refuses(-EFBIG, "4096x4096");
        /* A header for 100000x100000 pixels; the CRC is right, there is no data. */
        WRITE("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\x01\x86\xa0\0\x01\x86\xa0\x08\0\0\0\0\x8d\x39\x54"
              "\x14"
              "\0\0\0\0IDAT\x35\xaf\x06\x1e");
        assert_refuses(-EFBIG, "100000x100000 is larger than 4096x4096");
}

static void refuses_what_cannot_be_opened_or_is_no_file(void **state)
{
        (void)state;
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_refuses(-EINVAL, "not a file"); /* and does not wait for somebody to write to it */
        assert_int_equal(unlink(path), 0);
        assert_refuses(-ENOENT, "No such file");
        assert_int_equal(mkdir(path, 0700), 0);
        assert_refuses(-EINVAL, "not a file");
        assert_int_equal(rmdir(path), 0);
        WRITE("left for the tear-down");
}

#define TEST(test) cmocka_unit_test_teardown(test, remove_picture)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(reads_binary_pgm),
                TEST(takes_only_one_blank_after_the_header),
                TEST(reads_comments_and_any_white_space),
                TEST(reads_pgm_of_two_bytes_a_sample),
                TEST(stretches_other_whites_to_255),
                TEST(reads_plain_pgm),
                TEST(reads_grey_png),
                TEST(colours_become_grey),
                TEST(what_is_transparent_is_white),
                TEST(refuses_what_is_cut_short),
                TEST(refuses_what_is_no_picture),
                TEST(refuses_what_is_too_large_and_names_the_limit),
                TEST(refuses_what_cannot_be_opened_or_is_no_file),
        };
        return cmocka_run_group_tests_name("camera_picture", tests, make_folder, remove_folder);
}

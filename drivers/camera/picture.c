#include "drivers/camera/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        SIZE_CAP = 1000000 /* a side read from a PGM; far above what allocate() takes */
};

/* Where the reason of a failure goes. */
struct why {
        char *text;
        size_t len;
};

PRINTF_LIKE(3, 4) static int fail(const struct why *why, int error, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        vsnprintf(why->text, why->len, format, args);
        va_end(args);
        return error;
}

/* Checks the size and takes the memory. */
static int allocate(struct picture *picture, uint64_t width, uint64_t height, const struct why *why)
{
        if (width == 0 || height == 0)
                return fail(why, -EINVAL, "it has no pixels");
        if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
                return fail(why, -EFBIG, "%llux%llu is larger than %dx%d",
                            (unsigned long long)width, (unsigned long long)height, PICTURE_SIDE_MAX,
                            PICTURE_SIDE_MAX);
        picture->luma = malloc((size_t)(width * height));
        if (!picture->luma)
                return fail(why, -ENOMEM, "no memory for %llux%llu", (unsigned long long)width,
                            (unsigned long long)height);
        picture->width_px = (int)width;
        picture->height_px = (int)height;
        return 0;
}

static int read_png(FILE *file, struct picture *picture, const struct why *why)
{
        int r;
        png_image image = { .version = PNG_IMAGE_VERSION };
        if (!png_image_begin_read_from_stdio(&image, file)) {
                r = fail(why, -EINVAL, "%s", image.message);
                goto out;
        }
        r = allocate(picture, image.width, image.height, why);
        if (r < 0)
                goto out;
        image.format = PNG_FORMAT_GRAY;
        /* Without a gamma of their own, 16-bit files would be taken for linear light. */
        image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
        /* Codes with a transparent background are meant to be printed: on white. */
        const png_color white = { .red = 255, .green = 255, .blue = 255 };
        if (!png_image_finish_read(&image, &white, picture->luma, 0, NULL))
                r = fail(why, -EINVAL, "%s", image.message);
out:
        png_image_free(&image);
        return r;
}

/* The first character that is neither white space nor in a comment, or EOF. */
static int skip_blanks(FILE *file)
{
        bool is_comment = false;
        int c;
        do {
                c = getc_unlocked(file);
                if (c == '#')
                        is_comment = true;
                else if (c == '\n')
                        is_comment = false;
        } while (c != EOF && (is_comment || c == ' ' || (c >= '\t' && c <= '\r')));
        return c;
}

/*
 * The next decimal number of a PGM. The one character after it is taken too: in P5 it is what parts
 * the header from the samples. Values above `max` become max + 1. -1: there is none.
 */
static long read_number(FILE *file, long max)
{
        int c = skip_blanks(file);
        if (c < '0' || c > '9')
                return -1;
        long value = 0;
        for (; c >= '0' && c <= '9'; c = getc_unlocked(file))
                value = value > max ? value : value * 10 + (c - '0');
        return value > max ? max + 1 : value;
}

/* One sample, -1 at the end of the file. */
static long read_sample(FILE *file, bool is_plain, long white)
{
        if (is_plain)
                return read_number(file, white);
        int high = white > 255 ? getc_unlocked(file) : 0;
        int low = getc_unlocked(file);
        return high == EOF || low == EOF ? -1 : (long)high * 256 + low;
}

/* What follows the "P2" (plain: numbers as text) or "P5". */
static int read_pgm(FILE *file, bool is_plain, struct picture *picture, const struct why *why)
{
        long width = read_number(file, SIZE_CAP);
        long height = read_number(file, SIZE_CAP);
        long white = read_number(file, UINT16_MAX);
        if (width < 0 || height < 0 || white < 1 || white > UINT16_MAX)
                return fail(why, -EINVAL, "its header is damaged");
        int r = allocate(picture, (uint64_t)width, (uint64_t)height, why);
        if (r < 0)
                return r;
        size_t count = (size_t)width * (size_t)height;
        for (size_t i = 0; i < count; i++) {
                long sample = read_sample(file, is_plain, white);
                if (sample < 0)
                        return fail(why, -EINVAL, "it ends early");
                if (sample > white)
                        return fail(why, -EINVAL, "a sample is brighter than its white");
                picture->luma[i] = (uint8_t)((sample * 255 + white / 2) / white);
        }
        return 0;
}

/* By its first bytes, whatever the name says. */
static int read_any(FILE *file, struct picture *picture, const struct why *why)
{
        char magic[2];
        if (fread(magic, 1, sizeof(magic), file) != sizeof(magic))
                return fail(why, -EINVAL, "it is empty");
        if (memcmp(magic, "P5", 2) == 0 || memcmp(magic, "P2", 2) == 0)
                return read_pgm(file, magic[1] == '2', picture, why);
        rewind(file);
        if (memcmp(magic, "\x89P", 2) == 0)
                return read_png(file, picture, why);
        return fail(why, -EINVAL, "it is neither PNG nor PGM");
}

int picture_read(const char *path, struct picture *picture, char *why_text, size_t why_len)
{
        const struct why why = { why_text, why_len };
        int r;
        FILE *file = NULL;
        struct stat status;
        *picture = PICTURE_NONE;
        /* Non-blocking: a FIFO in the folder must not stop us. */
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &status) < 0) {
                r = fail(&why, -errno, "%s", strerrordesc_np(errno));
                goto out;
        }
        if (!S_ISREG(status.st_mode)) {
                r = fail(&why, -EINVAL, "it is not a file");
                goto out;
        }
        file = fdopen(fd, "rb");
        if (!file) {
                r = fail(&why, -ENOMEM, "no memory");
                goto out;
        }
        fd = -1;
        r = read_any(file, picture, &why);
        /* A disk that fails looks like an early end. */
        if (r < 0 && ferror(file))
                r = fail(&why, -EIO, "the disk cannot read it");
out:
        if (r < 0)
                picture_deinit(picture);
        if (file)
                fclose(file);
        if (fd >= 0)
                close(fd);
        return r;
}

void picture_deinit(struct picture *picture)
{
        free(picture->luma);
        *picture = PICTURE_NONE;
}

#include "common/paper/picture.h"

#include <cairo.h>
#include <errno.h>

enum {
        LIGHT = 0xff,
        DARK = 0x00
};

static cairo_status_t write_bytes(void *out, const unsigned char *bytes, unsigned int len)
{
        return fwrite(bytes, 1, len, out) == len ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* Light outside the code: the quiet zone. */
static bool is_dark(const struct paper_code *code, int x, int y)
{
        x -= PAPER_QUIET_ZONE;
        y -= PAPER_QUIET_ZONE;
        return x >= 0 && y >= 0 && x < code->side && y < code->side &&
               paper_code_is_dark(code, x, y);
}

int picture_png(const struct paper_code *code, int module_px, FILE *out)
{
        if (module_px < 1 || module_px > PICTURE_MODULE_PX_MAX)
                return -EINVAL;
        int side_px = (code->side + 2 * PAPER_QUIET_ZONE) * module_px;
        cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, side_px, side_px);
        unsigned char *pixels = cairo_image_surface_get_data(surface);
        int stride = cairo_image_surface_get_stride(surface);
        int error = pixels ? 0 : -ENOMEM;
        for (int y = 0; !error && y < side_px; y++)
                for (int x = 0; x < side_px; x++) {
                        uint32_t level = is_dark(code, x / module_px, y / module_px) ? DARK : LIGHT;
                        ((uint32_t *)(void *)(pixels + (size_t)y * (size_t)stride))[x] =
                                level * 0x010101u;
                }
        cairo_surface_mark_dirty(surface);
        if (!error &&
            cairo_surface_write_to_png_stream(surface, write_bytes, out) != CAIRO_STATUS_SUCCESS)
                error = -EIO;
        cairo_surface_destroy(surface);
        return error;
}

int picture_svg(const struct paper_code *code, double side_mm, FILE *out)
{
        int side = code->side + 2 * PAPER_QUIET_ZONE;
        fprintf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.2fmm\" height=\"%.2fmm\" "
                "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">\n"
                "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<path d=\"",
                side_mm, side_mm, side, side, side, side);
        for (int y = 0; y < side; y++)
                for (int x = 0; x < side; x++) {
                        int begin = x;
                        while (is_dark(code, x, y))
                                x++;
                        if (x > begin)
                                fprintf(out, "M%d %dh%dv1h-%dz", begin, y, x - begin, x - begin);
                }
        fputs("\"/>\n</svg>\n", out);
        return ferror(out) ? -EIO : 0;
}

int picture_text(const struct paper_code *code, bool has_colour, FILE *out)
{
        /* By what is light above and below; blocks are drawn in the text's colour. */
        static const char *const blocks[2][2] = { { " ", "▄" }, { "▀", "█" } };
        int side = code->side + 2 * PAPER_QUIET_ZONE;
        for (int y = 0; y < side; y += 2) {
                if (has_colour)
                        fputs("\033[97;40m", out);
                for (int x = 0; x < side; x++) {
                        bool is_below_light = y + 1 < side && !is_dark(code, x, y + 1);
                        fputs(blocks[!is_dark(code, x, y)][is_below_light], out);
                }
                fputs(has_colour ? "\033[0m\n" : "\n", out);
        }
        return ferror(out) ? -EIO : 0;
}

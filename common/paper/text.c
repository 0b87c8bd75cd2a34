#include "common/paper/text.h"

#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <string.h>
#include <utf8proc.h>

enum {
        TEXT_MAX_BYTES = 512 /* of one entry: more does not fit on a card */
};

/* Keeps what can be printed: no control or format characters, no private or unassigned ones. */
static size_t clean(const char *text, char out[TEXT_MAX_BYTES + 1])
{
        const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
        utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text);
        size_t len = 0;
        while (left > 0) {
                utf8proc_int32_t point = 0;
                utf8proc_ssize_t used = utf8proc_iterate(at, left, &point);
                if (used < 0) {
                        at++;
                        left--;
                        continue;
                }
                utf8proc_category_t kind = utf8proc_category(point);
                bool is_text = kind != UTF8PROC_CATEGORY_CN && kind < UTF8PROC_CATEGORY_ZL;
                if (len + (size_t)used > TEXT_MAX_BYTES)
                        break;
                if (is_text) {
                        memcpy(out + len, at, (size_t)used);
                        len += (size_t)used;
                }
                at += used;
                left -= used;
        }
        out[len] = '\0';
        return len;
}

static PangoLayout *lay_out(cairo_t *cairo, const char *text, double width, double size_mm,
                            enum paper_style style)
{
        PangoLayout *layout = pango_cairo_create_layout(cairo);
        PangoFontDescription *font = pango_font_description_from_string("DejaVu Sans, Sans");
        pango_font_description_set_absolute_size(font, size_mm * PANGO_SCALE);
        if (style == PAPER_BOLD)
                pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
        pango_layout_set_font_description(layout, font);
        pango_font_description_free(font);
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
        pango_layout_set_height(layout, -2); /* lines */
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        pango_layout_set_text(layout, text, -1);
        return layout;
}

void paper_text(cairo_t *cairo, struct paper_box *box, const char *text, double size_mm,
                enum paper_style style)
{
        char line[TEXT_MAX_BYTES + 1];
        static const double between = 0.5;
        int height = 0;
        if (clean(text, line) == 0)
                return;
        PangoLayout *layout = lay_out(cairo, line, box->width, size_mm, style);
        pango_layout_get_size(layout, NULL, &height);
        double height_mm = (double)height / PANGO_SCALE;
        double grey = style == PAPER_FAINT ? 0.35 : 0;
        if (height_mm <= box->height) {
                cairo_set_source_rgb(cairo, grey, grey, grey);
                cairo_move_to(cairo, box->left, box->top);
                pango_cairo_show_layout(cairo, layout);
                box->top += height_mm + between;
                box->height -= height_mm + between;
        }
        g_object_unref(layout);
}

void paper_text_forget(void)
{
        pango_cairo_font_map_set_default(NULL);
        cairo_debug_reset_static_data();
        FcFini();
}

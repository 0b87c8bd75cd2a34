#include "common/paper/badge.h"

#include "common/paper/text.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <string.h>

/* Millimetres. */
static const double a4_width = 210, a4_height = 297;
static const double card_width = 85.6, card_height = 54;
static const double margin = 12, gap = 3, padding = 4, mark = 4;
static const double points_a_mm = 72 / 25.4;

static const char instruction_vi[] = "Đưa mã này trước camera";
static const char instruction_en[] = "Show this code to the camera";

void badge_mask(const char *name, char masked[BADGE_NAME_MAX])
{
        enum {
                STARS = 4
        };
        size_t len = strcspn(name, " ");
        bool has_more = name[len] != '\0';
        if (len > BADGE_NAME_MAX - STARS - 1)
                len = BADGE_NAME_MAX - STARS - 1;
        while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
                len--;
        memcpy(masked, name, len);
        strcpy(masked + len, has_more ? " ***" : "");
}

/* `side` is the code's own, without the quiet zone around it. */
static void draw_code(cairo_t *cairo, const struct paper_code *code, double left, double top,
                      double side)
{
        double module = side / code->side;
        cairo_set_source_rgb(cairo, 0, 0, 0);
        for (int y = 0; y < code->side; y++)
                for (int x = 0; x < code->side; x++) {
                        int begin = x;
                        while (x < code->side && paper_code_is_dark(code, x, y))
                                x++;
                        cairo_rectangle(cairo, left + begin * module, top + y * module,
                                        (x - begin) * module, module);
                }
        /* One fill for all: between two of them a hair of paper would show. */
        cairo_fill(cairo);
}

/* The words beside or below a code. */
static void draw_words(cairo_t *cairo, const struct badge *badge, bool is_masked,
                       const struct paper_box *box)
{
        char masked[BADGE_NAME_MAX];
        struct paper_box rest = *box;
        badge_mask(badge->name, masked);
        paper_text(cairo, &rest, is_masked ? masked : badge->name, 4.6, PAPER_BOLD);
        paper_text(cairo, &rest, badge->place, 3.4, PAPER_PLAIN);
        paper_text(cairo, &rest, badge->validity, 3.2, PAPER_PLAIN);
        paper_text(cairo, &rest, badge->number, 2.8, PAPER_FAINT);
        rest.top += 1.2;
        paper_text(cairo, &rest, instruction_vi, 3, PAPER_PLAIN);
        paper_text(cairo, &rest, instruction_en, 2.6, PAPER_FAINT);
}

static int draw_card(cairo_t *cairo, const struct badge *badge, const struct badge_options *options)
{
        struct paper_code code;
        double whole = BADGE_CARD_CODE_MM;
        int error = paper_code_init(&code, badge->code, badge->code_len, PAPER_LEVEL_M);
        if (error)
                return error;
        double quiet = (double)PAPER_QUIET_ZONE * paper_code_module_mm(&code, whole);
        draw_code(cairo, &code, card_width - whole - 1 + quiet, (card_height - whole) / 2 + quiet,
                  whole - 2 * quiet);
        const struct paper_box box = { padding, padding, card_width - whole - padding - 2,
                                       card_height - 2 * padding };
        draw_words(cairo, badge, options->is_name_masked, &box);
        paper_code_deinit(&code);
        return 0;
}

static void draw_cut_marks(cairo_t *cairo, double left, double top, double width, double height)
{
        cairo_set_line_width(cairo, 0.15);
        cairo_set_source_rgb(cairo, 0.55, 0.55, 0.55);
        for (int corner = 0; corner < 4; corner++) {
                double x = corner % 2 == 0 ? left : left + width;
                double y = corner / 2 == 0 ? top : top + height;
                cairo_move_to(cairo, x - mark / 2, y);
                cairo_line_to(cairo, x + mark / 2, y);
                cairo_move_to(cairo, x, y - mark / 2);
                cairo_line_to(cairo, x, y + mark / 2);
        }
        cairo_stroke(cairo);
}

/* How the passes stand on a sheet. */
struct grid {
        double code_side, quiet, cell_width, cell_height;
        size_t columns, rows;
};

static struct grid make_grid(const struct badge_options *options)
{
        /* Of a code of 45 modules, version 7: of a smaller one it may reach into the gap. */
        static const double quiet_share = (double)PAPER_QUIET_ZONE / 45;
        static const double words_height = 29, cell_width_min = 58;
        struct grid grid = { .code_side = options->code_mm > 0 ? options->code_mm : BADGE_CODE_MM };
        grid.quiet = grid.code_side * quiet_share;
        grid.cell_width = grid.code_side + 2 * grid.quiet;
        if (grid.cell_width < cell_width_min)
                grid.cell_width = cell_width_min;
        grid.cell_height = grid.code_side + 2 * grid.quiet + words_height;
        grid.columns = (size_t)((a4_width - 2 * margin + gap) / (grid.cell_width + gap));
        grid.rows = (size_t)((a4_height - 2 * margin + gap) / (grid.cell_height + gap));
        return grid;
}

static int draw_cell(cairo_t *cairo, const struct badge *badge, const struct badge_options *options,
                     const struct grid *grid, double left, double top)
{
        struct paper_code code;
        int error = paper_code_init(&code, badge->code, badge->code_len, PAPER_LEVEL_M);
        if (error)
                return error;
        draw_cut_marks(cairo, left, top, grid->cell_width, grid->cell_height);
        draw_code(cairo, &code, left + (grid->cell_width - grid->code_side) / 2, top + grid->quiet,
                  grid->code_side);
        const struct paper_box box = { left + padding, top + grid->code_side + 2 * grid->quiet,
                                       grid->cell_width - 2 * padding, 28 };
        draw_words(cairo, badge, options->is_name_masked, &box);
        paper_code_deinit(&code);
        return 0;
}

static int draw_sheets(cairo_t *cairo, const struct badge *badges, size_t count,
                       const struct badge_options *options, size_t *bad)
{
        const struct grid grid = make_grid(options);
        size_t a_page = grid.columns * grid.rows;
        for (size_t i = 0; i < count; i++) {
                size_t place = i % a_page, column = place % grid.columns,
                       row = place / grid.columns;
                int error = draw_cell(cairo, &badges[i], options, &grid,
                                      margin + (double)column * (grid.cell_width + gap),
                                      margin + (double)row * (grid.cell_height + gap));
                *bad = i;
                if (error)
                        return error;
                if (place == a_page - 1 || i == count - 1)
                        cairo_show_page(cairo);
        }
        return 0;
}

static int draw_cards(cairo_t *cairo, const struct badge *badges, size_t count,
                      const struct badge_options *options, size_t *bad)
{
        for (size_t i = 0; i < count; i++) {
                int error = draw_card(cairo, &badges[i], options);
                *bad = i;
                if (error)
                        return error;
                cairo_show_page(cairo);
        }
        return 0;
}

static cairo_status_t write_bytes(void *out, const unsigned char *bytes, unsigned int len)
{
        return fwrite(bytes, 1, len, out) == len ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

int badge_pdf(const struct badge *badges, size_t count, const struct badge_options *options,
              FILE *out, size_t *bad)
{
        bool is_card = options->layout == BADGE_CARD;
        *bad = 0;
        if (options->code_mm != 0 &&
            (options->code_mm < BADGE_CODE_MM_MIN || options->code_mm > BADGE_CODE_MM_MAX))
                return -EINVAL;
        cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
                write_bytes, out, (is_card ? card_width : a4_width) * points_a_mm,
                (is_card ? card_height : a4_height) * points_a_mm);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, "Stile passes");
        cairo_t *cairo = cairo_create(surface);
        cairo_scale(cairo, points_a_mm, points_a_mm);
        int error = is_card ? draw_cards(cairo, badges, count, options, bad)
                            : draw_sheets(cairo, badges, count, options, bad);
        cairo_destroy(cairo);
        cairo_surface_finish(surface);
        cairo_status_t status = cairo_surface_status(surface);
        cairo_surface_destroy(surface);
        if (error)
                return error;
        return status == CAIRO_STATUS_NO_MEMORY                 ? -ENOMEM
               : status == CAIRO_STATUS_SUCCESS && !ferror(out) ? 0
                                                                : -EIO;
}

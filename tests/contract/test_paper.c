/* Paper: a code is what it says as a picture, as a drawing, on a terminal; and names on badges. */
#include "tests/check.h"

#include "common/paper/badge.h"
#include "common/paper/picture.h"
#include "common/paper/text.h"

#include <errno.h>
#include <string.h>

enum {
        SIDE_MAX = 200
};

static struct paper_code code_of(const char *text)
{
        struct paper_code code;
        assert_int_equal(paper_code_init(&code, text, strlen(text), PAPER_LEVEL_M), 0);
        return code;
}

static struct paper_code code_of_length(size_t len, char filling)
{
        static char text[8000];
        memset(text, filling, len);
        text[len] = '\0';
        return code_of(text);
}

static void a_pass_fits_into_the_versions_that_were_promised(void **state)
{
        (void)state;
        struct paper_code code = code_of_length(214, 'A');
        assert_int_equal(code.version, 8);
        assert_int_equal(code.side, 49);
        assert_true(paper_code_module_mm(&code, 57) > 0.999 &&
                    paper_code_module_mm(&code, 57) < 1.001);
        paper_code_deinit(&code);
        code = code_of_length(402, 'A');
        assert_int_equal(code.version, 12);
        paper_code_deinit(&code);
        /* Small letters are no alphanumeric mode: bytes take more room. */
        code = code_of_length(214, 'a');
        assert_true(code.version > 8);
        paper_code_deinit(&code);
}

static void what_does_not_fit_is_said(void **state)
{
        (void)state;
        static char text[7100];
        struct paper_code code;
        memset(text, 'A', sizeof(text));
        assert_int_equal(paper_code_init(&code, text, 7090, PAPER_LEVEL_L), -E2BIG);
        assert_int_equal(paper_code_init(&code, text, 3392, PAPER_LEVEL_M), -E2BIG);
        assert_int_equal(paper_code_init(&code, text, 3391, PAPER_LEVEL_M), 0);
        assert_int_equal(code.version, 40);
        paper_code_deinit(&code);
        paper_code_deinit(&code);
        assert_int_equal(paper_code_init(&code, text, 0, PAPER_LEVEL_M), -EINVAL);
        assert_null(code.dark);
}

/* What an output drew, module by module with its quiet zone. */
struct drawn {
        bool dark[SIDE_MAX][SIDE_MAX];
        int side;
};

static void expect_drawn(const struct paper_code *code, const struct drawn *drawn)
{
        for (int y = 0; y < code->side + 2 * PAPER_QUIET_ZONE; y++)
                for (int x = 0; x < code->side + 2 * PAPER_QUIET_ZONE; x++) {
                        int inner_x = x - PAPER_QUIET_ZONE, inner_y = y - PAPER_QUIET_ZONE;
                        bool is_inside = inner_x >= 0 && inner_y >= 0 && inner_x < code->side &&
                                         inner_y < code->side;
                        assert_int_equal(drawn->dark[y][x],
                                         is_inside && paper_code_is_dark(code, inner_x, inner_y));
                }
}

/* The caller frees the text. */
static void written(int (*write)(const struct paper_code *code, FILE *out),
                    const struct paper_code *code, char **text)
{
        size_t len = 0;
        FILE *out = open_memstream(text, &len);
        assert_non_null(out);
        assert_int_equal(write(code, out), 0);
        assert_int_equal(fclose(out), 0);
}

static int write_svg(const struct paper_code *code, FILE *out)
{
        return picture_svg(code, 50, out);
}

static void the_path_of_a_drawing_is_the_code(void **state)
{
        (void)state;
        static struct drawn drawn;
        struct paper_code code = code_of("ST1:HELLO");
        char *svg = NULL;
        written(write_svg, &code, &svg);
        int x = 0, y = 0, width = 0, used = 0;
        memset(&drawn, 0, sizeof(drawn));
        assert_non_null(strstr(svg, "width=\"50.00mm\""));
        const char *at = strstr(svg, "<path d=\"");
        assert_non_null(at);
        at += strlen("<path d=\"");
        while (sscanf(at, "M%d %dh%dv1h-%*dz%n", &x, &y, &width, &used) == 3) {
                for (int i = 0; i < width; i++)
                        drawn.dark[y][x + i] = true;
                at += used;
        }
        assert_int_equal(*at, '"');
        expect_drawn(&code, &drawn);
        free(svg);
        paper_code_deinit(&code);
}

static int write_plain(const struct paper_code *code, FILE *out)
{
        return picture_text(code, false, out);
}

static int write_coloured(const struct paper_code *code, FILE *out)
{
        return picture_text(code, true, out);
}

static void the_blocks_of_a_terminal_are_the_code(void **state)
{
        (void)state;
        static struct drawn drawn;
        struct paper_code code = code_of("ST1:HELLO");
        char *text = NULL, *coloured = NULL;
        written(write_plain, &code, &text);
        written(write_coloured, &code, &coloured);
        int x = 0, y = 0;
        memset(&drawn, 0, sizeof(drawn));
        for (const char *at = text; *at != '\0';) {
                bool is_above = strncmp(at, "▀", 3) == 0, is_below = strncmp(at, "▄", 3) == 0;
                bool is_full = strncmp(at, "█", 3) == 0;
                if (*at == '\n') {
                        y += 2;
                        x = 0;
                        at++;
                        continue;
                }
                drawn.dark[y][x] = !is_above && !is_full;
                drawn.dark[y + 1][x++] = !is_below && !is_full;
                at += is_above || is_below || is_full ? 3 : 1;
        }
        assert_true(y >= code.side + 2 * PAPER_QUIET_ZONE);
        expect_drawn(&code, &drawn);
        assert_true(strncmp(coloured, "\033[97;40m", 8) == 0);
        assert_non_null(strstr(coloured, "\033[0m\n"));
        free(text);
        free(coloured);
        paper_code_deinit(&code);
}

static void a_picture_of_impossible_size_is_refused(void **state)
{
        (void)state;
        struct paper_code code = code_of("A");
        FILE *out = tmpfile();
        assert_int_equal(picture_png(&code, 0, out), -EINVAL);
        assert_int_equal(picture_png(&code, PICTURE_MODULE_PX_MAX + 1, out), -EINVAL);
        fclose(out);
        paper_code_deinit(&code);
}

static void expect_masked(const char *name, const char *expected)
{
        char masked[BADGE_NAME_MAX];
        badge_mask(name, masked);
        assert_string_equal(masked, expected);
}

static void a_masked_name_keeps_its_first_word(void **state)
{
        (void)state;
        expect_masked("Nguyễn Văn An", "Nguyễn ***");
        expect_masked("An", "An");
        expect_masked("", "");
        char word[1000], masked[BADGE_NAME_MAX];
        for (size_t i = 0; i + 5 < sizeof(word); i += 3)
                memcpy(word + i, "ễ", 4);
        strcat(word, " x");
        badge_mask(word, masked);
        size_t len = strlen(masked);
        assert_true(len < BADGE_NAME_MAX && len % 3 == 4 % 3); /* whole characters and " ***" */
}

static int make_pdf(const struct badge *badge, size_t count, struct badge_options options,
                    size_t *bad, size_t *len)
{
        char *pdf = NULL;
        FILE *out = open_memstream(&pdf, len);
        assert_non_null(out);
        int error = badge_pdf(badge, count, &options, out, bad);
        fclose(out);
        if (!error)
                assert_memory_equal(pdf, "%PDF-", 5);
        free(pdf);
        return error;
}

static void hostile_names_make_a_good_page(void **state)
{
        (void)state;
        static char long_name[10001];
        memset(long_name, 'W', sizeof(long_name) - 1);
        const char *const names[] = { "",
                                      "\x01\x02\x1b[31m",
                                      "\xe2\x80\xae"
                                      "drowssap",
                                      "\xff\xfe\xc3",
                                      "\n\n\n",
                                      long_name };
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                const struct badge badge = { .code = "ST1:A",
                                             .code_len = 5,
                                             .name = names[i],
                                             .place = names[i],
                                             .validity = names[i],
                                             .number = names[i] };
                size_t bad = 9, len = 0;
                for (int layout = BADGE_SHEET; layout <= BADGE_CARD; layout++)
                        assert_int_equal(make_pdf(&badge, 1,
                                                  (struct badge_options){
                                                          .layout = (enum badge_layout)layout,
                                                          .is_name_masked = i % 2 },
                                                  &bad, &len),
                                         0);
        }
}

static void a_badge_that_cannot_be_made_is_named(void **state)
{
        (void)state;
        static char much[5000];
        memset(much, 'a', sizeof(much));
        const struct badge badges[] = {
                { "ST1:A", 5, "An", "", "", "" },
                { much, sizeof(much), "Binh", "", "", "" },
        };
        size_t bad = 9, len = 0;
        assert_int_equal(make_pdf(badges, 2, (struct badge_options){ .code_mm = 50 }, &bad, &len),
                         -E2BIG);
        assert_int_equal(bad, 1);
        assert_int_equal(make_pdf(badges, 1, (struct badge_options){ .code_mm = 19 }, &bad, &len),
                         -EINVAL);
        assert_int_equal(make_pdf(badges, 1, (struct badge_options){ .code_mm = 151 }, &bad, &len),
                         -EINVAL);
        assert_int_equal(make_pdf(badges, 1, (struct badge_options){ .code_mm = 150 }, &bad, &len),
                         0);
}

static int forget_fonts(void **state)
{
        (void)state;
        paper_text_forget();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_pass_fits_into_the_versions_that_were_promised),
                cmocka_unit_test(what_does_not_fit_is_said),
                cmocka_unit_test(the_path_of_a_drawing_is_the_code),
                cmocka_unit_test(the_blocks_of_a_terminal_are_the_code),
                cmocka_unit_test(a_picture_of_impossible_size_is_refused),
                cmocka_unit_test(a_masked_name_keeps_its_first_word),
                cmocka_unit_test(hostile_names_make_a_good_page),
                cmocka_unit_test(a_badge_that_cannot_be_made_is_named),
        };
        return cmocka_run_group_tests_name("paper", tests, NULL, forget_fonts);
}

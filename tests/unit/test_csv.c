/* CSV: every rule of RFC 4180, what breaks them, and the way back. */
#include "tests/check.h"

#include "common/csv.h"

#include <string.h>

/* A reader over text in memory. */
struct fixture {
        FILE *file;
        struct csv_reader reader;
        struct csv_record record;
};

static void open_bytes(struct fixture *fixture, const char *bytes, size_t len)
{
        fixture->file = tmpfile();
        assert_non_null(fixture->file);
        assert_int_equal(fwrite(bytes, 1, len, fixture->file), len);
        rewind(fixture->file);
        assert_int_equal(csv_reader_init(&fixture->reader, fixture->file), 0);
}

static void open_text(struct fixture *fixture, const char *text)
{
        open_bytes(fixture, text, strlen(text));
}

static void close_text(struct fixture *fixture)
{
        csv_reader_deinit(&fixture->reader);
        fclose(fixture->file);
}

/* The next record is good and holds these fields. */
static void expect(struct fixture *fixture, size_t row, size_t count, ...)
{
        va_list list;
        assert_int_equal(csv_read(&fixture->reader, &fixture->record), 1);
        assert_null(fixture->record.fault);
        assert_int_equal(fixture->record.row, row);
        assert_int_equal(fixture->record.fields, count);
        va_start(list, count);
        for (size_t i = 0; i < count; i++)
                assert_string_equal(fixture->record.field[i], va_arg(list, const char *));
        va_end(list);
}

static void expect_fault(struct fixture *fixture, size_t row, size_t field, const char *fault)
{
        assert_int_equal(csv_read(&fixture->reader, &fixture->record), 1);
        assert_non_null(fixture->record.fault);
        assert_non_null(strstr(fixture->record.fault, fault));
        assert_int_equal(fixture->record.row, row);
        assert_int_equal(fixture->record.fault_field, field);
}

static void expect_end(struct fixture *fixture)
{
        assert_int_equal(csv_read(&fixture->reader, &fixture->record), 0);
}

static void lines_end_in_crlf_or_lf_and_the_last_in_neither(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "aaa,bbb,ccc\r\nddd,eee,fff\nzzz,yyy,xxx");
        expect(&fixture, 1, 3, "aaa", "bbb", "ccc");
        expect(&fixture, 2, 3, "ddd", "eee", "fff");
        expect(&fixture, 3, 3, "zzz", "yyy", "xxx");
        expect_end(&fixture);
        close_text(&fixture);
}

static void quoted_fields_hold_commas_quotes_and_line_ends(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "\"aaa\",\"b \r\nbb\",\"c,c\"\r\n\"a\"\"b\",\"\"\"\",\"\"\r\n");
        expect(&fixture, 1, 3, "aaa", "b \r\nbb", "c,c");
        expect(&fixture, 2, 3, "a\"b", "\"", "");
        expect_end(&fixture);
        close_text(&fixture);
}

static void spaces_belong_to_the_field(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, " a , b \n");
        expect(&fixture, 1, 2, " a ", " b ");
        close_text(&fixture);
}

static void empty_fields_are_fields(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, ",\n,,\n\"\"\na,");
        expect(&fixture, 1, 2, "", "");
        expect(&fixture, 2, 3, "", "", "");
        expect(&fixture, 3, 1, "");
        expect(&fixture, 4, 2, "a", "");
        expect_end(&fixture);
        close_text(&fixture);
}

static void empty_lines_are_counted_but_are_no_records(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "\r\na\n\n\r\nb\n\n");
        expect(&fixture, 2, 1, "a");
        expect(&fixture, 5, 1, "b");
        expect_end(&fixture);
        expect_end(&fixture);
        close_text(&fixture);
}

static void an_empty_file_has_no_records(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "");
        expect_end(&fixture);
        close_text(&fixture);
}

static void a_byte_order_mark_is_skipped_before_quotes_too(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "\xef\xbb\xbfid,name\n");
        expect(&fixture, 1, 2, "id", "name");
        close_text(&fixture);
        open_text(&fixture, "\xef\xbb\xbf\"id\",name\nx\n");
        expect(&fixture, 1, 2, "id", "name");
        expect(&fixture, 2, 1, "x");
        close_text(&fixture);
        open_text(&fixture, "\xef\xbb\xbf");
        expect_end(&fixture);
        close_text(&fixture);
}

static void the_mark_is_text_anywhere_else(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "id\n\xef\xbb\xbf"
                            "an\n");
        expect(&fixture, 1, 1, "id");
        expect(&fixture, 2, 1,
               "\xef\xbb\xbf"
               "an");
        close_text(&fixture);
}

static void utf_8_passes_unchanged(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "an,Nguyễn Văn An\n");
        expect(&fixture, 1, 2, "an", "Nguyễn Văn An");
        close_text(&fixture);
}

static void a_bad_row_names_its_field_and_reading_goes_on_behind_it(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "a,\"b\"c,d\ne,f\"g,h\nlast,one\n");
        expect_fault(&fixture, 1, 1, "follows the closing quote");
        expect_fault(&fixture, 2, 1, "not quoted");
        expect(&fixture, 3, 2, "last", "one");
        expect_end(&fixture);
        close_text(&fixture);
}

static void a_quote_that_is_never_closed_is_said_with_the_row_it_begins_in(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "a,b\nc,\"d\ne,f\n");
        expect(&fixture, 1, 2, "a", "b");
        expect_fault(&fixture, 2, 1, "never closed");
        expect_end(&fixture);
        close_text(&fixture);
}

static void a_lone_carriage_return_is_refused(void **state)
{
        (void)state;
        struct fixture fixture;
        open_text(&fixture, "a,b\rc,d\ne\r");
        expect_fault(&fixture, 1, 1, "carriage return");
        expect(&fixture, 2, 1, "e");
        expect_end(&fixture);
        close_text(&fixture);
}

static void a_nul_byte_is_refused(void **state)
{
        (void)state;
        struct fixture fixture;
        static const char utf_16[] = "i\0d\0,\0n\0\n\0";
        open_bytes(&fixture, utf_16, sizeof(utf_16) - 1);
        expect_fault(&fixture, 1, 0, "NUL");
        close_text(&fixture);
}

static void a_record_may_have_64_fields_and_65536_bytes(void **state)
{
        (void)state;
        struct fixture fixture;
        char *text = malloc(CSV_RECORD_MAX + 2);
        memset(text, ',', CSV_FIELDS_MAX);
        text[CSV_FIELDS_MAX - 1] = '\0';
        open_text(&fixture, text);
        assert_int_equal(csv_read(&fixture.reader, &fixture.record), 1);
        assert_null(fixture.record.fault);
        assert_int_equal(fixture.record.fields, CSV_FIELDS_MAX);
        close_text(&fixture);
        memset(text, 'x', CSV_RECORD_MAX);
        text[CSV_RECORD_MAX] = '\0';
        open_text(&fixture, text);
        expect(&fixture, 1, 1, text);
        close_text(&fixture);
        free(text);
}

static void more_is_refused_and_reading_goes_on(void **state)
{
        (void)state;
        struct fixture fixture;
        char *text = malloc(CSV_RECORD_MAX + 8);
        memset(text, ',', CSV_FIELDS_MAX);
        memcpy(text + CSV_FIELDS_MAX, "\"q\n\"\nb", sizeof("\"q\n\"\nb"));
        open_text(&fixture, text);
        expect_fault(&fixture, 1, CSV_FIELDS_MAX, "64 columns");
        expect(&fixture, 2, 1, "b");
        close_text(&fixture);
        memset(text, 'x', CSV_RECORD_MAX + 1);
        memcpy(text + CSV_RECORD_MAX + 1, "\nb", sizeof("\nb"));
        open_text(&fixture, text);
        expect_fault(&fixture, 1, 0, "longer than");
        expect(&fixture, 2, 1, "b");
        close_text(&fixture);
        free(text);
}

static const char *written(const char *text)
{
        static char line[256];
        FILE *file = tmpfile();
        assert_non_null(file);
        csv_write_field(file, "x", true);
        csv_write_field(file, text, false);
        rewind(file);
        assert_non_null(fgets(line, sizeof(line), file));
        fclose(file);
        return line + 2;
}

static void fields_are_quoted_where_they_must_be(void **state)
{
        (void)state;
        assert_string_equal(written("plain text"), "plain text");
        assert_string_equal(written(""), "");
        assert_string_equal(written("a,b"), "\"a,b\"");
        assert_string_equal(written("say \"no\""), "\"say \"\"no\"\"\"");
        assert_string_equal(written("a\rb"), "\"a\rb\"");
}

static void formulas_are_made_harmless(void **state)
{
        (void)state;
        assert_string_equal(written("=1+2"), "'=1+2");
        assert_string_equal(written("+84 123"), "'+84 123");
        assert_string_equal(written("-2"), "'-2");
        assert_string_equal(written("@SUM(A1)"), "'@SUM(A1)");
        assert_string_equal(written("\tx"), "'\tx");
        assert_string_equal(written("\rx"), "\"'\rx\"");
        assert_string_equal(written("=HYPERLINK(\"http://x\",\"y\")"),
                            "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
        assert_string_equal(written("a=b"), "a=b");
        assert_string_equal(written("'tis"), "'tis");
}

static void what_is_written_is_read_back(void **state)
{
        (void)state;
        static const char *const texts[] = { "",  "a",      "=1", "'=1", "''=1", "'a", "\"",
                                             ",", "\r\n=1", "\n", "-",   "'",    "@@", " x " };
        struct fixture fixture;
        FILE *file = tmpfile();
        assert_non_null(file);
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                csv_write_field(file, texts[i], true);
                csv_write_field(file, texts[i], false);
                csv_write_end(file);
        }
        rewind(file);
        assert_int_equal(csv_reader_init(&fixture.reader, file), 0);
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                assert_int_equal(csv_read(&fixture.reader, &fixture.record), 1);
                assert_null(fixture.record.fault);
                assert_int_equal(fixture.record.fields, 2);
                assert_string_equal(csv_plain(fixture.record.field[0]), texts[i]);
                assert_string_equal(csv_plain(fixture.record.field[1]), texts[i]);
        }
        csv_reader_deinit(&fixture.reader);
        fclose(file);
}

static void columns_are_found_by_their_names_in_any_order(void **state)
{
        static const char *const names[] = { "id", "result", "until" };
        struct fixture fixture;
        int places[3];
        (void)state;
        open_text(&fixture, "other,RESULT,Id\nx,green,'=an\ny\n");
        assert_int_equal(csv_read(&fixture.reader, &fixture.record), 1);
        csv_find(&fixture.record, names, 3, places);
        assert_int_equal(places[0], 2);
        assert_int_equal(places[1], 1);
        assert_int_equal(places[2], -1);
        assert_int_equal(csv_read(&fixture.reader, &fixture.record), 1);
        assert_string_equal(csv_at(&fixture.record, places[0]), "=an");
        assert_string_equal(csv_at(&fixture.record, places[1]), "green");
        assert_string_equal(csv_at(&fixture.record, places[2]), "");
        assert_int_equal(csv_read(&fixture.reader, &fixture.record), 1);
        assert_string_equal(csv_at(&fixture.record, places[0]), "");
        close_text(&fixture);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(columns_are_found_by_their_names_in_any_order),
                cmocka_unit_test(lines_end_in_crlf_or_lf_and_the_last_in_neither),
                cmocka_unit_test(quoted_fields_hold_commas_quotes_and_line_ends),
                cmocka_unit_test(spaces_belong_to_the_field),
                cmocka_unit_test(empty_fields_are_fields),
                cmocka_unit_test(empty_lines_are_counted_but_are_no_records),
                cmocka_unit_test(an_empty_file_has_no_records),
                cmocka_unit_test(a_byte_order_mark_is_skipped_before_quotes_too),
                cmocka_unit_test(the_mark_is_text_anywhere_else),
                cmocka_unit_test(utf_8_passes_unchanged),
                cmocka_unit_test(a_bad_row_names_its_field_and_reading_goes_on_behind_it),
                cmocka_unit_test(a_quote_that_is_never_closed_is_said_with_the_row_it_begins_in),
                cmocka_unit_test(a_lone_carriage_return_is_refused),
                cmocka_unit_test(a_nul_byte_is_refused),
                cmocka_unit_test(a_record_may_have_64_fields_and_65536_bytes),
                cmocka_unit_test(more_is_refused_and_reading_goes_on),
                cmocka_unit_test(fields_are_quoted_where_they_must_be),
                cmocka_unit_test(formulas_are_made_harmless),
                cmocka_unit_test(what_is_written_is_read_back),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

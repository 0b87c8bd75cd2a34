/* People: what a CSV file of holders may say, and what is said about it. */
#include "tests/check.h"

#include "controller/ctl/people.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct fixture {
        struct people people;
        char *complaints;
        int error;
};

static void read_text(struct fixture *fixture, const char *text)
{
        size_t len = 0;
        FILE *file = tmpfile(), *complaints = open_memstream(&fixture->complaints, &len);
        assert_non_null(file);
        assert_non_null(complaints);
        fputs(text, file);
        rewind(file);
        fixture->error = people_read(file, "people.csv", complaints, &fixture->people);
        fclose(complaints);
        fclose(file);
}

static void forget(struct fixture *fixture)
{
        people_deinit(&fixture->people);
        free(fixture->complaints);
}

static void expect_row(const struct fixture *fixture, size_t index, const char *json)
{
        json_t *wanted = json_loads(json, 0, NULL);
        const json_t *row = json_array_get(fixture->people.rows, index);
        assert_non_null(wanted);
        if (!json_equal(row, wanted)) {
                char *got = json_dumps(row, 0);
                fail_msg("wanted %s, got %s", json, got ? got : "nothing");
        }
        json_decref(wanted);
}

/* A file with this header and this one row has this to be said of it. */
static void expect_complaint(const char *header, const char *row, const char *complaint)
{
        struct fixture fixture;
        char text[1024], wanted[512];
        snprintf(text, sizeof(text), "%s\n%s\n", header, row);
        snprintf(wanted, sizeof(wanted), "people.csv: row 2, %s\n", complaint);
        read_text(&fixture, text);
        assert_int_equal(fixture.error, 0);
        assert_int_equal(fixture.people.bad, 1);
        assert_int_equal(json_array_size(fixture.people.rows), 0);
        assert_string_equal(fixture.complaints, wanted);
        forget(&fixture);
}

static void expect_bad_header(const char *text, const char *complaint)
{
        struct fixture fixture;
        read_text(&fixture, text);
        assert_int_equal(fixture.error, -EINVAL);
        assert_null(fixture.people.rows);
        if (strncmp(fixture.complaints, complaint, strlen(complaint)) != 0)
                fail_msg("wanted \"%s\", got \"%s\"", complaint, fixture.complaints);
        forget(&fixture);
}

static int in_vietnam(void **state)
{
        (void)state;
        setenv("TZ", "<+07>-7", 1);
        tzset();
        return 0;
}

static void id_and_name_are_enough(void **state)
{
        (void)state;
        struct fixture fixture;
        read_text(&fixture, "name,id\r\nNguyễn Văn An,an\r\n");
        assert_int_equal(fixture.error, 0);
        assert_int_equal(fixture.people.bad, 0);
        assert_string_equal(fixture.complaints, "");
        expect_row(&fixture, 0,
                   "{\"row\":2,\"holder\":{\"id\":\"an\",\"name\":\"Nguyễn Văn An\"}}");
        forget(&fixture);
}

static void all_columns_are_understood(void **state)
{
        (void)state;
        struct fixture fixture;
        read_text(&fixture, "id,name,valid_from,valid_until,levels,blocked,silent,role,escort,"
                            "code,national_id\n"
                            " an , An ,2026-01-01,2026-12-31T18:00:00+07:00,staff; lab,YES,yes,"
                            "visitor,any, A=bc ,001099000123\n"
                            "be,Be,,,,no,,worker,,,\n");
        assert_string_equal(fixture.complaints, "");
        expect_row(&fixture, 0,
                   "{\"row\":2,\"holder\":{\"id\":\"an\",\"name\":\"An\","
                   "\"valid_from\":\"2025-12-31T17:00:00.000Z\","
                   "\"valid_until\":\"2026-12-31T11:00:00.000Z\","
                   "\"levels\":[{\"level\":\"staff\"},{\"level\":\"lab\"}],\"blocked\":true,"
                   "\"silent\":true,\"role\":\"visitor\",\"escort\":\"*\"},"
                   "\"code\":\" A=bc \",\"national_id\":\"001099000123\"}");
        expect_row(&fixture, 1,
                   "{\"row\":3,\"holder\":{\"id\":\"be\",\"name\":\"Be\",\"valid_from\":null,"
                   "\"valid_until\":null,\"levels\":[],\"blocked\":false,\"silent\":false,"
                   "\"role\":null,\"escort\":null}}");
        forget(&fixture);
}

static void a_day_is_valid_to_its_end(void **state)
{
        (void)state;
        struct fixture fixture;
        read_text(&fixture, "id,name,valid_from,valid_until\nan,An,2026-11-24,2026-11-24\n");
        assert_string_equal(fixture.complaints, "");
        expect_row(&fixture, 0,
                   "{\"row\":2,\"holder\":{\"id\":\"an\",\"name\":\"An\","
                   "\"valid_from\":\"2026-11-23T17:00:00.000Z\","
                   "\"valid_until\":\"2026-11-24T17:00:00.000Z\"}}");
        forget(&fixture);
}

static void bad_cells_are_named_by_row_column_and_reason(void **state)
{
        (void)state;
        expect_complaint("id,name", "An,An",
                         "column id: not an identifier (1 to 32 of a-z, 0-9 and -): \"An\"");
        expect_complaint("id,name", ",An",
                         "column id: not an identifier (1 to 32 of a-z, 0-9 and -): \"\"");
        expect_complaint("id,name", "an,  ", "column name: empty: \"\"");
        expect_complaint("id,name", "an,A\xff",
                         "column name: not UTF-8, or holds a control character: \"A\\xff\"");
        expect_complaint("id,name", "an,A\x1b[31m",
                         "column name: not UTF-8, or holds a control character: \"A\\x1b[31m\"");
        expect_complaint("id,name,valid_until", "an,An,31/13/2026",
                         "column valid_until: not a date: \"31/13/2026\"");
        expect_complaint("id,name,valid_from", "an,An,2026-02-30",
                         "column valid_from: not a date: \"2026-02-30\"");
        expect_complaint("id,name,valid_from,valid_until", "an,An,2026-02-02,2026-02-01",
                         "column valid_until: not after valid_from");
        expect_complaint("id,name,blocked", "an,An,perhaps",
                         "column blocked: neither yes nor no: \"perhaps\"");
        expect_complaint("id,name,role", "an,An,boss",
                         "column role: neither worker nor visitor: \"boss\"");
        expect_complaint("id,name,escort", "an,An,Be",
                         "column escort: neither an identifier nor any or none: \"Be\"");
        expect_complaint("id,name,levels", "an,An,staff;;Lab",
                         "column levels: not an identifier (1 to 32 of a-z, 0-9 and -): "
                         "\"staff;;Lab\"");
        expect_complaint("id,name,levels", "an,An,a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q",
                         "column levels: more than 16 levels: "
                         "\"a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q\"");
        expect_complaint("id,name", "an,\"An\"x", "column name: text follows the closing quote");
}

static void codes_and_card_numbers_are_not_repeated(void **state)
{
        (void)state;
        expect_complaint("id,name,code", "an,An,abc", "column code: not 4 to 256 bytes long");
        expect_complaint("id,name,national_id", "an,An,0010990001234",
                         "column national_id: more than 12 digits");
        expect_complaint("id,name,national_id", "an,An,1099000123",
                         "column national_id: fewer than 12 digits: did a spreadsheet drop the "
                         "zeros in front?");
        expect_complaint("id,name,national_id", "an,An,1.09E+09",
                         "column national_id: not 12 digits");
}

static void a_row_of_another_width_is_bad(void **state)
{
        (void)state;
        struct fixture fixture;
        read_text(&fixture, "id,name\nan\nbe,Be,x\nde,De\n");
        assert_string_equal(fixture.complaints,
                            "people.csv: row 2: has 1 columns, the header has 2\n"
                            "people.csv: row 3: has 3 columns, the header has 2\n");
        assert_int_equal(fixture.people.bad, 2);
        assert_int_equal(json_array_size(fixture.people.rows), 1);
        forget(&fixture);
}

static void what_must_be_unique_is(void **state)
{
        (void)state;
        struct fixture fixture;
        read_text(&fixture, "id,name,code,national_id\n"
                            "an,An,code-1,001099000123\n"
                            "an,An,code-2,\n"
                            "be,Be,code-1,\n"
                            "de,De,,001099000123\n"
                            "he,He,,\n");
        assert_string_equal(fixture.complaints,
                            "people.csv: row 3, column id: stands already in row 2: \"an\"\n"
                            "people.csv: row 4, column code: stands already in row 2\n"
                            "people.csv: row 5, column national_id: stands already in row 2\n");
        assert_int_equal(fixture.people.bad, 3);
        assert_int_equal(json_array_size(fixture.people.rows), 2);
        forget(&fixture);
}

static void empty_rows_are_nobody_but_count_as_rows(void **state)
{
        (void)state;
        struct fixture fixture;
        read_text(&fixture, "id,name\n\n,\nan,Á\n\nBAD,x\n");
        assert_int_equal(json_array_size(fixture.people.rows), 1);
        assert_non_null(strstr(fixture.complaints, "row 6, column id"));
        forget(&fixture);
}

static void a_names_line_end_is_no_row_end(void **state)
{
        (void)state;
        struct fixture fixture;
        read_text(&fixture, "id,name\nan,\"An\nNguyen\"\nBAD,x\n");
        assert_string_equal(
                fixture.complaints,
                "people.csv: row 2, column name: not UTF-8, or holds a control character: "
                "\"An\\x0aNguyen\"\n"
                "people.csv: row 3, column id: not an identifier (1 to 32 of a-z, 0-9 "
                "and -): \"BAD\"\n");
        forget(&fixture);
}

static void what_export_made_harmless_is_taken_back(void **state)
{
        (void)state;
        struct fixture fixture;
        read_text(&fixture, "id,name\n'-an,'=An\nbe,'Be\n");
        expect_row(&fixture, 0, "{\"row\":2,\"holder\":{\"id\":\"-an\",\"name\":\"=An\"}}");
        expect_row(&fixture, 1, "{\"row\":3,\"holder\":{\"id\":\"be\",\"name\":\"'Be\"}}");
        forget(&fixture);
}

static void a_bad_header_stops_the_reading(void **state)
{
        (void)state;
        expect_bad_header("", "people.csv: row 1: the header is missing: the file is empty\n");
        expect_bad_header("id,name,phone\nan,An,1\n",
                          "people.csv: row 1: unknown column: \"phone\"\n  the columns are id, ");
        expect_bad_header("id;name\nan;An\n", "people.csv: row 1: unknown column: \"id;name\"\n");
        expect_bad_header("id,name,id\n", "people.csv: row 1: this column stands twice: \"id\"\n");
        expect_bad_header("id,levels\n", "people.csv: row 1: there is no column: \"name\"\n");
        expect_bad_header("an,An\n", "people.csv: row 1: unknown column: \"an\"\n");
        expect_bad_header("id,\"name\n", "people.csv: row 1: the quote is never closed\n");
}

static void many_bad_rows_are_counted_not_all_named(void **state)
{
        (void)state;
        struct fixture fixture;
        char text[1024] = "id,name\n";
        size_t len = strlen(text);
        for (int i = 0; i < PEOPLE_COMPLAINTS_MAX + 7; i++, len += strlen("BAD,x\n"))
                memcpy(text + len, "BAD,x\n", sizeof("BAD,x\n"));
        read_text(&fixture, text);
        assert_int_equal(fixture.people.bad, PEOPLE_COMPLAINTS_MAX + 7);
        assert_non_null(strstr(fixture.complaints, "row 51, "));
        assert_null(strstr(fixture.complaints, "row 52, "));
        assert_non_null(strstr(fixture.complaints, "… and 7 more\n"));
        forget(&fixture);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(id_and_name_are_enough),
                cmocka_unit_test(all_columns_are_understood),
                cmocka_unit_test(a_day_is_valid_to_its_end),
                cmocka_unit_test(bad_cells_are_named_by_row_column_and_reason),
                cmocka_unit_test(codes_and_card_numbers_are_not_repeated),
                cmocka_unit_test(a_row_of_another_width_is_bad),
                cmocka_unit_test(what_must_be_unique_is),
                cmocka_unit_test(empty_rows_are_nobody_but_count_as_rows),
                cmocka_unit_test(a_names_line_end_is_no_row_end),
                cmocka_unit_test(what_export_made_harmless_is_taken_back),
                cmocka_unit_test(a_bad_header_stops_the_reading),
                cmocka_unit_test(many_bad_rows_are_counted_not_all_named),
        };
        return cmocka_run_group_tests(tests, in_vietnam, NULL);
}

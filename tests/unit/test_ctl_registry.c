/* Verbs of the registry: holders, credentials, levels, and files of them. */
#include "tests/unit/test_ctl_daemon.h"

#include <sys/stat.h>

static const char an[] = "{\"ok\":{\"holders\":[{\"id\":\"an\",\"name\":\"An\",\"levels\":["
                         "{\"level\":\"staff\",\"valid_until\":\"2026-12-31T17:00:00.000Z\"}],"
                         "\"valid_until\":\"2027-01-01T00:00:00.000Z\"}]}}";

static void a_holder_is_added_in_one_import(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, NULL);
        struct run run =
                run_verb(&daemon, verb_holder_add, "an", "--name", "Nguyễn Văn An", "--valid-until",
                         "2026-12-31T11:00:00Z", "--level", "staff", "--level=lab", "--blocked");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out, "added an\n");
        expect_asked(&daemon, "import-begin holders holder-put import-commit");
        expect_field(asked(&daemon, "holders", 0), "after", "\"amzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"");
        expect_field(asked(&daemon, "holder-put", 0), "holder",
                     "{\"id\":\"an\",\"name\":\"Nguyễn Văn An\","
                     "\"valid_until\":\"2026-12-31T11:00:00.000Z\",\"blocked\":true,"
                     "\"levels\":[{\"level\":\"staff\"},{\"level\":\"lab\"}]}");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_known_holder_is_replaced_only_on_demand(void **state)
{
        (void)state;
        static const struct script_line script[] = { { .verb = "holders", .answer = an },
                                                     { .verb = "holders", .answer = an },
                                                     { .verb = NULL } };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run refused = run_verb(&daemon, verb_holder_add, "an", "--name", "Another");
        struct run replaced =
                run_verb(&daemon, verb_holder_add, "an", "--name", "Another", "--replace");
        daemon_stop(&daemon);
        assert_int_equal(refused.code, CTL_NO);
        expect_text(refused.err, "there is a holder an already; nothing was changed");
        assert_int_equal(replaced.code, CTL_OK);
        assert_string_equal(replaced.out, "replaced an\n");
        expect_asked(&daemon, "import-begin holders import-begin holders holder-put import-commit");
        expect_field(asked(&daemon, "holder-put", 0), "holder",
                     "{\"id\":\"an\",\"name\":\"Another\"}");
        run_forget(&refused);
        run_forget(&replaced);
        daemon_forget(&daemon);
}

static void blocking_changes_nothing_else_of_a_holder(void **state)
{
        (void)state;
        static const struct script_line script[] = { { .verb = "holders", .answer = an },
                                                     { .verb = NULL } };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_holder_block, "an");
        struct run nobody = run_verb(&daemon, verb_holder_unblock, "be");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out, "blocked an\n");
        expect_field(asked(&daemon, "holder-put", 0), "holder",
                     "{\"id\":\"an\",\"name\":\"An\",\"levels\":[{\"level\":\"staff\","
                     "\"valid_until\":\"2026-12-31T17:00:00.000Z\"}],"
                     "\"valid_until\":\"2027-01-01T00:00:00.000Z\",\"blocked\":true,"
                     "\"silent\":false}");
        assert_int_equal(nobody.code, CTL_NO);
        assert_string_equal(nobody.err, "stilectl: there is no holder be; nothing was changed\n");
        run_forget(&run);
        run_forget(&nobody);
        daemon_forget(&daemon);
}

static void a_list_is_paged_until_a_page_is_empty(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "holders",
                  .answer =
                          "{\"ok\":{\"holders\":[{\"id\":\"an\",\"name\":\"An\"},"
                          "{\"id\":\"be\",\"name\":\"B\\u001b[31m\\u009bé\",\"blocked\":true}]}}" },
                { .verb = "holders", .answer = "{\"ok\":{\"holders\":[{\"id\":\"ce\"}]}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_bare(&daemon, verb_holder_list);
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        expect_text(run.out, "\nbe              B\\x1b[31m\\u009bé          always");
        expect_text(run.out, "BLOCKED\n");
        expect_text(run.out, "\nce  ");
        assert_null(json_object_get(asked(&daemon, "holders", 0), "after"));
        expect_field(asked(&daemon, "holders", 1), "after", "\"be\"");
        expect_field(asked(&daemon, "holders", 2), "after", "\"ce\"");
        expect_asked(&daemon, "holders holders holders");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_code_may_come_from_the_standard_input(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "credential-add", .answer = "{\"ok\":{\"lookup\":\"c0ffee\"}}" },
                { .verb = "credential-add",
                  .answer = "{\"error\":{\"reason\":\"exists\",\"message\":\"another's\"}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        static const char *const words[] = { "add", "--holder", "an", "--code-stdin", NULL };
        daemon_start(&daemon, script);
        struct run run = run_with_input(&daemon, verb_credential_add, "secret code\r\n", words);
        struct run taken = run_verb(&daemon, verb_credential_add, "--holder", "an", "--national-id",
                                    "001099000123", "--valid-until", "2026-01-01T00:00:00Z");
        struct run none = run_with_input(&daemon, verb_credential_add, "", words);
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out, "added c0ffee\n");
        expect_field(asked(&daemon, "credential-add", 0), "code", "\"secret code\"");
        assert_int_equal(taken.code, CTL_NO);
        assert_string_equal(taken.err, "stilectl: another's (exists); nothing was changed\n");
        expect_field(asked(&daemon, "credential-add", 1), "national_id", "\"001099000123\"");
        expect_field(asked(&daemon, "credential-add", 1), "valid_until",
                     "\"2026-01-01T00:00:00.000Z\"");
        assert_int_equal(none.code, CTL_CANNOT);
        expect_asked(&daemon, "credential-add credential-add");
        run_forget(&run);
        run_forget(&taken);
        run_forget(&none);
        daemon_forget(&daemon);
}

static void revoking_nothing_is_no(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "credential-revoke", .answer = "{\"ok\":{\"revoked\":2}}" },
                { .verb = "credential-revoke", .answer = "{\"ok\":{\"revoked\":0}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run two = run_verb(&daemon, verb_credential_revoke, "--holder", "an");
        struct run none = run_verb(&daemon, verb_credential_revoke, "--holder", "be");
        daemon_stop(&daemon);
        assert_string_equal(two.out, "revoked 2\n");
        assert_int_equal(two.code, CTL_OK);
        assert_int_equal(none.code, CTL_NO);
        run_forget(&two);
        run_forget(&none);
        daemon_forget(&daemon);
}

static void a_level_is_added_listed_and_removed(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "levels", .answer = "{\"ok\":{\"levels\":[]}}" },
                { .verb = "levels",
                  .answer = "{\"ok\":{\"levels\":[{\"id\":\"all\",\"access_points\":[\"*\"]}]}}" },
                { .verb = "level-remove",
                  .answer = "{\"error\":{\"reason\":\"busy\",\"message\":\"in use\"}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run added = run_verb(&daemon, verb_level_add, "staff", "entry", "exit");
        struct run list = run_bare(&daemon, verb_level_list);
        struct run busy = run_verb(&daemon, verb_level_remove, "all");
        daemon_stop(&daemon);
        assert_string_equal(added.out, "added staff\n");
        expect_field(asked(&daemon, "level-put", 0), "level",
                     "{\"id\":\"staff\",\"access_points\":[\"entry\",\"exit\"]}");
        assert_string_equal(list.out, "level           access points\n"
                                      "all             * (every one)\n");
        assert_int_equal(busy.code, CTL_NO);
        run_forget(&added);
        run_forget(&list);
        run_forget(&busy);
        daemon_forget(&daemon);
}

/* A CSV file; the caller unlinks it. */
static void write_csv(char path[32], const char *text)
{
        memcpy(path, "/tmp/stile-people-XXXXXX", sizeof("/tmp/stile-people-XXXXXX"));
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        close(fd);
}

static void a_file_with_a_bad_row_is_not_begun(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        char path[32];
        write_csv(path, "id,name,valid_until\nan,An,2026-12-31\nbe,Be,31/13/2026\n");
        daemon_start(&daemon, NULL);
        struct run run = run_verb(&daemon, verb_holder_import, path);
        daemon_stop(&daemon);
        unlink(path);
        assert_int_equal(run.code, CTL_NO);
        assert_string_equal(run.out, "");
        expect_text(run.err, ": row 3, column valid_until: not a date: \"31/13/2026\"\n");
        expect_text(run.err, "1 of 2 rows are bad; nothing was imported");
        expect_asked(&daemon, "");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void the_good_rows_go_with_partial_and_their_number_is_said(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        char path[32];
        write_csv(path, "id,name,code\nan,An,code-1\nBE,Be,\nce,Ce,\n");
        daemon_start(&daemon, NULL);
        struct run run = run_verb(&daemon, verb_holder_import, path, "--partial");
        daemon_stop(&daemon);
        unlink(path);
        assert_int_equal(run.code, CTL_NO);
        assert_string_equal(run.out, "imported 2 of 3 rows: 2 new, 0 changed, 0 as they were\n");
        expect_text(run.err, "1 of 3 rows are bad and were left out");
        expect_asked(&daemon, "import-begin holders holder-put credential-add holder-put "
                              "import-commit");
        expect_field(asked(&daemon, "credential-add", 0), "code", "\"code-1\"");
        run_forget(&run);
        daemon_forget(&daemon);
}

static const struct script_line refusing[] = {
        { .verb = "credential-add",
          .answer = "{\"error\":{\"reason\":\"exists\",\"message\":\"another's\"}}" },
        { .verb = NULL }
};

static void a_row_that_the_daemon_refuses_rolls_all_back(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        char path[32];
        write_csv(path, "id,name,code\nan,An,code-1\nbe,Be,\n");
        daemon_start(&daemon, refusing);
        struct run run = run_verb(&daemon, verb_holder_import, path);
        daemon_stop(&daemon);
        unlink(path);
        assert_int_equal(run.code, CTL_NO);
        expect_text(run.err, ": row 2: another's\n");
        expect_text(run.err, "1 of 2 rows are bad; nothing was imported");
        expect_asked(&daemon, "import-begin holders holder-put credential-add holder-put "
                              "import-rollback");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void partial_begins_again_without_the_refused_rows(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        char path[32];
        write_csv(path, "id,name,code\nan,An,code-1\nbe,Be,\n");
        daemon_start(&daemon, refusing);
        struct run run = run_verb(&daemon, verb_holder_import, path, "--partial");
        daemon_stop(&daemon);
        unlink(path);
        assert_int_equal(run.code, CTL_NO);
        assert_string_equal(run.out, "imported 1 of 2 rows: 1 new, 0 changed, 0 as they were\n");
        expect_asked(&daemon, "import-begin holders holder-put credential-add holder-put "
                              "import-rollback import-begin holders holder-put import-commit");
        expect_field(asked(&daemon, "holder-put", 2), "holder", "{\"id\":\"be\",\"name\":\"Be\"}");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_dry_run_asks_everything_and_keeps_nothing(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        char path[32];
        write_csv(path, "id,name\nan,An\n");
        daemon_start(&daemon, NULL);
        struct run run = run_verb(&daemon, verb_holder_import, path, "--dry-run");
        daemon_stop(&daemon);
        unlink(path);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out,
                            "would import 1 of 1 rows: 1 new, 0 changed, 0 as they were\n");
        expect_asked(&daemon, "import-begin holders holder-put import-rollback");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void what_has_no_column_stays_and_what_is_the_same_is_not_sent(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "holders",
                  .answer = "{\"ok\":{\"holders\":["
                            "{\"id\":\"an\",\"name\":\"An\",\"blocked\":true,\"levels\":["
                            "{\"level\":\"lab\",\"valid_until\":\"2027-01-01T00:00:00.000Z\"},"
                            "{\"level\":\"all\"}]},"
                            "{\"id\":\"be\",\"name\":\"Be\",\"levels\":[{\"level\":\"all\"}],"
                            "\"role\":\"worker\",\"silent\":false,\"escort\":\"\","
                            "\"declaration\":{\"result\":\"red\"}},"
                            "{\"id\":\"ce\",\"name\":\"Ce\",\"levels\":[],"
                            "\"valid_from\":\"2026-01-01T00:00:00.000Z\"}]}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        char path[32];
        write_csv(path, "id,name,levels,valid_from,role,silent,escort\nan,An N,lab,,,,\n"
                        "be,Be,all,,worker,no,none\nce,Ce,,,visitor,,any\n");
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_holder_import, path);
        daemon_stop(&daemon);
        unlink(path);
        assert_string_equal(run.out, "imported 3 of 3 rows: 0 new, 2 changed, 1 as they were\n");
        expect_asked(&daemon, "import-begin holders holders holder-put holder-put import-commit");
        expect_field(asked(&daemon, "holder-put", 0), "holder",
                     "{\"id\":\"an\",\"name\":\"An N\",\"blocked\":true,\"levels\":["
                     "{\"level\":\"lab\",\"valid_until\":\"2027-01-01T00:00:00.000Z\"}]}");
        expect_field(asked(&daemon, "holder-put", 1), "holder",
                     "{\"id\":\"ce\",\"name\":\"Ce\",\"levels\":[],\"role\":\"visitor\","
                     "\"escort\":\"*\"}");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_busy_gate_takes_no_import(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "import-begin",
                  .answer = "{\"error\":{\"reason\":\"busy\",\"message\":\"an import is under "
                            "way\"}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        char path[32];
        write_csv(path, "id,name\nan,An\n");
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_holder_import, path);
        daemon_stop(&daemon);
        unlink(path);
        assert_int_equal(run.code, CTL_NO);
        expect_text(run.err, "an import is under way (busy); nothing was changed");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void an_export_is_private_and_can_be_imported(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "holders",
                  .answer = "{\"ok\":{\"holders\":[{\"id\":\"an\",\"name\":\"=An, \\\"N\\\"\","
                            "\"levels\":[{\"level\":\"all\"},{\"level\":\"lab\"}],"
                            "\"blocked\":true,\"valid_until\":\"2027-01-01T00:00:00.000Z\","
                            "\"role\":\"visitor\",\"escort\":\"*\",\"silent\":false}]}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        char path[32], text[512] = "";
        struct stat info;
        write_csv(path, "old");
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_holder_export, path);
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out, "wrote 1 holders\n");
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
        fclose(file);
        unlink(path);
        assert_string_equal(text,
                            "id,name,valid_from,valid_until,levels,blocked,silent,role,escort\r\n"
                            "an,\"'=An, \"\"N\"\"\",,2027-01-01T00:00:00.000Z,all;lab,yes,no,"
                            "visitor,any\r\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_holder_is_added_in_one_import),
                cmocka_unit_test(a_known_holder_is_replaced_only_on_demand),
                cmocka_unit_test(blocking_changes_nothing_else_of_a_holder),
                cmocka_unit_test(a_list_is_paged_until_a_page_is_empty),
                cmocka_unit_test(a_code_may_come_from_the_standard_input),
                cmocka_unit_test(revoking_nothing_is_no),
                cmocka_unit_test(a_level_is_added_listed_and_removed),
                cmocka_unit_test(a_file_with_a_bad_row_is_not_begun),
                cmocka_unit_test(the_good_rows_go_with_partial_and_their_number_is_said),
                cmocka_unit_test(a_row_that_the_daemon_refuses_rolls_all_back),
                cmocka_unit_test(partial_begins_again_without_the_refused_rows),
                cmocka_unit_test(a_dry_run_asks_everything_and_keeps_nothing),
                cmocka_unit_test(what_has_no_column_stays_and_what_is_the_same_is_not_sent),
                cmocka_unit_test(a_busy_gate_takes_no_import),
                cmocka_unit_test(an_export_is_private_and_can_be_imported),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

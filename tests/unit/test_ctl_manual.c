/* The manual: gate.conf.5 is written by hand, and says what the table of options says. */
#include "tests/check.h"

#include "controller/settings.h"

#include <stdio.h>
#include <string.h>

/* The page's text of one option: from its .It line to the next macro that ends it. */
static void find_entry(const char *page, const struct option_row *option, char *entry, size_t size)
{
        char section[64], item[64];
        bool is_repeated = strcmp(option->section, "access-point") == 0 ||
                           strcmp(option->section, "manager") == 0;
        snprintf(section, sizeof(section), "\n.Ss %s%s\n", option->section,
                 is_repeated ? " NAME" : "");
        snprintf(item, sizeof(item), "\n.It Ic %s Ns = Ns ", option->key);
        const char *begin = strstr(page, section);
        const char *end = begin ? strstr(begin, "\n.El") : NULL;
        const char *at = begin ? strstr(begin, item) : NULL;
        size_t len = 0;
        if (at && end && at < end) {
                const char *next = strstr(at + 1, "\n.It");
                len = (size_t)((next && next < end ? next : end) - at);
        }
        if (!at || len == 0) {
                fail_msg("[%s] %s is not in the manual", option->section, option->key);
                return;
        }
        assert_true(len < size);
        memcpy(entry, at, len);
        entry[len] = '\0';
}

static void expect_in_entry(const struct option_row *option, const char *entry, const char *part)
{
        if (!strstr(entry, part))
                fail_msg("[%s] %s: the manual does not say \"%s\"", option->section, option->key,
                         part);
}

static void check_option(const char *page, const struct option_row *option)
{
        char entry[2048], part[128];
        find_entry(page, option, entry, sizeof(entry));
        if (option->type == OPTION_INT) {
                snprintf(part, sizeof(part), "%d to %d,", option->min, option->max);
                expect_in_entry(option, entry, part);
        }
        for (size_t i = 0; option->type == OPTION_CHOICE && option->choices[i]; i++) {
                snprintf(part, sizeof(part), " %s", option->choices[i]);
                expect_in_entry(option, entry, part);
        }
        if (option->fallback)
                snprintf(part, sizeof(part), "efault %s",
                         option->fallback[0] != '\0' ? option->fallback : "empty");
        else
                snprintf(part, sizeof(part), "ust be given");
        expect_in_entry(option, entry, part);
        assert_int_equal(strstr(entry, "; live.\n") != NULL ||
                                 strcmp(entry + strlen(entry) - strlen("; live."), "; live.") == 0,
                         option->is_live);
}

static void every_option_is_in_the_manual_with_range_and_default(void **state)
{
        (void)state;
        static char page[65536];
        FILE *file = fopen("docs/man/gate.conf.5", "re");
        if (!file) {
                print_message("# docs/man is not here: run from the top of the tree\n");
                skip();
        } else {
                assert_true(fread(page, 1, sizeof(page) - 1, file) > 0);
                fclose(file);
        }
        for (size_t i = 0; i < settings_table.option_count; i++)
                check_option(page, &settings_table.options[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_option_is_in_the_manual_with_range_and_default),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

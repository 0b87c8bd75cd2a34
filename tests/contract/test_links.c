/* Links to passes, in a real file: each good for one phone, until it expires. */
#include "tests/check.h"

#include "dashboard/ports/links.h"
#include "tests/contract/store_folder.h"

#include <errno.h>
#include <string.h>

#define HOUR INT64_C(3600000000)

static const uint8_t mine[FLOW_DIGEST_LEN] = { 1 }, other[FLOW_DIGEST_LEN] = { 2 };

static struct links *open_links(const struct store_folder *folder)
{
        struct links *links = NULL;
        assert_int_equal(links_open(folder->path, &links), 0);
        return links;
}

static struct link opened(const char *phone, int64_t until_us)
{
        struct link link = { .expires_us = until_us, .phone_len = strlen(phone) };
        memcpy(link.phone, phone, link.phone_len);
        snprintf(link.pass, sizeof(link.pass), "ST1:%s", phone);
        return link;
}

static void a_link_is_found_until_it_expires(void **state)
{
        struct links *links = open_links(*state);
        struct link link;
        assert_int_equal(links_add(links, mine, "an", 5 * HOUR, HOUR), 0);
        assert_int_equal(links_find(links, mine, 5 * HOUR - 1, &link), 0);
        assert_string_equal(link.holder, "an");
        assert_int_equal(link.phone_len, 0);
        assert_string_equal(link.pass, "");
        assert_int_equal(links_find(links, mine, 5 * HOUR, &link), -ENOENT);
        assert_int_equal(links_find(links, other, HOUR, &link), -ENOENT);
        links_close(links);
}

static void the_phone_that_opens_it_first_has_it_as_long_as_the_pass_lasts(void **state)
{
        struct links *links = open_links(*state);
        struct link first = opened("one", 100 * HOUR), second = opened("two", 0), link;
        assert_int_equal(links_add(links, mine, "an", 5 * HOUR, HOUR), 0);
        assert_int_equal(links_bind(links, mine, &first), 0);
        assert_int_equal(links_bind(links, mine, &second), -EEXIST);
        assert_int_equal(links_bind(links, other, &second), -EEXIST);
        links_close(links);
        links = open_links(*state);
        assert_int_equal(links_find(links, mine, 50 * HOUR, &link), 0);
        assert_int_equal(link.phone_len, 3);
        assert_memory_equal(link.phone, "one", 3);
        assert_string_equal(link.pass, "ST1:one");
        assert_int_equal(links_of_pass(links, "ST1:one", 50 * HOUR, &link), 0);
        assert_string_equal(link.holder, "an");
        assert_memory_equal(link.phone, "one", 3);
        assert_int_equal(links_of_pass(links, "ST1:two", 50 * HOUR, &link), -ENOENT);
        assert_int_equal(links_of_pass(links, "", 50 * HOUR, &link), -ENOENT);
        assert_int_equal(links_of_pass(links, "ST1:one", 100 * HOUR, &link), -ENOENT);
        assert_int_equal(links_find(links, mine, 100 * HOUR, &link), -ENOENT);
        links_close(links);
}

static void what_has_expired_goes_with_the_next_link_and_a_holder_s_when_asked(void **state)
{
        const struct store_folder *folder = *state;
        struct links *links = open_links(folder);
        struct link link;
        assert_int_equal(links_add(links, mine, "an", 2 * HOUR, HOUR), 0);
        assert_int_equal(links_add(links, other, "binh", 9 * HOUR, 3 * HOUR), 0);
        assert_int_equal(store_sql_int(folder->path, "SELECT count(*) FROM link"), 1);
        assert_int_equal(links_forget(links, "an"), 0);
        assert_int_equal(links_find(links, other, 3 * HOUR, &link), 0);
        assert_int_equal(links_forget(links, "binh"), 0);
        assert_int_equal(links_find(links, other, 3 * HOUR, &link), -ENOENT);
        links_close(links);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_link_is_found_until_it_expires),
                IN_FOLDER(the_phone_that_opens_it_first_has_it_as_long_as_the_pass_lasts),
                IN_FOLDER(what_has_expired_goes_with_the_next_link_and_a_holder_s_when_asked),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

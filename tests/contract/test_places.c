/* The register of places in its file and in its database. */
#include "tests/check.h"

#include "drivers/places/places_drivers.h"
#include "tests/contract/register_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct heard {
        char text[1024];
        int used;
};

static bool see_place(void *context, const struct place *place)
{
        struct heard *heard = context;
        heard->used +=
                snprintf(heard->text + heard->used, sizeof(heard->text) - (size_t)heard->used,
                         "%s|%s|%s|%s|%s|%d|%d@%d\n", place->site, place->name, place->category,
                         place->owner, place->division, place->is_in_scope, (int)place->reminders,
                         (int)place->reminded_us);
        return true;
}

static bool see_reminder(void *context, const struct places_reminder *reminder)
{
        struct heard *heard = context;
        heard->used +=
                snprintf(heard->text + heard->used, sizeof(heard->text) - (size_t)heard->used,
                         "%d %s %s\n", (int)reminder->at_us, reminder->by, reminder->note);
        return true;
}

static void assert_places(struct places *places, const char *wanted)
{
        struct heard heard = { .used = 0 };
        assert_int_equal(places_list(places, see_place, &heard), 0);
        assert_string_equal(heard.text, wanted);
}

static struct places *open_register(const struct register_place *place)
{
        struct places *places = NULL;
        int r = place->is_postgres ? places_postgres_open(place->where, &places)
                                   : places_sqlite_open(place->where, &places);
        assert_int_equal(r, 0);
        return places;
}

static const struct place market = { .site = "hn/cho",
                                     .name = "Chợ Bưởi",
                                     .category = "market",
                                     .owner = "Trần Thị Bình",
                                     .division = "Hà Nội/Tây Hồ",
                                     .is_in_scope = true };
static const struct place school = {
        .site = "hn/truong", .name = "Trường 1", .category = "", .owner = "", .division = ""
};

static void what_is_put_is_there_in_order_after_opening_it_anew(void **state)
{
        const struct place both[] = { school, market };
        struct places *places = open_register(*state);
        assert_int_equal(places_put(places, both, 2), 0);
        places_close(places);
        places = open_register(*state);
        assert_places(places, "hn/cho|Chợ Bưởi|market|Trần Thị Bình|Hà Nội/Tây Hồ|1|0@0\n"
                              "hn/truong|Trường 1||||0|0@0\n");
        places_close(places);
}

static void a_change_keeps_the_reminders_and_a_removal_does_not(void **state)
{
        struct place changed = market;
        const struct places_reminder reminders[] = { { .at_us = 5, .by = "mai", .note = "called" },
                                                     { .at_us = 9, .by = "an", .note = "wrote" } };
        struct places *places = open_register(*state);
        struct heard heard = { .used = 0 };
        assert_int_equal(places_put(places, &market, 1), 0);
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(places_remind(places, "hn/cho", &reminders[i]), 0);
        changed.name = "Chợ";
        assert_int_equal(places_put(places, &changed, 1), 0);
        assert_places(places, "hn/cho|Chợ|market|Trần Thị Bình|Hà Nội/Tây Hồ|1|2@9\n");
        assert_int_equal(places_reminders(places, "hn/cho", see_reminder, &heard), 0);
        assert_string_equal(heard.text, "9 an wrote\n5 mai called\n");
        assert_int_equal(places_remove(places, "hn/cho"), 0);
        assert_int_equal(places_put(places, &market, 1), 0);
        assert_places(places, "hn/cho|Chợ Bưởi|market|Trần Thị Bình|Hà Nội/Tây Hồ|1|0@0\n");
        places_close(places);
}

static void what_is_not_there_is_said_to_be_missing(void **state)
{
        const struct places_reminder reminder = { .at_us = 5, .by = "mai", .note = "called" };
        struct places *places = open_register(*state);
        assert_int_equal(places_remove(places, "hn/cho"), -ENOENT);
        assert_int_equal(places_remind(places, "hn/cho", &reminder), -ENOENT);
        assert_places(places, "");
        places_close(places);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_BOTH(what_is_put_is_there_in_order_after_opening_it_anew),
                IN_BOTH(a_change_keeps_the_reminders_and_a_removal_does_not),
                IN_BOTH(what_is_not_there_is_said_to_be_missing),
        };
        return run_register_tests(tests, ARRAY_LEN(tests));
}

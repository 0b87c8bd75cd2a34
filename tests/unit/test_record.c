/* Record: the clock that never goes back, the modes that outlive a process, the site's key. */
#include "tests/check.h"

#include "controller/record/modes.h"
#include "controller/record/site_key.h"
#include "controller/record/wall_clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t now_us = INT64_C(1795000000) * 1000000;

static void time_never_goes_back_behind_the_last_record(void **state)
{
        (void)state;
        struct wall_clock clock = { .last_us = now_us };
        enum clock_quality quality;
        assert_int_equal(wall_clock_judge(&clock, now_us - 5, true, &quality), now_us);
        assert_int_equal(quality, CLOCK_UNTRUSTED);
        assert_int_equal(wall_clock_judge(&clock, now_us + 5, false, &quality), now_us + 5);
        assert_int_equal(quality, CLOCK_HOLDOVER);
        assert_int_equal(wall_clock_judge(&clock, now_us + 6, true, &quality), now_us + 6);
        assert_int_equal(quality, CLOCK_SYNCHRONISED);
}

static void a_clock_from_before_the_software_is_untrusted(void **state)
{
        (void)state;
        struct wall_clock clock = { .last_us = 0 };
        enum clock_quality quality;
        (void)wall_clock_judge(&clock, 1000000, true, &quality);
        assert_int_equal(quality, CLOCK_UNTRUSTED);
}

struct place {
        char folder[32], path[64];
};

static int enter(void **state)
{
        static struct place place;
        strcpy(place.folder, "/tmp/stile-record-XXXXXX");
        assert_non_null(mkdtemp(place.folder));
        snprintf(place.path, sizeof(place.path), "%s/file", place.folder);
        *state = &place;
        return 0;
}

static int leave(void **state)
{
        struct place *place = *state;
        unlink(place->path);
        return rmdir(place->folder);
}

static void write_file(const struct place *place, const char *text)
{
        FILE *file = fopen(place->path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

static struct settings two_points(void)
{
        struct settings settings = { .points = 2 };
        strcpy(settings.point[0].id, "entry");
        strcpy(settings.point[1].id, "exit");
        return settings;
}

static void modes_come_back_as_they_were_saved(void **state)
{
        const struct place *place = *state;
        struct settings settings = two_points();
        struct modes modes = { 0 }, loaded;
        assert_int_equal(modes_load(&loaded, &settings, place->path), 0);
        assert_memory_equal(&loaded, &modes, sizeof(modes));
        assert_true(modes_apply(&modes, &settings, EVENT_FIRE_RELEASE, -1));
        assert_true(modes_apply(&modes, &settings, EVENT_LOCK_DOWN, -1));
        assert_true(modes_apply(&modes, &settings, EVENT_LOCK_OPEN, 1));
        assert_false(modes_apply(&modes, &settings, EVENT_LOCK_OPEN, 1));
        assert_false(modes_apply(&modes, &settings, EVENT_ACCESS_GRANTED, 0));
        assert_int_equal(modes_save(&modes, &settings, place->path), 0);
        assert_int_equal(modes_load(&loaded, &settings, place->path), 0);
        assert_memory_equal(&loaded, &modes, sizeof(modes));
        assert_true(modes_apply(&modes, &settings, EVENT_LOCK_DOWN_RELEASE, 0));
        assert_true(modes.is_locked_down[1]);
        assert_true(modes_apply(&modes, &settings, EVENT_FIRE_RESET, -1));
        assert_false(modes.is_fire);
}

/* Whatever was in force is not known any more: free is the safe side. */
static void a_damaged_modes_file_means_a_release(void **state)
{
        const struct place *place = *state;
        static const char *const damaged[] = { "", "garbage\n", "stile modes 1\nlock-down entry\n",
                                               "stile modes 1\nwhat\nend\n" };
        struct settings settings = two_points();
        for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
                struct modes modes;
                write_file(place, damaged[i]);
                assert_int_equal(modes_load(&modes, &settings, place->path), 0);
                assert_true(modes.is_fire);
                assert_false(modes.is_locked_down[0]);
        }
}

static void an_access_point_that_is_gone_is_forgotten(void **state)
{
        const struct place *place = *state;
        struct settings settings = two_points();
        struct modes modes;
        write_file(place, "stile modes 1\nlock-down north\nlock-down exit\nend\n");
        assert_int_equal(modes_load(&modes, &settings, place->path), 0);
        assert_false(modes.is_fire || modes.is_locked_down[0]);
        assert_true(modes.is_locked_down[1]);
}

static void a_site_key_is_made_once_and_kept_private(void **state)
{
        const struct place *place = *state;
        uint8_t first[DIGEST_KEY_LEN], second[DIGEST_KEY_LEN];
        bool is_new = false;
        struct stat status;
        assert_int_equal(site_key_load(place->path, first, &is_new), 0);
        assert_true(is_new);
        assert_int_equal(stat(place->path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_int_equal(site_key_load(place->path, second, &is_new), 0);
        assert_false(is_new);
        assert_memory_equal(first, second, sizeof(first));
        assert_int_equal(chmod(place->path, 0640), 0);
        assert_int_equal(site_key_load(place->path, second, &is_new), -EPERM);
        write_file(place, "short");
        assert_int_equal(chmod(place->path, 0600), 0);
        assert_int_equal(site_key_load(place->path, second, &is_new), -EBADMSG);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(time_never_goes_back_behind_the_last_record),
                cmocka_unit_test(a_clock_from_before_the_software_is_untrusted),
                IN_PLACE(modes_come_back_as_they_were_saved),
                IN_PLACE(a_damaged_modes_file_means_a_release),
                IN_PLACE(an_access_point_that_is_gone_is_forgotten),
                IN_PLACE(a_site_key_is_made_once_and_kept_private),
        };
        return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

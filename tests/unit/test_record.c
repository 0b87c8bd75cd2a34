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

static const int64_t second_us = 1000000;
static const int64_t now_us = INT64_C(1795000000) * 1000000;

static int64_t look(struct wall_clock *clock, int64_t system_us, int64_t monotonic,
                    bool is_synchronised, enum clock_quality *quality)
{
        const struct wall_clock_reading reading = { .system_us = system_us,
                                                    .monotonic_us = monotonic,
                                                    .is_synchronised = is_synchronised };
        return wall_clock_judge(clock, &reading, quality);
}

static void time_never_goes_back_behind_the_last_record(void **state)
{
        (void)state;
        struct wall_clock clock = { .last_us = now_us };
        enum clock_quality quality;
        assert_int_equal(look(&clock, now_us - 5, 1, true, &quality), now_us);
        assert_int_equal(quality, CLOCK_UNTRUSTED);
        assert_int_equal(look(&clock, now_us + 5, 2, false, &quality), now_us + 5);
        assert_int_equal(quality, CLOCK_HOLDOVER);
        assert_int_equal(look(&clock, now_us + 6, 3, true, &quality), now_us + 6);
        assert_int_equal(quality, CLOCK_SYNCHRONISED);
}

/* A look a second, from the system's `system_us` on; the time that was given last. */
static int64_t look_for(struct wall_clock *clock, int64_t system_us, int seconds, bool is_vouched)
{
        enum clock_quality quality;
        int64_t begun_us = clock->looked_us > 0 ? clock->looked_us : 1, before_us = clock->last_us;
        for (int i = 0; i <= seconds; i++) {
                int64_t passed_us = i * second_us;
                int64_t given_us = look(clock, system_us + passed_us, begun_us + passed_us,
                                        is_vouched, &quality);
                assert_true(given_us >= before_us);
                before_us = given_us;
        }
        return before_us;
}

static void where_the_clock_was_lost_time_goes_on_at_half_speed(void **state)
{
        (void)state;
        const int day_s = 86400;
        struct wall_clock clock = { .last_us = now_us };
        int64_t lost_us = now_us - 30 * day_s * second_us;
        assert_int_equal(look_for(&clock, lost_us, day_s, false), now_us + day_s / 2 * second_us);
        assert_int_equal(clock.likely_us, clock.last_us);
        /* Again the next morning: the last row is what is left of yesterday. */
        struct wall_clock next = { .last_us = clock.last_us };
        assert_int_equal(look_for(&next, lost_us, day_s, false), now_us + day_s * second_us);
}

static void a_system_clock_that_is_a_little_behind_catches_up(void **state)
{
        (void)state;
        enum clock_quality quality;
        struct wall_clock clock = { .last_us = now_us };
        (void)look_for(&clock, now_us - 60 * second_us, 118, false);
        assert_int_equal(clock.last_us, now_us + 59 * second_us);
        (void)look(&clock, clock.last_us - 1, clock.looked_us, false, &quality);
        assert_int_equal(quality, CLOCK_UNTRUSTED);
        (void)look(&clock, clock.last_us, clock.looked_us + second_us, false, &quality);
        assert_int_equal(quality, CLOCK_HOLDOVER);
        assert_int_equal(clock.last_us, now_us + 59 * second_us);
}

static void when_the_systems_clock_is_vouched_for_the_rows_are_ahead_and_wait(void **state)
{
        (void)state;
        struct wall_clock clock = { .last_us = now_us };
        int64_t right_us = now_us - 3600 * second_us;
        assert_int_equal(look_for(&clock, right_us, 3599, true), now_us);
        assert_int_equal(clock.likely_us, right_us + 3599 * second_us);
        assert_int_equal(look_for(&clock, now_us, 10, true), now_us + 10 * second_us);
}

static void a_clock_from_before_the_software_is_untrusted(void **state)
{
        (void)state;
        struct wall_clock clock = { .last_us = 0 };
        enum clock_quality quality;
        (void)look(&clock, second_us, 1, true, &quality);
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
                cmocka_unit_test(where_the_clock_was_lost_time_goes_on_at_half_speed),
                cmocka_unit_test(a_system_clock_that_is_a_little_behind_catches_up),
                cmocka_unit_test(when_the_systems_clock_is_vouched_for_the_rows_are_ahead_and_wait),
                cmocka_unit_test(a_clock_from_before_the_software_is_untrusted),
                IN_PLACE(modes_come_back_as_they_were_saved),
                IN_PLACE(a_damaged_modes_file_means_a_release),
                IN_PLACE(an_access_point_that_is_gone_is_forgotten),
                IN_PLACE(a_site_key_is_made_once_and_kept_private),
        };
        return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

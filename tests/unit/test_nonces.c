/* Nonces: used once, whatever dies, however the clock goes. */
#include "tests/check.h"

#include "controller/record/nonces.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
#define NOW    (INT64_C(1795485600) * SECOND)
#define AHEAD  (60 * SECOND)

struct world {
        char folder[32], path[64];
        struct nonces nonces;
};

static void load(struct world *world, int64_t now_us)
{
        nonces_deinit(&world->nonces);
        nonces_load(&world->nonces, world->path, now_us, AHEAD);
}

static int set_up(void **state)
{
        struct world *world = calloc(1, sizeof(*world));
        assert_non_null(world);
        strcpy(world->folder, "/tmp/stile-nonces-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        snprintf(world->path, sizeof(world->path), "%s/nonces", world->folder);
        world->nonces.fd = -1;
        load(world, NOW);
        *state = world;
        return 0;
}

static int tear_down(void **state)
{
        struct world *world = *state;
        char fresh[80];
        nonces_deinit(&world->nonces);
        snprintf(fresh, sizeof(fresh), "%s.new", world->path);
        unlink(fresh);
        unlink(world->path);
        assert_int_equal(rmdir(world->folder), 0);
        free(world);
        return 0;
}

/* A command that may be on its way for `left_s` more. */
static enum nonces_answer use(struct world *world, const char *text, int64_t left_s, int64_t now_us)
{
        int error = 0;
        enum nonces_answer answer =
                nonces_use(&world->nonces, text, now_us + left_s * SECOND, now_us, &error);
        assert_int_equal(answer == NONCES_FAILED, error != 0);
        return answer;
}

static void write_file(const struct world *world, const char *text)
{
        FILE *file = fopen(world->path, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

static void a_nonce_is_used_once(void **state)
{
        struct world *world = *state;
        assert_int_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_FRESH);
        assert_int_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_USED);
        assert_int_equal(use(world, "aaaaaaaa", 30, NOW), NONCES_USED);
        assert_int_equal(use(world, "aaaaaaab", 10, NOW), NONCES_FRESH);
}

static void a_restart_forgets_none(void **state)
{
        struct world *world = *state;
        char text[16];
        for (int i = 0; i < 20; i++) {
                snprintf(text, sizeof(text), "nonce-%04d", i);
                assert_int_equal(use(world, text, 50, NOW), NONCES_FRESH);
                if (i % 7 == 3)
                        load(world, NOW);
        }
        load(world, NOW + SECOND);
        for (int i = 0; i < 20; i++) {
                snprintf(text, sizeof(text), "nonce-%04d", i);
                assert_int_equal(use(world, text, 50, NOW + SECOND), NONCES_USED);
        }
}

/* The file is cut at every length, as a power cut may: what was durable before stays used, and only
 * the one whose line was cut off, which the gate never heard of, may be used. */
static void a_power_cut_within_a_line_loses_nothing_that_was_carried_out(void **state)
{
        struct world *world = *state;
        static char whole[4096];
        assert_int_equal(use(world, "first-one", 50, NOW), NONCES_FRESH);
        assert_int_equal(use(world, "second-one", 50, NOW), NONCES_FRESH);
        FILE *file = fopen(world->path, "re");
        size_t len = fread(whole, 1, sizeof(whole), file);
        fclose(file);
        size_t second = (size_t)(strstr(whole, "second-one") - whole);
        while (whole[second - 1] != '\n')
                second--;
        for (size_t cut = second; cut < len; cut++) {
                file = fopen(world->path, "we");
                fwrite(whole, 1, cut, file);
                fclose(file);
                load(world, NOW);
                assert_int_equal(world->nonces.count, 1);
                assert_int_equal(use(world, "first-one", 50, NOW), NONCES_USED);
                assert_int_equal(use(world, "second-one", 50, NOW), NONCES_FRESH);
        }
}

static void a_damaged_file_means_that_nothing_from_before_is_taken(void **state)
{
        struct world *world = *state;
        static const char *const damaged[] = {
                "",
                "nonsense\n",
                "stile nonces 2 0\n",
                "stile nonces 1 \n",
                "stile nonces 1 0 \n",
                "stile nonces 1 0",
                "stile nonces 1 0\nhello\n1 aaaaaaaa\n",
                "stile nonces 1 0\n12 \n",
                "stile nonces 1 0\n-5 aaaaaaaa\n",
                "stile nonces 1 0\n1 aaa aaaa\n",
                "stile nonces 1 0\n99999999999999999999 aaaaaaaa\n",
                "stile nonces 1 0\n"
                "1 "
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "\n",
        };
        for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
                write_file(world, damaged[i]);
                load(world, NOW);
                assert_int_equal(use(world, "aaaaaaaa", 59, NOW), NONCES_FORGOTTEN);
                assert_int_equal(use(world, "aaaaaaaa", 60, NOW + SECOND), NONCES_FRESH);
                assert_int_equal(use(world, "aaaaaaaa", 59, NOW + 2 * SECOND), NONCES_USED);
        }
}

static void a_clock_that_goes_back_gives_no_command_a_second_life(void **state)
{
        struct world *world = *state;
        assert_int_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_FRESH);
        /* Its time is over, and it is forgotten: here and, by the file, after a restart. */
        for (int i = 0; i < 600; i++) {
                char text[16];
                snprintf(text, sizeof(text), "later-%04d", i);
                assert_int_equal(use(world, text, 1, NOW + (20 + 2 * i) * SECOND), NONCES_FRESH);
        }
        assert_true(world->nonces.count < 3);
        assert_int_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_FORGOTTEN);
        load(world, NOW - 3600 * SECOND);
        assert_int_not_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_FRESH);
}

static void the_file_stays_small(void **state)
{
        struct world *world = *state;
        struct stat info;
        for (int i = 0; i < 5000; i++) {
                char text[16];
                snprintf(text, sizeof(text), "nonce-%05d", i);
                assert_int_equal(use(world, text, 10, NOW + i * SECOND), NONCES_FRESH);
                assert_int_equal(stat(world->path, &info), 0);
                assert_true(info.st_size < 64 * 1024);
        }
}

static void there_is_room_for_so_many_and_then_again(void **state)
{
        struct world *world = *state;
        char text[16];
        for (int i = 0; i < NONCES_MAX; i++) {
                snprintf(text, sizeof(text), "nonce-%05d", i);
                assert_int_equal(use(world, text, 10, NOW), NONCES_FRESH);
        }
        assert_int_equal(use(world, "one-more-", 10, NOW), NONCES_FULL);
        assert_int_equal(use(world, "one-more-", 10, NOW + 11 * SECOND), NONCES_FRESH);
}

static void what_the_disk_does_not_take_is_not_used(void **state)
{
        struct world *world = *state;
        char path[64];
        strcpy(path, world->nonces.path);
        snprintf(world->nonces.path, sizeof(world->nonces.path), "%s/nowhere/nonces",
                 world->folder);
        assert_int_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_FAILED);
        assert_int_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_FAILED);
        strcpy(world->nonces.path, path);
        assert_int_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_FRESH);
        /* A full disk: the whole file is written anew at the next one. */
        close(world->nonces.fd);
        world->nonces.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        assert_int_equal(use(world, "bbbbbbbb", 10, NOW), NONCES_FAILED);
        assert_int_equal(use(world, "bbbbbbbb", 10, NOW), NONCES_FRESH);
        load(world, NOW);
        assert_int_equal(use(world, "aaaaaaaa", 10, NOW), NONCES_USED);
        assert_int_equal(use(world, "bbbbbbbb", 10, NOW), NONCES_USED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_nonce_is_used_once),
                TEST(a_restart_forgets_none),
                TEST(a_power_cut_within_a_line_loses_nothing_that_was_carried_out),
                TEST(a_damaged_file_means_that_nothing_from_before_is_taken),
                TEST(a_clock_that_goes_back_gives_no_command_a_second_life),
                TEST(the_file_stays_small),
                TEST(there_is_room_for_so_many_and_then_again),
                TEST(what_the_disk_does_not_take_is_not_used),
        };
        return cmocka_run_group_tests_name("nonces", tests, NULL, NULL);
}

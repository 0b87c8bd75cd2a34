/*
 * Bench: what finding a credential costs in a large registry: time, memory, size on disk. Prints;
 * judges nothing.
 *
 *     bench_registry [credentials [folder]]    default: 1000000, in the present folder
 *
 * The file is made there, several hundred MB of it for a million, and removed at the end.
 */
#include "controller/ports/digest.h"
#include "controller/ports/registry.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        CREDENTIALS = 1000000,
        FINDS = 20000,
        PATH_LEN = 512
};

static const uint8_t key[DIGEST_KEY_LEN] = { 1 };
static const char *const points[] = { "north-in", "north-out", "south-in", "south-out" };

static void check(int result, const char *what)
{
        if (result >= 0)
                return;
        fprintf(stderr, "%s: %s\n", what, strerror(-result));
        exit(1);
}

static int64_t now_ns(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint32_t random_below(uint32_t limit)
{
        static uint64_t state = 1;
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        return (uint32_t)((state >> 33) % limit);
}

static void make_lookup(uint32_t number, uint8_t lookup[FLOW_DIGEST_LEN])
{
        char text[32];
        int len = snprintf(text, sizeof(text), "%012u", number);
        check(digest_hmac(key, text, (size_t)len, lookup), "hmac");
}

static void put_places(struct registry *registry)
{
        static struct registry_area area = { .id = "yard", .points = ARRAY_LEN(points) };
        const struct schedule day = {
                .id = "day",
                .periods = 2,
                .period = { { .days = 31, .from_min = 360, .until_min = 1080 },
                            { .days = 96, .from_min = 420, .until_min = 720 } },
        };
        static struct registry_level timed = { .id = "timed", .schedule = "day", .points = 2 };
        for (size_t i = 0; i < ARRAY_LEN(points); i++)
                (void)snprintf(area.point[i], FLOW_ID_MAX, "%s", points[i]);
        memcpy(timed.point, area.point, sizeof(timed.point));
        check(registry_put_schedule(registry, &day), "schedule");
        check(registry_put_level(registry, &timed), "level");
        check(registry_put_area(registry, &area), "area");
        for (int month = 1; month <= 12; month++) {
                const struct registry_special_day special = { .month = month, .day = 9 };
                check(registry_put_special_day(registry, &special), "special day");
        }
}

/* One holder for each credential; every second goes by a schedule. */
static void enrol(struct registry *registry, uint32_t count)
{
        check(registry_begin(registry), "begin");
        put_places(registry);
        for (uint32_t i = 0; i < count; i++) {
                struct registry_holder holder = { .levels = 1 };
                struct registry_credential credential = { .class = CREDENTIAL_CCCD };
                (void)snprintf(holder.id, sizeof(holder.id), "w-%08u", i);
                (void)snprintf(holder.name, sizeof(holder.name), "Nguyễn Văn Số %u", i);
                (void)snprintf(holder.level[0].level, FLOW_ID_MAX, i % 2 ? "timed" : "all");
                check(registry_put_holder(registry, &holder), "holder");
                make_lookup(i, credential.lookup);
                memcpy(credential.holder, holder.id, sizeof(holder.id));
                (void)snprintf(credential.hint, sizeof(credential.hint), "%04u", i % 10000);
                check(registry_put_credential(registry, &credential), "credential");
        }
        check(registry_commit(registry), "commit");
}

static int by_value(const void *a, const void *b)
{
        int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
        return (first > second) - (first < second);
}

enum kind {
        KNOWN,
        UNKNOWN,
        PASS
};

static void find(struct registry *registry, uint32_t count, enum kind kind, const char *name)
{
        static int64_t took_ns[FINDS];
        const struct schedule_moment local = { .year = 2026, .month = 3, .day = 10 };
        for (int i = 0; i < FINDS; i++) {
                uint8_t lookup[FLOW_DIGEST_LEN];
                struct registry_match match;
                struct pass_claims pass = { .issued_us = 1 };
                struct registry_question question = { .lookup = lookup, .local = &local };
                uint32_t number = random_below(count);
                make_lookup(kind == KNOWN ? number : count + number, lookup);
                (void)snprintf(pass.holder, sizeof(pass.holder), "w-%08u", number);
                question.access_point = points[(uint32_t)i % ARRAY_LEN(points)];
                question.pass = kind == PASS ? &pass : NULL;
                int64_t from_ns = now_ns();
                check(registry_find(registry, &question, &match), "find");
                took_ns[i] = now_ns() - from_ns;
                if (match.is_known != (kind != UNKNOWN))
                        check(-1, "not what was put there");
        }
        qsort(took_ns, FINDS, sizeof(took_ns[0]), by_value);
        int64_t median_ns = took_ns[FINDS / 2], high_ns = took_ns[FINDS * 99 / 100];
        printf("find %-8s p50 %6.1f us   p99 %6.1f us   max %7.1f us\n", name,
               (double)median_ns / 1e3, (double)high_ns / 1e3, (double)took_ns[FINDS - 1] / 1e3);
}

/* The most that this process ever had in memory. */
static long peak_kb(void)
{
        struct rusage usage;
        return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : -1;
}

static void measure(const char *path, uint32_t count)
{
        struct registry *registry = NULL;
        struct stat file;
        char aside[256];
        int64_t from_ns = now_ns();
        check(registry_open(path, &registry, aside), "open");
        enrol(registry, count);
        registry = registry_close(registry);
        check(stat(path, &file), "stat");
        printf("%u credentials, enrolled in %.1f s; database %.1f MB\n", count,
               (double)(now_ns() - from_ns) / 1e9, (double)file.st_size / 1e6);

        from_ns = now_ns();
        check(registry_open(path, &registry, aside), "open");
        printf("opened and checked in %.2f s\n", (double)(now_ns() - from_ns) / 1e9);
        find(registry, count, KNOWN, "first");
        find(registry, count, KNOWN, "known");
        find(registry, count, UNKNOWN, "unknown");
        find(registry, count, PASS, "pass");
        printf("peak memory %ld KB\n", peak_kb());
        (void)registry_close(registry);
}

int main(int argc, char **argv)
{
        char folder[PATH_LEN], path[PATH_LEN + 16];
        long count = argc > 1 ? strtol(argv[1], NULL, 10) : CREDENTIALS;
        if (count < 1 || count > INT32_MAX / 2) {
                fputs("usage: bench_registry [credentials [folder]]\n", stderr);
                return 2;
        }
        (void)snprintf(folder, sizeof(folder), "%s/registry-XXXXXX", argc > 2 ? argv[2] : ".");
        if (!mkdtemp(folder)) {
                perror(folder);
                return 1;
        }
        (void)snprintf(path, sizeof(path), "%s/registry.db", folder);
        measure(path, (uint32_t)count);
        (void)unlink(path);
        return rmdir(folder) ? 1 : 0;
}

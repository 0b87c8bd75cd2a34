#include "tests/bench/scan_video.h"

#include "tests/scene/camera_sim.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
        FRAME_US = 33333,
        /* Frames: nobody is there, a hand comes, holds, goes, nobody is there. */
        EMPTY = 30,
        COMING = 6,
        HELD = 24,
        FRAMES = 2 * EMPTY + 2 * COMING + HELD,
        SOON = 4, /* frames from the first that any stage reads */
        COSTS_MAX = 8192,
        VIEWS_OF_SEED = 1000
};

#define AWAY 0.9 /* widths of the frame, where a hand's way begins */

struct costs {
        int count;
        double cost[COSTS_MAX];
};

struct videos {
        int shown, readable, read, soon, wrong, held, held_read;
        struct costs with, empty;
};

static int by_size(const void *a, const void *b)
{
        const double *one = a, *other = b;
        return (*one > *other) - (*one < *other);
}

static void add_cost(struct costs *costs, const struct scan_result *one, double plain_us)
{
        if (costs->count < COSTS_MAX)
                costs->cost[costs->count++] = (double)one->cpu_us / plain_us;
}

static double mean(const struct costs *costs)
{
        double sum = 0;
        for (int i = 0; i < costs->count; i++)
                sum += costs->cost[i];
        return costs->count ? sum / costs->count : 0;
}

static double share(struct costs *costs, int percent)
{
        qsort(costs->cost, (size_t)costs->count, sizeof(costs->cost[0]), by_size);
        return costs->count ? costs->cost[costs->count * percent / 100] : 0;
}

/* How far the code is from its place; a hand slows down towards it. */
static double aside(int frame)
{
        int coming = EMPTY + COMING - frame, going = frame - (FRAMES - EMPTY - COMING);
        double left = (coming > going ? coming : going) / (double)COMING;
        return left <= 0 ? 0 : left > 1 ? 2 : AWAY * left * left;
}

static bool is_right(const struct camera_sim_shot *shot, const struct scan_result *result,
                     int *wrong)
{
        int right = 0;
        for (int i = 0; i < result->codes; i++)
                right += result->payload[i].len == shot->len &&
                         memcmp(result->payload[i].bytes, shot->text, shot->len) == 0;
        *wrong += result->codes - right;
        return right > 0;
}

static void watch(struct scan_rivals *rivals, struct camera_sim_view view, struct videos *videos)
{
        static int64_t now_us = INT64_C(3600000000);
        int readable_at = -1, read_at = -1;
        now_us += 10000000;
        for (int i = 0; i < FRAMES; i++) {
                struct camera_sim_shot shot;
                struct scan_result plain, still = { 0 }, live;
                view.moment = 1 + i;
                view.aside = aside(i);
                camera_sim_shoot(&view, &shot);
                shot.frame.captured_us = now_us += FRAME_US;
                (void)scan_rival_read(rivals, SCAN_PLAIN, &shot.frame, &plain);
                (void)scan_rival_read(rivals, SCAN_LIVE, &shot.frame, &live);
                bool is_there = view.aside < AWAY;
                if (is_there && readable_at < 0 &&
                    (plain.codes > 0 ||
                     (scan_rival_read(rivals, SCAN_THOROUGH, &shot.frame, &still) &&
                      still.codes > 0)))
                        readable_at = i;
                bool is_read = is_right(&shot, &live, &videos->wrong);
                if (is_read && read_at < 0)
                        read_at = i;
                videos->held += view.aside <= 0;
                videos->held_read += view.aside <= 0 && is_read;
                add_cost(is_there ? &videos->with : &videos->empty, &live,
                         plain.cpu_us > 0 ? (double)plain.cpu_us : 1);
                camera_sim_deinit(&shot);
        }
        videos->shown++;
        videos->readable += readable_at >= 0;
        videos->read += read_at >= 0;
        videos->soon += readable_at >= 0 && read_at >= 0 && read_at - readable_at < SOON;
}

void scan_videos(struct scan_rivals *rivals, uint32_t seed)
{
        static struct videos videos;
        for (int trouble = 0; trouble < CAMERA_SIM_TROUBLES; trouble++) {
                for (int text = 0; text < CAMERA_SIM_TEXTS; text++) {
                        struct camera_sim_view view = {
                                .width_px = 640,
                                .height_px = 480,
                                .text = (enum camera_sim_text)text,
                                .trouble = (enum camera_sim_trouble)trouble,
                                .share = text == CAMERA_SIM_LONG ? 0.6 : 0.35,
                                .seed = seed * VIEWS_OF_SEED + 500 + (uint32_t)(trouble * 3 + text)
                        };
                        watch(rivals, view, &videos);
                }
        }
        printf("\nlive, %d videos of %d frames at 480p (a code comes, is held and goes): %d are "
               "readable in some frame by some stage; %d read, %d of them within %d frames; %d of "
               "%d frames with a held code; %d wrong\n",
               videos.shown, FRAMES, videos.readable, videos.read, videos.soon, SOON,
               videos.held_read, videos.held, videos.wrong);
        printf("a frame's cost with a code in view: mean %.2fx, median %.2fx, p95 %.2fx; without: "
               "mean %.3fx, median %.3fx,"
               " p95 %.2fx\n",
               mean(&videos.with), share(&videos.with, 50), share(&videos.with, 95),
               mean(&videos.empty), share(&videos.empty, 50), share(&videos.empty, 95));
}

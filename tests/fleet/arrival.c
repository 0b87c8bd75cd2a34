#include "arrival.h"

#include <string.h>

struct point {
        int minute;
        double rate; /* people per minute */
};

struct pattern {
        const char *name;
        struct point points[12]; /* the last one has the length */
};

/*
 * One lane of a turnstile passes 25 to 30 people a minute. A shift fills it for ten minutes before
 * its hour, after two busloads; the old shift leaves through the same lane afterwards. A school's
 * pupils come within twenty minutes, and a few are late.
 */
static const struct pattern patterns[] = {
        { "steady", { { 0, 10 }, { 60, 10 } } },
        { "shift",
          { { 0, 0.5 },
            { 20, 1 },
            { 30, 14 },
            { 35, 6 },
            { 45, 24 },
            { 58, 28 },
            { 61, 5 },
            { 65, 20 },
            { 75, 24 },
            { 85, 3 },
            { 120, 0.5 } } },
        { "school",
          { { 0, 0.2 },
            { 20, 2 },
            { 30, 12 },
            { 40, 28 },
            { 50, 30 },
            { 53, 8 },
            { 60, 2 },
            { 75, 0.3 },
            { 90, 0.2 } } },
};

const char arrival_help[] =
        "  steady  10 people a minute and gate\n"
        "  shift   a factory's: 120 minutes, two busloads, up to 28 a minute before the hour,\n"
        "          then the old shift leaves with up to 24 (about 1,200 people a gate)\n"
        "  school  a morning: 90 minutes, up to 30 a minute within twenty minutes, then the late\n"
        "          ones (about 770 people a gate)\n";

static const struct pattern *find(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
                if (strcmp(patterns[i].name, name) == 0)
                        return &patterns[i];
        return NULL;
}

static double rate_at(const struct pattern *pattern, double minute)
{
        const struct point *point = pattern->points;
        while (minute >= point[1].minute && point[1].minute > point[0].minute &&
               point[2].minute > point[1].minute)
                point++;
        double part = (minute - point[0].minute) / (point[1].minute - point[0].minute);
        return point[0].rate + part * (point[1].rate - point[0].rate);
}

static int length_of(const struct pattern *pattern)
{
        const struct point *point = pattern->points;
        while (point[1].minute > point[0].minute)
                point++;
        return point[0].minute;
}

bool arrival_init(struct arrival *arrival, const char *name, double scale, double speed)
{
        const struct pattern *pattern = find(name);
        if (!pattern)
                return false;
        *arrival = (struct arrival){ .minutes = length_of(pattern), .speed = speed };
        for (int i = 0; i < arrival->minutes; i++)
                arrival->people[i + 1] = arrival->people[i] + scale * rate_at(pattern, i + 0.5);
        return true;
}

int64_t arrival_us(const struct arrival *arrival, double people)
{
        double whole = arrival->people[arrival->minutes];
        double rounds = (double)(int64_t)(people / whole);
        double left = people - rounds * whole;
        int low = 0;
        int high = arrival->minutes;
        while (high - low > 1) {
                int middle = (low + high) / 2;
                if (arrival->people[middle] <= left)
                        low = middle;
                else
                        high = middle;
        }
        double within =
                (left - arrival->people[low]) / (arrival->people[low + 1] - arrival->people[low]);
        double minutes = rounds * arrival->minutes + low + within;
        return (int64_t)(minutes * 60e6 / arrival->speed);
}

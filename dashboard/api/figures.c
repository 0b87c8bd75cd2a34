#include "dashboard/api/figures.h"

#include "dashboard/access/principal.h"
#include "dashboard/api/query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        DAY_HOURS = 24,
        WEEK = 7,
        MONDAYS = 3 /* day 4 of 1970 was a Monday: (day + 3) % 7 is 0 on Mondays */
};

struct sums {
        uint64_t entries, exits, granted, denied;
        size_t gates, sites; /* that were active */
};

/* In which rows it was active: a bit each. */
struct mark {
        char name[ARCHIVE_GATE_MAX];
        size_t area, site; /* of a gate: which */
        unsigned char *rows;
        bool is_active;
};

struct marks {
        struct mark *mark; /* gates: in order of the name; sites: in order of their gates */
        size_t count, capacity;
};

struct area {
        char name[PRINCIPAL_AREA_MAX];
        struct sums sums;
        size_t known;
};

struct figures {
        const char *area;
        int64_t from_day, until_day;
        enum figures_by by;
        int offset_hours;
        struct sums *row;
        size_t rows;
        struct marks gates, sites;
        struct area *areas;
        size_t area_count, area_capacity;
        bool is_out_of_memory;
};

static int64_t month_of(int64_t day)
{
        int year;
        unsigned month, of_month;
        query_date(day, &year, &month, &of_month);
        return (int64_t)year * 12 + month - 1;
}

/* Which row a local hour is in, before the first is taken off. */
static int64_t place_of(enum figures_by by, int64_t hour)
{
        int64_t day = hour / DAY_HOURS;
        return by == FIGURES_HOUR   ? hour
               : by == FIGURES_DAY  ? day
               : by == FIGURES_WEEK ? (day + MONDAYS) / WEEK
                                    : month_of(day);
}

struct figures *figures_new(const char *area, int64_t from_day, int64_t until_day,
                            enum figures_by by, int offset_min)
{
        struct figures *figures = calloc(1, sizeof(*figures));
        if (!figures)
                return NULL;
        *figures = (struct figures){ .area = area,
                                     .from_day = from_day,
                                     .until_day = until_day,
                                     .by = by,
                                     .offset_hours = offset_min / 60 };
        int64_t last = until_day * DAY_HOURS + DAY_HOURS - 1;
        figures->rows = (size_t)(place_of(by, last) - place_of(by, from_day * DAY_HOURS) + 1);
        figures->row = calloc(figures->rows, sizeof(*figures->row));
        return figures->row ? figures : figures_free(figures);
}

static void free_marks(struct marks *marks)
{
        for (size_t i = 0; i < marks->count; i++)
                free(marks->mark[i].rows);
        free(marks->mark);
}

struct figures *figures_free(struct figures *figures)
{
        if (!figures)
                return NULL;
        free_marks(&figures->gates);
        free_marks(&figures->sites);
        free(figures->areas);
        free(figures->row);
        free(figures);
        return NULL;
}

int64_t figures_from_hour(const struct figures *figures)
{
        return figures->from_day * DAY_HOURS - figures->offset_hours;
}

int64_t figures_until_hour(const struct figures *figures)
{
        return (figures->until_day + 1) * DAY_HOURS - figures->offset_hours;
}

/* They come in order of the name: the next is behind the last. NULL: no memory. */
static struct mark *add_mark(struct figures *figures, struct marks *marks, const char *name,
                             size_t len)
{
        struct mark *last = marks->count > 0 ? &marks->mark[marks->count - 1] : NULL;
        if (last && strlen(last->name) == len && memcmp(last->name, name, len) == 0)
                return last;
        if (!marks->mark || marks->count == marks->capacity) {
                size_t capacity = marks->capacity ? 2 * marks->capacity : 64;
                struct mark *more = reallocarray(marks->mark, capacity, sizeof(*more));
                if (!more)
                        return NULL;
                marks->mark = more;
                marks->capacity = capacity;
        }
        unsigned char *rows = calloc(figures->rows / 8 + 1, 1);
        if (!rows)
                return NULL;
        struct mark *mark = &marks->mark[marks->count++];
        *mark = (struct mark){ .rows = rows };
        snprintf(mark->name, sizeof(mark->name), "%.*s", (int)len, name);
        return mark;
}

/* "org/site/gate" → its first `names` names. */
static size_t head_of(const char *gate, int names)
{
        size_t len = 0;
        for (int i = 0; i < names && gate[len] != '\0'; i++) {
                len += i > 0;
                len += strcspn(gate + len, "/");
        }
        return len;
}

static int depth_of(const char *area)
{
        int depth = area[0] != '\0';
        for (const char *at = area; *at != '\0'; at++)
                depth += *at == '/';
        return depth;
}

/* They come in order, too. NULL: no memory. */
static struct area *add_area(struct figures *figures, const char *gate)
{
        size_t len = head_of(gate, depth_of(figures->area) + 1);
        if (figures->area_count > 0) {
                struct area *last = &figures->areas[figures->area_count - 1];
                if (strlen(last->name) == len && memcmp(last->name, gate, len) == 0)
                        return last;
        }
        if (!figures->areas || figures->area_count == figures->area_capacity) {
                size_t capacity = figures->area_capacity ? 2 * figures->area_capacity : 64;
                struct area *more = reallocarray(figures->areas, capacity, sizeof(*more));
                if (!more)
                        return NULL;
                figures->areas = more;
                figures->area_capacity = capacity;
        }
        struct area *area = &figures->areas[figures->area_count++];
        *area = (struct area){ .known = 0 };
        snprintf(area->name, sizeof(area->name), "%.*s", (int)len, gate);
        return area;
}

bool figures_add_gate(void *context, const struct history_gate *gate)
{
        struct figures *figures = context;
        struct area *area = add_area(figures, gate->gate);
        struct mark *mark = add_mark(figures, &figures->gates, gate->gate, strlen(gate->gate));
        struct mark *site = add_mark(figures, &figures->sites, gate->gate, head_of(gate->gate, 2));
        figures->is_out_of_memory = figures->is_out_of_memory || !area || !mark || !site;
        if (!area || !mark || !site)
                return false;
        mark->area = (size_t)(area - figures->areas);
        mark->site = (size_t)(site - figures->sites.mark);
        area->known++;
        return true;
}

int figures_error(const struct figures *figures)
{
        return figures->is_out_of_memory ? -ENOMEM : 0;
}

static int compare(const void *name, const void *mark)
{
        return strcmp(name, ((const struct mark *)mark)->name);
}

/* True: for the first time. */
static bool set_mark(struct mark *mark, size_t row)
{
        unsigned char bit = (unsigned char)(1U << (row % 8));
        bool is_new = !(mark->rows[row / 8] & bit);
        mark->rows[row / 8] |= bit;
        return is_new;
}

static void add(struct sums *sums, const struct history_tally *tally)
{
        sums->entries += tally->entries;
        sums->exits += tally->exits;
        sums->granted += tally->granted;
        sums->denied += tally->denied;
}

bool figures_add(void *context, const struct history_tally *tally)
{
        struct figures *figures = context;
        int64_t place = place_of(figures->by, tally->hour + figures->offset_hours) -
                        place_of(figures->by, figures->from_day * DAY_HOURS);
        struct mark *gate = figures->gates.count > 0
                                    ? bsearch(tally->gate, figures->gates.mark,
                                              figures->gates.count, sizeof(*gate), compare)
                                    : NULL;
        if (!gate || place < 0 || (size_t)place >= figures->rows)
                return true; /* a gate that came since the others were listed */
        struct area *area = &figures->areas[gate->area];
        struct sums *row = &figures->row[place];
        add(row, tally);
        add(&area->sums, tally);
        row->gates += set_mark(gate, (size_t)place);
        row->sites += set_mark(&figures->sites.mark[gate->site], (size_t)place);
        area->sums.gates += !gate->is_active;
        gate->is_active = true;
        return true;
}

/* The row's first day, and with hours the hour. */
static void format_start(const struct figures *figures, size_t row, char text[16])
{
        int64_t place = place_of(figures->by, figures->from_day * DAY_HOURS) + (int64_t)row;
        int64_t day = figures->by == FIGURES_HOUR  ? place / DAY_HOURS
                      : figures->by == FIGURES_DAY ? place
                      : figures->by == FIGURES_WEEK
                              ? place * WEEK - MONDAYS
                              : query_days((int)(place / 12), (unsigned)(place % 12) + 1, 1);
        int year;
        unsigned month, of_month;
        query_date(day, &year, &month, &of_month);
        if (figures->by == FIGURES_HOUR)
                snprintf(text, 16, "%04d-%02u-%02uT%02d", year % 10000, month % 100, of_month % 100,
                         (int)(place % DAY_HOURS));
        else
                snprintf(text, 16, "%04d-%02u-%02u", year % 10000, month % 100, of_month % 100);
}

static json_t *show(const char *key, const char *name, const struct sums *sums)
{
        return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", key, name, "entries",
                         (json_int_t)sums->entries, "exits", (json_int_t)sums->exits, "granted",
                         (json_int_t)sums->granted, "denied", (json_int_t)sums->denied,
                         "active_gates", (json_int_t)sums->gates);
}

json_t *figures_rows(const struct figures *figures)
{
        json_t *list = json_array();
        for (size_t i = 0; i < figures->rows; i++) {
                char start[16];
                format_start(figures, i, start);
                json_t *row = show("start", start, &figures->row[i]);
                json_object_set_new(row, "active_sites",
                                    json_integer((json_int_t)figures->row[i].sites));
                json_array_append_new(list, row);
        }
        return list;
}

json_t *figures_areas(const struct figures *figures)
{
        json_t *list = json_array();
        for (size_t i = 0; i < figures->area_count; i++) {
                json_t *area = show("area", figures->areas[i].name, &figures->areas[i].sums);
                json_object_set_new(area, "gates",
                                    json_integer((json_int_t)figures->areas[i].known));
                json_array_append_new(list, area);
        }
        return list;
}

int64_t figures_first_hour(int64_t now_us, int offset_min)
{
        int64_t local_min = now_us / 60000000 + offset_min;
        int64_t midnight_min = local_min - local_min % 1440 - offset_min;
        return midnight_min / 60;
}

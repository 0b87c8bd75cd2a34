#include "dashboard/places/coverage.h"

#include "dashboard/access/principal.h"
#include "dashboard/api/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)

/* A place of the register, its strings in one block of memory behind `site`. */
struct row {
        char *site;
        const char *name, *category, *owner, *division;
        bool is_in_scope;
        int64_t reminders, reminded_us;
        int64_t gates, online, last_us;
        int64_t entries, exits;
};

enum state {
        MISSING, /* no gate of it was ever heard */
        ACTIVE,  /* somebody passed today */
        QUIET,   /* nobody did, and its gates are heard */
        SILENT   /* nothing for COVERAGE_SILENT_DAYS */
};

static const char *const states[] = { "not_equipped", "active", "quiet", "silent" };

struct coverage {
        const char *division;
        int64_t now_us;
        struct row *row; /* in order of the site */
        size_t count, capacity;
        int error;
};

struct sums {
        int64_t registered, in_scope, equipped, active, silent, entries, exits, reminders,
                escalated;
};

struct coverage *coverage_new(const char *division, int64_t now_us)
{
        struct coverage *coverage = calloc(1, sizeof(*coverage));
        if (coverage) {
                coverage->division = division;
                coverage->now_us = now_us;
        }
        return coverage;
}

struct coverage *coverage_free(struct coverage *coverage)
{
        if (!coverage)
                return NULL;
        for (size_t i = 0; i < coverage->count; i++)
                free(coverage->row[i].site);
        free(coverage->row);
        free(coverage);
        return NULL;
}

static const char *keep(char **at, const char *text)
{
        size_t size = strlen(text) + 1;
        char *kept = memcpy(*at, text, size);
        *at += size;
        return kept;
}

static int add(struct coverage *coverage, const struct place *place)
{
        if (coverage->count == COVERAGE_PLACES_MAX)
                return -E2BIG;
        if (coverage->count == coverage->capacity) {
                size_t capacity = coverage->capacity > 0 ? 2 * coverage->capacity : 64;
                struct row *rows = realloc(coverage->row, capacity * sizeof(*rows));
                if (!rows)
                        return -ENOMEM;
                coverage->row = rows;
                coverage->capacity = capacity;
        }
        char *block = malloc(strlen(place->site) + strlen(place->name) + strlen(place->category) +
                             strlen(place->owner) + strlen(place->division) + 5);
        if (!block)
                return -ENOMEM;
        struct row *row = &coverage->row[coverage->count++];
        char *at = block;
        *row = (struct row){ .site = block,
                             .is_in_scope = place->is_in_scope,
                             .reminders = place->reminders,
                             .reminded_us = place->reminded_us };
        (void)keep(&at, place->site);
        row->name = keep(&at, place->name);
        row->category = keep(&at, place->category);
        row->owner = keep(&at, place->owner);
        row->division = keep(&at, place->division);
        return 0;
}

bool coverage_add_place(void *context, const struct place *place)
{
        struct coverage *coverage = context;
        if (area_contains(coverage->division, place->division))
                coverage->error = add(coverage, place);
        return coverage->error == 0;
}

/* Of "org/site/gate"; NULL: it is not in the register. */
static struct row *find(struct coverage *coverage, const char *gate)
{
        const char *slash = strrchr(gate, '/');
        size_t len = slash ? (size_t)(slash - gate) : strlen(gate);
        size_t low = 0, high = coverage->count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                struct row *row = &coverage->row[middle];
                int order = strncmp(row->site, gate, len);
                if (order == 0 && row->site[len] == '\0')
                        return row;
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

bool coverage_add_gate(void *context, const struct history_gate *gate)
{
        struct row *row = find(context, gate->gate);
        if (!row)
                return true;
        row->gates++;
        row->online += strcmp(gate->state, "online") == 0;
        if (gate->last_row_us > row->last_us)
                row->last_us = gate->last_row_us;
        return true;
}

bool coverage_add_tally(void *context, const struct history_tally *tally)
{
        struct row *row = find(context, tally->gate);
        if (row) {
                row->entries += (int64_t)tally->entries;
                row->exits += (int64_t)tally->exits;
        }
        return true;
}

int coverage_error(const struct coverage *coverage)
{
        return coverage->error;
}

static enum state state_of(const struct coverage *coverage, const struct row *row)
{
        if (row->gates == 0)
                return MISSING;
        if (row->entries + row->exits > 0)
                return ACTIVE;
        return row->last_us >= coverage->now_us - COVERAGE_SILENT_DAYS * DAY_US ? QUIET : SILENT;
}

/* Reminded as often as may be, and nobody has passed yet. */
static bool is_escalated(const struct coverage *coverage, const struct row *row)
{
        enum state state = state_of(coverage, row);
        return row->is_in_scope && row->reminders >= PLACES_ESCALATE &&
               (state == MISSING || state == SILENT);
}

static json_t *show(const struct coverage *coverage, const struct row *row)
{
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:I, s:I, s:o, s:I, s:I, s:I, s:o,"
                         " s:b}",
                         "site", row->site, "name", row->name, "category", row->category, "owner",
                         row->owner, "division", row->division, "in_scope", row->is_in_scope,
                         "state", states[state_of(coverage, row)], "gates", (json_int_t)row->gates,
                         "online", (json_int_t)row->online, "last_event_at",
                         show_time(row->last_us), "entries_today", (json_int_t)row->entries,
                         "exits_today", (json_int_t)row->exits, "reminders",
                         (json_int_t)row->reminders, "reminded_at", show_time(row->reminded_us),
                         "escalated", is_escalated(coverage, row));
}

json_t *coverage_places(const struct coverage *coverage, const char *after, size_t limit,
                        coverage_filter *filter, void *context, const char **next)
{
        json_t *places = json_array();
        *next = "";
        for (size_t i = 0; i < coverage->count; i++) {
                const struct row *row = &coverage->row[i];
                if (strcmp(row->site, after) <= 0 || !filter(context, row->site))
                        continue;
                if (json_array_size(places) == limit) {
                        *next = json_string_value(
                                json_object_get(json_array_get(places, limit - 1), "site"));
                        break;
                }
                if (json_array_append_new(places, show(coverage, row)) != 0) {
                        json_decref(places);
                        return NULL;
                }
        }
        return places;
}

static void add_sums(const struct coverage *coverage, const struct row *row, struct sums *sums)
{
        enum state state = state_of(coverage, row);
        sums->registered++;
        sums->in_scope += row->is_in_scope;
        sums->equipped += state != MISSING;
        sums->active += state == ACTIVE;
        sums->silent += state == SILENT;
        sums->entries += row->entries;
        sums->exits += row->exits;
        sums->reminders += row->reminders;
        sums->escalated += is_escalated(coverage, row);
}

static json_t *show_sums(const char *division, const struct sums *sums)
{
        return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "division", division,
                         "registered", (json_int_t)sums->registered, "in_scope",
                         (json_int_t)sums->in_scope, "equipped", (json_int_t)sums->equipped,
                         "active", (json_int_t)sums->active, "silent", (json_int_t)sums->silent,
                         "entries", (json_int_t)sums->entries, "exits", (json_int_t)sums->exits,
                         "reminders", (json_int_t)sums->reminders, "escalated",
                         (json_int_t)sums->escalated);
}

/* The division one level below the coverage's that holds the row's; its own, where it ends there.
 */
static void child_of(const struct coverage *coverage, const struct row *row,
                     char child[PLACES_DIVISION_MAX])
{
        size_t own = strlen(coverage->division);
        const char *rest = row->division + own;
        rest += own > 0 && *rest == '/';
        size_t len = (size_t)(rest - row->division) + strcspn(rest, "/");
        snprintf(child, PLACES_DIVISION_MAX, "%.*s", (int)len, row->division);
}

static int compare_children(const void *a, const void *b, void *coverage)
{
        char left[PLACES_DIVISION_MAX], right[PLACES_DIVISION_MAX];
        child_of(coverage, *(const struct row *const *)a, left);
        child_of(coverage, *(const struct row *const *)b, right);
        return strcmp(left, right);
}

static json_t *roll_up(const struct coverage *coverage, const struct row **rows, size_t count)
{
        json_t *divisions = json_array();
        struct sums sums = { 0 };
        char child[PLACES_DIVISION_MAX], next[PLACES_DIVISION_MAX];
        for (size_t i = 0; i < count; i++) {
                child_of(coverage, rows[i], child);
                add_sums(coverage, rows[i], &sums);
                if (i + 1 < count)
                        child_of(coverage, rows[i + 1], next);
                if (i + 1 < count && strcmp(child, next) == 0)
                        continue;
                if (json_array_append_new(divisions, show_sums(child, &sums)) != 0) {
                        json_decref(divisions);
                        return NULL;
                }
                sums = (struct sums){ 0 };
        }
        return divisions;
}

json_t *coverage_divisions(const struct coverage *coverage, coverage_filter *filter, void *context)
{
        const struct row **rows = calloc(coverage->count + 1, sizeof(struct row *));
        size_t count = 0;
        if (!rows)
                return NULL;
        for (size_t i = 0; i < coverage->count; i++)
                if (filter(context, coverage->row[i].site))
                        rows[count++] = &coverage->row[i];
        /* By the child, not the whole path: "a b" stands between "a" and "a/c". */
        qsort_r(rows, count, sizeof(struct row *), compare_children, (void *)coverage);
        json_t *divisions = roll_up(coverage, rows, count);
        free(rows);
        return divisions;
}

json_t *coverage_total(const struct coverage *coverage, coverage_filter *filter, void *context)
{
        struct sums sums = { 0 };
        for (size_t i = 0; i < coverage->count; i++)
                if (filter(context, coverage->row[i].site))
                        add_sums(coverage, &coverage->row[i], &sums);
        return show_sums(coverage->division, &sums);
}

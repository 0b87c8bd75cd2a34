#include "tests/fake/history_fake.h"

#include "dashboard/access/principal.h"

#include <errno.h>
#include <string.h>

static struct history_fake *begin(struct history *history)
{
        struct history_fake *fake = (struct history_fake *)history;
        fake->looks++;
        return fake;
}

static int gates(struct history *history, const char *area, const char *after, size_t limit,
                 history_gate_visitor *visit, void *context)
{
        struct history_fake *fake = begin(history);
        for (size_t i = 0; i < fake->gate_count && limit > 0 && !fake->error; i++) {
                const struct history_gate *gate = &fake->gates[i];
                if (!area_contains(area, gate->gate) || strcmp(gate->gate, after) <= 0)
                        continue;
                if (!visit(context, gate))
                        break;
                limit--;
        }
        return fake->error;
}

/* Below 0: `a` is the older one. */
static int compare_places(const struct history_place *a, const struct history_place *b)
{
        if (a->at_us != b->at_us)
                return a->at_us < b->at_us ? -1 : 1;
        if (a->stream != b->stream)
                return a->stream < b->stream ? -1 : 1;
        return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static bool is_silent(const char *event)
{
        return strcmp(event, "SilentAlarm") == 0 || strcmp(event, "Duress") == 0;
}

static bool is_wanted(const struct history_event_filter *filter, const struct history_event *event)
{
        int64_t at_us = event->place.at_us;
        return area_contains(filter->area, event->gate) && at_us >= filter->from_us &&
               (!filter->until_us || at_us < filter->until_us) &&
               (!filter->event[0] || strcmp(filter->event, event->event) == 0) &&
               (!filter->reason[0] || strcmp(filter->reason, event->reason) == 0) &&
               (!filter->subject ||
                memcmp(filter->subject, event->subject, HISTORY_SUBJECT_LEN) == 0) &&
               (filter->with_silent || !is_silent(event->event));
}

static int events(struct history *history, const struct history_event_filter *filter,
                  history_event_visitor *visit, void *context)
{
        static const struct history_place from_newest = { 0 };
        struct history_fake *fake = begin(history);
        struct history_place before = filter->before;
        if (compare_places(&before, &from_newest) == 0)
                before = (struct history_place){ INT64_MAX, INT64_MAX, UINT64_MAX };
        for (size_t n = 0; n < filter->limit && !fake->error; n++) {
                const struct history_event *next = NULL;
                for (size_t i = 0; i < fake->event_count; i++) {
                        const struct history_event *event = &fake->events[i];
                        if (is_wanted(filter, event) &&
                            compare_places(&event->place, &before) < 0 &&
                            (!next || compare_places(&event->place, &next->place) > 0))
                                next = event;
                }
                if (!next || !visit(context, next))
                        break;
                before = next->place;
        }
        return fake->error;
}

static int inside(struct history *history, const char *area, int64_t after_entered_us,
                  int64_t after_id, size_t limit, history_visit_visitor *visit, void *context)
{
        struct history_fake *fake = begin(history);
        for (size_t i = 0; i < fake->visit_count && limit > 0 && !fake->error; i++) {
                const struct history_visit *stay = &fake->visits[i];
                bool is_after = after_id == 0 || stay->entered_us > after_entered_us ||
                                (stay->entered_us == after_entered_us && stay->id > after_id);
                if (stay->left_us || !is_after || !area_contains(area, stay->site))
                        continue;
                if (!visit(context, stay))
                        break;
                limit--;
        }
        return fake->error;
}

/* How many of the first `until` are inside there; at most `most`. */
static int64_t count_inside(const struct history_fake *fake, const char *site, size_t until,
                            int64_t most)
{
        int64_t count = 0;
        for (size_t i = 0; i < until && count < most; i++)
                count += !fake->visits[i].left_us && strcmp(fake->visits[i].site, site) == 0;
        return count;
}

static int inside_counts(struct history *history, const char *area, history_visit_visitor *visit,
                         void *context)
{
        struct history_fake *fake = begin(history);
        for (size_t i = 0; i < fake->visit_count && !fake->error; i++) {
                const char *site = fake->visits[i].site;
                if (fake->visits[i].left_us || !area_contains(area, site) ||
                    count_inside(fake, site, i, 1) > 0)
                        continue;
                const struct history_visit count = {
                        .site = site, .id = count_inside(fake, site, fake->visit_count, INT64_MAX)
                };
                if (!visit(context, &count))
                        break;
        }
        return fake->error;
}

static bool is_touched(const struct history_visit *stay, int64_t from_us, int64_t until_us)
{
        return (!until_us || stay->entered_us < until_us) &&
               (!stay->left_us || stay->left_us >= from_us);
}

static int visits(struct history *history, const uint8_t subject[HISTORY_SUBJECT_LEN],
                  const char *area, int64_t from_us, int64_t until_us, size_t limit,
                  history_visit_visitor *visit, void *context)
{
        struct history_fake *fake = begin(history);
        for (size_t i = 0; i < fake->visit_count && limit > 0 && !fake->error; i++) {
                const struct history_visit *stay = &fake->visits[i];
                if (memcmp(stay->subject, subject, HISTORY_SUBJECT_LEN) != 0 ||
                    !area_contains(area, stay->site) || !is_touched(stay, from_us, until_us))
                        continue;
                if (!visit(context, stay))
                        break;
                limit--;
        }
        return fake->error;
}

/* False: they did not meet. */
static bool meet(const struct history_contact_query *query, const struct history_visit *mine,
                 const struct history_visit *other, struct history_contact *contact)
{
        int64_t low = mine->entered_us - query->margin_us;
        int64_t high = (mine->left_us ? mine->left_us : query->now_us) + query->margin_us;
        if (strcmp(mine->site, other->site) != 0 || other->entered_us > high ||
            (other->left_us && other->left_us < low) ||
            memcmp(mine->subject, other->subject, HISTORY_SUBJECT_LEN) == 0)
                return false;
        *contact = (struct history_contact){
                .visit = *other,
                .from_us = other->entered_us > low ? other->entered_us : low,
                .until_us = other->left_us  ? other->left_us < high ? other->left_us : high
                            : mine->left_us ? high
                                            : 0,
                .of_visit = mine->id,
        };
        return true;
}

static int compare_contacts(const void *a, const void *b)
{
        const struct history_contact *one = a, *two = b;
        if (one->from_us != two->from_us)
                return one->from_us < two->from_us ? -1 : 1;
        return one->visit.id < two->visit.id ? -1 : one->visit.id > two->visit.id;
}

static int contacts(struct history *history, const struct history_contact_query *query,
                    history_contact_visitor *visit, void *context)
{
        struct history_fake *fake = begin(history);
        size_t count = 0, own = 0;
        for (size_t i = 0; i < fake->visit_count; i++)
                own += memcmp(fake->visits[i].subject, query->subject, HISTORY_SUBJECT_LEN) == 0;
        struct history_contact *found = calloc(own * fake->visit_count + 1, sizeof(*found));
        if (!found || fake->error) {
                free(found);
                return fake->error ? fake->error : -ENOMEM;
        }
        for (size_t i = 0; i < fake->visit_count; i++) {
                const struct history_visit *mine = &fake->visits[i];
                if (memcmp(mine->subject, query->subject, HISTORY_SUBJECT_LEN) != 0 ||
                    !area_contains(query->area, mine->site) ||
                    !is_touched(mine, query->from_us, query->until_us))
                        continue;
                for (size_t n = 0; n < fake->visit_count; n++)
                        count += meet(query, mine, &fake->visits[n], &found[count]);
        }
        qsort(found, count, sizeof(*found), compare_contacts);
        for (size_t i = 0; i < count && i < query->limit; i++)
                if (!visit(context, &found[i]))
                        break;
        free(found);
        return 0;
}

static int tallies(struct history *history, const char *area, int64_t from_hour, int64_t until_hour,
                   history_tally_visitor *visit, void *context)
{
        struct history_fake *fake = begin(history);
        for (size_t i = 0; i < fake->tally_count && !fake->error; i++) {
                const struct history_tally *tally = &fake->tallies[i];
                if (area_contains(area, tally->gate) && tally->hour >= from_hour &&
                    tally->hour < until_hour && !visit(context, tally))
                        break;
        }
        return fake->error;
}

static int health(struct history *history, const char *gate, int64_t from_hour, int64_t until_hour,
                  history_health_visitor *visit, void *context)
{
        struct history_fake *fake = begin(history);
        (void)gate;
        for (size_t i = 0; i < fake->health_count && !fake->error; i++) {
                const struct history_health *one = &fake->health[i];
                if (one->hour >= from_hour && one->hour < until_hour && !visit(context, one))
                        break;
        }
        return fake->error;
}

static int heads(struct history *history, history_head_visitor *visit, void *context)
{
        struct history_fake *fake = begin(history);
        for (size_t i = 0; i < fake->event_count && !fake->error; i++) {
                struct history_head head = { .stream = fake->events[i].place.stream };
                bool is_first = true;
                for (size_t n = 0; n < fake->event_count; n++) {
                        const struct history_place *place = &fake->events[n].place;
                        if (place->stream != head.stream)
                                continue;
                        is_first = is_first && n >= i;
                        head.highest = place->seq > head.highest ? place->seq : head.highest;
                }
                if (is_first && !visit(context, &head))
                        break;
        }
        return fake->error;
}

static int rows_after(struct history *history, int64_t stream, uint64_t after, size_t limit,
                      history_event_visitor *visit, void *context)
{
        struct history_fake *fake = begin(history);
        for (; limit > 0 && !fake->error; limit--) {
                const struct history_event *next = NULL;
                for (size_t i = 0; i < fake->event_count; i++) {
                        const struct history_event *event = &fake->events[i];
                        if (event->place.stream == stream && event->place.seq > after &&
                            (!next || event->place.seq < next->place.seq))
                                next = event;
                }
                if (!next || !visit(context, next))
                        break;
                after = next->place.seq;
        }
        return fake->error;
}

static void close_history(struct history *history)
{
        (void)history; /* the test's */
}

static const struct history_ops ops = {
        .name = "fake",
        .gates = gates,
        .events = events,
        .inside = inside,
        .inside_counts = inside_counts,
        .visits = visits,
        .contacts = contacts,
        .tallies = tallies,
        .health = health,
        .heads = heads,
        .rows_after = rows_after,
        .close = close_history,
};

struct history_fake history_fake(void)
{
        return (struct history_fake){ .history = { .ops = &ops } };
}

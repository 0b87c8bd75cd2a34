#include "drivers/archive/summary.h"

#include <errno.h>
#include <string.h>

static int64_t hour_of(int64_t at_us)
{
        return at_us / SUMMARY_HOUR_US - (at_us % SUMMARY_HOUR_US < 0);
}

static bool is_nobody(const uint8_t subject[16])
{
        static const uint8_t nobody[16];
        return memcmp(subject, nobody, sizeof(nobody)) == 0;
}

/* False: it counts nothing. */
static bool count_row(const struct archive_row *row, struct summary_tally *tally)
{
        if (strcmp(row->event, "AccessTaken") == 0) {
                tally->entries = strcmp(row->direction, "entry") == 0;
                tally->exits = strcmp(row->direction, "exit") == 0;
        } else {
                tally->granted = strcmp(row->event, "AccessGranted") == 0;
                tally->denied = strcmp(row->event, "AccessDenied") == 0;
        }
        return tally->entries + tally->exits + tally->granted + tally->denied > 0;
}

static void add_row(struct summary *summary, const struct archive_row *row,
                    const struct summary_place *place)
{
        struct summary_tally tally = { .hour = hour_of(row->at_us), .gate = place->gate };
        if (!count_row(row, &tally))
                return;
        summary->tallies[summary->tally_count++] = tally;
        if (tally.entries + tally.exits == 0 || is_nobody(row->subject))
                return;
        summary->passages[summary->passage_count++] = (struct summary_passage){
                .site = place->site,
                .subject = row->subject,
                .event = { .at_us = row->at_us,
                           .is_entry = tally.entries > 0,
                           .gate = place->gate,
                           .credential_class = row->credential_class },
        };
}

static int compare_tallies(const void *a, const void *b)
{
        const struct summary_tally *left = a, *right = b;
        if (left->hour != right->hour)
                return left->hour < right->hour ? -1 : 1;
        return left->gate < right->gate ? -1 : left->gate > right->gate;
}

static int compare_people(const struct summary_passage *left, const struct summary_passage *right)
{
        if (left->site != right->site)
                return left->site < right->site ? -1 : 1;
        return memcmp(left->subject, right->subject, 16);
}

static int compare_passages(const void *a, const void *b)
{
        const struct summary_passage *left = a, *right = b;
        int order = compare_people(left, right);
        if (order != 0)
                return order;
        return left->event.at_us < right->event.at_us ? -1 : left->event.at_us > right->event.at_us;
}

static void merge_tallies(struct summary *summary)
{
        size_t kept = 0;
        for (size_t i = 0; i < summary->tally_count; i++) {
                const struct summary_tally *tally = &summary->tallies[i];
                struct summary_tally *last = kept > 0 ? &summary->tallies[kept - 1] : NULL;
                if (!last || compare_tallies(last, tally) != 0) {
                        summary->tallies[kept++] = *tally;
                        continue;
                }
                last->entries += tally->entries;
                last->exits += tally->exits;
                last->granted += tally->granted;
                last->denied += tally->denied;
        }
        summary->tally_count = kept;
}

int summary_make(struct summary *summary, const struct archive_batch *batch,
                 const struct summary_place *places)
{
        *summary = (struct summary){
                .tallies = calloc(batch->count + 1, sizeof(struct summary_tally)),
                .passages = calloc(batch->count + 1, sizeof(struct summary_passage)),
        };
        if (!summary->tallies || !summary->passages)
                return -ENOMEM;
        for (size_t i = 0; i < batch->count; i++)
                if (batch->rows[i].is_new)
                        add_row(summary, &batch->rows[i], &places[batch->rows[i].stream]);
        qsort(summary->tallies, summary->tally_count, sizeof(struct summary_tally),
              compare_tallies);
        merge_tallies(summary);
        qsort(summary->passages, summary->passage_count, sizeof(struct summary_passage),
              compare_passages);
        return 0;
}

void summary_deinit(struct summary *summary)
{
        free(summary->tallies);
        free(summary->passages);
        *summary = (struct summary){ 0 };
}

size_t summary_run(const struct summary *summary, size_t first)
{
        size_t end = first;
        while (end < summary->passage_count &&
               compare_people(&summary->passages[first], &summary->passages[end]) == 0)
                end++;
        return end - first;
}

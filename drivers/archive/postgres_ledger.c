#include "drivers/archive/postgres_ledger.h"

#include <errno.h>

int ledger_init(struct ledger *ledger, size_t count)
{
        *ledger = (struct ledger){ .count = count };
        ledger->rows = calloc(count + 1, sizeof(struct ledger_row));
        ledger->closed = calloc(count + 1, sizeof(struct ledger_range));
        ledger->opened = calloc(2 * count + 1, sizeof(struct ledger_range));
        ledger->found = calloc(count + 1, sizeof(struct ledger_range));
        return ledger->rows && ledger->closed && ledger->opened && ledger->found ? 0 : -ENOMEM;
}

void ledger_deinit(struct ledger *ledger)
{
        free(ledger->rows);
        free(ledger->closed);
        free(ledger->opened);
        free(ledger->found);
        *ledger = (struct ledger){ 0 };
}

/* The first of two that are the same is the one that is stored. */
static int compare(const void *a, const void *b)
{
        const struct ledger_row *left = a, *right = b;
        if (left->stream != right->stream)
                return left->stream < right->stream ? -1 : 1;
        if (left->seq != right->seq)
                return left->seq < right->seq ? -1 : 1;
        return left->index < right->index ? -1 : 1;
}

void ledger_sort(struct ledger *ledger)
{
        qsort(ledger->rows, ledger->count, sizeof(struct ledger_row), compare);
}

static void open_gap(struct ledger *ledger, size_t stream, uint64_t first, uint64_t last)
{
        if (first <= last)
                ledger->opened[ledger->opened_count++] =
                        (struct ledger_range){ .stream = stream, .first = first, .last = last };
}

/* `rest` is what is left of a gap above the rows that were taken out of it; empty: none is. */
static void judge_row(struct ledger *ledger, struct ledger_row *row, struct ledger_range *rest,
                      uint64_t *head)
{
        row->is_new = true;
        if (row->seq > *head) {
                open_gap(ledger, row->stream, *head + 1, row->seq - 1);
                *head = row->seq;
        } else if (row->gap_first > 0) {
                if (rest->first == 0)
                        ledger->closed[ledger->closed_count++] =
                                (struct ledger_range){ .stream = row->stream,
                                                       .first = row->gap_first,
                                                       .last = row->gap_last };
                open_gap(ledger, row->stream, rest->first ? rest->first : row->gap_first,
                         row->seq - 1);
                *rest = (struct ledger_range){ .stream = row->stream,
                                               .first = row->seq + 1,
                                               .last = row->gap_last };
        } else if (row->is_late) {
                ledger->found[ledger->found_count++] = (struct ledger_range){ .stream = row->stream,
                                                                              .first = row->seq,
                                                                              .last = row->seq };
        } else {
                row->is_new = false;
        }
}

void ledger_judge(struct ledger *ledger, uint64_t *heads)
{
        struct ledger_range rest = { 0 };
        const struct ledger_row *before = NULL;
        for (size_t i = 0; i < ledger->count; i++) {
                struct ledger_row *row = &ledger->rows[i];
                bool is_same_gap = before && before->stream == row->stream &&
                                   before->gap_first == row->gap_first && row->gap_first > 0;
                if (before && before->stream == row->stream && before->seq == row->seq)
                        continue;
                if (!is_same_gap && rest.first > 0) {
                        open_gap(ledger, rest.stream, rest.first, rest.last);
                        rest = (struct ledger_range){ 0 };
                }
                judge_row(ledger, row, &rest, &heads[row->stream]);
                before = row;
        }
        if (rest.first > 0)
                open_gap(ledger, rest.stream, rest.first, rest.last);
}

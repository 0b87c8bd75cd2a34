/* Journal presence: where people are believed to be, and how often what they hold was used. */
#include "drivers/store/journal_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

int journal_presence(struct journal *journal, const char *holder, const char *area,
                     struct journal_presence *presence)
{
        *presence = (struct journal_presence){ .last = DIRECTION_NONE };
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = journal->statement[JOURNAL_PRESENCE];
        sqlite_bind_text(rows, 1, holder);
        sqlite_bind_text(rows, 2, area);
        int r = sqlite_step(rows);
        if (r <= 0)
                return r;
        int64_t last = sqlite3_column_int64(rows, 0);
        if (last != DIRECTION_ENTRY && last != DIRECTION_EXIT)
                return 0;
        presence->last = (enum direction)last;
        presence->since_us = sqlite3_column_int64(rows, 1);
        sqlite_column_copy(rows, 2, presence->access_point, sizeof(presence->access_point));
        return 0;
}

/* 1: inside another area than this; 0; -errno. */
static int is_elsewhere(struct journal *journal, const char *holder, const char *area)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = journal->statement[JOURNAL_ELSEWHERE];
        sqlite_bind_text(rows, 1, holder);
        sqlite_bind_text(rows, 2, area);
        sqlite_bind_int(rows, 3, DIRECTION_ENTRY);
        return sqlite_step(rows);
}

/* The count of an area, made when it is new; NULL: there are too many. */
static uint64_t *count_of(struct journal_inside *inside, const char *area)
{
        size_t i = 0;
        while (i < inside->areas && strcmp(inside->area[i].id, area) != 0)
                i++;
        if (i == JOURNAL_AREAS_MAX)
                return NULL;
        if (i == inside->areas) {
                inside->area[inside->areas].count = 0;
                strcpy(inside->area[inside->areas++].id, area);
        }
        return &inside->area[i].count;
}

static int count_move(struct journal *journal, const struct passage *row, enum direction before,
                      struct journal_inside *inside)
{
        bool was_in = before == DIRECTION_ENTRY, is_in = row->direction == DIRECTION_ENTRY;
        if (was_in == is_in)
                return 0;
        uint64_t *count = count_of(inside, row->area);
        if (count)
                *count = is_in ? *count + 1 : *count - 1;
        int elsewhere = is_elsewhere(journal, row->holder, row->area);
        if (elsewhere == 0)
                inside->all = is_in ? inside->all + 1 : inside->all - 1;
        return elsewhere < 0 ? elsewhere : 0;
}

static int move(struct journal *journal, const struct passage *row, struct journal_inside *inside)
{
        struct journal_presence before;
        int r = journal_presence(journal, row->holder, row->area, &before);
        if (r)
                return r;
        sqlite3_stmt *replace = journal->statement[JOURNAL_MOVE];
        sqlite_bind_text(replace, 1, row->holder);
        sqlite_bind_text(replace, 2, row->area);
        sqlite_bind_int(replace, 3, (int64_t)row->direction);
        sqlite_bind_int(replace, 4, row->at_us);
        sqlite_bind_optional(replace, 5, row->access_point);
        r = sqlite_run(replace);
        return r ? r : count_move(journal, row, before.last, inside);
}

int journal_note_taken(struct journal *journal, const struct passage *row,
                       struct journal_inside *inside)
{
        static const uint8_t nothing[FLOW_USE_LEN];
        int r = 0;
        if (row->holder[0] != '\0' && row->direction != DIRECTION_NONE)
                r = move(journal, row, inside);
        if (r || row->direction != DIRECTION_ENTRY || memcmp(row->use, nothing, FLOW_USE_LEN) == 0)
                return r;
        sqlite3_stmt *use = journal->statement[JOURNAL_USE];
        sqlite_bind_blob(use, 1, row->use, FLOW_USE_LEN);
        sqlite_bind_int(use, 2, row->use_day);
        return sqlite_run(use);
}

static int load_all(struct journal *journal)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = journal->statement[JOURNAL_LOAD_INSIDE];
        sqlite_bind_int(row, 1, DIRECTION_ENTRY);
        int r = sqlite_step(row);
        if (r > 0)
                journal->inside.all = (uint64_t)sqlite3_column_int64(row, 0);
        return r < 0 ? r : 0;
}

int journal_load_inside(struct journal *journal)
{
        journal->inside = (struct journal_inside){ .all = 0 };
        int r = load_all(journal);
        if (r)
                return r;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = journal->statement[JOURNAL_LOAD_AREAS];
        sqlite_bind_int(rows, 1, DIRECTION_ENTRY);
        while ((r = sqlite_step(rows)) > 0) {
                char area[FLOW_ID_MAX];
                sqlite_column_copy(rows, 0, area, sizeof(area));
                uint64_t *count = count_of(&journal->inside, area);
                if (count)
                        *count = (uint64_t)sqlite3_column_int64(rows, 1);
        }
        return r;
}

/* Counting anew reads everybody's: not for somebody who is outside. No area is called "*". */
int journal_forgive(struct journal *journal, const char *holder)
{
        int inside = holder ? is_elsewhere(journal, holder, "*") : 1;
        if (inside < 0)
                return inside;
        sqlite3_stmt *forget = journal->statement[holder ? JOURNAL_FORGIVE : JOURNAL_FORGIVE_ALL];
        if (holder)
                sqlite_bind_text(forget, 1, holder);
        int r = sqlite_run(forget);
        return r || inside == 0 ? r : journal_load_inside(journal);
}

int journal_inside(struct journal *journal, const char *area, uint64_t *count)
{
        *count = area ? 0 : journal->inside.all;
        for (size_t i = 0; area && i < journal->inside.areas; i++)
                if (strcmp(journal->inside.area[i].id, area) == 0)
                        *count = journal->inside.area[i].count;
        return 0;
}

int journal_uses(struct journal *journal, const uint8_t key[FLOW_USE_LEN], int32_t day,
                 uint64_t *total, uint64_t *on_day)
{
        *total = *on_day = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = journal->statement[JOURNAL_USES];
        sqlite_bind_blob(row, 1, key, FLOW_USE_LEN);
        int r = sqlite_step(row);
        if (r <= 0)
                return r;
        *total = (uint64_t)sqlite3_column_int64(row, 0);
        if (sqlite3_column_int64(row, 1) == day)
                *on_day = (uint64_t)sqlite3_column_int64(row, 2);
        return 0;
}

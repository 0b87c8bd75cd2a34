#include "tests/fake/store_fake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int journal_open(const char *path, struct journal **journal)
{
        (void)path;
        *journal = calloc(1, sizeof(**journal));
        return *journal ? 0 : -ENOMEM;
}

struct journal *journal_close(struct journal *journal)
{
        free(journal);
        return NULL;
}

void journal_info(const struct journal *journal, struct journal_info *info)
{
        *info = (struct journal_info){ .epoch = "epoch",
                                       .head = journal->count,
                                       .acked = journal->acked,
                                       .oldest = journal->count > 0 };
}

int journal_append(struct journal *journal, struct passage *rows, size_t count)
{
        journal->appends++;
        if (journal->fail_with)
                return journal->fail_with;
        if (journal->count + count > STORE_FAKE_ROWS)
                return -ENOSPC;
        for (size_t i = 0; i < count; i++) {
                journal->row[journal->count] = rows[i];
                journal->row[journal->count].seq = rows[i].seq = journal->count + 1;
                journal->count++;
        }
        return 0;
}

int journal_mark_late(struct journal *journal, uint64_t seq)
{
        if (seq == 0 || seq > journal->count)
                return -ENOENT;
        journal->row[seq - 1].flags |= PASSAGE_LATE;
        journal->late_marks++;
        return 0;
}

int journal_presence(struct journal *journal, const char *holder, const char *area,
                     struct journal_presence *presence)
{
        *presence = (struct journal_presence){ .last = DIRECTION_NONE };
        for (size_t i = 0; i < journal->count; i++) {
                const struct passage *row = &journal->row[i];
                if (row->event != EVENT_ACCESS_TAKEN || strcmp(row->holder, holder) != 0 ||
                    strcmp(row->area, area) != 0)
                        continue;
                presence->last = row->direction;
                presence->since_us = row->at_us;
        }
        return 0;
}

int journal_forgive(struct journal *journal, const char *holder)
{
        (void)journal;
        (void)holder;
        return 0;
}

int journal_inside(struct journal *journal, const char *area, uint64_t *count)
{
        (void)area;
        *count = journal->inside;
        return 0;
}

int journal_uses(struct journal *journal, const uint8_t key[FLOW_USE_LEN], int32_t day,
                 uint64_t *total, uint64_t *on_day)
{
        *total = *on_day = 0;
        for (size_t i = 0; i < journal->count; i++) {
                const struct passage *row = &journal->row[i];
                bool is_use = row->event == EVENT_ACCESS_TAKEN &&
                              memcmp(row->use, key, FLOW_USE_LEN) == 0;
                *total += is_use;
                *on_day += is_use && row->use_day == day;
        }
        return 0;
}

int journal_read(struct journal *journal, const struct journal_query *query, struct passage *rows)
{
        int count = 0;
        for (size_t i = query->after_seq; i < journal->count && (size_t)count < query->limit; i++)
                rows[count++] = journal->row[i];
        return count;
}

int journal_acknowledge(struct journal *journal, const char *epoch, uint64_t seq)
{
        if (strcmp(epoch, "epoch") != 0)
                return -ESTALE;
        if (seq > journal->count)
                return -ERANGE;
        if (seq > journal->acked)
                journal->acked = seq;
        return 0;
}

/* Each row is 100 bytes. */
static int fake_trim(struct journal *journal, uint64_t last, size_t limit)
{
        int rows = 0;
        for (; journal->trimmed < last && (size_t)rows < limit; rows++)
                journal->trimmed++;
        journal->bytes -= rows * 100;
        return rows;
}

int journal_trim(struct journal *journal, int64_t before_us, size_t limit)
{
        uint64_t last = 0;
        while (last < journal->acked && journal->row[last].at_us < before_us)
                last++;
        return fake_trim(journal, last, limit);
}

int journal_make_room(struct journal *journal, int64_t kept_us, size_t limit)
{
        (void)kept_us;
        return fake_trim(journal, journal->acked, limit);
}

int journal_drop(struct journal *journal, int64_t kept_us, size_t limit, struct passage *note)
{
        (void)kept_us;
        int rows = fake_trim(journal, journal->count, limit);
        if (rows == 0)
                return 0;
        journal->drops++;
        journal->acked = journal->trimmed;
        snprintf(note->detail, sizeof(note->detail), "up to %d", (int)journal->trimmed);
        return journal_append(journal, note, 1) < 0 ? -EIO : rows;
}

int journal_bytes(struct journal *journal, int64_t *bytes)
{
        *bytes = journal->bytes;
        return 0;
}

int registry_open(const char *path, struct registry **registry, char set_aside[256])
{
        (void)path;
        set_aside[0] = '\0';
        *registry = calloc(1, sizeof(**registry));
        return *registry ? 0 : -ENOMEM;
}

struct registry *registry_close(struct registry *registry)
{
        free(registry);
        return NULL;
}

struct registry_match *store_fake_enrol(struct registry *registry, const char *holder, uint8_t byte)
{
        struct registry_match *match = &registry->match[registry->count++];
        match->is_known = match->is_enrolled = true;
        match->covering = 1;
        snprintf(match->holder.id, sizeof(match->holder.id), "%s", holder);
        memset(match->credential.lookup, byte, FLOW_DIGEST_LEN);
        return match;
}

int registry_find(struct registry *registry, const struct registry_question *question,
                  struct registry_match *match)
{
        *match = (struct registry_match){ .is_known = false };
        if (registry->fail_with)
                return registry->fail_with;
        for (size_t i = 0; i < registry->count; i++)
                if (memcmp(registry->match[i].credential.lookup, question->lookup,
                           FLOW_DIGEST_LEN) == 0)
                        *match = registry->match[i];
        if (question->pass && !match->is_known)
                strcpy(match->holder.id, question->pass->holder);
        return 0;
}

int registry_counts(struct registry *registry, struct registry_counts *counts)
{
        *counts = (struct registry_counts){ .holders = registry->count };
        return 0;
}

void registry_recount(struct registry *registry, const struct registry_counts *counts)
{
        (void)registry;
        (void)counts;
}

/* The rest is not the recorder's own: requests pass it on, and are tested with the real store. */
int registry_get_holder(struct registry *registry, const char *id, struct registry_holder *holder)
{
        (void)registry;
        (void)id;
        (void)holder;
        return -ENOENT;
}

int registry_put_holder(struct registry *registry, const struct registry_holder *holder)
{
        (void)registry;
        (void)holder;
        return -ENOTSUP;
}

int registry_remove_holder(struct registry *registry, const char *id)
{
        (void)registry;
        (void)id;
        return -ENOTSUP;
}

int registry_put_credential(struct registry *registry, const struct registry_credential *credential)
{
        (void)registry;
        (void)credential;
        return -ENOTSUP;
}

int registry_revoke(struct registry *registry, const uint8_t lookup[FLOW_DIGEST_LEN], int64_t at_us)
{
        (void)registry;
        (void)lookup;
        (void)at_us;
        return -ENOTSUP;
}

int registry_revoke_holder(struct registry *registry, const char *holder, int64_t at_us)
{
        (void)registry;
        (void)holder;
        (void)at_us;
        return -ENOTSUP;
}

int registry_put_level(struct registry *registry, const struct registry_level *level)
{
        (void)registry;
        (void)level;
        return -ENOTSUP;
}

int registry_remove_level(struct registry *registry, const char *id)
{
        (void)registry;
        (void)id;
        return -ENOTSUP;
}

int registry_holders(struct registry *registry, const char *after, struct registry_holder *rows,
                     size_t limit)
{
        (void)registry;
        (void)after;
        (void)rows;
        (void)limit;
        return -ENOTSUP;
}

int registry_levels(struct registry *registry, const char *after, struct registry_level *rows,
                    size_t limit)
{
        (void)registry;
        (void)after;
        (void)rows;
        (void)limit;
        return -ENOTSUP;
}

int registry_credentials(struct registry *registry, const char *holder, const uint8_t *after,
                         struct registry_credential *rows, size_t limit)
{
        (void)registry;
        (void)holder;
        (void)after;
        (void)rows;
        (void)limit;
        return -ENOTSUP;
}

int registry_get_declaration(struct registry *registry, const char *holder,
                             struct registry_declaration *declaration)
{
        (void)registry;
        (void)holder;
        (void)declaration;
        return -ENOTSUP;
}

int registry_put_declaration(struct registry *registry, const char *holder,
                             const struct registry_declaration *declaration)
{
        (void)registry;
        (void)holder;
        (void)declaration;
        return -ENOTSUP;
}

int registry_put_revocation(struct registry *registry, const struct registry_revocation *revocation)
{
        (void)registry;
        (void)revocation;
        return -ENOTSUP;
}

int registry_trim_visitors(struct registry *registry, int64_t before_us)
{
        registry->visitors_before_us = before_us;
        return 0;
}

int registry_trim_revocations(struct registry *registry, int64_t before_us)
{
        (void)before_us;
        registry->revocation_trims++;
        return 0;
}

int registry_put_schedule(struct registry *registry, const struct schedule *schedule)
{
        (void)registry;
        (void)schedule;
        return -ENOTSUP;
}

int registry_remove_schedule(struct registry *registry, const char *id)
{
        (void)registry;
        (void)id;
        return -ENOTSUP;
}

int registry_put_area(struct registry *registry, const struct registry_area *area)
{
        (void)registry;
        (void)area;
        return -ENOTSUP;
}

int registry_remove_area(struct registry *registry, const char *id)
{
        (void)registry;
        (void)id;
        return -ENOTSUP;
}

int registry_put_special_day(struct registry *registry, const struct registry_special_day *day)
{
        (void)registry;
        (void)day;
        return -ENOTSUP;
}

int registry_remove_special_day(struct registry *registry, int year, int month, int day)
{
        (void)registry;
        (void)year;
        (void)month;
        (void)day;
        return -ENOTSUP;
}

int registry_schedules(struct registry *registry, const char *after, struct schedule *rows,
                       size_t limit)
{
        (void)registry;
        (void)after;
        (void)rows;
        (void)limit;
        return -ENOTSUP;
}

int registry_areas(struct registry *registry, const char *after, struct registry_area *rows,
                   size_t limit)
{
        (void)registry;
        (void)after;
        (void)rows;
        (void)limit;
        return -ENOTSUP;
}

int registry_special_days(struct registry *registry, const struct registry_special_day *after,
                          struct registry_special_day *rows, size_t limit)
{
        (void)registry;
        (void)after;
        (void)rows;
        (void)limit;
        return -ENOTSUP;
}

int registry_revocations(struct registry *registry, const struct registry_revocation *after,
                         struct registry_revocation *rows, size_t limit)
{
        (void)registry;
        (void)after;
        (void)rows;
        (void)limit;
        return -ENOTSUP;
}

int registry_issue_at(struct registry *registry, int64_t at_us, struct registry_issue *issue)
{
        registry->issue_lookups++;
        if (registry->fail_with)
                return registry->fail_with;
        *issue = (struct registry_issue){ .from_us = INT64_MIN };
        size_t i = 0;
        for (; i < registry->issues && registry->issue[i].from_us <= at_us; i++)
                *issue = registry->issue[i];
        issue->until_us = i < registry->issues ? registry->issue[i].from_us : INT64_MAX;
        return 0;
}

int registry_begin(struct registry *registry)
{
        (void)registry;
        return -ENOTSUP;
}

int registry_commit(struct registry *registry)
{
        (void)registry;
        return -ENOTSUP;
}

int registry_rollback(struct registry *registry)
{
        (void)registry;
        return -ENOTSUP;
}

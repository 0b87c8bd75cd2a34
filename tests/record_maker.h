/* Record maker: random records of every kind, within the registry's bounds. */
#pragma once

#include "controller/sync/record.h"
#include "tests/random.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static inline void make_id(uint64_t *seed, char id[FLOW_ID_MAX])
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
        int len = 1 + below(seed, FLOW_ID_MAX - 1);
        for (int i = 0; i < len; i++)
                id[i] = letters[below(seed, (int)sizeof(letters) - 1)];
        id[len] = '\0';
}

static inline void make_name(uint64_t *seed, char *name, size_t size)
{
        static const char *const syllables[] = {
                "Nguyễn", " ", "Thị", "Ánh", "O'Neil", "\"", "字"
        };
        name[0] = '\0';
        for (int i = below(seed, 8); i > 0; i--) {
                const char *next = syllables[below(seed, (int)ARRAY_LEN(syllables))];
                if (strlen(name) + strlen(next) < size)
                        strcat(name, next);
        }
}

static inline int64_t make_time(uint64_t *seed)
{
        return below(seed, 3) == 0 ? 0 : (int64_t)random_of(seed);
}

static inline struct registry_validity make_validity(uint64_t *seed)
{
        return (struct registry_validity){ .from_us = make_time(seed),
                                           .until_us = make_time(seed) };
}

/* Ids in ascending order, each with its number in front. */
static inline size_t make_ids(uint64_t *seed, int max, char id[][FLOW_ID_MAX])
{
        size_t count = (size_t)below(seed, max + 1);
        for (size_t i = 0; i < count; i++)
                snprintf(id[i], FLOW_ID_MAX, "%03zu-%d", i, below(seed, 1000000));
        return count;
}

static inline void make_schedule(uint64_t *seed, struct schedule *schedule)
{
        make_id(seed, schedule->id);
        schedule->periods = (size_t)below(seed, SCHEDULE_PERIODS_MAX + 1);
        for (size_t i = 0; i < schedule->periods; i++)
                schedule->period[i] =
                        (struct schedule_period){ (uint8_t)below(seed, 256),
                                                  (uint16_t)below(seed, SCHEDULE_DAY_MIN),
                                                  (uint16_t)below(seed, SCHEDULE_DAY_MIN) };
}

static inline void make_level(uint64_t *seed, struct registry_level *level)
{
        make_id(seed, level->id);
        if (below(seed, 2) == 0)
                make_id(seed, level->schedule);
        level->points = make_ids(seed, REGISTRY_POINTS_MAX, level->point);
        if (level->points > 0 && below(seed, 2) == 0)
                strncpy(level->point[0], "*", FLOW_ID_MAX); /* fills with zeros */
}

static inline void make_area(uint64_t *seed, struct registry_area *area)
{
        make_id(seed, area->id);
        area->occupancy_limit = below(seed, INT_MAX);
        area->passback = below(seed, 4) - 1;
        area->passback_reset_h = below(seed, 700) - 1;
        area->passback_reset_min = below(seed, SCHEDULE_DAY_MIN + 2) - 2;
        area->points = make_ids(seed, REGISTRY_POINTS_MAX, area->point);
}

static inline void make_holder(uint64_t *seed, struct registry_holder *holder)
{
        char level[REGISTRY_LEVELS_MAX][FLOW_ID_MAX];
        make_id(seed, holder->id);
        make_name(seed, holder->name, sizeof(holder->name));
        holder->role = below(seed, 2) == 0 ? REGISTRY_WORKER : REGISTRY_VISITOR;
        holder->is_blocked = below(seed, 2) == 0;
        holder->is_silent = below(seed, 2) == 0;
        if (below(seed, 2) == 0)
                make_id(seed, holder->escort);
        else
                strcpy(holder->escort, below(seed, 2) == 0 ? "*" : "");
        holder->validity = make_validity(seed);
        holder->levels = make_ids(seed, REGISTRY_LEVELS_MAX, level);
        for (size_t i = 0; i < holder->levels; i++) {
                strcpy(holder->level[i].level, level[i]);
                holder->level[i].validity = make_validity(seed);
        }
}

static inline void make_lookup(uint64_t *seed, uint8_t lookup[FLOW_DIGEST_LEN])
{
        for (int i = 0; i < FLOW_DIGEST_LEN; i++)
                lookup[i] = (uint8_t)below(seed, 256);
}

static inline void make_credential(uint64_t *seed, struct registry_credential *credential)
{
        make_lookup(seed, credential->lookup);
        credential->class = (enum credential_class)(
                CREDENTIAL_CODE + below(seed, CREDENTIAL_CLASS_COUNT - CREDENTIAL_CODE));
        make_id(seed, credential->holder);
        make_name(seed, credential->hint, sizeof(credential->hint));
        credential->validity = make_validity(seed);
        credential->revoked_us = make_time(seed);
        credential->is_duress = below(seed, 2) == 0;
        credential->uses_max = below(seed, INT_MAX);
        credential->day_uses_max = below(seed, 100);
}

static inline void make_special_day(uint64_t *seed, struct registry_special_day *day)
{
        day->year = below(seed, 10000);
        day->month = 1 + below(seed, 12);
        day->day = 1 + below(seed, 31);
        make_name(seed, day->name, sizeof(day->name));
}

static inline void make_revocation(uint64_t *seed, struct registry_revocation *revocation)
{
        if (below(seed, 2) == 0)
                make_lookup(seed, revocation->lookup);
        else
                make_id(seed, revocation->holder);
        revocation->at_us = make_time(seed);
        revocation->until_us = make_time(seed);
}

static inline void make_record(uint64_t *seed, enum sync_kind kind, struct sync_record *record)
{
        memset(record, 0, sizeof(*record));
        record->kind = kind;
        switch (kind) {
        case SYNC_SCHEDULE:
                make_schedule(seed, &record->schedule);
                break;
        case SYNC_LEVEL:
                make_level(seed, &record->level);
                break;
        case SYNC_AREA:
                make_area(seed, &record->area);
                break;
        case SYNC_SPECIAL_DAY:
                make_special_day(seed, &record->special_day);
                break;
        case SYNC_HOLDER:
                make_holder(seed, &record->holder);
                break;
        case SYNC_DECLARATION:
                make_id(seed, record->id);
                record->declaration =
                        (struct registry_declaration){ 1 + below(seed, 3), make_time(seed),
                                                       make_time(seed) };
                break;
        case SYNC_CREDENTIAL:
                make_credential(seed, &record->credential);
                break;
        case SYNC_BLOCK:
                make_id(seed, record->id);
                record->is_silent = below(seed, 2) == 0;
                break;
        case SYNC_REVOCATION:
                make_revocation(seed, &record->revocation);
                break;
        }
}

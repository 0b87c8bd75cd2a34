/* Adoption store: what the parts of the adoption share. */
#pragma once

#include "controller/ports/adoption.h"
#include "controller/ports/digest.h"
#include "drivers/store/registry_store.h"

enum adoption_statement {
        /* the registry's own account of what it has adopted */
        ADOPTION_BUCKETS,
        ADOPTION_LAST_ISSUE,
        ADOPTION_NOTE_BUCKET,
        ADOPTION_NOTE_ISSUE,
        ADOPTION_TRIM_ISSUES,
        /* whole buckets; ?1 is the origin, ?2 and ?3 the first and last lookup */
        ADOPTION_GONE_BUCKET,
        ADOPTION_FORGET_HOLDER_LEVELS,
        ADOPTION_FORGET_DECLARATIONS,
        ADOPTION_FORGET_HOLDERS,
        ADOPTION_FORGET_CREDENTIALS,
        ADOPTION_FORGET_PERIODS,
        ADOPTION_FORGET_SCHEDULES,
        ADOPTION_FORGET_LEVEL_POINTS,
        ADOPTION_FORGET_LEVELS,
        ADOPTION_FORGET_AREA_POINTS,
        ADOPTION_FORGET_AREAS,
        ADOPTION_FORGET_SPECIAL_DAYS,
        ADOPTION_FORGET_BLOCKS,
        ADOPTION_FORGET_STOPS,
        /* one row */
        ADOPTION_GONE,
        ADOPTION_REMOVE_DECLARATION,
        ADOPTION_REMOVE_CREDENTIAL,
        ADOPTION_TAKE_POINT,
        ADOPTION_PUT_BLOCK,
        ADOPTION_REMOVE_BLOCK,
        ADOPTION_PUT_STOP,
        ADOPTION_REMOVE_STOP,
        /* after a bucket */
        ADOPTION_SETTLE_CREDENTIALS,
        ADOPTION_SETTLE_DECLARATIONS,
        ADOPTION_SETTLED,
        /* content, in the order of its keys */
        ADOPTION_SCHEDULES,
        ADOPTION_LEVELS,
        ADOPTION_AREAS,
        ADOPTION_SPECIAL_DAYS,
        ADOPTION_HOLDERS,
        ADOPTION_DECLARATIONS,
        ADOPTION_CREDENTIALS,
        ADOPTION_BLOCKS,
        ADOPTION_STOPS,
        ADOPTION_STATEMENTS
};

struct adoption {
        struct registry store; /* writer and reader are one connection */
        sqlite3_stmt *statement[ADOPTION_STATEMENTS];
        struct digest_sum *sum;
        struct sync_record record;            /* one row on its way into the digest … */
        uint8_t bytes[SYNC_RECORD_BYTES_MAX]; /* … and as it travels */
};

extern const char *const adoption_statements[ADOPTION_STATEMENTS];

/* The origin of a bucket's rows. */
static inline int64_t adoption_origin(int bucket)
{
        return bucket + 1;
}

/* The last lookup of a hashed bucket: none is as long. */
enum {
        ADOPTION_LOOKUP_LAST = FLOW_DIGEST_LEN + 1
};
static inline void adoption_lookups(int bucket, uint8_t first[1],
                                    uint8_t last[ADOPTION_LOOKUP_LAST])
{
        for (int i = 0; i < ADOPTION_LOOKUP_LAST; i++)
                last[i] = 0xff;
        first[0] = last[0] = (uint8_t)bucket;
}

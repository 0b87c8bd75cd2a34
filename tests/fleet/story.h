/*
 * Story: the journal of one simulated gate. Nothing is kept: row n follows from the seed, the
 * gate's number and n, so any row can be told again, and so can the digest of all. Pure.
 *
 * Rows come in pairs, one a person: granted and taken; granted and not taken; denied twice. The
 * first `backlog` rows lie in the past, one a second up to the beginning.
 */
#pragma once

#include "common/uuid.h"
#include "tests/fleet/arrival.h"
#include <jansson.h>

enum {
        STORY_LINE_MAX = 512,
        STORY_DIGEST_MAX = 65 /* SHA-256 as hex, and NUL */
};

struct story_clock {
        int64_t offset_us; /* the gate's clock is wrong by this */
        int64_t jump_us;   /* and from row jump_seq on by this, too */
        uint64_t jump_seq; /* 0: never */
};

struct story {
        const struct arrival *arrival; /* borrowed */
        uint64_t key;                  /* of the seed and the gate's number */
        int64_t begin_us;              /* wall clock */
        uint64_t backlog;              /* even */
        struct story_clock clock;
        char epoch[UUID_TEXT_MAX];
};

void story_init(struct story *story, const struct arrival *arrival, uint64_t seed, int gate,
                int64_t begin_us, uint64_t backlog);
/* The true moment of a row; never falls from one row to the next. */
int64_t story_at_us(const struct story *story, uint64_t seq);
/* What the gate's own clock says at that moment: the row's `time`. */
int64_t story_clock_us(const struct story *story, uint64_t seq);
/* The row as the local protocol's event. A new reference or NULL. */
json_t *story_row(const struct story *story, uint64_t seq);

/*
 * The row as a line that whoever stored it can write, too, fields parted by tabs, absent ones
 * empty: seq, id, time, event, access_point, direction, reason, credential_class, subject,
 * grant_seq. Returns its length.
 */
size_t story_line(const struct story *story, uint64_t seq, char line[STORY_LINE_MAX]);
/* SHA-256 of the lines of rows 1 to head, each with its '\n'. False: no memory. */
MUST_USE bool story_digest(const struct story *story, uint64_t head, char digest[STORY_DIGEST_MAX]);

/* The archive's tables in PostgreSQL, and the statements that the driver works with. */
#pragma once

#include "drivers/postgres/postgres_link.h"

#define POSTGRES_BEGIN        "begin"
#define POSTGRES_COMMIT       "commit"
#define POSTGRES_MAKE_DAY     "make_day"
#define POSTGRES_FIND_STREAM  "find_stream"
#define POSTGRES_COUNT_STREAM "count_streams"
#define POSTGRES_ADD_GATE     "add_gate"
#define POSTGRES_ADD_STREAM   "add_stream"
#define POSTGRES_READ_STREAMS "read_streams"
#define POSTGRES_LOCK_STREAMS "lock_streams"
#define POSTGRES_MOVE_STREAMS "move_streams"
#define POSTGRES_FIND_MISSING "find_missing"
#define POSTGRES_CLOSE_GAPS   "close_gaps"
#define POSTGRES_OPEN_GAPS    "open_gaps"
#define POSTGRES_LOSE_GAPS    "lose_gaps"
#define POSTGRES_LOSE_TAIL    "lose_tail"
#define POSTGRES_PASS_LOST    "pass_lost"
#define POSTGRES_ADD_FOUND    "add_found"
#define POSTGRES_ADD_ROWS     "add_rows"
#define POSTGRES_ADD_REFUSALS "add_refusals"
#define POSTGRES_TRIM         "trim_refusals"
#define POSTGRES_ADD_SITE     "add_site"
#define POSTGRES_LOCK_PEOPLE  "lock_people"
#define POSTGRES_FIND_STAYS   "find_stays"
#define POSTGRES_ADD_STAYS    "add_stays"
#define POSTGRES_CHANGE_STAYS "change_stays"
#define POSTGRES_COUNT        "count"
#define POSTGRES_HEAR_SITES   "hear_sites"
#define POSTGRES_HEAR_GATES   "hear_gates"
#define POSTGRES_HEAR_STATUS  "hear_status"
#define POSTGRES_HEAR_HEALTH  "hear_health"
#define POSTGRES_KEEP_HEALTH  "keep_health"
#define POSTGRES_FORGET_DAY   "forget_day"
#define POSTGRES_FORGET_STAYS "forget_stays"
#define POSTGRES_FORGET_REST  "forget_refusals"
#define POSTGRES_ERASE_DAY    "erase_day"
#define POSTGRES_ERASE_STAYS  "erase_stays"
#define POSTGRES_ERASE_REST   "erase_refusals"

enum {
        POSTGRES_SCHEMA_VERSION = 5
};

/*
 * A link's `prepare`: sets what a session must have, brings the tables to this version (by whoever
 * comes first; a newer version is not touched: -EPROTONOSUPPORT) and names the statements.
 */
MUST_USE int postgres_schema_prepare(struct postgres_link *link);

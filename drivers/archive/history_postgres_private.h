/* The history on PostgreSQL: what its files share. */
#pragma once

#include "drivers/archive/history_bounds.h"
#include "drivers/postgres/postgres_link.h"

#define HISTORY_BEGIN         "history_begin"
#define HISTORY_END           "history_end"
#define HISTORY_GATES         "history_gates"
#define HISTORY_COUNT_STREAMS "history_count_streams"
#define HISTORY_EVENTS        "history_events"
#define HISTORY_EVENTS_OF_FEW "history_events_of_few"
#define HISTORY_INSIDE        "history_inside"
#define HISTORY_INSIDE_COUNTS "history_inside_counts"
#define HISTORY_VISITS        "history_visits"
#define HISTORY_CONTACTS      "history_contacts"
#define HISTORY_TALLIES       "history_tallies"
#define HISTORY_MORE_TALLIES  "history_more_tallies"
#define HISTORY_HEALTH        "history_health"
#define HISTORY_HEADS         "history_heads"
#define HISTORY_ROWS_AFTER    "history_rows_after"
#define HISTORY_DELETION      "history_deletion"

struct history_postgres {
        struct history history;
        struct postgres_link link;
        struct postgres_args args; /* of the call under way; its memory is used again */
};

/* A link's `prepare`: a session that reads, and the statements. -ENOENT: there is no archive of
 * this version yet. */
MUST_USE int history_postgres_prepare(struct postgres_link *link);

/* The call's arguments, none yet. */
struct postgres_args *history_postgres_begin(struct history *history);
/* Asks with them. *rows is the caller's. 0 or -errno. */
MUST_USE int history_postgres_ask(struct history *history, const char *statement, PGresult **rows);

/* Exactly so many bytes, or none. */
void history_postgres_bytes(const PGresult *rows, int row, int column, uint8_t *bytes, int len);

/* The port's calls of people. */
int history_postgres_inside(struct history *history, const char *area, int64_t after_entered_us,
                            int64_t after_id, size_t limit, history_visit_visitor *visit,
                            void *context);
int history_postgres_inside_counts(struct history *history, const char *area,
                                   history_visit_visitor *visit, void *context);
int history_postgres_visits(struct history *history, const uint8_t subject[HISTORY_SUBJECT_LEN],
                            const char *area, int64_t from_us, int64_t until_us, size_t limit,
                            history_visit_visitor *visit, void *context);
int history_postgres_contacts(struct history *history, const struct history_contact_query *query,
                              history_contact_visitor *visit, void *context);

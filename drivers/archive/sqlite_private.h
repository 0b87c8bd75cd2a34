/* The archive on SQLite: what its files share. */
#pragma once

#include "dashboard/ports/archive.h"
#include "drivers/archive/stay.h"
#include "drivers/archive/summary.h"
#include "drivers/store/database.h"

enum sqlite_statement {
        SQL_BEGIN,
        SQL_COMMIT,
        SQL_ADD_SITE,
        SQL_ADD_GATE,
        SQL_ADD_STREAM,
        SQL_ADD_ROW,
        SQL_IS_LOST,
        SQL_ADD_LOSS,
        SQL_ADD_REFUSAL,
        SQL_TRIM_REFUSALS,
        SQL_MOVE_STREAM,
        SQL_FIND_STREAM,
        SQL_COUNT_STREAMS,
        SQL_READ_STREAM,
        SQL_LATER_ROWS,
        SQL_COUNT,
        SQL_FIND_STAYS,
        SQL_ADD_STAY,
        SQL_END_STAY,
        SQL_MOVE_STAY,
        SQL_HEAR_STATUS,
        SQL_HEAR_HEALTH,
        SQL_KEEP_HEALTH,
        SQL_TRIM_HEALTH,
        SQL_KEEP_FOUND,
        SQL_FORGET_ROWS,
        SQL_FORGET_STAYS,
        SQL_FORGET_REFUSALS,
        SQL_COUNT_DELETED,
        SQL_LAST_ROW,
        SQL_ERASE_ROWS,
        SQL_ERASE_STAYS,
        SQL_ERASE_REFUSALS,
        SQL_STATEMENTS
};

extern const struct database_schema archive_sqlite_schema;
extern const char *const archive_sqlite_sql[SQL_STATEMENTS];

/* What a commit waits for. */
enum archive_sqlite_wait {
        ARCHIVE_SQLITE_DURABLE, /* for the disk */
        ARCHIVE_SQLITE_SOON     /* for nothing: it is on the disk with the next that waits */
};

struct archive_sqlite {
        struct archive archive;
        sqlite3 *db;
        sqlite3_stmt *statement[SQL_STATEMENTS];
        struct stay_book book;         /* of one person at a time; its memory is used again */
        enum archive_sqlite_wait wait; /* of the last transaction; as it is opened, durable */
        bool is_log_left;              /* what was deleted stands in the log still */
};

/* A stream as a transaction has it. */
struct archive_sqlite_stream {
        struct archive_stream at;
        struct summary_place place;
        uint64_t before; /* its `contiguous` when the transaction began */
        bool has_newest; /* a row above all others came */
        int64_t newest_us;
};

/* Makes it unless it is there, its site too. In a transaction. 0 or -errno. */
MUST_USE int archive_sqlite_add_gate(struct archive_sqlite *self, const char *gate);
MUST_USE int archive_sqlite_read_stream(struct archive_sqlite *self,
                                        struct archive_sqlite_stream *stream);
MUST_USE int archive_sqlite_write_stream(struct archive_sqlite *self,
                                         const struct archive_sqlite_stream *stream);
/* Moves `contiguous` over the rows that follow it without a gap; *next is the row after the gap, 0:
 * there is none. 0 or -errno. */
MUST_USE int archive_sqlite_advance(struct archive_sqlite *self, struct archive_stream *stream,
                                    uint64_t *next);
/* Begins a transaction. 0 or -errno. */
MUST_USE int archive_sqlite_begin(struct archive_sqlite *self, enum archive_sqlite_wait wait);
/* Commits what went well, undoes the rest. */
MUST_USE int archive_sqlite_end(struct archive_sqlite *self, int r);

/* The port's calls. */
MUST_USE int archive_sqlite_forget(struct archive *archive, int64_t before_day, int64_t now_us,
                                   struct archive_deletion *deletion);
MUST_USE int archive_sqlite_erase(struct archive *archive, const uint8_t subject[16],
                                  struct archive_deletion *erased);
MUST_USE int archive_sqlite_store(struct archive *archive, const struct archive_batch *batch);
/* Within its transaction: figures and stays; what gates said. 0 or -errno. */
MUST_USE int archive_sqlite_put_summary(struct archive_sqlite *self, const struct summary *summary);
MUST_USE int archive_sqlite_put_news(struct archive_sqlite *self, const struct archive_news *news);

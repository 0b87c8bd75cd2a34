#include "drivers/store/journal_row.h"

#include "drivers/store/sqlite.h"

#include <stdio.h>
#include <string.h>

enum {
        COLUMN_SEQ,
        COLUMN_AT,
        COLUMN_EVENT,
        COLUMN_REASON,
        COLUMN_DIRECTION,
        COLUMN_CLASS,
        COLUMN_CLOCK,
        COLUMN_FLAGS,
        COLUMN_GRANT,
        COLUMN_POINT,
        COLUMN_HOLDER,
        COLUMN_SUBJECT,
        COLUMN_DETAIL,
        COLUMN_SEALED,
        FLAGS_KNOWN = PASSAGE_LATE | PASSAGE_NO_SENSOR | PASSAGE_PASSBACK_SOFT |
                      PASSAGE_INCONSISTENT | PASSAGE_UNDECLARED
};

static const uint8_t nobody[sizeof(((struct passage *)NULL)->subject)];

/* Parameters count from 1, columns from 0. Small numbers take one byte or, 0 and 1, none; what is
 * empty is NULL and takes none either. */
void journal_row_bind(sqlite3_stmt *insert, uint64_t seq, const struct passage *row)
{
        sqlite_bind_int(insert, COLUMN_SEQ + 1, (int64_t)seq);
        sqlite_bind_int(insert, COLUMN_AT + 1, row->at_us);
        sqlite_bind_int(insert, COLUMN_EVENT + 1, (int64_t)row->event);
        sqlite_bind_int(insert, COLUMN_REASON + 1, (int64_t)row->reason);
        sqlite_bind_int(insert, COLUMN_DIRECTION + 1, (int64_t)row->direction);
        sqlite_bind_int(insert, COLUMN_CLASS + 1, (int64_t)row->class);
        sqlite_bind_int(insert, COLUMN_CLOCK + 1, (int64_t)row->clock);
        sqlite_bind_int(insert, COLUMN_FLAGS + 1, row->flags);
        sqlite_bind_int(insert, COLUMN_GRANT + 1, (int64_t)row->grant_seq);
        sqlite_bind_optional(insert, COLUMN_POINT + 1, row->access_point);
        sqlite_bind_optional(insert, COLUMN_HOLDER + 1, row->holder);
        if (memcmp(row->subject, nobody, sizeof(nobody)) != 0)
                sqlite_bind_blob(insert, COLUMN_SUBJECT + 1, row->subject, sizeof(row->subject));
        sqlite_bind_optional(insert, COLUMN_DETAIL + 1, row->detail);
        if (row->sealed_len > 0)
                sqlite_bind_blob(insert, COLUMN_SEALED + 1, row->sealed, row->sealed_len);
}

/* The column's value when it lies in [0, limit]; else 0 and *is_good becomes false. */
static unsigned small(sqlite3_stmt *select, int column, int limit, bool *is_good)
{
        int64_t value = sqlite3_column_int64(select, column);
        if (value >= 0 && value <= limit)
                return (unsigned)value;
        *is_good = false;
        return 0;
}

static bool load_subject(sqlite3_stmt *select, struct passage *row)
{
        const void *bytes = sqlite3_column_blob(select, COLUMN_SUBJECT);
        if (!bytes)
                return true;
        if (sqlite3_column_bytes(select, COLUMN_SUBJECT) != sizeof(row->subject))
                return false;
        memcpy(row->subject, bytes, sizeof(row->subject));
        return true;
}

static bool load_sealed(sqlite3_stmt *select, struct passage *row)
{
        const void *bytes = sqlite3_column_blob(select, COLUMN_SEALED);
        int len = bytes ? sqlite3_column_bytes(select, COLUMN_SEALED) : 0;
        if (len < 0 || (size_t)len > sizeof(row->sealed))
                return false;
        if (len > 0)
                memcpy(row->sealed, bytes, (size_t)len);
        row->sealed_len = (uint16_t)len;
        return true;
}

static bool load_columns(sqlite3_stmt *select, struct passage *row)
{
        bool is_good = true;
        row->event = (enum event)small(select, COLUMN_EVENT, EVENT_COUNT - 1, &is_good);
        row->reason = (enum reason)small(select, COLUMN_REASON, REASON_COUNT - 1, &is_good);
        row->direction = (enum direction)small(select, COLUMN_DIRECTION, DIRECTION_EXIT, &is_good);
        row->class = (enum credential_class)small(select, COLUMN_CLASS, CREDENTIAL_CLASS_COUNT - 1,
                                                  &is_good);
        row->clock = (enum clock_quality)small(select, COLUMN_CLOCK, CLOCK_UNTRUSTED, &is_good);
        row->flags = small(select, COLUMN_FLAGS, FLAGS_KNOWN, &is_good);
        int64_t grant = sqlite3_column_int64(select, COLUMN_GRANT);
        row->grant_seq = grant > 0 ? (uint64_t)grant : 0;
        is_good &= row->event != 0 && grant >= 0 && row->grant_seq < row->seq;
        is_good &= sqlite_column_copy(select, COLUMN_POINT, row->access_point,
                                      sizeof(row->access_point));
        is_good &= sqlite_column_copy(select, COLUMN_HOLDER, row->holder, sizeof(row->holder));
        is_good &= load_subject(select, row);
        is_good &= sqlite_column_copy(select, COLUMN_DETAIL, row->detail, sizeof(row->detail));
        is_good &= load_sealed(select, row);
        return is_good;
}

bool journal_row_load(sqlite3_stmt *select, struct passage *row)
{
        *row = (struct passage){
                .seq = (uint64_t)sqlite3_column_int64(select, COLUMN_SEQ),
                .at_us = sqlite3_column_int64(select, COLUMN_AT),
        };
        if (load_columns(select, row))
                return true;
        *row = (struct passage){
                .seq = row->seq,
                .at_us = row->at_us,
                .event = EVENT_FAULT,
                .reason = REASON_DATABASE,
                .clock = CLOCK_UNTRUSTED,
        };
        (void)snprintf(row->detail, sizeof(row->detail), "row not readable");
        return false;
}

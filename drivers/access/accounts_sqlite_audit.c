/* The audit log, appended to and read. */
#include "drivers/access/accounts_sqlite.h"
#include "drivers/access/audit_chain.h"

#include <errno.h>
#include <string.h>

/* The last line's number and hash; none: 0 and zeros. */
static int read_last(struct shared_database *accounts, uint64_t *number,
                     uint8_t hash[FLOW_DIGEST_LEN])
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = accounts->statement[ACCOUNTS_LAST_LINE];
        *number = 0;
        memset(hash, 0, FLOW_DIGEST_LEN);
        int r = sqlite_step(row);
        if (r <= 0)
                return r;
        if (sqlite3_column_bytes(row, 1) != FLOW_DIGEST_LEN)
                return -EUCLEAN;
        *number = (uint64_t)sqlite3_column_int64(row, 0);
        memcpy(hash, sqlite3_column_blob(row, 1), FLOW_DIGEST_LEN);
        return 0;
}

static int append(struct shared_database *accounts, struct audit_entry *entry)
{
        const char *text[AUDIT_TEXTS];
        sqlite3_stmt *add = accounts->statement[ACCOUNTS_ADD_LINE];
        uint8_t hash[FLOW_DIGEST_LEN];
        audit_texts(entry, text);
        int r = read_last(accounts, &entry->number, hash);
        if (!r)
                r = audit_chain(++entry->number, entry->at_us, text, hash);
        if (r)
                return r;
        sqlite_bind_int(add, 1, (int64_t)entry->number);
        sqlite_bind_int(add, 2, entry->at_us);
        for (int i = 0; i < AUDIT_TEXTS; i++)
                sqlite_bind_text(add, 3 + i, text[i]);
        sqlite_bind_blob(add, 3 + AUDIT_TEXTS, hash, sizeof(hash));
        return sqlite_run(add);
}

int accounts_sqlite_note(struct accounts *accounts, struct audit_entry *entry)
{
        SHARED_LOCKED(accounts_shared(accounts));
        int r = shared_begin(locked);
        return r ? r : shared_end(locked, append(locked, entry));
}

int accounts_sqlite_audit(struct accounts *accounts, uint64_t before, const char *actor,
                          const char *action, size_t limit, audit_visitor *visit, void *context)
{
        SHARED_LOCKED(accounts_shared(accounts));
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = locked->statement[ACCOUNTS_LINES];
        int r;
        sqlite_bind_int(rows, 1, before ? (int64_t)before : INT64_MAX);
        if (actor)
                sqlite_bind_text(rows, 2, actor);
        if (action)
                sqlite_bind_text(rows, 3, action);
        sqlite_bind_int(rows, 4, (int64_t)limit);
        while ((r = sqlite_step(rows)) > 0) {
                const struct audit_entry entry = {
                        .number = (uint64_t)sqlite3_column_int64(rows, 0),
                        .at_us = sqlite3_column_int64(rows, 1),
                        .actor = shared_text(rows, 2),
                        .address = shared_text(rows, 3),
                        .action = shared_text(rows, 4),
                        .target = shared_text(rows, 5),
                        .outcome = shared_text(rows, 6),
                        .detail = shared_text(rows, 7),
                };
                if (!visit(context, &entry))
                        return 0;
        }
        return r;
}

static int judge(sqlite3_stmt *row, struct audit_reading *reading)
{
        struct audit_line line = { .number = sqlite3_column_int64(row, 0),
                                   .at_us = sqlite3_column_int64(row, 1),
                                   .hash = sqlite3_column_blob(row, 8),
                                   .hash_len = (size_t)sqlite3_column_bytes(row, 8) };
        for (int i = 0; i < AUDIT_TEXTS; i++) {
                line.text[i] = shared_text(row, 2 + i);
                line.text_len[i] = (size_t)sqlite3_column_bytes(row, 2 + i);
        }
        return audit_judge(reading, &line);
}

static int judge_some(struct accounts *accounts, struct audit_reading *reading)
{
        SHARED_LOCKED(accounts_shared(accounts));
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = locked->statement[ACCOUNTS_LINES_AFTER];
        int r, count = 0;
        sqlite_bind_int(rows, 1, reading->number);
        sqlite_bind_int(rows, 2, ACCOUNTS_VERIFY_LINES);
        while ((r = sqlite_step(rows)) > 0) {
                count++;
                r = judge(rows, reading);
                if (r)
                        return r;
        }
        return r ? r : count == ACCOUNTS_VERIFY_LINES;
}

int accounts_sqlite_verify(struct accounts *accounts, uint64_t *lines, uint64_t *broken)
{
        return audit_read_all(accounts, judge_some, lines, broken);
}

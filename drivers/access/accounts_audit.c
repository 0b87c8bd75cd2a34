/*
 * The audit log: a chain. hash(n) = SHA-256(hash(n - 1) ‖ number ‖ at ‖ for each text its length
 * and itself), numbers as 8 bytes, the greatest first; hash(0) is 32 zeros.
 */
#include "drivers/access/accounts_private.h"

#include <errno.h>
#include <string.h>

enum {
        TEXTS = 6 /* actor, address, action, target, outcome, detail: in this order everywhere */
};

static int add_number(struct digest_sum *sum, uint64_t number)
{
        uint8_t bytes[8];
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(number >> (8 * (sizeof(bytes) - 1 - i)));
        return digest_sum_add(sum, bytes, sizeof(bytes));
}

/* `hash` is the one before, and becomes this one's. 0 or -errno. */
static int chain(uint64_t number, int64_t at_us, const char *const text[TEXTS],
                 uint8_t hash[FLOW_DIGEST_LEN])
{
        struct digest_sum *sum = digest_sum_new();
        if (!sum)
                return -ENOMEM;
        int r = digest_sum_add(sum, hash, FLOW_DIGEST_LEN);
        if (!r)
                r = add_number(sum, number);
        if (!r)
                r = add_number(sum, (uint64_t)at_us);
        for (size_t i = 0; i < TEXTS && !r; i++) {
                size_t len = strlen(text[i]);
                r = add_number(sum, len);
                if (!r)
                        r = digest_sum_add(sum, text[i], len);
        }
        if (!r)
                r = digest_sum_take(sum, hash);
        digest_sum_free(sum);
        return r;
}

static const char *or_nothing(const char *text)
{
        return text ? text : "";
}

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
        const char *const text[TEXTS] = { or_nothing(entry->actor),   or_nothing(entry->address),
                                          or_nothing(entry->action),  or_nothing(entry->target),
                                          or_nothing(entry->outcome), or_nothing(entry->detail) };
        sqlite3_stmt *add = accounts->statement[ACCOUNTS_ADD_LINE];
        uint8_t hash[FLOW_DIGEST_LEN];
        int r = read_last(accounts, &entry->number, hash);
        if (!r)
                r = chain(++entry->number, entry->at_us, text, hash);
        if (r)
                return r;
        sqlite_bind_int(add, 1, (int64_t)entry->number);
        sqlite_bind_int(add, 2, entry->at_us);
        for (int i = 0; i < TEXTS; i++)
                sqlite_bind_text(add, 3 + i, text[i]);
        sqlite_bind_blob(add, 3 + TEXTS, hash, sizeof(hash));
        return sqlite_run(add);
}

int accounts_note(struct accounts *accounts, struct audit_entry *entry)
{
        SHARED_LOCKED(accounts->shared);
        if (entry->detail && strlen(entry->detail) >= ACCOUNTS_DETAIL_MAX)
                return -EMSGSIZE;
        int r = shared_begin(locked);
        return r ? r : shared_end(locked, append(locked, entry));
}

static const char *text_of(sqlite3_stmt *row, int column)
{
        return or_nothing((const char *)sqlite3_column_text(row, column));
}

int accounts_audit(struct accounts *accounts, uint64_t before, const char *actor,
                   const char *action, size_t limit, audit_visitor *visit, void *context)
{
        SHARED_LOCKED(accounts->shared);
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
                        .actor = text_of(rows, 2),
                        .address = text_of(rows, 3),
                        .action = text_of(rows, 4),
                        .target = text_of(rows, 5),
                        .outcome = text_of(rows, 6),
                        .detail = text_of(rows, 7),
                };
                if (!visit(context, &entry))
                        return 0;
        }
        return r;
}

struct reading {
        uint64_t lines, broken;
        int64_t number; /* of the line read last */
        uint8_t hash[FLOW_DIGEST_LEN];
};

/* 0 or -errno. */
static int judge(sqlite3_stmt *row, struct reading *reading)
{
        const char *text[TEXTS];
        bool is_text = true; /* nothing stands behind a NUL, where nobody reads */
        for (int i = 0; i < TEXTS; i++) {
                text[i] = text_of(row, 2 + i);
                if (strlen(text[i]) != (size_t)sqlite3_column_bytes(row, 2 + i))
                        is_text = false;
        }
        reading->lines++;
        reading->number = sqlite3_column_int64(row, 0);
        int r = chain(reading->lines, sqlite3_column_int64(row, 1), text, reading->hash);
        if (r)
                return r;
        bool is_good = is_text && (uint64_t)reading->number == reading->lines &&
                       sqlite3_column_bytes(row, 8) == FLOW_DIGEST_LEN &&
                       memcmp(sqlite3_column_blob(row, 8), reading->hash, FLOW_DIGEST_LEN) == 0;
        if (!is_good && reading->broken == 0)
                reading->broken = reading->lines;
        return 0;
}

/* 1: there may be more; 0: that was all; -errno. */
static int judge_some(struct accounts *accounts, struct reading *reading)
{
        SHARED_LOCKED(accounts->shared);
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

int accounts_verify(struct accounts *accounts, uint64_t *lines, uint64_t *broken)
{
        struct reading reading = { .number = INT64_MIN };
        int r;
        do
                r = judge_some(accounts, &reading);
        while (r > 0);
        *lines = reading.lines;
        *broken = reading.broken;
        return r;
}

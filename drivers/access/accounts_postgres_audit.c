/* The audit log in PostgreSQL, appended to and read. */
#include "drivers/access/accounts_postgres.h"
#include "drivers/access/audit_chain.h"

#include <errno.h>
#include <string.h>

/* The last line's number and hash; none: 0 and zeros. */
static int read_last(struct postgres_shared *locked, uint64_t *number,
                     uint8_t hash[FLOW_DIGEST_LEN])
{
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        *number = 0;
        memset(hash, 0, FLOW_DIGEST_LEN);
        (void)postgres_shared_args(locked);
        int r = postgres_shared_ask(locked, ACCOUNTS_LAST_LINE, &rows);
        if (r || PQntuples(rows) == 0)
                return r;
        if (PQgetlength(rows, 0, 1) != FLOW_DIGEST_LEN)
                return -EUCLEAN;
        *number = (uint64_t)postgres_integer(rows, 0, 0);
        memcpy(hash, PQgetvalue(rows, 0, 1), FLOW_DIGEST_LEN);
        return 0;
}

static int append(struct postgres_shared *locked, const char *const text[AUDIT_TEXTS],
                  struct audit_entry *entry)
{
        uint8_t hash[FLOW_DIGEST_LEN];
        int r = read_last(locked, &entry->number, hash);
        if (!r)
                r = audit_chain(++entry->number, entry->at_us, text, hash);
        if (r)
                return r;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_int(args, (int64_t)entry->number);
        postgres_add_int(args, entry->at_us);
        for (int i = 0; i < AUDIT_TEXTS; i++)
                postgres_add_text(args, text[i]);
        postgres_add_bytes(args, hash, sizeof(hash));
        r = postgres_shared_do(locked, ACCOUNTS_ADD_LINE);
        return r < 0 ? r : 0;
}

/* Text that is no UTF-8 is kept mended, and the hash is of what is kept. */
static int note_mended(struct postgres_shared *locked, const char *const text[AUDIT_TEXTS],
                       struct audit_entry *entry)
{
        char *mended[AUDIT_TEXTS];
        int r = 0;
        for (size_t i = 0; i < AUDIT_TEXTS; i++) {
                mended[i] = strdup(text[i]);
                if (mended[i])
                        postgres_mend(mended[i], strlen(mended[i]));
                else
                        r = -ENOMEM;
        }
        if (!r)
                r = postgres_shared_begin(locked, ACCOUNTS_LOCK_LINES);
        if (!r)
                r = postgres_shared_end(locked, append(locked, (const char *const *)mended, entry));
        for (size_t i = 0; i < AUDIT_TEXTS; i++)
                free(mended[i]);
        return r;
}

int accounts_postgres_note(struct accounts *accounts, struct audit_entry *entry)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        const char *text[AUDIT_TEXTS];
        audit_texts(entry, text);
        return note_mended(locked, text, entry);
}

int accounts_postgres_audit(struct accounts *accounts, uint64_t before, const char *actor,
                            const char *action, size_t limit, audit_visitor *visit, void *context)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_int(args, before ? (int64_t)before : INT64_MAX);
        postgres_add_int(args, actor != NULL);
        postgres_add_text(args, actor ? actor : "");
        postgres_add_int(args, action != NULL);
        postgres_add_text(args, action ? action : "");
        postgres_add_int(args, (int64_t)limit);
        int r = postgres_shared_ask(locked, ACCOUNTS_LINES, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct audit_entry entry = {
                        .number = (uint64_t)postgres_integer(rows, row, 0),
                        .at_us = postgres_integer(rows, row, 1),
                        .actor = PQgetvalue(rows, row, 2),
                        .address = PQgetvalue(rows, row, 3),
                        .action = PQgetvalue(rows, row, 4),
                        .target = PQgetvalue(rows, row, 5),
                        .outcome = PQgetvalue(rows, row, 6),
                        .detail = PQgetvalue(rows, row, 7),
                };
                goes_on = visit(context, &entry);
        }
        return r;
}

static int judge(const PGresult *rows, int row, struct audit_reading *reading)
{
        struct audit_line line = { .number = postgres_integer(rows, row, 0),
                                   .at_us = postgres_integer(rows, row, 1),
                                   .hash = (const uint8_t *)PQgetvalue(rows, row, 8),
                                   .hash_len = (size_t)PQgetlength(rows, row, 8) };
        for (int i = 0; i < AUDIT_TEXTS; i++) {
                line.text[i] = PQgetvalue(rows, row, 2 + i);
                line.text_len[i] = (size_t)PQgetlength(rows, row, 2 + i);
        }
        return audit_judge(reading, &line);
}

static int judge_some(struct accounts *accounts, struct audit_reading *reading)
{
        POSTGRES_LOCKED(accounts_shared(accounts));
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_int(args, reading->number);
        postgres_add_int(args, ACCOUNTS_VERIFY_LINES);
        int r = postgres_shared_ask(locked, ACCOUNTS_LINES_AFTER, &rows);
        for (int row = 0; !r && row < PQntuples(rows); row++)
                r = judge(rows, row, reading);
        return r ? r : PQntuples(rows) == ACCOUNTS_VERIFY_LINES;
}

int accounts_postgres_verify(struct accounts *accounts, uint64_t *lines, uint64_t *broken)
{
        return audit_read_all(accounts, judge_some, lines, broken);
}

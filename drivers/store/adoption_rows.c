/* Adoption: rows into the tables, and buckets out of them. */
#include "drivers/store/adoption_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

static int run_with_id(struct adoption *adoption, enum adoption_statement statement, const char *id)
{
        sqlite_bind_text(adoption->statement[statement], 1, id);
        return sqlite_run(adoption->statement[statement]);
}

/* ---- whole buckets ---- */

static int run_all(struct adoption *adoption, enum adoption_statement first,
                   enum adoption_statement last)
{
        int r = 0;
        for (enum adoption_statement i = first; !r && i <= last; i++)
                r = sqlite_run(adoption->statement[i]);
        return r;
}

static int forget_hashed(struct adoption *adoption, int bucket)
{
        uint8_t first[1], last[ADOPTION_LOOKUP_LAST];
        int r = 0;
        for (enum adoption_statement i = ADOPTION_GONE_BUCKET; !r && i <= ADOPTION_FORGET_HOLDERS;
             i++) {
                sqlite_bind_int(adoption->statement[i], 1, adoption_origin(bucket));
                r = sqlite_run(adoption->statement[i]);
        }
        if (r)
                return r;
        sqlite3_stmt *forget = adoption->statement[ADOPTION_FORGET_CREDENTIALS];
        adoption_lookups(bucket, first, last);
        sqlite_bind_blob(forget, 2, first, sizeof(first));
        sqlite_bind_blob(forget, 3, last, sizeof(last));
        return sqlite_run(forget);
}

int adoption_forget(struct adoption *adoption, int bucket)
{
        if (bucket == SYNC_BLOCKED)
                return run_all(adoption, ADOPTION_FORGET_BLOCKS, ADOPTION_FORGET_STOPS);
        if (bucket == SYNC_BASE)
                return run_all(adoption, ADOPTION_FORGET_PERIODS, ADOPTION_FORGET_SPECIAL_DAYS);
        return forget_hashed(adoption, bucket);
}

int adoption_settle(struct adoption *adoption, int bucket)
{
        return bucket < SYNC_HASHED
                       ? run_all(adoption, ADOPTION_SETTLE_CREDENTIALS, ADOPTION_SETTLED)
                       : 0;
}

/* ---- one row ---- */

static void bind_stop(sqlite3_stmt *statement, const struct registry_revocation *revocation)
{
        sqlite_bind_blob(statement, 1, revocation->lookup, FLOW_DIGEST_LEN);
        sqlite_bind_text(statement, 2, revocation->holder);
}

static int put_area(struct adoption *adoption, const struct registry_area *area)
{
        int r = 0;
        for (size_t i = 0; !r && i < area->points; i++)
                r = run_with_id(adoption, ADOPTION_TAKE_POINT, area->point[i]);
        return r ? r : registry_write_area(&adoption->store, area);
}

static int put(struct adoption *adoption, const struct sync_record *record)
{
        struct registry *store = &adoption->store;
        sqlite3_stmt *statement = NULL;
        switch (record->kind) {
        case SYNC_SCHEDULE:
                return registry_write_schedule(store, &record->schedule);
        case SYNC_LEVEL:
                return registry_write_level(store, &record->level);
        case SYNC_AREA:
                return put_area(adoption, &record->area);
        case SYNC_SPECIAL_DAY:
                return registry_write_special_day(store, &record->special_day);
        case SYNC_HOLDER:
                return registry_write_holder(store, &record->holder);
        case SYNC_DECLARATION:
                return registry_write_declaration(store, record->id, &record->declaration);
        case SYNC_CREDENTIAL:
                return registry_write_credential(store, &record->credential);
        case SYNC_BLOCK:
                statement = adoption->statement[ADOPTION_PUT_BLOCK];
                sqlite_bind_text(statement, 1, record->id);
                sqlite_bind_int(statement, 2, record->is_silent);
                return sqlite_run(statement);
        case SYNC_REVOCATION:
                statement = adoption->statement[ADOPTION_PUT_STOP];
                bind_stop(statement, &record->revocation);
                sqlite_bind_int(statement, 3, record->revocation.at_us);
                sqlite_bind_int(statement, 4, record->revocation.until_us);
                return sqlite_run(statement);
        }
        return -EINVAL;
}

/* What the foreign keys would do where they are checked. */
static int remove_with(struct adoption *adoption, enum registry_change parts,
                       enum registry_change whole, const char *id)
{
        int r = registry_run_with_id(&adoption->store, parts, id);
        return r ? r : registry_run_with_id(&adoption->store, whole, id);
}

static int remove_holder(struct adoption *adoption, const char *id)
{
        int r = run_with_id(adoption, ADOPTION_GONE, id);
        return r ? r
                 : remove_with(adoption, REGISTRY_CLEAR_HOLDER_LEVELS, REGISTRY_REMOVE_HOLDER, id);
}

static int remove_row(struct adoption *adoption, const struct sync_record *record)
{
        sqlite3_stmt *statement = NULL;
        switch (record->kind) {
        case SYNC_SCHEDULE:
                return remove_with(adoption, REGISTRY_CLEAR_PERIODS, REGISTRY_REMOVE_SCHEDULE,
                                   record->schedule.id);
        case SYNC_LEVEL:
                return remove_with(adoption, REGISTRY_CLEAR_LEVEL_POINTS, REGISTRY_REMOVE_LEVEL,
                                   record->level.id);
        case SYNC_AREA:
                return remove_with(adoption, REGISTRY_CLEAR_AREA_POINTS, REGISTRY_REMOVE_AREA,
                                   record->area.id);
        case SYNC_SPECIAL_DAY:
                statement = adoption->store.change[REGISTRY_REMOVE_SPECIAL_DAY];
                sqlite_bind_int(statement, 1, record->special_day.year);
                sqlite_bind_int(statement, 2, record->special_day.month);
                sqlite_bind_int(statement, 3, record->special_day.day);
                return sqlite_run(statement);
        case SYNC_HOLDER:
                return remove_holder(adoption, record->holder.id);
        case SYNC_DECLARATION:
                return run_with_id(adoption, ADOPTION_REMOVE_DECLARATION, record->id);
        case SYNC_CREDENTIAL:
                statement = adoption->statement[ADOPTION_REMOVE_CREDENTIAL];
                sqlite_bind_blob(statement, 1, record->credential.lookup, FLOW_DIGEST_LEN);
                return sqlite_run(statement);
        case SYNC_BLOCK:
                return run_with_id(adoption, ADOPTION_REMOVE_BLOCK, record->id);
        case SYNC_REVOCATION:
                statement = adoption->statement[ADOPTION_REMOVE_STOP];
                bind_stop(statement, &record->revocation);
                return sqlite_run(statement);
        }
        return -EINVAL;
}

int adoption_put(struct adoption *adoption, int bucket, const struct sync_record *record)
{
        adoption->store.origin = adoption_origin(bucket);
        return record->is_removal ? remove_row(adoption, record) : put(adoption, record);
}

/* ---- content ---- */

static int load_holder(struct registry *store, sqlite3_stmt *row, struct sync_record *record)
{
        registry_load_holder(row, 0, &record->holder);
        return registry_load_levels(store, &record->holder);
}

static int load_level(struct registry *store, sqlite3_stmt *row, struct registry_level *level)
{
        sqlite_column_copy(row, 0, level->id, sizeof(level->id));
        sqlite_column_copy(row, 1, level->schedule, sizeof(level->schedule));
        int r = registry_load_points(store, REGISTRY_LEVEL_POINTS, level->id, level->point);
        level->points = r < 0 ? 0 : (size_t)r;
        return r < 0 ? r : 0;
}

static int load_area(struct registry *store, sqlite3_stmt *row, struct registry_area *area)
{
        registry_load_area(row, 0, area);
        int r = registry_load_points(store, REGISTRY_AREA_POINTS, area->id, area->point);
        area->points = r < 0 ? 0 : (size_t)r;
        return r < 0 ? r : 0;
}

static int load_schedule(struct registry *store, sqlite3_stmt *row, struct schedule *schedule)
{
        char id[FLOW_ID_MAX];
        sqlite_column_copy(row, 0, id, sizeof(id));
        int r = registry_load_schedule(store, id, schedule);
        return r < 0 ? r : 0;
}

static void load_special_day(sqlite3_stmt *row, struct registry_special_day *day)
{
        day->year = sqlite3_column_int(row, 0);
        day->month = sqlite3_column_int(row, 1);
        day->day = sqlite3_column_int(row, 2);
        sqlite_column_copy(row, 3, day->name, sizeof(day->name));
}

static void load_stop(sqlite3_stmt *row, struct registry_revocation *revocation)
{
        const void *lookup = sqlite3_column_blob(row, 0);
        if (lookup && sqlite3_column_bytes(row, 0) == FLOW_DIGEST_LEN)
                memcpy(revocation->lookup, lookup, FLOW_DIGEST_LEN);
        sqlite_column_copy(row, 1, revocation->holder, sizeof(revocation->holder));
        revocation->at_us = sqlite3_column_int64(row, 2);
        revocation->until_us = sqlite3_column_int64(row, 3);
}

static int load(struct registry *store, sqlite3_stmt *row, enum sync_kind kind,
                struct sync_record *record)
{
        memset(record, 0, sizeof(*record));
        record->kind = kind;
        switch (kind) {
        case SYNC_SCHEDULE:
                return load_schedule(store, row, &record->schedule);
        case SYNC_LEVEL:
                return load_level(store, row, &record->level);
        case SYNC_AREA:
                return load_area(store, row, &record->area);
        case SYNC_SPECIAL_DAY:
                load_special_day(row, &record->special_day);
                return 0;
        case SYNC_HOLDER:
                return load_holder(store, row, record);
        case SYNC_DECLARATION:
                sqlite_column_copy(row, 0, record->id, sizeof(record->id));
                registry_load_declaration(row, 1, &record->declaration);
                return 0;
        case SYNC_CREDENTIAL:
                registry_load_credential(row, &record->credential);
                return 0;
        case SYNC_BLOCK:
                sqlite_column_copy(row, 0, record->id, sizeof(record->id));
                record->is_silent = sqlite3_column_int64(row, 1) != 0;
                return 0;
        case SYNC_REVOCATION:
                load_stop(row, &record->revocation);
                return 0;
        }
        return -EINVAL;
}

static void bind_bucket(sqlite3_stmt *rows, enum sync_kind kind, int bucket, uint8_t first[1],
                        uint8_t last[ADOPTION_LOOKUP_LAST])
{
        adoption_lookups(bucket, first, last);
        if (kind == SYNC_HOLDER || kind == SYNC_DECLARATION)
                sqlite_bind_int(rows, 1, adoption_origin(bucket));
        if (kind != SYNC_CREDENTIAL)
                return;
        sqlite_bind_blob(rows, 2, first, 1);
        sqlite_bind_blob(rows, 3, last, ADOPTION_LOOKUP_LAST);
}

static int digest_kind(struct adoption *adoption, enum sync_kind kind, int bucket, uint64_t *bytes)
{
        static const enum adoption_statement queries[] = {
                [SYNC_SCHEDULE] = ADOPTION_SCHEDULES,
                [SYNC_LEVEL] = ADOPTION_LEVELS,
                [SYNC_AREA] = ADOPTION_AREAS,
                [SYNC_SPECIAL_DAY] = ADOPTION_SPECIAL_DAYS,
                [SYNC_HOLDER] = ADOPTION_HOLDERS,
                [SYNC_DECLARATION] = ADOPTION_DECLARATIONS,
                [SYNC_CREDENTIAL] = ADOPTION_CREDENTIALS,
                [SYNC_BLOCK] = ADOPTION_BLOCKS,
                [SYNC_REVOCATION] = ADOPTION_STOPS,
        };
        uint8_t first[1], last[ADOPTION_LOOKUP_LAST];
        int r = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = adoption->statement[queries[kind]];
        bind_bucket(rows, kind, bucket, first, last);
        while ((r = sqlite_step(rows)) > 0) {
                struct cbor_writer writer;
                cbor_writer_init(&writer, adoption->bytes, sizeof(adoption->bytes));
                r = load(&adoption->store, rows, kind, &adoption->record);
                if (r)
                        return r;
                sync_record_write(&adoption->record, &writer);
                r = digest_sum_add(adoption->sum, writer.bytes, writer.len);
                if (r)
                        return r;
                *bytes += writer.len;
        }
        return r;
}

int adoption_digest(struct adoption *adoption, int bucket, struct manifest_bucket *made)
{
        enum sync_kind kind = bucket == SYNC_BLOCKED ? SYNC_BLOCK
                              : bucket == SYNC_BASE  ? SYNC_SCHEDULE
                                                     : SYNC_HOLDER;
        enum sync_kind last = bucket == SYNC_BLOCKED ? SYNC_REVOCATION
                              : bucket == SYNC_BASE  ? SYNC_SPECIAL_DAY
                                                     : SYNC_CREDENTIAL;
        uint64_t bytes = 0;
        int r = 0;
        for (; !r && kind <= last; kind++)
                r = digest_kind(adoption, kind, bucket, &bytes);
        int taken = digest_sum_take(adoption->sum, made->digest);
        made->bytes = bytes <= SYNC_BUCKET_BYTES_MAX ? (uint32_t)bytes : UINT32_MAX;
        return r ? r : taken;
}

/* Record: the writing of rows, their keys, and where they are at home. Reading is record_read.c. */
#include "controller/sync/record.h"

#include "controller/sync/record_private.h"

#include <string.h>

static void put_validity(struct cbor_writer *writer, const struct registry_validity *validity)
{
        cbor_put_int(writer, validity->from_us);
        cbor_put_int(writer, validity->until_us);
}

static void put_points(struct cbor_writer *writer, size_t count, const char point[][FLOW_ID_MAX])
{
        cbor_put_array(writer, count);
        for (size_t i = 0; i < count; i++)
                cbor_put_text(writer, point[i]);
}

static void put_schedule(struct cbor_writer *writer, const struct schedule *schedule)
{
        cbor_put_array(writer, schedule->periods);
        for (size_t i = 0; i < schedule->periods; i++) {
                cbor_put_array(writer, 3);
                cbor_put_int(writer, schedule->period[i].days);
                cbor_put_int(writer, schedule->period[i].from_min);
                cbor_put_int(writer, schedule->period[i].until_min);
        }
}

static void put_area(struct cbor_writer *writer, const struct registry_area *area)
{
        cbor_put_int(writer, area->occupancy_limit);
        cbor_put_int(writer, area->passback);
        cbor_put_int(writer, area->passback_reset_h);
        cbor_put_int(writer, area->passback_reset_min);
        put_points(writer, area->points, area->point);
}

static void put_holder(struct cbor_writer *writer, const struct registry_holder *holder)
{
        cbor_put_text(writer, holder->name);
        cbor_put_int(writer, holder->role);
        cbor_put_bool(writer, holder->is_blocked);
        cbor_put_bool(writer, holder->is_silent);
        cbor_put_text(writer, holder->escort);
        put_validity(writer, &holder->validity);
        cbor_put_array(writer, holder->levels);
        for (size_t i = 0; i < holder->levels; i++) {
                cbor_put_array(writer, 3);
                cbor_put_text(writer, holder->level[i].level);
                put_validity(writer, &holder->level[i].validity);
        }
}

static void put_credential(struct cbor_writer *writer, const struct registry_credential *credential)
{
        cbor_put_int(writer, credential->class);
        cbor_put_text(writer, credential->holder);
        cbor_put_text(writer, credential->hint);
        put_validity(writer, &credential->validity);
        cbor_put_int(writer, credential->revoked_us);
        cbor_put_bool(writer, credential->is_duress);
        cbor_put_int(writer, credential->uses_max);
        cbor_put_int(writer, credential->day_uses_max);
}

/* The id that is the key, or NULL: this kind has another key. */
static const char *id_of(const struct sync_record *record)
{
        switch (record->kind) {
        case SYNC_SCHEDULE:
                return record->schedule.id;
        case SYNC_LEVEL:
                return record->level.id;
        case SYNC_AREA:
                return record->area.id;
        case SYNC_HOLDER:
                return record->holder.id;
        case SYNC_DECLARATION:
        case SYNC_BLOCK:
                return record->id;
        case SYNC_SPECIAL_DAY:
        case SYNC_CREDENTIAL:
        case SYNC_REVOCATION:
                break;
        }
        return NULL;
}

static void put_key(struct cbor_writer *writer, const struct sync_record *record)
{
        const struct registry_special_day *day = &record->special_day;
        const struct registry_revocation *revocation = &record->revocation;
        if (record->kind == SYNC_SPECIAL_DAY) {
                cbor_put_int(writer, day->year);
                cbor_put_int(writer, day->month);
                cbor_put_int(writer, day->day);
        } else if (record->kind == SYNC_CREDENTIAL) {
                cbor_put_bytes(writer, record->credential.lookup, FLOW_DIGEST_LEN);
        } else if (record->kind == SYNC_REVOCATION) {
                cbor_put_bytes(writer, revocation->lookup,
                               revocation->holder[0] == '\0' ? FLOW_DIGEST_LEN : 0);
                cbor_put_text(writer, revocation->holder);
        } else {
                cbor_put_text(writer, id_of(record));
        }
}

static void put_rest(struct cbor_writer *writer, const struct sync_record *record)
{
        switch (record->kind) {
        case SYNC_SCHEDULE:
                put_schedule(writer, &record->schedule);
                break;
        case SYNC_LEVEL:
                cbor_put_text(writer, record->level.schedule);
                put_points(writer, record->level.points, record->level.point);
                break;
        case SYNC_AREA:
                put_area(writer, &record->area);
                break;
        case SYNC_SPECIAL_DAY:
                cbor_put_text(writer, record->special_day.name);
                break;
        case SYNC_HOLDER:
                put_holder(writer, &record->holder);
                break;
        case SYNC_DECLARATION:
                cbor_put_int(writer, record->declaration.result);
                cbor_put_int(writer, record->declaration.at_us);
                cbor_put_int(writer, record->declaration.until_us);
                break;
        case SYNC_CREDENTIAL:
                put_credential(writer, &record->credential);
                break;
        case SYNC_BLOCK:
                cbor_put_bool(writer, record->is_silent);
                break;
        case SYNC_REVOCATION:
                cbor_put_int(writer, record->revocation.at_us);
                cbor_put_int(writer, record->revocation.until_us);
                break;
        }
}

const struct sync_shape *sync_shape_of(enum sync_kind kind)
{
        static const struct sync_shape shapes[] = {
                [SYNC_SCHEDULE] = { 1, 1 },   [SYNC_LEVEL] = { 1, 2 },
                [SYNC_AREA] = { 1, 5 },       [SYNC_SPECIAL_DAY] = { 3, 1 },
                [SYNC_HOLDER] = { 1, 8 },     [SYNC_DECLARATION] = { 1, 3 },
                [SYNC_CREDENTIAL] = { 1, 9 }, [SYNC_BLOCK] = { 1, 1 },
                [SYNC_REVOCATION] = { 2, 2 },
        };
        return &shapes[kind];
}

void sync_record_write(const struct sync_record *record, struct cbor_writer *writer)
{
        const struct sync_shape *shape = sync_shape_of(record->kind);
        cbor_put_array(writer, 1 + shape->key_items + (record->is_removal ? 0 : shape->items));
        cbor_put_int(writer, record->is_removal ? -(int)record->kind : (int)record->kind);
        put_key(writer, record);
        if (!record->is_removal)
                put_rest(writer, record);
}

static void append(struct sync_key *key, const void *bytes, size_t len)
{
        memcpy(key->bytes + key->len, bytes, len);
        key->len += len;
}

void sync_record_key(const struct sync_record *record, struct sync_key *key)
{
        const struct registry_special_day *day = &record->special_day;
        const uint8_t date[] = { (uint8_t)(day->year >> 8), (uint8_t)day->year, (uint8_t)day->month,
                                 (uint8_t)day->day };
        *key = (struct sync_key){ .kind = record->kind };
        if (record->kind == SYNC_SPECIAL_DAY) {
                append(key, date, sizeof(date));
        } else if (record->kind == SYNC_CREDENTIAL) {
                append(key, record->credential.lookup, FLOW_DIGEST_LEN);
        } else if (record->kind == SYNC_REVOCATION) {
                /* Of a holder's the lookup is all zero: it cannot meet a pass's. */
                append(key, record->revocation.lookup, FLOW_DIGEST_LEN);
                append(key, record->revocation.holder, strlen(record->revocation.holder));
        } else {
                append(key, id_of(record), strlen(id_of(record)));
        }
}

int sync_key_compare(const struct sync_key *a, const struct sync_key *b)
{
        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;
        int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);
        if (order != 0 || a->len == b->len)
                return order;
        return a->len < b->len ? -1 : 1;
}

bool sync_record_belongs(const struct sync_record *record, int bucket)
{
        switch (record->kind) {
        case SYNC_SCHEDULE:
        case SYNC_LEVEL:
        case SYNC_AREA:
        case SYNC_SPECIAL_DAY:
                return bucket == SYNC_BASE;
        case SYNC_HOLDER:
        case SYNC_DECLARATION:
                return bucket < SYNC_HASHED && bucket == sync_bucket_of_holder(id_of(record));
        case SYNC_CREDENTIAL:
                return bucket == sync_bucket_of_lookup(record->credential.lookup);
        case SYNC_BLOCK:
        case SYNC_REVOCATION:
                return bucket == SYNC_BLOCKED;
        }
        return false;
}

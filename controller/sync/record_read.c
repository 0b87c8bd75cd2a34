/* Record: the reading of rows, out of bytes that are not trusted. */
#include "controller/sync/record_private.h"

#include "common/cbor/cbor_strict.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
        PASSBACK_MIN = -1, /* as the configuration says */
        PASSBACK_MAX = 2,  /* RULES_PASSBACK_HARD */
        RESET_H_MIN = -1,
        RESET_MIN_MIN = -2,
        YEAR_MAX = 9999,
        MONTHS = 12,
        DAYS = 31,
        RESULT_MAX = 3
};

static void demand(struct cbor_strict *strict, bool is_good)
{
        strict->is_bad = strict->is_bad || !is_good;
}

static bool is_id(const char *text)
{
        return text[0] != '\0' &&
               text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static void read_id(struct cbor_strict *strict, char id[FLOW_ID_MAX])
{
        cbor_strict_text(strict, id, FLOW_ID_MAX);
        demand(strict, is_id(id));
}

/* "", `other` or an id. */
static void read_id_or(struct cbor_strict *strict, const char *other, char id[FLOW_ID_MAX])
{
        cbor_strict_text(strict, id, FLOW_ID_MAX);
        demand(strict, id[0] == '\0' || strcmp(id, other) == 0 || is_id(id));
}

static int64_t read_us(struct cbor_strict *strict)
{
        return cbor_strict_int(strict, INT64_MIN, INT64_MAX);
}

static void read_validity(struct cbor_strict *strict, struct registry_validity *validity)
{
        validity->from_us = read_us(strict);
        validity->until_us = read_us(strict);
}

/* In ascending order, none twice. */
static size_t read_points(struct cbor_strict *strict, bool may_be_every, char point[][FLOW_ID_MAX])
{
        size_t count = cbor_strict_array(strict, 0, REGISTRY_POINTS_MAX);
        for (size_t i = 0; i < count && !strict->is_bad; i++) {
                cbor_strict_text(strict, point[i], FLOW_ID_MAX);
                demand(strict, is_id(point[i]) || (may_be_every && strcmp(point[i], "*") == 0));
                demand(strict, i == 0 || strcmp(point[i - 1], point[i]) < 0);
        }
        return count;
}

static void read_schedule(struct cbor_strict *strict, struct schedule *schedule)
{
        schedule->periods = cbor_strict_array(strict, 0, SCHEDULE_PERIODS_MAX);
        for (size_t i = 0; i < schedule->periods && !strict->is_bad; i++) {
                struct schedule_period *period = &schedule->period[i];
                cbor_strict_array(strict, 3, 3);
                period->days = (uint8_t)cbor_strict_int(strict, 0, UINT8_MAX);
                period->from_min = (uint16_t)cbor_strict_int(strict, 0, SCHEDULE_DAY_MIN - 1);
                period->until_min = (uint16_t)cbor_strict_int(strict, 0, SCHEDULE_DAY_MIN - 1);
        }
}

static void read_area(struct cbor_strict *strict, struct registry_area *area)
{
        area->occupancy_limit = (int)cbor_strict_int(strict, 0, INT_MAX);
        area->passback = (int)cbor_strict_int(strict, PASSBACK_MIN, PASSBACK_MAX);
        area->passback_reset_h = (int)cbor_strict_int(strict, RESET_H_MIN, INT_MAX);
        area->passback_reset_min =
                (int)cbor_strict_int(strict, RESET_MIN_MIN, SCHEDULE_DAY_MIN - 1);
        area->points = read_points(strict, false, area->point);
}

static void read_holder(struct cbor_strict *strict, struct registry_holder *holder)
{
        cbor_strict_text(strict, holder->name, sizeof(holder->name));
        holder->role = (enum registry_role)cbor_strict_int(strict, 0, REGISTRY_ROLE_COUNT - 1);
        holder->is_blocked = cbor_strict_bool(strict);
        holder->is_silent = cbor_strict_bool(strict);
        read_id_or(strict, "*", holder->escort);
        read_validity(strict, &holder->validity);
        holder->levels = cbor_strict_array(strict, 0, REGISTRY_LEVELS_MAX);
        for (size_t i = 0; i < holder->levels && !strict->is_bad; i++) {
                cbor_strict_array(strict, 3, 3);
                read_id(strict, holder->level[i].level);
                read_validity(strict, &holder->level[i].validity);
                demand(strict,
                       i == 0 || strcmp(holder->level[i - 1].level, holder->level[i].level) < 0);
        }
}

static void read_credential(struct cbor_strict *strict, struct registry_credential *credential)
{
        credential->class = (enum credential_class)cbor_strict_int(strict, CREDENTIAL_CODE,
                                                                   CREDENTIAL_CLASS_COUNT - 1);
        read_id(strict, credential->holder);
        cbor_strict_text(strict, credential->hint, sizeof(credential->hint));
        read_validity(strict, &credential->validity);
        credential->revoked_us = read_us(strict);
        credential->is_duress = cbor_strict_bool(strict);
        credential->uses_max = (int)cbor_strict_int(strict, 0, INT_MAX);
        credential->day_uses_max = (int)cbor_strict_int(strict, 0, INT_MAX);
}

static void read_date(struct cbor_strict *strict, struct registry_special_day *day)
{
        day->year = (int)cbor_strict_int(strict, 0, YEAR_MAX);
        day->month = (int)cbor_strict_int(strict, 1, MONTHS);
        day->day = (int)cbor_strict_int(strict, 1, DAYS);
}

static void read_lookup(struct cbor_strict *strict, uint8_t lookup[FLOW_DIGEST_LEN])
{
        size_t len = 0;
        const uint8_t *bytes = cbor_strict_bytes(strict, FLOW_DIGEST_LEN, FLOW_DIGEST_LEN, &len);
        if (bytes)
                memcpy(lookup, bytes, FLOW_DIGEST_LEN);
}

/* A lookup and "", or h'' and a holder. A lookup of zeros would be taken for a holder's. */
static void read_revocation_key(struct cbor_strict *strict, struct registry_revocation *revocation)
{
        static const uint8_t zeros[FLOW_DIGEST_LEN];
        size_t len = 0;
        const uint8_t *bytes = cbor_strict_bytes(strict, 0, FLOW_DIGEST_LEN, &len);
        read_id_or(strict, "", revocation->holder);
        bool is_holder = revocation->holder[0] != '\0';
        demand(strict, is_holder ? len == 0 : len == FLOW_DIGEST_LEN);
        if (strict->is_bad || is_holder)
                return;
        memcpy(revocation->lookup, bytes, FLOW_DIGEST_LEN);
        demand(strict, memcmp(revocation->lookup, zeros, FLOW_DIGEST_LEN) != 0);
}

static void read_key(struct cbor_strict *strict, struct sync_record *record)
{
        switch (record->kind) {
        case SYNC_SCHEDULE:
                read_id(strict, record->schedule.id);
                break;
        case SYNC_LEVEL:
                read_id(strict, record->level.id);
                break;
        case SYNC_AREA:
                read_id(strict, record->area.id);
                break;
        case SYNC_SPECIAL_DAY:
                read_date(strict, &record->special_day);
                break;
        case SYNC_HOLDER:
                read_id(strict, record->holder.id);
                break;
        case SYNC_DECLARATION:
        case SYNC_BLOCK:
                read_id(strict, record->id);
                break;
        case SYNC_CREDENTIAL:
                read_lookup(strict, record->credential.lookup);
                break;
        case SYNC_REVOCATION:
                read_revocation_key(strict, &record->revocation);
                break;
        }
}

static void read_rest(struct cbor_strict *strict, struct sync_record *record)
{
        switch (record->kind) {
        case SYNC_SCHEDULE:
                read_schedule(strict, &record->schedule);
                break;
        case SYNC_LEVEL:
                read_id_or(strict, "", record->level.schedule);
                record->level.points = read_points(strict, true, record->level.point);
                break;
        case SYNC_AREA:
                read_area(strict, &record->area);
                break;
        case SYNC_SPECIAL_DAY:
                cbor_strict_text(strict, record->special_day.name,
                                 sizeof(record->special_day.name));
                break;
        case SYNC_HOLDER:
                read_holder(strict, &record->holder);
                break;
        case SYNC_DECLARATION:
                record->declaration.result = (int)cbor_strict_int(strict, 1, RESULT_MAX);
                record->declaration.at_us = read_us(strict);
                record->declaration.until_us = read_us(strict);
                break;
        case SYNC_CREDENTIAL:
                read_credential(strict, &record->credential);
                break;
        case SYNC_BLOCK:
                record->is_silent = cbor_strict_bool(strict);
                break;
        case SYNC_REVOCATION:
                record->revocation.at_us = read_us(strict);
                record->revocation.until_us = read_us(strict);
                break;
        }
}

int sync_record_read(struct cbor_reader *reader, struct sync_record *record)
{
        struct cbor_strict strict;
        memset(record, 0, sizeof(*record));
        /* A reader of its own: the bound on heads is a record's, not a bucket's. */
        cbor_strict_init(&strict, reader->bytes + reader->at, reader->len - reader->at);
        size_t items = cbor_strict_array(&strict, 2, CBOR_ITEMS_MAX);
        int64_t kind = cbor_strict_int(&strict, -SYNC_REVOCATION, SYNC_REVOCATION);
        demand(&strict, kind != 0);
        if (strict.is_bad)
                return -EBADMSG;
        record->is_removal = kind < 0;
        record->kind = (enum sync_kind)(kind < 0 ? -kind : kind);
        const struct sync_shape *shape = sync_shape_of(record->kind);
        demand(&strict, items == 1 + shape->key_items + (record->is_removal ? 0 : shape->items));
        read_key(&strict, record);
        if (!record->is_removal)
                read_rest(&strict, record);
        if (strict.is_bad || strict.reader.at > SYNC_RECORD_BYTES_MAX)
                return -EBADMSG;
        reader->at += strict.reader.at;
        return 0;
}

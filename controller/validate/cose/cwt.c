#include "controller/validate/cose/cwt.h"

#include <errno.h>
#include <string.h>

enum {
        CLAIMS_MAX = 64 /* labels that are watched for a second time */
};

/* 9999-12-31T23:59:59Z: what RFC 3339 can write. */
static const int64_t last_second = INT64_C(253402300799);

struct reading {
        struct cwt *cwt;
        cwt_claim_fn *claim;
        void *context;
        int64_t seen[CLAIMS_MAX];
        size_t count;
};

/* NumericDate: an integer or a float (RFC 8392, 2; real certificates have floats). */
static int read_date(struct cbor_reader *reader, bool *has, int64_t *us)
{
        struct cbor_item item;
        int error = cbor_next(reader, &item);
        if (error)
                return error;
        if (item.type == CBOR_UINT && item.uint <= (uint64_t)last_second)
                *us = (int64_t)item.uint * 1000000;
        else if (item.type == CBOR_FLOAT && item.number >= 0 && item.number <= (double)last_second)
                *us = (int64_t)(item.number * 1e6);
        else
                return -EBADMSG;
        *has = true;
        return 0;
}

static int read_id(struct cbor_reader *reader, struct cwt *cwt)
{
        struct cbor_item item;
        int error = cbor_expect(reader, CBOR_BYTES, &item);
        if (error)
                return error;
        if (item.len > CWT_ID_MAX)
                return -E2BIG;
        if (item.len > 0)
                memcpy(cwt->cti, item.bytes, item.len);
        cwt->cti_len = item.len;
        return 0;
}

static int read_claim(struct reading *reading, int64_t label, struct cbor_reader *value)
{
        struct cwt *cwt = reading->cwt;
        switch (label) {
        case CWT_ISS:
                return cbor_text(value, cwt->iss, sizeof(cwt->iss));
        case CWT_SUB:
                return cbor_text(value, cwt->sub, sizeof(cwt->sub));
        case CWT_AUD:
                return cbor_text(value, cwt->aud, sizeof(cwt->aud));
        case CWT_EXP:
                return read_date(value, &cwt->has_exp, &cwt->exp_us);
        case CWT_NBF:
                return read_date(value, &cwt->has_nbf, &cwt->nbf_us);
        case CWT_IAT:
                return read_date(value, &cwt->has_iat, &cwt->iat_us);
        case CWT_CTI:
                return read_id(value, cwt);
        default:
                return reading->claim ? reading->claim(reading->context, label, value)
                                      : cbor_skip(value);
        }
}

static int note_label(struct reading *reading, int64_t label)
{
        for (size_t i = 0; i < reading->count; i++)
                if (reading->seen[i] == label)
                        return -EBADMSG;
        if (reading->count == CLAIMS_MAX)
                return -E2BIG;
        reading->seen[reading->count++] = label;
        return 0;
}

static int read_entry(struct reading *reading, struct cbor_reader *reader)
{
        struct cbor_item label;
        int64_t number = 0;
        int error = cbor_peek(reader, &label);
        if (error)
                return error;
        if (label.type == CBOR_TEXT) {
                error = cbor_skip(reader);
                return error ? error : cbor_skip(reader);
        }
        error = cbor_int(reader, &number);
        if (!error)
                error = note_label(reading, number);
        return error ? error : read_claim(reading, number, reader);
}

int cwt_read(const void *bytes, size_t len, struct cwt *cwt, cwt_claim_fn *claim, void *context)
{
        struct cbor_reader reader;
        struct cbor_item map, next;
        struct reading reading = { .cwt = cwt, .claim = claim, .context = context };
        *cwt = (struct cwt){ .has_exp = false };
        cbor_reader_init(&reader, bytes, len);
        int error = cbor_next(&reader, &map);
        if (error)
                return error;
        if (map.type != CBOR_MAP)
                return -EBADMSG;
        for (uint64_t i = 0; map.is_indefinite || i < map.uint; i++) {
                error = map.is_indefinite ? cbor_peek(&reader, &next) : 0;
                if (error)
                        return error;
                if (map.is_indefinite && next.type == CBOR_BREAK) {
                        (void)!cbor_next(&reader, &next);
                        break;
                }
                error = read_entry(&reading, &reader);
                if (error)
                        return error;
        }
        return cbor_at_end(&reader) ? 0 : -EBADMSG;
}

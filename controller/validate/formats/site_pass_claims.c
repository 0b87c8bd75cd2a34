/* Site pass: its claims. One form only: known labels, each once, in the order of their table. */
#include "controller/validate/formats/site_pass_private.h"

#include <errno.h>
#include <string.h>

enum {
        COSE_KTY = 1,
        COSE_KTY_EC2 = 2,
        COSE_CRV = -1,
        COSE_CRV_P256 = 1,
        COSE_X = -2,
        COSE_Y = -3,
        CNF_COSE_KEY = 1 /* RFC 8747, 3.2 */
};

/* 9999-12-31T23:59:59Z */
static const uint64_t last_second = UINT64_C(253402300799);

static int next(struct cbor_reader *reader, enum cbor_kind type, struct cbor_item *item)
{
        int error = cbor_expect(reader, type, item);
        return !error && !item->is_canonical ? -EBADMSG : error;
}

static int read_id(struct cbor_reader *reader, char id[FLOW_ID_MAX])
{
        static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
        struct cbor_item item;
        int error = next(reader, CBOR_TEXT, &item);
        if (error)
                return error;
        if (item.len == 0 || item.len >= FLOW_ID_MAX)
                return -EBADMSG;
        memcpy(id, item.bytes, item.len);
        id[item.len] = '\0';
        return strspn(id, characters) == item.len ? 0 : -EBADMSG;
}

/* Whole seconds, which a float would not say exactly. */
static int read_time(struct cbor_reader *reader, int64_t *us)
{
        struct cbor_item item;
        int error = next(reader, CBOR_UINT, &item);
        if (error)
                return error;
        if (item.uint == 0 || item.uint > last_second)
                return -EBADMSG;
        *us = (int64_t)item.uint * 1000000;
        return 0;
}

static int read_count(struct cbor_reader *reader, int *count)
{
        struct cbor_item item;
        int error = next(reader, CBOR_UINT, &item);
        if (error)
                return error;
        if (item.uint == 0 || item.uint > PASS_USES_MAX)
                return -EBADMSG;
        *count = (int)item.uint;
        return 0;
}

static int read_cti(struct cbor_reader *reader, struct pass_claims *claims)
{
        struct cbor_item item;
        int error = next(reader, CBOR_BYTES, &item);
        if (error)
                return error;
        if (item.len != SITE_PASS_CTI_LEN)
                return -EBADMSG;
        memcpy(claims->id, item.bytes, item.len);
        claims->id_len = item.len;
        return 0;
}

static int read_levels(struct cbor_reader *reader, struct pass_claims *claims)
{
        struct cbor_item item;
        int error = next(reader, CBOR_ARRAY, &item);
        if (!error && (item.uint == 0 || item.uint > PASS_LEVELS_MAX))
                error = -EBADMSG;
        for (uint64_t i = 0; !error && i < item.uint; i++)
                error = read_id(reader, claims->level[claims->levels++]);
        return error;
}

static int expect_int(struct cbor_reader *reader, int64_t expected)
{
        struct cbor_item item;
        int64_t value = 0;
        int error = cbor_peek(reader, &item);
        if (!error)
                error = cbor_int(reader, &value);
        return !error && (value != expected || !item.is_canonical) ? -EBADMSG : error;
}

/* {1: {1: 2, -1: 1, -2: x, -3: the sign of y}}: a compressed point (RFC 9053, 7.1.1). */
static int read_cnf(struct cbor_reader *reader, struct site_pass *pass)
{
        struct cbor_item item;
        int error = next(reader, CBOR_MAP, &item);
        if (!error && item.uint != 1)
                error = -EBADMSG;
        if (!error)
                error = expect_int(reader, CNF_COSE_KEY);
        if (!error)
                error = next(reader, CBOR_MAP, &item);
        if (!error && item.uint != 4)
                error = -EBADMSG;
        static const int64_t before_x[] = { COSE_KTY, COSE_KTY_EC2, COSE_CRV, COSE_CRV_P256,
                                            COSE_X };
        for (size_t i = 0; !error && i < ARRAY_LEN(before_x); i++)
                error = expect_int(reader, before_x[i]);
        if (!error)
                error = next(reader, CBOR_BYTES, &item);
        if (!error && item.len != sizeof(pass->phone_x))
                error = -EBADMSG;
        if (error)
                return error;
        memcpy(pass->phone_x, item.bytes, sizeof(pass->phone_x));
        error = expect_int(reader, COSE_Y);
        if (!error)
                error = next(reader, CBOR_BOOL, &item);
        pass->is_phone_y_odd = item.uint != 0;
        pass->claims.is_bound = true;
        return error;
}

static int read_our_claim(struct cbor_reader *reader, int64_t label, struct site_pass *pass)
{
        struct pass_claims *claims = &pass->claims;
        switch (label) {
        case PASS_SITE:
                return read_id(reader, claims->site);
        case PASS_LEVELS:
                return read_levels(reader, claims);
        case PASS_SCHEDULE:
                return read_id(reader, claims->schedule);
        case PASS_USES:
                return read_count(reader, &claims->uses_max);
        case PASS_DAY_USES:
                return read_count(reader, &claims->day_uses_max);
        default:
                return -EBADMSG;
        }
}

/* Labels rise as their encodings do (RFC 8949, 4.2.1): non-negative ones, then negative ones down.
 */
static bool is_in_order(int64_t before, int64_t label)
{
        if (before >= 0)
                return label < 0 || label > before;
        return label < before;
}

typedef int claim_fn(struct cbor_reader *reader, int64_t label, struct site_pass *pass);

/* No label here is 0, so it stands before them all. */
static int read_map(struct cbor_reader *reader, claim_fn *read, struct site_pass *pass)
{
        struct cbor_item map, item;
        int64_t label = 0, before = 0;
        int error = next(reader, CBOR_MAP, &map);
        if (!error && map.uint == 0)
                error = -EBADMSG;
        for (uint64_t i = 0; !error && i < map.uint; i++) {
                error = cbor_peek(reader, &item);
                if (!error)
                        error = cbor_int(reader, &label);
                if (!error && (!item.is_canonical || !is_in_order(before, label)))
                        error = -EBADMSG;
                if (!error)
                        error = read(reader, label, pass);
                before = label;
        }
        return error;
}

static int read_claim(struct cbor_reader *reader, int64_t label, struct site_pass *pass)
{
        switch (label) {
        case PASS_SUB:
                return read_id(reader, pass->claims.holder);
        case PASS_EXP:
                return read_time(reader, &pass->until_us);
        case PASS_NBF:
                return read_time(reader, &pass->from_us);
        case PASS_IAT:
                return read_time(reader, &pass->claims.issued_us);
        case PASS_CTI:
                return read_cti(reader, &pass->claims);
        case PASS_CNF:
                return read_cnf(reader, pass);
        case PASS_OURS:
                return read_map(reader, read_our_claim, pass);
        default:
                return -EBADMSG;
        }
}

int site_pass_read_claims(const uint8_t *bytes, size_t len, struct site_pass *pass)
{
        struct cbor_reader reader;
        cbor_reader_init(&reader, bytes, len);
        int error = read_map(&reader, read_claim, pass);
        if (error)
                return error;
        /* Who, when it was issued, and which pass it is: without these nothing can be revoked. */
        bool is_whole = pass->claims.holder[0] != '\0' && pass->claims.id_len != 0 &&
                        pass->claims.issued_us != 0;
        return is_whole && cbor_at_end(&reader) ? 0 : -EBADMSG;
}

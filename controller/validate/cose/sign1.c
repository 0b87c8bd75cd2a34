#include "controller/validate/cose/sign1.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
        TAG_SIGN1 = 18, /* RFC 9052, 2 */
        TAG_CWT = 61,   /* RFC 8392, 6 */
        LABEL_ALG = 1,
        LABEL_CRIT = 2,
        LABEL_KID = 4,
        FIELDS = 4,
        LABELS_MAX = 16, /* in one header: more is not for us */
};

/* One of the two headers. */
struct header {
        bool has_alg, has_kid, is_canonical;
        int64_t alg;
        uint8_t kid[SIGN1_KID_MAX];
        size_t kid_len;
        struct cbor_item label[LABELS_MAX];
        size_t labels;
};

/* Labels are integers or texts; each stands once (RFC 9052, 3). */
static int note_label(struct header *header, const struct cbor_item *label)
{
        bool is_text = label->type == CBOR_TEXT;
        if (label->is_indefinite ||
            (!is_text && label->type != CBOR_UINT && label->type != CBOR_NEGINT))
                return -EBADMSG;
        for (size_t i = 0; i < header->labels; i++) {
                const struct cbor_item *other = &header->label[i];
                if (other->type == label->type && other->uint == label->uint &&
                    (!is_text || memcmp(other->bytes, label->bytes, label->len) == 0))
                        return -EBADMSG;
        }
        if (header->labels == LABELS_MAX)
                return -E2BIG;
        header->label[header->labels++] = *label;
        header->is_canonical = header->is_canonical && label->is_canonical;
        return 0;
}

static int read_kid(struct cbor_reader *reader, struct header *header)
{
        struct cbor_item item;
        int error = cbor_expect(reader, CBOR_BYTES, &item);
        if (error)
                return error;
        if (item.len > SIGN1_KID_MAX)
                return -E2BIG;
        header->has_kid = true;
        header->is_canonical = header->is_canonical && item.is_canonical;
        header->kid_len = item.len;
        if (item.len > 0)
                memcpy(header->kid, item.bytes, item.len);
        return 0;
}

/* An algorithm by name (a text) is none of ours: the message is whole, no key will fit. */
static int read_alg(struct cbor_reader *reader, struct header *header)
{
        struct cbor_item item;
        int error = cbor_peek(reader, &item);
        if (error)
                return error;
        header->has_alg = true;
        header->is_canonical = header->is_canonical && item.is_canonical;
        return item.type == CBOR_TEXT ? cbor_skip(reader) : cbor_int(reader, &header->alg);
}

static int read_entry(struct cbor_reader *reader, struct header *header,
                      const struct cbor_item *label)
{
        int error = note_label(header, label);
        if (error)
                return error;
        if (label->type == CBOR_UINT && label->uint == LABEL_ALG)
                return read_alg(reader, header);
        if (label->type == CBOR_UINT && label->uint == LABEL_KID)
                return read_kid(reader, header);
        /* What it calls critical we would have to understand. */
        if (label->type == CBOR_UINT && label->uint == LABEL_CRIT)
                return -EBADMSG;
        header->is_canonical = false;
        return cbor_skip(reader);
}

static int read_header(struct cbor_reader *reader, struct header *header)
{
        struct cbor_item map, label;
        *header = (struct header){ .is_canonical = true };
        int error = cbor_next(reader, &map);
        if (error)
                return error;
        if (map.type != CBOR_MAP)
                return -EBADMSG;
        header->is_canonical = map.is_canonical;
        for (uint64_t i = 0; map.is_indefinite || i < map.uint; i++) {
                error = cbor_next(reader, &label);
                if (error)
                        return error;
                if (map.is_indefinite && label.type == CBOR_BREAK)
                        return 0;
                error = read_entry(reader, header, &label);
                if (error)
                        return error;
        }
        return 0;
}

static int read_protected(const struct cbor_item *field, struct sign1 *message,
                          struct header *header)
{
        struct cbor_reader reader;
        *header = (struct header){ .is_canonical = true };
        message->protected_header = field->bytes;
        message->protected_len = field->len;
        if (field->len == 0)
                return 0;
        cbor_reader_init(&reader, field->bytes, field->len);
        int error = read_header(&reader, header);
        if (error)
                return error;
        if (!cbor_at_end(&reader))
                return -EBADMSG;
        /* An empty map is signed as if it were not there (RFC 9052, 4.4). */
        if (header->labels == 0) {
                message->protected_len = 0;
                header->is_canonical = false;
        }
        return 0;
}

/* Tags 61 and 18 in this order, either of them or none. The array is canonical if they are too. */
static int read_array(struct cbor_reader *reader, struct cbor_item *array)
{
        uint64_t next = TAG_CWT;
        bool is_canonical = true;
        for (;;) {
                int error = cbor_next(reader, array);
                if (error)
                        return error;
                is_canonical = array->is_canonical = is_canonical && array->is_canonical;
                if (array->type != CBOR_TAG)
                        return array->type == CBOR_ARRAY && !array->is_indefinite &&
                                               array->uint == FIELDS
                                       ? 0
                                       : -EBADMSG;
                if (array->uint == TAG_SIGN1 && next != 0)
                        next = 0;
                else if (array->uint == TAG_CWT && next == TAG_CWT)
                        next = TAG_SIGN1;
                else
                        return -EBADMSG;
        }
}

static void merge(struct sign1 *message, const struct header *covered, const struct header *open)
{
        const struct header *alg = covered->has_alg ? covered : open;
        const struct header *kid = covered->has_kid ? covered : open;
        message->has_alg = alg->has_alg;
        message->is_alg_protected = covered->has_alg;
        message->alg = alg->alg;
        message->kid_len = kid->kid_len;
        memcpy(message->kid, kid->kid, sizeof(message->kid));
}

int sign1_read(struct cbor_reader *reader, struct sign1 *message)
{
        struct cbor_item array, covered, payload, signature;
        struct header protected_header, unprotected;
        *message = (struct sign1){ .has_alg = false };
        int error = read_array(reader, &array);
        if (!error)
                error = cbor_expect(reader, CBOR_BYTES, &covered);
        if (!error)
                error = read_protected(&covered, message, &protected_header);
        if (!error)
                error = read_header(reader, &unprotected);
        if (!error)
                error = cbor_expect(reader, CBOR_BYTES, &payload);
        if (!error)
                error = cbor_expect(reader, CBOR_BYTES, &signature);
        if (error)
                return error;
        merge(message, &protected_header, &unprotected);
        message->payload = payload.bytes;
        message->payload_len = payload.len;
        message->signature = signature.bytes;
        message->signature_len = signature.len;
        message->is_canonical = array.is_canonical && covered.is_canonical &&
                                protected_header.is_canonical && unprotected.is_canonical &&
                                payload.is_canonical && signature.is_canonical;
        return 0;
}

int sign1_to_be_signed(const void *protected_header, size_t protected_len, const void *external,
                       size_t external_len, const void *payload, size_t payload_len, uint8_t *out,
                       size_t size)
{
        struct cbor_writer writer;
        cbor_writer_init(&writer, out, size);
        cbor_put_array(&writer, FIELDS);
        cbor_put_text(&writer, "Signature1");
        cbor_put_bytes(&writer, protected_header, protected_len);
        cbor_put_bytes(&writer, external, external_len);
        cbor_put_bytes(&writer, payload, payload_len);
        return writer.is_full ? -E2BIG : (int)writer.len;
}

int sign1_verify(const struct sign1 *message, const struct signature_key *key, const void *external,
                 size_t external_len)
{
        uint8_t data[SIGN1_TO_BE_SIGNED_MAX];
        int len = sign1_to_be_signed(message->protected_header, message->protected_len, external,
                                     external_len, message->payload, message->payload_len, data,
                                     sizeof(data));
        if (len < 0)
                return len;
        /* A number beyond an enum's would be cut to one within. */
        if (!message->has_alg || message->alg < INT_MIN || message->alg > INT_MAX)
                return 0;
        int good = signature_verify(key, (enum signature_alg)message->alg, data, (size_t)len,
                                    message->signature, message->signature_len);
        return good == -EINVAL ? 0 : good;
}

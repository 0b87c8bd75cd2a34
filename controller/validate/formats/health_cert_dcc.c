#include "controller/validate/formats/health_cert_dcc.h"

#include "controller/validate/formats/health_cert_dates.h"
#include "controller/validate/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
        KEY_MAX = 8,
        VALUE_MAX = 512, /* the schema's texts have at most 80 characters */
        COUNT_MAX = 99
};

/* A map or array that is gone through, of definite length or not. */
struct walk {
        struct cbor_reader *reader;
        uint64_t left;
        bool is_indefinite;
};

/* 1: the walk begins; 0: it is something else, and passed over; -errno. */
static int walk_begin(struct walk *walk, struct cbor_reader *reader, enum cbor_kind type)
{
        struct cbor_item item;
        int error = cbor_peek(reader, &item);
        *walk = (struct walk){ .reader = reader };
        if (error)
                return error;
        if (item.type != type)
                return cbor_skip(reader);
        walk->left = item.uint;
        walk->is_indefinite = item.is_indefinite;
        error = cbor_next(reader, &item);
        return error ? error : 1;
}

/* 1: it stands on the next item or key; 0: it is at the end; -errno. */
static int walk_next(struct walk *walk)
{
        struct cbor_item item;
        if (!walk->is_indefinite) {
                if (walk->left == 0)
                        return 0;
                walk->left--;
                return 1;
        }
        int error = cbor_peek(walk->reader, &item);
        if (error)
                return error;
        return item.type == CBOR_BREAK ? cbor_next(walk->reader, &item) : 1;
}

/* Text that fits; "" for what does not or is none, passed over, with *is_text false. */
static int read_text(struct cbor_reader *reader, char *text, size_t size, bool *is_text)
{
        struct cbor_item item;
        struct cbor_reader before = *reader;
        int error = cbor_peek(reader, &item);
        *is_text = false;
        text[0] = '\0';
        if (!error && item.type == CBOR_TEXT) {
                error = cbor_text(reader, text, size);
                *is_text = error == 0;
                if (error != -E2BIG)
                        return error;
                text[0] = '\0';
                before.items = reader->items; /* what was read twice counts twice */
                *reader = before;
                error = 0;
        }
        return error ? error : cbor_skip(reader);
}

struct value {
        bool is_text, is_number;
        int64_t number;
        char text[VALUE_MAX];
};

static bool is_whole(double number)
{
        return number >= 0 && number <= (double)COUNT_MAX && (double)(int64_t)number == number;
}

/* "Accept any reasonable type conversion" (eu-dcc-hcert-spec): a number may be text or a float, a
 * text a number, a date tagged as one. */
static int read_value(struct cbor_reader *reader, struct value *value)
{
        struct cbor_item item = { .type = CBOR_NULL };
        int error = cbor_peek(reader, &item);
        value->is_number = false;
        value->number = 0;
        while (!error && item.type == CBOR_TAG) {
                error = cbor_next(reader, &item);
                if (!error)
                        error = cbor_peek(reader, &item);
        }
        if (error)
                return error;
        error = read_text(reader, value->text, sizeof(value->text), &value->is_text);
        if (error)
                return error;
        if (item.type == CBOR_UINT && item.uint <= INT64_MAX) {
                value->is_number = true;
                value->number = (int64_t)item.uint;
        } else if (item.type == CBOR_FLOAT && is_whole(item.number)) {
                value->is_number = true;
                value->number = (int64_t)item.number;
        } else if (value->is_text && strspn(value->text, "0123456789") == strlen(value->text) &&
                   value->text[0] != '\0' && strlen(value->text) <= 9) {
                value->is_number = true;
                value->number = strtol(value->text, NULL, 10);
        }
        if (value->is_number && !value->is_text)
                snprintf(value->text, sizeof(value->text), "%" PRId64, value->number);
        return 0;
}

/* In normal form C, cut at a character's end where it is too long for `size`. False: it is no text,
 * or was cut. */
static bool keep_text(const struct value *value, char *text, size_t size)
{
        char normal[TEXT_MAX];
        text[0] = '\0';
        if ((!value->is_text && !value->is_number) ||
            text_normalise(value->text, strlen(value->text), normal) != 0)
                return false;
        size_t len = strlen(normal);
        bool is_whole_text = len < size;
        if (!is_whole_text)
                for (len = size - 1; len > 0 && ((unsigned char)normal[len] & 0xc0) == 0x80;)
                        len--;
        memcpy(text, normal, len);
        text[len] = '\0';
        return is_whole_text;
}

enum field_type {
        FIELD_TEXT,
        FIELD_DAY,
        FIELD_COUNT,
        FIELD_ID
};

struct field {
        const char *key;
        enum field_type type;
};

static const struct field vaccination_fields[] = {
        { "tg", FIELD_TEXT },  { "vp", FIELD_TEXT },  { "mp", FIELD_TEXT }, { "ma", FIELD_TEXT },
        { "dn", FIELD_COUNT }, { "sd", FIELD_COUNT }, { "dt", FIELD_DAY },  { "co", FIELD_TEXT },
        { "is", FIELD_TEXT },  { "ci", FIELD_ID },
};
static const struct field test_fields[] = {
        { "tg", FIELD_TEXT }, { "tt", FIELD_TEXT }, { "sc", FIELD_DAY }, { "tr", FIELD_TEXT },
        { "co", FIELD_TEXT }, { "is", FIELD_TEXT }, { "ci", FIELD_ID },
};
static const struct field recovery_fields[] = {
        { "tg", FIELD_TEXT }, { "fr", FIELD_DAY }, { "co", FIELD_TEXT }, { "is", FIELD_TEXT },
        { "df", FIELD_DAY },  { "du", FIELD_DAY }, { "ci", FIELD_ID },
};

static const struct group {
        const char *key, *date;
        enum health_cert_kind kind;
        enum signature_usage usage;
        const struct field *fields;
        size_t field_count;
} groups[] = {
        { "v", "dt", HEALTH_CERT_VACCINATION, SIGNATURE_USAGE_VACCINATION, vaccination_fields,
          ARRAY_LEN(vaccination_fields) },
        { "t", "sc", HEALTH_CERT_TEST, SIGNATURE_USAGE_TEST, test_fields, ARRAY_LEN(test_fields) },
        { "r", "fr", HEALTH_CERT_RECOVERY, SIGNATURE_USAGE_RECOVERY, recovery_fields,
          ARRAY_LEN(recovery_fields) },
};

static bool fits(const struct field *field, const struct value *value)
{
        switch (field->type) {
        case FIELD_TEXT:
                return value->is_text || value->is_number;
        case FIELD_DAY:
                return value->is_text && health_cert_is_day(value->text);
        case FIELD_COUNT:
                return value->is_number && value->number >= 0 && value->number <= COUNT_MAX;
        case FIELD_ID:
                return value->is_text && strlen(value->text) < HEALTH_CERT_TEXT_MAX &&
                       value->text[0] != '\0';
        }
        return false;
}

/* What the gate keeps of the first entry. */
static void keep_field(struct health_cert *cert, const struct group *group, const char *key,
                       const struct value *value)
{
        if (strcmp(key, group->date) == 0)
                keep_text(value, cert->date, sizeof(cert->date));
        else if (strcmp(key, "ci") == 0)
                keep_text(value, cert->id, sizeof(cert->id));
        else if (strcmp(key, "co") == 0)
                keep_text(value, cert->country, sizeof(cert->country));
        else if (strcmp(key, "dn") == 0)
                cert->dose = (int)value->number;
        else if (strcmp(key, "sd") == 0)
                cert->doses = (int)value->number;
}

static int read_entry(struct cbor_reader *reader, const struct group *group, bool is_first,
                      struct health_cert *cert)
{
        struct walk walk;
        unsigned int seen = 0;
        int more = walk_begin(&walk, reader, CBOR_MAP);
        if (more != 1) {
                cert->has_bad_schema = true;
                return more;
        }
        while ((more = walk_next(&walk)) == 1) {
                char key[KEY_MAX];
                bool is_text = false;
                struct value value;
                size_t i = 0;
                int error = read_text(reader, key, sizeof(key), &is_text);
                while (i < group->field_count && strcmp(group->fields[i].key, key) != 0)
                        i++;
                if (!error)
                        error = read_value(reader, &value);
                if (error)
                        return error;
                if (i == group->field_count)
                        continue;
                if (seen & 1u << i)
                        return -EBADMSG;
                seen |= 1u << i;
                if (!fits(&group->fields[i], &value))
                        cert->has_bad_schema = true;
                else if (is_first)
                        keep_field(cert, group, key, &value);
        }
        if (seen != (1u << group->field_count) - 1)
                cert->has_bad_schema = true;
        return more;
}

/* Null and an empty array are as if it was not there. */
static int read_group(struct cbor_reader *reader, const struct group *group,
                      struct health_cert *cert)
{
        struct walk walk;
        struct cbor_item item;
        int error = cbor_peek(reader, &item);
        if (error)
                return error;
        int more = walk_begin(&walk, reader, CBOR_ARRAY);
        if (more != 1) {
                cert->has_bad_schema = cert->has_bad_schema || item.type != CBOR_NULL;
                return more;
        }
        bool is_empty = true;
        while ((more = walk_next(&walk)) == 1) {
                error = read_entry(reader, group, is_empty && cert->kinds == 0, cert);
                if (error)
                        return error;
                is_empty = false;
        }
        if (is_empty)
                return more;
        if (cert->kinds++ == 0)
                cert->kind = group->kind;
        cert->usage |= group->usage;
        return more;
}

static int read_names(struct cbor_reader *reader, struct health_cert *cert)
{
        const struct {
                const char *key;
                char *text;
        } names[] = { { "fn", cert->surname },
                      { "fnt", cert->surname_icao },
                      { "gn", cert->forename },
                      { "gnt", cert->forename_icao } };
        struct walk walk;
        unsigned int seen = 0;
        int more = walk_begin(&walk, reader, CBOR_MAP);
        while (more == 1 && (more = walk_next(&walk)) == 1) {
                char key[KEY_MAX];
                bool is_text = false;
                struct value value;
                size_t i = 0;
                int error = read_text(reader, key, sizeof(key), &is_text);
                while (i < ARRAY_LEN(names) && strcmp(names[i].key, key) != 0)
                        i++;
                if (!error)
                        error = read_value(reader, &value);
                if (error)
                        return error;
                if (i == ARRAY_LEN(names))
                        continue;
                if (seen & 1u << i)
                        return -EBADMSG;
                seen |= 1u << i;
                keep_text(&value, names[i].text, HEALTH_CERT_TEXT_MAX);
        }
        return more;
}

static bool is_version(const char *text)
{
        size_t at = 0;
        for (int i = 0; i < 3; i++) {
                size_t count = strspn(text + at, "0123456789");
                at += count;
                if (count == 0 || text[at] != (i < 2 ? '.' : '\0'))
                        return false;
                at++;
        }
        return true;
}

enum part {
        PART_VERSION,
        PART_NAMES,
        PART_BORN,
        PART_GROUP /* and those behind it */
};

static int find_part(const char *key)
{
        static const char *const keys[] = {
                [PART_VERSION] = "ver", [PART_NAMES] = "nam", [PART_BORN] = "dob"
        };
        for (int i = 0; i < PART_GROUP; i++)
                if (strcmp(keys[i], key) == 0)
                        return i;
        for (size_t i = 0; i < ARRAY_LEN(groups); i++)
                if (strcmp(groups[i].key, key) == 0)
                        return PART_GROUP + (int)i;
        return -1;
}

static int read_part(struct cbor_reader *reader, int part, struct health_cert *cert)
{
        struct value value;
        if (part < 0)
                return cbor_skip(reader);
        if (part == PART_NAMES)
                return read_names(reader, cert);
        if (part >= PART_GROUP)
                return read_group(reader, &groups[part - PART_GROUP], cert);
        int error = read_value(reader, &value);
        if (error)
                return error;
        bool is_good = part == PART_VERSION
                               ? keep_text(&value, cert->version, sizeof(cert->version)) &&
                                         is_version(cert->version)
                               : keep_text(&value, cert->born, sizeof(cert->born)) &&
                                         health_cert_is_birth(cert->born);
        cert->has_bad_schema = cert->has_bad_schema || !is_good;
        return 0;
}

int health_cert_dcc_read(struct cbor_reader *reader, struct health_cert *cert)
{
        enum {
                REQUIRED = 1 << PART_VERSION | 1 << PART_NAMES | 1 << PART_BORN
        };
        struct walk walk;
        unsigned int seen = 0;
        int more = walk_begin(&walk, reader, CBOR_MAP);
        if (more != 1)
                return more ? more : -EBADMSG;
        while ((more = walk_next(&walk)) == 1) {
                char key[KEY_MAX];
                bool is_text = false;
                int error = read_text(reader, key, sizeof(key), &is_text);
                int part = find_part(key);
                if (!error)
                        error = read_part(reader, part, cert);
                if (error)
                        return error;
                if (part >= 0 && seen & 1u << part)
                        return -EBADMSG;
                if (part >= 0)
                        seen |= 1u << part;
        }
        if ((seen & REQUIRED) != REQUIRED || cert->kinds != 1 || cert->surname_icao[0] == '\0' ||
            (cert->forename[0] != '\0' && cert->forename_icao[0] == '\0') ||
            (cert->has_issued && health_cert_is_born_after(cert->born, cert->issued_us)))
                cert->has_bad_schema = true;
        return more;
}

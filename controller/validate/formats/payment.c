#include "controller/validate/formats/payment.h"

#include "controller/validate/text.h"

#include <string.h>

enum {
        HEAD_LEN = 4, /* tag and length */
        CRC_FIELD_LEN = HEAD_LEN + 4,
        TAG_ACCOUNT_FIRST = 2,
        TAG_TEMPLATE_FIRST = 26, /* accounts that are made of fields themselves */
        TAG_ACCOUNT_LAST = 51,
        TAG_CURRENCY = 53,
        TAG_AMOUNT = 54,
        TAG_COUNTRY = 58,
        TAG_MERCHANT = 59,
        TAG_CITY = 60
};

static const char first_field[] = "000201", crc_head[] = "6304";

struct field {
        int tag;
        const char *value;
        size_t len; /* bytes */
};

const char *payment_flag_name(enum payment_flag flag)
{
        switch (flag) {
        case PAYMENT_CRC_DIFFERS:
                return "crc_differs";
        case PAYMENT_CRC_MISSING:
                return "crc_missing";
        case PAYMENT_BROKEN:
                return "broken";
        case PAYMENT_FLAG_END:
                break;
        }
        return "";
}

uint16_t payment_crc(const void *bytes, size_t len)
{
        const uint8_t *at = bytes;
        unsigned int crc = 0xffff;
        for (size_t i = 0; i < len; i++) {
                crc ^= (unsigned int)at[i] << 8;
                for (int bit = 0; bit < 8; bit++)
                        crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
                crc &= 0xffff;
        }
        return (uint16_t)crc;
}

/* Two digits, or -1. */
static int pair_of(const char *text)
{
        bool is_number = text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9';
        return is_number ? (text[0] - '0') * 10 + text[1] - '0' : -1;
}

/* How many bytes `count` characters are: EMVCo counts those, and some issuers bytes. */
static size_t bytes_of(const char *text, size_t len, size_t count, bool is_by_character)
{
        size_t at = count;
        if (!is_by_character)
                return at;
        for (at = 0; at < len; at++)
                if (((unsigned char)text[at] & 0xc0) != 0x80 && count-- == 0)
                        break;
        return at;
}

/* Takes the next field off the front. False: there is none. */
static bool next_field(const char **at, size_t *left, bool is_by_character, struct field *field)
{
        if (*left < HEAD_LEN)
                return false;
        int tag = pair_of(*at), count = pair_of(*at + 2);
        const char *value = *at + HEAD_LEN;
        size_t room = *left - HEAD_LEN;
        if (tag < 0 || count < 0)
                return false;
        size_t len = bytes_of(value, room, (size_t)count, is_by_character);
        if (len > room)
                return false;
        *field = (struct field){ .tag = tag, .value = value, .len = len };
        *at = value + len;
        *left = room - len;
        return true;
}

/* "" when it is no text, or longer than the field may be. */
static void keep(const struct field *field, char *to, size_t size)
{
        char text[TEXT_MAX];
        to[0] = '\0';
        if (text_normalise(field->value, field->len, text) == 0 && strlen(text) < size)
                memcpy(to, text, strlen(text) + 1);
}

static void note_account(struct payment *payment, const struct field *account)
{
        const char *at = account->value;
        size_t left = account->len;
        struct field inner;
        if (account->tag >= TAG_TEMPLATE_FIRST && payment->network[0] == '\0' &&
            next_field(&at, &left, false, &inner) && inner.tag == 0)
                keep(&inner, payment->network, sizeof(payment->network));
}

static void note_field(struct payment *payment, const struct field *field)
{
        if (field->tag >= TAG_ACCOUNT_FIRST && field->tag <= TAG_ACCOUNT_LAST)
                note_account(payment, field);
        else if (field->tag == TAG_CURRENCY)
                keep(field, payment->currency, sizeof(payment->currency));
        else if (field->tag == TAG_AMOUNT)
                keep(field, payment->amount, sizeof(payment->amount));
        else if (field->tag == TAG_COUNTRY)
                keep(field, payment->country, sizeof(payment->country));
        else if (field->tag == TAG_MERCHANT)
                keep(field, payment->merchant, sizeof(payment->merchant));
        else if (field->tag == TAG_CITY)
                keep(field, payment->city, sizeof(payment->city));
}

/* True: the fields end where the bytes do, and it names an account and where or how it pays. */
static bool walk(struct payment *payment, const char *bytes, size_t len, bool is_by_character)
{
        bool has_account = false;
        struct field field;
        *payment = (struct payment){ .flags = 0 };
        while (next_field(&bytes, &len, is_by_character, &field)) {
                has_account |= field.tag >= TAG_ACCOUNT_FIRST && field.tag <= TAG_ACCOUNT_LAST;
                note_field(payment, &field);
        }
        return len == 0 && has_account &&
               (payment->currency[0] != '\0' || payment->country[0] != '\0');
}

static int hex_of(const char *digits, size_t count)
{
        int value = 0;
        for (size_t i = 0; i < count; i++) {
                int small = (unsigned char)digits[i] | 0x20;
                if (digits[i] >= '0' && digits[i] <= '9')
                        value = value * 16 + digits[i] - '0';
                else if (small >= 'a' && small <= 'f')
                        value = value * 16 + small - 'a' + 10;
                else
                        return -1;
        }
        return value;
}

/* What the code says its CRC is; -1: nothing. */
static int stated_crc(const char *bytes, size_t len)
{
        if (len < CRC_FIELD_LEN ||
            memcmp(bytes + len - CRC_FIELD_LEN, crc_head, strlen(crc_head)) != 0)
                return -1;
        return hex_of(bytes + len - 4, 4);
}

bool payment_parse(struct payment *payment, const char *bytes, size_t len)
{
        if (len < strlen(first_field) || memcmp(bytes, first_field, strlen(first_field)) != 0)
                return false;
        int crc = stated_crc(bytes, len);
        bool is_whole = walk(payment, bytes, len, false) || walk(payment, bytes, len, true);
        /* A number that only begins like one may be anything, a badge's too. */
        if (!is_whole && crc < 0)
                return false;
        if (!is_whole)
                payment->flags |= PAYMENT_BROKEN;
        if (crc < 0)
                payment->flags |= PAYMENT_CRC_MISSING;
        else if (crc != payment_crc(bytes, len - 4))
                payment->flags |= PAYMENT_CRC_DIFFERS;
        return true;
}

#include "drivers/access/audit_chain.h"

#include <errno.h>
#include <string.h>

static int add_number(struct digest_sum *sum, uint64_t number)
{
        uint8_t bytes[8];
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(number >> (8 * (sizeof(bytes) - 1 - i)));
        return digest_sum_add(sum, bytes, sizeof(bytes));
}

static const char *or_nothing(const char *text)
{
        return text ? text : "";
}

void audit_texts(const struct audit_entry *entry, const char *text[AUDIT_TEXTS])
{
        text[0] = or_nothing(entry->actor);
        text[1] = or_nothing(entry->address);
        text[2] = or_nothing(entry->action);
        text[3] = or_nothing(entry->target);
        text[4] = or_nothing(entry->outcome);
        text[5] = or_nothing(entry->detail);
}

int audit_chain(uint64_t number, int64_t at_us, const char *const text[AUDIT_TEXTS],
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
        for (size_t i = 0; i < AUDIT_TEXTS && !r; i++) {
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

int audit_judge(struct audit_reading *reading, const struct audit_line *line)
{
        bool is_text = true; /* nothing stands behind a NUL, where nobody reads */
        for (size_t i = 0; i < AUDIT_TEXTS; i++)
                is_text = is_text && strlen(line->text[i]) == line->text_len[i];
        reading->lines++;
        reading->number = line->number;
        int r = audit_chain(reading->lines, line->at_us, line->text, reading->hash);
        if (r)
                return r;
        bool is_good = is_text && (uint64_t)line->number == reading->lines &&
                       line->hash_len == FLOW_DIGEST_LEN &&
                       memcmp(line->hash, reading->hash, FLOW_DIGEST_LEN) == 0;
        if (!is_good && reading->broken == 0)
                reading->broken = reading->lines;
        return 0;
}

int audit_read_all(struct accounts *accounts, audit_reader *read, uint64_t *lines, uint64_t *broken)
{
        struct audit_reading reading = { .number = INT64_MIN };
        int r;
        do
                r = read(accounts, &reading);
        while (r > 0);
        *lines = reading.lines;
        *broken = reading.broken;
        return r;
}

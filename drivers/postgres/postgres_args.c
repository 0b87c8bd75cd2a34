#include "drivers/postgres/postgres_args.h"

#include <assert.h>
#include <endian.h>
#include <string.h>
#include <utf8proc.h>

void postgres_args_clear(struct postgres_args *args)
{
        args->len = 0;
        args->count = 0;
        args->has_failed = false;
}

void postgres_args_deinit(struct postgres_args *args)
{
        free(args->bytes);
        *args = (struct postgres_args){ 0 };
}

static void append(struct postgres_args *args, const void *bytes, size_t len)
{
        if (args->has_failed || len == 0)
                return;
        if (args->size - args->len < len) {
                size_t size = 2 * args->size + len + 4096;
                unsigned char *more = realloc(args->bytes, size);
                if (!more) {
                        args->has_failed = true;
                        return;
                }
                args->bytes = more;
                args->size = size;
        }
        memcpy(args->bytes + args->len, bytes, len);
        args->len += len;
}

static void append_32(struct postgres_args *args, uint32_t value)
{
        uint32_t big = htobe32(value);
        append(args, &big, sizeof(big));
}

static void append_64(struct postgres_args *args, int64_t value)
{
        uint64_t big = htobe64((uint64_t)value);
        append(args, &big, sizeof(big));
}

void postgres_mend(char *text, size_t len)
{
        for (size_t i = 0; i < len;) {
                unsigned char *at = (unsigned char *)text + i;
                utf8proc_int32_t codepoint;
                utf8proc_ssize_t n = utf8proc_iterate(at, (utf8proc_ssize_t)(len - i), &codepoint);
                if (n <= 0)
                        *at = '?';
                i += n > 0 ? (size_t)n : 1;
        }
}

/* As long as it was, so its length may go before it. */
static void append_text(struct postgres_args *args, const char *text, size_t len)
{
        size_t begin = args->len;
        append(args, text, len);
        if (!args->has_failed)
                postgres_mend((char *)args->bytes + begin, len);
}

static void begin(struct postgres_args *args)
{
        assert(args->count < POSTGRES_ARGS_MAX);
        args->begin[args->count++] = args->len;
}

void postgres_add_int(struct postgres_args *args, int64_t value)
{
        begin(args);
        append_64(args, value);
}

void postgres_add_date(struct postgres_args *args, int32_t days_since_2000)
{
        begin(args);
        append_32(args, (uint32_t)days_since_2000);
}

void postgres_add_text(struct postgres_args *args, const char *text)
{
        begin(args);
        append_text(args, text, strlen(text));
}

void postgres_add_bytes(struct postgres_args *args, const void *bytes, size_t len)
{
        begin(args);
        append(args, bytes, len);
}

/* array_recv: dimensions, whether there may be NULLs, the type; of the one dimension its size and
 * lower bound. Without elements there is no dimension. */
void postgres_add_array(struct postgres_args *args, enum postgres_type type, size_t count)
{
        begin(args);
        append_32(args, count > 0);
        append_32(args, 1);
        append_32(args, type);
        if (count == 0)
                return;
        append_32(args, (uint32_t)count);
        append_32(args, 1);
}

void postgres_put_int(struct postgres_args *args, int64_t value)
{
        append_32(args, sizeof(value));
        append_64(args, value);
}

void postgres_put_date(struct postgres_args *args, int32_t days_since_2000)
{
        append_32(args, sizeof(days_since_2000));
        append_32(args, (uint32_t)days_since_2000);
}

void postgres_put_text(struct postgres_args *args, const char *text)
{
        size_t len = strlen(text);
        append_32(args, (uint32_t)len);
        append_text(args, text, len);
}

void postgres_put_optional(struct postgres_args *args, const char *text)
{
        if (text[0] == '\0')
                postgres_put_null(args);
        else
                postgres_put_text(args, text);
}

void postgres_put_bytes(struct postgres_args *args, const void *bytes, size_t len)
{
        append_32(args, (uint32_t)len);
        append(args, bytes, len);
}

void postgres_put_null(struct postgres_args *args)
{
        append_32(args, UINT32_MAX);
}

bool postgres_args_are_good(const struct postgres_args *args, const char *values[POSTGRES_ARGS_MAX],
                            int lengths[POSTGRES_ARGS_MAX])
{
        if (args->has_failed || args->len > INT32_MAX)
                return false;
        for (int i = 0; i < args->count; i++) {
                size_t end = i + 1 < args->count ? args->begin[i + 1] : args->len;
                /* An empty one is no NULL. */
                values[i] = end > args->begin[i] ? (const char *)args->bytes + args->begin[i] : "";
                lengths[i] = (int)(end - args->begin[i]);
        }
        return true;
}

int64_t postgres_get_int(const char *bytes)
{
        uint64_t big;
        memcpy(&big, bytes, sizeof(big));
        return (int64_t)be64toh(big);
}

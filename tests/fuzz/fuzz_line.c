/* Fuzz: what a local client sends is framed, parsed and read field by field without harm. */
#include "controller/local/fields.h"
#include "controller/local/line.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_fields(const json_t *object)
{
        struct fields fields = fields_of(object);
        uint8_t digest[32];
        if (strlen(fields_id(&fields, "id")) > 32 ||
            strlen(fields_text(&fields, "name", 128)) > 127)
                abort();
        int64_t limit = fields_integer(&fields, "limit", 1, 100, 50);
        if (limit < 1 || limit > 100)
                abort();
        (void)fields_time(&fields, "since");
        (void)fields_bool(&fields, "on", false);
        fields_hex(&fields, "lookup", digest, sizeof(digest));
        json_t *error = fields_error("bad_request", fields.why);
        size_t len = 0;
        char *line = error ? line_format(error, &len) : NULL;
        /* The answer is one line, whatever was asked. */
        if (line && memchr(line, '\n', len) != line + len - 1)
                abort();
        free(line);
        json_decref(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct line_reader reader;
        int pair[2];
        json_t *object;
        if (size > 65536 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
            line_reader_init(&reader) != 0)
                return 0;
        if (send(pair[0], data, size, MSG_DONTWAIT) == (ssize_t)size)
                while (line_reader_fill(&reader, pair[1]) > 0) {
                        int found;
                        while ((found = line_reader_next(&reader, &object)) != 0) {
                                if (found > 0)
                                        read_fields(object);
                                json_decref(object);
                        }
                }
        line_reader_deinit(&reader);
        close(pair[0]);
        close(pair[1]);
        return 0;
}

/* Fuzz: what a local client sends is framed, parsed and read field by field without harm. */
#include "controller/local/desk_private.h"
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

/* As stile-uplink or somebody here would send it: refused with a word, or passed on whole. */
static void command(const json_t *object, enum server_role role)
{
        static struct settings settings;
        static struct overrides overrides;
        static struct board board;
        struct mailbox recorder = MAILBOX_EMPTY, gate = MAILBOX_EMPTY;
        struct desk *desk = calloc(1, sizeof(*desk));
        struct to_recorder to_recorder;
        struct to_gate to_gate;
        if (!desk || mailbox_init(&recorder, sizeof(to_recorder), 4) != 0 ||
            mailbox_init(&gate, sizeof(to_gate), 4) != 0)
                abort();
        settings.commands.per_minute = 30;
        settings.points = 1;
        strcpy(settings.point[0].id, "entry");
        *desk = (struct desk){ .settings = &settings,
                               .recorder = &recorder,
                               .gate = &gate,
                               .board = &board,
                               .overrides = &overrides,
                               .config_path = "/nonexistent" };
        desk->server.client[0].role = role;
        struct fields fields = fields_of(object);
        json_t *answer = desk_command(desk, 0, &fields);
        if (answer && !json_object_get(answer, "ok") && !json_object_get(answer, "error"))
                abort();
        size_t passed_on = 0;
        while (mailbox_take(&recorder, &to_recorder)) {
                passed_on += to_recorder.kind == RECORDER_COMMAND;
                if (strlen(to_recorder.detail) >= sizeof(to_recorder.detail))
                        abort();
                if (to_recorder.kind == RECORDER_COMMAND)
                        request_free(to_recorder.request);
        }
        while (mailbox_take(&gate, &to_gate))
                passed_on++;
        if (passed_on != (answer == NULL))
                abort();
        json_decref(answer);
        json_decref(desk->client[0].said);
        mailbox_deinit(&recorder);
        mailbox_deinit(&gate);
        free(desk);
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
                                if (found > 0) {
                                        read_fields(object);
                                        command(object, SERVER_UPLINK);
                                        command(object, SERVER_ADMIN);
                                }
                                json_decref(object);
                        }
                }
        line_reader_deinit(&reader);
        close(pair[0]);
        close(pair[1]);
        return 0;
}

#include "controller/ctl/talk.h"

#include "controller/ctl/print.h"
#include "controller/settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *what_changed(enum talk_kind kind)
{
        return kind == TALK_CHANGE ? "; nothing was changed" : "";
}

static void print_lines(FILE *out, const char *text)
{
        for (size_t len = 0; *text != '\0'; text += len + (text[len] == '\n')) {
                len = strcspn(text, "\n");
                print_safe_bytes(out, text, len);
                fputc('\n', out);
        }
}

static int socket_of_config(struct ctl *ctl, char path[static SETTINGS_PATH_MAX])
{
        char *complaints = NULL;
        size_t len = 0;
        FILE *sink = open_memstream(&complaints, &len);
        struct settings *settings = calloc(1, sizeof(*settings));
        int code = CTL_CANNOT;
        if (!sink || !settings)
                goto out;
        int error = settings_load(settings, ctl->config_path, sink);
        fflush(sink);
        if (error && ctl->is_config_given) {
                fputs("stilectl: the configuration cannot be used:\n", ctl->err);
                print_lines(ctl->err, complaints);
                goto out;
        }
        /* An unnamed configuration with a mistake still says where the socket is. */
        snprintf(path, SETTINGS_PATH_MAX, "%s",
                 error && error != -EINVAL ? CTL_SOCKET : settings->local.socket);
        code = CTL_OK;
out:
        if (sink)
                fclose(sink);
        free(complaints);
        free(settings);
        return code;
}

int talk_socket(struct ctl *ctl, char path[static SETTINGS_PATH_MAX])
{
        const char *given = ctl->socket_path ? ctl->socket_path : getenv("STILE_SOCKET");
        if (!given && (ctl->is_config_given || access(ctl->config_path, R_OK) == 0))
                return socket_of_config(ctl, path);
        if (!given)
                given = CTL_SOCKET;
        if (snprintf(path, SETTINGS_PATH_MAX, "%s", given) >= SETTINGS_PATH_MAX) {
                fputs("stilectl: the socket's path is longer than 107 bytes\n", ctl->err);
                return CTL_CANNOT;
        }
        return CTL_OK;
}

int talk_open(struct ctl *ctl, struct client *client)
{
        char path[SETTINGS_PATH_MAX];
        if (talk_socket(ctl, path) != CTL_OK)
                return CTL_CANNOT;
        int error = client_open(client, path);
        if (!error)
                return CTL_OK;
        if (error == -ENOENT || error == -ECONNREFUSED)
                fprintf(ctl->err,
                        "stilectl: no stiled at %s: is it running? systemctl status stiled\n",
                        path);
        else if (error == -EACCES)
                fprintf(ctl->err,
                        "stilectl: %s is closed to you: run stilectl as root or as stiled's user\n",
                        path);
        else
                fprintf(ctl->err, "stilectl: cannot connect to %s: %s\n", path, strerror(-error));
        return CTL_CANNOT;
}

int talk_begin(struct ctl *ctl, const struct args *args, int argc, char **argv, int *operands,
               struct client *client)
{
        int unasked = 0;
        int code = args_parse(ctl, args, argc, argv, operands ? operands : &unasked);
        if (code != ARGS_GO)
                return code;
        code = talk_open(ctl, client);
        return code == CTL_OK ? ARGS_GO : code;
}

int talk_lost(struct ctl *ctl, enum talk_kind kind, int error)
{
        const char *after =
                kind == TALK_CHANGE
                        ? "; whether it was done is not known: look before you repeat it"
                        : "";
        if (error == -ETIMEDOUT)
                fprintf(ctl->err, "stilectl: stiled did not answer within %d s%s\n",
                        CLIENT_TIMEOUT_MS / 1000, after);
        else if (error == -EPIPE || error == -ECONNRESET)
                fprintf(ctl->err, "stilectl: stiled closed the connection%s\n", after);
        else if (error == -EMSGSIZE)
                fprintf(ctl->err, "stilectl: that is more than one message holds (%d bytes)%s\n",
                        LINE_MAX_BYTES, what_changed(kind));
        else
                fprintf(ctl->err, "stilectl: talking to stiled failed: %s%s\n", strerror(-error),
                        after);
        return CTL_CANNOT;
}

static bool is_refusal(const char *reason)
{
        static const char *const refusals[] = { "unauthorised", "not_found",   "exists",
                                                "busy",         "stale_epoch", "out_of_range",
                                                "not_simulated" };
        for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
                if (strcmp(refusals[i], reason) == 0)
                        return true;
        return false;
}

int talk_refused(struct ctl *ctl, enum talk_kind kind, const json_t *error)
{
        const char *reason = text_of(error, "reason");
        fputs("stilectl: ", ctl->err);
        print_safe(ctl->err, text_of(error, "message"));
        fputs(" (", ctl->err);
        print_safe(ctl->err, reason);
        fprintf(ctl->err, ")%s\n", what_changed(kind));
        return is_refusal(reason) ? CTL_NO : CTL_CANNOT;
}

/* Whom stiled does not serve at all it tells so unasked (`id` 0), and hangs up: sending may fail
 * before that was read. */
static int hear(struct client *client, int64_t id, json_t **answer)
{
        int64_t deadline_ms = monotonic_ms() + CLIENT_TIMEOUT_MS;
        for (;;) {
                int64_t left_ms = deadline_ms - monotonic_ms();
                int error = client_read(client, answer, left_ms > 0 ? (int)left_ms : 0);
                if (error)
                        return error;
                int64_t about = number_of(*answer, "id");
                bool is_error = json_object_get(*answer, "error") != NULL;
                if ((about == id && (is_error || json_object_get(*answer, "ok"))) ||
                    (about == 0 && is_error))
                        return 0;
                json_decref(*answer);
                *answer = NULL;
        }
}

int talk_raw(struct ctl *ctl, struct client *client, enum talk_kind kind, const char *verb,
             json_t *fields, json_t **answer)
{
        *answer = NULL;
        int64_t id = client_send(client, verb, fields);
        int error =
                id < 0 && id != -EPIPE && id != -ECONNRESET ? (int)id : hear(client, id, answer);
        return error ? talk_lost(ctl, kind, error) : CTL_OK;
}

int talk(struct ctl *ctl, struct client *client, enum talk_kind kind, const char *verb,
         json_t *fields, json_t **ok)
{
        json_t *answer = NULL;
        *ok = NULL;
        int code = talk_raw(ctl, client, kind, verb, fields, &answer);
        if (code != CTL_OK)
                return code;
        *ok = json_incref(json_object_get(answer, "ok"));
        if (!*ok)
                code = talk_refused(ctl, kind, json_object_get(answer, "error"));
        json_decref(answer);
        return code;
}

int talk_plain(struct ctl *ctl, struct client *client, enum talk_kind kind, const char *verb,
               json_t *fields)
{
        json_t *ok = NULL;
        int code = talk(ctl, client, kind, verb, fields, &ok);
        json_decref(ok);
        return code;
}

/* A page may be shorter than asked for, because a message is bounded: only an empty one is the
 * last. */
int talk_pages(struct ctl *ctl, struct client *client, const char *list, const char *key,
               const json_t *fields, talk_row_fn *row, void *context)
{
        char after[128] = "";
        for (;;) {
                json_t *request = fields ? json_copy((json_t *)fields) : json_object();
                json_t *ok = NULL, *each = NULL;
                size_t i = 0;
                if (after[0] != '\0')
                        json_object_set_new(request, "after", json_string(after));
                int code = talk(ctl, client, TALK_ASK, list, request, &ok);
                const json_t *rows = json_object_get(ok, list);
                const char *last = text_of(json_array_get(rows, json_array_size(rows) - 1), key);
                bool is_over = json_array_size(rows) == 0 || strcmp(last, after) == 0;
                snprintf(after, sizeof(after), "%s", last);
                json_array_foreach(rows, i, each) if (code == CTL_OK) code = row(context, each);
                json_decref(ok);
                if (is_over || code != CTL_OK)
                        return code;
        }
}

/* The greatest identifier before `id`, so that one row after it is enough: their order is that of
 * their bytes, '-' before digits before letters. */
static void predecessor(const char *id, char before[33])
{
        size_t len = strlen(id);
        memcpy(before, id, len + 1);
        char last = id[len - 1];
        before[len - 1] = '\0';
        if (last == '-')
                return;
        before[len - 1] = (char)(last == '0' ? '-' : last == 'a' ? '9' : last - 1);
        memset(before + len, 'z', 32 - len);
        before[32] = '\0';
}

int talk_find(struct ctl *ctl, struct client *client, const char *list, const char *id,
              json_t **row)
{
        char before[33];
        json_t *fields = json_pack("{s:i}", "limit", 1), *ok = NULL;
        *row = NULL;
        predecessor(id, before);
        if (before[0] != '\0')
                json_object_set_new(fields, "after", json_string(before));
        int code = talk(ctl, client, TALK_ASK, list, fields, &ok);
        json_t *first = json_array_get(json_object_get(ok, list), 0);
        if (strcmp(text_of(first, "id"), id) == 0)
                *row = json_incref(first);
        json_decref(ok);
        return code;
}

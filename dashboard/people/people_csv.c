/* The people desk's import: the same checks, and the same all or nothing, as stilectl's. */
#include "dashboard/people/people_private.h"

#include "controller/ctl/people_import.h"
#include "dashboard/http/answer.h"

#include <errno.h>
#include <string.h>

/* Each line is one, the last one's end or not. */
static json_t *lines_of(const char *text)
{
        json_t *lines = json_array();
        for (size_t len = 0; *text != '\0'; text += len + (text[len] == '\n')) {
                len = strcspn(text, "\n");
                json_array_append_new(lines, json_stringn(text, len));
        }
        return lines;
}

static void answer_import(struct people_request *request, int code, bool is_dry,
                          const struct people_import_counts *counts, const char *said)
{
        if (code == -EINVAL)
                answer_json(request->response, 400,
                            json_pack("{s:{s:s, s:s, s:o}}", "error", "reason", "bad_request",
                                      "detail", "the first row must name the columns", "complaints",
                                      lines_of(said)));
        else if (code != CTL_OK)
                answer_error(request->response, 503, "registry", said);
        else
                answer_json(
                        request->response, 200,
                        json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:o}", "committed",
                                  !is_dry && counts->refused == 0, "all", (json_int_t)counts->all,
                                  "refused", (json_int_t)counts->refused, "added",
                                  (json_int_t)counts->added, "changed", (json_int_t)counts->changed,
                                  "same", (json_int_t)counts->same, "complaints", lines_of(said)));
}

void people_import_csv(struct people_request *request)
{
        const char *wish = web_request_query(request->web, "commit");
        bool is_dry = !wish || strcmp(wish, "1") != 0;
        char *said = NULL;
        size_t said_len = 0;
        struct people_import_counts counts = { .all = 0 };
        if (request->web->body_len == 0) {
                answer_error(request->response, 400, "bad_request", "a CSV file is wanted");
                return;
        }
        if (!is_dry && !people_note(request, "people_import", NULL, NULL))
                return;
        /* Read only: the cast is fmemopen's. */
        FILE *file = fmemopen((void *)request->web->body, request->web->body_len, "r");
        FILE *err = open_memstream(&said, &said_len);
        int code = -ENOMEM;
        if (file && err) {
                struct ctl ctl = { .socket_path = roster_socket(request->desk->roster),
                                   .out = err,
                                   .err = err };
                code = people_import(&ctl, file, "file", false, is_dry, &counts);
        }
        if (file)
                fclose(file);
        if (err)
                fclose(err);
        answer_import(request, code, is_dry, &counts, said ? said : "");
        free(said);
}

#include "controller/ctl/people_import.h"

#include "controller/ctl/people.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct import {
        struct ctl *ctl;
        struct client *client;
        const char *name; /* of the file */
        json_t *rows;     /* of people.h; borrowed, refused ones are taken out */
        json_t *known;    /* id → holder, as they are before the import */
        struct people_import_counts counts;
};

/* In the form of people.h: what is as with anybody is not there, and neither a declaration nor the
 * subject is a part of what a file says. */
static int remember(void *context, const json_t *row)
{
        static const char *const flags[] = { "blocked", "silent" };
        json_t *known = context, *holder = json_copy((json_t *)row);
        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
                if (json_is_false(json_object_get(holder, flags[i])))
                        json_object_del(holder, flags[i]);
        if (strcmp(text_of(holder, "role"), "worker") == 0)
                json_object_del(holder, "role");
        if (text_of(holder, "escort")[0] == '\0')
                json_object_del(holder, "escort");
        json_object_del(holder, "declaration");
        json_object_del(holder, "subject");
        json_object_set_new(known, text_of(row, "id"), holder);
        return CTL_OK;
}

/* A level in the file says nothing of its dates: those of one that is known stay. */
static json_t *merge_levels(const json_t *known, const json_t *given)
{
        json_t *merged = json_array(), *level = NULL, *old = NULL;
        size_t i = 0, n = 0;
        json_array_foreach((json_t *)given, i, level)
        {
                json_t *chosen = level;
                json_array_foreach((json_t *)known, n,
                                   old) if (strcmp(text_of(old, "level"),
                                                   text_of(level, "level")) == 0) chosen = old;
                json_array_append(merged, chosen);
        }
        return merged;
}

/* The holder as they shall be: what the file says, and of the rest what is known. */
static json_t *merge(const json_t *known, const json_t *given)
{
        json_t *merged = known ? json_copy((json_t *)known) : json_object();
        const char *key = NULL;
        json_t *value = NULL;
        json_object_foreach((json_t *)given, key, value)
        {
                if (strcmp(key, "levels") == 0)
                        json_object_set_new(merged, key,
                                            merge_levels(json_object_get(known, key), value));
                else if (json_is_null(value) || json_is_false(value))
                        json_object_del(merged, key);
                else
                        json_object_set(merged, key, value);
        }
        return merged;
}

/* Sends one change of a row. *is_refused: stiled does not take this row, which was said. */
static int send_change(struct import *import, const json_t *row, const char *verb, json_t *fields,
                       bool *is_refused)
{
        struct ctl *ctl = import->ctl;
        json_t *answer = NULL;
        int code = talk_raw(ctl, import->client, TALK_CHANGE, verb, fields, &answer);
        const json_t *error = json_object_get(answer, "error");
        const char *reason = text_of(error, "reason");
        if (code == CTL_OK && error) {
                *is_refused = strcmp(reason, "exists") == 0 || strcmp(reason, "not_found") == 0 ||
                              strcmp(reason, "bad_request") == 0;
                if (!*is_refused)
                        code = talk_refused(ctl, TALK_CHANGE, error);
                else if (import->counts.refused < PEOPLE_COMPLAINTS_MAX) {
                        print_safe(ctl->err, import->name);
                        fprintf(ctl->err, ": row %lld: ", (long long)number_of(row, "row"));
                        print_safe(ctl->err, text_of(error, "message"));
                        fputc('\n', ctl->err);
                }
        }
        json_decref(answer);
        return code;
}

static int send_row(struct import *import, const json_t *row, bool *is_refused)
{
        static const char *const secrets[] = { "code", "national_id" };
        const json_t *given = json_object_get(row, "holder");
        const char *id = text_of(given, "id");
        const json_t *known = json_object_get(import->known, id);
        json_t *holder = merge(known, given);
        bool is_same = known && json_equal(known, holder);
        int code = CTL_OK;
        if (!is_same)
                code = send_change(import, row, "holder-put", json_pack("{s:O}", "holder", holder),
                                   is_refused);
        json_decref(holder);
        for (size_t i = 0; i < ARRAY_LEN(secrets) && code == CTL_OK && !*is_refused; i++) {
                json_t *secret = json_object_get(row, secrets[i]);
                if (secret)
                        code = send_change(
                                import, row, "credential-add",
                                json_pack("{s:s, s:O}", "holder", id, secrets[i], secret),
                                is_refused);
        }
        if (*is_refused)
                import->counts.refused++;
        else
                *(is_same ? &import->counts.same
                  : known ? &import->counts.changed
                          : &import->counts.added) += 1;
        return code;
}

static void show_progress(const struct import *import, size_t done)
{
        size_t all = json_array_size(import->rows);
        bool is_shown = all > 200 && (done % 100 == 0 || done == all);
        if (is_shown && fileno(import->ctl->err) >= 0 && isatty(fileno(import->ctl->err)) == 1)
                fprintf(import->ctl->err, "\r%zu of %zu%s", done, all,
                        done == all ? "\r\033[K" : "");
}

/* One try with all rows that are left; those that are refused are taken out of `rows`. */
static int try_rows(struct import *import)
{
        struct ctl *ctl = import->ctl;
        json_t *left = json_array(), *row = NULL;
        size_t i = 0;
        import->counts.added = import->counts.changed = import->counts.same = 0;
        json_object_clear(import->known);
        int code = talk_plain(ctl, import->client, TALK_CHANGE, "import-begin", NULL);
        if (code == CTL_OK)
                code = talk_pages(ctl, import->client, "holders", "id", NULL, remember,
                                  import->known);
        for (i = 0; i < json_array_size(import->rows) && code == CTL_OK; i++) {
                bool is_refused = false;
                row = json_array_get(import->rows, i);
                code = send_row(import, row, &is_refused);
                if (!is_refused)
                        json_array_append(left, row);
                show_progress(import, i + 1);
        }
        json_array_clear(import->rows);
        json_array_extend(import->rows, left);
        json_decref(left);
        return code;
}

static int run(struct import *import, bool is_partial, bool is_dry)
{
        struct ctl *ctl = import->ctl;
        for (;;) {
                size_t before = import->counts.refused;
                int code = try_rows(import);
                if (code != CTL_OK)
                        return code;
                bool is_whole = import->counts.refused == before;
                bool is_kept = is_whole && !is_dry;
                code = talk_plain(ctl, import->client, TALK_CHANGE,
                                  is_kept ? "import-commit" : "import-rollback", NULL);
                if (code != CTL_OK || is_whole || !is_partial)
                        return code;
        }
}

static int send_people(struct ctl *ctl, const char *name, const struct people *people,
                       bool is_partial, bool is_dry, struct people_import_counts *counts)
{
        struct client client;
        struct import import = {
                .ctl = ctl, .client = &client, .name = name, .rows = people->rows
        };
        int code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        import.known = json_object();
        code = run(&import, is_partial, is_dry);
        json_decref(import.known);
        client_close(&client);
        import.counts.refused += people->bad;
        import.counts.all = json_array_size(people->rows) + import.counts.refused;
        *counts = import.counts;
        return code;
}

int people_import(struct ctl *ctl, FILE *file, const char *name, bool is_partial, bool is_dry,
                  struct people_import_counts *counts)
{
        struct people people = PEOPLE_NONE;
        *counts = (struct people_import_counts){ .all = 0 };
        int error = people_read(file, name, ctl->err, &people);
        if (error)
                return error;
        int code = CTL_OK;
        if (people.bad > 0 && !is_partial) {
                counts->all = json_array_size(people.rows) + people.bad;
                counts->refused = people.bad;
        } else {
                code = send_people(ctl, name, &people, is_partial, is_dry, counts);
        }
        people_deinit(&people);
        return code;
}

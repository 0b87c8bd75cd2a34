/* The places desk's import: all rows or none, and of each that is not good its line and why. */
#include "common/csv.h"
#include "dashboard/http/answer.h"
#include "dashboard/places/places_private.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum column {
        SITE,
        NAME,
        CATEGORY,
        OWNER,
        DIVISION,
        IN_SCOPE,
        COLUMNS
};

static const char *const headings[COLUMNS] = { "site",  "name",     "category",
                                               "owner", "division", "in_scope" };

struct import {
        struct places_request *request;
        int place_of[COLUMNS]; /* of the column in a record; -1: it has none */
        struct place *places;  /* their strings are theirs */
        size_t count, refused;
        json_t *complaints;
};

static void complain(struct import *import, size_t row, const char *why)
{
        import->refused++;
        if (json_array_size(import->complaints) < PLACES_COMPLAINTS_MAX)
                json_array_append_new(import->complaints, json_sprintf("row %zu: %s", row, why));
}

static bool keep(struct import *import, const struct place *place)
{
        struct place *kept = &import->places[import->count];
        *kept = (struct place){ .site = strdup(place->site),
                                .name = strdup(place->name),
                                .category = strdup(place->category),
                                .owner = strdup(place->owner),
                                .division = strdup(place->division),
                                .is_in_scope = place->is_in_scope };
        import->count++;
        return kept->site && kept->name && kept->category && kept->owner && kept->division;
}

static bool is_no(const char *text)
{
        return strcasecmp(text, "no") == 0 || strcmp(text, "0") == 0 ||
               strcasecmp(text, "false") == 0;
}

/* 0 or -ENOMEM. */
static int read_row(struct import *import, const struct csv_record *record)
{
        if (record->fault) {
                complain(import, record->row, record->fault);
                return 0;
        }
        const struct place place = { .site = csv_at(record, import->place_of[SITE]),
                                     .name = csv_at(record, import->place_of[NAME]),
                                     .category = csv_at(record, import->place_of[CATEGORY]),
                                     .owner = csv_at(record, import->place_of[OWNER]),
                                     .division = csv_at(record, import->place_of[DIVISION]),
                                     .is_in_scope =
                                             !is_no(csv_at(record, import->place_of[IN_SCOPE])) };
        const char *why = places_check(&place);
        if (!why && !places_may(import->request->who, place.site))
                why = "site: it is not in your area";
        if (!why && import->count == PLACES_IMPORT_MAX)
                why = "a file has 20000 places at the most";
        if (why)
                complain(import, record->row, why);
        else if (!keep(import, &place))
                return -ENOMEM;
        return 0;
}

/* 0; -EINVAL: the first row does not name the columns; -errno. */
static int read_all(struct import *import, FILE *file)
{
        struct csv_reader reader;
        struct csv_record record;
        int r = csv_reader_init(&reader, file);
        if (r)
                return r;
        r = csv_read(&reader, &record);
        if (r >= 0) {
                csv_find(&record, headings, COLUMNS, import->place_of);
                if (r == 0 || record.fault || import->place_of[SITE] < 0 ||
                    import->place_of[NAME] < 0)
                        r = -EINVAL;
        }
        while (r >= 0 && (r = csv_read(&reader, &record)) > 0) {
                int failed = read_row(import, &record);
                r = failed ? failed : r;
        }
        csv_reader_deinit(&reader);
        return r;
}

static void answer(struct import *import, int r, bool is_commit)
{
        bool is_good = !r && import->refused == 0;
        if (is_good && is_commit)
                r = places_put(import->request->desk->places, import->places, import->count);
        if (r == -EINVAL)
                answer_error(import->request->response, 400, "bad_request",
                             "the first row must name the columns, site and name among them");
        else if (r)
                answer_failure(import->request->response, r);
        else
                answer_json(import->request->response, 200,
                            json_pack("{s:b, s:I, s:I, s:O}", "committed", is_good && is_commit,
                                      "all",
                                      (json_int_t)import->count + (json_int_t)import->refused,
                                      "refused", (json_int_t)import->refused, "complaints",
                                      import->complaints));
}

void places_import_csv(struct places_request *request)
{
        const char *wish = web_request_query(request->web, "commit");
        bool is_commit = wish && strcmp(wish, "1") == 0;
        struct import import = { .request = request, .complaints = json_array() };
        if (request->web->body_len == 0) {
                json_decref(import.complaints);
                answer_error(request->response, 400, "bad_request", "a CSV file is wanted");
                return;
        }
        import.places = calloc(PLACES_IMPORT_MAX, sizeof(*import.places));
        /* Read only: the cast is fmemopen's. */
        FILE *file = fmemopen((void *)request->web->body, request->web->body_len, "r");
        int r = import.places && file ? read_all(&import, file) : -ENOMEM;
        if (!is_commit || r || import.refused > 0 || places_note(request, "places_import", NULL))
                answer(&import, r, is_commit);
        if (file)
                fclose(file);
        for (size_t i = 0; i < import.count; i++) {
                free((void *)import.places[i].site);
                free((void *)import.places[i].name);
                free((void *)import.places[i].category);
                free((void *)import.places[i].owner);
                free((void *)import.places[i].division);
        }
        free(import.places);
        json_decref(import.complaints);
}

#include "dashboard/people/roster.h"

#include "common/log.h"
#include "controller/local/client.h"
#include "dashboard/people/mask.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
        PAGE = 100,
        FRESH_FACTOR = 20 /* reading a long list takes at most a twentieth of the time */
};

struct person {
        char id[FLOW_ID_MAX];
        uint8_t subject[SUBJECT_LEN];
        char *name;
};

struct roster {
        char socket[ROSTER_PATH_MAX];
        pthread_mutex_t mutex; /* of all below */
        struct client client;
        char site[ROSTER_SITE_MAX]; /* "": not asked yet */
        struct person *person;      /* in order of the id */
        size_t count, capacity;
        size_t *by_subject; /* indices, in order of the subject */
        int64_t fresh_until_ms;
        bool is_missing; /* told that the office is not there */
};

struct roster *roster_new(const char *socket)
{
        struct roster *roster = calloc(1, sizeof(*roster));
        if (!roster)
                return NULL;
        snprintf(roster->socket, sizeof(roster->socket), "%s", socket);
        roster->client = CLIENT_CLOSED;
        if (pthread_mutex_init(&roster->mutex, NULL) != 0) {
                free(roster);
                return NULL;
        }
        return roster;
}

static void forget_people(struct roster *roster)
{
        for (size_t i = 0; i < roster->count; i++)
                free(roster->person[i].name);
        roster->count = 0;
}

struct roster *roster_free(struct roster *roster)
{
        if (!roster)
                return NULL;
        client_close(&roster->client);
        forget_people(roster);
        free(roster->person);
        free(roster->by_subject);
        pthread_mutex_destroy(&roster->mutex);
        free(roster);
        return NULL;
}

static void note_office(struct roster *roster, int error)
{
        if (error && !roster->is_missing)
                log_warn("the registry does not answer", "socket=%s error=%s", roster->socket,
                         strerror(-error));
        else if (!error && roster->is_missing)
                log_info("the registry answers again", "socket=%s", roster->socket);
        roster->is_missing = error != 0;
}

/* A connection that was closed meanwhile (the collector was restarted) is made anew once. Should
 * the request have been served by who died over it, then it changes nothing more, or is answered
 * `exists`.
 */
static int call(struct roster *roster, const char *verb, json_t *fields, json_t **answer)
{
        bool was_open = roster->client.fd >= 0;
        int r = was_open ? 0 : client_open(&roster->client, roster->socket);
        if (!r)
                r = client_call(&roster->client, verb, json_incref(fields), answer);
        if (was_open && r == -EPIPE) {
                client_close(&roster->client);
                r = client_open(&roster->client, roster->socket);
                if (!r)
                        r = client_call(&roster->client, verb, json_incref(fields), answer);
        }
        if (r)
                client_close(&roster->client);
        json_decref(fields);
        note_office(roster, r);
        return r;
}

int roster_call(struct roster *roster, const char *verb, json_t *fields, json_t **answer)
{
        *answer = NULL;
        pthread_mutex_lock(&roster->mutex);
        roster->fresh_until_ms = 0; /* it may be a change */
        int r = call(roster, verb, fields, answer);
        pthread_mutex_unlock(&roster->mutex);
        return r;
}

/* 0 or -errno. Locked. */
static int learn_site(struct roster *roster)
{
        json_t *answer = NULL;
        if (roster->site[0] != '\0')
                return 0;
        int r = call(roster, "hello", NULL, &answer);
        const json_t *ok = json_object_get(answer, "ok");
        const char *org = json_string_value(json_object_get(ok, "org"));
        const char *site = json_string_value(json_object_get(ok, "site"));
        if (!r && (!org || !site))
                r = -EPROTO;
        if (!r)
                snprintf(roster->site, sizeof(roster->site), "%s/%s", org, site);
        json_decref(answer);
        return r;
}

const char *roster_socket(const struct roster *roster)
{
        return roster->socket;
}

int roster_site(struct roster *roster, char site[ROSTER_SITE_MAX])
{
        pthread_mutex_lock(&roster->mutex);
        int r = learn_site(roster);
        memcpy(site, roster->site, ROSTER_SITE_MAX);
        pthread_mutex_unlock(&roster->mutex);
        return r;
}

/* 0 or -ENOMEM. */
static int add(struct roster *roster, const json_t *holder)
{
        const char *id = json_string_value(json_object_get(holder, "id"));
        const char *name = json_string_value(json_object_get(holder, "name"));
        const char *subject = json_string_value(json_object_get(holder, "subject"));
        struct person person = { .name = NULL };
        if (!id || !name || !subject || strlen(id) >= sizeof(person.id) ||
            !subject_parse(subject, person.subject))
                return -EPROTO;
        if (roster->count == roster->capacity) {
                size_t capacity = roster->capacity ? 2 * roster->capacity : 256;
                struct person *more =
                        reallocarray(roster->person, capacity, sizeof(*roster->person));
                if (!more)
                        return -ENOMEM;
                roster->person = more;
                roster->capacity = capacity;
        }
        snprintf(person.id, sizeof(person.id), "%s", id);
        person.name = strdup(name);
        if (!person.name)
                return -ENOMEM;
        roster->person[roster->count++] = person;
        return 0;
}

/* One page behind the last person. How many came, or -errno. */
static int read_page(struct roster *roster)
{
        json_t *fields = json_pack("{s:i}", "limit", PAGE), *answer = NULL;
        if (fields && roster->count > 0)
                json_object_set_new(fields, "after",
                                    json_string(roster->person[roster->count - 1].id));
        int r = fields ? call(roster, "holders", fields, &answer) : -ENOMEM;
        const json_t *holders = json_object_get(json_object_get(answer, "ok"), "holders");
        if (!r && !json_is_array(holders))
                r = -EPROTO;
        size_t count = json_array_size(holders);
        for (size_t i = 0; i < count && !r; i++)
                r = add(roster, json_array_get(holders, i));
        json_decref(answer);
        return r ? r : (int)count;
}

static int compare_subjects(const void *a, const void *b, void *context)
{
        const struct person *person = context;
        return memcmp(person[*(const size_t *)a].subject, person[*(const size_t *)b].subject,
                      SUBJECT_LEN);
}

static int sort(struct roster *roster)
{
        free(roster->by_subject);
        roster->by_subject = calloc(roster->count + 1, sizeof(*roster->by_subject));
        if (!roster->by_subject)
                return -ENOMEM;
        for (size_t i = 0; i < roster->count; i++)
                roster->by_subject[i] = i;
        qsort_r(roster->by_subject, roster->count, sizeof(*roster->by_subject), compare_subjects,
                roster->person);
        return 0;
}

/* The list, not older than it may be. 0 or -errno. Locked. */
static int refresh(struct roster *roster)
{
        int64_t begin_ms = monotonic_ms();
        if (begin_ms < roster->fresh_until_ms)
                return 0;
        forget_people(roster);
        int got = learn_site(roster);
        do
                got = got < 0 ? got : read_page(roster);
        while (got == PAGE && roster->count < ROSTER_PEOPLE_MAX);
        int r = got < 0 ? got : sort(roster);
        if (r) {
                forget_people(roster);
                return r;
        }
        int64_t took_ms = monotonic_ms() - begin_ms, keep_ms = took_ms * FRESH_FACTOR;
        roster->fresh_until_ms =
                begin_ms + took_ms + (keep_ms > ROSTER_FRESH_MS ? keep_ms : ROSTER_FRESH_MS);
        return 0;
}

static const struct person *find(const struct roster *roster, const uint8_t subject[SUBJECT_LEN])
{
        size_t low = 0, high = roster->count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const struct person *person = &roster->person[roster->by_subject[middle]];
                int order = memcmp(person->subject, subject, SUBJECT_LEN);
                if (order == 0)
                        return person;
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

static bool tell(const struct person *person, roster_visitor *visit, void *context)
{
        return visit(context, &(struct roster_person){ .id = person->id,
                                                       .name = person->name,
                                                       .subject = person->subject });
}

int roster_find(struct roster *roster, const uint8_t (*subjects)[SUBJECT_LEN], size_t count,
                roster_visitor *visit, void *context)
{
        pthread_mutex_lock(&roster->mutex);
        int r = refresh(roster);
        for (size_t i = 0; i < count && !r; i++) {
                const struct person *person = find(roster, subjects[i]);
                if (person && !tell(person, visit, context))
                        break;
        }
        pthread_mutex_unlock(&roster->mutex);
        return r;
}

int roster_search(struct roster *roster, const char *text, roster_visitor *visit, void *context)
{
        char wanted[MASK_FOLDED_MAX], name[MASK_FOLDED_MAX];
        mask_fold(text, wanted);
        pthread_mutex_lock(&roster->mutex);
        int r = refresh(roster);
        for (size_t i = 0; i < roster->count && !r; i++) {
                mask_fold(roster->person[i].name, name);
                if ((strstr(name, wanted) || strstr(roster->person[i].id, wanted)) &&
                    !tell(&roster->person[i], visit, context))
                        break;
        }
        pthread_mutex_unlock(&roster->mutex);
        return r;
}

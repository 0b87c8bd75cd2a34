/*
 * The rights of one person (Law 91/2025/QH15, articles on access and deletion): everything that is
 * kept of them, and taking them out. Whoever has the machine may; that they did stands in the audit
 * log first, with their reason and the pseudonym only.
 */
#include "controller/local/client.h"
#include "controller/record/subject.h"
#include "dashboard/dashboard_wiring.h"
#include "dashboard/ports/accounts.h"
#include "dashboard/ports/links.h"
#include "dashboard/requests/dossier.h"
#include "dashboard/verbs/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct person {
        uint8_t subject[SUBJECT_LEN];
        char text[SUBJECT_TEXT_MAX];
        json_t *holder; /* as the registry has them; NULL: it does not know them */
        struct client office;
        struct dashboard_options options;
};

static int fail(const char *what, const char *why)
{
        fprintf(stderr, "%s: %s\n", what, why);
        return 1;
}

/* Asks the registry for the holder. False: said why not. */
static bool find_holder(struct person *person, const char *who)
{
        const char *socket = person->options.registry.socket;
        json_t *answer = NULL;
        if (socket[0] == '\0')
                return fail(who, "no [registry] to look them up in: give the 32 digits") == 0;
        int r = client_open(&person->office, socket);
        if (!r)
                r = client_call(&person->office, "holders", json_pack("{s:s}", "holder", who),
                                &answer);
        person->holder = json_incref(
                json_array_get(json_object_get(json_object_get(answer, "ok"), "holders"), 0));
        json_decref(answer);
        const char *subject = json_string_value(json_object_get(person->holder, "subject"));
        if (r)
                return fail(socket, strerror(-r)) == 0;
        if (!subject || !subject_parse(subject, person->subject))
                return fail(who, "nobody of this name is in the registry") == 0;
        return true;
}

/* False: said why not. person_end either way. */
static bool person_begin(struct person *person, const char *who, const char *config)
{
        person->office = CLIENT_CLOSED;
        if (!verb_load(&person->options, config))
                return false;
        if (strlen(who) != SUBJECT_TEXT_LEN || !subject_parse(who, person->subject))
                if (!find_holder(person, who))
                        return false;
        subject_format(person->subject, person->text);
        return true;
}

static void person_end(struct person *person)
{
        json_decref(person->holder);
        client_close(&person->office);
}

/* False: said why not. */
static bool note(const struct person *person, const char *action, const char *reason)
{
        struct accounts *accounts = NULL;
        json_t *detail = json_pack("{s:s}", "reason", reason);
        char *text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;
        struct audit_entry entry = { .at_us = wall_us(),
                                     .actor = "(command line)",
                                     .action = action,
                                     .target = person->text,
                                     .outcome = "done",
                                     .detail = text };
        int r = text ? dashboard_wiring_accounts(&person->options, &accounts) : -EINVAL;
        if (!r)
                r = accounts_note(accounts, &entry);
        accounts_close(accounts);
        json_decref(detail);
        free(text);
        return !r || fail(dashboard_wiring_accounts_place(&person->options), strerror(-r)) == 0;
}

static int print_all(const struct person *person)
{
        json_t *all = NULL;
        struct history *history = dashboard_wiring_history(&person->options);
        int r = history ? dossier_read(history, person->subject, person->holder, wall_us(), &all)
                        : -EIO;
        history_close(history);
        if (r)
                (void)fail("the archive does not answer", strerror(-r));
        else if (json_dumpf(all, stdout, JSON_INDENT(2)) < 0 || puts("") < 0)
                r = fail("standard output", "not written");
        json_decref(all);
        return r ? 1 : 0;
}

int verb_export_person(int argc, char **argv)
{
        static struct person person;
        int status = 1;
        if (person_begin(&person, argv[1], argc > 3 ? argv[3] : DASHBOARD_CONFIG) &&
            note(&person, "person_export", argv[2]))
                status = print_all(&person);
        person_end(&person);
        return status;
}

/* Their links, and the passes that were fetched by them. 0 or -errno. */
static int forget_links(const struct person *person)
{
        const char *holder = json_string_value(json_object_get(person->holder, "id"));
        const char *file = person->options.passes.file;
        struct links *links = NULL;
        if (!holder || access(file, F_OK) != 0)
                return 0;
        int r = links_open(file, &links);
        if (!r)
                r = links_forget(links, holder);
        links_close(links);
        return r;
}

/* From the registry first, and with it from the gates: or they would name them anew. */
static bool remove_holder(struct person *person)
{
        json_t *answer = NULL;
        if (!person->holder)
                return true;
        int r = client_call(&person->office, "holder-remove",
                            json_pack("{s:O}", "holder", json_object_get(person->holder, "id")),
                            &answer);
        bool is_gone = !r && json_object_get(answer, "ok");
        json_decref(answer);
        return is_gone || fail("the registry", "did not remove them; nothing is erased") == 0;
}

static int erase(const struct person *person)
{
        struct archive *archive = NULL;
        struct archive_deletion erased = { 0 };
        int r = dashboard_wiring_archive(&person->options, &archive);
        if (!r && archive)
                r = archive_erase(archive, person->subject, &erased);
        archive_close(archive);
        r = r ? r : forget_links(person);
        fprintf(stderr,
                "%s: %s%" PRIu64 " entries are nobody's, %" PRIu64 " stays and %" PRIu64
                " unreadable messages deleted\n",
                person->text, person->holder ? "removed from the registry; " : "", erased.entries,
                erased.stays, erased.refusals);
        return r ? fail("not all of it: once more, please", strerror(-r)) : 0;
}

int verb_erase_person(int argc, char **argv)
{
        static struct person person;
        int status = 1;
        if (person_begin(&person, argv[1], argc > 3 ? argv[3] : DASHBOARD_CONFIG) &&
            note(&person, "person_erase", argv[2]) && remove_holder(&person))
                status = erase(&person);
        person_end(&person);
        return status;
}

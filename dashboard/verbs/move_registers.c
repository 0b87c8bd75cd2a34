/*
 * Accounts with their audit log, places and requests, from their files into PostgreSQL, for
 * dashboards on several machines. Through the ports, line by line as they were written, so the
 * audit log's chain comes out the same. One that is broken is not moved: new hashes would hide it.
 */
#include "dashboard/dashboard_wiring.h"
#include "dashboard/verbs/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
        TELL_LINES = 10000
};

/* One side of the move; what is NULL has no file. */
struct side {
        struct accounts *accounts;
        struct places *places;
        struct requests *requests;
};

struct move {
        struct side from, to;
        uint64_t count;  /* of what is moved now */
        json_t *sites;   /* of places */
        json_t *reminds; /* of one place, the oldest first */
        int r;           /* of a visitor */
};

static int fail(const char *what, const char *why)
{
        fprintf(stderr, "%s: %s\n", what, why);
        return 1;
}

static bool see_account(void *context, const struct account *account)
{
        (void)account;
        *(bool *)context = true;
        return false;
}

static bool see_place(void *context, const struct place *place)
{
        (void)place;
        *(bool *)context = true;
        return false;
}

static bool see_request(void *context, const struct request *request)
{
        (void)request;
        *(bool *)context = true;
        return false;
}

/* 0, -ENOTEMPTY or -errno. */
static int check_empty(const struct side *to)
{
        bool is_there = false;
        uint64_t lines = 0, broken;
        int r = accounts_list(to->accounts, see_account, &is_there);
        if (!r)
                r = accounts_verify(to->accounts, &lines, &broken);
        if (!r)
                r = places_list(to->places, see_place, &is_there);
        if (!r)
                r = requests_list(to->requests, false, INT64_MAX, 1, see_request, &is_there);
        return r ? r : is_there || lines > 0 ? -ENOTEMPTY : 0;
}

/* In the walk of one file, which may be asked for nothing else meanwhile. */
static bool keep_name(void *context, const struct account *account)
{
        struct move *move = context;
        move->r = json_array_append_new(move->sites, json_string(account->name)) ? -ENOMEM : 0;
        return move->r == 0;
}

static int move_accounts(struct move *move)
{
        struct account account;
        char hash[ACCOUNTS_HASH_MAX];
        size_t i;
        json_t *name;
        json_array_clear(move->sites);
        int r = accounts_list(move->from.accounts, keep_name, move);
        if (r || move->r)
                return r ? r : move->r;
        json_array_foreach(move->sites, i, name)
        {
                r = accounts_find(move->from.accounts, json_string_value(name), &account, hash);
                if (!r)
                        r = accounts_add(move->to.accounts, &account, hash);
                if (r)
                        break;
                move->count++;
        }
        explicit_bzero(hash, sizeof(hash));
        return r;
}

static bool move_line(void *context, const struct audit_entry *line)
{
        struct move *move = context;
        struct audit_entry entry = *line;
        move->r = accounts_note(move->to.accounts, &entry);
        return false;
}

static int move_audit(struct move *move, uint64_t lines)
{
        for (uint64_t number = 1; number <= lines; number++) {
                move->r = -ENODATA; /* unless the line is there */
                int r = accounts_audit(move->from.accounts, number + 1, NULL, NULL, 1, move_line,
                                       move);
                if (r || move->r)
                        return r ? r : move->r;
                move->count++;
                if (number % TELL_LINES == 0)
                        fprintf(stderr, "audit log: %" PRIu64 " of %" PRIu64 " lines\n", number,
                                lines);
        }
        return 0;
}

static bool move_place(void *context, const struct place *place)
{
        struct move *move = context;
        move->r = json_array_append_new(move->sites, json_string(place->site))
                          ? -ENOMEM
                          : places_put(move->to.places, place, 1);
        move->count++;
        return move->r == 0;
}

static bool keep_reminder(void *context, const struct places_reminder *reminder)
{
        struct move *move = context;
        json_t *kept = json_pack("{s:I, s:s, s:s}", "at", (json_int_t)reminder->at_us, "by",
                                 reminder->by, "note", reminder->note);
        move->r = json_array_insert_new(move->reminds, 0, kept) ? -ENOMEM : 0;
        return move->r == 0;
}

static int move_reminders(struct move *move, const char *site)
{
        size_t i;
        json_t *kept;
        json_array_clear(move->reminds);
        int r = places_reminders(move->from.places, site, keep_reminder, move);
        if (r || move->r)
                return r ? r : move->r;
        json_array_foreach(move->reminds, i, kept)
        {
                const struct places_reminder reminder = {
                        .at_us = json_integer_value(json_object_get(kept, "at")),
                        .by = json_string_value(json_object_get(kept, "by")),
                        .note = json_string_value(json_object_get(kept, "note")),
                };
                r = places_remind(move->to.places, site, &reminder);
                if (r)
                        return r;
        }
        return 0;
}

static int move_places(struct move *move)
{
        size_t i;
        json_t *site;
        json_array_clear(move->sites);
        int r = places_list(move->from.places, move_place, move);
        if (!r)
                r = move->r;
        json_array_foreach(move->sites, i, site)
        {
                if (r)
                        return r;
                r = move_reminders(move, json_string_value(site));
        }
        return r;
}

static bool move_request(void *context, const struct request *request)
{
        struct move *move = context;
        struct requests *to = move->to.requests;
        int64_t number;
        move->r = requests_add(to, request, &number);
        if (!move->r && number != request->number)
                move->r = -EUCLEAN;
        if (!move->r && request->answered_us)
                move->r = requests_answer(to, number, request->answered_us);
        if (!move->r && request->outcome != REQUEST_OPEN)
                move->r = requests_conclude(to, number, request->outcome, request->result,
                                            request->closed_us);
        move->count++;
        return false;
}

static bool keep_number(void *context, const struct request *request)
{
        *(int64_t *)context = request->number;
        return false;
}

static int move_requests(struct move *move)
{
        int64_t last = 0;
        int r = requests_list(move->from.requests, false, INT64_MAX, 1, keep_number, &last);
        for (int64_t number = 1; number <= last && !r; number++) {
                move->r = -ENODATA;
                r = requests_list(move->from.requests, false, number + 1, 1, move_request, move);
                r = r ? r : move->r;
        }
        return r;
}

/* One kind of what there is. `r` is of those before. */
static int tell(struct move *move, const char *what, int r)
{
        if (!r)
                fprintf(stderr, "%-9s %" PRIu64 "\n", what, move->count);
        else
                (void)fail(what, strerror(-r));
        move->count = 0;
        return r;
}

static int move_all(struct move *move, uint64_t lines)
{
        int r = tell(move, "accounts", move_accounts(move));
        if (!r && move->from.places)
                r = tell(move, "places", move_places(move));
        if (!r && move->from.requests)
                r = tell(move, "requests", move_requests(move));
        return r ? r : tell(move, "lines", move_audit(move, lines));
}

/* 0 or -errno, said. */
static int open_files(struct dashboard_options *options, struct side *from)
{
        options->accounts.postgresql[0] = '\0';
        options->places.postgresql[0] = '\0';
        options->requests.postgresql[0] = '\0';
        int r = dashboard_wiring_accounts_at(options->accounts.file, &from->accounts);
        if (r)
                (void)fail(options->accounts.file, strerror(-r));
        if (!r && access(options->places.file, F_OK) == 0)
                r = dashboard_wiring_places(options, &from->places);
        if (!r && access(options->requests.file, F_OK) == 0)
                r = dashboard_wiring_requests(options, &from->requests);
        return r;
}

/* 0 or -errno, said. */
static int open_database(struct dashboard_options *options, const char *conninfo, struct side *to)
{
        if (strlen(conninfo) >= sizeof(options->accounts.postgresql)) {
                (void)fail(conninfo, strerror(ENAMETOOLONG));
                return -ENAMETOOLONG;
        }
        (void)snprintf(options->accounts.postgresql, sizeof(options->accounts.postgresql), "%s",
                       conninfo);
        (void)snprintf(options->places.postgresql, sizeof(options->places.postgresql), "%s",
                       conninfo);
        (void)snprintf(options->requests.postgresql, sizeof(options->requests.postgresql), "%s",
                       conninfo);
        int r = dashboard_wiring_accounts(options, &to->accounts);
        if (!r)
                r = dashboard_wiring_places(options, &to->places);
        if (!r)
                r = dashboard_wiring_requests(options, &to->requests);
        if (!r)
                r = check_empty(to);
        if (r)
                (void)fail(conninfo,
                           r == -ENOTEMPTY ? "there are registers in it already" : strerror(-r));
        return r;
}

static void close_side(struct side *side)
{
        accounts_close(side->accounts);
        places_close(side->places);
        requests_close(side->requests);
}

/* The file's log must be whole. */
static int check_log(const struct dashboard_options *options, const struct side *from,
                     uint64_t *lines)
{
        uint64_t broken;
        int r = accounts_verify(from->accounts, lines, &broken);
        if (r)
                (void)fail(options->accounts.file, strerror(-r));
        else if (broken)
                fprintf(stderr,
                        "%s: line %" PRIu64 " of the audit log is not what was written; it is not"
                        " moved, for that would hide it\n",
                        options->accounts.file, broken);
        return r ? r : broken ? -EUCLEAN : 0;
}

/* Whether both logs are the same now: a dashboard may have gone on writing. */
static int compare(const struct move *move, const struct dashboard_options *options)
{
        uint64_t before, after, broken;
        int r = accounts_verify(move->from.accounts, &before, &broken);
        if (!r)
                r = accounts_verify(move->to.accounts, &after, &broken);
        if (r || broken || before != after)
                return fail(options->accounts.file,
                            "has changed meanwhile: stop the dashboard first");
        return 0;
}

int verb_move_registers(int argc, char **argv)
{
        static struct dashboard_options options;
        struct move move = { .sites = json_array(), .reminds = json_array() };
        uint64_t lines = 0;
        if (!verb_load(&options, argc > 2 ? argv[2] : DASHBOARD_CONFIG))
                return 2;
        int r = move.sites && move.reminds ? open_files(&options, &move.from) : -ENOMEM;
        if (!r)
                r = check_log(&options, &move.from, &lines);
        if (!r)
                r = open_database(&options, argv[1], &move.to);
        if (!r) {
                r = move_all(&move, lines);
                if (!r)
                        r = compare(&move, &options);
                fprintf(stderr,
                        r ? "not all of it: `DROP TABLE account, permission, session, audit_line,"
                            " accounts_version, place, reminder, places_version, request,"
                            " requests_version`, and once more\n"
                          : "they are in PostgreSQL now, too. Write `postgresql = ...` into"
                            " [accounts], [places] and [requests] of dashboard.conf, start the"
                            " dashboard, and keep the files until you have seen it work\n");
        }
        close_side(&move.from);
        close_side(&move.to);
        json_decref(move.sites);
        json_decref(move.reminds);
        return r ? 1 : 0;
}

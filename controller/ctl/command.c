/*
 * stilectl open, lock-open, lock-down, their releases and fire-reset: commands to the lanes. Each
 * carries who gave it and why, a time after which it no longer counts, and a number used once; each
 * has its row in the journal, carried out or refused.
 */
#include "common/rfc3339.h"
#include "controller/ctl/args.h"
#include "controller/ctl/check.h"
#include "controller/ctl/event_text.h"
#include "controller/ctl/print.h"
#include "controller/ctl/talk.h"
#include "controller/ctl/when.h"

#include <pwd.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
        NONCE_LEN = 16,
        LIFETIME_S = 10
};

struct command {
        const char *name, *done; /* the protocol's name; what is said when it was done */
        int least, most;         /* access points */
        const char *usage, *about;
};

/* Behind sudo root is nobody in particular: the one who called it is the one who acted. */
static void find_actor(char actor[FLOW_NAME_MAX])
{
        const char *sudo_user = getuid() == 0 ? getenv("SUDO_USER") : NULL;
        const struct passwd *user = getpwuid(getuid());
        if ((!sudo_user || check_name(sudo_user, actor)) &&
            (!user || check_name(user->pw_name, actor)))
                snprintf(actor, FLOW_NAME_MAX, "unknown");
}

static json_t *fields_of(const struct command *command, const char *point, const char *reason)
{
        uint8_t random[NONCE_LEN];
        char nonce[2 * NONCE_LEN + 1], not_after[RFC3339_MAX], actor[FLOW_NAME_MAX];
        find_actor(actor);
        if (getrandom(random, sizeof(random), 0) != sizeof(random))
                return NULL;
        for (int i = 0; i < NONCE_LEN; i++)
                snprintf(nonce + (size_t)2 * (size_t)i, 3, "%02x", random[i]);
        rfc3339_format(when_now_us() + INT64_C(1000000) * LIFETIME_S, not_after);
        json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", command->name, "actor",
                                   actor, "reason", reason, "not_after", not_after, "nonce", nonce,
                                   "origin", "local");
        if (point)
                json_object_set_new(fields, "access_point", json_string(point));
        return fields;
}

static int report(struct ctl *ctl, const struct command *command, const char *point,
                  const json_t *ok)
{
        char row[48] = "";
        int64_t seq = number_of(ok, "seq");
        if (seq > 0)
                snprintf(row, sizeof(row), " (event %lld)", (long long)seq);
        if (strcmp(text_of(ok, "outcome"), "done") == 0) {
                fprintf(ctl->out, "%s: %s%s\n", point ? point : "all access points", command->done,
                        row);
                return CTL_OK;
        }
        const char *refusal = text_of(ok, "refusal");
        bool is_fire = strcmp(command->name, "FireReset") == 0 && strcmp(refusal, "fire") == 0;
        fputs("stilectl: refused: ", ctl->err);
        print_safe(ctl->err, is_fire ? "the fire loop is open, or nothing is released"
                                     : event_reason_words(refusal));
        fputs(" (", ctl->err);
        print_safe(ctl->err, refusal);
        fprintf(ctl->err, "); nothing was changed%s\n", row);
        return CTL_NO;
}

static int run(struct ctl *ctl, int argc, char **argv, const struct command *command)
{
        const char *reason_text = NULL;
        char reason[FLOW_NAME_MAX];
        const struct args_option options[] = {
                { "reason", ARGS_TEXT, &reason_text, "R", "why; it stands in the journal" },
        };
        const struct args args = { command->usage,     command->about, options,
                                   ARRAY_LEN(options), command->least, command->most };
        struct client client;
        json_t *ok = NULL;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *point = operands == 1 ? argv[1] : NULL;
        const char *why = point ? check_id(point) : NULL;
        if (why)
                return args_complain(ctl, &args, "\"%s\": %s", point, why);
        if (!reason_text)
                return args_complain(ctl, &args, "--reason is missing");
        why = check_name(reason_text, reason);
        if (why)
                return args_complain(ctl, &args, "--reason: %s", why);
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        json_t *fields = fields_of(command, point, reason);
        if (fields)
                code = talk(ctl, &client, TALK_CHANGE, "command", fields, &ok);
        else
                code = CTL_CANNOT;
        if (code == CTL_OK)
                code = report(ctl, command, point, ok);
        json_decref(ok);
        client_close(&client);
        return code;
}

int verb_open(struct ctl *ctl, int argc, char **argv)
{
        static const struct command command = {
                "AccessDoor",
                "opened",
                1,
                1,
                "open ACCESS_POINT --reason R",
                "Opens an access point once, as if somebody had been granted access."
        };
        return run(ctl, argc, argv, &command);
}

int verb_lock_open(struct ctl *ctl, int argc, char **argv)
{
        static const struct command command = {
                "LockOpen",
                "locked open",
                0,
                1,
                "lock-open [ACCESS_POINT] --reason R",
                "Leaves an access point, or all of them, open until release-lock-open."
        };
        return run(ctl, argc, argv, &command);
}

int verb_lock_open_release(struct ctl *ctl, int argc, char **argv)
{
        static const struct command command = { "LockOpenRelease",
                                                "no longer locked open",
                                                0,
                                                1,
                                                "release-lock-open [ACCESS_POINT] --reason R",
                                                "Ends lock-open." };
        return run(ctl, argc, argv, &command);
}

int verb_lock_down(struct ctl *ctl, int argc, char **argv)
{
        static const struct command command = {
                "LockDown",
                "locked down",
                0,
                1,
                "lock-down [ACCESS_POINT] --reason R",
                "Refuses everybody at an entry, or at all of them, until release-lock-down. An\n"
                "exit never locks down."
        };
        return run(ctl, argc, argv, &command);
}

int verb_lock_down_release(struct ctl *ctl, int argc, char **argv)
{
        static const struct command command = { "LockDownRelease",
                                                "no longer locked down",
                                                0,
                                                1,
                                                "release-lock-down [ACCESS_POINT] --reason R",
                                                "Ends lock-down." };
        return run(ctl, argc, argv, &command);
}

int verb_fire_reset(struct ctl *ctl, int argc, char **argv)
{
        static const struct command command = {
                "FireReset",
                "fire release ended",
                0,
                0,
                "fire-reset --reason R",
                "Ends a fire release, as the key at the panel does. Refused while the loop is open."
        };
        return run(ctl, argc, argv, &command);
}

/*
 * Another password for an account of which nobody knows it any more, an administrator's for one:
 * there is no way in at the page then. Whoever has the machine may; that they did stands in the
 * audit log first, with their reason. The password comes on standard input: an argument would be
 * everybody's to read.
 */
#include "dashboard/access/access.h"
#include "dashboard/dashboard_wiring.h"
#include "dashboard/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
        LINE_MAX_BYTES = 1026 /* 256 letters of four bytes, a line's end and a NUL */
};

static int fail(const char *what, const char *why)
{
        fprintf(stderr, "%s: %s\n", what, why);
        return 1;
}

static bool read_line(char line[LINE_MAX_BYTES])
{
        if (isatty(STDIN_FILENO))
                fprintf(stderr, "the new password, which can be seen as you type: ");
        if (!fgets(line, LINE_MAX_BYTES, stdin))
                return false;
        line[strcspn(line, "\n")] = '\0';
        return true;
}

static const char *say(int r)
{
        return r == -ENOENT   ? "there is no such account"
               : r == -ERANGE ? "a password has 10 to 256 letters"
                              : strerror(-r);
}

static int reset(struct access *access, const char *name, const char *reason, const char *password)
{
        const struct principal who = { .name = "(command line)" };
        const bool is_disabled = false;
        const struct account_change change = { .name = name, .is_disabled = &is_disabled };
        struct account account;
        int r = accounts_find(access_accounts(access), name, &account, NULL);
        json_t *detail = json_pack("{s:s}", "reason", reason);
        if (!r && !access_is_password(password))
                r = -ERANGE;
        if (!r)
                r = detail ? access_note(access, &who, "account_recover", name, detail, "done")
                           : -EINVAL;
        if (!r)
                r = access_change(access, &who, &change, password);
        json_decref(detail);
        return r ? fail(name, say(r)) : 0;
}

int verb_reset_password(int argc, char **argv)
{
        static struct dashboard_options options;
        char line[LINE_MAX_BYTES];
        struct accounts *accounts = NULL;
        struct access *control = NULL;
        if (!verb_load(&options, argc > 3 ? argv[3] : DASHBOARD_CONFIG))
                return 1;
        const char *place = dashboard_wiring_accounts_place(&options);
        int r = dashboard_wiring_accounts_at(place, &accounts);
        if (r)
                return fail(place, r == -ENOENT ? "there are no accounts" : strerror(-r));
        if (!read_line(line))
                r = -ENODATA;
        if (!r)
                r = access_new(accounts, &control);
        int status = r == -ENODATA
                             ? fail("standard input", "a line with the new password is wanted")
                     : r ? fail(place, strerror(-r))
                         : reset(control, argv[1], argv[2], line);
        explicit_bzero(line, sizeof(line));
        access_free(control);
        accounts_close(accounts);
        return status;
}

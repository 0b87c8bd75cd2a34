/* stile-dashboard: what the gates' entries come to, for people with a browser. */
#include "common/program.h"
#include "dashboard/dashboard_service.h"
#include "dashboard/dashboard_wiring.h"
#include "dashboard/verbs/verbs.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char purpose[] = "Shows a site's or a region's gates to people with a browser.";
static const char hints[] =
        VERBS_HELP "\n"
                   "SIGHUP reads the server's certificate again; SIGTERM stops.\n"
                   "See stile-dashboard(8).";

static int load(void *options, const char *path, FILE *complaints)
{
        int r = dashboard_options_load(options, path, complaints);
        return r || dashboard_wiring_check(options, path, complaints) ? r : -EINVAL;
}

int main(int argc, char **argv)
{
        static const struct program program = { .name = "stile-dashboard",
                                                .purpose = purpose,
                                                .hints = hints,
                                                .config = DASHBOARD_CONFIG,
                                                .load = load,
                                                .print_sample = dashboard_options_print_sample };
        static struct dashboard_options options;
        if (argc > 1 && argv[1][0] != '-')
                return dashboard_verb_run(argc - 1, argv + 1);
        const char *path = NULL;
        int status = program_begin(&program, argc, argv, &options, &path);
        if (status != PROGRAM_GO)
                return status;
        (void)umask(0077); /* accounts, and the link that makes one */
        status = dashboard_service_run(&options) == 0 ? 0 : 1;
        /* Not exit(): a bus thread that hangs in the resolver must not meet OpenSSL's clean-up. */
        _exit(status);
}

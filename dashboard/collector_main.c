/* stile-collector: the gates' entries from the broker into the archive, each exactly once. */
#include "common/program.h"
#include "dashboard/collector_service.h"
#include "dashboard/collector_wiring.h"

#include <errno.h>
#include <unistd.h>

static const char purpose[] =
        "Stores the entries of every gate of a broker, each exactly once, and acknowledges them.";
static const char hints[] =
        "SIGHUP reads the configuration again and connects anew; SIGTERM stops.\n"
        "See stile-collector(8).";

static int load(void *options, const char *path, FILE *complaints)
{
        int r = collector_options_load(options, path, complaints);
        return r || collector_wiring_check(options, path, complaints) ? r : -EINVAL;
}

int main(int argc, char **argv)
{
        static const struct program program = { .name = "stile-collector",
                                                .purpose = purpose,
                                                .hints = hints,
                                                .config = "/etc/stile/collector.conf",
                                                .load = load,
                                                .print_sample = collector_options_print_sample };
        static struct collector_options options;
        const char *path = NULL;
        int status = program_begin(&program, argc, argv, &options, &path);
        if (status != PROGRAM_GO)
                return status;
        status = collector_service_run(&options, path) == 0 ? 0 : 1;
        /* Not exit(): a bus thread that hangs in the resolver must not meet OpenSSL's clean-up. */
        _exit(status);
}

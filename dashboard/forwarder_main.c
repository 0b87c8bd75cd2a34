/* stile-forwarder: between a site's own broker and the centre's engine. */
#include "common/program.h"
#include "dashboard/forwarder_service.h"

#include <unistd.h>

static const char purpose[] = "Carries what a site's gates say from the site's broker to the "
                              "centre, and what they are told\n"
                              "back.";
static const char hints[] =
        "SIGHUP reads the configuration again and connects anew; SIGTERM stops.\n"
        "See stile-forwarder(8).";

static int load(void *options, const char *path, FILE *complaints)
{
        return forwarder_options_load(options, path, complaints);
}

int main(int argc, char **argv)
{
        static const struct program program = { .name = "stile-forwarder",
                                                .purpose = purpose,
                                                .hints = hints,
                                                .config = "/etc/stile/forwarder.conf",
                                                .load = load,
                                                .print_sample = forwarder_options_print_sample };
        static struct forwarder_options options;
        const char *path = NULL;
        int status = program_begin(&program, argc, argv, &options, &path);
        if (status != PROGRAM_GO)
                return status;
        status = forwarder_service_run(&options, path) == 0 ? 0 : 1;
        /* Not exit(): a bus thread that hangs in the resolver must not meet OpenSSL's clean-up. */
        _exit(status);
}

/* stiled: camera → decision → relay → record, with no network at all. */
#include "common/program.h"
#include "controller/stiled.h"

static const char usage[] =
        "Usage: stiled [--config FILE] [--check-config | --print-config | --version | --help]\n"
        "Runs the gate: reads codes, decides, drives the lane, keeps the record.\n"
        "\n"
        "  --config FILE    configuration (default /etc/stile/gate.conf)\n"
        "  --check-config   say whether the configuration is good, and stop\n"
        "  --print-config   print a commented sample configuration, and stop\n"
        "  --version        print the version, and stop\n"
        "  --help           print this, and stop\n"
        "\n"
        "SIGHUP reads the configuration again; SIGTERM stops. See stiled(8), gate.conf(5).\n";

static int load(void *settings, const char *path, FILE *complaints)
{
        return settings_load(settings, path, complaints);
}

int main(int argc, char **argv)
{
        static const struct program program = { .name = "stiled",
                                                .usage = usage,
                                                .config = "/etc/stile/gate.conf",
                                                .load = load,
                                                .print_sample = settings_print_sample };
        static struct settings settings;
        const char *path = NULL;
        int status = program_begin(&program, argc, argv, &settings, &path);
        if (status != PROGRAM_GO)
                return status;
        return stiled_run(&settings, path) == 0 ? 0 : 1;
}

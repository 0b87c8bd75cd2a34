/* stiled: camera → decision → relay → record, with no network at all. */
#include "controller/settings.h"
#include "controller/stiled.h"

#include <getopt.h>
#include <string.h>

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

enum mode {
        MODE_RUN,
        MODE_CHECK
};

/* Exit status; -1: go on. */
static int parse(int argc, char **argv, const char **path, enum mode *mode)
{
        static const struct option longs[] = { { "config", required_argument, NULL, 'c' },
                                               { "check-config", no_argument, NULL, 'k' },
                                               { "print-config", no_argument, NULL, 'p' },
                                               { "version", no_argument, NULL, 'v' },
                                               { "help", no_argument, NULL, 'h' },
                                               { 0 } };
        int option;
        while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
                switch (option) {
                case 'c':
                        *path = optarg;
                        break;
                case 'k':
                        *mode = MODE_CHECK;
                        break;
                case 'p':
                        settings_print_sample(stdout);
                        return fflush(stdout) == 0 ? 0 : 1;
                case 'v':
                        puts("stiled " STILE_VERSION);
                        return 0;
                case 'h':
                        fputs(usage, stdout);
                        return 0;
                default:
                        fputs(usage, stderr);
                        return 2;
                }
        }
        if (optind < argc) {
                fprintf(stderr, "stiled: unexpected argument: %s\n%s", argv[optind], usage);
                return 2;
        }
        return -1;
}

int main(int argc, char **argv)
{
        static struct settings settings;
        const char *path = "/etc/stile/gate.conf";
        enum mode mode = MODE_RUN;
        int status = parse(argc, argv, &path, &mode);
        if (status >= 0)
                return status;
        if (settings_load(&settings, path, stderr) != 0)
                return 2;
        if (mode == MODE_CHECK) {
                printf("%s: good\n", path);
                return 0;
        }
        return stiled_run(&settings, path) == 0 ? 0 : 1;
}

/* stile-uplink: the gate's journal to the broker, commands back. No devices, no state. */
#include "controller/publish/uplink.h"

#include <getopt.h>
#include <unistd.h>

static const char usage[] =
        "Usage: stile-uplink [--config FILE] [--check-config | --version | --help]\n"
        "Carries the gate's journal to the MQTT broker, and commands from there to the gate.\n"
        "\n"
        "  --config FILE    configuration (default /etc/stile/gate.conf)\n"
        "  --check-config   say whether the configuration is good, and stop\n"
        "  --version        print the version, and stop\n"
        "  --help           print this, and stop\n"
        "\n"
        "SIGHUP connects to the broker anew; SIGTERM stops. See stile-uplink(8), gate.conf(5).\n";

/* Exit status; -1: go on. */
static int parse(int argc, char **argv, const char **path, bool *is_check)
{
        static const struct option longs[] = { { "config", required_argument, NULL, 'c' },
                                               { "check-config", no_argument, NULL, 'k' },
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
                        *is_check = true;
                        break;
                case 'v':
                        puts("stile-uplink " STILE_VERSION);
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
                fprintf(stderr, "stile-uplink: unexpected argument: %s\n%s", argv[optind], usage);
                return 2;
        }
        return -1;
}

int main(int argc, char **argv)
{
        static struct settings settings;
        const char *path = "/etc/stile/gate.conf";
        bool is_check = false;
        int status = parse(argc, argv, &path, &is_check);
        if (status >= 0)
                return status;
        if (settings_load(&settings, path, stderr) != 0)
                return 2;
        if (is_check) {
                printf("%s: good\n", path);
                return 0;
        }
        status = uplink_run(&settings) == 0 ? 0 : 1;
        /* Not exit(): a bus thread that hangs in the resolver must not meet OpenSSL's clean-up. */
        _exit(status);
}

/* stile-uplink: the gate's journal to the broker, commands back. No devices, no state. */
#include "common/program.h"
#include "controller/publish/uplink.h"

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

static int load(void *settings, const char *path, FILE *complaints)
{
        return settings_load(settings, path, complaints);
}

int main(int argc, char **argv)
{
        static const struct program program = { .name = "stile-uplink",
                                                .usage = usage,
                                                .config = "/etc/stile/gate.conf",
                                                .load = load };
        static struct settings settings;
        const char *path = NULL;
        int status = program_begin(&program, argc, argv, &settings, &path);
        if (status != PROGRAM_GO)
                return status;
        status = uplink_run(&settings) == 0 ? 0 : 1;
        /* Not exit(): a bus thread that hangs in the resolver must not meet OpenSSL's clean-up. */
        _exit(status);
}

/* stile-uplink: the gate's journal to the broker, commands back. No devices, no state. */
#include "common/program.h"
#include "controller/publish/uplink.h"

#include <unistd.h>

static const char purpose[] =
        "Carries the gate's journal to the MQTT broker, and commands from there to the gate.";
static const char hints[] =
        "SIGHUP connects to the broker anew; SIGTERM stops. See stile-uplink(8), gate.conf(5).";

static int load(void *settings, const char *path, FILE *complaints)
{
        return settings_load(settings, path, complaints);
}

int main(int argc, char **argv)
{
        static const struct program program = { .name = "stile-uplink",
                                                .purpose = purpose,
                                                .hints = hints,
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

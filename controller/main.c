/* stiled: camera → decision → relay → record, with no network at all. */
#include "common/program.h"
#include "controller/stiled.h"

static const char purpose[] =
        "Runs the gate: reads codes, decides, drives the lane, keeps the record.";
static const char hints[] =
        "SIGHUP reads the configuration again; SIGTERM stops. See stiled(8), gate.conf(5).";

static int load(void *settings, const char *path, FILE *complaints)
{
        return settings_load(settings, path, complaints);
}

int main(int argc, char **argv)
{
        static const struct program program = { .name = "stiled",
                                                .purpose = purpose,
                                                .hints = hints,
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

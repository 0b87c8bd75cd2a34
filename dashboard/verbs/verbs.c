#include "dashboard/verbs/verbs.h"

#include "dashboard/dashboard_wiring.h"

#include <stdio.h>
#include <string.h>

static const struct {
        const char *name, *arguments;
        int least, most; /* arguments, without the verb */
        int (*run)(int argc, char **argv);
} verbs[] = {
        { "verify-audit", "FILE|CONNECTION", 1, 1, verb_verify_audit },
        { "prove-deletion", "DAY [CONFIG]", 1, 2, verb_prove_deletion },
        { "export-person", "WHO REASON [CONFIG]", 2, 3, verb_export_person },
        { "erase-person", "WHO REASON [CONFIG]", 2, 3, verb_erase_person },
        { "reset-password", "NAME REASON [CONFIG]", 2, 3, verb_reset_password },
        { "backup", "FOLDER [CONFIG]", 1, 2, verb_backup },
        { "restore", "FOLDER [CONFIG]", 1, 2, verb_restore },
        { "migrate", "[CONFIG]", 0, 1, verb_migrate },
        { "move-archive", "CONNECTION [CONFIG]", 1, 2, verb_move_archive },
        { "move-registers", "CONNECTION [CONFIG]", 1, 2, verb_move_registers },
};

bool verb_load(struct dashboard_options *options, const char *path)
{
        int r = dashboard_options_load(options, path, stderr);
        return !r && dashboard_wiring_check(options, path, stderr);
}

int dashboard_verb_run(int argc, char **argv)
{
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
                if (strcmp(argv[0], verbs[i].name) != 0)
                        continue;
                if (argc - 1 >= verbs[i].least && argc - 1 <= verbs[i].most)
                        return verbs[i].run(argc, argv);
                fprintf(stderr, "Usage: stile-dashboard %s %s\n", verbs[i].name,
                        verbs[i].arguments);
                return 2;
        }
        fprintf(stderr, "stile-dashboard: no such verb: %s\n" VERBS_HELP, argv[0]);
        return 2;
}

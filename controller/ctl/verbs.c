#include "controller/ctl/verbs.h"

#include "controller/ctl/print.h"

#include <string.h>

void verbs_print(FILE *out, const struct verb *verbs, const char *prefix)
{
        for (const struct verb *verb = verbs; verb->name; verb++) {
                char name[64];
                snprintf(name, sizeof(name), "%s%s", prefix, verb->name);
                if (verb->run)
                        fprintf(out, "  %-20s %s\n", name, verb->summary);
                if (verb->children) {
                        strncat(name, " ", sizeof(name) - strlen(name) - 1);
                        verbs_print(out, verb->children, name);
                }
        }
}

static int run_group(struct ctl *ctl, const struct verb *group, const char *path, int argc,
                     char **argv)
{
        char whole[64];
        snprintf(whole, sizeof(whole), "%s %s", path, group->name);
        if (argc > 1 && strcmp(argv[1], "--help") == 0) {
                fprintf(ctl->out, "Usage: %s VERB …\n\n", whole);
                verbs_print(ctl->out, group->children, "");
                return CTL_OK;
        }
        return verbs_run(ctl, group->children, whole, argc - 1, argv + 1);
}

int verbs_run(struct ctl *ctl, const struct verb *verbs, const char *path, int argc, char **argv)
{
        if (argc < 1) {
                fprintf(ctl->err, "%s: a verb is missing; see %s --help\n", path, path);
                return CTL_CANNOT;
        }
        for (const struct verb *verb = verbs; verb->name; verb++) {
                if (strcmp(verb->name, argv[0]) != 0)
                        continue;
                return verb->children ? run_group(ctl, verb, path, argc, argv)
                                      : verb->run(ctl, argc, argv);
        }
        fprintf(ctl->err, "%s: there is no verb \"", path);
        print_safe(ctl->err, argv[0]);
        fprintf(ctl->err, "\"; see %s --help\n", path);
        return CTL_CANNOT;
}

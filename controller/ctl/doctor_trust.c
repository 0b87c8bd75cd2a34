/* Doctor: whose signatures the gate believes. */
#include "controller/ctl/doctor.h"
#include "controller/validate/trust.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void say_issuers(struct doctor *doctor, const char *folder, int added,
                        const char *complaints)
{
        if (added == -ENOENT)
                doctor_say(doctor, FINDING_OK, "issuers", "",
                           "%s is not there: no passes are taken", folder);
        else if (added < 0)
                doctor_say(doctor, FINDING_FAIL, "issuers", "stiled must be able to read it",
                           "%s: %s", folder, strerror(-added));
        else if (complaints && complaints[0] != '\0')
                doctor_say(doctor, FINDING_WARN, "issuers",
                           "stilectl key export-public writes what belongs there", "%.*s",
                           (int)strcspn(complaints, "\n"), complaints);
        else
                doctor_say(doctor, FINDING_OK, "issuers", "", "%s: %d key%s", folder, added,
                           added == 1 ? "" : "s");
}

static void check_issuers(struct doctor *doctor, const char *folder)
{
        char *complaints = NULL;
        size_t len = 0;
        struct trust *trust = trust_new();
        FILE *sink = open_memstream(&complaints, &len);
        int added = trust && sink ? trust_add_folder(trust, folder, TRUST_PASS, sink) : -ENOMEM;
        if (sink)
                fclose(sink);
        say_issuers(doctor, folder, added, complaints);
        free(complaints);
        trust_unref(trust);
}

void doctor_trust(struct doctor *doctor)
{
        if (!doctor->settings)
                return;
        const char *folder = doctor->settings->trust.issuers_folder;
        const char *list = doctor->settings->trust.health_list;
        if (folder[0] != '\0')
                check_issuers(doctor, folder);
        if (list[0] != '\0' && access(list, R_OK) != 0)
                doctor_say(doctor, FINDING_FAIL, "health list",
                           "stilectl trust import makes one; stiled must be able to read it",
                           "%s: %s", list, strerror(errno));
        if (doctor->settings->rules.health_cert != 0 && list[0] == '\0')
                doctor_say(doctor, FINDING_WARN, "health list", "name one: [trust] health-list",
                           "certificates are asked for, and nobody's signature is believed");
}

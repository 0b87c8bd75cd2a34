/* Doctor: whose signatures the gate believes. */
#include "controller/ctl/doctor.h"
#include "controller/ports/sealing.h"
#include "controller/validate/manager.h"
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

static void check_managers(struct doctor *doctor)
{
        const struct settings *settings = doctor->settings;
        struct managers managers = { .count = 0 };
        struct manager manager;
        const char *why = NULL;
        size_t good = 0;
        for (size_t i = 0; i < settings->managers; i++) {
                const struct settings_manager *from = &settings->manager[i];
                if (manager_read(&manager, from, &why) != 0)
                        doctor_say(doctor, FINDING_FAIL, "managers",
                                   "stilectl key export-public writes what belongs there; "
                                   "meanwhile no manager is obeyed",
                                   "%s: %s: %s", from->name, from->key_file, why);
                else
                        good++;
                signature_key_free(manager.key);
        }
        if (good == settings->managers && managers_load(&managers, settings) == -EEXIST)
                doctor_say(doctor, FINDING_FAIL, "managers", "give each manager a key of their own",
                           "two managers have one key");
        else if (good == settings->managers && good > 0)
                doctor_say(doctor, FINDING_OK, "managers", "", "%zu key%s", good,
                           good == 1 ? "" : "s");
        managers_deinit(&managers);
        if (settings->managers == 0 && settings->commands.signatures == COMMAND_SIGNATURES_REQUIRED)
                doctor_say(doctor, FINDING_WARN, "managers", "name one: [manager NAME]",
                           "commands must be signed, and nobody's signature is obeyed");
}

static void check_seal_key(struct doctor *doctor, const char *path)
{
        uint8_t key[SEALING_KEY_LEN];
        int error = sealing_key_load(path, key);
        if (error)
                doctor_say(doctor, FINDING_FAIL, "sealing key",
                           "stilectl key new --sealing, then key export-public; meanwhile nobody's "
                           "identity is kept",
                           "%s: %s", path,
                           error == -EBADMSG   ? "not a public key"
                           : error == -ENOTSUP ? "another kind of key"
                                               : strerror(-error));
        else
                doctor_say(doctor, FINDING_OK, "sealing key", "", "%s", path);
}

void doctor_trust(struct doctor *doctor)
{
        if (!doctor->settings)
                return;
        check_managers(doctor);
        if (doctor->settings->privacy.seal_identity_to[0] != '\0')
                check_seal_key(doctor, doctor->settings->privacy.seal_identity_to);
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

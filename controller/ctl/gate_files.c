#include "controller/ctl/gate_files.h"

#include "controller/ctl/ca.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/settings.h"

#include <errno.h>
#include <string.h>

static int find_in_folder(struct ctl *ctl, const char *folder, struct gate_files *files)
{
        int error = identity_of_folder(&files->identity, folder, "gate");
        if (!error && snprintf(files->server, sizeof(files->server), "%s/enrolment-server",
                               folder) >= (int)sizeof(files->server))
                error = -ENAMETOOLONG;
        return error ? ca_complain(ctl, folder, strerror(-error)) : CTL_OK;
}

static int find_in_settings(struct ctl *ctl, struct gate_files *files)
{
        struct settings *settings = malloc(sizeof(*settings));
        int error = settings ? settings_load(settings, ctl->config_path, ctl->err) : -ENOMEM;
        if (error) {
                free(settings);
                return ca_complain(ctl, ctl->config_path, strerror(-error));
        }
        struct identity *identity = &files->identity;
        strcpy(identity->key, settings->uplink.private_key_file);
        strcpy(identity->certificate, settings->uplink.certificate_file);
        strcpy(identity->ca, settings->uplink.ca_file);
        const char *slash = strrchr(identity->certificate, '/');
        snprintf(files->server, sizeof(files->server), "%.*senrolment-server",
                 slash ? (int)(slash - identity->certificate) + 1 : 0, identity->certificate);
        snprintf(files->name, sizeof(files->name), "%s/%s/%s", settings->gate.org,
                 settings->gate.site, settings->gate.id);
        free(settings);
        return CTL_OK;
}

int gate_files_find(struct ctl *ctl, const char *folder, struct gate_files *files)
{
        *files = (struct gate_files){ .name = "" };
        int code = folder ? find_in_folder(ctl, folder, files) : find_in_settings(ctl, files);
        int error = code == CTL_OK ? identity_mend(&files->identity) : 0;
        return error ? ca_complain(ctl, files->identity.key, strerror(-error)) : code;
}

int gate_files_place(struct ctl *ctl, const struct gate_files *files, const char *certificate,
                     const char *ca_pem)
{
        const char *why = NULL;
        char day[WHEN_TEXT_MAX], hex[2 * FLOW_DIGEST_LEN + 1];
        struct ca_certificate made, root;
        int error = ca_read(certificate, &made);
        if (!error)
                error = ca_read(ca_pem, &root);
        /* Under another name the broker would refuse all that the gate says. */
        if (!error && files->name[0] != '\0' && strcmp(files->name, made.name) != 0) {
                fprintf(ctl->err, "stilectl: the certificate is for %s; [gate] says %s\n",
                        made.name, files->name);
                return CTL_NO;
        }
        if (!error)
                error = identity_finish(&files->identity, certificate, ca_pem, CA_CLIENT, &why);
        if (error)
                return ca_complain(ctl, files->identity.certificate,
                                   why                 ? why
                                   : error == -ENOENT  ? "no key waits here for a certificate"
                                   : error == -EBADMSG ? "there is no certificate in it"
                                                       : strerror(-error));
        token_hex(root.fingerprint, FLOW_DIGEST_LEN, hex);
        print_safe(ctl->out, files->identity.certificate);
        fprintf(ctl->out, ": %s until %s; CA %s\n", made.name, when_local(day, made.until_us), hex);
        return CTL_OK;
}

/* stilectl broker config: what a site's mosquitto is to be told. The texts are in broker_text.c. */
#include "controller/ctl/broker_text.h"
#include "controller/ctl/ca.h"
#include "controller/ctl/print.h"
#include "controller/enrol/whole_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define BROKER_FOLDER "/etc/mosquitto/stile"

struct broker {
        struct site_ca *ca; /* NULL: the sample */
        bool has_home_assistant;
};

/* Each client once, though it may have had several certificates. */
static bool is_first_good(const struct site_ca *ca, size_t at)
{
        for (size_t i = 0; i < at; i++)
                if (strcmp(ca->rows[i].name, ca->rows[at].name) == 0 && ca->rows[i].revoked_us == 0)
                        return false;
        return ca->rows[at].revoked_us == 0;
}

/* A forwarder's name says which site is its own. */
static void write_client(FILE *out, const char *name)
{
        if (strncmp(name, SITE_CA_FORWARDER, strlen(SITE_CA_FORWARDER)) == 0)
                broker_text_forwarder(out, name, name + strlen(SITE_CA_FORWARDER));
        else
                broker_text_centre(out, name);
}

static void write_clients(FILE *out, const struct broker *broker)
{
        static const char *const sample[] = { "dashboard", "collector", "forwarder.acme.hq" };
        for (size_t i = 0; !broker->ca && i < ARRAY_LEN(sample); i++)
                write_client(out, sample[i]);
        for (size_t i = 0; broker->ca && i < broker->ca->row_count; i++) {
                const struct site_ca_row *row = &broker->ca->rows[i];
                /* A name that is given no longer is nobody's. */
                if (row->kind == SITE_CA_CLIENT && strcmp(row->name, "homeassistant") != 0 &&
                    is_first_good(broker->ca, i) && !site_ca_check_name(SITE_CA_CLIENT, row->name))
                        write_client(out, row->name);
        }
}

static void write_home_assistant(FILE *out, const struct broker *broker)
{
        broker_text_home_assistant(out);
        if (!broker->ca) {
                broker_text_discovery(out, "acme/hq/gate-1");
                return;
        }
        for (size_t i = 0; i < broker->ca->row_count; i++)
                if (broker->ca->rows[i].kind == SITE_CA_GATE && is_first_good(broker->ca, i))
                        broker_text_discovery(out, broker->ca->rows[i].name);
}

static int write_acl(const struct broker *broker, const char *path)
{
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        if (!out)
                return -ENOMEM;
        broker_text_gates(out);
        write_clients(out, broker);
        if (broker->has_home_assistant)
                write_home_assistant(out, broker);
        broker_text_stolen(out);
        int error = fclose(out) == 0 ? whole_file_write(path, text, 0640, (gid_t)-1) : -ENOMEM;
        free(text);
        return error;
}

static int write_conf(const char *path)
{
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        if (!out)
                return -ENOMEM;
        broker_text_conf(out, BROKER_FOLDER);
        int error = fclose(out) == 0 ? whole_file_write(path, text, 0644, (gid_t)-1) : -ENOMEM;
        free(text);
        return error;
}

static int copy(const char *from, const char *to, const char *name, mode_t mode)
{
        char source[SITE_CA_PATH_MAX], target[SITE_CA_PATH_MAX], *text = NULL;
        int error = site_ca_path(from, name, "", source);
        if (!error)
                error = site_ca_path(to, name, "", target);
        if (!error)
                error = whole_file_read(source, &text);
        if (!error)
                error = whole_file_write(target, text, mode, (gid_t)-1);
        if (text)
                explicit_bzero(text, strlen(text));
        free(text);
        return error;
}

static int write_all(struct ctl *ctl, const struct broker *broker, const char *folder)
{
        static const struct {
                const char *name;
                mode_t mode;
        } files[] = { { "ca.crt", 0644 },
                      { "ca.crl", 0644 },
                      { "server.crt", 0644 },
                      { "server.key", 0600 } };
        char path[SITE_CA_PATH_MAX];
        int error = mkdir(folder, 0755) < 0 && errno != EEXIST ? -errno : 0;
        if (!error)
                error = site_ca_path(folder, "acl", "", path);
        if (!error)
                error = write_acl(broker, path);
        if (!error)
                error = site_ca_path(folder, "stile.conf", "", path);
        if (!error)
                error = write_conf(path);
        if (error)
                return ca_complain(ctl, folder, strerror(-error));
        for (size_t i = 0; broker->ca && i < ARRAY_LEN(files); i++)
                if ((error = copy(broker->ca->folder, folder, files[i].name, files[i].mode)) != 0)
                        return ca_complain(ctl, files[i].name,
                                           error == -ENOENT ? "is not there; stilectl ca server"
                                                            : strerror(-error));
        return CTL_OK;
}

int verb_broker_config(struct ctl *ctl, int argc, char **argv)
{
        struct broker broker = { .ca = NULL };
        const char *ca_folder = NULL, *folder = NULL;
        const struct args_option options[] = {
                { "out", ARGS_TEXT, &folder, "DIR", "where the files go" },
                { "ca", ARGS_TEXT, &ca_folder, "DIR", "the CA's folder; without: a sample" },
                { "home-assistant", ARGS_FLAG, &broker.has_home_assistant, NULL,
                  "lets gates announce themselves there" },
        };
        const struct args args = {
                "broker config --out DIR [--ca DIR] [--home-assistant]",
                "Writes stile.conf and acl for mosquitto 2.0, with a block for each client and\n"
                "what its gates need, and the broker's certificates beside them.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct site_ca ca;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!folder)
                return args_complain(ctl, &args, "--out is missing");
        code = ca_folder ? ca_desk_open(ctl, ca_folder, false, &ca) : CTL_OK;
        if (code != CTL_OK)
                return code;
        broker.ca = ca_folder ? &ca : NULL;
        code = write_all(ctl, &broker, folder);
        if (ca_folder)
                site_ca_close(&ca);
        return code;
}

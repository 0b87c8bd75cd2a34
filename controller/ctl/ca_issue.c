/* stilectl ca server, client, renew and sign: certificates that are asked for by hand. */
#include "controller/ctl/ca.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/enrol/identity.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Who is reached by a name: its files in the CA's folder, its certificate's subject. */
struct server {
        const char *file, *subject;
        int days; /* without --days */
        const char *usage, *about, *validity;
};

static const struct server broker = {
        "server",
        "Stile site broker",
        CA_OTHER_DAYS,
        "ca server DIR HOST... [--days N]",
        "Makes server.key and server.crt for the broker. HOST is each name and address\n"
        "by which gates and collectors reach it.",
        "of validity (1825)",
};
static const struct server page = {
        "web",
        "Stile site dashboard",
        CA_WEB_DAYS,
        "ca web DIR HOST... [--days N]",
        "Makes web.key and web.crt for the dashboard's page. HOST is each name and\n"
        "address that browsers go to. They have to be told to trust ca.crt.",
        "of validity (820; browsers take no more than 825)",
};

/* NULL: no server has files of this name. */
static const struct server *find_server(const char *file)
{
        return strcmp(file, broker.file) == 0 ? &broker
               : strcmp(file, page.file) == 0 ? &page
                                              : NULL;
}

#define DAYS_OPTION(into, help)                                                                    \
        {                                                                                          \
                "days", ARGS_NUMBER, into, "N", help                                               \
        }

static int say_issued(struct ctl *ctl, const char *path, const char *name)
{
        print_safe(ctl->out, path);
        fprintf(ctl->out, ": %s\n", name);
        return CTL_OK;
}

static int refuse_order(struct ctl *ctl, const char *what, int error)
{
        return ca_complain(ctl, what,
                           error == -EBADMSG   ? "no request that its own key signed"
                           : error == -ENOTSUP ? "its key is not P-256"
                                               : strerror(-error));
}

/* A key in the CA's folder and its certificate; in place of what is there, or nothing is. */
static int issue(struct ctl *ctl, struct site_ca *ca, const struct site_ca_order *order,
                 const char *file, bool is_renewal)
{
        struct identity identity;
        char *request = NULL, *pem = NULL;
        const char *why = NULL;
        int error = identity_of_folder(&identity, ca->folder, file);
        if (!error)
                error = identity_mend(&identity);
        if (!error && !is_renewal &&
            (access(identity.key, F_OK) == 0 || access(identity.certificate, F_OK) == 0)) {
                ca_complain(ctl, identity.certificate, "is there; stilectl ca renew replaces it");
                return CTL_NO;
        }
        if (!error)
                error = identity_begin(&identity, &request);
        if (!error)
                error = site_ca_issue(ca, order, request, when_now_us(), &pem);
        if (!error)
                error = identity_finish(&identity, pem, NULL,
                                        order->kind == SITE_CA_SERVER ? CA_SERVER : CA_CLIENT,
                                        &why);
        free(request);
        free(pem);
        if (error)
                return why ? ca_complain(ctl, identity.certificate, why)
                           : refuse_order(ctl, identity.certificate, error);
        return say_issued(ctl, identity.certificate, order->name);
}

static int issue_in(struct ctl *ctl, const char *folder, const struct site_ca_order *order,
                    const char *file)
{
        struct site_ca ca;
        int code = ca_desk_open(ctl, folder, true, &ca);
        if (code != CTL_OK)
                return code;
        code = issue(ctl, &ca, order, file, false);
        site_ca_close(&ca);
        return code;
}

static int make_server(struct ctl *ctl, int argc, char **argv, const struct server *server)
{
        struct site_ca_order order = { .kind = SITE_CA_SERVER, .name = server->subject };
        const struct args_option options[] = { DAYS_OPTION(&order.days, server->validity) };
        const struct args args = {
                server->usage, server->about, options, ARRAY_LEN(options), 2, 1 + SITE_CA_HOSTS_MAX
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        for (int i = 2; i <= operands; i++) {
                const char *why = site_ca_check_host(argv[i]);
                if (why)
                        return args_complain(ctl, &args, "\"%s\" %s", argv[i], why);
        }
        if (!ca_days(&order.days, server->days))
                return args_complain(ctl, &args, "--days: at most %d", SITE_CA_DAYS_MAX);
        order.hosts = (const char *const *)&argv[2];
        order.host_count = (size_t)operands - 1;
        return issue_in(ctl, argv[1], &order, server->file);
}

int verb_ca_server(struct ctl *ctl, int argc, char **argv)
{
        return make_server(ctl, argc, argv, &broker);
}

int verb_ca_web(struct ctl *ctl, int argc, char **argv)
{
        return make_server(ctl, argc, argv, &page);
}

int verb_ca_client(struct ctl *ctl, int argc, char **argv)
{
        struct site_ca_order order = { .kind = SITE_CA_CLIENT };
        const struct args_option options[] = { DAYS_OPTION(&order.days, "of validity (1825)") };
        const struct args args = {
                "ca client DIR NAME [--days N]",
                "Makes NAME.key and NAME.crt for a client of the broker that is no gate:\n"
                "dashboard or collector, alone or with -… behind, forwarder.ORG.SITE, or\n"
                "homeassistant.\n"
                "One certificate is one connection.",
                options,
                ARRAY_LEN(options),
                2,
                2
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *why = site_ca_check_name(SITE_CA_CLIENT, argv[2]);
        if (why)
                return args_complain(ctl, &args, "\"%s\" %s", argv[2], why);
        if (!ca_days(&order.days, CA_OTHER_DAYS))
                return args_complain(ctl, &args, "--days: at most %d", SITE_CA_DAYS_MAX);
        order.name = argv[2];
        return issue_in(ctl, argv[1], &order, argv[2]);
}

/* ---- renew ---- */

static int renew(struct ctl *ctl, struct site_ca *ca, const char *file, int64_t days)
{
        const char *hosts[SITE_CA_HOSTS_MAX];
        const struct server *server = find_server(file);
        const char *name = server ? server->subject : file;
        const struct site_ca_row *row = site_ca_newest(ca, name);
        if (!row || row->kind == SITE_CA_GATE || row->kind == SITE_CA_ENROLMENT) {
                ca_complain(ctl, file, "has no certificate of this folder; a gate renews its own");
                return CTL_NO;
        }
        /* The ledger is read anew for the issue: what is kept of it is held here. */
        json_t *kept = json_incref(row->hosts);
        struct site_ca_order order = {
                .kind = row->kind, .name = name, .days = days, .hosts = hosts
        };
        (void)ca_days(&order.days, server ? server->days : CA_OTHER_DAYS);
        for (size_t i = 0; i < json_array_size(kept) && i < SITE_CA_HOSTS_MAX; i++)
                if (json_is_string(json_array_get(kept, i)))
                        hosts[order.host_count++] = json_string_value(json_array_get(kept, i));
        int code = issue(ctl, ca, &order, file, true);
        json_decref(kept);
        return code;
}

int verb_ca_renew(struct ctl *ctl, int argc, char **argv)
{
        int64_t days = 0;
        const struct args_option options[] = { DAYS_OPTION(&days, "of validity (1825; web: 820)") };
        const struct args args = {
                "ca renew DIR server|web|NAME [--days N]",
                "Replaces key and certificate of the broker, of the page or of a\n"
                "client in the CA's folder by new ones that say the same. The old\n"
                "ones are good until they run out.",
                options,
                ARRAY_LEN(options),
                2,
                2
        };
        struct site_ca ca;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (days > SITE_CA_DAYS_MAX)
                return args_complain(ctl, &args, "--days: at most %d", SITE_CA_DAYS_MAX);
        code = ca_desk_open(ctl, argv[1], true, &ca);
        if (code != CTL_OK)
                return code;
        code = renew(ctl, &ca, argv[2], days);
        site_ca_close(&ca);
        return code;
}

/* ---- sign ---- */

static int sign(struct ctl *ctl, struct site_ca *ca, const struct site_ca_order *order,
                const char *file, const char *out)
{
        char *request = NULL, *pem = NULL, *both = NULL;
        int error = whole_file_read(file, &request);
        if (!error)
                error = site_ca_issue(ca, order, request, when_now_us(), &pem);
        if (!error && asprintf(&both, "%s%s", pem, ca->certificate) < 0)
                error = -ENOMEM;
        if (!error && out)
                error = whole_file_write(out, both, 0644, (gid_t)-1);
        if (!error && !out)
                fputs(both, ctl->out);
        free(request);
        free(pem);
        free(both);
        if (error)
                return refuse_order(ctl, file, error);
        return out ? say_issued(ctl, out, order->name) : CTL_OK;
}

int verb_ca_sign(struct ctl *ctl, int argc, char **argv)
{
        struct site_ca_order order = { .kind = SITE_CA_GATE };
        const char *out = NULL;
        const struct args_option options[] = {
                { "gate", ARGS_TEXT, &order.name, "ORG/SITE/GATE", "whose it is" },
                { "out", ARGS_TEXT, &out, "FILE", "instead of the standard output" },
                DAYS_OPTION(&order.days, "of validity (730)"),
        };
        const struct args args = {
                "ca sign DIR FILE --gate ORG/SITE/GATE [--out FILE] [--days N]",
                "Signs the request that stilectl gate request wrote, for a gate without a network\n"
                "path to this machine. FILE's own words on names are not looked at.",
                options,
                ARRAY_LEN(options),
                2,
                2
        };
        struct site_ca ca;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!order.name)
                return args_complain(ctl, &args, "--gate is missing");
        const char *why = site_ca_check_name(SITE_CA_GATE, order.name);
        if (why)
                return args_complain(ctl, &args, "\"%s\" %s", order.name, why);
        if (!ca_days(&order.days, CA_GATE_DAYS))
                return args_complain(ctl, &args, "--days: at most %d", SITE_CA_DAYS_MAX);
        code = ca_desk_open(ctl, argv[1], true, &ca);
        if (code != CTL_OK)
                return code;
        code = sign(ctl, &ca, &order, argv[2], out);
        site_ca_close(&ca);
        return code;
}

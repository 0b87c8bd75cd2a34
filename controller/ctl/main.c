/* stilectl: asks and commands a running stiled over its local socket (docs/local-protocol.md). */
#include "controller/ctl/verbs.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

static const struct verb holder_verbs[] = {
        { "add", "enrol a person", verb_holder_add, NULL },
        { "list", "the people this gate knows", verb_holder_list, NULL },
        { "remove", "forget a person and their credentials", verb_holder_remove, NULL },
        { "block", "refuse a person until they are unblocked", verb_holder_block, NULL },
        { "unblock", "end a block", verb_holder_unblock, NULL },
        { "import", "enrol many from a CSV file", verb_holder_import, NULL },
        { "export", "write them to a CSV file", verb_holder_export, NULL },
        { .name = NULL },
};

static const struct verb credential_verbs[] = {
        { "add", "give a person a code or a card", verb_credential_add, NULL },
        { "revoke", "refuse a code or card for good", verb_credential_revoke, NULL },
        { "list", "what is enrolled", verb_credential_list, NULL },
        { .name = NULL },
};

static const struct verb level_verbs[] = {
        { "add", "name a set of access points", verb_level_add, NULL },
        { "list", "the access levels", verb_level_list, NULL },
        { "remove", "forget an access level", verb_level_remove, NULL },
        { .name = NULL },
};

static const struct verb trust_verbs[] = {
        { "import", "make a list of health certificates' signers", verb_trust_import, NULL },
        { "list", "who is in a list, or in a folder of keys", verb_trust_list, NULL },
        { .name = NULL },
};

static const struct verb schedule_verbs[] = {
        { "put", "say when something holds", verb_schedule_put, NULL },
        { "list", "the schedules", verb_schedule_list, NULL },
        { "remove", "forget a schedule", verb_schedule_remove, NULL },
        { .name = NULL },
};

static const struct verb special_day_verbs[] = {
        { "add", "make a day a holiday", verb_special_day_add, NULL },
        { "list", "the special days", verb_special_day_list, NULL },
        { "remove", "make it a day like others", verb_special_day_remove, NULL },
        { .name = NULL },
};

static const struct verb area_verbs[] = {
        { "put", "say where access points lead", verb_area_put, NULL },
        { "list", "the areas, and how many are inside", verb_area_list, NULL },
        { "remove", "forget an area", verb_area_remove, NULL },
        { .name = NULL },
};

static const struct verb visit_verbs[] = {
        { "add", "expect a visitor", verb_visit_add, NULL },
        { "list", "the visitors that are known", verb_visit_list, NULL },
        { .name = NULL },
};

static const struct verb key_verbs[] = {
        { "new", "make a key that signs passes", verb_key_new, NULL },
        { "list", "the private keys of this machine", verb_key_list, NULL },
        { "rotate", "let a new key sign", verb_key_rotate, NULL },
        { "export-public", "what gates are given of it", verb_key_export_public, NULL },
        { .name = NULL },
};

static const struct verb pass_verbs[] = {
        { "issue", "sign a pass; as text, picture or paper", verb_pass_issue, NULL },
        { "batch", "many from a CSV file", verb_pass_batch, NULL },
        { "list", "what was issued", verb_pass_list, NULL },
        { "revoke", "make the gate refuse passes", verb_pass_revoke, NULL },
        { "revocations", "what the gate refuses", verb_pass_revocations, NULL },
        { "prove", "add a phone's proof, for trying out", verb_pass_prove, NULL },
        { .name = NULL },
};

static const struct verb ca_verbs[] = {
        { "init", "make a site's certification authority", verb_ca_init, NULL },
        { "server", "a certificate for the broker", verb_ca_server, NULL },
        { "web", "one for the dashboard's page", verb_ca_web, NULL },
        { "client", "one for a collector or dashboard", verb_ca_client, NULL },
        { "sign", "one for a gate without a network", verb_ca_sign, NULL },
        { "renew", "replace a server's or a client's", verb_ca_renew, NULL },
        { "revoke", "let the broker refuse one", verb_ca_revoke, NULL },
        { "list", "what was issued", verb_ca_list, NULL },
        { .name = NULL },
};

static const struct verb gate_verbs[] = {
        { "token", "let a gate enrol once; on the CA's machine", verb_gate_token, NULL },
        { "serve", "enrol and renew gates; on the CA's machine", verb_gate_serve, NULL },
        { "enrol", "get this gate's certificate with a token", verb_gate_enrol, NULL },
        { "renew", "get the next one when it is due", verb_gate_renew, NULL },
        { "request", "ask for one by a file", verb_gate_request, NULL },
        { "install", "take the file that came back", verb_gate_install, NULL },
        { .name = NULL },
};

static const struct verb broker_verbs[] = {
        { "config", "mosquitto's configuration and access list", verb_broker_config, NULL },
        { .name = NULL },
};

static const struct verb verbs[] = {
        { "status", "how the gate is", verb_status, NULL },
        { "doctor", "what is wrong, and how to mend it", verb_doctor, NULL },
        { "events", "what happened", verb_events, NULL },
        { "holder", NULL, NULL, holder_verbs },
        { "credential", NULL, NULL, credential_verbs },
        { "level", NULL, NULL, level_verbs },
        { "schedule", NULL, NULL, schedule_verbs },
        { "special-day", NULL, NULL, special_day_verbs },
        { "area", NULL, NULL, area_verbs },
        { "visit", NULL, NULL, visit_verbs },
        { "declare", "note a health declaration", verb_declare, NULL },
        { "explain", "why somebody may pass, or not", verb_explain, NULL },
        { "trust", NULL, NULL, trust_verbs },
        { "key", NULL, NULL, key_verbs },
        { "pass", NULL, NULL, pass_verbs },
        { "sign-command", "a manager's command, for the broker", verb_sign_command, NULL },
        { "unseal", "open the identities that gates sealed", verb_unseal, NULL },
        { "ca", NULL, NULL, ca_verbs },
        { "gate", NULL, NULL, gate_verbs },
        { "broker", NULL, NULL, broker_verbs },
        { "one-time", "the code that an enrolled phone shows", verb_one_time, NULL },
        { "open", "open an access point once", verb_open, NULL },
        { "lock-open", "leave it open", verb_lock_open, NULL },
        { "release-lock-open", "end that", verb_lock_open_release, NULL },
        { "lock-down", "refuse every entry", verb_lock_down, NULL },
        { "release-lock-down", "end that", verb_lock_down_release, NULL },
        { "fire-reset", "end a fire release once the loop is whole", verb_fire_reset, NULL },
        { "forgive", "let anti-passback forget where people are", verb_forgive, NULL },
        { "lines", "inputs and outputs", verb_lines, NULL },
        { "line", "move a simulated input", verb_line, NULL },
        { "scan", "decode picture files as a camera's frames are", verb_scan, NULL },
        { "inspect", "what a code's text would be taken for", verb_inspect, NULL },
        { .name = NULL },
};

static void print_help(FILE *out)
{
        fputs("Usage: stilectl [--socket PATH] [--config FILE] VERB …\n\n"
              "Asks and commands the gate of this machine. Each verb has --help.\n\n",
              out);
        verbs_print(out, verbs, "");
        fputs("\n"
              "  --socket PATH        stiled's socket (also: STILE_SOCKET in the environment)\n"
              "  --config FILE        where the socket is said (" CTL_CONFIG ")\n"
              "  --version, --help\n"
              "\n"
              "Exit status: 0 yes or done; 1 no or refused; 2 used wrongly or not possible.\n",
              out);
}

static struct ctl ctl_of_process(void)
{
        const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
        bool is_terminal = isatty(STDOUT_FILENO) == 1;
        bool is_plain = (no_colour && no_colour[0] != '\0') || !term || strcmp(term, "dumb") == 0;
        return (struct ctl){ .config_path = CTL_CONFIG,
                             .in = stdin,
                             .out = stdout,
                             .err = stderr,
                             .is_terminal = is_terminal,
                             .has_colour = is_terminal && !is_plain,
                             .has_blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 };
}

/* Takes a global option with its value at argv[*at]. False: it is not one of them. */
static bool take_global(struct ctl *ctl, int argc, char **argv, int *at)
{
        static const char *const names[] = { "--socket", "--config" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                size_t len = strlen(names[i]);
                const char *value = NULL;
                if (strncmp(argv[*at], names[i], len) != 0)
                        continue;
                if (argv[*at][len] == '=')
                        value = argv[*at] + len + 1;
                else if (argv[*at][len] == '\0' && *at + 1 < argc)
                        value = argv[++*at];
                if (!value)
                        return false;
                if (i == 0)
                        ctl->socket_path = value;
                else
                        ctl->config_path = value;
                ctl->is_config_given = ctl->is_config_given || i == 1;
                return true;
        }
        return false;
}

int main(int argc, char **argv)
{
        setlocale(LC_CTYPE, "");
        struct ctl ctl = ctl_of_process();
        int at = 1;
        for (; at < argc && argv[at][0] == '-'; at++) {
                if (strcmp(argv[at], "--help") == 0) {
                        print_help(stdout);
                        return CTL_OK;
                }
                if (strcmp(argv[at], "--version") == 0) {
                        puts("stilectl " STILE_VERSION);
                        return CTL_OK;
                }
                if (!take_global(&ctl, argc, argv, &at)) {
                        fprintf(stderr,
                                "stilectl: \"%s\" is not an option, or lacks its value; "
                                "see stilectl --help\n",
                                argv[at]);
                        return CTL_CANNOT;
                }
        }
        int code = verbs_run(&ctl, verbs, "stilectl", argc - at, argv + at);
        /* An answer that was not written is no answer: a full disk, a closed pipe. */
        if (fflush(stdout) != 0 || ferror(stdout)) {
                fputs("stilectl: the answer could not be written\n", stderr);
                return CTL_CANNOT;
        }
        return code;
}

/* stilectl ca: a site's own certification authority, on a machine that is neither gate nor broker.
 */
#include "controller/ctl/ca.h"

#include "common/rfc3339.h"
#include "controller/ctl/keys.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/enrol/identity.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int ca_complain(struct ctl *ctl, const char *what, const char *why)
{
        fputs("stilectl: ", ctl->err);
        print_safe(ctl->err, what);
        fprintf(ctl->err, ": %s\n", why);
        return CTL_CANNOT;
}

bool ca_days(int64_t *days, int64_t fallback)
{
        if (*days == 0)
                *days = fallback;
        return *days <= SITE_CA_DAYS_MAX;
}

int ca_desk_open(struct ctl *ctl, const char *folder, bool is_signing, struct site_ca *ca)
{
        char path[SITE_CA_PATH_MAX];
        struct signing_key *key = NULL;
        int error = site_ca_open(ca, folder);
        if (error)
                return ca_complain(ctl, folder,
                                   error == -ENOENT ? "there is no CA; first: stilectl ca init"
                                                    : strerror(-error));
        if (ca->bad_lines > 0)
                fprintf(ctl->err, "stilectl: ledger.jsonl: %zu lines that are none of ours\n",
                        ca->bad_lines);
        if (!is_signing)
                return CTL_OK;
        error = site_ca_path(folder, "ca", ".key", path);
        int code = error ? CTL_CANNOT : keys_load_file(ctl, path, &key);
        if (code == CTL_OK && site_ca_unlock(ca, key) != 0)
                code = ca_complain(ctl, path, "is not the key of ca.crt");
        if (code != CTL_OK)
                site_ca_close(ca);
        return code;
}

/* ---- init ---- */

static int make(struct ctl *ctl, const char *folder, const char *passphrase)
{
        char path[SITE_CA_PATH_MAX];
        struct signing_key *key = NULL;
        int error = site_ca_path(folder, "ca", ".key", path);
        if (!error)
                error = signing_key_new(SIGNING_P256, &key);
        if (!error)
                error = signing_key_save(key, path, passphrase[0] != '\0' ? passphrase : NULL);
        if (!error)
                error = site_ca_make(folder, key, when_now_us());
        signing_key_free(key);
        if (error == -EEXIST) {
                ca_complain(ctl, folder, "there is a CA already");
                return CTL_NO;
        }
        return error ? ca_complain(ctl, folder, strerror(-error)) : CTL_OK;
}

static int print_self(struct ctl *ctl, const struct site_ca *ca)
{
        char day[WHEN_TEXT_MAX], hex[2 * FLOW_DIGEST_LEN + 1];
        token_hex(ca->self.fingerprint, FLOW_DIGEST_LEN, hex);
        fprintf(ctl->out, "%s, until %s, SHA-256 %s\n", ca->self.name,
                when_local(day, ca->self.until_us), hex);
        return CTL_OK;
}

int verb_ca_init(struct ctl *ctl, int argc, char **argv)
{
        const char *file = NULL;
        bool is_asked = false;
        const struct args_option options[] = {
                { "passphrase-file", ARGS_TEXT, &file, "FILE",
                  "wraps the key in the passphrase that stands there" },
                { "ask", ARGS_FLAG, &is_asked, NULL, "asks for a passphrase on the terminal" },
        };
        const struct args args = { "ca init DIR [--passphrase-file FILE | --ask]",
                                   "Makes a site's CA: whoever has its key can be any gate.",
                                   options,
                                   ARRAY_LEN(options),
                                   1,
                                   1 };
        char passphrase[SIGNING_PASSPHRASE_MAX + 1];
        struct site_ca ca;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = keys_new_passphrase(ctl, file, is_asked, passphrase);
        if (code == CTL_OK)
                code = keys_make_folder(ctl, argv[1]);
        if (code == CTL_OK)
                code = make(ctl, argv[1], passphrase);
        explicit_bzero(passphrase, sizeof(passphrase));
        if (code == CTL_OK)
                code = ca_desk_open(ctl, argv[1], false, &ca);
        if (code != CTL_OK)
                return code;
        code = print_self(ctl, &ca);
        site_ca_close(&ca);
        return code;
}

/* ---- list ---- */

static json_t *time_json(int64_t us)
{
        char text[RFC3339_MAX];
        rfc3339_format(us, text);
        return json_string(text);
}

static const char *state_of(const struct site_ca_row *row, int64_t now_us)
{
        return row->revoked_us != 0 ? "revoked" : row->until_us <= now_us ? "expired" : "good";
}

static void print_row(struct ctl *ctl, const struct site_ca_row *row, bool is_json, int64_t now_us)
{
        char day[WHEN_TEXT_MAX];
        if (!is_json) {
                print_padded(ctl->out, row->name, 32);
                fprintf(ctl->out, "  %-9s %-7s %s  %s\n", site_ca_kind_name(row->kind),
                        state_of(row, now_us), when_local(day, row->until_us), row->serial);
                return;
        }
        json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "name", row->name, "kind",
                                   site_ca_kind_name(row->kind), "state", state_of(row, now_us),
                                   "serial", row->serial, "issued", time_json(row->issued_us),
                                   "until", time_json(row->until_us));
        print_json(ctl->out, object);
        json_decref(object);
}

static void print_token(struct ctl *ctl, const struct site_ca_token *token, bool is_json)
{
        char day[WHEN_TEXT_MAX];
        if (!is_json) {
                print_padded(ctl->out, token->name, 32);
                fprintf(ctl->out, "  token     open    %s\n", when_local(day, token->until_us));
                return;
        }
        json_t *object = json_pack("{s:s, s:s, s:s, s:o}", "name", token->name, "kind", "token",
                                   "state", "open", "until", time_json(token->until_us));
        print_json(ctl->out, object);
        json_decref(object);
}

int verb_ca_list(struct ctl *ctl, int argc, char **argv)
{
        bool is_json = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &is_json, NULL, "one object a line" },
        };
        const struct args args = { "ca list DIR [--json]",
                                   "Lists the certificates of a CA, and its open tokens.",
                                   options,
                                   ARRAY_LEN(options),
                                   1,
                                   1 };
        struct site_ca ca;
        int operands = 0;
        int64_t now_us = when_now_us();
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = ca_desk_open(ctl, argv[1], false, &ca);
        if (code != CTL_OK)
                return code;
        if (!is_json)
                print_self(ctl, &ca);
        for (size_t i = 0; i < ca.row_count; i++)
                print_row(ctl, &ca.rows[i], is_json, now_us);
        for (size_t i = 0; i < ca.token_count; i++)
                if (!ca.tokens[i].is_void && ca.tokens[i].until_us > now_us)
                        print_token(ctl, &ca.tokens[i], is_json);
        site_ca_close(&ca);
        return CTL_OK;
}

/* ---- revoke ---- */

int verb_ca_revoke(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = {
                "ca revoke DIR NAME|SERIAL",
                "Revokes every good certificate of a name and its open token, or one by its\n"
                "serial number, and writes ca.crl. Give that to the broker and restart it: a\n"
                "connection that stands is not looked at again.",
                NULL,
                0,
                2,
                2
        };
        struct site_ca ca;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = ca_desk_open(ctl, argv[1], true, &ca);
        if (code != CTL_OK)
                return code;
        int count = site_ca_revoke(&ca, argv[2], when_now_us());
        site_ca_close(&ca);
        if (count < 0)
                return ca_complain(ctl, argv[1], strerror(-count));
        fprintf(ctl->out, "revoked %d\n", count);
        return count > 0 ? CTL_OK : CTL_NO;
}

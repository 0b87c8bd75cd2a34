/* stilectl gate enrol and renew: a gate gets its certificate over the network. */
#include "controller/ctl/ca.h"
#include "controller/ctl/gate_files.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/enrol/exchange.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One exchange, and what it brings put in place. Takes the request. */
static int ask(struct ctl *ctl, const struct gate_files *files, struct tls_end *end, const char *at,
               json_t *take_request)
{
        char why[EXCHANGE_WHY_MAX] = "", *ca_pem = NULL;
        json_t *answer = NULL;
        int error = take_request ? exchange(end, at, take_request, &answer, &ca_pem, why) : -ENOMEM;
        const json_t *refusal = json_object_get(answer, "error"),
                     *made = json_object_get(answer, "ok");
        int code = CTL_CANNOT;
        if (error) {
                ca_complain(ctl, at, why[0] != '\0' ? why : strerror(-error));
        } else if (refusal) {
                fprintf(ctl->err, "stilectl: refused, ");
                print_safe(ctl->err, text_of(refusal, "reason"));
                fputs(": ", ctl->err);
                print_safe(ctl->err, text_of(refusal, "message"));
                fputc('\n', ctl->err);
                code = CTL_NO;
        } else {
                code = gate_files_place(ctl, files, text_of(made, "certificate"), ca_pem);
        }
        json_decref(answer);
        json_decref(take_request);
        free(ca_pem);
        return code;
}

/* ---- enrol ---- */

/* Arguments are visible to every user of the machine: a token is never one. */
static int read_token(struct ctl *ctl, const char *file, struct token *token)
{
        char line[2 * TOKEN_TEXT_MAX] = "";
        struct stat status;
        FILE *in = file ? fopen(file, "re") : ctl->in;
        if (!in)
                return ca_complain(ctl, file, strerror(errno));
        bool is_private = !file || (fstat(fileno(in), &status) == 0 && !(status.st_mode & S_IRWXO));
        if (!file && isatty(fileno(in)) == 1)
                fputs("Token: ", ctl->err);
        bool is_read = is_private && fgets(line, sizeof(line), in) && token_read(line, token);
        if (file)
                fclose(in);
        explicit_bzero(line, sizeof(line));
        if (is_read)
                return CTL_OK;
        return ca_complain(ctl, file ? file : "standard input",
                           is_private ? "no token is there" : "others may read it; chmod 600 it");
}

static int enrol(struct ctl *ctl, const struct gate_files *files, const struct token *token,
                 const char *at)
{
        struct tls_end *end = NULL;
        char *request = NULL, secret[2 * TOKEN_SECRET_LEN + 1];
        char place[300];
        int error = identity_begin(&files->identity, &request);
        if (!error)
                error = tls_client(token->fingerprint, SITE_CA_ENROLMENT_HOST, NULL, NULL, &end);
        if (error) {
                free(request);
                return ca_complain(ctl, files->identity.key, strerror(-error));
        }
        token_hex(token->secret, TOKEN_SECRET_LEN, secret);
        json_t *body = json_pack("{s:s, s:s}", "token", secret, "request", request);
        if (files->name[0] != '\0')
                json_object_set_new(body, "gate", json_string(files->name));
        int code = ask(ctl, files, end, at, json_pack("{s:o}", "enrol", body));
        explicit_bzero(secret, sizeof(secret));
        free(request);
        tls_end_free(end);
        snprintf(place, sizeof(place), "%s\n", at);
        if (code == CTL_OK && (error = whole_file_write(files->server, place, 0644, (gid_t)-1)))
                return ca_complain(ctl, files->server, strerror(-error));
        return code;
}

int verb_gate_enrol(struct ctl *ctl, int argc, char **argv)
{
        const char *at = NULL, *file = NULL, *folder = NULL;
        const struct args_option options[] = {
                { "at", ARGS_TEXT, &at, "HOST:PORT", "where stilectl gate serve listens" },
                { "token-file", ARGS_TEXT, &file, "FILE", "instead of the standard input" },
                GATE_FILES_OPTION(&folder),
        };
        const struct args args = {
                "gate enrol --at HOST:PORT [--token-file FILE] [--tls DIR]",
                "Makes a key, and gets this gate's certificate for it with a one-time token,\n"
                "which is read from the standard input. The key never leaves the gate.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct gate_files files;
        struct token token;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!at || strlen(at) > 256)
                return args_complain(ctl, &args, "--at HOST:PORT is wanted");
        code = gate_files_find(ctl, folder, &files);
        if (code == CTL_OK)
                code = read_token(ctl, file, &token);
        if (code == CTL_OK)
                code = enrol(ctl, &files, &token, at);
        explicit_bzero(&token, sizeof(token));
        return code;
}

/* ---- renew ---- */

/* After two thirds of its life. */
static bool is_due(const char *certificate, int64_t now_us)
{
        struct ca_certificate made;
        return ca_read(certificate, &made) != 0 ||
               now_us >= made.from_us + (made.until_us - made.from_us) / 3 * 2;
}

static int renew(struct ctl *ctl, const struct gate_files *files, const char *certificate,
                 const struct signing_key *key, const char *at)
{
        struct ca_certificate root;
        struct tls_end *end = NULL;
        char *request = NULL, *ca_pem = NULL;
        int code = CTL_CANNOT;
        int error = whole_file_read(files->identity.ca, &ca_pem);
        if (!error)
                error = ca_read(ca_pem, &root);
        if (!error)
                error = tls_client(root.fingerprint, SITE_CA_ENROLMENT_HOST, certificate, key,
                                   &end);
        if (!error)
                error = identity_begin(&files->identity, &request);
        if (error)
                ca_complain(ctl, files->identity.ca, strerror(-error));
        else
                code = ask(ctl, files, end, at,
                           json_pack("{s:{s:s}}", "renew", "request", request));
        tls_end_free(end);
        free(request);
        free(ca_pem);
        return code;
}

static int renew_if_due(struct ctl *ctl, const struct gate_files *files, const char *at,
                        bool is_check, bool is_now)
{
        char *certificate = NULL, *place = NULL;
        struct signing_key *key = NULL;
        int error = identity_load(&files->identity, &certificate, &key), code = CTL_OK;
        if (!error && !at)
                error = whole_file_read(files->server, &place);
        if (error)
                code = ca_complain(ctl, files->identity.certificate, strerror(-error));
        else if (!is_now && !is_due(certificate, when_now_us()))
                code = is_check ? CTL_NO : CTL_OK;
        else if (!is_check) {
                if (place)
                        place[strcspn(place, "\r\n")] = '\0';
                code = renew(ctl, files, certificate, key, at ? at : place);
        }
        signing_key_free(key);
        free(certificate);
        free(place);
        return code;
}

int verb_gate_renew(struct ctl *ctl, int argc, char **argv)
{
        const char *at = NULL, *folder = NULL;
        bool is_check = false, is_now = false;
        const struct args_option options[] = {
                { "at", ARGS_TEXT, &at, "HOST:PORT", "instead of where it was enrolled" },
                { "check", ARGS_FLAG, &is_check, NULL, "only say (0 yes, 1 no) whether it is due" },
                { "now", ARGS_FLAG, &is_now, NULL, "also before it is due" },
                GATE_FILES_OPTION(&folder),
        };
        const struct args args = {
                "gate renew [--check | --now] [--at HOST:PORT] [--tls DIR]",
                "Gets a new key and certificate when two thirds of the old one's life are over,\n"
                "by showing the old one. stile-renew.timer does it every day.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct gate_files files;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = gate_files_find(ctl, folder, &files);
        return code == CTL_OK ? renew_if_due(ctl, &files, at, is_check, is_now) : code;
}

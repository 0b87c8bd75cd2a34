/* stilectl key: the private keys that sign passes, on the issuer's machine. */
#include "common/base64.h"
#include "controller/ctl/check.h"
#include "controller/ctl/keys.h"
#include "controller/ctl/print.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

struct new_key {
        const char *folder, *passphrase_file;
        enum signing_kind kind;
        bool is_asked;
};

#define FOLDER_OPTION(into)                                                                        \
        {                                                                                          \
                "keys", ARGS_TEXT, into, "DIR", "the folder of keys (" KEYS_FOLDER_WORDS ")"       \
        }
#define PASSPHRASE_OPTIONS(what)                                                                   \
        { "passphrase-file", ARGS_TEXT, &(what)->passphrase_file, "FILE",                          \
          "wraps the key in the passphrase that stands there" },                                   \
        {                                                                                          \
                "ask", ARGS_FLAG, &(what)->is_asked, NULL, "asks for a passphrase on the terminal" \
        }

static int save(struct ctl *ctl, const struct new_key *what, const char *name,
                const struct signing_key *key)
{
        char folder[KEYS_PATH_MAX], path[KEYS_PATH_MAX], kid[2 * SIGNATURE_KID_LEN + 1];
        char passphrase[SIGNING_PASSPHRASE_MAX + 1];
        int code = keys_folder(ctl, what->folder, folder);
        if (code == CTL_OK)
                code = keys_make_folder(ctl, folder);
        if (code == CTL_OK)
                code = keys_path(ctl, what->folder, name, path);
        if (code == CTL_OK)
                code = keys_new_passphrase(ctl, what->passphrase_file, what->is_asked, passphrase);
        if (code != CTL_OK)
                return code;
        int error = keys_kid(key, kid);
        if (!error)
                error = signing_key_save(key, path, passphrase[0] != '\0' ? passphrase : NULL);
        explicit_bzero(passphrase, sizeof(passphrase));
        if (!error) {
                fprintf(ctl->out, "made %s %s\n", name, kid);
                return CTL_OK;
        }
        fputs("stilectl: ", ctl->err);
        print_safe(ctl->err, path);
        fprintf(ctl->err, ": %s\n",
                error == -EEXIST ? "there is one already; stilectl key rotate makes another"
                                 : strerror(-error));
        return error == -EEXIST ? CTL_NO : CTL_CANNOT;
}

static int make(struct ctl *ctl, const struct new_key *what, const char *name)
{
        struct signing_key *key = NULL;
        int error = signing_key_new(what->kind, &key);
        if (error) {
                fprintf(ctl->err, "stilectl: no key can be made: %s\n", strerror(-error));
                return CTL_CANNOT;
        }
        int code = save(ctl, what, name, key);
        signing_key_free(key);
        return code;
}

/* NAME-2 is what the rotation of NAME makes: a key of its own must not be taken for it. */
static bool is_rotations_name(const char *name)
{
        const char *dash = strrchr(name, '-');
        return dash && dash != name && dash[1] != '\0' &&
               strspn(dash + 1, "0123456789") == strlen(dash + 1);
}

int verb_key_new(struct ctl *ctl, int argc, char **argv)
{
        struct new_key what = { .kind = SIGNING_ED25519 };
        bool is_phone = false, is_sealing = false;
        const struct args_option options[] = {
                { "phone", ARGS_FLAG, &is_phone, NULL,
                  "a phone's key (P-256), for trying out proofs" },
                { "sealing", ARGS_FLAG, &is_sealing, NULL,
                  "the site's key (X25519), which opens what gates seal; see stilectl unseal" },
                PASSPHRASE_OPTIONS(&what),
                FOLDER_OPTION(&what.folder),
        };
        const struct args args = {
                "key new NAME [--phone | --sealing] [--passphrase-file FILE | --ask] [--keys DIR]",
                "Makes a key (Ed25519) that signs passes and trust lists, and prints its kid.\n"
                "Keep it on the issuer's machine: gates get its public half (key export-public).",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *why = check_id(argv[1]);
        if (why)
                return args_complain(ctl, &args, "\"%s\": %s", argv[1], why);
        if (is_rotations_name(argv[1]))
                return args_complain(ctl, &args, "\"%s\": names that end in -NUMBER are rotations'",
                                     argv[1]);
        if (is_phone && is_sealing)
                return args_complain(ctl, &args, "--phone and --sealing are two kinds of key");
        if (is_phone)
                what.kind = SIGNING_P256;
        if (is_sealing)
                what.kind = SIGNING_X25519;
        return make(ctl, &what, argv[1]);
}

/* What was kept in a passphrase has a successor in one. */
static bool has_passphrase(struct ctl *ctl, const char *folder, const char *name)
{
        char path[KEYS_PATH_MAX];
        struct signing_key *key = NULL;
        int error = keys_path(ctl, folder, name, path) == CTL_OK
                            ? signing_key_load(path, NULL, &key)
                            : 0;
        signing_key_free(key);
        return error == -EKEYREJECTED;
}

/* The newest of NAME gives way to the next. */
int verb_key_rotate(struct ctl *ctl, int argc, char **argv)
{
        struct new_key what = { .kind = SIGNING_ED25519 };
        const struct args_option options[] = {
                PASSPHRASE_OPTIONS(&what),
                FOLDER_OPTION(&what.folder),
        };
        const struct args args = {
                "key rotate NAME [--passphrase-file FILE | --ask] [--keys DIR]",
                "Makes NAME-2, NAME-3 and so on, which signs for NAME from then on. Give its\n"
                "public half to the gates first, then issue; passes by the old key stay good as\n"
                "long as gates keep the old public half.",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        char newest[FLOW_ID_MAX], next[FLOW_ID_MAX + 8], path[KEYS_PATH_MAX];
        struct signing_key *key = NULL;
        int operands = 0, number = 1;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = keys_newest(ctl, what.folder, argv[1], newest);
        if (code == CTL_OK)
                code = keys_load(ctl, what.folder, newest, &key);
        if (code == CTL_OK)
                what.kind = signing_key_kind(key);
        if (code == CTL_OK && !what.passphrase_file && !getenv("STILE_PASSPHRASE_FILE"))
                what.is_asked = what.is_asked || has_passphrase(ctl, what.folder, newest);
        signing_key_free(key);
        if (code != CTL_OK)
                return code;
        if (strlen(newest) > strlen(argv[1]))
                number = (int)strtol(newest + strlen(argv[1]) + 1, NULL, 10);
        snprintf(next, sizeof(next), "%s-%d", argv[1], number + 1);
        code = keys_path(ctl, what.folder, next, path);
        return code == CTL_OK ? make(ctl, &what, next) : code;
}

static void print_key(struct ctl *ctl, const char *folder, const char *name)
{
        char path[KEYS_PATH_MAX], kid[2 * SIGNATURE_KID_LEN + 1];
        struct signing_key *key = NULL;
        static const char *const kinds[] = {
                [SIGNING_ED25519] = "issuer", [SIGNING_P256] = "phone", [SIGNING_X25519] = "sealing"
        };
        const char *what = "", *about = "";
        if (keys_path(ctl, folder, name, path) != CTL_OK)
                return;
        int error = signing_key_load(path, NULL, &key);
        kid[0] = '\0';
        if (!error && keys_kid(key, kid) == 0)
                what = kinds[signing_key_kind(key)];
        else
                about = error == -EKEYREJECTED ? "has a passphrase"
                        : error == -EPERM      ? "others may read it; chmod 600 it"
                                               : "is no private key";
        print_padded(ctl->out, name, 20);
        fprintf(ctl->out, "  %-7s %-16s  %s\n", what, kid, about);
        signing_key_free(key);
}

static int is_key_file(const struct dirent *entry)
{
        size_t len = strlen(entry->d_name);
        return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".pem") == 0;
}

int verb_key_list(struct ctl *ctl, int argc, char **argv)
{
        const char *folder = NULL;
        const struct args_option options[] = { FOLDER_OPTION(&folder) };
        const struct args args = { "key list [--keys DIR]",
                                   "Lists the private keys and their kids.",
                                   options,
                                   ARRAY_LEN(options),
                                   0,
                                   0 };
        char path[KEYS_PATH_MAX];
        struct dirent **names = NULL;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = keys_folder(ctl, folder, path);
        if (code != CTL_OK)
                return code;
        int count = scandir(path, &names, is_key_file, alphasort);
        if (count < 0 && errno != ENOENT) {
                fprintf(ctl->err, "stilectl: %s: %s\n", path, strerror(errno));
                return CTL_CANNOT;
        }
        fprintf(ctl->out, "%s%-20s  %-7s %s%s\n", paint_on(ctl, PAINT_FAINT), "key", "kind", "kid",
                paint_off(ctl));
        for (int i = 0; i < count; i++) {
                names[i]->d_name[strlen(names[i]->d_name) - 4] = '\0';
                print_key(ctl, folder, names[i]->d_name);
                free(names[i]);
        }
        free(names);
        return CTL_OK;
}

static int write_public(struct ctl *ctl, const struct signing_key *key, FILE *out)
{
        enum {
                LINE = 64
        };
        uint8_t der[256];
        int len = signing_key_public(key, der, sizeof(der));
        char *text = len > 0 ? base64_encode(der, (size_t)len) : NULL;
        if (!text) {
                fprintf(ctl->err, "stilectl: the public half: %s\n",
                        strerror(len < 0 ? -len : ENOMEM));
                return CTL_CANNOT;
        }
        fputs("-----BEGIN PUBLIC KEY-----\n", out);
        for (size_t i = 0; i < strlen(text); i += LINE)
                fprintf(out, "%.*s\n", LINE, text + i);
        fputs("-----END PUBLIC KEY-----\n", out);
        free(text);
        return CTL_OK;
}

int verb_key_export_public(struct ctl *ctl, int argc, char **argv)
{
        const char *folder = NULL, *file = NULL;
        const struct args_option options[] = {
                { "out", ARGS_TEXT, &file, "FILE", "instead of the standard output" },
                FOLDER_OPTION(&folder),
        };
        const struct args args = {
                "key export-public NAME [--out FILE] [--keys DIR]",
                "Writes the public half as PEM, for the folder of issuers of the gates\n"
                "(trust.issuers-folder in gate.conf(5)).",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        struct signing_key *key = NULL;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = keys_load(ctl, folder, argv[1], &key);
        if (code != CTL_OK)
                return code;
        FILE *out = file ? fopen(file, "we") : ctl->out;
        code = out ? write_public(ctl, key, out) : CTL_CANNOT;
        bool is_written = out && (file ? fclose(out) == 0 : !ferror(out));
        signing_key_free(key);
        if (!is_written) {
                fprintf(ctl->err, "stilectl: %s: %s\n", file ? file : "standard output",
                        strerror(errno));
                return CTL_CANNOT;
        }
        return code;
}

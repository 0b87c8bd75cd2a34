#include "controller/ctl/keys.h"

#include "common/secret_file.h"
#include "controller/ctl/check.h"
#include "controller/ctl/print.h"
#include "controller/ports/digest.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        ROTATIONS_MAX = 999
};

static int complain(struct ctl *ctl, const char *what, const char *why)
{
        fputs("stilectl: ", ctl->err);
        print_safe(ctl->err, what);
        fprintf(ctl->err, ": %s\n", why);
        return CTL_CANNOT;
}

int keys_folder(struct ctl *ctl, const char *folder, char path[KEYS_PATH_MAX])
{
        const char *keys = folder ? folder : getenv("STILE_KEYS"), *home = getenv("HOME");
        int len = keys   ? snprintf(path, KEYS_PATH_MAX, "%s", keys)
                  : home ? snprintf(path, KEYS_PATH_MAX, "%s/.config/stile/keys", home)
                         : -1;
        return len > 0 && len < KEYS_PATH_MAX
                       ? CTL_OK
                       : complain(ctl, "the folder of keys", "name it: " KEYS_FOLDER_WORDS);
}

/* Also those above it, which need not be private. */
int keys_make_folder(struct ctl *ctl, const char *path)
{
        char part[KEYS_PATH_MAX];
        snprintf(part, sizeof(part), "%s", path);
        for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                if (mkdir(part, 0755) < 0 && errno != EEXIST)
                        return complain(ctl, part, strerror(errno));
                *slash = '/';
        }
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
                return complain(ctl, path, strerror(errno));
        return CTL_OK;
}

int keys_path(struct ctl *ctl, const char *folder, const char *name, char path[KEYS_PATH_MAX])
{
        char whole[KEYS_PATH_MAX];
        const char *why = check_id(name);
        if (why)
                return complain(ctl, name, why);
        if (keys_folder(ctl, folder, whole) != CTL_OK)
                return CTL_CANNOT;
        if (snprintf(path, KEYS_PATH_MAX, "%s/%s.pem", whole, name) >= KEYS_PATH_MAX)
                return complain(ctl, name, "the path is too long");
        return CTL_OK;
}

/* Without an echo. False: there is no terminal, or nothing was typed. */
static bool ask_passphrase(const char *prompt, char passphrase[SIGNING_PASSPHRASE_MAX + 1])
{
        char *typed = isatty(STDIN_FILENO) == 1 ? getpass(prompt) : NULL;
        if (!typed || typed[0] == '\0' || strlen(typed) > SIGNING_PASSPHRASE_MAX)
                return false;
        strcpy(passphrase, typed);
        explicit_bzero(typed, strlen(typed));
        return true;
}

int keys_new_passphrase(struct ctl *ctl, const char *file, bool is_asked,
                        char passphrase[SIGNING_PASSPHRASE_MAX + 1])
{
        char again[SIGNING_PASSPHRASE_MAX + 1];
        passphrase[0] = '\0';
        if (!file && !is_asked)
                file = getenv("STILE_PASSPHRASE_FILE");
        const char *why =
                file ? secret_file_read(file, passphrase, SIGNING_PASSPHRASE_MAX + 1) : NULL;
        if (why)
                return complain(ctl, file, why);
        if (file || !is_asked)
                return CTL_OK;
        bool is_typed =
                ask_passphrase("New passphrase: ", passphrase) && ask_passphrase("Again: ", again);
        bool is_same = is_typed && strcmp(passphrase, again) == 0;
        explicit_bzero(again, sizeof(again));
        return is_same ? CTL_OK
                       : complain(ctl, "passphrase",
                                  is_typed ? "the two are not the same" : "a terminal is wanted");
}

/* A key without a passphrase needs none; else its file, else the terminal. */
static int load(const char *path, struct signing_key **key, const char **why)
{
        char passphrase[SIGNING_PASSPHRASE_MAX + 1] = "";
        const char *file = getenv("STILE_PASSPHRASE_FILE");
        int error = signing_key_load(path, NULL, key);
        if (error != -EKEYREJECTED)
                return error;
        *why = file ? secret_file_read(file, passphrase, SIGNING_PASSPHRASE_MAX + 1) : NULL;
        if (!*why && (file || ask_passphrase("Passphrase: ", passphrase)))
                error = signing_key_load(path, passphrase, key);
        explicit_bzero(passphrase, sizeof(passphrase));
        return error;
}

int keys_load_file(struct ctl *ctl, const char *path, struct signing_key **key)
{
        const char *why = NULL;
        int error = load(path, key, &why);
        if (!error)
                return CTL_OK;
        if (!why)
                why = error == -EPERM          ? "others may read it; chmod 600 first"
                      : error == -EBADMSG      ? "not a private key"
                      : error == -EKEYREJECTED ? "its passphrase is missing or wrong"
                      : error == -ENOTSUP      ? "a kind of key that is not taken"
                                               : strerror(-error);
        return complain(ctl, path, why);
}

int keys_load(struct ctl *ctl, const char *folder, const char *name, struct signing_key **key)
{
        char path[KEYS_PATH_MAX];
        int code = keys_path(ctl, folder, name, path);
        return code == CTL_OK ? keys_load_file(ctl, path, key) : code;
}

int keys_kid(const struct signing_key *key, char kid[2 * SIGNATURE_KID_LEN + 1])
{
        uint8_t der[256], digest[FLOW_DIGEST_LEN];
        int len = signing_key_public(key, der, sizeof(der));
        int error = len < 0 ? len : digest_sha256(der, (size_t)len, digest);
        for (size_t i = 0; !error && i < SIGNATURE_KID_LEN; i++)
                sprintf(kid + 2 * i, "%02x", digest[i]);
        return error;
}

int keys_newest(struct ctl *ctl, const char *folder, const char *name, char newest[FLOW_ID_MAX])
{
        char path[KEYS_PATH_MAX], next[FLOW_ID_MAX + 8];
        int code = keys_path(ctl, folder, name, path);
        if (code != CTL_OK)
                return code;
        strcpy(newest, name);
        for (int i = 2; i <= ROTATIONS_MAX; i++) {
                snprintf(next, sizeof(next), "%s-%d", name, i);
                if (check_id(next) || keys_path(ctl, folder, next, path) != CTL_OK ||
                    access(path, F_OK) != 0)
                        break;
                strcpy(newest, next);
        }
        return CTL_OK;
}

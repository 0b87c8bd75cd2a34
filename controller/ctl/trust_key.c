#include "controller/ctl/trust_key.h"

#include "controller/ctl/check.h"
#include "controller/ctl/print.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* False: there is no such folder to be named, or its name is too long. */
static bool find_path(const char *folder, const char *name, char *path, size_t size)
{
        const char *keys = folder ? folder : getenv("STILE_KEYS"), *home = getenv("HOME");
        int len = keys   ? snprintf(path, size, "%s/%s.pem", keys, name)
                  : home ? snprintf(path, size, "%s/.config/stile/keys/%s.pem", home, name)
                         : -1;
        return len >= 0 && (size_t)len < size;
}

static int load(const char *path, struct signing_key **key)
{
        int error = signing_key_load(path, NULL, key);
        if (error != -EKEYREJECTED || isatty(STDIN_FILENO) != 1)
                return error;
        char *passphrase = getpass("Passphrase: ");
        if (!passphrase)
                return error;
        error = signing_key_load(path, passphrase, key);
        explicit_bzero(passphrase, strlen(passphrase));
        return error;
}

int trust_key_load(struct ctl *ctl, const char *folder, const char *name, struct signing_key **key)
{
        char path[4096];
        const char *why = check_id(name);
        if (!why && !find_path(folder, name, path, sizeof(path)))
                why = "the folder of keys is not known";
        int error = why ? 0 : load(path, key);
        if (error)
                why = error == -EPERM          ? "others may read it; chmod 600 first"
                      : error == -EBADMSG      ? "not a private key"
                      : error == -EKEYREJECTED ? "its passphrase is missing or wrong"
                      : error == -ENOTSUP      ? "a kind of key that is not taken"
                                               : strerror(-error);
        if (!why)
                return CTL_OK;
        fputs("stilectl: key ", ctl->err);
        print_safe(ctl->err, name);
        fprintf(ctl->err, ": %s\n", why);
        return CTL_CANNOT;
}

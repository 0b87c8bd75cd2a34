/* stilectl trust import: a signed list of those whose health certificates gates believe. */
#include "controller/ctl/args.h"
#include "controller/ctl/keys.h"
#include "controller/ctl/print.h"
#include "controller/ctl/trust_sources.h"
#include "controller/ctl/when.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        SOURCES_MAX = 1024 /* operands */
};

/* Never half there under its name; and no secret. */
static int write_file(const char *name, const uint8_t *bytes, size_t len)
{
        char part[4096];
        if (snprintf(part, sizeof(part), "%s.XXXXXX", name) >= (int)sizeof(part))
                return -ENAMETOOLONG;
        int fd = mkostemp(part, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        size_t at = 0;
        ssize_t put = 0;
        while (at < len && (put = write(fd, bytes + at, len - at)) > 0)
                at += (size_t)put;
        int error = at < len || fchmod(fd, 0644) < 0 || fsync(fd) < 0 ? -errno : 0;
        if (close(fd) < 0 && !error)
                error = -errno;
        if (!error && rename(part, name) < 0)
                error = -errno;
        if (error)
                unlink(part);
        return error;
}

struct import {
        const char *key, *keys, *out, *until;
        struct trust_list_info info;
};

static int write_list(struct ctl *ctl, const struct import *import,
                      const struct trust_sources *sources)
{
        struct signing_key *key = NULL;
        uint8_t *bytes = NULL;
        size_t len = 0;
        char newest[FLOW_ID_MAX];
        int code = keys_newest(ctl, import->keys, import->key, newest);
        if (code == CTL_OK)
                code = keys_load(ctl, import->keys, newest, &key);
        if (code != CTL_OK)
                return code;
        int error =
                trust_list_write(&import->info, sources->key, sources->count, key, &bytes, &len);
        signing_key_free(key);
        if (!error)
                error = write_file(import->out, bytes, len);
        free(bytes);
        if (error) {
                print_safe(ctl->err, import->out);
                fprintf(ctl->err, ": cannot be made: %s\n",
                        error == -EINVAL ? "the key is not an issuer's (Ed25519)"
                                         : strerror(-error));
                return CTL_CANNOT;
        }
        fprintf(ctl->out, "wrote %zu keys, %zu bytes; skipped %zu, twice there %zu\n",
                sources->count, len, sources->skipped, sources->doubled);
        return CTL_OK;
}

int verb_trust_import(struct ctl *ctl, int argc, char **argv)
{
        struct import import = { .key = NULL };
        const char *issuer = NULL;
        const struct args_option options[] = {
                { "key", ARGS_TEXT, &import.key, "NAME", "the issuer's key that signs the list" },
                { "keys", ARGS_TEXT, &import.keys, "DIR",
                  "where keys are, not " KEYS_FOLDER_WORDS },
                { "out", ARGS_TEXT, &import.out, "FILE", "the list" },
                { "valid-until", ARGS_TEXT, &import.until, "T", "good until then, not for ever" },
                { "issuer", ARGS_TEXT, &issuer, "TEXT", "who made it, for people" },
        };
        const struct args args = {
                "trust import FILE|FOLDER… --key NAME --out FILE [--keys DIR] [--valid-until T]\n"
                "       [--issuer TEXT]",
                "Makes the list of those whose health certificates gates believe, out of\n"
                "certificates and public keys (DER, PEM, lists in JSON), and signs it.\n"
                "What cannot be used is named and skipped.",
                options,
                ARRAY_LEN(options),
                1,
                SOURCES_MAX
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!import.key || !import.out)
                return args_complain(ctl, &args, "--key and --out are needed");
        import.info.issued_us = when_now_us();
        if (import.until && !when_parse_date(import.until, WHEN_UNTIL, &import.info.expires_us))
                return args_complain(ctl, &args, "--valid-until: \"%s\" is not a time",
                                     import.until);
        if (import.until && import.info.expires_us <= import.info.issued_us)
                return args_complain(ctl, &args, "--valid-until: \"%s\" is past", import.until);
        if (!issuer)
                issuer = import.key;
        if (strlen(issuer) >= sizeof(import.info.issuer))
                return args_complain(ctl, &args, "--issuer: longer than 127 bytes");
        memcpy(import.info.issuer, issuer, strlen(issuer) + 1);
        struct trust_sources *sources = trust_sources_new(ctl->err, import.info.issued_us);
        for (int i = 1; sources && i <= operands; i++)
                trust_sources_add(sources, argv[i]);
        if (sources && sources->count > 0) {
                code = write_list(ctl, &import, sources);
        } else {
                fputs("stilectl: there is no key to write; nothing was written\n", ctl->err);
                code = CTL_NO;
        }
        trust_sources_free(sources);
        return code;
}

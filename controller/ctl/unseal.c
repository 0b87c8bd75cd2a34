/* stilectl unseal: opens what gates sealed for the site, in lines of JSON: entries as a broker, the
 * collector's archive or `stilectl events --json` gives them. For who holds the site's private key.
 * Talks to nobody. */
#include "common/base64.h"
#include "controller/ctl/args.h"
#include "controller/ctl/keys.h"
#include "controller/ctl/print.h"
#include "controller/ports/unsealing.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum {
        DEPTH_MAX = 8
};

struct opening {
        const struct signing_key *key;
        size_t opened, failed;
};

/* The identity of one "sealed"; NULL: not for this key, or damaged. */
static json_t *open_text(const struct opening *opening, const char *text)
{
        uint8_t sealed[FLOW_SEALED_MAX];
        char plain[SEALING_PLAIN_MAX + 1];
        size_t len = base64_decode(text, strlen(text), sealed, sizeof(sealed));
        int plain_len = unsealing_open(opening->key, sealed, len, plain);
        json_t *identity =
                plain_len < 0 ? NULL
                              : json_loadb(plain, (size_t)plain_len, JSON_REJECT_DUPLICATES, NULL);
        explicit_bzero(plain, sizeof(plain));
        return identity;
}

/* Wherever "sealed" stands, "identity" stands then. What does not open stays. */
static void open_within(struct opening *opening, json_t *object, int depth)
{
        const char *key;
        json_t *value;
        if (depth > DEPTH_MAX)
                return;
        json_object_foreach(object, key, value)
        {
                if (json_is_object(value))
                        open_within(opening, value, depth + 1);
        }
        json_t *sealed = json_object_get(object, "sealed");
        if (!json_is_string(sealed))
                return;
        json_t *identity = open_text(opening, json_string_value(sealed));
        if (!identity) {
                opening->failed++;
                return;
        }
        opening->opened++;
        json_object_set_new(object, "identity", identity);
        json_object_del(object, "sealed");
}

static int open_lines(struct ctl *ctl, struct opening *opening, FILE *in, const char *name)
{
        char *line = NULL;
        size_t size = 0, number = 0;
        int code = CTL_OK;
        while (code == CTL_OK && getline(&line, &size, in) > 0) {
                json_error_t error;
                number++;
                json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
                if (json_is_object(object)) {
                        open_within(opening, object, 0);
                        json_dumpf(object, ctl->out, JSON_COMPACT | JSON_ENSURE_ASCII);
                        fputc('\n', ctl->out);
                } else {
                        fputs("stilectl: ", ctl->err);
                        print_safe(ctl->err, name);
                        fprintf(ctl->err, ":%zu: a JSON object is wanted\n", number);
                        code = CTL_NO;
                }
                json_decref(object);
        }
        free(line);
        return code;
}

static int open_file(struct ctl *ctl, struct opening *opening, const char *file)
{
        FILE *in = file ? fopen(file, "re") : ctl->in;
        if (!in) {
                fputs("stilectl: ", ctl->err);
                print_safe(ctl->err, file);
                fprintf(ctl->err, ": %s\n", strerror(errno));
                return CTL_CANNOT;
        }
        int code = open_lines(ctl, opening, in, file ? file : "standard input");
        if (file)
                fclose(in);
        fprintf(ctl->err, "opened %zu\n", opening->opened);
        if (opening->failed == 0)
                return code;
        fprintf(ctl->err, "stilectl: %zu not sealed for this key, or damaged\n", opening->failed);
        return CTL_NO;
}

int verb_unseal(struct ctl *ctl, int argc, char **argv)
{
        const char *folder = NULL, *name = NULL;
        const struct args_option options[] = {
                { "key", ARGS_TEXT, &name, "NAME", "the site's private key (key new --sealing)" },
                { "keys", ARGS_TEXT, &folder, "DIR", "the folder of keys (" KEYS_FOLDER_WORDS ")" },
        };
        const struct args args = {
                "unseal [FILE] --key NAME [--keys DIR]",
                "Opens the identities that gates sealed for the site (privacy.seal-identity-to in\n"
                "gate.conf(5)): reads entries, a JSON object a line, and writes them with\n"
                "\"identity\" in the place of \"sealed\".",
                options,
                ARRAY_LEN(options),
                0,
                1
        };
        struct signing_key *key = NULL;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!name)
                return args_complain(ctl, &args, "--key is wanted");
        code = keys_load(ctl, folder, name, &key);
        if (code != CTL_OK)
                return code;
        if (signing_key_kind(key) != SIGNING_X25519) {
                signing_key_free(key);
                return args_complain(ctl, &args, "\"%s\" is no sealing key", name);
        }
        struct opening opening = { .key = key };
        code = open_file(ctl, &opening, operands == 1 ? argv[1] : NULL);
        signing_key_free(key);
        return code;
}

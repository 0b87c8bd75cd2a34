/* stilectl trust list: who is in a trust list, or in a folder of keys. */
#include "common/rfc3339.h"
#include "controller/ctl/args.h"
#include "controller/ctl/print.h"
#include "controller/ctl/trust_sources.h"
#include "controller/ctl/when.h"
#include "controller/validate/trust_list.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

struct show {
        struct ctl *ctl;
        bool is_json;
        int64_t now_us;
};

static void complain(const struct show *show, const char *name, const char *why)
{
        print_safe(show->ctl->err, name);
        fprintf(show->ctl->err, ": %s\n", why);
}

static const struct {
        enum signature_usage usage;
        const char *name;
} usages[] = { { SIGNATURE_USAGE_TEST, "test" },
               { SIGNATURE_USAGE_VACCINATION, "vaccination" },
               { SIGNATURE_USAGE_RECOVERY, "recovery" },
               { SIGNATURE_USAGE_OTHER, "other" } };

static void format_time(char text[RFC3339_MAX], int64_t us)
{
        text[0] = '\0';
        if (us != 0)
                rfc3339_format(us, text);
}

static void kid_text(char text[2 * SIGNATURE_KID_LEN + 1], const uint8_t kid[SIGNATURE_KID_LEN])
{
        for (size_t i = 0; i < SIGNATURE_KID_LEN; i++)
                snprintf(text + 2 * i, 3, "%02x", kid[i]);
}

static void show_key_json(const struct show *show, const struct signature_key_info *info,
                          const char *name)
{
        char kid[2 * SIGNATURE_KID_LEN + 1], from[RFC3339_MAX], until[RFC3339_MAX];
        json_t *list = json_array();
        kid_text(kid, info->kid);
        format_time(from, info->from_us);
        format_time(until, info->until_us);
        for (size_t i = 0; i < ARRAY_LEN(usages); i++)
                if (info->usage & usages[i].usage)
                        json_array_append_new(list, json_string(usages[i].name));
        json_t *object = json_pack("{s:s, s:b, s:s, s:s, s:o}", "kid", kid, "certificate",
                                   info->is_certificate, "valid_from", from, "valid_until", until,
                                   "usage", list);
        json_t *who = json_string(name);
        if (who)
                json_object_set_new(object, "name", who);
        print_json(show->ctl->out, object);
        json_decref(object);
}

static void show_key(const struct show *show, const struct signature_key_info *info,
                     const char *name)
{
        FILE *out = show->ctl->out;
        char kid[2 * SIGNATURE_KID_LEN + 1], from[RFC3339_MAX], until[RFC3339_MAX];
        char span[WHEN_SPAN_MAX];
        if (info->subject[0] != '\0')
                name = info->subject;
        if (show->is_json) {
                show_key_json(show, info, name);
                return;
        }
        kid_text(kid, info->kid);
        format_time(from, info->from_us);
        format_time(until, info->until_us);
        bool is_old = info->until_us != 0 && info->until_us < show->now_us;
        fprintf(out, "%s  %s%s  ", kid, when_span(span, from, until), is_old ? " (expired)" : "");
        for (size_t i = 0; i < ARRAY_LEN(usages); i++)
                if (info->usage & usages[i].usage)
                        fprintf(out, "%s  ", usages[i].name);
        print_safe(out, name);
        fputc('\n', out);
}

/* DER or PEM; what is neither is said. */
static void show_bytes(const struct show *show, const uint8_t *bytes, size_t len, const char *name)
{
        struct signature_key *key = NULL;
        struct signature_key_info info;
        if (signature_key_read(bytes, len, &key, &info) == 0) {
                show_key(show, &info, name);
        } else {
                complain(show, name, "not a key that is taken");
        }
        signature_key_free(key);
}

static void show_head(const struct show *show, const struct trust_list_info *info,
                      const char *words)
{
        FILE *out = show->ctl->out;
        char issued[RFC3339_MAX], expires[RFC3339_MAX], time[WHEN_TEXT_MAX];
        format_time(issued, info->issued_us);
        format_time(expires, info->expires_us);
        bool is_old = info->expires_us != 0 && info->expires_us <= show->now_us;
        if (show->is_json) {
                json_t *head = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "issuer",
                                         info->issuer, "signature", words, "signer", info->signer,
                                         "issued", issued, "expires", expires, "keys",
                                         (json_int_t)info->count, "expired", is_old);
                print_json(out, head);
                json_decref(head);
                return;
        }
        fprintf(out, "%zu keys by ", info->count);
        print_safe(out, info->issuer);
        fprintf(out, " of %s, ", when_local(time, info->issued_us));
        if (info->expires_us == 0)
                fputs("for ever", out);
        else
                fprintf(out, "%s %s", is_old ? "EXPIRED" : "until",
                        when_local(time, info->expires_us));
        fprintf(out, "; signature: %s\n", words);
}

static int show_list(const struct show *show, const char *path, const uint8_t *bytes, size_t len,
                     const char *folder)
{
        struct trust_list list;
        const uint8_t *der = NULL;
        size_t der_len = 0;
        struct trust *issuers = folder ? trust_new() : NULL;
        int added = issuers ? trust_add_folder(issuers, folder, TRUST_PASS, show->ctl->err) : 0;
        if (added < 0) {
                complain(show, folder, strerror(-added));
                trust_unref(issuers);
                return CTL_CANNOT;
        }
        enum trust_list_answer answer = trust_list_open(bytes, len, issuers, &list);
        trust_unref(issuers);
        if (answer == TRUST_LIST_DAMAGED) {
                complain(show, path, trust_list_words(answer));
                return CTL_NO;
        }
        show_head(show, &list.info, folder ? trust_list_words(answer) : "not checked");
        while (trust_list_next(&list, &der, &der_len))
                show_bytes(show, der, der_len, "");
        return !folder || answer == TRUST_LIST_GOOD ? CTL_OK : CTL_NO;
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

/* -ENOTDIR: a file. */
static int show_folder(const struct show *show, const char *path)
{
        struct dirent **names = NULL;
        int count = scandir(path, &names, is_visible, alphasort);
        if (count < 0)
                return -errno;
        for (int i = 0; i < count; i++) {
                char file[4096];
                size_t len = 0;
                int written = snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
                uint8_t *bytes = written < (int)sizeof(file)
                                         ? trust_sources_read_file(file, SIGNATURE_DER_MAX, &len)
                                         : NULL;
                if (bytes)
                        show_bytes(show, bytes, len, names[i]->d_name);
                else
                        complain(show, file, strerror(errno));
                free(bytes);
                free(names[i]);
        }
        free(names);
        return 0;
}

int verb_trust_list(struct ctl *ctl, int argc, char **argv)
{
        struct show show = { .ctl = ctl, .now_us = when_now_us() };
        const char *folder = NULL;
        const struct args_option options[] = {
                { "trust", ARGS_TEXT, &folder, "DIR", "check a list's signature by these keys" },
                { "json", ARGS_FLAG, &show.is_json, NULL, "one object a line" },
        };
        const struct args args = { "trust list FILE|DIR [--trust DIR] [--json]",
                                   "Shows a trust list, or a folder of certificates and public\n"
                                   "keys: whose, kid, validity, and what it may sign.",
                                   options,
                                   ARRAY_LEN(options),
                                   1,
                                   1 };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        size_t len = 0;
        if (show_folder(&show, argv[1]) == 0)
                return CTL_OK;
        uint8_t *bytes = trust_sources_read_file(argv[1], TRUST_LIST_BYTES_MAX, &len);
        if (!bytes) {
                complain(&show, argv[1], strerror(errno));
                return CTL_CANNOT;
        }
        code = show_list(&show, argv[1], bytes, len, folder);
        free(bytes);
        return code;
}

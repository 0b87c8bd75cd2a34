/* stilectl pass: issues passes, and says which were issued. */
#include "controller/ctl/check.h"
#include "controller/ctl/issue.h"
#include "controller/ctl/listing.h"
#include "controller/ctl/pass_output.h"
#include "controller/ctl/pass_terms.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"

#include <errno.h>
#include <string.h>

#define ISSUER_OPTIONS(issuer)                                                                     \
        { "key", ARGS_TEXT, &(issuer)->name, "NAME", "the key that signs (its newest)" },          \
        {                                                                                          \
                "keys", ARGS_TEXT, &(issuer)->folder, "DIR",                                       \
                        "the folder of keys (" KEYS_FOLDER_WORDS ")"                               \
        }

static int issue_one(struct ctl *ctl, struct issuer *issuer, struct issued *issued,
                     const struct pass_output *output)
{
        int code = issuer_open(ctl, issuer);
        if (code == CTL_OK)
                code = issue(ctl, issuer, issued);
        if (code == CTL_OK)
                code = issue_sync(ctl, issuer);
        if (code == CTL_OK)
                code = pass_output_one(ctl, output, issued);
        issuer_close(issuer);
        return code;
}

int verb_pass_issue(struct ctl *ctl, int argc, char **argv)
{
        struct issuer issuer = { .name = NULL };
        struct pass_terms terms = { .holder = NULL };
        struct pass_output output = { .png = NULL };
        struct issued issued = { .id = "" };
        const struct args_option options[] = {
                ISSUER_OPTIONS(&issuer),
                PASS_TERMS_OPTIONS(&terms),
                PASS_PICTURE_OPTIONS(&output),
                PASS_PAPER_OPTIONS(&output),
        };
        const struct args args = {
                "pass issue --key NAME --holder ID [--name NAME] [--site SITE] [--level LEVEL]…\n"
                "        [--schedule ID] [--valid-from T] [--valid-until T] [--max-uses N]\n"
                "        [--max-uses-day N] [--phone-key FILE] [--png FILE] [--svg FILE]\n"
                "        [--terminal] [--pdf FILE] [--badge FILE] [--place TEXT] [--mask-name]\n"
                "        [--code-mm N] [--keys DIR]",
                "Signs a pass and prints the text of its code. Gates that have the key's public\n"
                "half take it without a network. Without --level it opens what the gate's\n"
                "registry gives the holder. T is 2026-11-24 (the whole day) or RFC 3339. With a\n"
                "phone's public key it is good only together with that phone's proof.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!issuer.name)
                return args_complain(ctl, &args, "--key is missing");
        code = pass_output_check(ctl, &args, &output);
        if (code == ARGS_GO)
                code = pass_terms_read(ctl, &args, &terms, &issued);
        return code == ARGS_GO ? issue_one(ctl, &issuer, &issued, &output) : code;
}

/* The text of a pass, from a file or the standard input. */
static int read_text(struct ctl *ctl, const char *path, char text[SITE_PASS_TEXT_MAX])
{
        FILE *in = strcmp(path, "-") == 0 ? ctl->in : fopen(path, "re");
        bool is_read = in && fgets(text, SITE_PASS_TEXT_MAX, in);
        if (in && in != ctl->in)
                fclose(in);
        if (!is_read) {
                fprintf(ctl->err, "stilectl: %s: there is no pass in it\n", path);
                return CTL_CANNOT;
        }
        text[strcspn(text, "\r\n")] = '\0';
        return CTL_OK;
}

int verb_pass_prove(struct ctl *ctl, int argc, char **argv)
{
        const char *pass = NULL, *key_file = NULL, *at = NULL;
        const struct args_option options[] = {
                { "pass", ARGS_TEXT, &pass, "FILE|-", "the pass's text" },
                { "phone-key", ARGS_TEXT, &key_file, "FILE", "the phone's private key" },
                { "at", ARGS_TEXT, &at, "T", "as of this time, not now" },
        };
        const struct args args = {
                "pass prove --pass FILE|- --phone-key FILE [--at T]",
                "Does what a phone does every few seconds: prints the pass with a fresh proof\n"
                "that the phone holds its key.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        char text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        struct signing_key *phone = NULL;
        int64_t at_us = when_now_us();
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!pass || !key_file)
                return args_complain(ctl, &args, "--pass and --phone-key are wanted");
        if (at && !when_parse(at, WHEN_FROM, when_now_us(), &at_us))
                return args_complain(ctl, &args, "--at: \"%s\" is not a time", at);
        code = read_text(ctl, pass, text);
        if (code == CTL_OK)
                code = keys_load_file(ctl, key_file, &phone);
        if (code != CTL_OK)
                return code;
        int error = site_pass_prove(text, phone, at_us, proven);
        bool is_theirs = error || site_pass_is_of_phone(text, phone);
        signing_key_free(phone);
        if (!is_theirs) {
                fputs("stilectl: no proof: the pass is bound to another phone's key, or to none\n",
                      ctl->err);
                return CTL_NO;
        }
        if (error) {
                fprintf(ctl->err, "stilectl: no proof: %s\n",
                        error == -EBADMSG ? "that is not a pass alone, or not a phone's key"
                                          : strerror(-error));
                return CTL_CANNOT;
        }
        fprintf(ctl->out, "%s\n", proven);
        return CTL_OK;
}

/* KID/CTI, as issue and list show them. */
static bool split_id(const char *id, char kid[16], char pass[32])
{
        size_t kid_len = strcspn(id, "/"), pass_len = strlen(id) - kid_len;
        static const char hex[] = "0123456789abcdef";
        if (kid_len != (size_t)2 * SITE_PASS_KID_LEN ||
            pass_len != (size_t)2 * SITE_PASS_CTI_LEN + 1 || strspn(id, hex) != kid_len ||
            strspn(id + kid_len + 1, hex) != pass_len - 1)
                return false;
        snprintf(kid, 16, "%.*s", (int)kid_len, id);
        snprintf(pass, 32, "%s", id + kid_len + 1);
        return true;
}

int verb_pass_revoke(struct ctl *ctl, int argc, char **argv)
{
        const char *id = NULL, *holder = NULL, *until = NULL;
        const struct args_option options[] = {
                { "pass", ARGS_TEXT, &id, "KID/CTI", "one, as pass list shows it" },
                { "holder", ARGS_TEXT, &holder, "ID", "all of theirs issued up to now" },
                { "until", ARGS_TEXT, &until, "T", "when it has expired anyway, and is forgotten" },
        };
        const struct args args = {
                "pass revoke (--pass KID/CTI | --holder ID) [--until T]",
                "Makes this gate refuse a pass, or all that a holder was issued up to now. Every\n"
                "gate of the site must be told.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        char kid[16], pass[32], whole[RFC3339_MAX];
        struct client client;
        int64_t until_us = 0;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if ((id != NULL) + (holder != NULL) != 1)
                return args_complain(ctl, &args, "one of --pass and --holder is wanted");
        if (id && !split_id(id, kid, pass))
                return args_complain(ctl, &args, "--pass: 8 hex digits, / and 16 more are wanted");
        if (holder && check_id(holder))
                return args_complain(ctl, &args, "--holder: %s", check_id(holder));
        if (until && !when_parse_date(until, WHEN_UNTIL, &until_us))
                return args_complain(ctl, &args, "--until: \"%s\" is not a time", until);
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        json_t *fields = id ? json_pack("{s:s, s:s}", "kid", kid, "pass", pass)
                            : json_pack("{s:s}", "holder", holder);
        if (until) {
                rfc3339_format(until_us, whole);
                json_object_set_new(fields, "until", json_string(whole));
        }
        code = talk_plain(ctl, &client, TALK_CHANGE, "revocation-put", fields);
        if (code == CTL_OK)
                fprintf(ctl->out, "revoked %s\n", id ? id : holder);
        client_close(&client);
        return code;
}

static int print_pass(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        char span[WHEN_SPAN_MAX], time[WHEN_TEXT_MAX];
        print_padded(ctl->out, text_of(row, "holder"), 14);
        fprintf(ctl->out, "  %-25s  %-19s  %s%s\n", text_of(row, "pass"),
                when_local_text(time, text_of(row, "issued")),
                when_span(span, text_of(row, "valid_from"), text_of(row, "valid_until")),
                json_is_true(json_object_get(row, "bound")) ? ", with a phone" : "");
        return CTL_OK;
}

int verb_pass_list(struct ctl *ctl, int argc, char **argv)
{
        const char *folder = NULL;
        bool is_json = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &is_json, NULL, "one object a line" },
                { "keys", ARGS_TEXT, &folder, "DIR", "the folder of keys (" KEYS_FOLDER_WORDS ")" },
        };
        const struct args args = {
                "pass list [--json] [--keys DIR]",
                "Lists the passes that were issued with these keys. What a gate\n"
                "has revoked: stilectl pass revocations.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!is_json)
                fprintf(ctl->out, "%s%-14s  %-25s  %-19s  %s%s\n", paint_on(ctl, PAINT_FAINT),
                        "holder", "pass", "issued", "valid", paint_off(ctl));
        return issue_ledger(ctl, folder, is_json ? listing_json : print_pass, ctl);
}

static void print_revocation(const struct ctl *ctl, const json_t *row)
{
        char time[WHEN_TEXT_MAX];
        const char *holder = text_of(row, "holder");
        if (holder[0] != '\0')
                fprintf(ctl->out, "all of %s issued up to ", holder);
        else
                fprintf(ctl->out, "%.16s… since ", text_of(row, "lookup"));
        fprintf(ctl->out, "%s\n", when_local_text(time, text_of(row, "at")));
}

int verb_pass_revocations(struct ctl *ctl, int argc, char **argv)
{
        bool is_json = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &is_json, NULL, "one object a line" },
        };
        const struct args args = {
                "pass revocations [--json]",
                "Lists what this gate refuses: passes by the key under which it\n"
                "knows them, and holders.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct client client;
        json_t *after = NULL, *ok = NULL, *row = NULL;
        size_t i = 0;
        int code = talk_begin(ctl, &args, argc, argv, NULL, &client);
        if (code != ARGS_GO)
                return code;
        do {
                json_t *fields = after ? json_pack("{s:o}", "after", after) : json_object();
                after = NULL;
                code = talk(ctl, &client, TALK_ASK, "revocations", fields, &ok);
                json_array_foreach(json_object_get(ok, "revocations"), i, row)
                {
                        if (is_json)
                                print_json(ctl->out, row);
                        else
                                print_revocation(ctl, row);
                        json_decref(after);
                        after = json_incref(row);
                }
                json_decref(ok);
                ok = NULL;
        } while (code == CTL_OK && after);
        json_decref(after);
        client_close(&client);
        return code;
}

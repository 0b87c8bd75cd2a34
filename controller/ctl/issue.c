#include "controller/ctl/issue.h"

#include "common/json_lines.h"
#include "common/rfc3339.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/ports/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int ledger_path(struct ctl *ctl, const char *folder, char path[KEYS_PATH_MAX])
{
        char whole[KEYS_PATH_MAX];
        int code = keys_folder(ctl, folder, whole);
        if (code == CTL_OK &&
            snprintf(path, KEYS_PATH_MAX, "%s/issued.jsonl", whole) >= KEYS_PATH_MAX) {
                fputs("stilectl: the path of the ledger is too long\n", ctl->err);
                return CTL_CANNOT;
        }
        return code;
}

int issuer_open(struct ctl *ctl, struct issuer *issuer)
{
        int code = keys_newest(ctl, issuer->folder, issuer->name, issuer->key_name);
        if (code == CTL_OK)
                code = keys_load(ctl, issuer->folder, issuer->key_name, &issuer->key);
        if (code == CTL_OK && signing_key_kind(issuer->key) != SIGNING_ED25519) {
                fprintf(ctl->err, "stilectl: key %s is a phone's: it signs no passes\n",
                        issuer->key_name);
                code = CTL_CANNOT;
        }
        return code;
}

void issuer_close(struct issuer *issuer)
{
        issuer->key = signing_key_free(issuer->key);
}

static void set_time(json_t *object, const char *key, int64_t us)
{
        char text[RFC3339_MAX];
        if (us == 0)
                return;
        rfc3339_format(us, text);
        json_object_set_new(object, key, json_string(text));
}

static json_t *row_of(const struct issuer *issuer, const struct issued *issued)
{
        const struct pass_claims *claims = &issued->pass.claims;
        json_t *levels = json_array();
        for (size_t i = 0; i < claims->levels; i++)
                json_array_append_new(levels, json_string(claims->level[i]));
        json_t *row =
                json_pack("{s:s, s:s, s:s, s:o, s:b}", "pass", issued->id, "holder", claims->holder,
                          "key", issuer->key_name, "levels", levels, "bound", claims->is_bound);
        if (claims->site[0] != '\0')
                json_object_set_new(row, "site", json_string(claims->site));
        set_time(row, "issued", claims->issued_us);
        set_time(row, "valid_from", issued->pass.from_us);
        set_time(row, "valid_until", issued->pass.until_us);
        return row;
}

/* The pass itself is not kept: whoever reads the ledger cannot pass with it. */
static int note(struct ctl *ctl, const struct issuer *issuer, const struct issued *issued)
{
        char path[KEYS_PATH_MAX];
        int code = ledger_path(ctl, issuer->folder, path);
        if (code != CTL_OK)
                return code;
        json_t *row = row_of(issuer, issued);
        int error = json_lines_append(path, row, false);
        if (error)
                fprintf(ctl->err, "stilectl: %s: %s; the pass is not issued\n", path,
                        strerror(-error));
        json_decref(row);
        return error ? CTL_CANNOT : CTL_OK;
}

static int sync_path(struct ctl *ctl, const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        bool is_kept = fd >= 0 && fsync(fd) == 0;
        if (!is_kept)
                fprintf(ctl->err, "stilectl: %s: %s\n", path, strerror(errno));
        if (fd >= 0)
                close(fd);
        return is_kept ? CTL_OK : CTL_CANNOT;
}

/* The folder, too: a file that was made just now has its name there. */
int issue_sync(struct ctl *ctl, const struct issuer *issuer)
{
        char path[KEYS_PATH_MAX];
        int code = ledger_path(ctl, issuer->folder, path);
        if (code == CTL_OK)
                code = sync_path(ctl, path);
        if (code == CTL_OK)
                code = keys_folder(ctl, issuer->folder, path);
        return code == CTL_OK ? sync_path(ctl, path) : code;
}

int issue(struct ctl *ctl, const struct issuer *issuer, struct issued *issued)
{
        struct pass_claims *claims = &issued->pass.claims;
        char *to = issued->id;
        int error = digest_random(claims->id, SITE_PASS_CTI_LEN);
        claims->id_len = SITE_PASS_CTI_LEN;
        claims->issued_us = when_now_us();
        if (!error)
                error = site_pass_write(&issued->pass, issuer->key, issued->text);
        if (error) {
                fprintf(ctl->err, "stilectl: the pass of %s cannot be made: %s\n", claims->holder,
                        error == -E2BIG    ? "it says more than a pass holds"
                        : error == -EINVAL ? "no gate would read what it says"
                                           : strerror(-error));
                return CTL_CANNOT;
        }
        for (size_t i = 0; i < SITE_PASS_KID_LEN; i++)
                to += sprintf(to, "%02x", issued->pass.kid[i]);
        *to++ = '/';
        for (size_t i = 0; i < SITE_PASS_CTI_LEN; i++)
                to += sprintf(to, "%02x", claims->id[i]);
        return note(ctl, issuer, issued);
}

struct ledger_walk {
        struct ctl *ctl;
        const char *path;
        issue_row_fn *row;
        void *context;
};

static int walk_row(void *context, const json_t *row)
{
        const struct ledger_walk *walk = context;
        return walk->row(walk->context, row);
}

static void walk_bad(void *context, size_t number)
{
        const struct ledger_walk *walk = context;
        fprintf(walk->ctl->err, "stilectl: %s:%zu: not a pass\n", walk->path, number);
}

int issue_ledger(struct ctl *ctl, const char *folder, issue_row_fn *row, void *context)
{
        char path[KEYS_PATH_MAX];
        struct ledger_walk walk = { .ctl = ctl, .path = path, .row = row, .context = context };
        int code = ledger_path(ctl, folder, path);
        if (code != CTL_OK)
                return code;
        code = json_lines_each(path, walk_row, walk_bad, &walk);
        if (code < 0) {
                fprintf(ctl->err, "stilectl: %s: %s\n", path, strerror(-code));
                return CTL_CANNOT;
        }
        return code;
}

#include "controller/enrol/site_ca.h"

#include "controller/enrol/site_ca_private.h"
#include "controller/enrol/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SELF_NAME   "Stile site CA"
#define DAY_US      INT64_C(86400000000)
#define BACKDATE_US INT64_C(3600000000) /* for gates whose clock is behind */

enum {
        SELF_DAYS = 7300
};

int site_ca_path(const char *folder, const char *name, const char *suffix,
                 char path[SITE_CA_PATH_MAX])
{
        int len = snprintf(path, SITE_CA_PATH_MAX, "%s/%s%s", folder, name, suffix);
        return len < SITE_CA_PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* ---- names ---- */

static const char TOO_LONG[] = "is longer than the 64 characters that a certificate's name holds";

static bool is_id(const char *text, size_t len)
{
        return len >= 1 && len < FLOW_ID_MAX &&
               strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

static bool are_ids(const char *text, int count, char between)
{
        const char stop[] = { between, '\0' };
        for (int i = 1; i <= count; i++) {
                size_t len = strcspn(text, stop);
                if (!is_id(text, len) || (text[len] == between) != (i < count))
                        return false;
                text += len + 1;
        }
        return true;
}

static const char *check_gate(const char *name)
{
        if (strlen(name) >= CA_NAME_MAX)
                return TOO_LONG;
        return are_ids(name, 3, '/') ? NULL
                                     : "is not ORG/SITE/GATE, each 1 to 32 of a-z, 0-9 and -";
}

static const char *check_client(const char *name)
{
        static const char *const roles[] = { "dashboard", "collector" };
        if (strcmp(name, "homeassistant") == 0)
                return NULL;
        if (strncmp(name, SITE_CA_FORWARDER, strlen(SITE_CA_FORWARDER)) == 0 &&
            are_ids(name + strlen(SITE_CA_FORWARDER), 2, '.'))
                return strlen(name) < CA_NAME_MAX ? NULL : TOO_LONG;
        for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
                size_t len = strlen(roles[i]);
                if (is_id(name, strlen(name)) && strncmp(name, roles[i], len) == 0 &&
                    (name[len] == '\0' || (name[len] == '-' && name[len + 1] != '\0')))
                        return NULL;
        }
        return "is none of dashboard, collector (or with -… behind), forwarder.ORG.SITE and "
               "homeassistant";
}

const char *site_ca_check_name(enum site_ca_kind kind, const char *name)
{
        switch (kind) {
        case SITE_CA_GATE:
                return check_gate(name);
        case SITE_CA_CLIENT:
                return check_client(name);
        case SITE_CA_SERVER:
        case SITE_CA_ENROLMENT:
                break; /* constants of ours */
        }
        return NULL;
}

const char *site_ca_check_host(const char *host)
{
        size_t len = strlen(host);
        if (len == 0 || len > 253 ||
            strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-") !=
                    len)
                return "is neither a name nor an address";
        if (len >= 8 && strcasecmp(host + len - 8, ".invalid") == 0)
                return "is a name that no host has";
        return NULL;
}

/* ---- the folder ---- */

static int lock(const struct site_ca *ca)
{
        char path[SITE_CA_PATH_MAX];
        int error = site_ca_path(ca->folder, "lock", "", path);
        int fd = error ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0 && flock(fd, LOCK_EX) == 0)
                return fd;
        error = error ? error : -errno;
        if (fd >= 0)
                close(fd);
        return error;
}

/* It is good as long as the CA: one that ran out would shut every gate out. */
static int write_list(const struct site_ca *ca, int64_t now_us)
{
        char path[SITE_CA_PATH_MAX], *pem = NULL;
        struct ca_revoked *revoked = calloc(ca->revocations + 1, sizeof(*revoked));
        const struct ca_authority authority = { .certificate = ca->certificate, .key = ca->key };
        size_t count = 0;
        if (!revoked)
                return -ENOMEM;
        for (size_t i = 0; i < ca->row_count; i++)
                if (ca->rows[i].revoked_us != 0)
                        revoked[count++] = (struct ca_revoked){ .serial = ca->rows[i].serial,
                                                                .at_us = ca->rows[i].revoked_us };
        int error = site_ca_path(ca->folder, "ca", ".crl", path);
        if (!error)
                error = ca_revocation_list(&authority, revoked, count, (int64_t)count + 1, now_us,
                                           ca->self.until_us, &pem);
        if (!error)
                error = whole_file_write(path, pem, 0644, (gid_t)-1);
        free(pem);
        free(revoked);
        return error;
}

int site_ca_make(const char *folder, const struct signing_key *key, int64_t now_us)
{
        const struct ca_subject self = { .name = SELF_NAME,
                                         .from_us = now_us - BACKDATE_US,
                                         .until_us = now_us + SELF_DAYS * DAY_US };
        char path[SITE_CA_PATH_MAX], *pem = NULL;
        struct site_ca ca = { .key = (struct signing_key *)key };
        int error = site_ca_path(folder, "ca", ".crt", path);
        if (!error && access(path, F_OK) == 0)
                error = -EEXIST;
        if (!error)
                error = ca_self_sign(key, &self, &pem);
        if (!error)
                error = whole_file_write(path, pem, 0644, (gid_t)-1);
        if (!error)
                error = site_ca_open(&ca, folder);
        if (!error) {
                ca.key = (struct signing_key *)key; /* borrowed */
                error = write_list(&ca, now_us);
                ca.key = NULL;
                site_ca_close(&ca);
        }
        free(pem);
        return error;
}

int site_ca_open(struct site_ca *ca, const char *folder)
{
        char path[SITE_CA_PATH_MAX];
        *ca = (struct site_ca){ .key = NULL };
        int error = site_ca_path(folder, "ca", ".crt", path);
        if (error)
                return error;
        snprintf(ca->folder, sizeof(ca->folder), "%s", folder);
        error = whole_file_read(path, &ca->certificate);
        if (!error)
                error = ca_read(ca->certificate, &ca->self);
        if (!error)
                error = site_ca_refresh(ca);
        if (error)
                site_ca_close(ca);
        return error;
}

int site_ca_unlock(struct site_ca *ca, struct signing_key *take_key)
{
        ca->key = take_key;
        return ca_belongs(ca->certificate, take_key);
}

void site_ca_close(struct site_ca *ca)
{
        site_ca_forget(ca);
        free(ca->certificate);
        ca->certificate = NULL;
        ca->key = signing_key_free(ca->key);
}

/* ---- looking ---- */

const struct site_ca_token *site_ca_find_token(const struct site_ca *ca,
                                               const uint8_t secret[TOKEN_SECRET_LEN])
{
        uint8_t hash[FLOW_DIGEST_LEN];
        const struct site_ca_token *found = NULL;
        if (digest_sha256(secret, TOKEN_SECRET_LEN, hash) != 0)
                return NULL;
        for (size_t i = 0; i < ca->token_count; i++)
                if (digest_equal(ca->tokens[i].hash, hash, FLOW_DIGEST_LEN))
                        found = &ca->tokens[i];
        return found;
}

const struct site_ca_row *site_ca_find(const struct site_ca *ca, const char *serial)
{
        for (size_t i = ca->row_count; i-- > 0;)
                if (strcmp(ca->rows[i].serial, serial) == 0)
                        return &ca->rows[i];
        return NULL;
}

const struct site_ca_row *site_ca_newest(const struct site_ca *ca, const char *name)
{
        for (size_t i = ca->row_count; i-- > 0;)
                if (strcmp(ca->rows[i].name, name) == 0)
                        return &ca->rows[i];
        return NULL;
}

/* ---- doing ---- */

static bool has_had_enough(const struct site_ca *ca, const char *name, int64_t now_us)
{
        size_t count = 0;
        for (size_t i = 0; i < ca->row_count; i++)
                count += strcmp(ca->rows[i].name, name) == 0 &&
                         ca->rows[i].issued_us > now_us - DAY_US;
        return count >= SITE_CA_A_DAY_MAX;
}

/* What was good when it was asked is looked at again, on what the ledger says now. */
static int check_order(const struct site_ca *ca, const struct site_ca_order *order, int64_t now_us)
{
        for (size_t i = 0; order->token_hash && i < ca->token_count; i++)
                if (memcmp(ca->tokens[i].hash, order->token_hash, FLOW_DIGEST_LEN) == 0 &&
                    (ca->tokens[i].is_void || ca->tokens[i].until_us <= now_us))
                        return -EACCES;
        if (!order->renews)
                return 0;
        const struct site_ca_row *old = site_ca_find(ca, order->renews);
        if (!old || old->revoked_us != 0)
                return -ESTALE;
        return has_had_enough(ca, order->name, now_us) ? -EDQUOT : 0;
}

static int issue_locked(struct site_ca *ca, const struct site_ca_order *order, const char *request,
                        int64_t now_us, char **pem)
{
        const struct ca_authority authority = { .certificate = ca->certificate, .key = ca->key };
        struct ca_subject subject = { .name = order->name,
                                      .usage = order->kind == SITE_CA_GATE ||
                                                               order->kind == SITE_CA_CLIENT
                                                       ? CA_CLIENT
                                                       : CA_SERVER,
                                      .hosts = order->hosts,
                                      .host_count = order->host_count,
                                      .from_us = now_us - BACKDATE_US,
                                      .until_us = now_us + order->days * DAY_US };
        struct ca_certificate made;
        if (subject.until_us > ca->self.until_us)
                subject.until_us = ca->self.until_us;
        int error = site_ca_refresh(ca);
        if (!error)
                error = check_order(ca, order, now_us);
        if (!error)
                error = ca_sign(&authority, request, &subject, pem);
        if (!error)
                error = ca_read(*pem, &made);
        if (!error)
                error = site_ca_note(ca, site_ca_issued_row(order, &made, now_us));
        return error;
}

int site_ca_issue(struct site_ca *ca, const struct site_ca_order *order, const char *request,
                  int64_t now_us, char **pem)
{
        *pem = NULL;
        int fd = lock(ca);
        int error = fd < 0 ? fd : issue_locked(ca, order, request, now_us, pem);
        if (error) {
                free(*pem);
                *pem = NULL;
        }
        if (fd >= 0)
                close(fd);
        return error;
}

static int revoke_locked(struct site_ca *ca, const char *which, int64_t now_us)
{
        int count = 0;
        int error = site_ca_refresh(ca);
        bool has_tokens = false;
        for (size_t i = 0; !error && i < ca->row_count; i++) {
                const struct site_ca_row *row = &ca->rows[i];
                bool is_meant = strcmp(row->serial, which) == 0 || strcmp(row->name, which) == 0;
                if (!is_meant || row->revoked_us != 0 || row->until_us <= now_us)
                        continue;
                error = site_ca_note(ca, site_ca_revoked_row("revoked", row->serial, now_us));
                count++;
        }
        for (size_t i = 0; i < ca->token_count; i++)
                has_tokens = has_tokens ||
                             (!ca->tokens[i].is_void && strcmp(ca->tokens[i].name, which) == 0);
        if (!error && has_tokens) {
                error = site_ca_note(ca, site_ca_revoked_row("cancelled", which, now_us));
                count++;
        }
        if (!error)
                error = write_list(ca, now_us);
        return error ? error : count;
}

int site_ca_revoke(struct site_ca *ca, const char *which, int64_t now_us)
{
        int fd = lock(ca);
        int result = fd < 0 ? fd : revoke_locked(ca, which, now_us);
        if (fd >= 0)
                close(fd);
        return result;
}

int site_ca_grant(struct site_ca *ca, const char *name, int64_t valid_s, int64_t days,
                  int64_t now_us, struct token *token)
{
        struct site_ca_token granted = { .until_us = now_us + valid_s * 1000000, .days = days };
        snprintf(granted.name, sizeof(granted.name), "%s", name);
        memcpy(token->fingerprint, ca->self.fingerprint, FLOW_DIGEST_LEN);
        int error = digest_random(token->secret, TOKEN_SECRET_LEN);
        if (!error)
                error = digest_sha256(token->secret, TOKEN_SECRET_LEN, granted.hash);
        int fd = error ? error : lock(ca);
        if (fd < 0)
                return fd;
        error = site_ca_note(ca, site_ca_token_row(&granted, now_us));
        close(fd);
        return error;
}

/*
 * What became of a day, as something that can be shown to others: a JSON Web Signature (RFC 7515,
 * compact; EdDSA of RFC 8037) by the dashboard's own key, over what the archive counts now. It
 * proves what this archive says of itself; who has copied it before is not its business.
 */
#include "common/base64.h"
#include "common/rfc3339.h"
#include "controller/ports/signing.h"
#include "dashboard/dashboard_wiring.h"
#include "dashboard/verbs/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_US INT64_C(86400000000)

enum {
        PUBLIC_MAX = 128
};

static void free_text(char **text)
{
        free(*text);
}

/* False: no day of the past. */
static bool read_day(const char *text, int64_t *day)
{
        char time[RFC3339_MAX];
        int64_t at_us;
        int len = snprintf(time, sizeof(time), "%sT00:00:00Z", text);
        if (strlen(text) != 10 || len < 0 || !rfc3339_parse(time, &at_us))
                return false;
        *day = at_us / DAY_US;
        return at_us + DAY_US <= wall_us();
}

/* RFC 4648, section 5, without padding. Heap; NULL without memory. */
static char *base64url(const void *bytes, size_t len)
{
        char *text = base64_encode(bytes, len);
        for (char *at = text; text && *at != '\0'; at++) {
                if (*at == '+')
                        *at = '-';
                else if (*at == '/')
                        *at = '_';
                else if (*at == '=')
                        *at = '\0';
        }
        return text;
}

/* Makes it when there is none. 0 or -errno. */
static int load_key(const char *path, struct signing_key **key)
{
        int r = signing_key_load(path, NULL, key);
        if (r != -ENOENT)
                return r;
        r = signing_key_new(SIGNING_ED25519, key);
        if (!r)
                r = signing_key_save(*key, path, NULL);
        if (!r)
                fprintf(stderr, "%s: made; keep it, and give others its public half\n", path);
        return r;
}

/* What is signed: text of a JSON object. NULL without memory. */
static char *describe(const char *text, const char *archive, const struct history_deletion *told)
{
        char issued[RFC3339_MAX], last[RFC3339_MAX];
        bool is_done = told->left_entries == 0 && told->left_stays == 0;
        rfc3339_format(wall_us(), issued);
        rfc3339_format(told->last_us, last);
        json_t *proof = json_pack(
                "{s:s, s:s, s:s, s:b, s:{s:I, s:I, s:I, s:o}, s:{s:I, s:I}, s:I}", "day", text,
                "issued", issued, "archive", archive, "is_deleted", is_done, "deleted", "entries",
                (json_int_t)told->entries, "stays", (json_int_t)told->stays, "refusals",
                (json_int_t)told->refusals, "last", told->last_us ? json_string(last) : json_null(),
                "left", "entries", (json_int_t)told->left_entries, "stays",
                (json_int_t)told->left_stays, "later_stays", (json_int_t)told->later_stays);
        char *said = proof ? json_dumps(proof, JSON_COMPACT) : NULL;
        json_decref(proof);
        return said;
}

/* Prints the JWS, with the public key in its header. 0 or -errno. */
static int print_signed(const struct signing_key *key, const char *payload)
{
        uint8_t public[PUBLIC_MAX], signature[SIGNING_SIGNATURE_MAX];
        char header[160];
        int len = signing_key_public(key, public, sizeof(public));
        if (len < 32)
                return len < 0 ? len : -EINVAL;
        /* Of Ed25519 the last 32 bytes of the DER are the key. */
        CLEANUP(free_text)
        char *x = base64url(public + len - 32, 32);
        (void)snprintf(
                header, sizeof(header),
                "{\"alg\":\"EdDSA\",\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}}",
                x ? x : "");
        CLEANUP(free_text)
        char *head = base64url(header, strlen(header));
        CLEANUP(free_text)
        char *body = base64url(payload, strlen(payload));
        CLEANUP(free_text)
        char *whole = NULL;
        if (!x || !head || !body || asprintf(&whole, "%s.%s", head, body) < 0)
                return -ENOMEM;
        int r = signing_key_sign(key, whole, strlen(whole), signature);
        CLEANUP(free_text)
        char *tail = base64url(signature, sizeof(signature));
        if (!r && !tail)
                r = -ENOMEM;
        if (!r)
                printf("%s.%s\n", whole, tail);
        return r;
}

static void say(const char *day, const struct history_deletion *told)
{
        fprintf(stderr,
                "%s: deleted %" PRIu64 " entries, %" PRIu64 " stays, %" PRIu64 " unreadable;"
                " left %" PRIu64 " entries, %" PRIu64 " stays\n",
                day, told->entries, told->stays, told->refusals, told->left_entries,
                told->left_stays);
        if (told->later_stays > 0)
                fprintf(stderr,
                        "%s: %" PRIu64 " stays had begun by then and ended later, or last\n", day,
                        told->later_stays);
}

int verb_prove_deletion(int argc, char **argv)
{
        static struct dashboard_options options;
        const char *config = argc > 2 ? argv[2] : DASHBOARD_CONFIG;
        struct history_deletion told;
        struct signing_key *key = NULL;
        int64_t day;
        if (!read_day(argv[1], &day)) {
                fprintf(stderr, "%s: a day that is over is wanted, as 2026-11-05\n", argv[1]);
                return 2;
        }
        if (!verb_load(&options, config))
                return 2;
        struct history *history = dashboard_wiring_history(&options);
        int r = history ? history->ops->deletion(history, day, &told) : -EIO;
        if (r)
                fprintf(stderr, "the archive does not answer: %s\n", strerror(-r));
        if (!r) {
                say(argv[1], &told);
                r = load_key(options.archive.proof_key_file, &key);
                CLEANUP(free_text)
                char *payload = describe(
                        argv[1], options.archive.postgresql[0] ? "postgresql" : "sqlite", &told);
                if (!r)
                        r = payload ? print_signed(key, payload) : -ENOMEM;
                if (r)
                        fprintf(stderr, "%s: %s\n", options.archive.proof_key_file, strerror(-r));
        }
        signing_key_free(key);
        history_close(history);
        return r || told.left_entries + told.left_stays > 0 ? 1 : 0;
}

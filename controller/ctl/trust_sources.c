#include "controller/ctl/trust_sources.h"

#include "common/base64.h"
#include "controller/ctl/print.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where something stands, for people: a file, and maybe which one in it. */
struct origin {
        const char *path;
        size_t number; /* from 1; 0: the only one */
};

struct trust_sources *trust_sources_new(FILE *complaints, int64_t now_us)
{
        struct trust_sources *sources = calloc(1, sizeof(*sources));
        if (sources) {
                sources->complaints = complaints;
                sources->now_us = now_us;
        }
        return sources;
}

struct trust_sources *trust_sources_free(struct trust_sources *sources)
{
        for (size_t i = 0; sources && i < sources->count; i++)
                free((uint8_t *)sources->key[i].der);
        free(sources);
        return NULL;
}

static void skip(struct trust_sources *sources, const struct origin *origin, const char *why)
{
        sources->skipped++;
        print_safe(sources->complaints, origin->path);
        if (origin->number != 0)
                fprintf(sources->complaints, ", number %zu", origin->number);
        fprintf(sources->complaints, ": skipped: %s\n", why);
}

/* NULL: it can sign health certificates. */
static const char *find_fault(const struct trust_sources *sources, const uint8_t *der, size_t len)
{
        struct signature_key *key = NULL;
        struct signature_key_info info;
        int error = signature_key_read(der, len, &key, &info);
        signature_key_free(key);
        if (error == -ENOTSUP)
                return "a kind of key that is not taken";
        if (error == -EBADMSG)
                return "neither a certificate nor a public key";
        if (error)
                return strerror(-error);
        if (info.is_certificate && info.until_us < sources->now_us)
                return "the certificate has expired";
        return info.usage & SIGNATURE_USAGE_OTHER ? "the certificate is for something else" : NULL;
}

static bool is_known(const struct trust_sources *sources, const uint8_t *der, size_t len)
{
        for (size_t i = 0; i < sources->count; i++)
                if (sources->key[i].len == len && memcmp(sources->key[i].der, der, len) == 0)
                        return true;
        return false;
}

static void add_der(struct trust_sources *sources, const struct origin *origin, const uint8_t *der,
                    size_t len)
{
        const char *fault = len == 0 ? "no key" : find_fault(sources, der, len);
        if (!fault && is_known(sources, der, len)) {
                sources->doubled++;
                return;
        }
        if (!fault && sources->count == TRUST_LIST_KEYS_MAX)
                fault = "more keys than a list holds";
        uint8_t *copy = fault ? NULL : malloc(len);
        if (!fault && !copy)
                fault = "there is no memory";
        if (fault) {
                skip(sources, origin, fault);
                return;
        }
        memcpy(copy, der, len);
        sources->key[sources->count++] = (struct trust_list_key){ copy, len };
}

static void add_base64(struct trust_sources *sources, const struct origin *origin, const char *text,
                       size_t len)
{
        uint8_t der[SIGNATURE_DER_MAX];
        size_t der_len = base64_decode(text, len, der, sizeof(der));
        if (der_len == sizeof(der))
                skip(sources, origin, "too large for a key");
        else
                add_der(sources, origin, der, der_len);
}

/* Each block; one of something else than a certificate or public key is said. */
static void add_pem(struct trust_sources *sources, const char *path, const char *text)
{
        static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";
        static const char *const labels[] = { "CERTIFICATE", "PUBLIC KEY" };
        struct origin origin = { path, 0 };
        while ((text = strstr(text, begin))) {
                const char *label = text + strlen(begin), *body = strstr(label, dashes);
                const char *stop = body ? strstr(body + strlen(dashes), end) : NULL;
                bool is_ours = false;
                origin.number++;
                for (size_t i = 0; stop && i < ARRAY_LEN(labels); i++)
                        is_ours = is_ours || (strlen(labels[i]) == (size_t)(body - label) &&
                                              strncmp(label, labels[i], strlen(labels[i])) == 0);
                if (!is_ours)
                        skip(sources, &origin, "neither a certificate nor a public key");
                else
                        add_base64(sources, &origin, body + strlen(dashes),
                                   (size_t)(stop - body) - strlen(dashes));
                text = stop ? stop : label;
        }
}

/* A list's kid is what the certificates that were signed carry; the gate finds keys by the kid that
 * the standard has. */
static bool has_other_kid(const json_t *entry, const char *raw)
{
        const char *kid = json_string_value(json_object_get(entry, "kid"));
        uint8_t said[SIGNATURE_KID_LEN + 1], der[SIGNATURE_DER_MAX];
        struct signature_key *key = NULL;
        struct signature_key_info info;
        size_t len = base64_decode(raw, strlen(raw), der, sizeof(der));
        bool is_key = kid && signature_key_read(der, len, &key, &info) == 0;
        signature_key_free(key);
        return is_key && info.is_certificate &&
               (base64_decode(kid, strlen(kid), said, sizeof(said)) != SIGNATURE_KID_LEN ||
                memcmp(said, info.kid, SIGNATURE_KID_LEN) != 0);
}

static void add_json(struct trust_sources *sources, const char *path, const char *text, size_t len)
{
        struct origin origin = { path, 0 };
        json_error_t error;
        json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
        json_t *list = json_is_object(root) ? json_object_get(root, "certificates") : root;
        json_t *entry = NULL;
        size_t i = 0;
        if (!json_is_array(list))
                skip(sources, &origin, root ? "JSON without a list of certificates" : error.text);
        json_array_foreach(list, i, entry)
        {
                const char *raw = json_string_value(
                        json_is_string(entry) ? entry : json_object_get(entry, "rawData"));
                origin.number = i + 1;
                if (!raw)
                        skip(sources, &origin, "no rawData");
                else if (has_other_kid(entry, raw))
                        skip(sources, &origin, "its kid is not that of its certificate");
                else
                        add_base64(sources, &origin, raw, strlen(raw));
        }
        json_decref(root);
}

/* Where JSON begins: at once, or behind one line of something else. */
static const char *find_json(const char *text)
{
        for (int line = 0; line < 2 && text; line++) {
                text += strspn(text, " \t\r\n");
                if (*text == '{' || *text == '[')
                        return text;
                text = strchr(text, '\n');
        }
        return NULL;
}

uint8_t *trust_sources_read_file(const char *path, size_t size_max, size_t *len)
{
        struct stat status = { .st_size = 0 };
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        bool is_file = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
        bool is_small = is_file && (size_t)status.st_size <= size_max;
        int why = fd < 0 ? errno : !is_file ? EINVAL : EFBIG;
        uint8_t *bytes = is_small ? malloc((size_t)status.st_size + 1) : NULL;
        ssize_t got = 0;
        *len = 0;
        while (bytes && *len < (size_t)status.st_size &&
               (got = read(fd, bytes + *len, (size_t)status.st_size - *len)) > 0)
                *len += (size_t)got;
        if (is_small)
                why = !bytes ? ENOMEM : got < 0 ? errno : 0;
        if (fd >= 0)
                close(fd);
        if (!bytes || why != 0) {
                free(bytes);
                errno = why;
                return NULL;
        }
        bytes[*len] = '\0';
        return bytes;
}

static void add_file(struct trust_sources *sources, const char *path)
{
        const struct origin origin = { path, 0 };
        size_t len = 0;
        uint8_t *bytes = trust_sources_read_file(path, TRUST_SOURCES_FILE_MAX, &len);
        const char *text = (const char *)bytes;
        if (!bytes) {
                skip(sources, &origin, strerror(errno));
                return;
        }
        const char *json = memchr(bytes, '\0', len) ? NULL : find_json(text);
        if (json)
                add_json(sources, path, json, len - (size_t)(json - text));
        else if (strstr(text, "-----BEGIN "))
                add_pem(sources, path, text);
        else
                add_der(sources, &origin, bytes, len);
        free(bytes);
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

void trust_sources_add(struct trust_sources *sources, const char *path)
{
        struct dirent **names = NULL;
        int count = scandir(path, &names, is_visible, alphasort);
        if (count < 0) {
                add_file(sources, path);
                return;
        }
        for (int i = 0; i < count; i++) {
                char file[4096];
                if (snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name) <
                    (int)sizeof(file))
                        add_file(sources, file);
                free(names[i]);
        }
        free(names);
}

#include "controller/validate/manager.h"

#include "common/log.h"
#include "controller/settings.h"
#include "controller/validate/cose/sign1.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The bytes of a file no longer than a key may be, with a NUL behind them. Their number or -errno.
 */
static ssize_t read_file(const char *path, char bytes[SIGNATURE_DER_MAX + 1])
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        ssize_t len = 0, got = 0;
        while (len <= SIGNATURE_DER_MAX &&
               (got = read(fd, bytes + len, (size_t)(SIGNATURE_DER_MAX + 1 - len))) > 0)
                len += got;
        int error = got < 0 ? -errno : len > SIGNATURE_DER_MAX ? -EFBIG : 0;
        close(fd);
        if (error)
                return error;
        bytes[len] = '\0';
        return len;
}

int manager_read(struct manager *manager, const struct settings_manager *from, const char **why)
{
        char bytes[SIGNATURE_DER_MAX + 1];
        struct signature_key_info info = { .is_certificate = false };
        *manager = (struct manager){ .roles = settings_parse_roles(from->roles) };
        memcpy(manager->name, from->name, sizeof(manager->name));
        ssize_t len = read_file(from->key_file, bytes);
        int error = len < 0 ? (int)len : 0;
        *why = error ? strerror(-error) : NULL;
        /* Whoever signs keeps it to himself: a gate that holds it could command every gate. */
        if (!error && memmem(bytes, (size_t)len, "PRIVATE KEY-----", 16)) {
                *why = "a private key, which no gate may hold: take the file away, make a new key";
                error = -EPERM;
        }
        if (!error) {
                error = signature_key_read(bytes, (size_t)len, &manager->key, &info);
                *why = error == -ENOTSUP   ? "a kind of key that is not taken"
                       : error == -EBADMSG ? "not a public key"
                       : error             ? strerror(-error)
                                           : NULL;
        }
        /* Nobody would look at its dates. */
        if (!error && info.is_certificate) {
                *why = "a certificate; the public key alone is wanted";
                manager->key = signature_key_free(manager->key);
                error = -EBADMSG;
        }
        explicit_bzero(bytes, sizeof(bytes));
        memcpy(manager->kid, info.kid, sizeof(manager->kid));
        return error;
}

static const struct manager *find(const struct managers *managers, const void *kid, size_t len)
{
        for (size_t i = 0; len == SIGNATURE_KID_LEN && i < managers->count; i++)
                if (memcmp(managers->manager[i].kid, kid, SIGNATURE_KID_LEN) == 0)
                        return &managers->manager[i];
        return NULL;
}

/* One key is one manager: their name stands in the journal. */
static int add(struct managers *managers, const struct settings_manager *from)
{
        struct manager *manager = &managers->manager[managers->count];
        const char *why = NULL;
        int error = manager_read(manager, from, &why);
        const struct manager *other =
                error ? NULL : find(managers, manager->kid, sizeof(manager->kid));
        if (other) {
                manager->key = signature_key_free(manager->key);
                why = "another manager has this key";
                error = -EEXIST;
        }
        if (error)
                log_error("manager's key cannot be used", "manager=%s path=%s reason=\"%s\"",
                          from->name, from->key_file, why);
        managers->count += !error;
        return error;
}

int managers_load(struct managers *managers, const struct settings *settings)
{
        struct managers fresh = { .count = 0 };
        int error = 0;
        for (size_t i = 0; !error && i < settings->managers; i++)
                error = add(&fresh, &settings->manager[i]);
        if (error) {
                managers_deinit(&fresh);
                return error;
        }
        managers_deinit(managers);
        *managers = fresh;
        return 0;
}

void managers_share(const struct managers *managers, struct managers *into)
{
        *into = *managers;
        for (size_t i = 0; i < into->count; i++)
                into->manager[i].key = signature_key_ref(into->manager[i].key);
}

void managers_deinit(struct managers *managers)
{
        for (size_t i = 0; i < managers->count; i++)
                signature_key_free(managers->manager[i].key);
        *managers = (struct managers){ .count = 0 };
}

enum managers_answer managers_open(const struct managers *managers, const void *bytes, size_t len,
                                   enum manager_role role, const void *external,
                                   size_t external_len, const struct manager **who,
                                   const uint8_t **payload, size_t *payload_len)
{
        struct cbor_reader reader;
        struct sign1 message;
        *who = NULL;
        *payload = NULL;
        *payload_len = 0;
        cbor_reader_init(&reader, bytes, len);
        if (sign1_read(&reader, &message) != 0 || !cbor_at_end(&reader) ||
            !message.is_alg_protected)
                return MANAGERS_DAMAGED;
        const struct manager *signer = find(managers, message.kid, message.kid_len);
        if (!signer)
                return MANAGERS_UNKNOWN;
        int good = sign1_verify(&message, signer->key, external, external_len);
        if (good != 1)
                return good == -E2BIG ? MANAGERS_DAMAGED : MANAGERS_FORGED;
        *who = signer;
        *payload = message.payload;
        *payload_len = message.payload_len;
        return (signer->roles & role) != 0 ? MANAGERS_GOOD : MANAGERS_FORBIDDEN;
}

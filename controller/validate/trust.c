#include "controller/validate/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum {
        KID_MIN = 4 /* fewer bytes than that name nobody */
};

struct entry {
        struct signature_key *key;
        struct signature_key_info info;
        unsigned int uses;
        char name[SIGNATURE_NAME_MAX];
};

struct trust {
        atomic_int users;
        size_t count, room;
        struct entry *entry;
};

struct trust *trust_new(void)
{
        struct trust *trust = calloc(1, sizeof(*trust));
        if (trust)
                atomic_store(&trust->users, 1);
        return trust;
}

struct trust *trust_ref(struct trust *trust)
{
        atomic_fetch_add(&trust->users, 1);
        return trust;
}

struct trust *trust_unref(struct trust *trust)
{
        if (!trust || atomic_fetch_sub(&trust->users, 1) > 1)
                return NULL;
        for (size_t i = 0; i < trust->count; i++)
                signature_key_free(trust->entry[i].key);
        free(trust->entry);
        free(trust);
        return NULL;
}

static int make_room(struct trust *trust)
{
        if (trust->count < trust->room)
                return 0;
        if (trust->count == TRUST_KEYS_MAX)
                return -ENOSPC;
        size_t room = trust->room > 0 ? 2 * trust->room : 8;
        struct entry *entry = realloc(trust->entry, room * sizeof(*entry));
        if (!entry)
                return -ENOMEM;
        trust->entry = entry;
        trust->room = room;
        return 0;
}

int trust_add(struct trust *trust, struct signature_key *take_key,
              const struct signature_key_info *info, unsigned int uses, const char *name)
{
        int error = make_room(trust);
        if (error) {
                signature_key_free(take_key);
                return error;
        }
        struct entry *entry = &trust->entry[trust->count++];
        *entry = (struct entry){ .key = take_key, .info = *info, .uses = uses };
        snprintf(entry->name, sizeof(entry->name), "%s", name);
        return 0;
}

/* The bytes of a file no longer than a key may be. Their number, or -errno. */
static ssize_t read_file(int folder, const char *name, uint8_t bytes[SIGNATURE_DER_MAX + 1])
{
        int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        ssize_t len = 0, got = 0;
        while (len <= SIGNATURE_DER_MAX &&
               (got = read(fd, bytes + len, (size_t)(SIGNATURE_DER_MAX + 1 - len))) > 0)
                len += got;
        int error = got < 0 ? -errno : len > SIGNATURE_DER_MAX ? -EFBIG : 0;
        close(fd);
        return error ? error : len;
}

static int add_file(struct trust *trust, int folder, const char *name, unsigned int uses)
{
        uint8_t bytes[SIGNATURE_DER_MAX + 1];
        struct signature_key *key = NULL;
        struct signature_key_info info;
        ssize_t len = read_file(folder, name, bytes);
        if (len < 0)
                return (int)len;
        int error = signature_key_read(bytes, (size_t)len, &key, &info);
        return error ? error : trust_add(trust, key, &info, uses, name);
}

static const char *words_of(int error)
{
        switch (-error) {
        case EBADMSG:
                return "neither a certificate nor a public key";
        case ENOTSUP:
                return "a kind of key that is not taken";
        case EFBIG:
                return "too large for a key";
        case ENOSPC:
                return "more keys than are held";
        default:
                return strerror(-error);
        }
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

int trust_add_folder(struct trust *trust, const char *folder, unsigned int uses, FILE *complaints)
{
        struct dirent **names = NULL;
        int added = 0;
        /* In the order of their names, so that every gate tries keys in the same one. */
        int count = scandir(folder, &names, is_visible, alphasort);
        if (count < 0)
                return -errno;
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (int i = 0; i < count; i++) {
                int error = fd < 0 ? -EACCES : add_file(trust, fd, names[i]->d_name, uses);
                added += !error;
                if (error)
                        fprintf(complaints, "%s/%s: %s\n", folder, names[i]->d_name,
                                words_of(error));
                free(names[i]);
        }
        free(names);
        if (fd >= 0)
                close(fd);
        return added;
}

size_t trust_count(const struct trust *trust, unsigned int uses)
{
        size_t count = 0;
        for (size_t i = 0; i < trust->count; i++)
                count += (trust->entry[i].uses & uses) != 0;
        return count;
}

static bool has_kid(const struct entry *entry, const uint8_t *kid, size_t kid_len)
{
        return kid_len >= KID_MIN && kid_len <= SIGNATURE_KID_LEN &&
               memcmp(entry->info.kid, kid, kid_len) == 0;
}

/* Two walks, one behind the other: whose kid it is; then bare keys whose kid it is not. */
bool trust_next(const struct trust *trust, unsigned int use, const uint8_t *kid, size_t kid_len,
                size_t *at, struct trust_key *key)
{
        while (*at < 2 * trust->count) {
                const struct entry *entry = &trust->entry[*at % trust->count];
                bool is_second = *at >= trust->count;
                bool is_named = has_kid(entry, kid, kid_len);
                ++*at;
                if ((entry->uses & use) == 0 || is_named == is_second ||
                    (is_second && entry->info.is_certificate))
                        continue;
                *key = (struct trust_key){ entry->key, &entry->info, entry->name };
                return true;
        }
        return false;
}

void trust_offer(struct trust_box *box, struct trust *take_trust)
{
        trust_unref(atomic_exchange(&box->offered, take_trust));
}

const struct trust *trust_take_up(struct trust_box *box)
{
        struct trust *offered = atomic_exchange(&box->offered, NULL);
        if (offered) {
                trust_unref(box->held);
                box->held = offered;
        }
        return box->held;
}

void trust_box_deinit(struct trust_box *box)
{
        trust_offer(box, NULL);
        box->held = trust_unref(box->held);
}

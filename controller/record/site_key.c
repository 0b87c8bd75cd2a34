#include "controller/record/site_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_key(int fd, uint8_t key[DIGEST_KEY_LEN])
{
        struct stat status;
        if (fstat(fd, &status) < 0)
                return -errno;
        if ((status.st_mode & 077) != 0)
                return -EPERM;
        if (status.st_size != DIGEST_KEY_LEN)
                return -EBADMSG;
        ssize_t got = read(fd, key, DIGEST_KEY_LEN);
        return got == DIGEST_KEY_LEN ? 0 : got < 0 ? -errno : -EBADMSG;
}

/* Written aside and linked into place: another start never sees half a key. */
static int make_key(const char *path, uint8_t key[DIGEST_KEY_LEN])
{
        char fresh[512];
        snprintf(fresh, sizeof(fresh), "%s.%ld", path, (long)getpid());
        int error = digest_random(key, DIGEST_KEY_LEN);
        if (error)
                return error;
        int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        ssize_t put = write(fd, key, DIGEST_KEY_LEN);
        if (put != DIGEST_KEY_LEN || fsync(fd) < 0)
                error = -EIO;
        close(fd);
        if (!error && link(fresh, path) < 0)
                error = -errno;
        unlink(fresh);
        return error;
}

int site_key_load(const char *path, uint8_t key[DIGEST_KEY_LEN], bool *is_new)
{
        *is_new = false;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT) {
                *is_new = true;
                return make_key(path, key);
        }
        if (fd < 0)
                return -errno;
        int error = read_key(fd, key);
        close(fd);
        return error;
}

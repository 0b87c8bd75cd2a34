#include "drivers/store/files.h"

#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
        FILES_TRIES = 1000, /* names tried for a damaged file */
};

/* In this order when set aside: a cut in between may leave a log without database, which is noticed
 * at the next start, but never a database without the log that holds its newest rows. */
static const char *const companions[] = { "", "-wal", "-journal", "-shm" };

static bool companion_path(char out[FILES_PATH_MAX], const char *path, const char *suffix)
{
        return snprintf(out, FILES_PATH_MAX, "%s%s", path, suffix) < FILES_PATH_MAX;
}

static bool is_there(const char *path, const char *suffix, off_t *size)
{
        char full[FILES_PATH_MAX];
        struct stat info;
        if (!companion_path(full, path, suffix) || stat(full, &info) < 0)
                return false;
        *size = info.st_size;
        return true;
}

/* The folder's entry is as much part of a file's existence as its bytes. */
static int sync_folder(const char *path)
{
        char folder[FILES_PATH_MAX];
        if (!companion_path(folder, path, ""))
                return -ENAMETOOLONG;
        char *slash = strrchr(folder, '/');
        if (slash)
                slash[slash == folder ? 1 : 0] = '\0';
        int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        /* EINVAL: a file system that keeps no folders on a disk has nothing to write. */
        int r = fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
        close(fd);
        return r;
}

int files_make(const char *path, bool *is_made)
{
        *is_made = false;
        off_t size = 0;
        if (is_there(path, "", &size))
                return size > 0 ? 0 : -EUCLEAN;
        if (is_there(path, "-wal", &size) && size > 0)
                return -EUCLEAN;

        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        int r = fchmod(fd, 0600) < 0 ? -errno : 0;
        close(fd);
        *is_made = true;
        return r ? r : sync_folder(path);
}

void files_unmake(const char *path)
{
        for (size_t i = 0; i < ARRAY_LEN(companions); i++) {
                char full[FILES_PATH_MAX];
                if (companion_path(full, path, companions[i]))
                        (void)unlink(full);
        }
}

/* Free as a whole: with the names of what belongs to it. */
static bool is_free(const char *path)
{
        off_t size;
        for (size_t i = 0; i < ARRAY_LEN(companions); i++) {
                if (is_there(path, companions[i], &size))
                        return false;
        }
        return true;
}

static int name_aside(const char *path, char where[FILES_PATH_MAX])
{
        char stamp[sizeof("YYYYMMDDThhmmssZ")];
        time_t now = time(NULL);
        struct tm utc;
        if (!gmtime_r(&now, &utc) || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc) == 0)
                return -EOVERFLOW;
        for (int try = 1; try <= FILES_TRIES; try++) {
                char suffix[16] = "";
                if (try > 1)
                        (void)snprintf(suffix, sizeof(suffix), "-%d", try);
                int len = snprintf(where, FILES_PATH_MAX, "%s.damaged-%s%s", path, stamp, suffix);
                if (len < 0 || len >= FILES_PATH_MAX - FILES_SUFFIX_MAX)
                        return -ENAMETOOLONG;
                if (is_free(where))
                        return 0;
        }
        return -EEXIST;
}

static int rename_all(const char *path, const char *where)
{
        for (size_t i = 0; i < ARRAY_LEN(companions); i++) {
                char from[FILES_PATH_MAX], to[FILES_PATH_MAX];
                if (!companion_path(from, path, companions[i]) ||
                    !companion_path(to, where, companions[i]))
                        return -ENAMETOOLONG;
                if (rename(from, to) < 0 && errno != ENOENT)
                        return -errno;
        }
        return sync_folder(path);
}

int files_set_aside(const char *path, char where[FILES_PATH_MAX])
{
        int r = name_aside(path, where);
        if (!r)
                r = rename_all(path, where);
        if (r)
                log_error("damaged database not set aside", "path=%s errno=%d", path, -r);
        else
                log_warn("damaged database set aside", "path=%s now=%s", path, where);
        return r;
}

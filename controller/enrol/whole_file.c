#include "controller/enrol/whole_file.h"

#include "controller/ports/ca.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int whole_file_read(const char *path, char **text)
{
        *text = NULL;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        char *bytes = fd >= 0 ? malloc(CA_PEM_MAX + 1) : NULL;
        if (!bytes) {
                int error = fd < 0 ? -errno : -ENOMEM;
                if (fd >= 0)
                        close(fd);
                return error;
        }
        ssize_t got = read(fd, bytes, CA_PEM_MAX + 1);
        int error = got < 0 ? -errno : got > CA_PEM_MAX ? -EFBIG : 0;
        close(fd);
        if (error) {
                free(bytes);
                return error;
        }
        bytes[got] = '\0';
        *text = bytes;
        return 0;
}

static int sync_folder_of(const char *path)
{
        char folder[WHOLE_FILE_PATH_MAX];
        const char *slash = strrchr(path, '/');
        snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
                 slash ? path : ".");
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int error = fd < 0 || fsync(fd) < 0 ? -errno : 0;
        if (fd >= 0)
                close(fd);
        return error;
}

int whole_file_rename(const char *from, const char *to)
{
        return rename(from, to) < 0 ? -errno : sync_folder_of(to);
}

static int fill(int fd, const char *text, mode_t mode, gid_t group)
{
        size_t len = strlen(text);
        struct stat status;
        if (fstat(fd, &status) < 0)
                return -errno;
        if (group != (gid_t)-1 && group != status.st_gid && fchown(fd, (uid_t)-1, group) < 0)
                return -errno;
        if (fchmod(fd, mode) < 0)
                return -errno;
        ssize_t put = write(fd, text, len);
        return put < 0 ? -errno : (size_t)put != len ? -ENOSPC : fsync(fd) < 0 ? -errno : 0;
}

int whole_file_write(const char *path, const char *text, mode_t mode, gid_t group)
{
        char fresh[WHOLE_FILE_PATH_MAX];
        if (snprintf(fresh, sizeof(fresh), "%s.%ld", path, (long)getpid()) >= (int)sizeof(fresh))
                return -ENAMETOOLONG;
        int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        int error = fill(fd, text, mode, group);
        close(fd);
        if (!error)
                error = whole_file_rename(fresh, path);
        if (error)
                unlink(fresh);
        return error;
}

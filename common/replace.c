#include "common/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The folder's entry, too, must outlive a power cut. */
static int sync_folder(const char *path)
{
        char folder[REPLACE_PATH_MAX];
        snprintf(folder, sizeof(folder), "%s", path);
        char *slash = strrchr(folder, '/');
        if (slash)
                *slash = '\0';
        int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        int error = fsync(fd) == 0 ? 0 : -errno;
        close(fd);
        return error;
}

int replace_file(const char *path, replace_fill_fn *fill, const void *context)
{
        char fresh[REPLACE_PATH_MAX];
        if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
                return -ENAMETOOLONG;
        FILE *file = fopen(fresh, "we");
        if (!file)
                return -errno;
        fill(context, file);
        int error = fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0 ? 0 : -errno;
        if (fclose(file) != 0 && !error)
                error = -errno;
        if (!error && rename(fresh, path) < 0)
                error = -errno;
        return error ? error : sync_folder(path);
}

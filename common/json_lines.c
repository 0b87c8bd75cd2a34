#include "common/json_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_cut_off(int fd)
{
        char last = '\n';
        off_t end = lseek(fd, 0, SEEK_END);
        return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

int json_lines_append(const char *path, const json_t *object, bool is_durable)
{
        int error = 0;
        char *line = json_dumps(object, JSON_COMPACT);
        int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (!line)
                error = -ENOMEM;
        else if (fd < 0)
                error = -errno;
        if (!error) {
                if (is_cut_off(fd))
                        (void)!write(fd, "\n", 1); /* else the next write fails as well */
                /* A part of it is what a disk that fills up takes, without an errno. */
                int put = dprintf(fd, "%s\n", line);
                error = put < 0                            ? -errno
                        : put != (int)strlen(line) + 1     ? -ENOSPC
                        : is_durable && fdatasync(fd) != 0 ? -errno
                                                           : 0;
        }
        if (fd >= 0 && close(fd) < 0 && !error)
                error = -errno;
        free(line);
        return error;
}

int json_lines_each(const char *path, json_lines_row_fn *row, json_lines_bad_fn *bad, void *context)
{
        char *line = NULL;
        size_t size = 0, number = 0;
        int result = 0;
        FILE *in = fopen(path, "re");
        if (!in)
                return errno == ENOENT ? 0 : -errno;
        while (result == 0 && getline(&line, &size, in) > 0) {
                json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
                number++;
                if (json_is_object(object))
                        result = row(context, object);
                else
                        bad(context, number);
                json_decref(object);
        }
        if (result == 0 && ferror(in))
                result = -EIO;
        free(line);
        fclose(in);
        return result;
}

#include "common/secret_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *secret_file_read(const char *path, char *line, size_t size)
{
        struct stat status;
        line[0] = '\0';
        FILE *in = fopen(path, "re");
        if (!in)
                return strerror(errno);
        bool is_private = fstat(fileno(in), &status) == 0 && (status.st_mode & 077) == 0;
        bool is_read = is_private && fgets(line, (int)size, in);
        fclose(in);
        if (!is_private)
                return "others may read it; chmod 600 first";
        if (is_read)
                line[strcspn(line, "\r\n")] = '\0';
        return is_read && line[0] != '\0' ? NULL : "there is no passphrase in it";
}

#include "controller/publish/thermal.h"

#include <fcntl.h>
#include <unistd.h>

bool thermal_read(double *celsius)
{
        char text[32];
        int fd = open("/sys/class/thermal/thermal_zone0/temp", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        ssize_t got = read(fd, text, sizeof(text) - 1);
        close(fd);
        if (got <= 0)
                return false;
        text[got] = '\0';
        char *end;
        long thousandths = strtol(text, &end, 10);
        if (end == text)
                return false;
        *celsius = (double)thousandths / 1000.0;
        return true;
}

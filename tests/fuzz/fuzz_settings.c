/* Fuzz: a configuration file of any bytes is read or refused, and what is accepted can be used. */
#include "controller/actuate/plan.h"
#include "controller/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct settings settings;
        static struct plan plan;
        static char complaints[1 << 20];
        char path[32];
        int fd = memfd_create("gate.conf", MFD_CLOEXEC);
        if (fd < 0 || write(fd, data, size) != (ssize_t)size)
                abort();
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        FILE *out = fmemopen(complaints, sizeof(complaints), "w");
        if (!out)
                abort();
        int error = settings_load(&settings, path, out);
        long said = ftell(out);
        fclose(out);
        close(fd);
        /* Refused with a word, or accepted without one. */
        if ((error == 0) != (said == 0))
                abort();
        if (error == 0)
                plan_init(&plan, &settings);
        return 0;
}

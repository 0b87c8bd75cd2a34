#include "controller/trust_source.h"

#include "common/log.h"
#include "controller/validate/trust_list.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void load_issuers(struct trust *trust, const char *folder)
{
        int added = trust_add_folder(trust, folder, TRUST_PASS, stderr);
        if (added == -ENOENT)
                log_info("there are no issuers of passes", "folder=%s", folder);
        else if (added < 0)
                log_error("issuers cannot be read", "folder=%s error=%s", folder, strerror(-added));
        else
                log_info("issuers are known", "folder=%s keys=%d", folder, added);
}

/* The whole file, or NULL after a log line. The caller's. */
static uint8_t *read_file(const char *path, size_t *len)
{
        uint8_t *bytes = malloc(TRUST_LIST_BYTES_MAX);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = bytes && fd >= 0 ? 1 : -1;
        *len = 0;
        while (got > 0 && *len < TRUST_LIST_BYTES_MAX &&
               (got = read(fd, bytes + *len, TRUST_LIST_BYTES_MAX - *len)) > 0)
                *len += (size_t)got;
        if (got < 0)
                log_error("health list cannot be read", "path=%s error=%s", path, strerror(errno));
        if (fd >= 0)
                close(fd);
        if (got >= 0)
                return bytes;
        free(bytes);
        return NULL;
}

static void load_health_list(struct trust *trust, const char *path)
{
        struct trust_list_info info;
        size_t len = 0;
        uint8_t *bytes = read_file(path, &len);
        if (!bytes)
                return;
        enum trust_list_answer answer = trust_list_read(bytes, len, trust, trust, &info);
        if (answer == TRUST_LIST_GOOD)
                log_info("signers of health certificates are known", "path=%s keys=%zu skipped=%zu",
                         path, info.count, info.skipped);
        else
                log_error("health list refused", "path=%s reason=\"%s\"", path,
                          trust_list_words(answer));
        free(bytes);
}

struct trust *trust_source_load(const struct settings *settings)
{
        struct trust *trust = trust_new();
        if (trust && settings->trust.issuers_folder[0] != '\0')
                load_issuers(trust, settings->trust.issuers_folder);
        if (trust && settings->trust.health_list[0] != '\0')
                load_health_list(trust, settings->trust.health_list);
        return trust;
}

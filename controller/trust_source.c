#include "controller/trust_source.h"

#include "common/log.h"

#include <errno.h>
#include <string.h>

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

struct trust *trust_source_load(const struct settings *settings)
{
        struct trust *trust = trust_new();
        if (trust && settings->trust.issuers_folder[0] != '\0')
                load_issuers(trust, settings->trust.issuers_folder);
        return trust;
}

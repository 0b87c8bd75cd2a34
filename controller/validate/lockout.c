#include "controller/validate/lockout.h"

bool lockout_counts(enum reason reason)
{
        return reason == REASON_UNKNOWN_CREDENTIAL || reason == REASON_BAD_SIGNATURE ||
               reason == REASON_UNTRUSTED_ISSUER || reason == REASON_UNREADABLE;
}

static int count_since(const struct lockout *lockout, int64_t since_ms)
{
        int count = 0;
        for (size_t i = 0; i < lockout->count; i++)
                count += lockout->bad_ms[i] > since_ms;
        return count;
}

bool lockout_note(struct lockout *lockout, const struct lockout_config *config, int64_t now_ms)
{
        if (config->codes == 0 || lockout_is_on(lockout, now_ms))
                return false;
        lockout->bad_ms[lockout->next] = now_ms;
        lockout->next = (lockout->next + 1) % LOCKOUT_CODES_MAX;
        if (lockout->count < LOCKOUT_CODES_MAX)
                lockout->count++;
        if (count_since(lockout, now_ms - INT64_C(1000) * config->within_s) < config->codes)
                return false;
        *lockout = (struct lockout){ .until_ms = now_ms + INT64_C(1000) * config->for_s };
        return true;
}

bool lockout_is_on(struct lockout *lockout, int64_t now_ms)
{
        if (now_ms >= lockout->until_ms)
                lockout->until_ms = 0;
        return lockout->until_ms != 0;
}

#include "drivers/bus/backoff.h"

enum {
        FIRST_MS = 1000,
        STEADY_MS = 10000
};

int backoff_failures(int before, int64_t up_ms, int64_t now_ms)
{
        return now_ms - STEADY_MS >= up_ms ? 1 : before + 1;
}

int backoff_pause_ms(int failures, int longest_s, uint32_t random)
{
        int64_t longest_ms = (int64_t)longest_s * 1000;
        int64_t ceiling_ms = FIRST_MS;
        for (int i = 1; i < failures && ceiling_ms < longest_ms; i++)
                ceiling_ms *= 2;
        if (ceiling_ms > longest_ms)
                ceiling_ms = longest_ms;
        return (int)((int64_t)random * ceiling_ms / UINT32_MAX);
}

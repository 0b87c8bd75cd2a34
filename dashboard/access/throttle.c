#include "dashboard/access/throttle.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

void throttle_place(const char *address, char key[THROTTLE_KEY_MAX])
{
        struct in6_addr place;
        snprintf(key, THROTTLE_KEY_MAX, "%s", address);
        if (inet_pton(AF_INET6, address, &place) != 1 || IN6_IS_ADDR_V4MAPPED(&place))
                return;
        memset(&place.s6_addr[8], 0, 8);
        (void)inet_ntop(AF_INET6, &place, key, THROTTLE_KEY_MAX);
}

static bool is_over(int64_t last_us, int64_t now_us)
{
        return now_us - last_us > THROTTLE_FORGET_S * SECOND_US;
}

/* Its place, or THROTTLE_KEYS. */
static size_t find(const struct throttle *throttle, const char *key)
{
        size_t i = 0;
        while (i < THROTTLE_KEYS && strncmp(throttle->entry[i].key, key, THROTTLE_KEY_MAX - 1) != 0)
                i++;
        return i;
}

int throttle_wait_s(const struct throttle *throttle, const char *key, int64_t now_us)
{
        size_t i = find(throttle, key);
        if (i == THROTTLE_KEYS || throttle->entry[i].until_us <= now_us)
                return 0;
        return (int)((throttle->entry[i].until_us - now_us + SECOND_US - 1) / SECOND_US);
}

void throttle_fail(struct throttle *throttle, const char *key, int64_t now_us)
{
        size_t at = find(throttle, key);
        if (at == THROTTLE_KEYS) {
                at = 0;
                for (size_t i = 1; i < THROTTLE_KEYS; i++)
                        if (throttle->entry[i].last_us < throttle->entry[at].last_us)
                                at = i;
                throttle->entry[at].failures = 0;
                snprintf(throttle->entry[at].key, THROTTLE_KEY_MAX, "%s", key);
        } else if (is_over(throttle->entry[at].last_us, now_us)) {
                throttle->entry[at].failures = 0;
        }
        int beyond = ++throttle->entry[at].failures - THROTTLE_FREE;
        int64_t wait_s = beyond <= 0  ? 0
                         : beyond > 9 ? THROTTLE_LONGEST_S
                                      : INT64_C(1) << (beyond - 1);
        if (wait_s > THROTTLE_LONGEST_S)
                wait_s = THROTTLE_LONGEST_S;
        throttle->entry[at].last_us = now_us;
        throttle->entry[at].until_us = now_us + wait_s * SECOND_US;
}

void throttle_forget(struct throttle *throttle, const char *key)
{
        size_t i = find(throttle, key);
        if (i < THROTTLE_KEYS)
                memset(&throttle->entry[i], 0, sizeof(throttle->entry[i]));
}

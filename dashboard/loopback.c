#include "dashboard/loopback.h"

#include <string.h>

static bool is_loopback(const char *host, size_t len)
{
        return (len == 9 && strncmp(host, "localhost", len) == 0) ||
               (len > 4 && strncmp(host, "127.", 4) == 0) ||
               (len == 3 && strncmp(host, "::1", len) == 0);
}

bool loopback_is_host(const char *host)
{
        return is_loopback(host, strlen(host));
}

bool loopback_are_hosts(const char *hosts)
{
        while (*(hosts += strspn(hosts, ", ")) != '\0') {
                size_t len = strcspn(hosts, ", "), host = len;
                while (host > 0 && hosts[host] != ':')
                        host--;
                if (!is_loopback(hosts, host > 0 ? host : len))
                        return false;
                hosts += len;
        }
        return true;
}

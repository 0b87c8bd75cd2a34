/* Loopback: where a broker may be spoken to without TLS. */
#pragma once

#include <stdbool.h>

bool loopback_is_host(const char *host);
/* Of "name:port, name:port". */
bool loopback_are_hosts(const char *hosts);

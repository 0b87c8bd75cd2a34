/* Peer: who is at the other end, when a proxy is between. */
#pragma once

#include "dashboard/ports/web.h"

/* NULL: `list` is one or more numeric addresses, between spaces or commas; else what is wanted. */
const char *peer_check(const char *list);
/* Is `address` in such a list? */
bool peer_is_trusted(const char *list, const char *address);
/*
 * X-Forwarded-For's last hop is what the nearest proxy saw; those before it are anybody's word.
 * True: it is a numeric address, now in `address`; else that stays.
 */
bool peer_forwarded(const char *hops, char address[WEB_ADDRESS_MAX]);

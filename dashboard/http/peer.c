#include "dashboard/http/peer.h"

#include <arpa/inet.h>
#include <string.h>

enum {
        LIST_ITEMS_MAX = 64
};

static const char between[] = " ,";

struct place {
        int family;
        uint8_t bytes[sizeof(struct in6_addr)];
};

/* `text` need not end behind `len`. False: no numeric address. */
static bool read_place(const char *text, size_t len, struct place *place)
{
        char copy[WEB_ADDRESS_MAX] = "";
        *place = (struct place){ .family = AF_INET };
        if (len >= sizeof(copy))
                return false;
        memcpy(copy, text, len);
        if (inet_pton(AF_INET, copy, place->bytes) == 1)
                return true;
        place->family = AF_INET6;
        return inet_pton(AF_INET6, copy, place->bytes) == 1;
}

const char *peer_check(const char *list)
{
        struct place place;
        size_t items = 0;
        for (const char *at = list + strspn(list, between); *at != '\0'; items++) {
                size_t len = strcspn(at, between);
                if (items == LIST_ITEMS_MAX || !read_place(at, len, &place))
                        return "numeric addresses are wanted, such as 127.0.0.1 ::1";
                at += len;
                at += strspn(at, between);
        }
        return items > 0 ? NULL : "at least one numeric address is wanted";
}

bool peer_is_trusted(const char *list, const char *address)
{
        struct place wanted, place;
        if (!read_place(address, strlen(address), &wanted))
                return false;
        for (const char *at = list + strspn(list, between); *at != '\0';) {
                size_t len = strcspn(at, between);
                if (read_place(at, len, &place) && memcmp(&place, &wanted, sizeof(place)) == 0)
                        return true;
                at += len;
                at += strspn(at, between);
        }
        return false;
}

bool peer_forwarded(const char *hops, char address[WEB_ADDRESS_MAX])
{
        struct place place;
        const char *comma = hops ? strrchr(hops, ',') : NULL;
        const char *last = comma ? comma + 1 : hops;
        if (!last)
                return false;
        last += strspn(last, " \t");
        return read_place(last, strcspn(last, " \t"), &place) &&
               inet_ntop(place.family, place.bytes, address, WEB_ADDRESS_MAX);
}

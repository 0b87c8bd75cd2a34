/*
 * Other: codes that are plainly something else than a pass, told by how they begin: links, Wi-Fi,
 * contacts, events, SMART Health Cards, what opens an app. The bytes need not be text. Pure.
 */
#pragma once

#include "common/base.h"

#include <stdbool.h>

enum other_kind {
        OTHER_NONE,
        OTHER_LINK,         /* http:, https: */
        OTHER_WIFI,         /* WIFI: */
        OTHER_CONTACT,      /* BEGIN:VCARD, MECARD: */
        OTHER_EVENT,        /* BEGIN:VEVENT, BEGIN:VCALENDAR */
        OTHER_SMART_HEALTH, /* shc:/ */
        OTHER_APP           /* mailto:, tel:, sms:, geo:, otpauth:, … and any "scheme://" */
};

enum {
        OTHER_SCHEME_MAX = 33,
        OTHER_HOST_MAX = 128
};

struct other {
        enum other_kind kind;
        char scheme[OTHER_SCHEME_MAX]; /* of a link or app: small letters; the rest stays unread */
        char host[OTHER_HOST_MAX];     /* of a link: small letters; "": none that is ASCII */
};

/* False: it may be a pass. Bytes as text_trim leaves them; capitals and small letters are one. */
MUST_USE bool other_parse(struct other *other, const char *bytes, size_t len);

/*
 * Site: every request's way from the web port to whoever answers it: who asks, may they, and which
 * resource is it (config/openapi.json). The page's files, logging in, accounts and the audit log
 * are answered here; the rest by dashboard/api, command and people.
 */
#pragma once

#include "dashboard/access/access.h"
#include "dashboard/attendance/attendance_desk.h"
#include "dashboard/command/command_desk.h"
#include "dashboard/enrol/enrol_desk.h"
#include "dashboard/http/assets.h"
#include "dashboard/people/people_desk.h"
#include "dashboard/places/places_desk.h"
#include "dashboard/requests/requests_desk.h"

#include <stdatomic.h>

/* All borrowed. */
struct site_settings {
        struct access *access;
        struct api *api;
        const struct command_desk *commands;
        const struct people_desk *people;
        const struct places_desk *places;
        const struct requests_desk *requests;
        const struct enrol_desk *enrol;
        const struct attendance_desk *attendance;
        const struct assets *assets;
        struct history *const *histories; /* one a worker */
        bool is_cookie_secure;            /* browsers are to send it over TLS only */
        const char
                *trusted_proxy; /* whose X-Forwarded-For says who comes (peer.h); NULL: nobody's */
        const char *url;        /* how people reach it; "": as they say in Host */
        bool are_metrics_open;  /* to whoever asks, not only from this machine */
        unsigned logins_max;    /* at once: fewer than there are workers */
};

struct site {
        struct site_settings settings;
        atomic_ullong answers[6]; /* by the status's first digit */
        atomic_uint logins;       /* under way */
};

/* A web_handler; `context` is a struct site. */
web_handler site_handle;
/* What all answers carry. */
extern const struct web_header site_headers[];
extern const size_t site_header_count;

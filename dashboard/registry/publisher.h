/*
 * Publisher: the centre's end of registry sync (docs/registry-sync.md). Watches a site's registry,
 * publishes what changed, tells the gates, and gives them what they ask for.
 *
 * One thread, its own: a look at a large registry takes seconds. It speaks through a function that
 * is given to it, and never waits for it. Fair: gates get their messages in turn, one each; a gate
 * is given no more at a time than WANT_PARTS_MAX parts, so a command is never far behind.
 */
#pragma once

#include "controller/ports/signing.h"
#include "dashboard/registry/publication.h"
#include "dashboard/registry/streams.h"
#include "dashboard/registry/want.h"

enum {
        PUBLISHER_GATES_MAX = 16384,
        PUBLISHER_LEAF_MAX = 32,
        PUBLISHER_AGAIN_MS = 60000
};

/* Goes to stile/v1/{org}/{site}/{gate}/{leaf}, QoS 1. Borrowed. */
struct publisher_message {
        const char *gate;
        const char *leaf, *content_type;
        const uint8_t *payload;
        size_t len;
        bool is_retained;
};

/* 0; -EAGAIN: too much is under way, ask again; else it is lost, and the gate will ask again. */
typedef int publisher_send_fn(void *context, const struct publisher_message *message);

/* All borrowed. */
struct publisher_settings {
        const char *org, *site;
        struct registry *registry;
        struct published *published;
        const struct signing_key *key; /* a manager's with the role `registry` */
        size_t cache_bytes;            /* of deflated streams */
        int64_t look_ms;               /* how often to look whether the registry has changed */
        int64_t renew_s;               /* a manifest is issued anew after so long */
        publisher_send_fn *send;
        void *context;
};

struct publisher_gate {
        char name[FLOW_ID_MAX];
        bool is_manifest_due, is_told;
        int64_t told_ms;
        struct want_message want; /* what is left of it */
        size_t next;              /* of its buckets */
};

/* Heavy: on the heap. */
struct publisher {
        struct publisher_settings settings;
        struct manifest manifest;
        uint8_t signed_manifest[MANIFEST_BYTES_MAX];
        size_t signed_len; /* 0: none yet */
        struct streams streams;
        struct publisher_gate **gate; /* in order of name */
        size_t gates, turn;
        bool has_mark, is_failing;
        int64_t mark, look_ms, now_ms;
        uint64_t looks, parts_sent, bytes_sent; /* for the log and for tests */
};

/* 0 or -errno. What was published last is what gates are told until the first look. */
MUST_USE int publisher_init(struct publisher *publisher, const struct publisher_settings *settings);
/* Safe after a failed init. */
void publisher_deinit(struct publisher *publisher);

/* A gate has connected (`birth`): it will be told the manifest. Its name is checked. */
void publisher_hear_birth(struct publisher *publisher, const char *gate);
/* It is there (`status`): it will be told, unless it was a moment ago. What was told then may be
 * lost, but gates say how they are every few seconds, and a manifest each time fills a slow line.
 */
void publisher_hear_gate(struct publisher *publisher, const char *gate);
/* Replaces what the gate asked for before. */
void publisher_hear_want(struct publisher *publisher, const char *gate,
                         const struct want_message *want);
/* The broker is there again: what was sent last may be lost. */
void publisher_hear_broker(struct publisher *publisher);

/* Looks at the registry when it is time. A registry that cannot be read is logged once, and tried
 * again. */
void publisher_look(struct publisher *publisher, int64_t now_s, int64_t now_ms);
/* Sends up to `messages`, each gate in its turn. True: there is more, and it may be sent now. */
bool publisher_send_some(struct publisher *publisher, int messages);

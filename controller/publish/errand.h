/*
 * Errand: a command on its way: from the broker to the gate, and its outcome back to whoever asked.
 * Reads and refuses through command_message.h; keeps what the gate is at work on in a small table.
 */
#pragma once

#include "controller/publish/command_message.h"
#include "controller/publish/local_link.h"
#include "controller/publish/notice.h"

enum {
        ERRANDS_MAX = 16,
        ERRAND_WAIT_MS = 30000 /* the lane may let a command wait; longer is a lost answer */
};

struct errand {
        int64_t id; /* of the local request; 0: free */
        int64_t deadline_ms;
        const char *name;                      /* as in struct command: constant */
        char nonce[COMMAND_NONCE_MAX + 1];     /* "" of a signed one */
        char response_topic[NOTICE_TOPIC_MAX]; /* "": nobody wants to know */
        unsigned char correlation[COMMAND_CORRELATION_MAX];
        size_t correlation_len;
};

struct errands {
        const struct notice_source *source; /* borrowed */
        struct errand errand[ERRANDS_MAX];
        int64_t complained_ms;
        bool is_losing; /* the bus does not take outcomes */
};

/* A message on cmd/…: to the gate, or refused. now_us is wall clock. */
void errands_begin(struct errands *errands, struct bus *bus, struct local_link *link,
                   const struct bus_message *message, int64_t now_us, int64_t now_ms);
/* The gate's answer to request `id`, {"ok": …} or {"error": …}; others' ids are ignored. */
void errands_end(struct errands *errands, struct bus *bus, int64_t id, const json_t *answer,
                 const char *epoch);
/* Whose time was over at `until_ms` (INT64_MAX: all) ends with outcome `unknown`: the gate may have
 * carried it out. */
void errands_give_up(struct errands *errands, struct bus *bus, int64_t until_ms);

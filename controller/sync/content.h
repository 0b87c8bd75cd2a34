/*
 * Content: the records of a bucket out of its parts, one after another; neither the parts nor the
 * content are ever in memory as a whole. Out of bytes that are not trusted. Pure but for the fetch.
 */
#pragma once

#include "controller/sync/part.h"
#include "controller/sync/record.h"

struct content;

/* The payload of one part: its bytes, or -errno. */
typedef int content_fetch(void *context, int bucket, uint32_t part,
                          uint8_t payload[PART_PAYLOAD_MAX]);

/* `like` is any of the parts: what all of them say alike counts. NULL without memory. */
struct content *content_new(const struct part *like, content_fetch *fetch, void *context);
/* 1: a record; 0: the end; -EBADMSG: not the content of this bucket in its one form and order;
 * -errno of the fetch; -ENOMEM. */
MUST_USE int content_next(struct content *content, struct sync_record *record);
/* Accepts NULL; returns NULL. */
struct content *content_free(struct content *content);

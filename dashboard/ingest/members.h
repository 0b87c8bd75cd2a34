/*
 * Members: what a gate's message about a row has in it, by name. A message that is as gates write
 * it (docs/mqtt.md) is plain: objects of texts, whole numbers, true and false, printable ASCII
 * without an escape or a space between. It is read without a tree, whose hundred pieces of memory
 * cost more than all else that the collector does for a row (docs/architecture.md). Of any other,
 * good or not, jansson makes the tree that decides. Pure.
 */
#pragma once

#include "common/base.h"
#include <jansson.h>
#include <stdbool.h>

/* In the order in which gates write them, which is only faster. */
enum member_name {
        MEMBER_SPECVERSION,
        MEMBER_SOURCE,
        MEMBER_TYPE,
        MEMBER_DATA,
        MEMBER_ID,
        MEMBER_TIME,
        /* of data */
        MEMBER_EPOCH,
        MEMBER_SEQ,
        MEMBER_EVENT,
        MEMBER_ACCESS_POINT,
        MEMBER_DIRECTION,
        MEMBER_REASON,
        MEMBER_CREDENTIAL_CLASS,
        MEMBER_SUBJECT,
        MEMBER_GRANT_SEQ,
        MEMBER_LATE,
        MEMBER_NO_SENSOR,
        MEMBER_PASSBACK_SOFT,
        MEMBER_INCONSISTENT,
        MEMBER_UNDECLARED,
        MEMBER_DECIDED,
        MEMBER_HISTORICAL,
        /* of data.decided */
        MEMBER_OFFLINE,
        MEMBER_CLOCK,
        MEMBERS
};

enum member_kind {
        MEMBER_ABSENT,
        MEMBER_TEXT,
        MEMBER_INTEGER,
        MEMBER_TRUE,
        MEMBER_FALSE,
        MEMBER_OBJECT,
        MEMBER_OTHER
};

struct member {
        enum member_kind kind;
        const char *text; /* of a text: `len` bytes, no NUL behind them; borrowed */
        size_t len;
        int64_t integer;
};

enum {
        MEMBERS_EXTRA_MAX = 8
};

/* One of another name: `"key":value` as it came. */
struct member_extra {
        const char *text;
        size_t key_len, len; /* key_len with both quotes */
        int level;           /* 0 the envelope, 1 its data, 2 data.decided */
};

/* Borrows the message, or the tree. */
struct members {
        struct member of[MEMBERS];
        struct member_extra extras[MEMBERS_EXTRA_MAX];
        size_t extra_count;
        const json_t *tree; /* NULL: it was plain */
};

/* Reads the plain object that `text` begins with, up to *used. False: it is none. */
MUST_USE bool members_scan(struct members *members, const char *text, size_t len, size_t *used);
void members_of_tree(struct members *members, const json_t *event);
/* Those of other names in data and in data.decided: a JSON object, heap; NULL: there are none, or
 * no memory. */
char *members_more(const struct members *members);

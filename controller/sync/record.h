/*
 * Record: one row of the registry as it travels: a CBOR array that begins with its kind. Written in
 * one form only (RFC 8949, 4.2.1), so that equal rows are equal bytes. Pure.
 *
 * In a bucket, records stand in ascending order of kind, and within a kind of their key's bytes.
 * What changed since a version is records of the same kinds in the same order; a record that is no
 * more stands as its negated kind and key alone.
 */
#pragma once

#include "common/cbor/cbor.h"
#include "controller/ports/registry.h"
#include "controller/sync/sync.h"

enum sync_kind {
        /* base */
        SYNC_SCHEDULE = 1,
        SYNC_LEVEL = 2,
        SYNC_AREA = 3,
        SYNC_SPECIAL_DAY = 4,
        /* 00 to ff */
        SYNC_HOLDER = 5,
        SYNC_DECLARATION = 6, /* of the holder `id` */
        SYNC_CREDENTIAL = 7,
        /* blocked: a blocked holder counts whatever the holder's own record says; a revocation
           stops an enrolled credential as it does a pass */
        SYNC_BLOCK = 8,
        SYNC_REVOCATION = 9
};

enum {
        SYNC_RECORD_BYTES_MAX = 16384,
        SYNC_KEY_MAX = FLOW_DIGEST_LEN + FLOW_ID_MAX
};

/* Heavy (a level has room for 64 access points): one at a time, not on a small stack. */
struct sync_record {
        enum sync_kind kind;
        bool is_removal;      /* only what the key is made of counts */
        char id[FLOW_ID_MAX]; /* SYNC_DECLARATION, SYNC_BLOCK: the holder */
        union {
                struct schedule schedule;
                struct registry_level level;
                struct registry_area area;
                struct registry_special_day special_day;
                struct registry_holder holder;
                struct registry_declaration declaration;
                struct registry_credential credential;
                bool is_silent; /* SYNC_BLOCK: an attempt raises a silent alarm */
                struct registry_revocation revocation;
        };
};

/* Where a record stands in its order: compare kind, then bytes (memcmp, the shorter first). */
struct sync_key {
        enum sync_kind kind;
        size_t len;
        uint8_t bytes[SYNC_KEY_MAX];
};

void sync_record_write(const struct sync_record *record, struct cbor_writer *writer);
/* Bytes of one record. 0; -EBADMSG: not in the one form, or out of the registry's bounds. */
MUST_USE int sync_record_read(struct cbor_reader *reader, struct sync_record *record);
void sync_record_key(const struct sync_record *record, struct sync_key *key);
int sync_key_compare(const struct sync_key *a, const struct sync_key *b);
/* Is this kind at home in that bucket, and of the hashed ones in this very one? */
bool sync_record_belongs(const struct sync_record *record, int bucket);

/*
 * The audit log is a chain. hash(n) = SHA-256(hash(n - 1) ‖ number ‖ at ‖ for each text its length
 * and itself), numbers as 8 bytes, the greatest first; hash(0) is 32 zeros. It is the same in every
 * database, so a log that is moved keeps its hashes.
 */
#pragma once

#include "controller/ports/digest.h"
#include "dashboard/ports/accounts.h"

enum {
        AUDIT_TEXTS =
                6 /* actor, address, action, target, outcome, detail: in this order everywhere */
};

/* A line as it is found. */
struct audit_line {
        int64_t number, at_us;
        const char *text[AUDIT_TEXTS]; /* "" for nothing */
        size_t text_len[AUDIT_TEXTS];
        const uint8_t *hash;
        size_t hash_len;
};

struct audit_reading {
        uint64_t lines, broken; /* as accounts_verify */
        int64_t number;         /* of the line read last; at first below all that there may be */
        uint8_t hash[FLOW_DIGEST_LEN];
};

/* Borrowed from the entry. */
void audit_texts(const struct audit_entry *entry, const char *text[AUDIT_TEXTS]);
/* `hash` is the one before, and becomes this one's. 0 or -errno. */
MUST_USE int audit_chain(uint64_t number, int64_t at_us, const char *const text[AUDIT_TEXTS],
                         uint8_t hash[FLOW_DIGEST_LEN]);
/* Reads on from where the reading is. 1: there may be more; 0: that was all; -errno. */
typedef int audit_reader(struct accounts *accounts, struct audit_reading *reading);
/* accounts_verify, by a driver's reader. */
MUST_USE int audit_read_all(struct accounts *accounts, audit_reader *read, uint64_t *lines,
                            uint64_t *broken);
/* The next line of a reading, in order of the numbers. 0 or -errno. */
MUST_USE int audit_judge(struct audit_reading *reading, const struct audit_line *line);

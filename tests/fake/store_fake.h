/*
 * Store fake: journal and registry in memory, with failures on demand, for unit tests of the
 * recorder. The real ones pass the same contract in tests/contract.
 */
#pragma once

#include "controller/ports/journal.h"
#include "controller/ports/registry.h"

enum {
        STORE_FAKE_ROWS = 8192,
        STORE_FAKE_HOLDERS = 8,
        STORE_FAKE_ISSUES = 8
};

struct journal {
        struct passage row[STORE_FAKE_ROWS];
        size_t count;
        uint64_t acked;
        int64_t bytes;    /* in use */
        uint64_t trimmed; /* by whichever way; rows stay readable for the test */
        size_t drops;
        int fail_with;  /* -errno of the next appends; 0: they succeed */
        size_t appends; /* calls that were tried */
        size_t late_marks;
        uint64_t inside; /* what journal_inside says of every area */
};

struct registry {
        struct registry_match match[STORE_FAKE_HOLDERS];
        size_t count;
        struct registry_issue issue[STORE_FAKE_ISSUES]; /* oldest first; their ends do not count */
        size_t issues;
        size_t issue_lookups;
        size_t revocation_trims;
        int64_t visitors_before_us; /* of the last trim; 0: there was none */
        int fail_with;
};

/* A holder with one credential whose lookup is all `byte`, good at every access point. */
struct registry_match *store_fake_enrol(struct registry *registry, const char *holder,
                                        uint8_t byte);

/*
 * Registry scan: all that a site's registry says to its gates, of one moment, in the order of
 * records (record.h). Implemented in drivers/store, over a registry that is open.
 *
 * Who is blocked and what is revoked comes twice: in the rows of holders and credentials, and as
 * SYNC_BLOCK and SYNC_REVOCATION, which travel first.
 */
#pragma once

#include "controller/sync/record.h"

struct registry_scan;

/* A number that changes with every change that was committed since the registry was opened, and
 * may with others. 0 or -errno. */
MUST_USE int registry_scan_mark(struct registry *registry, int64_t *mark);

/* One at a time; until it is closed the registry may be changed, not asked. 0 or -errno. */
MUST_USE int registry_scan_open(struct registry *registry, struct registry_scan **scan);
/* 1 and the next record; 0: that was all; -errno. */
MUST_USE int registry_scan_next(struct registry_scan *scan, struct sync_record *record);
/* Accepts NULL; returns NULL. */
struct registry_scan *registry_scan_close(struct registry_scan *scan);

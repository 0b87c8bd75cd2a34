/*
 * Publication: brings what is published up to the site's registry, and makes the manifest of it.
 *
 * Both are read side by side, record for record in one order, so a registry of any size needs the
 * memory of one bucket. What is not readable at the other end (a row that somebody edited) is left
 * out and logged. Blocks on the disk for as long as reading everything takes.
 */
#pragma once

#include "controller/sync/manifest.h"
#include "dashboard/ports/published.h"
#include "dashboard/ports/registry_scan.h"

struct publication_report {
        uint64_t records, changed, removed, left_out;
        int buckets; /* that changed */
};

/*
 * Publishes what changed, as version max(the last + 1, now_s); when nothing did, nothing is
 * written. *manifest is the current one afterwards, `report` may be NULL. 0; -EFBIG: a bucket would
 * be larger than may be; -ENODATA: there were several holders, and now there is none, which is an
 * accident that must not lock everybody out; -errno. What was published before still is, then,
 * whole.
 */
MUST_USE int publication_update(struct registry *registry, struct published *published,
                                int64_t now_s, struct manifest *manifest,
                                struct publication_report *report);
/* Says that the last manifest is still the one. 0 or -errno. */
MUST_USE int publication_renew(struct published *published, int64_t now_s,
                               struct manifest *manifest);

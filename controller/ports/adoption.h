/*
 * Adoption port: the centre's rows into the registry's file, beside the recorder, which goes on
 * finding people in what was there before until the commit. Implemented once per build
 * (drivers/store).
 *
 * Belongs to the librarian thread, and may block on the disk for long. What was not committed when
 * the process ends was never there.
 */
#pragma once

#include "controller/ports/registry.h"
#include "controller/sync/manifest.h"
#include "controller/sync/record.h"

struct adoption;

/* The registry's file must be there: registry_open makes and checks it. 0 or -errno. */
MUST_USE int adoption_open(const char *path, struct adoption **adoption);
/* Undoes what was not committed. Accepts NULL; returns NULL. */
struct adoption *adoption_close(struct adoption *adoption);

/* What is adopted, bucket by bucket; version 0: nothing yet. 0 or -errno. */
MUST_USE int adoption_state(struct adoption *adoption, struct manifest *state);

/* 0; -EBUSY: somebody else is changing the registry. */
MUST_USE int adoption_begin(struct adoption *adoption);
/* Forgets the centre's rows of a bucket, before a snapshot of it. 0 or -errno. */
MUST_USE int adoption_forget(struct adoption *adoption, int bucket);
/* Puts or removes one row; of the same key, one of our own gives way. 0 or -errno. */
MUST_USE int adoption_put(struct adoption *adoption, int bucket, const struct sync_record *record);
/* When all rows of a bucket are put: what hung on holders who are gone goes, too. 0 or -errno. */
MUST_USE int adoption_settle(struct adoption *adoption, int bucket);
/* Length and digest of a bucket's content as it is in the tables. 0 or -errno. */
MUST_USE int adoption_digest(struct adoption *adoption, int bucket, struct manifest_bucket *made);
MUST_USE int adoption_note_bucket(struct adoption *adoption, int bucket,
                                  const struct manifest_bucket *state);
/* Which registry it is from `at_us` on. */
MUST_USE int adoption_note_issue(struct adoption *adoption, uint64_t version, int64_t issued_s,
                                 int64_t at_us);
MUST_USE int adoption_counts(struct adoption *adoption, struct registry_counts *counts);
/* Durable when it returns. On failure all is undone. 0 or -errno. */
MUST_USE int adoption_commit(struct adoption *adoption);
void adoption_rollback(struct adoption *adoption);

/* Tidies the file up after a large commit; minutes later is early enough. 0 or -errno. */
MUST_USE int adoption_checkpoint(struct adoption *adoption);

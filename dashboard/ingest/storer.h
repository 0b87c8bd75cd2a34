/*
 * Storer: the archive's own thread, which stores one batch while its owner gathers the next.
 *
 * All functions are for one thread, the owner's. An archive is for one thread at a time: while the
 * storer is busy it is the storer's, else the owner's.
 */
#pragma once

#include "dashboard/ports/archive.h"

struct storer;

/* 0 or -errno. The archive is borrowed. */
MUST_USE int storer_open(struct archive *archive, struct storer **storer);
/* Waits for what is being stored. Accepts NULL; returns NULL. */
struct storer *storer_close(struct storer *storer);

/* Only while it is not busy. What the batch points to is the storer's until it has answered. */
void storer_begin(struct storer *storer, const struct archive_batch *batch);
/* Has it a batch that it has not answered for? */
bool storer_is_busy(const struct storer *storer);
/* Takes the answer, archive_store's. False: it is not there yet. */
MUST_USE bool storer_take(struct storer *storer, int *error);
/* Waits for the answer, and takes it. 0 when it is not busy. */
int storer_wait(struct storer *storer);
/* Readable while there is an answer; the storer's. */
int storer_fd(const struct storer *storer);

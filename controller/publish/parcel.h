/*
 * Parcel: rows on their way into one message, CloudEvents' JSON Batch Format (CloudEvents 1.0.2,
 * JSON Event Format, 4). One row alone is what it was, no array. Pure.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>
#include <stddef.h>

#define PARCEL_CONTENT_TYPE "application/cloudevents-batch+json"

enum {
        PARCEL_ROWS_MAX = 100,
        PARCEL_BYTES_MAX = 57344 /* below AMQP's and the collector's 64 KiB */
};

/* Starts empty: `struct parcel parcel = { 0 };` */
struct parcel {
        char *rows[PARCEL_ROWS_MAX]; /* heap */
        size_t count, len;           /* len: with what goes between */
        uint64_t seq;                /* of the last */
};

/* May a row of `len` bytes go in, where there may be `most`? The first always may. */
bool parcel_has_room(const struct parcel *parcel, size_t most, size_t len);
/* Takes the text over; only where there is room. */
void parcel_add(struct parcel *parcel, char *take, uint64_t seq);
/* The message, heap; NULL: no memory. Either way the parcel is empty then. */
MUST_USE char *parcel_close(struct parcel *parcel);
void parcel_drop(struct parcel *parcel);

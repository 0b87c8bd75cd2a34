/*
 * Query: a request's parameters, with one error for the lot. The first that is not what it must be
 * sets `why`; later calls return harmless values, so a caller checks once at the end.
 */
#pragma once

#include "dashboard/ports/history.h"
#include "dashboard/ports/web.h"
#include <jansson.h>

struct query {
        const struct web_request *request;
        char why[96]; /* "": all good so far; else "name: what is wanted" */
};

static inline struct query query_of(const struct web_request *request)
{
        return (struct query){ .request = request };
}

/* Up to max - 1 bytes; "" when absent. */
const char *query_text(struct query *query, const char *name, size_t max);
/* "", or one to three names; "" when absent. */
const char *query_area(struct query *query);
int query_int(struct query *query, const char *name, int low, int high, int fallback);
/* RFC 3339; 0 when absent. */
int64_t query_time(struct query *query, const char *name);
/* "2026-11-27" as days since 1970; must be there. */
int64_t query_day(struct query *query, const char *name);
/* 32 hex digits. False: absent, or wrong. */
bool query_subject(struct query *query, uint8_t subject[HISTORY_SUBJECT_LEN]);
/* Two or three numbers with '.' between; false when absent, or wrong. */
bool query_cursor(struct query *query, int64_t *numbers, size_t count);
void query_complain(struct query *query, const char *name, const char *what);

/* Days since 1970 to and from a date. */
int64_t query_days(int year, unsigned month, unsigned day);
void query_date(int64_t days, int *year, unsigned *month, unsigned *day);

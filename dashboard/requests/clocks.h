/*
 * Clocks: by when the law wants a request answered and done. Pure.
 *
 * Law 91/2025/QH15 and Decree 356/2025/ND-CP: an answer within 2 working days; access and
 * correction 10 days, withdrawal and restriction 15, deletion 20; a breach is told of within 72
 * hours. The day of receipt does not count (Civil Code 2015, article 147), and a term ends with its
 * last day. Saturdays and Sundays are no working days; public holidays, of which nobody here has
 * the calendar, and the day's grace for a term that ends on one are not counted: the law's date is
 * never before ours.
 */
#pragma once

#include "dashboard/ports/requests.h"

struct clocks {
        int64_t answer_us; /* 0: nobody waits for an answer */
        int64_t due_us;
};

/* Microseconds since 1970; days begin `offset_min` east of UTC. */
struct clocks clocks_of(enum request_kind kind, int64_t received_us, int offset_min);

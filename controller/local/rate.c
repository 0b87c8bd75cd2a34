#include "controller/local/rate.h"

static const int64_t COST = 60000; /* ms in a minute: a credit grows by per_minute each ms */

bool rate_take(struct rate *rate, int per_minute, int64_t now_ms)
{
        int64_t most = per_minute * COST;
        int64_t passed_ms = now_ms - rate->at_ms;
        if (!rate->has_begun || passed_ms >= COST)
                rate->credit = most;
        else
                rate->credit += passed_ms * per_minute;
        if (rate->credit > most)
                rate->credit = most;
        rate->has_begun = true;
        rate->at_ms = now_ms;
        if (rate->credit < COST) {
                rate->untold++;
                return false;
        }
        rate->credit -= COST;
        return true;
}

uint64_t rate_tell(struct rate *rate, int64_t now_ms)
{
        uint64_t untold = rate->untold;
        if (untold == 0 || (rate->was_told && now_ms - rate->told_ms < RATE_TELL_MS))
                return 0;
        rate->untold = 0;
        rate->was_told = true;
        rate->told_ms = now_ms;
        return untold;
}

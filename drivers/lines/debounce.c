#include "drivers/lines/debounce.h"

void debounce_init(struct debounce *debounce, int period_ms, bool is_on)
{
        *debounce = (struct debounce){ .is_on = is_on,
                                       .seen = is_on,
                                       .period_us = (int64_t)period_ms * 1000 };
}

int64_t debounce_due(const struct debounce *debounce)
{
        if (debounce->seen == debounce->is_on)
                return DEBOUNCE_NEVER;
        return debounce->seen_us + debounce->period_us;
}

bool debounce_advance(struct debounce *debounce, int64_t now_us)
{
        int64_t due_us = debounce_due(debounce);
        if (now_us < due_us)
                return false;
        debounce->is_on = debounce->seen;
        debounce->at_us = due_us;
        return true;
}

bool debounce_feed(struct debounce *debounce, bool is_on, int64_t at_us)
{
        bool has_counted = debounce_advance(debounce, at_us);
        debounce->seen = is_on;
        debounce->seen_us = at_us;
        /* Only a period of 0 lets the new level count at once, and then the old one has before. */
        return debounce_advance(debounce, at_us) || has_counted;
}

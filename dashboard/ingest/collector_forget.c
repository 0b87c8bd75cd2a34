/* What is older than it may be kept. */
#include "common/log.h"
#include "dashboard/ingest/collector_private.h"

#define DAY_US INT64_C(86400000000)

static void tell(struct collector *collector, int64_t before_day)
{
        struct archive_deletion *all = &collector->forgotten;
        if (all->entries + all->stays + all->refusals > 0)
                log_info("deleted what is too old",
                         "days=%d before=%lld entries=%llu stays=%llu refusals=%llu",
                         collector->settings.retention_days, (long long)before_day,
                         (unsigned long long)all->entries, (unsigned long long)all->stays,
                         (unsigned long long)all->refusals);
        *all = (struct archive_deletion){ 0 };
}

void collector_forget(struct collector *collector, const struct collector_time *time)
{
        struct archive_deletion some;
        struct archive_deletion *all = &collector->forgotten;
        if (collector->settings.retention_days == 0 || collector->is_failing ||
            time->now_ms < collector->forget_ms)
                return;
        int64_t before_day = time->wall_us / DAY_US - collector->settings.retention_days;
        int r = archive_forget(collector_archive(collector, time), before_day, time->wall_us,
                               &some);
        all->entries += some.entries;
        all->stays += some.stays;
        all->refusals += some.refusals;
        collector->counts.forgotten += some.entries + some.stays + some.refusals;
        bool goes_on = collector_heard_archive(collector, r, time->now_ms) && some.has_more;
        collector->forget_ms =
                time->now_ms + (goes_on ? COLLECTOR_FORGET_PAUSE_MS : COLLECTOR_FORGET_MS);
        if (!goes_on)
                tell(collector, before_day);
}

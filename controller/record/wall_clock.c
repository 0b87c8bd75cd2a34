#include "controller/record/wall_clock.h"

#include <sys/timex.h>
#include <unistd.h>

/* Behind this (2026-01-01) the clock was never set: the software did not exist yet. */
static const int64_t epoch_of_software_us = INT64_C(1767225600) * 1000000;

int64_t wall_clock_judge(struct wall_clock *clock, const struct wall_clock_reading *reading,
                         enum clock_quality *quality)
{
        int64_t system_us = reading->system_us;
        if (system_us < clock->last_us || system_us < epoch_of_software_us)
                *quality = CLOCK_UNTRUSTED;
        else
                *quality = reading->is_synchronised ? CLOCK_SYNCHRONISED : CLOCK_HOLDOVER;
        if (*quality == CLOCK_UNTRUSTED && !reading->is_synchronised && clock->looked_us != 0)
                clock->last_us += (reading->monotonic_us - clock->looked_us) / 2;
        if (system_us > clock->last_us)
                clock->last_us = system_us;
        clock->looked_us = reading->monotonic_us;
        clock->likely_us = reading->is_synchronised ? system_us : clock->last_us;
        return clock->last_us;
}

/* Under ProtectClock the kernel's answer is not to be had: timesyncd's mark is asked first. */
static bool is_synchronised(void)
{
        if (access("/run/systemd/timesync/synchronized", F_OK) == 0)
                return true;
        struct timex state = { 0 };
        int answer = adjtimex(&state);
        return answer >= 0 && answer != TIME_ERROR && !(state.status & STA_UNSYNC);
}

int64_t wall_clock_now(struct wall_clock *clock, enum clock_quality *quality)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        const struct wall_clock_reading reading = {
                .system_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000,
                .monotonic_us = monotonic_us(),
                .is_synchronised = is_synchronised(),
        };
        return wall_clock_judge(clock, &reading, quality);
}

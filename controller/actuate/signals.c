#include "controller/actuate/signals.h"

enum {
        BEEP_MS = 120,       /* a beep and the silence after it */
        FAST_BLINK_MS = 400, /* half a period */
        SLOW_BLINK_MS = 1000,
        AIM_BLINK_MS = 200
};

static int beeps(enum signals_cue cue)
{
        switch (cue) {
        case SIGNALS_NOTHING:
                return 0;
        case SIGNALS_GRANTED:
                return 1;
        case SIGNALS_REMARK:
                return 2;
        case SIGNALS_DENIED:
                return 3;
        }
        return 0;
}

static int lit_ms(const struct signals *signals)
{
        switch (signals->cue) {
        case SIGNALS_NOTHING:
                return 0;
        case SIGNALS_GRANTED:
        case SIGNALS_REMARK:
                return signals->config.granted_ms;
        case SIGNALS_DENIED:
                return signals->config.denied_ms;
        }
        return 0;
}

static int blink_ms(enum signals_steady steady)
{
        return steady == SIGNALS_RELEASED       ? FAST_BLINK_MS
               : steady == SIGNALS_OUT_OF_ORDER ? SLOW_BLINK_MS
               : steady == SIGNALS_AIMING       ? AIM_BLINK_MS
                                                : 0;
}

void signals_cue(struct signals *signals, enum signals_cue cue, int64_t now_ms)
{
        signals->cue = cue;
        signals->since_ms = now_ms;
}

struct signals_levels signals_levels(const struct signals *signals, int64_t now_ms)
{
        struct signals_levels levels = { 0 };
        int64_t age_ms = now_ms - signals->since_ms;
        /* A fire release outshines every cue: people must see that the way is free. */
        if (age_ms < lit_ms(signals) && signals->steady != SIGNALS_RELEASED) {
                levels.red = signals->cue == SIGNALS_DENIED;
                levels.green = !levels.red;
                int64_t beat = age_ms / BEEP_MS;
                levels.buzzer = signals->config.is_buzzing && beat % 2 == 0 &&
                                beat / 2 < beeps(signals->cue);
                return levels;
        }
        int blink = blink_ms(signals->steady);
        bool is_lit = blink == 0 || now_ms / blink % 2 == 0;
        if (signals->steady == SIGNALS_AIMING) {
                levels.green = is_lit;
                levels.red = !is_lit;
                return levels;
        }
        levels.green =
                is_lit && (signals->steady == SIGNALS_OPEN || signals->steady == SIGNALS_RELEASED);
        levels.red = is_lit &&
                     (signals->steady == SIGNALS_LOCKED || signals->steady == SIGNALS_OUT_OF_ORDER);
        return levels;
}

int64_t signals_next_ms(const struct signals *signals, int64_t now_ms)
{
        int64_t age_ms = now_ms - signals->since_ms;
        int64_t lit = lit_ms(signals);
        if (age_ms < lit && signals->steady != SIGNALS_RELEASED) {
                int64_t beat = (age_ms / BEEP_MS + 1) * BEEP_MS;
                bool is_beeping = signals->config.is_buzzing &&
                                  beat <= (int64_t)beeps(signals->cue) * 2 * BEEP_MS;
                return signals->since_ms + (is_beeping && beat < lit ? beat : lit);
        }
        int blink = blink_ms(signals->steady);
        return blink ? (now_ms / blink + 1) * blink : INT64_MAX;
}

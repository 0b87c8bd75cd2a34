/*
 * Signals: what lamps and buzzer of one access point say. Pure: a cue and the time give the levels.
 *
 * Green is go, red is stop, never by colour alone: one beep is yes, two are yes with a remark,
 * three are no. A steady state shows through when no cue is on.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum signals_cue {
        SIGNALS_NOTHING,
        SIGNALS_GRANTED,
        SIGNALS_REMARK, /* granted, but soft anti-passback noted something */
        SIGNALS_DENIED,
};

enum signals_steady {
        SIGNALS_READY,        /* dark */
        SIGNALS_OPEN,         /* locked open: green */
        SIGNALS_RELEASED,     /* fire: green blinks */
        SIGNALS_LOCKED,       /* locked down: red */
        SIGNALS_OUT_OF_ORDER, /* red blinks slowly */
        SIGNALS_AIMING,       /* a code is seen and not read: green and red in turn, quickly */
};

struct signals_config {
        int granted_ms, denied_ms;
        bool is_buzzing;
        bool is_aiming; /* lamps say when a code is seen and cannot be read */
};

struct signals {
        struct signals_config config;
        enum signals_cue cue;
        enum signals_steady steady;
        int64_t since_ms;
};

struct signals_levels {
        bool green, red, buzzer;
};

void signals_cue(struct signals *signals, enum signals_cue cue, int64_t now_ms);
struct signals_levels signals_levels(const struct signals *signals, int64_t now_ms);
/* When the levels may change next; INT64_MAX: not by themselves. */
int64_t signals_next_ms(const struct signals *signals, int64_t now_ms);

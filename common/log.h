/*
 * Log: diagnostics on stderr, one line each, for journald (`<3>` priorities when stderr is not a
 * terminal) or for a person. A fixed phrase, then key=value. Never a payload, a name or a key.
 * Passages and alarms are data and go to the journal, not here. Safe from every thread; where
 * stderr is a socket, as under systemd, it never blocks.
 */
#pragma once

#include "common/base.h"

enum log_level {
        LOG_LEVEL_ERROR = 3,
        LOG_LEVEL_WARN = 4,
        LOG_LEVEL_INFO = 6,
        LOG_LEVEL_DEBUG = 7
};

/* One line. `phrase` is fixed; `format` may be "" and then there are no fields. */
void log_line(enum log_level level, const char *phrase, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(phrase, ...) log_line(LOG_LEVEL_ERROR, phrase, __VA_ARGS__)
#define log_warn(phrase, ...)  log_line(LOG_LEVEL_WARN, phrase, __VA_ARGS__)
#define log_info(phrase, ...)  log_line(LOG_LEVEL_INFO, phrase, __VA_ARGS__)

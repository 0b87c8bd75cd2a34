/*
 * Late history: a history that is opened when it is first asked, and again later when it could not
 * be: the collector makes the archive, and may start after the dashboard.
 */
#pragma once

#include "dashboard/ports/history.h"

typedef int history_opener(const char *where, struct history **history);

/* `where` is borrowed. NULL: no memory. */
struct history *late_history_new(history_opener *open, const char *where);

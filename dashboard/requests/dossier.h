/*
 * Dossier: everything that is kept of one person, for themselves (Law 91/2025/QH15, the right of
 * access). Long: all days are looked at.
 */
#pragma once

#include "controller/record/subject.h"
#include "dashboard/ports/history.h"
#include <jansson.h>

/*
 * {exported, subject, holder, visits, events}. `holder`, borrowed, is as the registry has them, or
 * NULL; `now_us` is when. 0 and *dossier, the caller's; -errno: the archive does not answer.
 */
MUST_USE int dossier_read(struct history *history, const uint8_t subject[SUBJECT_LEN],
                          const json_t *holder, int64_t now_us, json_t **dossier);

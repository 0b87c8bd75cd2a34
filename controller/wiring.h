/* Wiring: the only place that knows which driver is which. */
#pragma once

#include "controller/actuate/plan.h"
#include "controller/capture/eye.h"
#include "controller/settings.h"

/* Opens the lines that the settings ask for; simulated ones begin with a whole fire loop. 0 or
 * -errno after a log line. */
MUST_USE int wiring_open_lines(const struct settings *settings, const struct plan *plan,
                               struct lines **lines);
/* What the eye of an access point needs: its camera's driver and settings (borrowed strings). */
struct eye_config wiring_eye(const struct settings *settings, size_t point,
                             const uint8_t key[DIGEST_KEY_LEN]);

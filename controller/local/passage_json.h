/* A journal row as the local protocol's event (docs/local-protocol.md). */
#pragma once

#include "controller/flow.h"
#include <jansson.h>

/* A new object; NULL without memory. `epoch` is the journal's. How old the registry was, -1: not
 * known. The holder only for `is_admin`. */
json_t *passage_json(const struct passage *passage, const char *epoch, int64_t registry_age_s,
                     bool is_admin);

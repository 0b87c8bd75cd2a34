/* Inspect's answers: what a reading says, as JSON. */
#pragma once

#include "controller/validate/credential.h"

#include <jansson.h>

/* What the code says, by the names in stilectl(1). The caller's. */
json_t *inspect_fields(const struct payload *payload, const struct credential_reading *reading);
/* Names of what does not fit together. The caller's. */
json_t *inspect_flags(const struct credential_reading *reading, unsigned int flags);

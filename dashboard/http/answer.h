/* Answers: JSON and errors in the one form that the API has (config/openapi.json). */
#pragma once

#include "dashboard/ports/web.h"
#include <jansson.h>

/* Takes `json` over; NULL, or no memory to write it, is a 503. */
void answer_json(struct web_response *response, unsigned status, json_t *json);
/* {"error":{"reason","detail"}}; `reason` is a stable word, `detail` a sentence. */
void answer_error(struct web_response *response, unsigned status, const char *reason,
                  const char *detail);
/* 503 `storage` for an -errno of history or of the accounts' file; -EINVAL is a 400. */
void answer_failure(struct web_response *response, int error);

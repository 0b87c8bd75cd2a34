/* Show: values of history as the API's JSON (config/openapi.json). NULL: no memory. Pure. */
#pragma once

#include "dashboard/ports/history.h"
#include <jansson.h>

/* "2026-11-27T03:03:58.959Z"; null for 0. */
json_t *show_time(int64_t us);
/* null for "". */
json_t *show_text(const char *text);
json_t *show_gate(const struct history_gate *gate);
/* `is_masked`: without the person. */
json_t *show_event(const struct history_event *event, bool is_masked);
json_t *show_visit(const struct history_visit *visit);
json_t *show_contact(const struct history_contact *contact, int64_t now_us, int hop);

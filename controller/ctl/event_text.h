/* Event text: one journal event as a line for people or as a CSV row. */
#pragma once

#include "controller/ctl/verbs.h"
#include <jansson.h>

/* The line over a table of event_print_line. */
void event_print_head(const struct ctl *ctl);
/* "  1234  2026-11-24 09:00:00  entry         denied           code not known here" */
void event_print_line(const struct ctl *ctl, const json_t *event);

void event_print_csv_head(const struct ctl *ctl);
void event_print_csv(const struct ctl *ctl, const json_t *event);

/* A reason (flow_names.h) in words; one that is not known here as it is. */
const char *event_reason_words(const char *reason);

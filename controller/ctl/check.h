/* Check: is a value that a person typed of the shape that stiled takes? NULL: yes; else why not, a
 * constant string. stiled checks again; this is for telling people early and in their terms. */
#pragma once

#include "controller/flow.h"

/* [a-z0-9-]{1,32} */
const char *check_id(const char *text);
/* Text of 1 to 127 bytes; `name` gets it normalised, as codes and cards are (validate/text.h). */
const char *check_name(const char *text, char name[FLOW_NAME_MAX]);
/* What can be enrolled as a code. */
const char *check_code(const char *text);
/* The 12 digits of a personal number. */
const char *check_national_id(const char *text);

/* An id, "any" or "none"; `escort` gets it as stiled writes it: the id, "*" or "". */
const char *check_escort(const char *text, const char **escort);
/* "worker" or "visitor". */
const char *check_role(const char *text);

/* Without the blanks before and behind it; cuts in place. */
char *check_trim(char *text);

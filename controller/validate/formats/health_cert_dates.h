/* The dates of a DCC, as issuers really write them. Pure. */
#pragma once

#include "common/base.h"

#include <stdbool.h>

/* A real day, "2021-02-18", alone or with a time behind it ("T00:00:00.000Z"). */
bool health_cert_is_day(const char *text);
/* A date of birth: empty, or of the years 1900 to 2099, as much of it as is known: "1963",
 * "1964-01", "1963-00", "1978-01-26", also with a time behind it. */
bool health_cert_is_birth(const char *text);
/* Is that, as far as it says, later than the day of the moment? Later by a day is not: it may be
 * tomorrow where the issuer is. */
bool health_cert_is_born_after(const char *born, int64_t us);

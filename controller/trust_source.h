/*
 * Trust source: the keys that the configuration names, read from disk as one struct trust. At the
 * start and at each reload; what cannot be read is said in the log and believed by nobody.
 */
#pragma once

#include "controller/settings.h"
#include "controller/validate/trust.h"

/* NULL: no memory. Nothing else fails: a gate without keys still knows enrolled codes. */
struct trust *trust_source_load(const struct settings *settings);

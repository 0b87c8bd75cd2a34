/*
 * Certificate: until when a PEM certificate is valid. Walks just far enough into its DER (RFC 5280,
 * section 4.1) to find that: checks no signature, trusts nothing. For telling people that a
 * certificate has run out, not for deciding.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>
#include <stddef.h>

/* The end of the validity of the first certificate in `pem`, µs since 1970. False: there is none,
 * or it is damaged. */
MUST_USE bool certificate_not_after(const char *pem, size_t len, int64_t *us);

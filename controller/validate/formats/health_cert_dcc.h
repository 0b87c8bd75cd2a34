/*
 * The DCC map of a health certificate: name, date of birth, and one group of vaccinations, tests or
 * recoveries.
 *
 * Issuers do not keep to the letter of the schema (1.0.0 to 1.3.0), so that not all of it is held
 * against them. Held: `ver` of three numbers; `nam` with fnt, and a transliteration for each name;
 * a date of birth from 1900 on and before the issue; exactly one group that is not empty; in each
 * of its entries the schema's fields, with numbers and days that are such, and a `ci`. Not held:
 * empty values, other fields, several entries, times behind dates, dates with a tag, values of the
 * value sets, the alphabet of names.
 */
#pragma once

#include "common/cbor/cbor.h"
#include "controller/validate/formats/health_cert.h"

/* The reader stands on the map and is behind it afterwards. 0, with has_bad_schema; -EBADMSG,
 * -E2BIG: not well-formed, not a map, or a key twice. */
MUST_USE int health_cert_dcc_read(struct cbor_reader *reader, struct health_cert *cert);

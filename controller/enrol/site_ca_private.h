/* What the two halves of the site's CA share: the ledger, and what is done with it. */
#pragma once

#include "controller/enrol/site_ca.h"

/* Empties what was read of the ledger. */
void site_ca_forget(struct site_ca *ca);
/* Rows of the ledger; the caller's. NULL without memory. */
json_t *site_ca_issued_row(const struct site_ca_order *order, const struct ca_certificate *made,
                           int64_t now_us);
json_t *site_ca_revoked_row(const char *what, const char *which, int64_t now_us);
json_t *site_ca_token_row(const struct site_ca_token *token, int64_t now_us);
/* Notes a row, durably, and in memory. Takes the reference. 0 or -errno. */
MUST_USE int site_ca_note(struct site_ca *ca, json_t *take_row);

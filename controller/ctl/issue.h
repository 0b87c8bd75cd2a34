/*
 * Issue: making one pass from what a person said, and remembering that it was made. The ledger is
 * issued.jsonl in the folder of keys: one object a line, durable before the pass is shown to
 * anybody.
 */
#pragma once

#include "controller/ctl/args.h"
#include "controller/ctl/keys.h"
#include "controller/validate/formats/site_pass_write.h"

#include <jansson.h>

/* Who issues. */
struct issuer {
        const char *folder;
        const char *name;           /* of the key, as given */
        char key_name[FLOW_ID_MAX]; /* that signs for it now */
        struct signing_key *key;
};

struct issued {
        struct site_pass pass;
        char name[FLOW_NAME_MAX]; /* the holder's, for paper only: "" */
        char text[SITE_PASS_TEXT_MAX];
        char id[2 * (SITE_PASS_KID_LEN + SITE_PASS_CTI_LEN) + 2]; /* kid/cti, in hex */
};

/* Loads the newest key of the name. CTL_OK, or an exit code after saying why. */
MUST_USE int issuer_open(struct ctl *ctl, struct issuer *issuer);
void issuer_close(struct issuer *issuer);

/*
 * Gives the pass its number and time, signs it, writes it to the ledger. CTL_OK, or CTL_CANNOT
 * after saying why.
 */
MUST_USE int issue(struct ctl *ctl, const struct issuer *issuer, struct issued *issued);
/* Makes the ledger durable; once after many. */
MUST_USE int issue_sync(struct ctl *ctl, const struct issuer *issuer);

/* Calls row() for each pass of the ledger. CTL_OK or an exit code after saying why. */
typedef int issue_row_fn(void *context, const json_t *row);
MUST_USE int issue_ledger(struct ctl *ctl, const char *folder, issue_row_fn *row, void *context);

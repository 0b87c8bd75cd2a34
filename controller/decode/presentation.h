/*
 * Presentation: which of the codes in view are new. A camera sees a code in dozens of frames while
 * somebody holds it up; that is one presentation. Taken away and shown again, it is another.
 *
 * Codes are known by the SHA-256 of their bytes. With a hash that can be made to collide, somebody
 * could show one code so that another, shown by somebody else, passes for still in view; a keyed
 * short hash would do too, but needs a key and one more algorithm; and a table of the bytes
 * themselves would be 16 times 7 KB of personal data.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        PRESENTATION_CODES_MAX = 16 /* codes remembered; the one unseen for longest makes room */
};

struct presentation {
        int64_t hold_off_ms;
        int count;
        struct {
                uint8_t digest[FLOW_DIGEST_LEN];
                int64_t seen_ms;
        } codes[PRESENTATION_CODES_MAX];
};

/* A code that was out of view for longer than hold_off_ms is shown anew. */
void presentation_init(struct presentation *presentation, int64_t hold_off_ms);
/* Another hold-off, for the next sightings. */
void presentation_tune(struct presentation *presentation, int64_t hold_off_ms);

/*
 * To be told of every sighting, with a time that does not go back. True: a new presentation; so it
 * is too when the digest fails, which the caller's own digest will then tell.
 */
MUST_USE bool presentation_see(struct presentation *presentation, const void *bytes, size_t len,
                               int64_t now_ms);

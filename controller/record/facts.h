/*
 * Facts: what the rules have to know about a scan, brought together from the credential, the
 * registry, the journal and what the recorder remembers. Belongs to the recorder thread.
 */
#pragma once

#include "controller/record/recorder.h"

struct facts {
        struct rules_facts rules; /* points into the rest: a struct facts is not copied */
        struct rules_cover covers[REGISTRY_COVERS_MAX];
        struct registry_match match;
        int64_t mark; /* of a proof or one-time code, for replay_note; 0: there is none */
};

/* `at_us` is the moment to judge for. 0 or -errno: then nobody can be let in on its strength, and
 * facts->match names nobody. */
MUST_USE int facts_gather(struct recorder *recorder, int point, const struct credential *credential,
                          int64_t at_us, enum clock_quality clock, struct facts *facts);

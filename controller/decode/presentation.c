#include "controller/decode/presentation.h"

#include "controller/ports/digest.h"
#include <string.h>

void presentation_init(struct presentation *presentation, int64_t hold_off_ms)
{
        *presentation = (struct presentation){ .hold_off_ms = hold_off_ms };
}

void presentation_tune(struct presentation *presentation, int64_t hold_off_ms)
{
        presentation->hold_off_ms = hold_off_ms;
}

bool presentation_see(struct presentation *presentation, const void *bytes, size_t len,
                      int64_t now_ms)
{
        uint8_t digest[FLOW_DIGEST_LEN];
        if (digest_sha256(bytes, len, digest))
                return true;
        int stalest = 0;
        for (int i = 0; i < presentation->count; i++) {
                int64_t seen_ms = presentation->codes[i].seen_ms;
                if (memcmp(presentation->codes[i].digest, digest, sizeof(digest)) == 0) {
                        presentation->codes[i].seen_ms = now_ms;
                        return now_ms - seen_ms > presentation->hold_off_ms;
                }
                if (seen_ms < presentation->codes[stalest].seen_ms)
                        stalest = i;
        }
        int place = presentation->count < PRESENTATION_CODES_MAX ? presentation->count++ : stalest;
        memcpy(presentation->codes[place].digest, digest, sizeof(digest));
        presentation->codes[place].seen_ms = now_ms;
        return true;
}

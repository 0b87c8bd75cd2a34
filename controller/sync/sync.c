#include "controller/sync/sync.h"

#include "common/hex.h"
#include "controller/ports/digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int sync_bucket_of_lookup(const uint8_t lookup[FLOW_DIGEST_LEN])
{
        return lookup[0];
}

int sync_bucket_of_holder(const char *id)
{
        uint8_t digest[FLOW_DIGEST_LEN];
        return digest_sha256(id, strlen(id), digest) == 0 ? digest[0] : -EIO;
}

void sync_bucket_name(int bucket, char name[SYNC_BUCKET_NAME_MAX])
{
        if (bucket == SYNC_BLOCKED)
                strcpy(name, "blocked");
        else if (bucket == SYNC_BASE)
                strcpy(name, "base");
        else
                snprintf(name, SYNC_BUCKET_NAME_MAX, "%02x", (unsigned int)bucket & 0xff);
}

int sync_bucket_find(const char *name)
{
        if (strcmp(name, "blocked") == 0)
                return SYNC_BLOCKED;
        if (strcmp(name, "base") == 0)
                return SYNC_BASE;
        uint8_t bucket;
        return hex_parse(name, &bucket, 1) ? bucket : -1;
}

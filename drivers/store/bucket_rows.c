#include "drivers/store/bucket_rows.h"

#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

int bucket_rows_load(sqlite3_stmt *statement, struct manifest *manifest)
{
        int r = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = statement;
        while ((r = sqlite_step(rows)) > 0) {
                int64_t number = sqlite3_column_int64(rows, 0);
                const void *digest = sqlite3_column_blob(rows, 3);
                if (number < 0 || number >= SYNC_BUCKETS || !digest ||
                    sqlite3_column_bytes(rows, 3) != FLOW_DIGEST_LEN)
                        return -EUCLEAN;
                struct manifest_bucket *bucket = &manifest->bucket[number];
                bucket->version = (uint64_t)sqlite3_column_int64(rows, 1);
                bucket->bytes = (uint32_t)sqlite3_column_int64(rows, 2);
                memcpy(bucket->digest, digest, FLOW_DIGEST_LEN);
        }
        return r;
}

#include "drivers/store/pair.h"

#include "common/log.h"
#include "drivers/store/files.h"
#include "drivers/store/sqlite.h"

#include <errno.h>

static int prepare(sqlite3 *db, const struct pair_statements *statements)
{
        return sqlite_prepare_all(db, statements->sql, statements->count, statements->prepared);
}

static int open_once(const struct pair *pair, const char *path)
{
        int r = database_open(path, pair->schema, pair->writer);
        if (!r)
                r = database_open_reader(path, pair->reader);
        if (r) {
                pair_close(pair);
                return r;
        }
        r = prepare(*pair->writer, &pair->changes);
        if (!r)
                r = prepare(*pair->reader, &pair->queries);
        if (r) {
                log_error("database not of its schema", "path=%s errno=%d", path, -r);
                pair_close(pair);
        }
        return r;
}

int pair_open(const struct pair *pair, const char *path, char set_aside[256])
{
        set_aside[0] = '\0';
        int r = open_once(pair, path);
        if (r == -EUCLEAN) {
                r = files_set_aside(path, set_aside);
                if (!r)
                        r = open_once(pair, path);
        }
        return r;
}

void pair_close(const struct pair *pair)
{
        /* The writer last: the last connection empties the write-ahead log, which a reader cannot.
         */
        sqlite_finalize_all(pair->queries.prepared, pair->queries.count);
        *pair->reader = database_close(*pair->reader);
        sqlite_finalize_all(pair->changes.prepared, pair->changes.count);
        *pair->writer = database_close(*pair->writer);
}

/* A copy of a database as it is at one moment, while others go on writing. */
#include "common/log.h"
#include "drivers/store/database.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check(sqlite3 *db)
{
        sqlite3_stmt *rows = NULL;
        if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &rows, NULL) != SQLITE_OK)
                return sqlite_errno(db);
        int r = sqlite_step(rows);
        if (r > 0)
                r = strcmp((const char *)sqlite3_column_text(rows, 0), "ok") == 0 ? 0 : -EUCLEAN;
        sqlite3_finalize(rows);
        return r;
}

/* All pages in one step, which holds up no writer: the log grows meanwhile. */
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
        sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
        if (!backup)
                return sqlite_errno(to);
        int step = sqlite3_backup_step(backup, -1);
        int ended = sqlite3_backup_finish(backup);
        if (step == SQLITE_DONE && ended == SQLITE_OK)
                return 0;
        return step == SQLITE_BUSY || step == SQLITE_LOCKED ? -EBUSY : sqlite_errno(to);
}

static int sync_file(const char *path)
{
        int fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        int r = fsync(fd) < 0 ? -errno : 0;
        (void)close(fd);
        return r;
}

/* Mode 0600 whatever the umask; 0, -EEXIST or -errno. */
static int make(const char *path)
{
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        int r = fchmod(fd, 0600) < 0 ? -errno : 0;
        (void)close(fd);
        return r;
}

int database_copy(const char *from, const char *to)
{
        sqlite3 *source = NULL, *target = NULL;
        int r = access(from, R_OK) < 0 ? -errno : make(to);
        if (r) {
                log_error("database not copied", "from=%s to=%s errno=%d", from, to, -r);
                return r;
        }
        r = database_open_reader(from, &source);
        if (!r && sqlite3_open_v2(to, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE,
                                  NULL) != SQLITE_OK)
                r = target ? sqlite_errno(target) : -ENOMEM;
        if (!r)
                r = copy_pages(source, target);
        if (!r)
                r = check(target);
        database_close(source);
        database_close(target);
        if (!r)
                r = sync_file(to);
        if (r) {
                log_error("database not copied", "from=%s to=%s errno=%d", from, to, -r);
                (void)unlink(to);
        }
        return r;
}

/*
 * Store folder: a folder of its own for every test of a store, and the few rows they write.
 *
 * Below $TMPDIR, or next to the test's binary: not in /tmp, which may be memory, and a file system
 * in memory has nothing to say about durability.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/flow.h"
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        STORE_PATH_MAX = 200
};

struct store_folder {
        char folder[STORE_PATH_MAX];
        char path[STORE_PATH_MAX + 16]; /* of the database in it */
};

/* cmocka set-up: *state becomes a new folder. */
static inline int store_folder_make(void **state)
{
        char base[STORE_PATH_MAX - 32];
        const char *tmp = getenv("TMPDIR");
        if (tmp && tmp[0]) {
                (void)snprintf(base, sizeof(base), "%s", tmp);
        } else {
                ssize_t len = readlink("/proc/self/exe", base, sizeof(base) - 1);
                if (len <= 0)
                        return -1;
                base[len] = '\0';
                *strrchr(base, '/') = '\0';
        }
        struct store_folder *made = calloc(1, sizeof(*made));
        if (!made)
                return -1;
        (void)snprintf(made->folder, sizeof(made->folder), "%s/store-XXXXXX", base);
        if (!mkdtemp(made->folder)) {
                free(made);
                return -1;
        }
        (void)snprintf(made->path, sizeof(made->path), "%s/store.db", made->folder);
        *state = made;
        return 0;
}

static inline int store_folder_unlink(const char *path, const struct stat *info, int type,
                                      struct FTW *ftw)
{
        (void)info;
        (void)type;
        (void)ftw;
        return remove(path);
}

/* cmocka tear-down. */
static inline int store_folder_remove(void **state)
{
        struct store_folder *made = *state;
        int r = nftw(made->folder, store_folder_unlink, 8, FTW_DEPTH | FTW_PHYS);
        free(made);
        return r;
}

/* SQL behind the driver's back, while the driver does not have the file. */
static inline void store_sql(const char *path, const char *sql)
{
        sqlite3 *db = NULL;
        assert_int_equal(
                sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
                SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline int64_t store_sql_int(const char *path, const char *sql)
{
        sqlite3 *db = NULL;
        sqlite3_stmt *row = NULL;
        assert_int_equal(
                sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
                SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(row), SQLITE_ROW);
        int64_t value = sqlite3_column_int64(row, 0);
        sqlite3_finalize(row);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        return value;
}

/* Full check, not the quick one of the driver. */
static inline void store_assert_intact(const char *path)
{
        sqlite3 *db = NULL;
        sqlite3_stmt *row = NULL;
        assert_int_equal(
                sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
                SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &row, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(row), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(row, 0), "ok");
        sqlite3_finalize(row);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline off_t store_size(const char *path, const char *suffix)
{
        char full[STORE_PATH_MAX + 128];
        struct stat info;
        (void)snprintf(full, sizeof(full), "%s%s", path, suffix);
        return stat(full, &info) == 0 ? info.st_size : -1;
}

#define IN_FOLDER(test)                                                                            \
        cmocka_unit_test_setup_teardown(test, store_folder_make, store_folder_remove)

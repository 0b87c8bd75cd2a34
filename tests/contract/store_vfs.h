/*
 * Store VFS: between SQLite and the disk in a test. It writes down what was written and flushed, so
 * that a power cut can be played back at any moment, and it can make one operation fail.
 *
 * A power cut keeps what was flushed; of what came after, any 512-byte sector may have reached the
 * disk or not, in any order. One recording at a time.
 */
#pragma once

#include "tests/contract/store_folder.h"

enum store_op_kind {
        STORE_OP_WRITE,
        STORE_OP_TRUNCATE,
        STORE_OP_SYNC,
        STORE_OP_DELETE,
        STORE_OP_SYNC_FOLDER, /* makes deletions durable */
        STORE_OP_MARK         /* the test's own: what was promised by now */
};

enum store_file_kind {
        STORE_FILE_DATABASE,
        STORE_FILE_WAL,
        STORE_FILE_JOURNAL,
        STORE_FILE_KINDS
};

static const char *const store_file_suffix[STORE_FILE_KINDS] = { "", "-wal", "-journal" };

struct store_op {
        enum store_op_kind kind;
        enum store_file_kind file;
        int64_t offset; /* of a write; a truncated size; a mark's value */
        size_t len;
        uint8_t *bytes;
};

struct store_vfs {
        sqlite3_vfs vfs;
        sqlite3_vfs *real;
        bool is_recording;
        const char *only; /* part of the name of the files that are recorded; NULL: every one */
        struct store_op *op;
        size_t ops, room;
        long until_failure; /* operations left before one fails; negative: none does */
        int failure;        /* SQLITE_FULL, SQLITE_IOERR_… */
        long failed;        /* how many did */
};

struct store_vfs_file {
        sqlite3_file base;
        struct store_vfs *vfs;
        enum store_file_kind kind;
        bool is_followed;   /* recorded, and made to fail */
        bool is_new;        /* SQLite's own VFS syncs the folder with the first sync */
        sqlite3_file *real; /* right behind this struct */
};

static inline void store_vfs_note(struct store_vfs *vfs, enum store_op_kind kind,
                                  enum store_file_kind file, int64_t offset, const void *bytes,
                                  size_t len)
{
        if (!vfs->is_recording)
                return;
        if (vfs->ops == vfs->room) {
                vfs->room = vfs->room ? vfs->room * 2 : 1024;
                vfs->op = realloc(vfs->op, vfs->room * sizeof(*vfs->op));
                assert_non_null(vfs->op);
        }
        struct store_op *op = &vfs->op[vfs->ops++];
        *op = (struct store_op){ .kind = kind, .file = file, .offset = offset, .len = len };
        if (len > 0) {
                op->bytes = malloc(len);
                assert_non_null(op->bytes);
                memcpy(op->bytes, bytes, len);
        }
}

static inline bool store_vfs_fails(struct store_vfs *vfs)
{
        if (vfs->until_failure < 0 || vfs->until_failure-- > 0)
                return false;
        vfs->failed++;
        return true;
}

static inline void store_vfs_note_of(struct store_vfs_file *file, enum store_op_kind kind,
                                     int64_t offset, const void *bytes, size_t len)
{
        if (file->is_followed)
                store_vfs_note(file->vfs, kind, file->kind, offset, bytes, len);
}

static inline int store_vfs_close(sqlite3_file *base)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xClose(file->real);
}

static inline int store_vfs_read(sqlite3_file *base, void *bytes, int len, sqlite3_int64 offset)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xRead(file->real, bytes, len, offset);
}

static inline int store_vfs_write(sqlite3_file *base, const void *bytes, int len,
                                  sqlite3_int64 offset)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        if (file->is_followed && store_vfs_fails(file->vfs))
                return file->vfs->failure;
        store_vfs_note_of(file, STORE_OP_WRITE, offset, bytes, (size_t)len);
        return file->real->pMethods->xWrite(file->real, bytes, len, offset);
}

static inline int store_vfs_truncate(sqlite3_file *base, sqlite3_int64 size)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        if (file->is_followed && store_vfs_fails(file->vfs))
                return file->vfs->failure;
        store_vfs_note_of(file, STORE_OP_TRUNCATE, size, NULL, 0);
        return file->real->pMethods->xTruncate(file->real, size);
}

static inline int store_vfs_sync(sqlite3_file *base, int flags)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        if (file->is_followed && store_vfs_fails(file->vfs))
                return file->vfs->failure;
        store_vfs_note_of(file, STORE_OP_SYNC, 0, NULL, 0);
        if (file->is_new)
                store_vfs_note_of(file, STORE_OP_SYNC_FOLDER, 0, NULL, 0);
        file->is_new = false;
        (void)flags;
        return SQLITE_OK; /* noted is enough: no test outlives the kernel */
}

static inline int store_vfs_size(sqlite3_file *base, sqlite3_int64 *size)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xFileSize(file->real, size);
}

static inline int store_vfs_lock(sqlite3_file *base, int level)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xLock(file->real, level);
}

static inline int store_vfs_unlock(sqlite3_file *base, int level)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xUnlock(file->real, level);
}

static inline int store_vfs_check_lock(sqlite3_file *base, int *is_reserved)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xCheckReservedLock(file->real, is_reserved);
}

static inline int store_vfs_control(sqlite3_file *base, int op, void *arg)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xFileControl(file->real, op, arg);
}

static inline int store_vfs_sector(sqlite3_file *base)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xSectorSize(file->real);
}

static inline int store_vfs_traits(sqlite3_file *base)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xDeviceCharacteristics(file->real);
}

static inline int store_vfs_shm_map(sqlite3_file *base, int page, int size, int is_made,
                                    void volatile **map)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xShmMap(file->real, page, size, is_made, map);
}

static inline int store_vfs_shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xShmLock(file->real, offset, n, flags);
}

static inline void store_vfs_shm_barrier(sqlite3_file *base)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        file->real->pMethods->xShmBarrier(file->real);
}

static inline int store_vfs_shm_unmap(sqlite3_file *base, int is_deleted)
{
        struct store_vfs_file *file = (struct store_vfs_file *)base;
        return file->real->pMethods->xShmUnmap(file->real, is_deleted);
}

static inline enum store_file_kind store_vfs_kind(const char *name)
{
        size_t len = name ? strlen(name) : 0;
        if (len > 4 && !strcmp(name + len - 4, "-wal"))
                return STORE_FILE_WAL;
        if (len > 8 && !strcmp(name + len - 8, "-journal"))
                return STORE_FILE_JOURNAL;
        return STORE_FILE_DATABASE;
}

static inline int store_vfs_open(sqlite3_vfs *base, const char *name, sqlite3_file *opened,
                                 int flags, int *out_flags)
{
        /* Shared memory is the kernel's business: after a power cut there is none. */
        static const sqlite3_io_methods methods = {
                .iVersion = 2,
                .xClose = store_vfs_close,
                .xRead = store_vfs_read,
                .xWrite = store_vfs_write,
                .xTruncate = store_vfs_truncate,
                .xSync = store_vfs_sync,
                .xFileSize = store_vfs_size,
                .xLock = store_vfs_lock,
                .xUnlock = store_vfs_unlock,
                .xCheckReservedLock = store_vfs_check_lock,
                .xFileControl = store_vfs_control,
                .xSectorSize = store_vfs_sector,
                .xDeviceCharacteristics = store_vfs_traits,
                .xShmMap = store_vfs_shm_map,
                .xShmLock = store_vfs_shm_lock,
                .xShmBarrier = store_vfs_shm_barrier,
                .xShmUnmap = store_vfs_shm_unmap,
        };
        struct store_vfs *vfs = (struct store_vfs *)base;
        struct store_vfs_file *file = (struct store_vfs_file *)opened;
        *file = (struct store_vfs_file){
                .vfs = vfs,
                .kind = store_vfs_kind(name),
                .is_followed = !vfs->only || (name && strstr(name, vfs->only)),
                .is_new = (flags & SQLITE_OPEN_CREATE) && !(flags & SQLITE_OPEN_MAIN_DB),
                .real = (sqlite3_file *)(file + 1),
        };
        int r = vfs->real->xOpen(vfs->real, name, file->real, flags, out_flags);
        if (r == SQLITE_OK)
                file->base.pMethods = &methods;
        return r;
}

static inline int store_vfs_delete(sqlite3_vfs *base, const char *name, int is_durable)
{
        struct store_vfs *vfs = (struct store_vfs *)base;
        if (vfs->only && !strstr(name, vfs->only))
                return vfs->real->xDelete(vfs->real, name, is_durable);
        store_vfs_note(vfs, STORE_OP_DELETE, store_vfs_kind(name), 0, NULL, 0);
        if (is_durable)
                store_vfs_note(vfs, STORE_OP_SYNC_FOLDER, store_vfs_kind(name), 0, NULL, 0);
        return vfs->real->xDelete(vfs->real, name, is_durable);
}

/* From here on every database that the driver opens goes through it. `vfs` is static: a test that
 * fails leaves it installed. */
static inline void store_vfs_install(struct store_vfs *vfs)
{
        sqlite3_vfs *real = sqlite3_vfs_find("unix");
        *vfs = (struct store_vfs){ .vfs = *real, .real = real, .until_failure = -1 };
        vfs->vfs.szOsFile = (int)sizeof(struct store_vfs_file) + real->szOsFile;
        vfs->vfs.zName = "store-test";
        vfs->vfs.pNext = NULL;
        vfs->vfs.xOpen = store_vfs_open;
        vfs->vfs.xDelete = store_vfs_delete;
        assert_int_equal(sqlite3_vfs_register(&vfs->vfs, 1), SQLITE_OK);
}

static inline void store_vfs_remove(struct store_vfs *vfs)
{
        sqlite3_vfs_unregister(&vfs->vfs);
        for (size_t i = 0; i < vfs->ops; i++)
                free(vfs->op[i].bytes);
        free(vfs->op);
        vfs->op = NULL;
}

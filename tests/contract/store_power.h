/*
 * Store power: a power cut played back from what store_vfs.h has written down: what was flushed is
 * there; of the rest, any sectors in any order.
 */
#pragma once

#include "tests/contract/store_vfs.h"

enum {
        STORE_SECTOR = 512,
        STORE_IMAGE_MAX = 4 << 20
};

/* What is on the disk of one file. */
struct store_image {
        uint8_t bytes[STORE_IMAGE_MAX];
        size_t len;
        bool exists;
};

struct store_disk {
        struct store_image file[STORE_FILE_KINDS];
};

static inline void store_apply(struct store_image *image, const struct store_op *op, size_t from,
                               size_t len)
{
        size_t at = (size_t)op->offset + from;
        assert_true(at + len <= STORE_IMAGE_MAX);
        if (at > image->len)
                memset(image->bytes + image->len, 0, at - image->len);
        memcpy(image->bytes + at, op->bytes + from, len);
        if (at + len > image->len)
                image->len = at + len;
        image->exists = true;
}

/* Those sectors of a write that happened to reach the disk. */
static inline void store_apply_torn(struct store_image *image, const struct store_op *op,
                                    unsigned *seed, int percent)
{
        for (size_t from = 0; from < op->len;) {
                size_t in_sector = ((size_t)op->offset + from) % STORE_SECTOR;
                size_t len = STORE_SECTOR - in_sector;
                if (len > op->len - from)
                        len = op->len - from;
                if (rand_r(seed) % 100 < percent)
                        store_apply(image, op, from, len);
                from += len;
        }
}

static inline void store_apply_op(struct store_disk *disk, const struct store_op *op)
{
        struct store_image *image = &disk->file[op->file];
        if (op->kind == STORE_OP_WRITE)
                store_apply(image, op, 0, op->len);
        else if (op->kind == STORE_OP_TRUNCATE)
                image->len = (size_t)op->offset < image->len ? (size_t)op->offset : image->len;
        else if (op->kind == STORE_OP_DELETE)
                *image = (struct store_image){ .exists = false };
}

/* Was it flushed before the cut? */
static inline bool store_is_durable(const struct store_vfs *vfs, size_t op, size_t cut)
{
        for (size_t i = op + 1; i < cut; i++) {
                const struct store_op *later = &vfs->op[i];
                if (vfs->op[op].kind == STORE_OP_DELETE
                            ? later->kind == STORE_OP_SYNC_FOLDER
                            : later->kind == STORE_OP_SYNC && later->file == vfs->op[op].file)
                        return true;
        }
        return false;
}

/* The disk after a cut before operation `cut`, and the last promise made by then. */
static inline int64_t store_play(const struct store_vfs *vfs, size_t cut, unsigned seed,
                                 struct store_disk *disk)
{
        int percent = rand_r(&seed) % 101;
        int64_t promised = -1;
        memset(disk, 0, sizeof(*disk));
        disk->file[STORE_FILE_DATABASE].exists = true; /* made and synced by the driver itself */
        for (size_t i = 0; i < cut; i++) {
                const struct store_op *op = &vfs->op[i];
                if (op->kind == STORE_OP_MARK)
                        promised = op->offset;
                else if (op->kind == STORE_OP_WRITE && !store_is_durable(vfs, i, cut))
                        store_apply_torn(&disk->file[op->file], op, &seed, percent);
                else if (store_is_durable(vfs, i, cut) || rand_r(&seed) % 100 < percent)
                        store_apply_op(disk, op);
        }
        return promised;
}

/* The same, cut anywhere. */
static inline int64_t store_cut(const struct store_vfs *vfs, unsigned *seed,
                                struct store_disk *disk)
{
        size_t cut = (size_t)rand_r(seed) % (vfs->ops + 1);
        return store_play(vfs, cut, (unsigned)rand_r(seed), disk);
}

static inline void store_lay_down(const char *path, const struct store_disk *disk)
{
        for (size_t i = 0; i < STORE_FILE_KINDS; i++) {
                char full[STORE_PATH_MAX + 32];
                (void)snprintf(full, sizeof(full), "%s%s", path, store_file_suffix[i]);
                (void)unlink(full);
                if (!disk->file[i].exists)
                        continue;
                FILE *file = fopen(full, "wb");
                assert_non_null(file);
                size_t len = disk->file[i].len;
                assert_int_equal(fwrite(disk->file[i].bytes, 1, len, file), len);
                assert_int_equal(fclose(file), 0);
        }
}

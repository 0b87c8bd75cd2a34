/* A power cut at any moment, played back from what was flushed: a row that was promised is there,
 * and so is its stream, which nothing had waited for. */
#include "tests/contract/archive_rows.h"
#include "tests/contract/store_power.h"

#include "drivers/archive/archive_drivers.h"

enum {
        GATES = 30,
        ROUNDS = 4,
        CUTS = 200
};

static const char *gate_name(int gate)
{
        static char name[ARCHIVE_GATE_MAX];
        (void)snprintf(name, sizeof(name), "acme/hq/gate-%d", gate);
        return name;
}

static struct archive *open_archive(const struct store_folder *folder)
{
        struct archive *archive = NULL;
        assert_int_equal(archive_sqlite_open(folder->path, &archive), 0);
        return archive;
}

/* Gates come one after the other; each row is promised when it is stored: mark 1 is round 0 of gate
 * 0, and so on. */
static void record(struct store_vfs *vfs, const struct store_folder *folder)
{
        struct archive_stream streams[GATES];
        vfs->is_recording = true;
        struct archive *archive = open_archive(folder);
        store_vfs_note(vfs, STORE_OP_MARK, STORE_FILE_DATABASE, 0, NULL, 0);
        for (int i = 0; i < ROUNDS * GATES; i++) {
                int gate = i % GATES;
                if (i < GATES)
                        streams[gate] = archive_stream_of(archive, gate_name(gate));
                assert_int_equal(ARCHIVE_PUT(archive, &streams[gate], (uint64_t)(i / GATES + 1)),
                                 1);
                store_vfs_note(vfs, STORE_OP_MARK, STORE_FILE_DATABASE, i + 1, NULL, 0);
        }
        vfs->is_recording = false; /* the cut comes before an orderly close */
        archive_close(archive);
}

static void assert_kept(struct archive *archive, int64_t promised)
{
        for (int gate = 0; gate < GATES; gate++) {
                uint64_t rows = (uint64_t)((promised + GATES - 1 - gate) / GATES);
                struct archive_stream stream = archive_stream_of(archive, gate_name(gate));
                assert_in_range(stream.contiguous, rows, rows + 1);
                assert_int_equal(ARCHIVE_PUT(archive, &stream, stream.contiguous + 1), 1);
        }
}

static void every_promised_row_survives_a_power_cut_at_any_moment(void **state)
{
        const struct store_folder *folder = *state;
        static struct store_disk disk;
        static struct store_vfs vfs;
        store_vfs_install(&vfs);
        record(&vfs, folder);
        sqlite3_vfs_unregister(&vfs.vfs);

        unsigned seed = 5;
        for (int i = 0; i < CUTS; i++) {
                int64_t promised = store_cut(&vfs, &seed, &disk);
                if (promised < 0) /* cut off while the file was made */
                        continue;
                store_lay_down(folder->path, &disk);
                struct archive *archive = open_archive(folder);
                assert_kept(archive, promised);
                archive_close(archive);
                store_assert_intact(folder->path);
        }
        store_vfs_remove(&vfs);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(every_promised_row_survives_a_power_cut_at_any_moment),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

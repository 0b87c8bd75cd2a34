/* A power cut at any moment, played back from what was flushed: a row that was promised is there.
 */
#include "tests/contract/store_power.h"
#include "tests/contract/store_rows.h"

enum {
        ROWS = 260,
        CUTS = 300
};

/* What was dropped: rows from `first` on, as the row `note` says. */
struct loss {
        uint64_t first, note;
};

struct losses {
        struct loss loss[ROWS];
        size_t count;
};

/* Over the budget: the newest row is not acknowledged, so it goes with all before it. */
static void drop_all(struct store_vfs *vfs, struct journal *journal, struct losses *losses)
{
        struct passage note = { .event = EVENT_FAULT, .reason = REASON_DISK };
        struct journal_info info = store_info(journal);
        note.at_us = STORE_MORNING_US + (int64_t)info.head;
        assert_true(journal_drop(journal, 0, SIZE_MAX, &note) > 0);
        store_vfs_note(vfs, STORE_OP_MARK, STORE_FILE_DATABASE, (int64_t)note.seq, NULL, 0);
        losses->loss[losses->count++] = (struct loss){ .first = info.oldest, .note = note.seq };
}

/* Both or neither: the rows are gone, and the row that says so is there (or was, and is gone as an
 * acknowledged one or with a later loss). */
static void assert_losses_said(const struct losses *losses, const struct journal_info *info,
                               const struct passage *rows)
{
        for (size_t i = 0; i < losses->count; i++) {
                const struct loss *loss = &losses->loss[i];
                if (info->head < loss->note) {
                        /* Empty: cut off before its first row, or all were acknowledged. */
                        assert_true(info->oldest ? info->oldest <= loss->first
                                                 : info->head < loss->first);
                        continue;
                }
                assert_true(info->oldest == 0 || info->oldest >= loss->note);
                if (info->oldest == 0 || info->oldest > loss->note)
                        continue;
                assert_int_equal(rows[loss->note - info->oldest].event, EVENT_FAULT);
                assert_memory_equal(rows[loss->note - info->oldest].detail, "unacknowledged", 14);
        }
}

/* A life of the gate: people come and go, acknowledgements arrive, old rows are trimmed, some
 * dropped. */
static void record(struct store_vfs *vfs, const struct store_folder *folder, char *epoch,
                   struct losses *losses)
{
        vfs->is_recording = true;
        struct journal *journal = store_open_journal(folder);
        struct journal_info info = store_info(journal);
        (void)snprintf(epoch, JOURNAL_EPOCH_MAX, "%s", info.epoch);
        store_vfs_note(vfs, STORE_OP_MARK, STORE_FILE_DATABASE, 0, NULL, 0);
        unsigned seed = 3;
        while ((info = store_info(journal)).head < ROWS) {
                struct passage row[2];
                for (size_t i = 0; i < ARRAY_LEN(row); i++) {
                        char holder[8];
                        (void)snprintf(holder, sizeof(holder), "h%d", rand_r(&seed) % 60);
                        row[i] = store_row(EVENT_ACCESS_TAKEN, holder, DIRECTION_ENTRY);
                        row[i].at_us += (int64_t)(info.head + i);
                }
                size_t count = 1 + (size_t)rand_r(&seed) % ARRAY_LEN(row);
                assert_int_equal(journal_append(journal, row, count), 0);
                store_vfs_note(vfs, STORE_OP_MARK, STORE_FILE_DATABASE, (int64_t)row[count - 1].seq,
                               NULL, 0);
                assert_int_equal(journal_acknowledge(journal, info.epoch, info.head), 0);
                if (rand_r(&seed) % 20 == 0)
                        assert_true(journal_trim(journal, INT64_MAX, 10) >= 0);
                if (rand_r(&seed) % 20 == 0)
                        drop_all(vfs, journal, losses);
        }
        vfs->is_recording = false; /* the cut comes before an orderly close */
        journal_close(journal);
}

static void every_promised_row_survives_a_power_cut_at_any_moment(void **state)
{
        const struct store_folder *folder = *state;
        static struct store_disk disk;
        static struct store_vfs vfs;
        static struct losses losses;
        char epoch[JOURNAL_EPOCH_MAX];
        store_vfs_install(&vfs);
        record(&vfs, folder, epoch, &losses);
        assert_true(losses.count > 0);
        sqlite3_vfs_unregister(&vfs.vfs);

        unsigned seed = 11;
        for (int i = 0; i < CUTS; i++) {
                int64_t promised = store_cut(&vfs, &seed, &disk);
                store_lay_down(folder->path, &disk);
                struct journal *journal = store_open_journal(folder);
                struct journal_info info = store_info(journal);
                if (promised >= 0) { /* else it was cut off while it was made */
                        assert_false(info.was_set_aside);
                        assert_string_equal(info.epoch, epoch);
                        assert_in_range(info.head, promised, promised + 2);
                        assert_true(info.acked <= info.head);
                        static struct passage rows[ROWS + 2];
                        const struct journal_query query = { .limit = ROWS + 2 };
                        int count = journal_read(journal, &query, rows);
                        assert_int_equal(count, info.oldest ? info.head - info.oldest + 1 : 0);
                        for (int row = 0; row < count; row++)
                                assert_int_equal(rows[row].at_us,
                                                 STORE_MORNING_US + (int64_t)rows[row].seq - 1);
                        assert_losses_said(&losses, &info, rows);
                }
                uint64_t next = store_append_at(journal, 1);
                assert_int_equal(next, info.head + 1);
                journal_close(journal);
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

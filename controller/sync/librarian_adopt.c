/* Librarian: what has come becomes the registry, all of it or nothing. */
#include "controller/sync/librarian.h"

#include "common/log.h"
#include "controller/sync/content.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        TELL_NS = 10000000, /* between tries while the recorder's mailbox is full */
        BUSY_MS = 1000,     /* somebody imports: again soon */
        RETRY_MS = 60000,   /* the disk refused */
        GROWTH = 6,         /* bytes on the disk for a byte of content: rows, indexes, log, parts */
        SPARE_MIB = 32      /* the journal's: it must never find the disk full because of us */
};

/* From when on it is this registry, by the rows' clock: a system clock that fell behind must not
 * say of rows from before that they were decided by it. */
static int64_t issue_us(const struct librarian *librarian)
{
        int64_t now_us = wall_us();
        int64_t rows_us = atomic_load(&librarian->board->clock_us);
        return now_us > rows_us ? now_us : rows_us;
}

static void set_trouble(struct librarian *librarian, const char *trouble, int error)
{
        const char *before = atomic_load(&librarian->board->registry_trouble);
        if (before == trouble)
                return;
        atomic_store(&librarian->board->registry_trouble, trouble);
        if (!trouble) {
                log_info("registry comes in again", "version=%llu",
                         (unsigned long long)librarian->staged.version);
                return;
        }
        log_error("registry not adopted", "why=%s version=%llu error=%s", trouble,
                  (unsigned long long)librarian->staged.version, strerror(-error));
}

/* ---- one bucket ---- */

static int fetch(void *context, int bucket, uint32_t part, uint8_t payload[PART_PAYLOAD_MAX])
{
        struct librarian *librarian = context;
        return staging_part(librarian->staging, bucket, part, payload);
}

static int put_content(struct librarian *librarian, int bucket)
{
        struct sync_record record;
        int r = 0, put = 0;
        struct content *content =
                content_new(&librarian->wants.bucket[bucket].like, fetch, librarian);
        if (!content)
                return -ENOMEM;
        while (put == 0 && (r = content_next(content, &record)) > 0)
                put = atomic_load(&librarian->is_stopping)
                              ? -ECANCELED
                              : adoption_put(librarian->adoption, bucket, &record);
        content_free(content);
        return put ? put : r;
}

/* The tables, not the parts, are what must come to the digest: so a delta is checked as much as a
 * snapshot, and what we held before with it. -EBADMSG: they do not. */
static int check_digest(struct librarian *librarian, int bucket)
{
        const struct manifest_bucket *wanted = &librarian->staged.bucket[bucket];
        struct manifest_bucket made = { .version = 0 };
        int r = adoption_digest(librarian->adoption, bucket, &made);
        if (r)
                return r;
        return made.bytes == wanted->bytes &&
                               memcmp(made.digest, wanted->digest, FLOW_DIGEST_LEN) == 0
                       ? 0
                       : -EBADMSG;
}

static int put_bucket(struct librarian *librarian, int bucket)
{
        const struct wants_bucket *wants = &librarian->wants.bucket[bucket];
        bool is_empty = wants->bytes == 0;
        int r = is_empty || wants->like.from == 0 ? adoption_forget(librarian->adoption, bucket)
                                                  : 0;
        if (!r && !is_empty)
                r = put_content(librarian, bucket);
        if (!r)
                r = adoption_settle(librarian->adoption, bucket);
        if (!r)
                r = check_digest(librarian, bucket);
        return r;
}

static void spoil(struct librarian *librarian, int bucket)
{
        char name[SYNC_BUCKET_NAME_MAX];
        sync_bucket_name(bucket, name);
        /* Who tampers with parts can do so all day: said when it begins. */
        if (!atomic_load(&librarian->board->registry_trouble))
                log_warn("bucket is not what the manifest says: asked for whole", "bucket=%s",
                         name);
        wants_spoil(&librarian->wants, bucket);
}

/* ---- the transaction ---- */

static bool is_noted(const struct librarian *librarian, int bucket)
{
        const struct manifest_bucket *is = &librarian->adopted.bucket[bucket],
                                     *shall = &librarian->staged.bucket[bucket];
        return is->version == shall->version && is->bytes == shall->bytes &&
               memcmp(is->digest, shall->digest, FLOW_DIGEST_LEN) == 0;
}

/* Puts what is wanted. Buckets whose parts are no good are spoiled, all of them in one go: -EBADMSG
 * then. 0 or -errno; -EAGAIN: there is another registry to adopt. */
static int put_buckets(struct librarian *librarian, bool is_blocked_only, bool is_spoiled[])
{
        bool is_bad = false;
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                if ((is_blocked_only && i != SYNC_BLOCKED) || is_noted(librarian, i))
                        continue;
                int r = is_blocked_only ? 0 : librarian_attend(librarian);
                if (r)
                        return r;
                if (librarian->wants.bucket[i].is_wanted)
                        r = put_bucket(librarian, i);
                is_spoiled[i] = r == -EBADMSG;
                is_bad = is_bad || is_spoiled[i];
                if (!r)
                        r = adoption_note_bucket(librarian->adoption, i,
                                                 &librarian->staged.bucket[i]);
                if (r && r != -EBADMSG)
                        return r;
        }
        return is_bad ? -EBADMSG : 0;
}

static int put_all(struct librarian *librarian, bool is_blocked_only, bool is_spoiled[],
                   struct registry_counts *counts)
{
        int r = put_buckets(librarian, is_blocked_only, is_spoiled);
        if (!r && !is_blocked_only)
                r = adoption_note_issue(librarian->adoption, librarian->staged.version,
                                        librarian->staged.issued_s, issue_us(librarian));
        return r ? r : adoption_counts(librarian->adoption, counts);
}

/* The recorder counts anew, and lets local changes in again. */
static void tell_recorder(struct librarian *librarian, const struct registry_counts *counts)
{
        struct to_recorder message = { .kind = RECORDER_ADOPTED, .counts = *counts };
        while (!mailbox_put(librarian->recorder, &message) &&
               !atomic_load(&librarian->is_stopping)) {
                struct timespec moment = { .tv_nsec = TELL_NS };
                nanosleep(&moment, NULL);
        }
}

void librarian_tidy(struct librarian *librarian)
{
        struct registry_counts counts;
        /* Nothing ever came: nothing to tidy, and nobody's change has to wait for it. */
        if (!librarian->adoption || (librarian->adopted.version == 0 && !librarian->is_staged))
                return;
        atomic_store(&librarian->board->is_adopting, true);
        int error = adoption_checkpoint(librarian->adoption);
        if (error && error != -EBUSY)
                log_warn("registry's log not moved", "error=%s", strerror(-error));
        if (adoption_counts(librarian->adoption, &counts) == 0)
                tell_recorder(librarian, &counts);
        else
                atomic_store(&librarian->board->is_adopting, false);
}

/* After the commit: what was staged is what we have. */
static int take_note(struct librarian *librarian, bool is_blocked_only)
{
        int error = 0;
        if (is_blocked_only) {
                librarian->adopted.bucket[SYNC_BLOCKED] = librarian->staged.bucket[SYNC_BLOCKED];
                error = staging_drop(librarian->staging, SYNC_BLOCKED);
                wants_spoil(&librarian->wants, SYNC_BLOCKED);
        } else {
                librarian->adopted = librarian->staged;
                librarian->is_staged = false;
                error = staging_clear(librarian->staging);
                wants_init(&librarian->wants);
        }
        int compared = librarian_compare(librarian);
        return error ? error : compared;
}

static int transact(struct librarian *librarian, bool is_blocked_only, bool is_spoiled[])
{
        struct registry_counts counts = { .holders = 0 };
        atomic_store(&librarian->board->is_adopting, true);
        int r = adoption_begin(librarian->adoption);
        if (!r) {
                librarian->is_adopting_all = !is_blocked_only;
                r = put_all(librarian, is_blocked_only, is_spoiled, &counts);
                librarian->is_adopting_all = false;
                if (r)
                        adoption_rollback(librarian->adoption);
                else
                        r = adoption_commit(librarian->adoption);
        }
        if (r) {
                atomic_store(&librarian->board->is_adopting, false);
                return r;
        }
        r = take_note(librarian, is_blocked_only);
        int tidied = adoption_checkpoint(librarian->adoption);
        if (tidied && tidied != -EBUSY)
                log_warn("registry's log not moved", "error=%s", strerror(-tidied));
        tell_recorder(librarian, &counts);
        return r;
}

static void drop_spoiled(struct librarian *librarian, const bool is_spoiled[])
{
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                if (!is_spoiled[i])
                        continue;
                spoil(librarian, i);
                int error = staging_drop(librarian->staging, i);
                if (error)
                        log_warn("parts not dropped", "bucket=%d error=%s", i, strerror(-error));
        }
        librarian_show(librarian);
}

/* 0, -errno, or -EAGAIN: it gave way. */
static int adopt(struct librarian *librarian, bool is_blocked_only, int64_t now_ms)
{
        bool is_spoiled[SYNC_BUCKETS] = { false };
        uint64_t version = librarian->staged.version;
        int error = transact(librarian, is_blocked_only, is_spoiled);
        if (error == -EAGAIN) {
                librarian->gave_way++;
                log_info("adoption ended: a new blocked list goes first", "version=%llu",
                         (unsigned long long)version);
                return error;
        }
        if (!error) {
                if (!is_blocked_only)
                        librarian->gave_way = 0;
                set_trouble(librarian, NULL, 0);
                log_info(is_blocked_only ? "blocked list adopted" : "registry adopted",
                         "version=%llu ms=%lld", (unsigned long long)version,
                         (long long)(monotonic_ms() - now_ms));
                return 0;
        }
        if (error == -EBADMSG) {
                drop_spoiled(librarian, is_spoiled);
                set_trouble(librarian, "content", error);
        } else if (error != -EBUSY && error != -ECANCELED) {
                set_trouble(librarian, error == -ENOSPC ? "disk" : "storage", error);
        }
        librarian->retry_ms = monotonic_ms() + (error == -EBUSY ? BUSY_MS : RETRY_MS);
        if (error == -EBADMSG) /* what comes is tried when it is there */
                librarian->retry_ms = 0;
        return error;
}

/* ---- room ---- */

/* Of all that is still to change. A delta needs less; nobody knows before it is there. */
static int64_t room_needed(const struct librarian *librarian)
{
        int64_t bytes = 0;
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                const struct wants_bucket *bucket = &librarian->wants.bucket[i];
                bool is_delta = bucket->held != 0 && !bucket->is_whole;
                if (bucket->is_wanted)
                        bytes += is_delta ? bucket->bytes / GROWTH + PART_PAYLOAD_MAX
                                          : (int64_t)bucket->bytes;
        }
        return bytes * GROWTH + ((int64_t)SPARE_MIB << 20);
}

/* Said in the journal, too: somebody must make room. */
static void tell_room(struct librarian *librarian, bool is_short)
{
        struct to_recorder message = { .kind = RECORDER_PASSAGE,
                                       .point = -1,
                                       .event = is_short ? EVENT_FAULT : EVENT_FAULT_CLEARED,
                                       .reason = REASON_DISK };
        snprintf(message.detail, sizeof(message.detail), "%s", "no room for the registry");
        if (!mailbox_put(librarian->recorder, &message))
                log_warn("fault not told", "what=\"%s\"", message.detail);
        librarian->is_disk_short = is_short;
        set_trouble(librarian, is_short ? "disk" : NULL, -ENOSPC);
}

static void look_for_room(struct librarian *librarian)
{
        int64_t free_bytes = staging_free_bytes(librarian->staging);
        bool is_short =
                librarian->is_staged && free_bytes >= 0 && free_bytes < room_needed(librarian);
        if (is_short != librarian->is_disk_short)
                tell_room(librarian, is_short);
}

void librarian_adopt(struct librarian *librarian, int64_t now_ms)
{
        if (!librarian->staging || !librarian->adoption || !librarian->is_staged ||
            now_ms < librarian->retry_ms)
                return;
        look_for_room(librarian);
        if (librarian->is_disk_short)
                return;
        /* Also when the rest is there: that takes long. */
        int error = 0;
        if (wants_is_complete(&librarian->wants, SYNC_BLOCKED) &&
            wants_pending(&librarian->wants).buckets > 1)
                error = adopt(librarian, true, now_ms);
        if (!error && wants_pending(&librarian->wants).incomplete == 0)
                (void)adopt(librarian, false, now_ms);
}

int librarian_refresh(struct librarian *librarian, int64_t issued_s)
{
        int r = adoption_begin(librarian->adoption);
        if (r)
                return r == -EBUSY ? 0 : r; /* it is issued again soon */
        r = adoption_note_issue(librarian->adoption, librarian->adopted.version, issued_s,
                                issue_us(librarian));
        if (r)
                adoption_rollback(librarian->adoption);
        else
                r = adoption_commit(librarian->adoption);
        if (r)
                return r;
        librarian->adopted.issued_s = issued_s;
        librarian_show(librarian);
        return 0;
}

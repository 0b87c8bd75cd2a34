#include "controller/sync/librarian.h"

#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        MAILBOX_CAPACITY = 64, /* desk has one request of each client under way */
        TURN_MS = 1000,
        PATH_MAX_LEN = SETTINGS_PATH_MAX + 16
};

void librarian_show(struct librarian *librarian)
{
        struct board *board = librarian->board;
        struct wants_pending pending = wants_pending(&librarian->wants);
        atomic_store(&board->registry_version, librarian->adopted.version);
        atomic_store(&board->registry_issued_s, librarian->adopted.issued_s);
        atomic_store(&board->registry_blocked, librarian->adopted.bucket[SYNC_BLOCKED].version);
        atomic_store(&board->registry_buckets_left, pending.buckets);
        atomic_store(&board->registry_bytes_left, pending.bytes);
}

int librarian_compare(struct librarian *librarian)
{
        bool dropped[SYNC_BUCKETS];
        const struct manifest *wanted =
                librarian->is_staged ? &librarian->staged : &librarian->adopted;
        wants_set(&librarian->wants, &librarian->adopted, wanted, dropped);
        int error = 0;
        for (int i = 0; !error && i < SYNC_BUCKETS; i++)
                if (dropped[i])
                        error = staging_drop(librarian->staging, i);
        librarian_show(librarian);
        return error;
}

static void take_up_part(void *context, const struct part *part)
{
        struct librarian *librarian = context;
        wants_take(&librarian->wants, part, wants_look(&librarian->wants, part), 0);
}

/* What was under way when the process ended. What is of no use any more goes. */
static int take_up(struct librarian *librarian)
{
        uint8_t bytes[MANIFEST_BYTES_MAX];
        int len = staging_manifest(librarian->staging, bytes);
        if (len < 0)
                return len;
        const char *refusal = len == 0 ? "none"
                                       : librarian_read_manifest(librarian, bytes, (size_t)len,
                                                                 &librarian->staged);
        librarian->is_staged = !refusal && librarian->staged.version > librarian->adopted.version;
        int error = len > 0 && !librarian->is_staged ? staging_clear(librarian->staging) : 0;
        if (!error)
                error = librarian_compare(librarian);
        if (!error)
                error = staging_list(librarian->staging, take_up_part, librarian);
        librarian_show(librarian);
        return error;
}

static int open_stores(struct librarian *librarian)
{
        char path[PATH_MAX_LEN];
        const char *folder = librarian->settings->store.folder;
        snprintf(path, sizeof(path), "%s/registry.db", folder);
        int error = adoption_open(path, &librarian->adoption);
        if (!error)
                error = adoption_state(librarian->adoption, &librarian->adopted);
        snprintf(path, sizeof(path), "%s/sync.db", folder);
        if (!error)
                error = staging_open(path, &librarian->staging);
        if (!error)
                error = take_up(librarian);
        if (error)
                log_error("registry cannot come from the centre", "folder=%s error=%s", folder,
                          strerror(-error));
        return error;
}

int librarian_init(struct librarian *librarian, const struct settings *settings,
                   struct board *board)
{
        *librarian =
                (struct librarian){ .settings = settings, .board = board, .in = MAILBOX_EMPTY };
        wants_init(&librarian->wants);
        /* What is wrong with them is said there; without its key no manifest is believed. */
        (void)!managers_load(&librarian->managers, settings);
        int error = mailbox_init(&librarian->in, sizeof(struct to_librarian), MAILBOX_CAPACITY);
        /* A gate that cannot take the centre's registry goes on with the one it has. */
        if (!error && open_stores(librarian) != 0) {
                librarian->staging = staging_close(librarian->staging);
                librarian->adoption = adoption_close(librarian->adoption);
        }
        return error;
}

void librarian_deinit(struct librarian *librarian)
{
        struct to_librarian message;
        while (librarian->in.ring && mailbox_take(&librarian->in, &message)) {
                if (message.kind == LIBRARIAN_REQUEST)
                        request_free(message.request);
                if (message.kind == LIBRARIAN_RELOAD)
                        managers_deinit(message.managers);
                if (message.kind == LIBRARIAN_RELOAD)
                        free(message.managers);
        }
        mailbox_deinit(&librarian->in);
        librarian->staging = staging_close(librarian->staging);
        librarian->adoption = adoption_close(librarian->adoption);
        managers_deinit(&librarian->managers);
}

/* False: stop. */
static bool on_message(struct librarian *librarian, const struct to_librarian *message)
{
        switch (message->kind) {
        case LIBRARIAN_REQUEST:
                librarian_answer(librarian, message->request);
                struct to_desk answer = { .kind = DESK_ANSWER, .request = message->request };
                if (!mailbox_put(librarian->desk, &answer)) {
                        log_error("answer lost", "verb=%s", "sync");
                        request_free(message->request);
                }
                return true;
        case LIBRARIAN_RELOAD:
                managers_deinit(&librarian->managers);
                librarian->managers = *message->managers;
                free(message->managers);
                return true;
        case LIBRARIAN_STOP:
                return false;
        }
        return true;
}

int librarian_attend(struct librarian *librarian)
{
        struct to_librarian message;
        uint64_t version = librarian->staged.version;
        while (!librarian->is_over && librarian->staged.version == version &&
               mailbox_take(&librarian->in, &message))
                librarian->is_over = !on_message(librarian, &message);
        if (librarian->is_over)
                return -ECANCELED;
        return librarian->staged.version == version ? 0 : -EAGAIN;
}

void librarian_run(struct librarian *librarian)
{
        struct to_librarian message;
        librarian_tidy(librarian);
        for (;;) {
                bool is_there = mailbox_wait(&librarian->in, &message, TURN_MS);
                if (is_there && !on_message(librarian, &message))
                        return;
                librarian_adopt(librarian, monotonic_ms());
                if (librarian->is_over)
                        return;
        }
}

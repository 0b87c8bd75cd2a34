#include "controller/record/recorder.h"

#include "common/log.h"
#include "controller/local/command_event.h"
#include "controller/record/site_key.h"
#include "controller/tuning.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        MAILBOX_CAPACITY = 1024,
        TURN_MS = 1000,       /* the loop comes round at least this often */
        TRIM_MS = 60000,      /* between looks at what may go */
        TRIM_AGAIN_MS = 1000, /* while there is more of it */
};

static const int64_t SECOND_US = 1000000;

static int64_t look_at_clock(struct recorder *recorder, enum clock_quality *quality)
{
        int64_t now_us = wall_clock_now(&recorder->clock, quality);
        atomic_store(&recorder->board->clock_quality, (int)*quality);
        atomic_store(&recorder->board->clock_us, now_us);
        return now_us;
}

struct recorder_row recorder_row(struct recorder *recorder, int point, enum event event,
                                 enum reason reason)
{
        struct recorder_row row = { .passage = { .event = event, .reason = reason } };
        row.passage.at_us = look_at_clock(recorder, &row.passage.clock);
        if (point >= 0) {
                const struct settings_point *at = &recorder->settings->point[point];
                memcpy(row.passage.access_point, at->id, sizeof(row.passage.access_point));
                row.passage.direction = settings_direction(at);
                if (at->sensor_line[0] == '\0' &&
                    (event == EVENT_ACCESS_GRANTED || event == EVENT_ACCESS_TAKEN))
                        row.passage.flags |= PASSAGE_NO_SENSOR;
        }
        return row;
}

void recorder_show(struct recorder *recorder)
{
        struct board *board = recorder->board;
        struct journal_info info;
        struct registry_counts counts;
        uint64_t inside = 0;
        journal_info(recorder->journal, &info);
        atomic_store(&board->head, info.head);
        atomic_store(&board->acked, info.acked);
        atomic_store(&board->oldest, info.oldest);
        atomic_store(&board->waiting, recorder->backlog_count);
        if (registry_counts(recorder->registry, &counts) == 0) {
                atomic_store(&board->holders, counts.holders);
                atomic_store(&board->credentials, counts.credentials);
                atomic_store(&board->levels, counts.levels);
        }
        if (journal_inside(recorder->journal, NULL, &inside) == 0)
                atomic_store(&board->inside, inside);
}

static void set_mode(struct recorder *recorder, enum event event, int point)
{
        if (!modes_apply(&recorder->modes, recorder->settings, event, point))
                return;
        int error = modes_save(&recorder->modes, recorder->settings, recorder->modes_path);
        if (error)
                log_error("modes not kept", "path=%s error=%s", recorder->modes_path,
                          strerror(-error));
}

static void on_passage(struct recorder *recorder, const struct to_recorder *message)
{
        set_mode(recorder, message->event, message->point);
        struct recorder_row row =
                recorder_row(recorder, message->point, message->event, message->reason);
        struct open_grant *open =
                message->grant ? recorder_find_grant(recorder, message->grant) : NULL;
        if (open) {
                /* Whose passage it was is known from the grant. */
                row.grant = message->grant;
                row.passage.direction = open->row.direction;
                row.passage.class = open->row.class;
                row.passage.flags |= open->row.flags & PASSAGE_NO_SENSOR;
                memcpy(row.passage.holder, open->row.holder, sizeof(row.passage.holder));
                memcpy(row.passage.subject, open->row.subject, sizeof(row.passage.subject));
                memcpy(row.passage.area, open->row.area, sizeof(row.passage.area));
                memcpy(row.passage.use, open->row.use, sizeof(row.passage.use));
                row.passage.use_day = open->row.use_day;
                open->is_open = false;
        }
        memcpy(row.passage.detail, message->detail, sizeof(row.passage.detail));
        (void)recorder_write(recorder, &row, 1);
        if (message->event == EVENT_ACCESS_TAKEN)
                recorder_show(recorder);
}

/* The gate acted before the row was there: the row says so. */
static void on_late(struct recorder *recorder, uint64_t grant)
{
        struct open_grant *open = recorder_find_grant(recorder, grant);
        atomic_fetch_add(&recorder->board->late, 1);
        if (!open || open->seq == 0)
                return; /* rows of the backlog are marked already */
        int error = journal_mark_late(recorder->journal, open->seq);
        if (error)
                log_warn("late mark not written", "seq=%llu error=%s",
                         (unsigned long long)open->seq, strerror(-error));
}

static bool on_message(struct recorder *recorder, const struct to_recorder *message)
{
        switch (message->kind) {
        case RECORDER_SCAN:
                recorder_judge(recorder, message->point, &message->credential);
                return true;
        case RECORDER_GRANT:
                recorder_grant_own(recorder, message);
                return true;
        case RECORDER_PASSAGE:
                on_passage(recorder, message);
                return true;
        case RECORDER_LATE:
                on_late(recorder, message->grant);
                return true;
        case RECORDER_REQUEST:
                recorder_answer(recorder, message->request);
                struct to_desk answer = { .kind = DESK_ANSWER, .request = message->request };
                /* desk has one request of each client under way: its mailbox has room for all. */
                if (!mailbox_put(recorder->desk, &answer))
                        log_error("answer lost", "verb=%s", "request");
                return true;
        case RECORDER_COMMAND:
                recorder_command(recorder, message);
                return true;
        case RECORDER_TUNE:
                recorder->tuning = message->tuning;
                return true;
        case RECORDER_ADOPTED:
                registry_recount(recorder->registry, &message->counts);
                atomic_store(&recorder->board->is_adopting, false);
                recorder_show(recorder);
                return true;
        case RECORDER_STOP:
                return false;
        }
        return true;
}

static void write_simple(struct recorder *recorder, enum event event, enum reason reason,
                         const char *detail)
{
        struct recorder_row row = recorder_row(recorder, -1, event, reason);
        snprintf(row.passage.detail, sizeof(row.passage.detail), "%s", detail);
        (void)recorder_write(recorder, &row, 1);
}

/* Said when it begins and when it ends. By a clock that is not believed, neither. */
static void look_for_stale(struct recorder *recorder, int64_t now_us, enum clock_quality quality)
{
        int64_t issued_us = atomic_load(&recorder->board->registry_issued_s) * SECOND_US;
        bool is_stale = rules_is_stale(&recorder->tuning.rules, issued_us, now_us);
        if (quality == CLOCK_UNTRUSTED ||
            is_stale == atomic_load(&recorder->board->is_registry_stale))
                return;
        atomic_store(&recorder->board->is_registry_stale, is_stale);
        write_simple(recorder, is_stale ? EVENT_FAULT : EVENT_FAULT_CLEARED, REASON_REGISTRY_STALE,
                     is_stale ? "the centre's registry is too old" : "");
}

static void on_time(struct recorder *recorder)
{
        enum clock_quality quality;
        int64_t now_ms = monotonic_ms();
        int64_t now_us = look_at_clock(recorder, &quality);
        atomic_store(&recorder->board->recorder_beat_ms, now_ms);
        if (recorder->backlog_count > 0 && now_ms >= recorder->retry_ms)
                recorder_recover(recorder);
        look_for_stale(recorder, now_us, quality);
        if (now_ms < recorder->trim_ms)
                return;
        bool is_unfinished = recorder_trim(recorder, recorder->clock.likely_us, quality);
        recorder->trim_ms = now_ms + (is_unfinished ? TRIM_AGAIN_MS : TRIM_MS);
        recorder_show(recorder);
}

/* The relays are off: what was granted and is not settled yet will not be taken. */
static void settle_open(struct recorder *recorder)
{
        for (size_t i = 0; i < RECORDER_OPEN_GRANTS; i++) {
                const struct open_grant *open = &recorder->open[i];
                const struct to_recorder message = { .kind = RECORDER_PASSAGE,
                                                     .point = open->point,
                                                     .event = EVENT_ACCESS_NOT_TAKEN,
                                                     .reason = REASON_OUT_OF_SERVICE,
                                                     .grant = open->grant };
                if (open->is_open)
                        on_passage(recorder, &message);
        }
}

void recorder_run(struct recorder *recorder)
{
        struct journal_info info;
        struct to_recorder message;
        journal_info(recorder->journal, &info);
        if (info.was_set_aside)
                write_simple(recorder, EVENT_FAULT, REASON_DATABASE, "damaged journal set aside");
        write_simple(recorder, EVENT_STARTED, REASON_NONE, STILE_VERSION);
        recorder_show(recorder);
        for (;;) {
                bool is_there = mailbox_wait(&recorder->in, &message, TURN_MS);
                if (is_there && !on_message(recorder, &message))
                        break;
                on_time(recorder);
        }
        recorder_recover(recorder);
        settle_open(recorder);
        write_simple(recorder, EVENT_STOPPED, REASON_NONE, "");
}

static int open_stores(struct recorder *recorder)
{
        char aside[256] = "";
        struct journal_info info;
        int error = journal_open(recorder->journal_path, &recorder->journal);
        if (error) {
                log_error("journal cannot be opened", "path=%s error=%s", recorder->journal_path,
                          strerror(-error));
                return error;
        }
        journal_info(recorder->journal, &info);
        recorder->clock.last_us = info.last_at_us;
        if (info.was_set_aside)
                log_error("damaged journal set aside", "path=%s", info.set_aside);
        error = registry_open(recorder->registry_path, &recorder->registry, aside);
        if (error)
                log_error("registry cannot be opened", "path=%s error=%s", recorder->registry_path,
                          strerror(-error));
        else if (aside[0] != '\0')
                log_error("damaged registry set aside: import the holders again", "path=%s", aside);
        return error;
}

static int load_key(struct recorder *recorder)
{
        bool is_new = false;
        const char *path = recorder->settings->gate.key_file;
        int error = site_key_load(path, recorder->key, &is_new);
        if (error == -EPERM)
                log_error("site key is open to others: chmod 600 it", "path=%s", path);
        else if (error)
                log_error("site key cannot be read", "path=%s error=%s", path, strerror(-error));
        else if (is_new)
                log_info("site key made; keep a copy of it", "path=%s", path);
        return error;
}

static void load_nonces(struct recorder *recorder)
{
        char path[NONCES_PATH_MAX];
        enum clock_quality quality;
        snprintf(path, sizeof(path), "%s/nonces", recorder->settings->store.folder);
        nonces_load(&recorder->nonces, path, look_at_clock(recorder, &quality),
                    COMMAND_AHEAD_S * INT64_C(1000000));
}

int recorder_init(struct recorder *recorder, const struct settings *settings, struct board *board)
{
        *recorder = (struct recorder){ .settings = settings,
                                       .board = board,
                                       .in = MAILBOX_EMPTY,
                                       .nonces = { .fd = -1 },
                                       .tuning = tuning_of_recorder(settings) };
        const char *folder = settings->store.folder;
        snprintf(recorder->journal_path, sizeof(recorder->journal_path), "%s/journal.db", folder);
        snprintf(recorder->registry_path, sizeof(recorder->registry_path), "%s/registry.db",
                 folder);
        snprintf(recorder->modes_path, sizeof(recorder->modes_path), "%s/modes", folder);
        recorder->backlog = calloc(RECORDER_BACKLOG, sizeof(recorder->backlog[0]));
        recorder->reader = calloc(1, sizeof(*recorder->reader));
        recorder->started_us = monotonic_us();
        if (!recorder->backlog || !recorder->reader)
                return -ENOMEM;
        int error = mailbox_init(&recorder->in, sizeof(struct to_recorder), MAILBOX_CAPACITY);
        if (!error)
                error = load_key(recorder);
        if (!error)
                error = open_stores(recorder);
        if (!error)
                error = modes_load(&recorder->modes, settings, recorder->modes_path);
        if (!error)
                load_nonces(recorder);
        return error;
}

void recorder_deinit(struct recorder *recorder)
{
        struct to_recorder message;
        /* Questions that came after the stop are nobody's any more. */
        while (recorder->in.ring && mailbox_take(&recorder->in, &message))
                if (message.kind == RECORDER_REQUEST || message.kind == RECORDER_COMMAND)
                        request_free(message.request);
        nonces_deinit(&recorder->nonces);
        recorder->journal = journal_close(recorder->journal);
        recorder->registry = registry_close(recorder->registry);
        mailbox_deinit(&recorder->in);
        trust_box_deinit(&recorder->trust);
        free(recorder->reader);
        recorder->reader = NULL;
        free(recorder->backlog);
        recorder->backlog = NULL;
}

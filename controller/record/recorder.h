/*
 * Recorder: the thread that judges and remembers. The only user of the journal and the registry.
 *
 * A scan comes in, the holder is looked up, the (pure) rules judge, the gate hears the verdict at
 * once and, of a grant, again when its row is durable. Whatever else happened is written in the
 * order in which it came. When the disk does not take a row it waits in memory and goes first when
 * the disk is back: nothing overtakes it, so the sequence tells the truth.
 */
#pragma once

#include "controller/board.h"
#include "controller/mail.h"
#include "controller/ports/digest.h"
#include "controller/ports/journal.h"
#include "controller/ports/registry.h"
#include "controller/record/freshness.h"
#include "controller/record/modes.h"
#include "controller/record/nonces.h"
#include "controller/record/replay.h"
#include "controller/record/wall_clock.h"
#include "controller/validate/credential.h"
#include "controller/validate/trust.h"

enum {
        RECORDER_OPEN_GRANTS = 64, /* grants whose passage may still be settled */
        RECORDER_BACKLOG = 4096    /* rows that wait for the disk; more are counted as lost */
};

/* A grant from its row until taken or not taken. */
struct open_grant {
        uint64_t grant, seq; /* seq 0: the row waits for the disk */
        bool is_open;
        bool may_escort; /* a worker who goes alone: guests may follow */
        int point;
        struct passage row;
};

/* A row on its way to the disk, and the process's number of the grant that it is about. */
struct recorder_row {
        struct passage passage;
        uint64_t grant;
};

struct recorder {
        const struct settings *settings; /* borrowed; the live part is in tuning */
        struct recorder_tuning tuning;
        char journal_path[SETTINGS_PATH_MAX + 16], registry_path[SETTINGS_PATH_MAX + 16];
        char modes_path[SETTINGS_PATH_MAX + 16];
        struct nonces nonces;
        uint8_t key[DIGEST_KEY_LEN];
        struct journal *journal;
        struct registry *registry;
        struct mailbox in;
        struct mailbox *gate, *desk; /* borrowed */
        struct board *board;         /* borrowed */
        struct modes modes;
        struct wall_clock clock;
        struct freshness freshness;
        struct open_grant open[RECORDER_OPEN_GRANTS];
        size_t next_open;
        struct replay replay;
        struct lockout lockout[SETTINGS_POINTS_MAX];
        struct trust_box trust;           /* whose signatures requests believe */
        struct credential_reader *reader; /* of requests that name a code */
        int64_t started_us;               /* monotonic */
        struct recorder_row *backlog;
        size_t backlog_count;
        uint64_t last_grant;
        bool is_failing;
        bool is_over_budget; /* with nothing that may go; said in the journal */
        int64_t retry_ms, trim_ms;
        bool is_importing;
        int64_t visitors_us; /* when visitors were last forgotten; wall clock, 0: not yet */
        int import_client;
        uint64_t import_connection;
};

/*
 * Opens (or makes) key, journal, registry and modes under the settings' folder. Says what was set
 * aside. 0 or -errno after a log line. The mailboxes are borrowed; `gate` may be set later, before
 * recorder_run.
 */
MUST_USE int recorder_init(struct recorder *recorder, const struct settings *settings,
                           struct board *board);
/* Safe after a failed init. Writes the watermark. */
void recorder_deinit(struct recorder *recorder);

/* Runs until RECORDER_STOP; writes Started first and Stopped last. */
void recorder_run(struct recorder *recorder);

/* Inside, shared by the recorder's files. */

/* A row with time, clock quality and access point filled in. */
struct recorder_row recorder_row(struct recorder *recorder, int point, enum event event,
                                 enum reason reason);
/* rows.c: writes rows in order, all or none now; what the disk refuses waits. 0: durable; -errno:
 * waits. */
int recorder_write(struct recorder *recorder, struct recorder_row *rows, size_t count);
/* Tries what waits, and says when the disk takes it again. */
void recorder_recover(struct recorder *recorder);
/* Says how far the journal has grown, to who follows it. */
void recorder_tell_head(struct recorder *recorder, uint64_t head);
/* judge.c */
void recorder_judge(struct recorder *recorder, int point, const struct credential *credential);
void recorder_grant_own(struct recorder *recorder, const struct to_recorder *message);
struct open_grant *recorder_find_grant(struct recorder *recorder, uint64_t grant);
/* network_command.c */
void recorder_command(struct recorder *recorder, const struct to_recorder *message);
/* requests.c: fills request->answer. */
void recorder_answer(struct recorder *recorder, struct request *request);
/* retention.c: deletes a few of the rows that may go, by the likeliest time that there is. True:
 * there is more to do soon. */
bool recorder_trim(struct recorder *recorder, int64_t now_us, enum clock_quality quality);
/* Removes visitors whose visit is older than the retention, once a day; to be called often, by a
 * time that is believed, and not in an import. */
void recorder_trim_visitors(struct recorder *recorder, int64_t now_us);
/* Refreshes what the board shows of journal and registry. */
void recorder_show(struct recorder *recorder);

/* Store rows: passages as a gate would write them. */
#pragma once

#include "controller/ports/journal.h"
#include "tests/contract/store_folder.h"
#include <sys/wait.h>

enum {
        STORE_ROWS = 300 /* of a journal that store_fill made */
};

/* 1 January 2026, 07:00 UTC. */
#define STORE_MORNING_US INT64_C(1767250800000000)

static inline struct journal *store_open_journal(const struct store_folder *folder)
{
        struct journal *journal = NULL;
        assert_int_equal(journal_open(folder->path, &journal), 0);
        assert_non_null(journal);
        return journal;
}

static inline struct passage store_row(enum event event, const char *holder,
                                       enum direction direction)
{
        struct passage row = {
                .at_us = STORE_MORNING_US,
                .event = event,
                .direction = direction,
                .class = CREDENTIAL_CODE,
        };
        (void)snprintf(row.access_point, sizeof(row.access_point), "%s",
                       direction == DIRECTION_EXIT ? "north-out" : "north-in");
        (void)snprintf(row.holder, sizeof(row.holder), "%s", holder);
        if (holder[0])
                memset(row.subject, holder[0], sizeof(row.subject));
        return row;
}

/* Appends one row at a second of the morning; its sequence. */
static inline uint64_t store_append_at(struct journal *journal, int64_t second)
{
        struct passage row = store_row(EVENT_ACCESS_GRANTED, "an", DIRECTION_ENTRY);
        row.at_us += second * 1000000;
        assert_int_equal(journal_append(journal, &row, 1), 0);
        return row.seq;
}

static inline struct journal_info store_info(const struct journal *journal)
{
        struct journal_info info;
        journal_info(journal, &info);
        return info;
}

/* A journal with rows. `is_killed`: the newest of them only in the write-ahead log. */
static inline struct journal_info store_fill(const struct store_folder *folder, bool is_killed)
{
        struct journal_info info = { .head = 0 };
        int out[2];
        assert_int_equal(pipe(out), 0);
        pid_t child = fork();
        if (child == 0) {
                struct journal *journal = store_open_journal(folder);
                for (int i = 0; i < STORE_ROWS; i++)
                        (void)store_append_at(journal, i);
                journal_info(journal, &info);
                if (!is_killed)
                        journal_close(journal);
                _exit(write(out[1], &info, sizeof(info)) == sizeof(info) ? 0 : 1);
        }
        assert_int_equal(read(out[0], &info, sizeof(info)), sizeof(info));
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        (void)close(out[0]);
        (void)close(out[1]);
        assert_int_equal(info.head, STORE_ROWS);
        return info;
}

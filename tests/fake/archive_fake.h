/* An archive in memory, which fails when it is told to. It passes the contract of real ones. */
#pragma once

#include "dashboard/ports/archive.h"

enum {
        ARCHIVE_FAKE_STREAMS = 256,
        ARCHIVE_FAKE_ROWS = 20000,
        ARCHIVE_FAKE_REFUSALS = 1000,
        ARCHIVE_FAKE_NEWS = 4000,
        ARCHIVE_FAKE_FORGETS = 10 /* rows a call */
};

struct archive_fake_stream {
        struct archive_stream at;
        char gate[ARCHIVE_GATE_MAX];
        uint8_t epoch[ARCHIVE_UUID_LEN];
};

struct archive_fake_row {
        int64_t stream;
        uint64_t seq;
        int64_t day;
        bool is_gone;
        char event[ARCHIVE_WORD_MAX];
};

/* What a gate said last. */
struct archive_fake_news {
        char gate[ARCHIVE_GATE_MAX];
        enum archive_news_kind kind;
        int64_t received_us;
        char state[ARCHIVE_WORD_MAX];
        char text[256]; /* its beginning */
};

struct archive_fake {
        struct archive archive;
        struct archive_fake_stream stream[ARCHIVE_FAKE_STREAMS];
        struct archive_fake_row row[ARCHIVE_FAKE_ROWS];
        char refusal[ARCHIVE_FAKE_REFUSALS][ARCHIVE_WORD_MAX]; /* the reasons */
        struct archive_fake_news news[ARCHIVE_FAKE_NEWS];
        size_t streams, rows, refusals, news_count;
        size_t heard; /* news in all */
        size_t commits, losses;
        size_t sweeps; /* calls of forget */
        int64_t forgotten_before;
        size_t largest; /* rows of one batch */
        int error;      /* what every call that writes answers; 0: it works */
};

/* Heap; NULL without memory. Its archive's close frees it. */
struct archive_fake *archive_fake_new(void);

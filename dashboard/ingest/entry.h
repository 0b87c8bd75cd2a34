/*
 * Entry: what a gate says of itself, as the centre reads it (docs/mqtt.md): strictly, within
 * bounds, and only from the gate whose topic it came on. Pure.
 *
 * What a newer gate says besides is no error, else the centre would have to be renewed before its
 * gates: unknown members of an entry are kept as they are.
 */
#pragma once

#include "common/uuid.h"
#include "dashboard/ports/archive.h"
#include <jansson.h>

enum entry_leaf {
        ENTRY_LEAF_ENTRY,
        ENTRY_LEAF_STATUS, /* and birth, which says the same */
        ENTRY_LEAF_HEALTH,
        ENTRY_LEAF_OTHER /* not the collector's */
};

/* Why a message is set aside; the words are entry_refusal_name's. */
enum entry_refusal {
        ENTRY_GOOD,
        ENTRY_BAD_TOPIC,
        ENTRY_BAD_JSON,
        ENTRY_WRONG_SOURCE, /* the envelope names another gate than the topic */
        ENTRY_WRONG_TYPE,
        ENTRY_BAD_FIELD,
        ENTRY_RETAINED,        /* a row that the broker keeps is nobody's news */
        ENTRY_TOO_MANY_EPOCHS, /* the archive's answer */
        ENTRY_TOO_MANY_GATES
};

/* Its row borrows its words: it stays where it was read. They are kept rather than the JSON, whose
 * hundred pieces of memory would be cold when they are given back after the commit. */
struct entry {
        uint8_t epoch[UUID_LEN];
        struct archive_row row;
        char event[ARCHIVE_WORD_MAX], reason[ARCHIVE_WORD_MAX], direction[ARCHIVE_WORD_MAX],
                credential_class[ARCHIVE_WORD_MAX], clock[ARCHIVE_WORD_MAX],
                access_point[ARCHIVE_WORD_MAX];
        char *more; /* heap or NULL */
};

enum {
        ENTRY_STATE_MAX = 16,
        ENTRY_ROWS_MAX = 100 /* in one message */
};

struct entry_status {
        char state[ENTRY_STATE_MAX];
        bool is_online;
        bool has_journal; /* it names its journal: the fields below */
        uint8_t epoch[UUID_LEN];
        uint64_t head, acked;
        bool has_oldest;
        uint64_t oldest; /* 0: the journal is empty */
};

/* "stile/v1/org/site/gate/leaf" taken apart; `gate` gets "org/site/gate". False: it is none. */
MUST_USE bool entry_read_topic(const char *topic, char gate[ARCHIVE_GATE_MAX],
                               enum entry_leaf *leaf);
/*
 * The rows of a message: one, or in a JSON array up to ENTRY_ROWS_MAX, all of one journal. `count`
 * gets how many, for entry_deinit; 0 when one of them is not good.
 */
MUST_USE enum entry_refusal entry_read(struct entry entries[ENTRY_ROWS_MAX], size_t *count,
                                       const char *gate, const unsigned char *bytes, size_t len);
void entry_deinit(struct entry *entries, size_t count);
/* *text gets what it says: a JSON object, the caller's, heap; NULL: it is not good, or no memory.
 */
MUST_USE enum entry_refusal entry_read_status(struct entry_status *status, char **text,
                                              const char *gate, const unsigned char *bytes,
                                              size_t len);
/* The same of a gate's health, which is kept as it is. */
MUST_USE enum entry_refusal entry_read_health(char **text, const char *gate,
                                              const unsigned char *bytes, size_t len);

const char *entry_refusal_name(enum entry_refusal refusal);

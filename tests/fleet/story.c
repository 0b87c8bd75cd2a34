#include "story.h"

#include "common/rfc3339.h"
#include "tests/random.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum {
        PEOPLE = 5000,       /* who pass a gate, again and again */
        SECOND_US = 1000000, /* also from the grant to the passage, at most */
        LATE_OF = 200        /* one row of so many is late */
};

/* What a row is for. Each has random numbers of its own. */
enum purpose {
        FOR_ROW,
        FOR_PERSON,
        FOR_EPOCH
};

/* One row, before it becomes JSON or a line. */
struct row {
        uint64_t seq, grant_seq; /* grant_seq 0: none */
        const char *event, *access_point, *direction, *reason, *credential_class;
        bool is_late, is_undeclared;
        char id[UUID_TEXT_MAX];
        char time[RFC3339_MAX];
        char subject[33];
};

static uint64_t mix(uint64_t key, enum purpose purpose, uint64_t number)
{
        uint64_t state = key ^ (uint64_t)purpose << 60 ^ number * UINT64_C(0xd6e8feb86659fd93);
        return random_of(&state);
}

static void make_uuid(int64_t at_us, uint64_t state, char text[UUID_TEXT_MAX])
{
        uint64_t noise[2];
        uint8_t random[UUID_RANDOM_LEN];
        noise[0] = random_of(&state);
        noise[1] = random_of(&state);
        memcpy(random, noise, sizeof(random));
        uuid7_format(at_us / 1000, random, text);
}

void story_init(struct story *story, const struct arrival *arrival, uint64_t seed, int gate,
                int64_t begin_us, uint64_t backlog)
{
        uint64_t state = seed + (uint64_t)gate;
        *story = (struct story){ .arrival = arrival,
                                 .key = random_of(&state),
                                 .begin_us = begin_us,
                                 .backlog = backlog };
        make_uuid(begin_us, mix(story->key, FOR_EPOCH, 0), story->epoch);
}

/* When person n (from 0) stands before the gate. */
static int64_t person_at_us(const struct story *story, uint64_t person)
{
        double jitter = (double)(mix(story->key, FOR_PERSON, person) >> 11) / (double)(1LL << 53);
        return story->begin_us + arrival_us(story->arrival, (double)person + jitter);
}

int64_t story_at_us(const struct story *story, uint64_t seq)
{
        if (seq <= story->backlog)
                return story->begin_us - (int64_t)(story->backlog + 1 - seq) * SECOND_US;
        uint64_t person = (seq - story->backlog - 1) / 2;
        int64_t at_us = person_at_us(story, person);
        if (seq % 2 == 1)
                return at_us;
        int64_t half_us = (person_at_us(story, person + 1) - at_us) / 2;
        return at_us + (half_us < SECOND_US ? half_us : SECOND_US);
}

int64_t story_clock_us(const struct story *story, uint64_t seq)
{
        const struct story_clock *clock = &story->clock;
        bool has_jumped = clock->jump_seq > 0 && seq >= clock->jump_seq;
        return story_at_us(story, seq) + clock->offset_us + (has_jumped ? clock->jump_us : 0);
}

static void set_outcome(struct row *row, uint64_t pair)
{
        static const char *const refusals[] = { "unknown_credential", "expired", "passback",
                                                "outside_schedule",   "blocked", "lockout" };
        bool is_second = row->seq % 2 == 0;
        int lot = (int)(pair % 100);
        row->event = is_second ? "AccessTaken" : "AccessGranted";
        if (lot >= 94) {
                row->event = "AccessDenied";
                row->reason = refusals[pair / 100 % ARRAY_LEN(refusals)];
        } else if (is_second) {
                row->grant_seq = row->seq - 1;
                if (lot >= 90)
                        row->event = "AccessNotTaken";
        }
}

static void tell(const struct story *story, uint64_t seq, struct row *row)
{
        static const char *const classes[] = { "cccd", "site_pass", "code", "personal_qr",
                                               "one_time" };
        uint64_t pair = mix(story->key, FOR_PERSON, UINT64_MAX - (seq + 1) / 2);
        uint64_t own = mix(story->key, FOR_ROW, seq);
        uint64_t person = mix(story->key, FOR_PERSON, pair % PEOPLE);
        bool is_exit = pair >> 20 & 1;
        int64_t at_us = story_clock_us(story, seq);
        *row = (struct row){ .seq = seq,
                             .access_point = is_exit ? "exit" : "entry",
                             .direction = is_exit ? "exit" : "entry",
                             .credential_class = classes[(pair >> 30) % ARRAY_LEN(classes)],
                             .is_late = own % LATE_OF == 0,
                             .is_undeclared = own >> 32 & 1 };
        set_outcome(row, pair);
        make_uuid(at_us, own, row->id);
        rfc3339_format(at_us, row->time);
        snprintf(row->subject, sizeof(row->subject), "%016" PRIx64 "%016" PRIx64, person, ~person);
}

json_t *story_row(const struct story *story, uint64_t seq)
{
        struct row row;
        tell(story, seq, &row);
        json_t *event = json_pack(
                "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s}", "seq", (json_int_t)seq,
                "epoch", story->epoch, "id", row.id, "time", row.time, "event", row.event,
                "access_point", row.access_point, "direction", row.direction, "credential_class",
                row.credential_class, "subject", row.subject, "reason", row.reason, "clock",
                story->clock.offset_us == 0 ? "synchronised" : "holdover");
        if (row.grant_seq > 0)
                json_object_set_new(event, "grant_seq", json_integer((json_int_t)row.grant_seq));
        if (row.is_late)
                json_object_set_new(event, "late", json_true());
        if (row.is_undeclared)
                json_object_set_new(event, "undeclared", json_true());
        return event;
}

size_t story_line(const struct story *story, uint64_t seq, char line[STORY_LINE_MAX])
{
        struct row row;
        char grant[24] = "";
        tell(story, seq, &row);
        if (row.grant_seq > 0)
                snprintf(grant, sizeof(grant), "%" PRIu64, row.grant_seq);
        return (size_t)snprintf(
                line, STORY_LINE_MAX, "%" PRIu64 "\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", seq,
                row.id, row.time, row.event, row.access_point, row.direction,
                row.reason ? row.reason : "", row.credential_class, row.subject, grant);
}

bool story_digest(const struct story *story, uint64_t head, char digest[STORY_DIGEST_MAX])
{
        char line[STORY_LINE_MAX];
        unsigned char bytes[EVP_MAX_MD_SIZE];
        unsigned int len = 0;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        bool is_good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
        for (uint64_t seq = 1; is_good && seq <= head; seq++)
                is_good = EVP_DigestUpdate(context, line, story_line(story, seq, line)) == 1;
        is_good = is_good && EVP_DigestFinal_ex(context, bytes, &len) == 1;
        EVP_MD_CTX_free(context);
        for (unsigned int i = 0; i < len; i++)
                snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
        return is_good;
}

#include "dashboard/ingest/entry.h"

#include "common/hex.h"
#include "common/rfc3339.h"
#include "common/wire_json.h"
#include "controller/local/fields.h"
#include "dashboard/ingest/members.h"

#include <stdio.h>
#include <string.h>

#define ID_CHARACTERS   "abcdefghijklmnopqrstuvwxyz0123456789-"
#define WORD_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_" ID_CHARACTERS

static const char root[] = "stile/v1/";

/* An identifier and what ends it. Its length, 0: none. */
static size_t id_len(const char *text, char end)
{
        size_t len = strspn(text, ID_CHARACTERS);
        return len < FLOW_ID_MAX && text[len] == end ? len : 0;
}

bool entry_read_topic(const char *topic, char gate[ARCHIVE_GATE_MAX], enum entry_leaf *leaf)
{
        size_t used = 0;
        if (strncmp(topic, root, strlen(root)) != 0)
                return false;
        const char *rest = topic + strlen(root);
        for (int level = 0; level < 3; level++) {
                size_t len = id_len(rest + used, '/');
                if (len == 0)
                        return false;
                used += len + 1;
        }
        memcpy(gate, rest, used - 1);
        gate[used - 1] = '\0';
        rest += used;
        if (strcmp(rest, "entry") == 0)
                *leaf = ENTRY_LEAF_ENTRY;
        else if (strcmp(rest, "status") == 0 || strcmp(rest, "birth") == 0)
                *leaf = ENTRY_LEAF_STATUS;
        else if (strcmp(rest, "health") == 0)
                *leaf = ENTRY_LEAF_HEALTH;
        else
                *leaf = ENTRY_LEAF_OTHER;
        return true;
}

static bool is_text(const struct member *member, const char *text)
{
        return member->kind == MEMBER_TEXT && member->len == strlen(text) &&
               memcmp(member->text, text, member->len) == 0;
}

static enum entry_refusal check_envelope(const char *gate, const struct members *members,
                                         const char *const *types)
{
        char source[ARCHIVE_GATE_MAX + 8];
        snprintf(source, sizeof(source), "/stile/%s", gate);
        enum entry_refusal refusal = ENTRY_WRONG_TYPE;
        for (; *types; types++)
                if (is_text(&members->of[MEMBER_TYPE], *types))
                        refusal = ENTRY_GOOD;
        if (!is_text(&members->of[MEMBER_SPECVERSION], "1.0") ||
            members->of[MEMBER_DATA].kind != MEMBER_OBJECT)
                refusal = ENTRY_BAD_FIELD;
        if (!is_text(&members->of[MEMBER_SOURCE], source))
                refusal = ENTRY_WRONG_SOURCE;
        return refusal;
}

/* The envelope. *event is a new reference on ENTRY_GOOD. */
static enum entry_refusal open_envelope(const char *gate, const unsigned char *bytes, size_t len,
                                        const char *const *types, json_t **event)
{
        json_t *read = wire_json_load(bytes, len);
        if (!read)
                return ENTRY_BAD_JSON;
        struct members members;
        members_of_tree(&members, read);
        enum entry_refusal refusal = check_envelope(gate, &members, types);
        if (refusal == ENTRY_GOOD)
                *event = read;
        else
                json_decref(read);
        return refusal;
}

/* The members of a row, and whether one of them was not what it must be. */
struct reading {
        const struct members *members;
        bool is_bad;
};

static bool has(const struct reading *reading, enum member_name name)
{
        return reading->members->of[name].kind != MEMBER_ABSENT;
}

/* A text of 1 to max - 1 bytes, into `text`; "" when it is not. */
static void read_text(struct reading *reading, enum member_name name, char *text, size_t max)
{
        const struct member *member = &reading->members->of[name];
        bool is_good = member->kind == MEMBER_TEXT && member->len > 0 && member->len < max;
        if (is_good)
                memcpy(text, member->text, member->len);
        text[is_good ? member->len : 0] = '\0';
        reading->is_bad |= !is_good;
}

/* Of these characters; "" when absent. */
static const char *read_word(struct reading *reading, enum member_name name, const char *characters,
                             char *word, size_t max)
{
        word[0] = '\0';
        if (!has(reading, name))
                return word;
        read_text(reading, name, word, max);
        reading->is_bad |= word[strspn(word, characters)] != '\0';
        return word;
}

/* A name of ours, or of a gate that is newer than we are. */
static const char *keep_word(struct reading *reading, enum member_name name,
                             char kept[ARCHIVE_WORD_MAX])
{
        return read_word(reading, name, WORD_CHARACTERS, kept, ARCHIVE_WORD_MAX);
}

/* From 1 on; 0 when absent. */
static uint64_t read_number(struct reading *reading, enum member_name name)
{
        const struct member *member = &reading->members->of[name];
        if (!has(reading, name))
                return 0;
        reading->is_bad |= member->kind != MEMBER_INTEGER || member->integer < 1;
        return member->kind == MEMBER_INTEGER ? (uint64_t)member->integer : 0;
}

static bool read_bool(struct reading *reading, enum member_name name)
{
        enum member_kind kind = reading->members->of[name].kind;
        reading->is_bad |= kind != MEMBER_TRUE && kind != MEMBER_FALSE && kind != MEMBER_ABSENT;
        return kind == MEMBER_TRUE;
}

static void read_id(struct reading *reading, enum member_name name, uint8_t bytes[UUID_LEN])
{
        char text[UUID_TEXT_MAX];
        read_text(reading, name, text, sizeof(text));
        reading->is_bad |= !uuid_parse(text, bytes);
}

static int64_t read_time(struct reading *reading, enum member_name name)
{
        char text[RFC3339_MAX];
        int64_t us = 0;
        read_text(reading, name, text, sizeof(text));
        reading->is_bad |= !rfc3339_parse(text, &us);
        return us;
}

static void read_subject(struct reading *reading, uint8_t bytes[16])
{
        char text[2 * 16 + 1];
        if (!has(reading, MEMBER_SUBJECT))
                return;
        read_text(reading, MEMBER_SUBJECT, text, sizeof(text));
        reading->is_bad |= !hex_parse(text, bytes, 16);
}

static uint32_t read_flags(struct reading *reading)
{
        static const struct {
                enum member_name name;
                enum archive_flag flag;
        } flags[] = { { MEMBER_OFFLINE, ARCHIVE_OFFLINE },
                      { MEMBER_LATE, ARCHIVE_LATE },
                      { MEMBER_NO_SENSOR, ARCHIVE_NO_SENSOR },
                      { MEMBER_PASSBACK_SOFT, ARCHIVE_PASSBACK_SOFT },
                      { MEMBER_INCONSISTENT, ARCHIVE_INCONSISTENT },
                      { MEMBER_UNDECLARED, ARCHIVE_UNDECLARED },
                      { MEMBER_HISTORICAL, ARCHIVE_HISTORICAL } };
        uint32_t all = 0;
        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
                if (read_bool(reading, flags[i].name))
                        all |= (uint32_t)flags[i].flag;
        return all;
}

static enum entry_refusal read_row(struct entry *entry, const struct members *members)
{
        struct archive_row *row = &entry->row;
        struct reading reading = { .members = members };
        enum member_kind decided = members->of[MEMBER_DECIDED].kind;
        read_id(&reading, MEMBER_ID, row->id);
        row->at_us = read_time(&reading, MEMBER_TIME);
        read_id(&reading, MEMBER_EPOCH, entry->epoch);
        row->seq = read_number(&reading, MEMBER_SEQ);
        row->grant_seq = read_number(&reading, MEMBER_GRANT_SEQ);
        row->event = keep_word(&reading, MEMBER_EVENT, entry->event);
        row->reason = keep_word(&reading, MEMBER_REASON, entry->reason);
        row->direction = keep_word(&reading, MEMBER_DIRECTION, entry->direction);
        row->credential_class =
                keep_word(&reading, MEMBER_CREDENTIAL_CLASS, entry->credential_class);
        row->clock = keep_word(&reading, MEMBER_CLOCK, entry->clock);
        row->access_point = read_word(&reading, MEMBER_ACCESS_POINT, ID_CHARACTERS,
                                      entry->access_point, FLOW_ID_MAX);
        read_subject(&reading, row->subject);
        row->flags = read_flags(&reading);
        if (reading.is_bad || row->seq == 0 || row->event[0] == '\0' ||
            (decided != MEMBER_ABSENT && decided != MEMBER_OBJECT))
                return ENTRY_BAD_FIELD;
        entry->more = members_more(members);
        row->more = entry->more ? entry->more : "";
        return ENTRY_GOOD;
}

static enum entry_refusal read_event(struct entry *entry, const char *gate,
                                     const struct members *members)
{
        static const char *const types[] = { "stile.entry.v1", NULL };
        enum entry_refusal refusal = check_envelope(gate, members, types);
        return refusal == ENTRY_GOOD ? read_row(entry, members) : refusal;
}

static enum entry_refusal read_tree(struct entry *entry, const char *gate, json_t *take)
{
        struct members members;
        if (!take)
                return ENTRY_BAD_JSON;
        members_of_tree(&members, take);
        enum entry_refusal refusal = read_event(entry, gate, &members);
        json_decref(take);
        return refusal;
}

static enum entry_refusal read_next(struct entry *entry, const char *gate,
                                    struct wire_json_list *list)
{
        struct members members;
        size_t used, left = (size_t)(list->end - list->at);
        if (!members_scan(&members, (const char *)list->at, left, &used))
                return read_tree(entry, gate, wire_json_list_load(list));
        wire_json_list_pass(list, used);
        return list->is_good ? read_event(entry, gate, &members) : ENTRY_BAD_JSON;
}

/* CloudEvents' batch format. Of several journals at once no gate has rows to tell. */
static enum entry_refusal read_events(struct entry *entries, size_t *count, const char *gate,
                                      struct wire_json_list *list)
{
        while (wire_json_list_next(list)) {
                struct entry *entry = &entries[*count];
                if (*count == ENTRY_ROWS_MAX)
                        return ENTRY_BAD_FIELD;
                entries[(*count)++] = (struct entry){ 0 };
                enum entry_refusal refusal = read_next(entry, gate, list);
                if (refusal != ENTRY_GOOD)
                        return refusal;
                if (memcmp(entry->epoch, entries[0].epoch, UUID_LEN) != 0)
                        return ENTRY_BAD_FIELD;
        }
        if (!list->is_good)
                return ENTRY_BAD_JSON;
        return *count > 0 ? ENTRY_GOOD : ENTRY_BAD_FIELD;
}

static enum entry_refusal read_alone(struct entry *entries, size_t *count, const char *gate,
                                     const unsigned char *bytes, size_t len)
{
        struct members members;
        size_t used;
        entries[(*count)++] = (struct entry){ 0 };
        if (len <= WIRE_JSON_MAX && members_scan(&members, (const char *)bytes, len, &used) &&
            used == len)
                return read_event(&entries[0], gate, &members);
        return read_tree(&entries[0], gate, wire_json_load(bytes, len));
}

/* MQTT 3.1.1 has no content type: whether they are several is seen from the text. */
enum entry_refusal entry_read(struct entry entries[ENTRY_ROWS_MAX], size_t *count, const char *gate,
                              const unsigned char *bytes, size_t len)
{
        struct wire_json_list list = wire_json_list_of(bytes, len);
        *count = 0;
        enum entry_refusal refusal = list.is_good ? read_events(entries, count, gate, &list)
                                                  : read_alone(entries, count, gate, bytes, len);
        if (refusal != ENTRY_GOOD) {
                entry_deinit(entries, *count);
                *count = 0;
        }
        return refusal;
}

void entry_deinit(struct entry *entries, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                free(entries[i].more);
                entries[i] = (struct entry){ 0 };
        }
}

static void read_uuid(struct fields *fields, const char *key, uint8_t bytes[UUID_LEN])
{
        const char *text = fields_text(fields, key, UUID_TEXT_MAX);
        if (!uuid_parse(text, bytes))
                fields_complain(fields, key, "a UUID is wanted");
}

static enum entry_refusal read_status(struct entry_status *status, const json_t *data)
{
        struct fields fields = fields_of(data);
        const char *state = fields_text(&fields, "state", ENTRY_STATE_MAX);
        if (state[strspn(state, WORD_CHARACTERS)] != '\0')
                fields_complain(&fields, "state", "a word is wanted");
        (void)snprintf(status->state, sizeof(status->state), "%s", state);
        status->is_online = strcmp(state, "online") == 0;
        /* A will, or an uplink that has not met its gate yet: the journal is not known. */
        status->has_journal = fields_have(&fields, "epoch") && fields_have(&fields, "head");
        if (status->has_journal) {
                read_uuid(&fields, "epoch", status->epoch);
                status->head = (uint64_t)fields_integer(&fields, "head", 0, INT64_MAX, 0);
                status->acked = (uint64_t)fields_integer(&fields, "acked", 0, INT64_MAX, 0);
                status->has_oldest = fields_have(&fields, "oldest");
                status->oldest = (uint64_t)fields_integer(&fields, "oldest", 0, INT64_MAX, 0);
        }
        return fields.why[0] == '\0' ? ENTRY_GOOD : ENTRY_BAD_FIELD;
}

enum entry_refusal entry_read_status(struct entry_status *status, char **text, const char *gate,
                                     const unsigned char *bytes, size_t len)
{
        static const char *const types[] = { "stile.status.v1", "stile.birth.v1", NULL };
        json_t *event = NULL;
        *status = (struct entry_status){ 0 };
        *text = NULL;
        enum entry_refusal refusal = open_envelope(gate, bytes, len, types, &event);
        if (refusal == ENTRY_GOOD)
                refusal = read_status(status, json_object_get(event, "data"));
        if (refusal == ENTRY_GOOD)
                *text = json_dumps(json_object_get(event, "data"), JSON_COMPACT);
        json_decref(event);
        return refusal;
}

enum entry_refusal entry_read_health(char **text, const char *gate, const unsigned char *bytes,
                                     size_t len)
{
        static const char *const types[] = { "stile.health.v1", NULL };
        json_t *event = NULL;
        *text = NULL;
        enum entry_refusal refusal = open_envelope(gate, bytes, len, types, &event);
        if (refusal == ENTRY_GOOD)
                *text = json_dumps(json_object_get(event, "data"), JSON_COMPACT);
        json_decref(event);
        return refusal;
}

const char *entry_refusal_name(enum entry_refusal refusal)
{
        switch (refusal) {
        case ENTRY_GOOD:
                return "";
        case ENTRY_BAD_TOPIC:
                return "bad_topic";
        case ENTRY_BAD_JSON:
                return "bad_json";
        case ENTRY_WRONG_SOURCE:
                return "wrong_source";
        case ENTRY_WRONG_TYPE:
                return "wrong_type";
        case ENTRY_BAD_FIELD:
                return "bad_field";
        case ENTRY_RETAINED:
                return "retained";
        case ENTRY_TOO_MANY_EPOCHS:
                return "too_many_epochs";
        case ENTRY_TOO_MANY_GATES:
                return "too_many_gates";
        }
        return "";
}

#include "dashboard/ingest/entry.h"

#include "common/rfc3339.h"
#include "common/wire_json.h"
#include "controller/local/fields.h"

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

static enum entry_refusal check_envelope(const char *gate, const json_t *read,
                                         const char *const *types)
{
        char source[ARCHIVE_GATE_MAX + 8];
        snprintf(source, sizeof(source), "/stile/%s", gate);
        const char *said = json_string_value(json_object_get(read, "source"));
        const char *version = json_string_value(json_object_get(read, "specversion"));
        const char *type = json_string_value(json_object_get(read, "type"));
        enum entry_refusal refusal = ENTRY_WRONG_TYPE;
        for (; type && *types; types++)
                if (strcmp(type, *types) == 0)
                        refusal = ENTRY_GOOD;
        if (!version || strcmp(version, "1.0") != 0 ||
            !json_is_object(json_object_get(read, "data")))
                refusal = ENTRY_BAD_FIELD;
        if (!said || strcmp(said, source) != 0)
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
        enum entry_refusal refusal = check_envelope(gate, read, types);
        if (refusal == ENTRY_GOOD)
                *event = read;
        else
                json_decref(read);
        return refusal;
}

static void read_uuid(struct fields *fields, const char *key, uint8_t bytes[UUID_LEN])
{
        const char *text = fields_text(fields, key, UUID_TEXT_MAX);
        if (!uuid_parse(text, bytes))
                fields_complain(fields, key, "a UUID is wanted");
}

static const char *keep(char kept[ARCHIVE_WORD_MAX], const char *word)
{
        (void)snprintf(kept, ARCHIVE_WORD_MAX, "%s", word);
        return kept;
}

/* A name of ours, or of a gate that is newer than we are. "" when absent. */
static const char *keep_word(char kept[ARCHIVE_WORD_MAX], struct fields *fields, const char *key)
{
        if (!fields_have(fields, key))
                return keep(kept, "");
        const char *word = fields_text(fields, key, ARCHIVE_WORD_MAX);
        if (word[strspn(word, WORD_CHARACTERS)] != '\0')
                fields_complain(fields, key, "a word is wanted");
        return keep(kept, word);
}

static const char *const known[] = { "epoch",        "seq",        "event",
                                     "access_point", "direction",  "reason",
                                     "subject",      "grant_seq",  "credential_class",
                                     "late",         "no_sensor",  "passback_soft",
                                     "inconsistent", "undeclared", "historical",
                                     "decided" };
static const char *const known_decided[] = { "clock", "offline" };

static bool is_among(const char *key, const char *const *names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(names[i], key) == 0)
                        return true;
        return false;
}

/* What is not among the names, into `more`. */
static void keep_unknown(json_t *more, json_t *object, const char *const *names, size_t count)
{
        const char *key;
        json_t *value;
        json_object_foreach(object, key, value)
        {
                if (!is_among(key, names, count))
                        json_object_set(more, key, value);
        }
}

/* Usually nothing, and then nothing is made. NULL: nothing, or no memory. */
static char *read_more(json_t *data, json_t *decided)
{
        size_t expected = 0;
        for (size_t i = 0; i < ARRAY_LEN(known); i++)
                expected += json_object_get(data, known[i]) != NULL;
        for (size_t i = 0; i < ARRAY_LEN(known_decided); i++)
                expected += json_object_get(decided, known_decided[i]) != NULL;
        if (json_object_size(data) + json_object_size(decided) == expected)
                return NULL;
        json_t *more = json_object(), *inner = json_object();
        keep_unknown(more, data, known, ARRAY_LEN(known));
        keep_unknown(inner, decided, known_decided, ARRAY_LEN(known_decided));
        if (json_object_size(inner) > 0)
                json_object_set(more, "decided", inner);
        char *text = json_dumps(more, JSON_COMPACT);
        json_decref(inner);
        json_decref(more);
        return text;
}

static uint32_t read_flags(struct fields *data, struct fields *decided)
{
        static const struct {
                const char *key;
                enum archive_flag flag;
        } flags[] = { { "late", ARCHIVE_LATE },
                      { "no_sensor", ARCHIVE_NO_SENSOR },
                      { "passback_soft", ARCHIVE_PASSBACK_SOFT },
                      { "inconsistent", ARCHIVE_INCONSISTENT },
                      { "undeclared", ARCHIVE_UNDECLARED },
                      { "historical", ARCHIVE_HISTORICAL } };
        uint32_t all = fields_bool(decided, "offline", false) ? ARCHIVE_OFFLINE : 0;
        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
                if (fields_bool(data, flags[i].key, false))
                        all |= (uint32_t)flags[i].flag;
        return all;
}

static enum entry_refusal read_row(struct entry *entry, const json_t *event)
{
        struct archive_row *row = &entry->row;
        json_t *data = json_object_get(event, "data");
        struct fields envelope = fields_of(event), fields = fields_of(data);
        json_t *decision = json_object_get(data, "decided");
        struct fields decided = fields_of(decision);
        if (decision && !json_is_object(decision))
                return ENTRY_BAD_FIELD;
        read_uuid(&envelope, "id", row->id);
        row->at_us = fields_time(&envelope, "time");
        read_uuid(&fields, "epoch", entry->epoch);
        row->seq = (uint64_t)fields_integer(&fields, "seq", 1, INT64_MAX, 0);
        row->grant_seq = (uint64_t)fields_integer(&fields, "grant_seq", 1, INT64_MAX, 0);
        row->event = keep_word(entry->event, &fields, "event");
        row->reason = keep_word(entry->reason, &fields, "reason");
        row->direction = keep_word(entry->direction, &fields, "direction");
        row->credential_class = keep_word(entry->credential_class, &fields, "credential_class");
        row->clock = keep_word(entry->clock, &decided, "clock");
        row->access_point = keep(entry->access_point, fields_have(&fields, "access_point")
                                                              ? fields_id(&fields, "access_point")
                                                              : "");
        if (fields_have(&fields, "subject"))
                fields_hex(&fields, "subject", row->subject, sizeof(row->subject));
        row->flags = read_flags(&fields, &decided);
        bool is_whole = row->seq > 0 && row->event[0] != '\0' && fields_have(&envelope, "time");
        if (!is_whole || envelope.why[0] != '\0' || fields.why[0] != '\0' || decided.why[0] != '\0')
                return ENTRY_BAD_FIELD;
        entry->more = read_more(data, decision);
        row->more = entry->more ? entry->more : "";
        return ENTRY_GOOD;
}

static enum entry_refusal read_event(struct entry *entry, const char *gate, const json_t *event)
{
        static const char *const types[] = { "stile.entry.v1", NULL };
        *entry = (struct entry){ 0 };
        enum entry_refusal refusal = check_envelope(gate, event, types);
        return refusal == ENTRY_GOOD ? read_row(entry, event) : refusal;
}

/* CloudEvents' batch format. Of several journals at once no gate has rows to tell. */
static enum entry_refusal read_events(struct entry *entries, size_t *count, const char *gate,
                                      struct wire_json_list *list)
{
        json_t *event;
        while ((event = wire_json_list_next(list))) {
                enum entry_refusal refusal = ENTRY_BAD_FIELD;
                struct entry *entry = &entries[*count];
                if (*count < ENTRY_ROWS_MAX) {
                        refusal = read_event(entry, gate, event);
                        (*count)++;
                }
                json_decref(event);
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
        json_t *event = wire_json_load(bytes, len);
        if (!event)
                return ENTRY_BAD_JSON;
        *count = 1;
        enum entry_refusal refusal = read_event(&entries[0], gate, event);
        json_decref(event);
        return refusal;
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

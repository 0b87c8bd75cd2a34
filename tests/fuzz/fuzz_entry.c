/*
 * Fuzz: a message from a gate, as the centre reads it. The input is two parts with a newline
 * between: the topic, and the payload, all the rest.
 */
#include "dashboard/ingest/entry.h"
#include "tests/members_twin.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever came: what goes to the archive is within its bounds. */
static void check_row(const struct entry *entry)
{
        const struct archive_row *row = &entry->row;
        const char *const words[] = { row->event, row->reason, row->direction,
                                      row->credential_class, row->clock };
        assert(row->seq >= 1 && row->seq <= INT64_MAX && row->grant_seq <= INT64_MAX);
        assert(row->event[0] != '\0' && strlen(row->access_point) < FLOW_ID_MAX);
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                assert(strlen(words[i]) < ARCHIVE_WORD_MAX);
                assert(!strpbrk(words[i], " '\"\n;"));
        }
        if (row->more[0] == '\0')
                return;
        json_t *more = json_loads(row->more, 0, NULL);
        assert(json_is_object(more) && json_object_size(more) > 0);
        assert(!json_object_get(more, "seq") && !json_object_get(more, "epoch"));
        json_decref(more);
}

/* Read without a tree, it is what jansson would have read. */
static void check_members(const char *text, size_t len)
{
        struct members members;
        size_t used;
        if (members_scan(&members, text, len, &used) && used <= WIRE_JSON_MAX)
                assert(used <= len && members_are_as_jansson_reads(&members, text, used));
}

static void check_rows(const char *gate, const uint8_t *payload, size_t len)
{
        static struct entry entries[ENTRY_ROWS_MAX];
        size_t count;
        bool is_good = entry_read(entries, &count, gate, payload, len) == ENTRY_GOOD;
        assert(is_good == (count > 0) && count <= ENTRY_ROWS_MAX);
        for (size_t i = 0; i < count; i++) {
                check_row(&entries[i]);
                assert(memcmp(entries[i].epoch, entries[0].epoch, UUID_LEN) == 0);
        }
        entry_deinit(entries, count);
}

static void check_status(const struct entry_status *status)
{
        assert(status->head <= INT64_MAX && status->acked <= INT64_MAX);
        assert(status->has_journal || (status->head == 0 && status->oldest == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
        if (!newline)
                return 0;
        char gate[ARCHIVE_GATE_MAX] = "";
        enum entry_leaf leaf = ENTRY_LEAF_OTHER;
        char *topic = strndup((const char *)data, (size_t)(newline - data));
        const uint8_t *payload = newline + 1;
        size_t len = size - (size_t)(payload - data);
        bool is_ours = topic && entry_read_topic(topic, gate, &leaf);
        free(topic);
        if (!is_ours)
                return 0;
        assert(strlen(gate) < sizeof(gate) && gate[0] != '\0');
        if (leaf == ENTRY_LEAF_ENTRY) {
                check_members((const char *)payload, len);
                check_rows(gate, payload, len);
        } else if (leaf == ENTRY_LEAF_STATUS) {
                struct entry_status status;
                char *text;
                if (entry_read_status(&status, &text, gate, payload, len) == ENTRY_GOOD)
                        check_status(&status);
                free(text);
        } else if (leaf == ENTRY_LEAF_HEALTH) {
                char *text;
                if (entry_read_health(&text, gate, payload, len) == ENTRY_GOOD)
                        assert(text && text[0] == '{');
                free(text);
        }
        return 0;
}

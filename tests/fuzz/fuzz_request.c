/*
 * Fuzz: what browsers and brokers give to the dashboard. The first byte says what the rest is: 'p'
 * a path or a query as it comes, escapes and all; 'q' a parameter's value; 'o' a gate's answer to a
 * command; 'n' a name to be masked and searched for.
 */
#include "dashboard/api/query.h"
#include "dashboard/command/order.h"
#include "dashboard/people/mask.h"
#include "drivers/web/web_private.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_text(const char *text)
{
        const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
        utf8proc_int32_t letter;
        utf8proc_ssize_t len;
        while (*at != '\0') {
                if ((len = utf8proc_iterate(at, -1, &letter)) <= 0)
                        return false;
                at += len;
        }
        return true;
}

static void try_target(char *text)
{
        size_t before = strlen(text), len = target_unescape(NULL, NULL, text);
        assert(len <= before && strlen(text) == len);
        if (!target_is_good(text))
                return;
        assert(is_text(text));
        for (const char *c = text; *c != '\0'; c++)
                assert((unsigned char)*c >= ' ' && *c != 0x7f);
}

/* The driver's part: the value under test, whatever is asked for. */
const char *web_request_query(const struct web_request *request, const char *name)
{
        (void)name;
        return request->body;
}

static void try_query(const char *text)
{
        const struct web_request request = { .body = text };
        struct query query = query_of(&request);
        uint8_t subject[HISTORY_SUBJECT_LEN];
        int64_t numbers[3];
        int limit = query_int(&query, "limit", 1, 500, 100);
        assert(limit >= 1 && limit <= 500);
        assert(strlen(query_text(&query, "event", ARCHIVE_WORD_MAX)) < ARCHIVE_WORD_MAX);
        assert(strlen(query_area(&query)) < 3 * FLOW_ID_MAX);
        int64_t day = query_day(&query, "from");
        assert(day >= 0 && day < INT64_C(3000000));
        (void)query_time(&query, "from");
        (void)query_subject(&query, subject);
        (void)query_cursor(&query, numbers, ARRAY_LEN(numbers));
        assert(strlen(query.why) < sizeof(query.why));
}

static void try_outcome(char *text, size_t len)
{
        char topic[] = "stile/v1/acme/hq/gate-1/res/desk", gate[ARCHIVE_GATE_MAX],
             id[UUID_TEXT_MAX];
        unsigned char correlation[UUID_TEXT_MAX] = "01a20b82-970d-705a-8d0f-125a0fc6ba98";
        struct order_outcome outcome;
        const struct feed_message message = { .topic = topic,
                                              .payload = (unsigned char *)text,
                                              .len = len,
                                              .correlation = correlation,
                                              .correlation_len = UUID_TEXT_MAX - 1 };
        if (!order_read_outcome(&message, "desk", gate, id, &outcome))
                return;
        assert(strcmp(gate, "acme/hq/gate-1") == 0 && strlen(id) == UUID_TEXT_MAX - 1);
        assert(outcome.state == ORDER_DONE || outcome.state == ORDER_REFUSED ||
               outcome.state == ORDER_UNKNOWN);
        assert(is_text(outcome.refusal) && is_text(outcome.message));
}

static void try_name(const char *text)
{
        char masked[MASK_NAME_MAX], folded[MASK_FOLDED_MAX];
        if (!is_text(text))
                return;
        mask_name(text, masked);
        mask_fold(text, folded);
        assert(strlen(masked) < sizeof(masked) && strlen(folded) < sizeof(folded));
        assert(is_text(masked));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        char *text = malloc(size);
        if (!text)
                return 0;
        memcpy(text, data + 1, size - 1);
        text[size - 1] = '\0';
        if (data[0] == 'p')
                try_target(text);
        else if (data[0] == 'q')
                try_query(text);
        else if (data[0] == 'o')
                try_outcome(text, size - 1);
        else if (data[0] == 'n')
                try_name(text);
        free(text);
        return 0;
}

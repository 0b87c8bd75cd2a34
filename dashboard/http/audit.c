/* The audit log, for whoever may read it; which is noted, too. */
#include "common/rfc3339.h"
#include "dashboard/access/role.h"
#include "dashboard/api/query.h"
#include "dashboard/http/site_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

enum {
        MAY_AUDIT = 1U << ROLE_AUDITOR | 1U << ROLE_ADMINISTRATOR
};

struct page {
        json_t *entries;
        uint64_t last;
};

static const char *or_null(const char *text)
{
        return text[0] != '\0' ? text : NULL;
}

/* NULL: none, or, in lines of before 0.2, no text. */
static json_t *show_address(const char *address)
{
        return address[0] != '\0' ? json_string(address) : NULL;
}

static bool add(void *context, const struct audit_entry *entry)
{
        struct page *page = context;
        char at[RFC3339_MAX];
        json_t *detail = json_loads(entry->detail, 0, NULL);
        rfc3339_format(entry->at_us, at);
        page->last = entry->number;
        return json_array_append_new(
                       page->entries,
                       json_pack("{s:I, s:s, s:s, s:o?, s:s, s:s?, s:o, s:s}", "number",
                                 (json_int_t)entry->number, "at", at, "actor", entry->actor,
                                 "address", show_address(entry->address), "action", entry->action,
                                 "target", or_null(entry->target), "detail",
                                 detail ? detail : json_null(), "outcome", entry->outcome)) == 0;
}

/* False: it has been answered. */
static bool may_look(struct visit *visit, const char *action)
{
        if (!visit_needs(visit, MAY_AUDIT))
                return false;
        int r = access_note(visit->site->settings.access, &visit->who, action, NULL, NULL, "done");
        if (r)
                answer_failure(visit->response, r);
        return r == 0;
}

void audit_list(struct visit *visit)
{
        struct query query = query_of(visit->web);
        struct page page = { .last = 0 };
        int64_t before = 0;
        size_t limit = (size_t)query_int(&query, "limit", 1, 500, 100);
        (void)query_cursor(&query, &before, 1);
        if (query.why[0] != '\0') {
                answer_error(visit->response, 400, "bad_request", query.why);
                return;
        }
        if (!may_look(visit, "audit_read"))
                return;
        page.entries = json_array();
        int r = accounts_audit(access_accounts(visit->site->settings.access), (uint64_t)before,
                               web_request_query(visit->web, "actor"),
                               web_request_query(visit->web, "action"), limit, add, &page);
        if (r) {
                json_decref(page.entries);
                answer_failure(visit->response, r);
                return;
        }
        char cursor[24] = "";
        if (json_array_size(page.entries) == limit && page.last > 1)
                snprintf(cursor, sizeof(cursor), "%" PRIu64, page.last);
        answer_json(visit->response, 200,
                    json_pack("{s:o, s:s?}", "entries", page.entries, "next", or_null(cursor)));
}

void audit_verify(struct visit *visit)
{
        uint64_t lines, broken;
        if (!may_look(visit, "audit_verify"))
                return;
        int r = accounts_verify(access_accounts(visit->site->settings.access), &lines, &broken);
        if (r)
                answer_failure(visit->response, r);
        else
                answer_json(visit->response, 200,
                            json_pack("{s:b, s:I, s:o}", "ok", broken == 0, "entries",
                                      (json_int_t)lines, "broken_at",
                                      broken ? json_integer((json_int_t)broken) : json_null()));
}

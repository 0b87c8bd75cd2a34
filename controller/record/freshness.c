#include "controller/record/freshness.h"

static const int64_t SECOND_US = 1000000;

/* A taken or not taken was decided by the row that it names; a button or a command by nobody. */
static bool is_judged(const struct passage *row)
{
        bool is_verdict = row->event == EVENT_ACCESS_GRANTED || row->event == EVENT_ACCESS_DENIED ||
                          row->event == EVENT_DURESS || row->event == EVENT_SILENT_ALARM;
        return is_verdict && row->class != CREDENTIAL_NONE;
}

/* The newest issue has no end until there is another: whether it still is the newest, the board
 * knows. */
static bool covers(const struct registry_issue *issue, const struct board *board, int64_t at_us)
{
        if (at_us < issue->from_us || at_us >= issue->until_us)
                return false;
        return issue->until_us != INT64_MAX ||
               (issue->version == atomic_load(&board->registry_version) &&
                issue->issued_s == atomic_load(&board->registry_issued_s));
}

int64_t freshness_age_s(struct freshness *freshness, struct registry *registry,
                        const struct board *board, const struct passage *row)
{
        struct registry_issue *issue = &freshness->issue;
        if (!is_judged(row) || row->clock == CLOCK_UNTRUSTED)
                return -1;
        /* Rows go to the centre whether or not the registry can be read; that it cannot is said
         * where people are looked up. */
        if (!covers(issue, board, row->at_us) &&
            registry_issue_at(registry, row->at_us, issue) != 0) {
                *issue = (struct registry_issue){ .version = 0 };
                return -1;
        }
        if (issue->version == 0)
                return -1;
        int64_t age_s = row->at_us / SECOND_US - issue->issued_s;
        return age_s > 0 ? age_s : 0;
}

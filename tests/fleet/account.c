#include "account.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

void account_count(const struct account *account, struct tally *tally)
{
        *tally = (struct tally){ 0 };
        for (int i = 0; i < account->plan->gates; i++) {
                const struct sim_gate *gate = &account->gates[i];
                tally->up += sim_gate_is_up(gate);
                tally->settled += sim_gate_is_settled(gate);
                tally->head += gate->head;
                tally->acked += gate->courier.acked;
                tally->sent += gate->sent;
                tally->resent += gate->resent;
                tally->published += gate->courier.published;
                tally->connections += gate->connections;
                tally->cuts += gate->cuts;
                tally->commands += gate->commands;
                tally->refused += gate->refused;
        }
}

static json_int_t number(uint64_t value)
{
        return (json_int_t)value;
}

static json_t *totals(const struct tally *tally)
{
        return json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "up", tally->up,
                         "settled_gates", tally->settled, "head", number(tally->head), "acked",
                         number(tally->acked), "sent", number(tally->sent), "resent",
                         number(tally->resent), "published", number(tally->published),
                         "connections", number(tally->connections), "cuts", number(tally->cuts),
                         "commands", number(tally->commands), "refused", number(tally->refused));
}

static void print(json_t *object, FILE *file, size_t flags)
{
        json_dumpf(object, file, flags | JSON_REAL_PRECISION(6));
        fputc('\n', file);
        fflush(file);
        json_decref(object);
}

void account_progress(const struct account *account, int64_t now_ms)
{
        struct tally tally;
        account_count(account, &tally);
        json_t *line = totals(&tally);
        json_object_set_new(line, "ms", json_integer(now_ms - account->begin_ms));
        json_object_set_new(line, "quiet", json_boolean(account->quiet_ms > 0));
        print(line, stdout, JSON_COMPACT);
}

static json_t *gate_account(const struct sim_gate *gate)
{
        char digest[STORY_DIGEST_MAX] = "";
        if (!story_digest(&gate->story, gate->head, digest))
                return NULL;
        return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "gate", gate->name,
                         "epoch", gate->story.epoch, "head", number(gate->head), "acked",
                         number(gate->courier.acked), "sent", number(gate->sent), "resent",
                         number(gate->resent), "connections", number(gate->connections), "cuts",
                         number(gate->cuts), "digest", digest);
}

/* From `from_ms` to `to_ms`; null when one of them never came. */
static json_t *span(int64_t from_ms, int64_t to_ms)
{
        return from_ms > 0 && to_ms > 0 ? json_integer(to_ms - from_ms) : json_null();
}

static json_t *describe(const struct account *account, int64_t now_ms)
{
        const struct plan *plan = account->plan;
        struct tally tally;
        struct rusage usage;
        account_count(account, &tally);
        getrusage(RUSAGE_SELF, &usage);
        json_t *report = totals(&tally);
        json_t *gates = json_array();
        json_object_update_new(
                report,
                json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:o, s:o, s:o, s:I, s:f, s:I, s:o}",
                          "org", plan->org, "site", plan->site, "pattern", plan->pattern, "seed",
                          number(plan->seed), "begin_us", (json_int_t)plan->begin_us, "gates",
                          plan->gates, "all_up_ms", span(account->begin_ms, account->all_up_ms),
                          "settle_ms", span(account->quiet_ms, account->settled_ms), "settled",
                          json_boolean(account->settled_ms > 0), "elapsed_ms",
                          (json_int_t)(now_ms - account->begin_ms), "cpu_s",
                          (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                                  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
                          "rss_kb", (json_int_t)usage.ru_maxrss, "per_gate", gates));
        for (int i = 0; i < plan->gates; i++)
                json_array_append_new(gates, gate_account(&account->gates[i]));
        return report;
}

int account_write(const struct account *account, int64_t now_ms)
{
        const char *path = account->plan->report_file;
        bool is_stdout = strcmp(path, "-") == 0;
        FILE *file = is_stdout ? stdout : fopen(path, "w");
        if (!file) {
                int error = -errno;
                fprintf(stderr, "fleet: %s: %s\n", path, strerror(errno));
                return error;
        }
        print(describe(account, now_ms), file, JSON_INDENT(1));
        int error = ferror(file) ? -EIO : 0;
        if (!is_stdout && fclose(file) != 0)
                error = -errno;
        return error;
}

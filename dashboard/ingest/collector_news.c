/* Collector: what gates say of themselves, until the next commit. */
#include "dashboard/ingest/collector_private.h"

#include <assert.h>
#include <string.h>

/* The slot of this gate and kind, a new one maybe. */
static size_t slot_of(struct collector *collector, struct fleet_gate *gate,
                      enum archive_news_kind kind, const struct collector_time *time)
{
        size_t slot = gate->news[kind];
        if (slot != FLEET_NO_SLOT)
                return slot;
        assert(collector->news_count < COLLECTOR_NEWS_MAX);
        if (collector->news_count == 0)
                collector->news_ms = time->now_ms;
        slot = gate->news[kind] = collector->news_count++;
        collector->news[slot] = (struct archive_news){ .kind = kind, .gate = gate->name };
        collector->news_gates[slot] = gate;
        collector->news_texts[slot] = NULL;
        return slot;
}

void collector_put_news(struct collector *collector, struct fleet_gate *gate,
                        const struct entry_status *status, char *take,
                        const struct collector_time *time)
{
        if (!take)
                return;
        size_t slot = slot_of(collector, gate, status ? ARCHIVE_STATUS : ARCHIVE_HEALTH, time);
        struct archive_news *news = &collector->news[slot];
        news->received_us = time->wall_us;
        news->state = "";
        if (status) {
                strcpy(gate->state, status->state);
                news->state = gate->state;
        }
        /* As the archive takes it: a will does not put away what the gate had said. */
        if (status && news->has_journal && !status->has_journal) {
                free(take);
                return;
        }
        if (status && status->has_journal) {
                news->has_journal = true;
                memcpy(news->epoch, status->epoch, sizeof(news->epoch));
                news->head = status->head;
        }
        free(collector->news_texts[slot]);
        news->text = collector->news_texts[slot] = take;
}

void collector_drop_news(struct collector *collector)
{
        for (size_t i = 0; i < collector->news_count; i++) {
                collector->news_gates[i]->news[collector->news[i].kind] = FLEET_NO_SLOT;
                free(collector->news_texts[i]);
        }
        collector->news_count = 0;
}

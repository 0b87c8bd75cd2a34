#include "controller/record/replay.h"

#include <string.h>

static size_t find(const struct replay *replay, const uint8_t lookup[FLOW_DIGEST_LEN])
{
        size_t i = 0;
        while (i < replay->count && memcmp(replay->used[i].key, lookup, FLOW_USE_LEN) != 0)
                i++;
        return i;
}

int64_t replay_last(const struct replay *replay, const uint8_t lookup[FLOW_DIGEST_LEN])
{
        size_t i = find(replay, lookup);
        return i < replay->count ? replay->used[i].mark : 0;
}

void replay_note(struct replay *replay, const uint8_t lookup[FLOW_DIGEST_LEN], int64_t mark)
{
        size_t i = find(replay, lookup);
        if (i == replay->count && replay->count < REPLAY_MAX) {
                replay->count++;
        } else if (i == replay->count) {
                i = replay->next;
                replay->next = (replay->next + 1) % REPLAY_MAX;
        }
        memcpy(replay->used[i].key, lookup, FLOW_USE_LEN);
        replay->used[i].mark = mark;
}

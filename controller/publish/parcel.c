#include "controller/publish/parcel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool parcel_has_room(const struct parcel *parcel, size_t most, size_t len)
{
        if (most > PARCEL_ROWS_MAX)
                most = PARCEL_ROWS_MAX;
        return parcel->count == 0 ||
               (parcel->count < most && parcel->len + len + 2 <= PARCEL_BYTES_MAX);
}

void parcel_add(struct parcel *parcel, char *take, uint64_t seq)
{
        assert(parcel->count < PARCEL_ROWS_MAX);
        parcel->rows[parcel->count++] = take;
        parcel->len += strlen(take) + 1; /* and a comma or a bracket */
        parcel->seq = seq;
}

static char *join(const struct parcel *parcel)
{
        char *text = malloc(parcel->len + 2);
        if (!text)
                return NULL;
        char *end = text;
        for (size_t i = 0; i < parcel->count; i++) {
                *end++ = i == 0 ? '[' : ',';
                end = stpcpy(end, parcel->rows[i]);
        }
        *end++ = ']';
        *end = '\0';
        return text;
}

char *parcel_close(struct parcel *parcel)
{
        char *text = NULL;
        if (parcel->count == 1) {
                text = parcel->rows[0];
                parcel->count = 0;
        } else if (parcel->count > 1) {
                text = join(parcel);
        }
        parcel_drop(parcel);
        return text;
}

void parcel_drop(struct parcel *parcel)
{
        for (size_t i = 0; i < parcel->count; i++)
                free(parcel->rows[i]);
        parcel->count = parcel->len = 0;
        parcel->seq = 0;
}

#include "dashboard/registry/want.h"

#include "common/wire_json.h"
#include "controller/local/fields.h"

#include <string.h>

static void read_bucket(struct fields *fields, struct want_bucket *bucket)
{
        *bucket = (struct want_bucket){
                .bucket = sync_bucket_find(fields_text(fields, "bucket", SYNC_BUCKET_NAME_MAX)),
                .from = (uint64_t)fields_integer(fields, "from", 0, INT64_MAX, 0),
                .part = (uint32_t)fields_integer(fields, "part", 0, PARTS_MAX - 1, 0),
                .count = (uint32_t)fields_integer(fields, "count", 1, PARTS_MAX, 1),
        };
        if (bucket->bucket < 0)
                fields_complain(fields, "bucket", "there is no such bucket");
}

static bool read_data(const json_t *data, struct want_message *want)
{
        struct fields fields = fields_of(data);
        const json_t *list = json_object_get(data, "buckets");
        uint32_t parts = 0;
        want->manifest = (uint64_t)fields_integer(&fields, "manifest", 0, INT64_MAX, 0);
        if (!json_is_array(list) || fields.why[0] != '\0')
                return false;
        for (size_t i = 0; i < json_array_size(list) && want->buckets < WANT_BUCKETS_MAX; i++) {
                struct fields one = fields_of(json_array_get(list, i));
                struct want_bucket *bucket = &want->bucket[want->buckets];
                read_bucket(&one, bucket);
                if (one.why[0] != '\0')
                        return false;
                if (bucket->count > WANT_PARTS_MAX - parts)
                        bucket->count = WANT_PARTS_MAX - parts;
                parts += bucket->count;
                want->buckets += bucket->count > 0;
        }
        return true;
}

bool want_read(const unsigned char *bytes, size_t len, struct want_message *want)
{
        memset(want, 0, sizeof(*want));
        json_t *envelope = wire_json_load(bytes, len);
        const json_t *data = json_object_get(envelope, "data");
        bool is_good = json_is_object(data) && read_data(data, want);
        json_decref(envelope);
        return is_good;
}

/* The centre's end of registry sync: tells gates what there is, and gives what they ask for. */
#include "tests/contract/sync_copy.h"

#include "controller/validate/cose/inflate.h"
#include "controller/validate/cose/sign1.h"
#include "dashboard/registry/publisher.h"

#include <errno.h>
#include <stdio.h>

enum {
        SENT_MAX = 4096,
        RECORDS_BIG = 4000,
        LOOK_MS = 1000,
        RENEW_S = 3600
};

struct sent {
        char gate[FLOW_ID_MAX], leaf[PUBLISHER_LEAF_MAX];
        uint8_t *payload;
        size_t len;
        bool is_retained;
};

struct centre {
        struct store_folder folder;
        char published_path[STORE_PATH_MAX + 32];
        struct registry *registry;
        struct published *published;
        struct signing_key *key;
        struct publisher *publisher;
        int64_t now_s, now_ms;
        struct sent sent[SENT_MAX];
        size_t count, room; /* room: how many more are taken */
        int refusal;
};

static int take(void *context, const struct publisher_message *message)
{
        struct centre *centre = context;
        if (centre->refusal)
                return centre->refusal;
        if (centre->room == 0)
                return -EAGAIN;
        centre->room--;
        assert_true(centre->count < SENT_MAX);
        struct sent *sent = &centre->sent[centre->count++];
        (void)snprintf(sent->gate, sizeof(sent->gate), "%s", message->gate);
        (void)snprintf(sent->leaf, sizeof(sent->leaf), "%s", message->leaf);
        sent->payload = malloc(message->len);
        assert_non_null(sent->payload);
        memcpy(sent->payload, message->payload, message->len);
        sent->len = message->len;
        sent->is_retained = message->is_retained;
        bool is_manifest = strcmp(message->leaf, "registry/manifest") == 0;
        assert_true(message->is_retained == is_manifest);
        assert_string_equal(message->content_type,
                            is_manifest ? "application/cose" : "application/cbor");
        return 0;
}

static void forget_sent(struct centre *centre)
{
        for (size_t i = 0; i < centre->count; i++)
                free(centre->sent[i].payload);
        centre->count = 0;
}

static void start(struct centre *centre, size_t cache_bytes)
{
        char set_aside[256];
        assert_int_equal(published_open(centre->published_path, &centre->published, set_aside), 0);
        const struct publisher_settings settings = { .org = "acme",
                                                     .site = "hq",
                                                     .registry = centre->registry,
                                                     .published = centre->published,
                                                     .key = centre->key,
                                                     .cache_bytes = cache_bytes,
                                                     .look_ms = LOOK_MS,
                                                     .renew_s = RENEW_S,
                                                     .send = take,
                                                     .context = centre };
        centre->publisher = malloc(sizeof(*centre->publisher));
        assert_non_null(centre->publisher);
        assert_int_equal(publisher_init(centre->publisher, &settings), 0);
}

static void stop(struct centre *centre)
{
        publisher_deinit(centre->publisher);
        free(centre->publisher);
        centre->published = published_close(centre->published);
}

static struct centre *centre_new(void **state)
{
        const struct store_folder *folder = *state;
        struct centre *centre = calloc(1, sizeof(*centre));
        assert_non_null(centre);
        centre->folder = *folder;
        centre->now_s = 1795650000;
        centre->room = SENT_MAX;
        (void)snprintf(centre->published_path, sizeof(centre->published_path), "%s/published.db",
                       folder->folder);
        centre->registry = store_open_registry(folder);
        assert_int_equal(signing_key_new(SIGNING_ED25519, &centre->key), 0);
        start(centre, 1 << 20);
        return centre;
}

static void centre_free(struct centre *centre)
{
        forget_sent(centre);
        stop(centre);
        registry_close(centre->registry);
        signing_key_free(centre->key);
        free(centre);
}

/* A second passes: a look, and all that can be sent. */
static void turn(struct centre *centre)
{
        centre->now_s++;
        centre->now_ms += LOOK_MS + 60000;
        publisher_look(centre->publisher, centre->now_s, centre->now_ms);
        while (publisher_send_some(centre->publisher, 8))
                continue;
}

static void enrol_many(struct registry *registry, uint32_t count)
{
        assert_int_equal(registry_begin(registry), 0);
        store_put_holder(registry, "an");
        for (uint32_t i = 0; i < count; i++)
                store_enrol(registry, i, "an");
        assert_int_equal(registry_commit(registry), 0);
}

/* `text` is the inside of the list of buckets. */
static void ask(struct centre *centre, const char *gate, uint64_t manifest, const char *text)
{
        char json[8192];
        int len =
                snprintf(json, sizeof(json),
                         "{\"specversion\":\"1.0\",\"data\":{\"manifest\":%llu,\"buckets\":[%s]}}",
                         (unsigned long long)manifest, text);
        struct want_message want;
        assert_true(want_read((const unsigned char *)json, (size_t)len, &want));
        publisher_hear_want(centre->publisher, gate, &want);
}

static void ask_one(struct centre *centre, const char *gate, int bucket, uint64_t from,
                    uint32_t part, uint32_t count)
{
        char text[160], name[SYNC_BUCKET_NAME_MAX];
        sync_bucket_name(bucket, name);
        (void)snprintf(text, sizeof(text),
                       "{\"bucket\":\"%s\",\"from\":%llu,\"part\":%u,\"count\":%u}", name,
                       (unsigned long long)from, part, count);
        ask(centre, gate, centre->publisher->manifest.version, text);
}

/* The manifest in a message, its signature checked. */
static void open_manifest(const struct centre *centre, const struct sent *sent,
                          struct manifest *manifest)
{
        uint8_t der[256];
        char aad[MANIFEST_AAD_MAX];
        struct signature_key *key = NULL;
        struct cbor_reader reader;
        struct sign1 message;
        int len = signing_key_public(centre->key, der, sizeof(der));
        assert_true(len > 0);
        assert_int_equal(signature_key_read(der, (size_t)len, &key, NULL), 0);
        cbor_reader_init(&reader, sent->payload, sent->len);
        assert_int_equal(sign1_read(&reader, &message), 0);
        assert_true(cbor_at_end(&reader));
        assert_true(message.is_canonical);
        assert_int_equal(message.kid_len, SIGNATURE_KID_LEN);
        size_t aad_len = manifest_aad("acme", "hq", aad);
        assert_int_equal(sign1_verify(&message, key, aad, aad_len), 1);
        aad_len = manifest_aad("acme", "other", aad);
        assert_int_equal(sign1_verify(&message, key, aad, aad_len), 0);
        assert_int_equal(manifest_read(message.payload, message.payload_len, manifest), 0);
        signature_key_free(key);
}

static void a_gate_that_is_born_is_told_the_signed_manifest(void **state)
{
        struct centre *centre = centre_new(state);
        struct manifest manifest;
        store_put_holder(centre->registry, "an");
        publisher_hear_birth(centre->publisher, "gate-1");
        turn(centre);
        assert_int_equal(centre->count, 1);
        assert_string_equal(centre->sent[0].gate, "gate-1");
        assert_string_equal(centre->sent[0].leaf, "registry/manifest");
        open_manifest(centre, &centre->sent[0], &manifest);
        assert_int_equal(manifest.version, centre->now_s);
        turn(centre);
        assert_int_equal(centre->count, 1);
        publisher_hear_birth(centre->publisher, "gate-1");
        turn(centre);
        assert_int_equal(centre->count, 2);
        centre_free(centre);
}

/* Its manifest is 11 KB, which is 1.4 s of 64 kbit/s. */
static void a_gate_that_only_says_how_it_is_is_told_once_a_minute(void **state)
{
        struct centre *centre = centre_new(state);
        store_put_holder(centre->registry, "an");
        publisher_hear_birth(centre->publisher, "gate-1");
        turn(centre);
        publisher_hear_gate(centre->publisher, "gate-1");
        publisher_hear_gate(centre->publisher, "gate-2");
        turn(centre);
        assert_int_equal(centre->count, 2);
        assert_string_equal(centre->sent[1].gate, "gate-2");
        publisher_hear_gate(centre->publisher, "gate-1");
        publisher_hear_gate(centre->publisher, "gate-2");
        turn(centre);
        assert_int_equal(centre->count, 3);
        assert_string_equal(centre->sent[2].gate, "gate-1");
        centre_free(centre);
}

static void a_change_is_told_to_every_gate_that_was_ever_seen(void **state)
{
        struct centre *centre = centre_new(state);
        publisher_hear_gate(centre->publisher, "gate-2");
        publisher_hear_gate(centre->publisher, "gate-1");
        publisher_hear_gate(centre->publisher, "No/Gate");
        turn(centre);
        assert_int_equal(centre->count, 2);
        forget_sent(centre);
        stop(centre);
        start(centre, 1 << 20);
        store_put_holder(centre->registry, "an");
        turn(centre);
        assert_int_equal(centre->count, 2);
        assert_string_equal(centre->sent[0].gate, "gate-1");
        assert_string_equal(centre->sent[1].gate, "gate-2");
        centre_free(centre);
}

static void a_manifest_is_issued_anew_with_its_version(void **state)
{
        struct centre *centre = centre_new(state);
        struct manifest first, second;
        publisher_hear_gate(centre->publisher, "gate-1");
        turn(centre);
        centre->now_s += RENEW_S;
        turn(centre);
        assert_int_equal(centre->count, 2);
        open_manifest(centre, &centre->sent[0], &first);
        open_manifest(centre, &centre->sent[1], &second);
        assert_int_equal(second.version, first.version);
        assert_true(second.issued_s >= first.issued_s + RENEW_S);
        centre_free(centre);
}

/* Collects the parts of one bucket out of what was sent to a gate, and what they come to. */
static void take_parts(const struct centre *centre, struct sync_copy *copy, int bucket,
                       uint64_t expected_from)
{
        static uint8_t deflated[1 << 20], content[SYNC_BUCKET_BYTES_MAX];
        struct part part = { .parts = 0 };
        size_t len = 0;
        for (size_t i = 0; i < centre->count; i++) {
                if (strcmp(centre->sent[i].leaf, "registry/manifest") == 0)
                        continue;
                assert_int_equal(part_read(centre->sent[i].payload, centre->sent[i].len, &part), 0);
                if (part.bucket != bucket)
                        continue;
                assert_int_equal(part.from, expected_from);
                assert_int_equal(part.part, len / PART_PAYLOAD_MAX);
                memcpy(deflated + len, part.payload, part.len);
                len += part.len;
        }
        assert_true(len > 0 && len == part.deflated_bytes);
        ssize_t got = inflate_zlib(deflated, len, content, sizeof(content));
        assert_int_equal(got, part.content_bytes);
        sync_copy_apply(copy, bucket, part.from, part.to, content, (size_t)got);
}

static void a_gate_gets_everything_by_asking(void **state)
{
        struct centre *centre = centre_new(state);
        static struct sync_copy copy;
        enrol_many(centre->registry, 2000);
        turn(centre);
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                ask_one(centre, "gate-1", i, 0, 0, 4);
                turn(centre);
                take_parts(centre, &copy, i, 0);
                assert_true(sync_copy_is(&copy, i, &centre->publisher->manifest.bucket[i]));
                forget_sent(centre);
        }
        sync_copy_deinit(&copy);
        centre_free(centre);
}

/* A bucket of several parts: what nobody has, in one bucket. */
static void fill_blocked(struct registry *registry, uint32_t from, uint32_t count, int64_t until_us)
{
        assert_int_equal(registry_begin(registry), 0);
        for (uint32_t i = from; i < from + count; i++) {
                struct registry_revocation revocation = { .at_us = 1, .until_us = until_us };
                memcpy(revocation.lookup, store_credential(i, "").lookup, FLOW_DIGEST_LEN);
                assert_int_equal(registry_put_revocation(registry, &revocation), 0);
        }
        assert_int_equal(registry_commit(registry), 0);
}

static void a_large_bucket_is_asked_for_part_by_part(void **state)
{
        struct centre *centre = centre_new(state);
        static struct sync_copy copy;
        fill_blocked(centre->registry, 0, RECORDS_BIG, 0);
        turn(centre);
        ask_one(centre, "gate-1", SYNC_BLOCKED, 0, 0, 100);
        turn(centre);
        assert_int_equal(centre->publisher->parts_sent, WANT_PARTS_MAX);
        for (uint32_t at = WANT_PARTS_MAX; at < 20; at++) {
                ask_one(centre, "gate-1", SYNC_BLOCKED, 0, at, 1);
                turn(centre);
        }
        take_parts(centre, &copy, SYNC_BLOCKED, 0);
        assert_int_equal(copy.bucket[SYNC_BLOCKED].count, RECORDS_BIG);
        assert_true(sync_copy_is(&copy, SYNC_BLOCKED,
                                 &centre->publisher->manifest.bucket[SYNC_BLOCKED]));
        assert_int_equal(centre->publisher->streams.made, 1);
        sync_copy_deinit(&copy);
        centre_free(centre);
}

static void what_changed_travels_alone_when_it_is_less(void **state)
{
        struct centre *centre = centre_new(state);
        static struct sync_copy copy;
        fill_blocked(centre->registry, 0, 300, 0);
        turn(centre);
        uint64_t first = centre->publisher->manifest.version;
        ask_one(centre, "gate-1", SYNC_BLOCKED, 0, 0, 4);
        turn(centre);
        take_parts(centre, &copy, SYNC_BLOCKED, 0);
        forget_sent(centre);
        fill_blocked(centre->registry, 300, 1, 0);
        turn(centre);
        uint64_t before = centre->publisher->bytes_sent;
        ask_one(centre, "gate-1", SYNC_BLOCKED, first, 0, 4);
        turn(centre);
        take_parts(centre, &copy, SYNC_BLOCKED, first);
        assert_true(sync_copy_is(&copy, SYNC_BLOCKED,
                                 &centre->publisher->manifest.bucket[SYNC_BLOCKED]));
        assert_true(centre->publisher->bytes_sent - before < 150);
        sync_copy_deinit(&copy);
        centre_free(centre);
}

static void the_whole_comes_when_the_version_is_unknown_or_all_changed(void **state)
{
        struct centre *centre = centre_new(state);
        static struct sync_copy copy;
        fill_blocked(centre->registry, 0, 30, 1);
        turn(centre);
        uint64_t first = centre->publisher->manifest.version;
        ask_one(centre, "gate-1", SYNC_BLOCKED, first - 1, 0, 4);
        turn(centre);
        take_parts(centre, &copy, SYNC_BLOCKED, 0);
        forget_sent(centre);
        assert_int_equal(registry_trim_revocations(centre->registry, 2), 30);
        fill_blocked(centre->registry, 30, 300, 0);
        turn(centre);
        ask_one(centre, "gate-1", SYNC_BLOCKED, first, 0, 4);
        turn(centre);
        take_parts(centre, &copy, SYNC_BLOCKED, 0);
        assert_int_equal(copy.bucket[SYNC_BLOCKED].count, 300);
        sync_copy_deinit(&copy);
        centre_free(centre);
}

static void what_a_gate_has_is_not_sent_again(void **state)
{
        struct centre *centre = centre_new(state);
        store_put_holder(centre->registry, "an");
        turn(centre);
        ask_one(centre, "gate-1", SYNC_BASE, centre->publisher->manifest.version, 0, 4);
        turn(centre);
        ask_one(centre, "gate-1", SYNC_BASE, centre->publisher->manifest.version + 7, 0, 4);
        turn(centre);
        ask_one(centre, "gate-1", SYNC_BASE, 0, 900, 4);
        turn(centre);
        assert_int_equal(centre->count, 0);
        assert_int_equal(centre->publisher->parts_sent, 0);
        centre_free(centre);
}

static void a_gate_behind_is_told_the_manifest_with_what_it_asked_for(void **state)
{
        struct centre *centre = centre_new(state);
        store_put_holder(centre->registry, "an");
        turn(centre);
        ask(centre, "gate-1", 5, "{\"bucket\":\"base\",\"from\":0,\"part\":0,\"count\":1}");
        turn(centre);
        assert_int_equal(centre->count, 2);
        assert_string_equal(centre->sent[0].leaf, "registry/manifest");
        assert_string_equal(centre->sent[1].leaf, "registry/base");
        centre_free(centre);
}

static void a_thousand_gates_that_want_the_same_cost_one_deflate(void **state)
{
        struct centre *centre = centre_new(state);
        fill_blocked(centre->registry, 0, 300, 0);
        turn(centre);
        for (int i = 0; i < 1000; i++) {
                char gate[FLOW_ID_MAX];
                (void)snprintf(gate, sizeof(gate), "gate-%d", i);
                ask_one(centre, gate, SYNC_BLOCKED, 0, 0, 1);
        }
        turn(centre);
        assert_int_equal(centre->publisher->parts_sent, 1000);
        assert_int_equal(centre->publisher->streams.made, 1);
        centre_free(centre);
}

static void what_is_kept_deflated_is_bounded(void **state)
{
        struct centre *centre = centre_new(state);
        enrol_many(centre->registry, 2000);
        stop(centre);
        start(centre, 4000);
        turn(centre);
        for (int i = 0; i < SYNC_HASHED; i++) {
                ask_one(centre, "gate-1", i, 0, 0, 1);
                turn(centre);
                assert_true(centre->publisher->streams.bytes <= 4000);
        }
        assert_int_equal(centre->publisher->parts_sent, SYNC_HASHED);
        centre_free(centre);
}

/* One asks for four parts, then another for one: it does not wait for the four. */
static void gates_take_turns(void **state)
{
        struct centre *centre = centre_new(state);
        fill_blocked(centre->registry, 0, RECORDS_BIG, 0);
        turn(centre);
        ask_one(centre, "gate-1", SYNC_BLOCKED, 0, 0, 4);
        ask_one(centre, "gate-2", SYNC_BASE, 0, 0, 1);
        turn(centre);
        assert_int_equal(centre->count, 5);
        assert_string_equal(centre->sent[1].gate, "gate-2");
        centre_free(centre);
}

static void what_is_not_taken_now_is_sent_later(void **state)
{
        struct centre *centre = centre_new(state);
        static struct sync_copy copy;
        fill_blocked(centre->registry, 0, 1000, 0);
        turn(centre);
        ask_one(centre, "gate-1", SYNC_BLOCKED, 0, 0, 4);
        for (int i = 0; i < 8; i++) {
                centre->room = 0;
                assert_false(publisher_send_some(centre->publisher, 8));
                centre->room = 1;
                publisher_send_some(centre->publisher, 8);
        }
        take_parts(centre, &copy, SYNC_BLOCKED, 0);
        assert_int_equal(copy.bucket[SYNC_BLOCKED].count, 1000);
        sync_copy_deinit(&copy);
        centre_free(centre);
}

static void without_a_broker_nothing_piles_up_and_all_are_told_when_it_is_back(void **state)
{
        struct centre *centre = centre_new(state);
        store_put_holder(centre->registry, "an");
        publisher_hear_gate(centre->publisher, "gate-1");
        centre->refusal = -ENOTCONN;
        turn(centre);
        ask_one(centre, "gate-1", SYNC_BASE, 0, 0, 4);
        turn(centre);
        centre->refusal = 0;
        turn(centre);
        assert_int_equal(centre->count, 0);
        publisher_hear_broker(centre->publisher);
        turn(centre);
        assert_int_equal(centre->count, 1);
        assert_string_equal(centre->sent[0].leaf, "registry/manifest");
        centre_free(centre);
}

static void what_is_no_want_is_dropped(void **state)
{
        struct centre *centre = centre_new(state);
        turn(centre);
        static const char *const wrong[] = {
                "",
                "[]",
                "{}",
                "{\"data\":[]}",
                "{\"data\":{\"buckets\":{}}}",
                "{\"data\":{\"buckets\":[7]}}",
                "{\"data\":{\"buckets\":[{\"bucket\":\"3F\"}]}}",
                "{\"data\":{\"buckets\":[{\"bucket\":\"manifest\"}]}}",
                "{\"data\":{\"buckets\":[{\"bucket\":\"base\",\"from\":-1}]}}",
                "{\"data\":{\"buckets\":[{\"bucket\":\"base\",\"part\":1100}]}}",
                "{\"data\":{\"buckets\":[{\"bucket\":\"base\",\"count\":0}]}}",
                "{\"data\":{\"manifest\":\"5\",\"buckets\":[]}}",
                "{\"data\":{\"buckets\":[[[[[[[[[[]]]]]]]]]]}}",
        };
        for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
                struct want_message want;
                assert_false(want_read((const unsigned char *)wrong[i], strlen(wrong[i]), &want));
        }
        ask(centre, "../x", 0, "");
        assert_int_equal(centre->publisher->gates, 0);
        centre_free(centre);
}

static void a_registry_that_did_not_change_is_not_read(void **state)
{
        struct centre *centre = centre_new(state);
        store_put_holder(centre->registry, "an");
        for (int i = 0; i < 5; i++)
                turn(centre);
        assert_int_equal(centre->publisher->looks, 1);
        store_put_holder(centre->registry, "binh");
        turn(centre);
        turn(centre);
        assert_int_equal(centre->publisher->looks, 2);
        centre_free(centre);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_gate_that_is_born_is_told_the_signed_manifest),
                IN_FOLDER(a_gate_that_only_says_how_it_is_is_told_once_a_minute),
                IN_FOLDER(a_change_is_told_to_every_gate_that_was_ever_seen),
                IN_FOLDER(a_manifest_is_issued_anew_with_its_version),
                IN_FOLDER(a_gate_gets_everything_by_asking),
                IN_FOLDER(a_large_bucket_is_asked_for_part_by_part),
                IN_FOLDER(what_changed_travels_alone_when_it_is_less),
                IN_FOLDER(the_whole_comes_when_the_version_is_unknown_or_all_changed),
                IN_FOLDER(what_a_gate_has_is_not_sent_again),
                IN_FOLDER(a_gate_behind_is_told_the_manifest_with_what_it_asked_for),
                IN_FOLDER(a_thousand_gates_that_want_the_same_cost_one_deflate),
                IN_FOLDER(what_is_kept_deflated_is_bounded),
                IN_FOLDER(gates_take_turns),
                IN_FOLDER(what_is_not_taken_now_is_sent_later),
                IN_FOLDER(without_a_broker_nothing_piles_up_and_all_are_told_when_it_is_back),
                IN_FOLDER(what_is_no_want_is_dropped),
                IN_FOLDER(a_registry_that_did_not_change_is_not_read),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

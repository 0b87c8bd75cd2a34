#include "controller/validate/trust_list.h"

#include "controller/validate/cose/sign1.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        WRAPPING_MAX = 64 /* bytes of a Sig_structure besides header and payload */
};

const char *trust_list_words(enum trust_list_answer answer)
{
        switch (answer) {
        case TRUST_LIST_GOOD:
                return "good";
        case TRUST_LIST_DAMAGED:
                return "not a trust list, or damaged";
        case TRUST_LIST_UNTRUSTED:
                return "signed by nobody who is trusted";
        case TRUST_LIST_FORGED:
                return "its signature is wrong";
        case TRUST_LIST_NO_ROOM:
                return "more keys than there is room for";
        }
        return "";
}

/* As long as the list is, so the Sig_structure is on the heap. */
static enum trust_list_answer verify(const struct sign1 *message, const struct trust *issuers,
                                     char signer[SIGNATURE_NAME_MAX])
{
        enum trust_list_answer answer = TRUST_LIST_UNTRUSTED;
        size_t size = message->protected_len + message->payload_len + WRAPPING_MAX;
        uint8_t *data = malloc(size);
        int len =
                !data ? -ENOMEM
                      : sign1_to_be_signed(message->protected_header, message->protected_len, NULL,
                                           0, message->payload, message->payload_len, data, size);
        struct trust_key key;
        size_t at = 0;
        int tries = 0;
        while (len > 0 && answer != TRUST_LIST_GOOD && issuers && tries++ < TRUST_TRIES_MAX &&
               trust_next(issuers, TRUST_PASS, message->kid, message->kid_len, &at, &key)) {
                bool is_good = signature_verify(key.key, SIGNATURE_EDDSA, data, (size_t)len,
                                                message->signature, message->signature_len) == 1;
                answer = is_good ? TRUST_LIST_GOOD : TRUST_LIST_FORGED;
                if (is_good)
                        snprintf(signer, SIGNATURE_NAME_MAX, "%s", key.name);
        }
        free(data);
        return len > 0 ? answer : TRUST_LIST_NO_ROOM;
}

/* The keys are an array of byte strings and nothing else. They have a bound of their own, so the
 * reader's count of items, which is for what nests, begins anew with each. */
static int take_claim(void *context, int64_t label, struct cbor_reader *value)
{
        struct trust_list *list = context;
        struct cbor_item item;
        if (label != TRUST_LIST_CLAIM_KEYS)
                return cbor_skip(value);
        int error = cbor_expect(value, CBOR_ARRAY, &item);
        if (!error && item.uint > TRUST_LIST_KEYS_MAX)
                error = -E2BIG;
        if (error)
                return error;
        list->keys = *value;
        list->info.count = list->left = (size_t)item.uint;
        for (size_t i = 0; !error && i < list->left; i++) {
                value->items = 0;
                error = cbor_expect(value, CBOR_BYTES, &item);
        }
        return error;
}

enum trust_list_answer trust_list_open(const uint8_t *bytes, size_t len,
                                       const struct trust *issuers, struct trust_list *list)
{
        struct cbor_reader reader;
        struct sign1 message;
        struct cwt cwt;
        *list = (struct trust_list){ .left = 0 };
        cbor_reader_init(&reader, bytes, len);
        if (len > TRUST_LIST_BYTES_MAX || sign1_read(&reader, &message) != 0 ||
            !cbor_at_end(&reader) || !message.is_alg_protected || message.alg != SIGNATURE_EDDSA)
                return TRUST_LIST_DAMAGED;
        enum trust_list_answer answer = verify(&message, issuers, list->info.signer);
        if (cwt_read(message.payload, message.payload_len, &cwt, take_claim, list) != 0 ||
            !cwt.has_iat || list->info.count == 0) {
                list->left = 0;
                return TRUST_LIST_DAMAGED;
        }
        snprintf(list->info.issuer, sizeof(list->info.issuer), "%s", cwt.iss);
        list->info.issued_us = cwt.iat_us;
        list->info.expires_us = cwt.exp_us;
        return answer;
}

bool trust_list_next(struct trust_list *list, const uint8_t **der, size_t *len)
{
        struct cbor_item item;
        list->keys.items = 0;
        if (list->left == 0 || cbor_expect(&list->keys, CBOR_BYTES, &item) != 0)
                return false;
        list->left--;
        *der = item.bytes;
        *len = item.len;
        return true;
}

/* 0 also for what is no key of ours; -ENOMEM, -ENOSPC. */
static int add_key(struct trust *into, struct trust_list_info *info, const uint8_t *der, size_t len)
{
        struct signature_key *key = NULL;
        struct signature_key_info about;
        int error = signature_key_read(der, len, &key, &about);
        if (error && error != -ENOMEM) {
                info->skipped++;
                return 0;
        }
        if (error)
                return error;
        if (info->expires_us != 0 && (about.until_us == 0 || about.until_us > info->expires_us))
                about.until_us = info->expires_us;
        return trust_add(into, key, &about, TRUST_HEALTH,
                         about.subject[0] != '\0' ? about.subject : info->issuer);
}

enum trust_list_answer trust_list_read(const uint8_t *bytes, size_t len,
                                       const struct trust *issuers, struct trust *into,
                                       struct trust_list_info *info)
{
        struct trust_list list;
        const uint8_t *der = NULL;
        size_t der_len = 0;
        int error = 0;
        enum trust_list_answer answer = trust_list_open(bytes, len, issuers, &list);
        while (answer == TRUST_LIST_GOOD && !error && trust_list_next(&list, &der, &der_len))
                error = add_key(into, &list.info, der, der_len);
        if (info)
                *info = list.info;
        return error ? TRUST_LIST_NO_ROOM : answer;
}

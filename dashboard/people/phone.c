#include "dashboard/people/phone.h"

#include "common/base64.h"
#include "common/rfc3339.h"
#include "controller/ports/digest.h"
#include "controller/ports/signature.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *phone_read_link(const char *body, size_t len, struct phone_link *link)
{
        const char *token = NULL, *phone = NULL;
        json_error_t error;
        json_t *read = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
        const char *why = NULL;
        if (json_unpack_ex(read, &error, JSON_STRICT, "{s:s, s:s}", "token", &token, "phone",
                           &phone) != 0 ||
            digest_sha256(token, strlen(token), link->digest) != 0)
                why = "wanted: token, phone";
        else
                link->phone_len =
                        base64_decode(phone, strlen(phone), link->phone, sizeof(link->phone));
        json_decref(read);
        return why;
}

struct sent {
        const char *pass, *result, *at, *signature;
};

static bool is_result(const char *text)
{
        return strcmp(text, "green") == 0 || strcmp(text, "amber") == 0 || strcmp(text, "red") == 0;
}

static const char *read_sent(const struct sent *sent, struct phone_declaration *declaration)
{
        uint8_t signature[PHONE_SIGNATURE_LEN + 1];
        if (strlen(sent->pass) >= sizeof(declaration->pass) || strchr(sent->pass, '\n'))
                return "pass: that is none";
        if (!is_result(sent->result))
                return "result: green, amber or red is wanted";
        if (!rfc3339_parse(sent->at, &declaration->at_us))
                return "at: a time is wanted";
        if (base64_decode(sent->signature, strlen(sent->signature), signature, sizeof(signature)) !=
            PHONE_SIGNATURE_LEN)
                return "signature: 64 bytes as base64 are wanted";
        memcpy(declaration->signature, signature, PHONE_SIGNATURE_LEN);
        strcpy(declaration->pass, sent->pass);
        strcpy(declaration->result, sent->result);
        int len = snprintf(declaration->signed_text, sizeof(declaration->signed_text),
                           "stile-declaration\n%s\n%s\n%s", sent->pass, sent->result, sent->at);
        if (len < 0 || (size_t)len >= sizeof(declaration->signed_text))
                return "at: too long";
        declaration->signed_len = (size_t)len;
        return NULL;
}

const char *phone_read_declaration(const char *body, size_t len,
                                   struct phone_declaration *declaration)
{
        struct sent sent;
        json_error_t error;
        json_t *read = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
        const char *why = json_unpack_ex(read, &error, JSON_STRICT, "{s:s, s:s, s:s, s:s}", "pass",
                                         &sent.pass, "result", &sent.result, "at", &sent.at,
                                         "signature", &sent.signature) == 0
                                  ? read_sent(&sent, declaration)
                                  : "wanted: pass, result, at, signature";
        json_decref(read);
        return why;
}

bool phone_has_signed(const struct phone_declaration *declaration, const uint8_t *phone,
                      size_t phone_len)
{
        struct signature_key *key = NULL;
        if (signature_key_read(phone, phone_len, &key, NULL) != 0)
                return false;
        int r = signature_verify(key, SIGNATURE_ES256, declaration->signed_text,
                                 declaration->signed_len, declaration->signature,
                                 sizeof(declaration->signature));
        signature_key_free(key);
        return r == 1;
}

bool phone_is_fresh(const struct phone_declaration *declaration, int64_t now_us)
{
        const int64_t room_us = (int64_t)PHONE_CLOCK_S * 1000000;
        return declaration->at_us > now_us - room_us && declaration->at_us < now_us + room_us;
}

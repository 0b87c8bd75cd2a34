#include "controller/record/subject.h"

#include <stdio.h>
#include <string.h>

static int make(const uint8_t key[DIGEST_KEY_LEN], const void *who, size_t who_len,
                uint8_t subject[SUBJECT_LEN])
{
        static const char domain[] = "subject"; /* its NUL divides */
        uint8_t text[sizeof(domain) + FLOW_DIGEST_LEN + FLOW_ID_MAX];
        uint8_t digest[FLOW_DIGEST_LEN] = { 0 };
        memcpy(text, domain, sizeof(domain));
        memcpy(text + sizeof(domain), who, who_len);
        int error = digest_hmac(key, text, sizeof(domain) + who_len, digest);
        memcpy(subject, digest, SUBJECT_LEN);
        return error;
}

int subject_of_holder(const uint8_t key[DIGEST_KEY_LEN], const char *holder,
                      uint8_t subject[SUBJECT_LEN])
{
        return make(key, holder, strnlen(holder, FLOW_ID_MAX), subject);
}

int subject_of_lookup(const uint8_t key[DIGEST_KEY_LEN], const uint8_t lookup[FLOW_DIGEST_LEN],
                      uint8_t subject[SUBJECT_LEN])
{
        return make(key, lookup, FLOW_DIGEST_LEN, subject);
}

bool subject_parse(const char *text, uint8_t subject[SUBJECT_LEN])
{
        static const char digits[] = "0123456789abcdef";
        if (strspn(text, digits) < SUBJECT_TEXT_LEN)
                return false;
        for (size_t i = 0; i < SUBJECT_LEN; i++, text += 2)
                subject[i] = (uint8_t)((strchr(digits, text[0]) - digits) << 4 |
                                       (strchr(digits, text[1]) - digits));
        return true;
}

void subject_format(const uint8_t subject[SUBJECT_LEN], char text[SUBJECT_TEXT_MAX])
{
        for (size_t i = 0; i < SUBJECT_LEN; i++, text += 2)
                snprintf(text, 3, "%02x", subject[i]);
}

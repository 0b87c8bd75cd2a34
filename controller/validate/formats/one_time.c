#include "controller/validate/formats/one_time.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const int64_t second_us = 1000000;

bool one_time_is_like(const char *text, size_t len)
{
        size_t prefix_len = strlen(ONE_TIME_PREFIX);
        return len >= prefix_len && memcmp(text, ONE_TIME_PREFIX, prefix_len) == 0;
}

static bool read_id(const char *text, size_t len, char id[FLOW_ID_MAX])
{
        if (len == 0 || len >= FLOW_ID_MAX)
                return false;
        for (size_t i = 0; i < len; i++) {
                unsigned char character = (unsigned char)text[i];
                bool is_good = (character >= 'A' && character <= 'Z') || character == '-' ||
                               (character >= '0' && character <= '9');
                if (!is_good)
                        return false;
                id[i] = (char)tolower(character);
        }
        id[len] = '\0';
        return true;
}

bool one_time_parse(const char *text, size_t len, char id[FLOW_ID_MAX], uint32_t *code)
{
        size_t prefix_len = strlen(ONE_TIME_PREFIX), tail_len = 1 + ONE_TIME_DIGITS;
        if (!one_time_is_like(text, len) || len < prefix_len + tail_len)
                return false;
        const char *tail = text + len - tail_len;
        *code = 0;
        if (tail[0] != ':')
                return false;
        for (int i = 1; i <= ONE_TIME_DIGITS; i++) {
                if (tail[i] < '0' || tail[i] > '9')
                        return false;
                *code = 10 * *code + (uint32_t)(tail[i] - '0');
        }
        return read_id(text + prefix_len, len - prefix_len - tail_len, id);
}

void one_time_format(const char *id, uint32_t code, char text[ONE_TIME_TEXT_MAX])
{
        snprintf(text, ONE_TIME_TEXT_MAX, ONE_TIME_PREFIX "%s:%08u", id, (unsigned int)code);
        for (char *at = text; *at != '\0'; at++)
                *at = (char)toupper((unsigned char)*at);
}

int one_time_secret(const uint8_t site_key[DIGEST_KEY_LEN], const uint8_t lookup[FLOW_DIGEST_LEN],
                    uint8_t secret[ONE_TIME_SECRET_LEN])
{
        uint8_t data[sizeof(CREDENTIAL_KIND_ONE_TIME) + FLOW_DIGEST_LEN] = CREDENTIAL_KIND_ONE_TIME;
        memcpy(data + sizeof(CREDENTIAL_KIND_ONE_TIME), lookup, FLOW_DIGEST_LEN);
        return digest_hmac(site_key, data, sizeof(data), secret);
}

/* HOTP (RFC 4226, 5.3): four bytes from where the last half byte says, without the sign, modulo. */
int one_time_code(enum digest_hash hash, const uint8_t *secret, size_t secret_len, int64_t step,
                  int digits, uint32_t *code)
{
        uint8_t counter[8], digest[DIGEST_MAX];
        for (int i = 0; i < 8; i++)
                counter[i] = (uint8_t)((uint64_t)step >> (8 * (7 - i)));
        int len = digest_hmac_with(hash, secret, secret_len, counter, sizeof(counter), digest);
        if (len < 0)
                return len;
        const uint8_t *at = digest + (digest[len - 1] & 0x0f);
        uint32_t number = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
                          (uint32_t)at[2] << 8 | at[3];
        uint32_t modulus = 1;
        for (int i = 0; i < digits; i++)
                modulus *= 10;
        *code = number % modulus;
        return 0;
}

int one_time_check(const uint8_t secret[ONE_TIME_SECRET_LEN], uint32_t code, int64_t now_us,
                   int64_t last_step, int64_t *step)
{
        int64_t now = now_us / second_us / ONE_TIME_STEP_S;
        int good = 0;
        for (int64_t i = now - 1; i <= now + 1; i++) {
                uint32_t expected = 0;
                int error = one_time_code(DIGEST_SHA256, secret, ONE_TIME_SECRET_LEN, i,
                                          ONE_TIME_DIGITS, &expected);
                if (error)
                        return error;
                bool is_it = digest_equal(&expected, &code, sizeof(code));
                if (is_it && i > last_step) {
                        good = 1;
                        *step = i;
                }
        }
        return good;
}

#include "controller/enrol/token.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void token_hex(const void *bytes, size_t len, char *text)
{
        for (size_t i = 0; i < len; i++)
                sprintf(text + 2 * i, "%02x", ((const uint8_t *)bytes)[i]);
}

static int digit_of(char digit)
{
        return digit >= '0' && digit <= '9'   ? digit - '0'
               : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                              : -1;
}

bool token_unhex(const char *text, uint8_t *bytes, size_t len)
{
        if (strlen(text) != 2 * len)
                return false;
        for (size_t i = 0; i < len; i++) {
                int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
                if (high < 0 || low < 0)
                        return false;
                bytes[i] = (uint8_t)(high << 4 | low);
        }
        return true;
}

void token_write(const struct token *token, char text[TOKEN_TEXT_MAX])
{
        char *to = text + sprintf(text, TOKEN_PREFIX);
        token_hex(token->secret, TOKEN_SECRET_LEN, to);
        token_hex(token->fingerprint, FLOW_DIGEST_LEN, to + TOKEN_SECRET_TEXT);
}

bool token_read(const char *text, struct token *token)
{
        uint8_t bytes[TOKEN_SECRET_LEN + FLOW_DIGEST_LEN];
        char copy[TOKEN_TEXT_MAX];
        while (isspace((unsigned char)*text))
                text++;
        size_t len = strlen(text);
        while (len > 0 && isspace((unsigned char)text[len - 1]))
                len--;
        if (len != TOKEN_TEXT_MAX - 1 || strncmp(text, TOKEN_PREFIX, strlen(TOKEN_PREFIX)) != 0)
                return false;
        memcpy(copy, text, len);
        copy[len] = '\0';
        bool is_read = token_unhex(copy + strlen(TOKEN_PREFIX), bytes, sizeof(bytes));
        if (is_read) {
                memcpy(token->secret, bytes, TOKEN_SECRET_LEN);
                memcpy(token->fingerprint, bytes + TOKEN_SECRET_LEN, FLOW_DIGEST_LEN);
        }
        explicit_bzero(copy, sizeof(copy));
        explicit_bzero(bytes, sizeof(bytes));
        return is_read;
}

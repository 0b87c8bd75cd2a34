/*
 * Token: what an installer takes to a gate that has no certificate yet. Its secret proves the gate
 * to the site's CA, once; its fingerprint of the CA's certificate proves the CA to the gate, before
 * there is any other trust. As text: "stile-enrol-1:" and 96 hex digits.
 */
#pragma once

#include "controller/ports/digest.h"

#include <stdbool.h>

#define TOKEN_PREFIX "stile-enrol-1:"

enum {
        TOKEN_SECRET_LEN = 16,
        TOKEN_SECRET_TEXT = 2 * TOKEN_SECRET_LEN,
        TOKEN_FINGERPRINT_TEXT = 2 * FLOW_DIGEST_LEN,
        TOKEN_TEXT_MAX = sizeof(TOKEN_PREFIX) + TOKEN_SECRET_TEXT + TOKEN_FINGERPRINT_TEXT
};

struct token {
        uint8_t secret[TOKEN_SECRET_LEN];
        uint8_t fingerprint[FLOW_DIGEST_LEN];
};

/* Lower-case hex and a NUL. */
void token_hex(const void *bytes, size_t len, char *text);
/* `len` bytes from as many pairs of hex digits, and nothing behind them. */
MUST_USE bool token_unhex(const char *text, uint8_t *bytes, size_t len);

void token_write(const struct token *token, char text[TOKEN_TEXT_MAX]);
/* White space around it is not looked at. False: no token. */
MUST_USE bool token_read(const char *text, struct token *token);

/*
 * Text: what a code's bytes say, in the one form in which texts are compared. Pure.
 *
 * Cards and printers differ in what surrounds a text (byte order mark, line end, NUL) and in how
 * they write Vietnamese letters (composed or not); neither may make two texts of one.
 */
#pragma once

#include "common/base.h"
#include <stddef.h>

enum {
        TEXT_MAX = 1024 /* bytes of a text with its NUL. A card's has some 130 */
};

/*
 * Bytes to UTF-8 in normal form C (Unicode Standard Annex 15), without byte order marks in
 * front, white space around, and line ends and NULs behind. May come out empty.
 * 0; -EILSEQ: not UTF-8 (overlong forms and surrogates are not), or a control character within;
 * -E2BIG: the text would not fit, or there is far too much around it.
 */
MUST_USE int text_normalise(const void *bytes, size_t len, char text[TEXT_MAX]);

/* The same for bytes that need not be text, and ASCII's white space only. Returns where in `bytes`
 * what is left begins, and sets its length. */
const char *text_trim(const void *bytes, size_t len, size_t *left);

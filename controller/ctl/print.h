/*
 * Print: text for people and for programs. Data (names, payloads, details) goes through print_safe,
 * print_safe_copy or print_json, which let no control character reach a terminal.
 */
#pragma once

#include "controller/ctl/verbs.h"
#include <jansson.h>

/* Writes text with control characters, direction overrides and bytes that are not UTF-8 as visible
 * escapes. */
void print_safe(FILE *out, const char *text);
void print_safe_bytes(FILE *out, const void *bytes, size_t len);
/* The same as a heap string, the caller's; NULL without memory. */
char *print_safe_text(const char *text, size_t len);
/* A copy whose strings and keys are as print_safe writes them; the caller's. */
json_t *print_safe_copy(const json_t *value);
/* As print_safe, filled up with spaces to `width` columns; longer text keeps its length. */
void print_padded(FILE *out, const char *text, int width);
/* Columns that print_safe fills. */
int print_width(const char *text);

/* One object on one line. */
void print_json(FILE *out, const json_t *object);

enum paint {
        PAINT_GOOD,
        PAINT_WARN,
        PAINT_BAD,
        PAINT_BOLD,
        PAINT_FAINT
};

/* Colour on and off; "" where the output has none. Colour repeats what the words say. */
const char *paint_on(const struct ctl *ctl, enum paint paint);
const char *paint_off(const struct ctl *ctl);

enum {
        PRINT_MAX = 32
};

/* "1,234,567" */
const char *print_count(char text[PRINT_MAX], int64_t count);
/* "850 µs", "4.1 ms", "12.3 s" */
const char *print_us(char text[PRINT_MAX], int64_t us);
/* "12.3 GiB" */
const char *print_bytes(char text[PRINT_MAX], int64_t bytes);
/* "3 d 4 h", "12 min 5 s" */
const char *print_span(char text[PRINT_MAX], int64_t seconds);

/* Fields of an answer with a harmless value when they are absent: "", 0, an empty object. */
const char *text_of(const json_t *object, const char *key);
int64_t number_of(const json_t *object, const char *key);

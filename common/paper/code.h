/*
 * Code: a text as a QR code (ISO/IEC 18004), in modules. The alphanumeric mode is chosen where the
 * text allows it, bytes without an ECI elsewhere: what a camera reads is what was written.
 */
#pragma once

#include "common/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum paper_level {
        PAPER_LEVEL_L,
        PAPER_LEVEL_M,
        PAPER_LEVEL_Q,
        PAPER_LEVEL_H
};

enum {
        PAPER_QUIET_ZONE = 4 /* modules of light that the standard wants on each side */
};

struct paper_code {
        int version;   /* 1 to 40 */
        int side;      /* modules */
        uint8_t *dark; /* side × side, row by row: 1 dark, 0 light; the code's own memory */
};

#define PAPER_CODE_NONE ((struct paper_code){ .dark = NULL })

/* 0, with *code to be given to paper_code_deinit; -E2BIG: no code holds so much; -EINVAL: empty;
 * -ENOMEM. */
MUST_USE int paper_code_init(struct paper_code *code, const void *bytes, size_t len,
                             enum paper_level level);
/* Safe on PAPER_CODE_NONE and after a failed init. */
void paper_code_deinit(struct paper_code *code);

static inline bool paper_code_is_dark(const struct paper_code *code, int x, int y)
{
        return code->dark[y * code->side + x] != 0;
}

/* Side of one module when the code with its quiet zone is printed so large. */
static inline double paper_code_module_mm(const struct paper_code *code, double code_mm)
{
        return code_mm / (code->side + 2 * PAPER_QUIET_ZONE);
}

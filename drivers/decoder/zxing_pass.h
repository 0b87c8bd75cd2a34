/*
 * ZXing pass: one look of zxing-cpp at an image, in the same words as a zbar pass. In builds made
 * with WITH_ZXING=1 the one file of C++ is behind it, in others zxing_none.c, which sees nothing.
 * Belongs to one thread.
 */
#pragma once

#include "drivers/decoder/zbar_pass.h"

#ifdef __cplusplus
extern "C" {
#endif

struct zxing_pass;

/* 0 and *pass, which is NULL where there is no such decoder, or -ENOMEM. */
MUST_USE int zxing_pass_new(struct zxing_pass **pass);
/* Accepts NULL; returns NULL. */
struct zxing_pass *zxing_pass_free(struct zxing_pass *pass);

/* As zbar_pass_read: rows without padding, at most `capacity` codes; how many, -ENOMEM or -EIO. */
MUST_USE int zxing_pass_read(struct zxing_pass *pass, const uint8_t *luma, int width_px,
                             int height_px, struct zbar_code codes[], int capacity);

#ifdef __cplusplus
}
#endif

/* Scan rivals: the ways of reading a frame that the bench compares. */
#pragma once

#include "controller/ports/decoder.h"

enum scan_rival {
        SCAN_PLAIN, /* one zbar pass over the frame as it is: the measure of cost */
        SCAN_STILL,
        SCAN_THOROUGH,
        SCAN_LIVE, /* a frame without captured_us: that it has never seen; else the next of a video
                    */
        SCAN_ZBARIMG,
        SCAN_ZXING,  /* zxing-cpp */
        SCAN_PYZBAR, /* pyzbar, as with OpenCV's pictures */
        SCAN_RIVALS
};

extern const char *const scan_rival_names[SCAN_RIVALS];

struct scan_result {
        int64_t cpu_us;
        int codes;
        struct payload payload[DECODER_CODES_MAX];
};

struct scan_rivals;

/* NULL: no memory, or no decoder. */
struct scan_rivals *scan_rivals_new(int still_budget_ms, int live_budget_ms);
void scan_rivals_free(struct scan_rivals *rivals);
bool scan_rival_is_here(const struct scan_rivals *rivals, enum scan_rival rival);
/* False: it is not installed, or failed. */
bool scan_rival_read(struct scan_rivals *rivals, enum scan_rival rival, const struct frame *frame,
                     struct scan_result *result);

struct scan_picture {
        struct frame frame;
        uint8_t *luma;
};

/* False: it cannot be read. */
bool scan_picture_open(const char *path, struct scan_picture *picture);
void scan_picture_close(struct scan_picture *picture);

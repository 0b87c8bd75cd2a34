#include "tests/bench/scan_rivals.h"

#include "controller/decode/finder.h"
#include "drivers/camera/picture.h"
#include "drivers/decoder/zbar_pass.h"
#include "tests/bench/scan_child.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

const char *const scan_rival_names[SCAN_RIVALS] = { "plain",   "still", "thorough", "live",
                                                    "zbarimg", "zxing", "pyzbar" };

struct scan_rivals {
        struct zbar_pass *zbar;
        struct decoder *still, *thorough, *live;
        struct scan_child *zxing, *pyzbar; /* NULL: not installed */
        bool has_zbarimg;
        char scratch[64]; /* the picture that zbarimg is given */
        int64_t last_us;  /* the time of the frame that live saw last */
};

void scan_rivals_free(struct scan_rivals *rivals)
{
        if (!rivals)
                return;
        if (rivals->scratch[0])
                (void)unlink(rivals->scratch);
        zbar_pass_free(rivals->zbar);
        decoder_free(rivals->still);
        decoder_free(rivals->thorough);
        decoder_free(rivals->live);
        scan_child_stop(rivals->zxing);
        scan_child_stop(rivals->pyzbar);
        free(rivals);
}

struct scan_rivals *scan_rivals_new(int still_budget_ms, int live_budget_ms)
{
        struct decoder_settings settings = { .candidates_max = DECODER_CANDIDATES_DEFAULT,
                                             .mode = DECODER_STILL,
                                             .budget_ms = still_budget_ms };
        struct scan_rivals *rivals = calloc(1, sizeof(*rivals));
        if (!rivals)
                return NULL;
        rivals->zbar = zbar_pass_new();
        int error = decoder_new(&settings, &rivals->still);
        settings.mode = DECODER_THOROUGH;
        error = error ? error : decoder_new(&settings, &rivals->thorough);
        settings.mode = DECODER_LIVE;
        settings.budget_ms = live_budget_ms;
        error = error ? error : decoder_new(&settings, &rivals->live);
        if (error || !rivals->zbar) {
                scan_rivals_free(rivals);
                return NULL;
        }
        (void)signal(SIGPIPE, SIG_IGN); /* a rival that ends is one that reads nothing more */
        rivals->zxing = scan_child_start("zxing");
        rivals->pyzbar = scan_child_start("pyzbar");
        rivals->has_zbarimg = system("command -v zbarimg >/dev/null") == 0;
        strcpy(rivals->scratch, "/tmp/stile-bench-XXXXXX");
        int fd = mkstemp(rivals->scratch);
        if (fd < 0)
                rivals->scratch[0] = '\0';
        else
                (void)close(fd);
        return rivals;
}

bool scan_rival_is_here(const struct scan_rivals *rivals, enum scan_rival rival)
{
        if (rival == SCAN_ZXING)
                return rivals->zxing;
        if (rival == SCAN_PYZBAR)
                return rivals->pyzbar;
        return rival != SCAN_ZBARIMG || (rivals->has_zbarimg && rivals->scratch[0]);
}

static int64_t cpu_us(int whose)
{
        struct rusage usage;
        if (getrusage(whose, &usage))
                return 0;
        return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
               usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void keep(struct scan_result *result, const void *bytes, size_t len, const char *stage)
{
        if (result->codes == DECODER_CODES_MAX)
                return;
        struct payload *payload = &result->payload[result->codes++];
        memcpy(payload->bytes, bytes, len);
        payload->bytes[len] = 0;
        payload->len = len;
        payload->stage = stage;
}

static void keep_payload(void *context, const struct payload *payload)
{
        keep(context, payload->bytes, payload->len, payload->stage);
}

static bool read_plain(struct scan_rivals *rivals, const struct frame *frame,
                       struct scan_result *result)
{
        struct zbar_code codes[DECODER_CODES_MAX];
        struct timespec from, to;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        int count = zbar_pass_read(rivals->zbar, frame->luma, frame->width_px, frame->height_px,
                                   codes, DECODER_CODES_MAX);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        result->cpu_us = (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
        for (int i = 0; i < count; i++)
                keep(result, codes[i].bytes, codes[i].len, "plain");
        return count >= 0;
}

static bool read_with(struct decoder *decoder, const struct frame *frame,
                      struct scan_result *result)
{
        struct decoder_report report;
        int error = decoder_scan(decoder, frame, keep_payload, result, &report);
        result->cpu_us = report.cpu_us;
        return error == 0;
}

/* A frame without a time is one of its own, long after those before. */
static bool read_live(struct scan_rivals *rivals, const struct frame *frame,
                      struct scan_result *result)
{
        struct frame now = *frame;
        if (now.captured_us == 0)
                now.captured_us = rivals->last_us + 1000000;
        rivals->last_us = now.captured_us;
        return read_with(rivals->live, &now, result);
}

static bool read_zbarimg(const struct scan_rivals *rivals, const struct frame *frame,
                         struct scan_result *result)
{
        FILE *file = fopen(rivals->scratch, "w");
        if (!file)
                return false;
        (void)fprintf(file, "P5 %d %d 255\n", frame->width_px, frame->height_px);
        (void)fwrite(frame->luma, 1, (size_t)frame->width_px * (size_t)frame->height_px, file);
        char command[256], text[FLOW_PAYLOAD_MAX + 2];
        (void)snprintf(command, sizeof(command),
                       "zbarimg -q --raw -Sdisable -Sqrcode.enable -Sbinary 'pgm:%s' 2>/dev/null",
                       rivals->scratch);
        int64_t before_us = cpu_us(RUSAGE_CHILDREN);
        FILE *said = fclose(file) == 0 ? popen(command, "r") : NULL;
        if (!said)
                return false;
        size_t len = fread(text, 1, sizeof(text), said);
        (void)pclose(said);
        result->cpu_us = cpu_us(RUSAGE_CHILDREN) - before_us;
        if (len > 0 && len <= FLOW_PAYLOAD_MAX)
                keep(result, text, len, "zbarimg");
        return true;
}

bool scan_rival_read(struct scan_rivals *rivals, enum scan_rival rival, const struct frame *frame,
                     struct scan_result *result)
{
        result->codes = 0;
        result->cpu_us = 0;
        switch (rival) {
        case SCAN_PLAIN:
                return read_plain(rivals, frame, result);
        case SCAN_STILL:
                return read_with(rivals->still, frame, result);
        case SCAN_THOROUGH:
                return read_with(rivals->thorough, frame, result);
        case SCAN_LIVE:
                return read_live(rivals, frame, result);
        case SCAN_ZBARIMG:
                return scan_rival_is_here(rivals, rival) && read_zbarimg(rivals, frame, result);
        case SCAN_ZXING:
                return rivals->zxing && scan_child_read(rivals->zxing, frame, result);
        case SCAN_PYZBAR:
                return rivals->pyzbar && scan_child_read(rivals->pyzbar, frame, result);
        case SCAN_RIVALS:
                break;
        }
        return false;
}

bool scan_picture_open(const char *path, struct scan_picture *picture)
{
        struct picture read;
        char why[160];
        if (picture_read(path, &read, why, sizeof(why)))
                return false;
        picture->luma = read.luma;
        picture->frame = (struct frame){ .luma = read.luma,
                                         .width_px = read.width_px,
                                         .height_px = read.height_px,
                                         .stride = read.width_px,
                                         .step = 1 };
        return true;
}

void scan_picture_close(struct scan_picture *picture)
{
        struct picture read = { .luma = picture->luma };
        picture_deinit(&read);
        picture->luma = NULL;
}

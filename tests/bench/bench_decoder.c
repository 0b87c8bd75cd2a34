/*
 * Bench: what a frame costs the decoder, in thread CPU time and as a multiple of one plain zbar
 * pass over a VGA frame that shows one citizen card. This is where DECODER_CANDIDATES_DEFAULT comes
 * from. Prints; judges nothing.
 *
 *     bench_decoder [arrangements]    how many hostile frames of each size are tried (default 20)
 */
#include "controller/decode/finder.h"
#include "controller/ports/decoder.h"
#include "drivers/camera/picture.h"
#include "drivers/decoder/zbar_pass.h"
#include <math.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>

#define DATA_SET "../shared/data/qr/"

enum {
        WIDTH = 640,
        HEIGHT = 480,
        LIGHT = 225,
        DARK = 25,
        EYE = 7, /* modules */
        REPEATS = 20,
        HISTOGRAM = 32 /* candidates that are told apart */
};

static uint8_t luma[WIDTH * HEIGHT];
static const struct frame vga = {
        .luma = luma, .width_px = WIDTH, .height_px = HEIGHT, .stride = WIDTH, .step = 1
};

static int random_below(int limit)
{
        static uint32_t state = 1;
        state = state * 1664525 + 1013904223;
        return (int)((state >> 8) % (uint32_t)limit);
}

static void ignore(void *context, const struct payload *payload)
{
        (void)context;
        (void)payload;
}

static struct decoder *new_decoder(int candidates_max)
{
        const struct decoder_settings settings = { .candidates_max = candidates_max };
        struct decoder *decoder = NULL;
        if (decoder_new(&settings, &decoder)) {
                fputs("no decoder\n", stderr);
                exit(1);
        }
        return decoder;
}

/* The cheapest of some passes: the machine has other things to do. */
static double cost_ms(struct decoder *decoder, const struct frame *frame, int repeats,
                      struct decoder_report *report)
{
        double best_ms = INFINITY;
        for (int i = 0; i < repeats; i++) {
                if (decoder_scan(decoder, frame, ignore, NULL, report))
                        return NAN;
                best_ms = fmin(best_ms, (double)report->cpu_us / 1000);
        }
        return best_ms;
}

/* What everything else is a multiple of. */
static double plain_cost_ms(const struct frame *frame)
{
        struct zbar_pass *zbar = zbar_pass_new();
        double best_ms = INFINITY;
        for (int i = 0; zbar && i < REPEATS; i++) {
                struct zbar_code code;
                struct timespec from, to;
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
                if (zbar_pass_read(zbar, frame->luma, frame->width_px, frame->height_px, &code, 1) <
                    0)
                        break;
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
                best_ms = fmin(best_ms, (double)(to.tv_sec - from.tv_sec) * 1e3 +
                                                (double)(to.tv_nsec - from.tv_nsec) / 1e6);
        }
        zbar_pass_free(zbar);
        return best_ms;
}

static double finder_cost_ms(const struct frame *frame)
{
        struct finder_candidate found[DECODER_CANDIDATES_DEFAULT + 1];
        double best_ms = INFINITY;
        for (int i = 0; i < REPEATS; i++) {
                struct timespec from, to;
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
                (void)finder_find(frame, found, ARRAY_LEN(found));
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
                best_ms = fmin(best_ms, (double)(to.tv_sec - from.tv_sec) * 1e3 +
                                                (double)(to.tv_nsec - from.tv_nsec) / 1e6);
        }
        return best_ms;
}

/* A grey ground with a little noise, as a camera gives it. */
static void draw_ground(void)
{
        for (int i = 0; i < WIDTH * HEIGHT; i++)
                luma[i] = (uint8_t)(LIGHT + random_below(9) - 4);
}

static void draw_card(void)
{
        static const char text[] = "001099000123|012345678|Nguyễn Văn An|01021999|Nam|Số 1 Đường "
                                   "Láng, Láng Thượng, Đống Đa, Hà Nội|15042021";
        enum {
                MODULE = 5
        };
        QRcode *code = QRcode_encodeData(sizeof(text) - 1, (const uint8_t *)text, 0, QR_ECLEVEL_M);
        if (!code)
                return;
        int side = code->width * MODULE;
        int left = (WIDTH - side) / 2, top = (HEIGHT - side) / 2;
        for (int y = 0; y < side; y++)
                for (int x = 0; x < side; x++)
                        if (code->data[y / MODULE * code->width + x / MODULE] & 1)
                                luma[(top + y) * WIDTH + left + x] = DARK;
        QRcode_free(code);
}

static void draw_eye(int left, int top, int module_px, int dark)
{
        for (int y = 0; y < EYE * module_px; y++) {
                for (int x = 0; x < EYE * module_px; x++) {
                        int u = abs(x / module_px - 3), v = abs(y / module_px - 3);
                        if ((u > v ? u : v) != 2 && left + x < WIDTH && top + y < HEIGHT)
                                luma[(top + y) * WIDTH + left + x] = (uint8_t)dark;
                }
        }
}

/* `count` eyes in rows over the whole frame or a part of it, all of one size, more or less out of
 * line; how many got a place. */
static int draw_hostile(int count)
{
        memset(luma, LIGHT, sizeof(luma));
        int module_px = 2 + random_below(5), eye = EYE * module_px;
        int fit = (int)sqrt((double)WIDTH * HEIGHT / count);
        int pitch = eye + module_px + random_below(fit > eye + module_px ? fit - eye : 1);
        int jitter = 1 + random_below(pitch - eye);
        int dark = random_below(3) ? DARK : LIGHT - 20 - random_below(100);
        int drawn = 0;
        for (int y = 4; y + eye + jitter < HEIGHT && drawn < count; y += pitch)
                for (int x = 4; x + eye + jitter < WIDTH && drawn < count; x += pitch, drawn++)
                        draw_eye(x + random_below(jitter), y + random_below(jitter), module_px,
                                 dark);
        return drawn;
}

static void bench_hostile(struct decoder *open, struct decoder *limited, double plain_ms,
                          int arrangements)
{
        static const int counts[] = { 8, 12, 16, 17, 20, 24, 32, 48, 64, 120, 400 };
        printf("\nhostile frames: eyes of QR codes without a code, %d arrangements each\n"
               "| eyes | without limit: median | worst | with limit: worst | refused |\n",
               arrangements);
        for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
                double *costs = calloc((size_t)arrangements, sizeof(*costs));
                double worst_limited = 0;
                int tried = 0, refused = 0;
                for (int attempt = 0; costs && attempt < arrangements * 20; attempt++) {
                        if (tried == arrangements || draw_hostile(counts[i]) < counts[i])
                                continue;
                        struct decoder_report report;
                        double cost = cost_ms(open, &vga, 1, &report);
                        worst_limited = fmax(worst_limited, cost_ms(limited, &vga, 1, &report));
                        refused += report.is_refused;
                        int at = tried++;
                        for (; at > 0 && costs[at - 1] > cost; at--)
                                costs[at] = costs[at - 1];
                        costs[at] = cost;
                }
                if (tried > 0)
                        printf("| %d | %.1fx | %.1fx | %.2fx | %d of %d |\n", counts[i],
                               costs[tried / 2] / plain_ms, costs[tried - 1] / plain_ms,
                               worst_limited / plain_ms, refused, tried);
                free(costs);
        }
}

/* One row of the manifest. False: the picture is not there. */
static bool bench_picture(struct decoder *open, const char *name, double *zbar_ms,
                          double *finder_ms, struct decoder_report *report)
{
        char path[256], why[128];
        struct picture picture;
        (void)snprintf(path, sizeof(path), DATA_SET "%s", name);
        if (picture_read(path, &picture, why, sizeof(why)))
                return false;
        const struct frame frame = { .luma = picture.luma,
                                     .width_px = picture.width_px,
                                     .height_px = picture.height_px,
                                     .stride = picture.width_px,
                                     .step = 1 };
        *finder_ms += finder_cost_ms(&frame);
        *zbar_ms += cost_ms(open, &frame, 1, report);
        picture_deinit(&picture);
        return true;
}

static void bench_data_set(struct decoder *open)
{
        FILE *manifest = fopen(DATA_SET "manifest.tsv", "r");
        if (!manifest) {
                printf("\nno %smanifest.tsv: no table of photos\n", DATA_SET);
                return;
        }
        char *line = NULL;
        size_t size = 0;
        double zbar_ms = 0, finder_ms = 0;
        int histogram[2][HISTOGRAM] = { 0 }; /* not read, read */
        while (getline(&line, &size, manifest) > 0) {
                struct decoder_report report;
                line[strcspn(line, "\t")] = '\0';
                if (!bench_picture(open, line, &zbar_ms, &finder_ms, &report))
                        continue;
                int column = report.candidates < HISTOGRAM ? report.candidates : HISTOGRAM - 1;
                histogram[report.codes > 0][column]++;
        }
        printf("\npictures of the data set: finder %.0f ms, decoder %.0f ms (%.1f %%)\n"
               "| candidates | read | not read, or no code |\n",
               finder_ms, zbar_ms, 100 * finder_ms / zbar_ms);
        for (int i = 0; i < HISTOGRAM; i++)
                if (histogram[0][i] > 0 || histogram[1][i] > 0)
                        printf("| %d%s | %d | %d |\n", i, i == HISTOGRAM - 1 ? " or more" : "",
                               histogram[1][i], histogram[0][i]);
        free(line);
        (void)fclose(manifest);
}

int main(int argc, char **argv)
{
        int arrangements = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 20;
        if (arrangements < 1)
                arrangements = 1;
        struct decoder *open = new_decoder(0), *limited = new_decoder(DECODER_CANDIDATES_DEFAULT);
        struct decoder_report report;
        draw_ground();
        double empty_ms = cost_ms(open, &vga, REPEATS, &report);
        double finder_empty_ms = finder_cost_ms(&vga);
        draw_card();
        double plain_ms = plain_cost_ms(&vga);
        double card_ms = cost_ms(open, &vga, REPEATS, &report);
        double finder_ms = finder_cost_ms(&vga);
        printf("VGA, limit %d candidates\n"
               "| frame | cost | ms |\n"
               "| one card, a plain zbar pass | 1x | %.2f |\n"
               "| one card, read (%d code) | %.2fx | %.2f |\n"
               "| of that the finder | %.3fx | %.3f |\n"
               "| empty scene | %.2fx | %.2f |\n"
               "| of that the finder | %.3fx | %.3f |\n",
               DECODER_CANDIDATES_DEFAULT, plain_ms, report.codes, card_ms / plain_ms, card_ms,
               finder_ms / plain_ms, finder_ms, empty_ms / plain_ms, empty_ms,
               finder_empty_ms / plain_ms, finder_empty_ms);
        bench_hostile(open, limited, plain_ms, arrangements);
        bench_data_set(open);
        decoder_free(limited);
        decoder_free(open);
        return 0;
}

/*
 * Bench: how many codes the decoder reads, and at what cost, beside one plain zbar pass over the
 * same frame and, where they are installed, zbarimg, zxing-cpp and pyzbar. Prints a table; judges
 * nothing.
 *
 *     scan_table [--report FOLDER] [seed]...    drawn frames of these seeds (default 101)
 *
 * Costs are CPU time of the thread (of the process, for zbarimg, with its start and the reading of
 * a file) as multiples of the plain pass: the mean over frames of each frame's own multiple.
 * Seeds below 100 are for tuning; what is told to others comes from other ones.
 */
#include "controller/decode/finder.h"
#include "controller/decode/stage.h"
#include "tests/bench/scan_report.h"
#include "tests/bench/scan_rivals.h"
#include "tests/bench/scan_video.h"
#include "tests/scene/camera_sim.h"
#include <stdio.h>
#include <string.h>

#define DATA_SET "../shared/data/qr"

enum {
        SEED_DEFAULT = 101,
        VIEWS_OF_SEED = 1000,
        BUDGET_STILL_MS = 5000,
        BUDGET_LIVE_MS = 30
};

struct tally {
        const char *name;
        int frames;
        struct {
                int read, wrong;
                double cost;
        } by[SCAN_RIVALS];
        int stage[STAGES];
};

struct bench {
        struct scan_rivals *rivals;
        struct scan_report *report; /* NULL: none is wanted */
};

struct shown {
        const struct frame *frame;
        const void *text; /* one text */
        size_t len;
        const char *hex; /* or the manifest's "hex|hex"; "?" is not known, "" no code */
};

static bool is_right(const struct shown *shown, const struct payload *payload)
{
        if (!shown->hex)
                return payload->len == shown->len &&
                       memcmp(payload->bytes, shown->text, shown->len) == 0;
        static char text[2 * FLOW_PAYLOAD_MAX + 1];
        for (size_t i = 0; i < payload->len; i++)
                (void)snprintf(text + 2 * i, 3, "%02x", payload->bytes[i]);
        if (strcmp(shown->hex, "?") == 0)
                return true;
        for (const char *at = strstr(shown->hex, text); at; at = strstr(at + 1, text)) {
                char after = at[2 * payload->len];
                if ((at == shown->hex || at[-1] == '|') && (after == '\0' || after == '|'))
                        return true;
        }
        return false;
}

/* Every rival on one frame. */
static void measure(struct bench *bench, const struct shown *shown, struct tally *tally)
{
        struct scan_rivals *rivals = bench->rivals;
        struct scan_report_entry entry = { .set = tally->name };
        double plain_us = 1;
        tally->frames++;
        for (int i = 0; i < SCAN_RIVALS; i++) {
                struct scan_result result;
                if (!scan_rival_read(rivals, (enum scan_rival)i, shown->frame, &result))
                        continue;
                if (i == SCAN_PLAIN)
                        plain_us = result.cpu_us > 0 ? (double)result.cpu_us : 1;
                int right = 0;
                for (int code = 0; code < result.codes; code++)
                        right += is_right(shown, &result.payload[code]);
                tally->by[i].read += right > 0;
                tally->by[i].wrong += result.codes - right;
                tally->by[i].cost += (double)result.cpu_us / plain_us;
                if (i == SCAN_PLAIN)
                        entry.is_plain = right > 0;
                if (i == SCAN_THOROUGH)
                        entry.cost = (double)result.cpu_us / plain_us;
                if (i == SCAN_THOROUGH && right > 0) {
                        int stage = stage_index(result.payload[0].stage);
                        entry.stage = stages[stage].name;
                        tally->stage[stage]++;
                }
        }
        scan_report_add(bench->report, shown->frame, &entry);
}

static void add(struct tally *sum, const struct tally *part)
{
        sum->frames += part->frames;
        for (int i = 0; i < SCAN_RIVALS; i++) {
                sum->by[i].read += part->by[i].read;
                sum->by[i].wrong += part->by[i].wrong;
                sum->by[i].cost += part->by[i].cost;
        }
        for (int i = 0; i < STAGES; i++)
                sum->stage[i] += part->stage[i];
}

static void print_heading(const struct scan_rivals *rivals, const char *what)
{
        printf("\n| %-16s | frames |", what);
        for (int i = 0; i < SCAN_RIVALS; i++)
                if (scan_rival_is_here(rivals, (enum scan_rival)i))
                        printf(" %7s: read | wrong |   cost |", scan_rival_names[i]);
        printf("\n");
}

static void print_tally(const struct scan_rivals *rivals, const struct tally *tally)
{
        if (tally->frames == 0)
                return;
        printf("| %-16s | %6d |", tally->name, tally->frames);
        for (int i = 0; i < SCAN_RIVALS; i++)
                if (scan_rival_is_here(rivals, (enum scan_rival)i))
                        printf(" %13d | %5d | %5.2fx |", tally->by[i].read, tally->by[i].wrong,
                               tally->by[i].cost / tally->frames);
        printf("\n");
        (void)fflush(stdout);
}

static void print_stages(const struct tally *tally)
{
        printf("read by stage:");
        for (int i = 0; i < STAGES; i++)
                printf(" %s %d%s", stages[i].name, tally->stage[i], i < STAGES - 1 ? "," : "\n");
}

static const struct {
        int width, height;
} sizes[] = { { 640, 480 }, { 1280, 720 }, { 1920, 1080 } };
static const double shares[] = { 0.15, 0.3, 0.6 };

/* Fewer px a module than that are no picture of a code for anybody. */
static bool is_shown(enum camera_sim_text text, double share, int height)
{
        static const int modules[CAMERA_SIM_TEXTS] = { 27, 53, 85 };
        return text == CAMERA_SIM_NOTHING || share * height >= 1.7 * modules[text];
}

static void measure_drawn(struct bench *bench, enum camera_sim_trouble trouble,
                          enum camera_sim_text text, uint32_t seed, struct tally *tally)
{
        for (uint32_t i = 0; i < ARRAY_LEN(sizes) * ARRAY_LEN(shares); i++) {
                struct camera_sim_view view = { .width_px = sizes[i / 3].width,
                                                .height_px = sizes[i / 3].height,
                                                .text = text,
                                                .trouble = trouble,
                                                .share = shares[i % 3] };
                view.seed = seed * VIEWS_OF_SEED + (uint32_t)trouble * 40 + (uint32_t)text * 9 + i;
                if (!is_shown(text, view.share, view.height_px))
                        continue;
                struct camera_sim_shot shot;
                camera_sim_shoot(&view, &shot);
                const struct shown shown = { .frame = &shot.frame,
                                             .text = shot.text,
                                             .len = shot.len };
                measure(bench, &shown, tally);
                camera_sim_deinit(&shot);
        }
}

static void bench_drawn(struct bench *bench, const uint32_t seeds[], int count)
{
        struct tally all = { .name = "all with a code" }, empty = { .name = "no code" };
        print_heading(bench->rivals, "drawn frames");
        for (int trouble = 0; trouble < CAMERA_SIM_TROUBLES; trouble++) {
                struct tally tally = { .name = camera_sim_trouble_names[trouble] };
                for (int i = 0; i < count; i++) {
                        for (int text = 0; text < CAMERA_SIM_TEXTS; text++)
                                measure_drawn(bench, (enum camera_sim_trouble)trouble,
                                              (enum camera_sim_text)text, seeds[i], &tally);
                        if (trouble == CAMERA_SIM_CLEAN || trouble == CAMERA_SIM_NOISE)
                                measure_drawn(bench, (enum camera_sim_trouble)trouble,
                                              CAMERA_SIM_NOTHING, seeds[i], &empty);
                }
                print_tally(bench->rivals, &tally);
                add(&all, &tally);
        }
        print_tally(bench->rivals, &all);
        print_tally(bench->rivals, &empty);
        print_stages(&all);
}

static void bench_data_set(struct bench *bench)
{
        const char *folder = getenv("STILE_QR_DATA");
        char path[512];
        folder = folder ? folder : DATA_SET;
        (void)snprintf(path, sizeof(path), "%s/manifest.tsv", folder);
        FILE *manifest = fopen(path, "r");
        if (!manifest) {
                printf("\nno %s: no table of pictures (STILE_QR_DATA names their folder)\n", path);
                return;
        }
        struct tally sets[] = { { .name = "photos" },
                                { .name = "frames" },
                                { .name = "negatives" } };
        char *line = NULL;
        size_t size = 0;
        while (getline(&line, &size, manifest) > 0) {
                char *rest = line;
                const char *name = strsep(&rest, "\t"), *hex = strsep(&rest, "\t");
                struct tally *tally = NULL;
                for (size_t i = 0; i < ARRAY_LEN(sets); i++)
                        if (strncmp(name, sets[i].name, strlen(sets[i].name)) == 0)
                                tally = &sets[i];
                (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
                struct scan_picture picture;
                if (!tally || !hex || !scan_picture_open(path, &picture))
                        continue;
                measure(bench, &(struct shown){ .frame = &picture.frame, .hex = hex }, tally);
                scan_picture_close(&picture);
        }
        print_heading(bench->rivals, "pictures");
        for (size_t i = 0; i < ARRAY_LEN(sets); i++)
                print_tally(bench->rivals, &sets[i]);
        print_stages(&sets[0]);
        free(line);
        (void)fclose(manifest);
}

int main(int argc, char **argv)
{
        uint32_t seeds[64] = { SEED_DEFAULT };
        bool is_reporting = argc > 2 && strcmp(argv[1], "--report") == 0;
        int first = is_reporting ? 3 : 1, count = argc > first ? 0 : 1;
        for (int i = first; i < argc && count < (int)ARRAY_LEN(seeds); i++)
                seeds[count++] = (uint32_t)strtoul(argv[i], NULL, 10);
        struct bench bench = { .rivals = scan_rivals_new(BUDGET_STILL_MS, BUDGET_LIVE_MS),
                               .report = is_reporting ? scan_report_open(argv[2]) : NULL };
        if (!bench.rivals || (is_reporting && !bench.report)) {
                fputs("no decoder, or no report\n", stderr);
                scan_rivals_free(bench.rivals);
                return 1;
        }
        bench_drawn(&bench, seeds, count);
        scan_videos(bench.rivals, seeds[0]);
        bench_data_set(&bench);
        bool is_whole = scan_report_close(bench.report);
        scan_rivals_free(bench.rivals);
        return is_whole ? 0 : 1;
}

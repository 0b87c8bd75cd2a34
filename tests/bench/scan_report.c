#include "tests/bench/scan_report.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
        SIDE = 200, /* px of a picture's longer side */
        NAME_MAX_LEN = 64
};

struct scan_report {
        char folder[256];
        FILE *page;
        char set[NAME_MAX_LEN];
        int pictures;
        bool is_failed;
};

static const char head[] =
        "<!doctype html><meta charset=\"utf-8\"><title>Scan report</title><style>"
        "body{font:14px sans-serif;margin:1em;background:#fff;color:#222}"
        "section{display:flex;flex-wrap:wrap;gap:8px}figure{margin:0;width:200px}"
        "img{max-width:194px;border:3px solid #999}.first img{border-color:#2a7}.slow "
        "img{border-color:#e90}"
        ".lost img{border-color:#c22}figcaption{font-size:12px}.lost{order:-1}</style>"
        "<h1>Scan report</h1><p>Green: read by the first stage; orange: by a slow one; red: not "
        "read. "
        "“plain” says that a zbar pass over the frame reads it. Costs are in such passes.</p>";

struct scan_report *scan_report_open(const char *folder)
{
        struct scan_report *report = calloc(1, sizeof(*report));
        char path[300];
        if (!report || (mkdir(folder, 0777) && errno != EEXIST)) {
                (void)fprintf(stderr, "%s: %s\n", folder, strerror(errno));
                free(report);
                return NULL;
        }
        (void)snprintf(report->folder, sizeof(report->folder), "%s", folder);
        (void)snprintf(path, sizeof(path), "%s/index.html", folder);
        report->page = fopen(path, "w");
        if (!report->page || fputs(head, report->page) == EOF) {
                perror(path);
                free(report);
                return NULL;
        }
        return report;
}

/* The mean of the samples that a px stands for. */
static uint8_t shrunk(const struct frame *frame, int x, int y, int factor)
{
        unsigned int sum = 0, count = 0;
        for (int v = y * factor; v < (y + 1) * factor && v < frame->height_px; v++)
                for (int u = x * factor; u < (x + 1) * factor && u < frame->width_px; u++) {
                        sum += frame->luma[(ptrdiff_t)v * frame->stride +
                                           (ptrdiff_t)u * frame->step];
                        count++;
                }
        return (uint8_t)(sum / count);
}

static bool write_picture(const char *path, const struct frame *frame)
{
        int longer = frame->width_px > frame->height_px ? frame->width_px : frame->height_px;
        int factor = (longer + SIDE - 1) / SIDE;
        int width = (frame->width_px + factor - 1) / factor;
        int height = (frame->height_px + factor - 1) / factor;
        png_image image = { .version = PNG_IMAGE_VERSION,
                            .width = (png_uint_32)width,
                            .height = (png_uint_32)height,
                            .format = PNG_FORMAT_GRAY };
        uint8_t *luma = malloc((size_t)width * (size_t)height);
        bool is_written = luma != NULL;
        if (luma) {
                for (int y = 0; y < height; y++)
                        for (int x = 0; x < width; x++)
                                luma[(ptrdiff_t)y * width + x] = shrunk(frame, x, y, factor);
                is_written = png_image_write_to_file(&image, path, 0, luma, width, NULL) != 0;
        }
        free(luma);
        return is_written;
}

void scan_report_add(struct scan_report *report, const struct frame *frame,
                     const struct scan_report_entry *entry)
{
        char path[300];
        if (!report || report->is_failed)
                return;
        if (strcmp(report->set, entry->set) != 0) {
                (void)fprintf(report->page, "%s<h2>%s</h2><section>\n",
                              report->set[0] ? "</section>\n" : "", entry->set);
                (void)snprintf(report->set, sizeof(report->set), "%s", entry->set);
        }
        (void)snprintf(path, sizeof(path), "%s/%05d.png", report->folder, report->pictures);
        if (!write_picture(path, frame)) {
                perror(path);
                report->is_failed = true;
                return;
        }
        const char *kind = !entry->stage                         ? "lost"
                           : strcmp(entry->stage, "region") == 0 ? "first"
                                                                 : "slow";
        (void)fprintf(report->page,
                      "<figure class=\"%s\"><img loading=\"lazy\" src=\"%05d.png\" "
                      "alt=\"\"><figcaption>%s%s,"
                      " %.2f×, %d×%d</figcaption></figure>\n",
                      kind, report->pictures, entry->stage ? entry->stage : "not read",
                      entry->is_plain ? ", plain" : "", entry->cost, frame->width_px,
                      frame->height_px);
        report->pictures++;
}

bool scan_report_close(struct scan_report *report)
{
        if (!report)
                return true;
        bool is_whole = !report->is_failed && fputs("</section>\n", report->page) != EOF;
        is_whole = fclose(report->page) == 0 && is_whole;
        if (is_whole)
                printf("\n%d pictures: %s/index.html\n", report->pictures, report->folder);
        free(report);
        return is_whole;
}

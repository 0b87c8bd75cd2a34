/*
 * Scan report: a contact sheet of the frames that were tried, as a page of HTML with a picture
 * each: by which stage it was read, what it cost, and, first of all, what was not read.
 */
#pragma once

#include "controller/flow.h"
#include <stdbool.h>

struct scan_report;

struct scan_report_entry {
        const char *set;   /* what kind of frame; entries of a set come together */
        const char *stage; /* that read it; NULL: none */
        bool is_plain;     /* a plain zbar pass reads it */
        double cost;       /* of a picture's cascade, in plain passes */
};

/* Makes the folder; NULL: that failed, and stderr says why. */
struct scan_report *scan_report_open(const char *folder);
/* Accepts NULL, which does nothing. The frame is read, not kept. */
void scan_report_add(struct scan_report *report, const struct frame *frame,
                     const struct scan_report_entry *entry);
/* Ends the page. False: something could not be written, and stderr says what. Accepts NULL. */
bool scan_report_close(struct scan_report *report);

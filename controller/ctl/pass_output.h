/* Pass output: a pass as text, picture or paper, as options say. */
#pragma once

#include "controller/ctl/issue.h"

struct pass_output {
        const char *png, *svg, *pdf, *badge; /* files */
        bool is_terminal, is_name_masked;
        int64_t code_mm;
        const char *place; /* what stands below the name; NULL: the site */
};

/* Rows of a table of options, for one pass; and those of paper alone, for many. */
#define PASS_PAPER_OPTIONS(output)                                                                 \
        { "pdf", ARGS_TEXT, &(output)->pdf, "FILE", "A4 sheets, codes of 5 cm and more" },         \
                { "badge", ARGS_TEXT, &(output)->badge, "FILE", "PDF of ID-card size" },           \
                { "place", ARGS_TEXT, &(output)->place, "TEXT",                                    \
                  "organisation and site, on paper" },                                             \
                { "mask-name", ARGS_FLAG, &(output)->is_name_masked, NULL,                         \
                  "on paper: \"Nguyễn ***\"" },                                                    \
        {                                                                                          \
                "code-mm", ARGS_NUMBER, &(output)->code_mm, "N",                                   \
                        "side of a sheet's codes, 20 to 150 (50)"                                  \
        }
#define PASS_PICTURE_OPTIONS(output)                                                               \
        { "png", ARGS_TEXT, &(output)->png, "FILE", "the code as a picture" },                     \
                { "svg", ARGS_TEXT, &(output)->svg, "FILE", "the same, for print" },               \
        {                                                                                          \
                "terminal", ARGS_FLAG, &(output)->is_terminal, NULL, "the code on this terminal"   \
        }

MUST_USE int pass_output_check(struct ctl *ctl, const struct args *args,
                               const struct pass_output *output);
/* One pass: its text on `out` and what it is on `err`, and the files. An exit code. */
MUST_USE int pass_output_one(struct ctl *ctl, const struct pass_output *output,
                             const struct issued *issued);
/* Many on paper. An exit code. */
MUST_USE int pass_output_paper(struct ctl *ctl, const struct pass_output *output,
                               const struct issued *issued, size_t count);

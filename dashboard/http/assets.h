/*
 * Assets: the files of the web page, read once at the start. A folder with index.html and the
 * folder assets, whose files have a digest in their names and never change.
 */
#pragma once

#include "dashboard/ports/web.h"

enum {
        ASSETS_MAX = 64,
        ASSETS_BYTES_MAX = 8 << 20
};

struct assets;

/* A folder that is not there gives none, which is logged. 0 or -errno. */
MUST_USE int assets_open(const char *folder, struct assets **assets);
/* Accepts NULL; returns NULL. */
struct assets *assets_close(struct assets *assets);

/* Answers a path of the page: a file, or index.html for what the page itself routes. False: there
 * is no page, or the path is a file's that is not there. */
MUST_USE bool assets_answer(const struct assets *assets, const char *path,
                            struct web_response *response);

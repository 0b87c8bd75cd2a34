/*
 * Trust sources: the certificates and public keys of health certificates' signers out of what is
 * published: files in DER or PEM (several in one, too), folders of them, and lists of signers as
 * JSON, an array or {"certificates": […]} of objects with "rawData" (a certificate in base64) and
 * maybe "kid", or of such base64 itself; a line before it (a signature that we cannot check) is
 * passed over.
 */
#pragma once

#include "controller/validate/trust_list_write.h"

#include <stdio.h>

enum {
        TRUST_SOURCES_FILE_MAX = 16 * 1024 * 1024
};

struct trust_sources {
        FILE *complaints; /* each thing that is skipped, and why */
        int64_t now_us;   /* what has expired is skipped */
        struct trust_list_key key[TRUST_LIST_KEYS_MAX];
        size_t count;
        size_t skipped, doubled; /* doubled: there already; not said */
};

/* Some 64 KiB; NULL without memory. Accepts NULL; returns NULL. */
struct trust_sources *trust_sources_new(FILE *complaints, int64_t now_us);
struct trust_sources *trust_sources_free(struct trust_sources *sources);
/* A file or a folder. What is wrong with it is said. */
void trust_sources_add(struct trust_sources *sources, const char *path);

/* The whole of a file, with a NUL behind it, the caller's; NULL, with errno. */
uint8_t *trust_sources_read_file(const char *path, size_t size_max, size_t *len);

#include "controller/record/nonces.h"

#include "common/log.h"
#include "common/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
        LINE_MAX_LEN = 96,
        LINES_SPARE = 512 /* forgotten lines that the file may keep before it is written anew */
};

#define FIRST_LINE       "stile nonces 1 "
#define NONCE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

static void forget_all(struct nonces *nonces, int64_t until_us)
{
        nonces->count = 0;
        nonces->forgotten_us = until_us;
}

static struct nonce *find(struct nonces *nonces, const char *text)
{
        for (size_t i = 0; i < nonces->count; i++)
                if (strcmp(nonces->nonce[i].text, text) == 0)
                        return &nonces->nonce[i];
        return NULL;
}

/* A number and, behind one space, the rest. NULL: not so. */
static const char *read_time(const char *line, int64_t *us)
{
        char *end = NULL;
        errno = 0;
        *us = strtoll(line, &end, 10);
        bool is_number = line[0] >= '0' && line[0] <= '9' && errno == 0;
        return is_number ? end : NULL;
}

static bool read_line(struct nonces *nonces, const char *line)
{
        struct nonce nonce;
        const char *rest = read_time(line, &nonce.not_after_us);
        if (!rest || *rest++ != ' ')
                return false;
        size_t len = strlen(rest);
        if (len == 0 || len >= sizeof(nonce.text) || strspn(rest, NONCE_CHARACTERS) != len)
                return false;
        strcpy(nonce.text, rest);
        nonces->lines++;
        if (nonce.not_after_us <= nonces->forgotten_us)
                return true;
        if (nonces->count == NONCES_MAX)
                return false;
        nonces->nonce[nonces->count++] = nonce;
        return true;
}

/* False: something stands there that we did not write. */
static bool read_file(struct nonces *nonces, FILE *file)
{
        char line[LINE_MAX_LEN];
        const char *rest = NULL;
        if (!fgets(line, sizeof(line), file))
                return false;
        if (strncmp(line, FIRST_LINE, sizeof(FIRST_LINE) - 1) == 0)
                rest = read_time(line + sizeof(FIRST_LINE) - 1, &nonces->forgotten_us);
        if (!rest || strcmp(rest, "\n") != 0)
                return false;
        while (fgets(line, sizeof(line), file)) {
                size_t len = strcspn(line, "\n");
                if (line[len] == '\0')
                        return feof(file) != 0; /* cut off */
                line[len] = '\0';
                if (!read_line(nonces, line))
                        return false;
        }
        return ferror(file) == 0;
}

void nonces_load(struct nonces *nonces, const char *path, int64_t now_us, int64_t ahead_us)
{
        *nonces = (struct nonces){ .fd = -1 };
        snprintf(nonces->path, sizeof(nonces->path), "%s", path);
        FILE *file = fopen(path, "re");
        int error = file ? 0 : errno;
        if (error == ENOENT)
                return;
        bool is_good = file && read_file(nonces, file);
        if (file)
                fclose(file);
        if (is_good)
                return;
        log_error("used nonces cannot be read, commands from before are refused",
                  "path=%s error=%s", path, error ? strerror(error) : "damaged");
        forget_all(nonces, now_us + ahead_us);
}

void nonces_deinit(struct nonces *nonces)
{
        if (nonces->fd >= 0)
                close(nonces->fd);
        nonces->fd = -1;
}

/* Drops those whose time is over. */
static void forget(struct nonces *nonces, int64_t now_us)
{
        size_t kept = 0;
        for (size_t i = 0; i < nonces->count; i++) {
                const struct nonce *nonce = &nonces->nonce[i];
                if (nonce->not_after_us > now_us)
                        nonces->nonce[kept++] = *nonce;
                else if (nonce->not_after_us > nonces->forgotten_us)
                        nonces->forgotten_us = nonce->not_after_us;
        }
        nonces->count = kept;
}

static void fill(const void *context, FILE *file)
{
        const struct nonces *nonces = context;
        fprintf(file, FIRST_LINE "%" PRId64 "\n", nonces->forgotten_us);
        for (size_t i = 0; i < nonces->count; i++)
                fprintf(file, "%" PRId64 " %s\n", nonces->nonce[i].not_after_us,
                        nonces->nonce[i].text);
}

/* The whole file; appending goes on in the new one. */
static int write_anew(struct nonces *nonces)
{
        nonces_deinit(nonces);
        int error = replace_file(nonces->path, fill, nonces);
        if (error)
                return error;
        nonces->lines = nonces->count;
        nonces->fd = open(nonces->path, O_WRONLY | O_APPEND | O_CLOEXEC);
        return nonces->fd < 0 ? -errno : 0;
}

static int append(struct nonces *nonces, const struct nonce *nonce)
{
        char line[LINE_MAX_LEN];
        int len =
                snprintf(line, sizeof(line), "%" PRId64 " %s\n", nonce->not_after_us, nonce->text);
        ssize_t written = write(nonces->fd, line, (size_t)len);
        if (written == len && fdatasync(nonces->fd) == 0) {
                nonces->lines++;
                return 0;
        }
        int error = written < 0 || written == len ? -errno : -ENOSPC;
        /* Whatever stands there now is not to be appended to. */
        nonces_deinit(nonces);
        return error;
}

enum nonces_answer nonces_use(struct nonces *nonces, const char *text, int64_t not_after_us,
                              int64_t now_us, int *error)
{
        *error = 0;
        forget(nonces, now_us);
        if (not_after_us <= nonces->forgotten_us)
                return NONCES_FORGOTTEN;
        if (find(nonces, text))
                return NONCES_USED;
        if (nonces->count == NONCES_MAX)
                return NONCES_FULL;
        struct nonce *nonce = &nonces->nonce[nonces->count++];
        *nonce = (struct nonce){ .not_after_us = not_after_us };
        snprintf(nonce->text, sizeof(nonce->text), "%s", text);
        bool is_anew = nonces->fd < 0 || nonces->lines >= nonces->count + LINES_SPARE;
        *error = is_anew ? write_anew(nonces) : append(nonces, nonce);
        if (!*error)
                return NONCES_FRESH;
        nonces->count--;
        return NONCES_FAILED;
}

#include "tests/bench/scan_child.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Debian's own: the libraries are Debian's packages. */
#define PYTHON "/usr/bin/python3"

struct scan_child {
        pid_t pid;
        FILE *to, *from;
        char *line;
        size_t size;
};

static bool has_line(struct scan_child *child)
{
        return getline(&child->line, &child->size, child->from) > 0;
}

static void run(const char *name, int in, int out)
{
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        (void)!freopen("/dev/null", "w", stderr);
        closefrom(3);
        execl(PYTHON, PYTHON, "tests/bench/scan_rival.py", name, (char *)NULL);
        _exit(127);
}

struct scan_child *scan_child_start(const char *name)
{
        int to[2], from[2];
        struct scan_child *child = calloc(1, sizeof(*child));
        if (!child || pipe(to) || pipe(from)) {
                free(child);
                return NULL;
        }
        child->pid = fork();
        if (child->pid == 0)
                run(name, to[0], from[1]);
        (void)close(to[0]);
        (void)close(from[1]);
        child->to = fdopen(to[1], "w");
        child->from = fdopen(from[0], "r");
        if (child->pid < 0 || !child->to || !child->from || !has_line(child)) {
                scan_child_stop(child);
                return NULL;
        }
        return child;
}

void scan_child_stop(struct scan_child *child)
{
        if (!child)
                return;
        if (child->to)
                (void)fclose(child->to);
        if (child->from)
                (void)fclose(child->from);
        if (child->pid > 0)
                waitpid(child->pid, NULL, 0);
        free(child->line);
        free(child);
}

static int hex_digit(char c)
{
        return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static void keep(struct scan_result *result, const char *hex)
{
        size_t len = strlen(hex) / 2;
        if (result->codes == DECODER_CODES_MAX || len == 0 || len > FLOW_PAYLOAD_MAX)
                return;
        struct payload *payload = &result->payload[result->codes++];
        for (size_t i = 0; i < len; i++)
                payload->bytes[i] =
                        (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
        payload->len = len;
        payload->stage = "";
}

bool scan_child_read(struct scan_child *child, const struct frame *frame,
                     struct scan_result *result)
{
        (void)fprintf(child->to, "%d %d\n", frame->width_px, frame->height_px);
        for (int y = 0; y < frame->height_px; y++)
                (void)fwrite(frame->luma + (ptrdiff_t)y * frame->stride, 1, (size_t)frame->width_px,
                             child->to);
        if (fflush(child->to) != 0 || !has_line(child))
                return false;
        char *rest = child->line, *word = strsep(&rest, " \n");
        result->cpu_us = strtoll(word, NULL, 10);
        while ((word = strsep(&rest, " \n")))
                keep(result, word);
        return true;
}

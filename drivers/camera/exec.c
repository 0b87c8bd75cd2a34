/*
 * Exec camera: raw frames from a child's standard output, read into two buffers in turn: one is
 * lent, the other is being filled.
 *
 * Only the newest frame counts. What waits in the pipe is read to its end, but a pipe rarely holds
 * two large frames: while we were busy the child filled it, stood still, and queued further frames
 * in its own memory. So when the pipe was found full, frames are read on
 * until the child pauses for half a period, as only one that has caught up with its sensor does.
 */
#include "common/log.h"
#include "drivers/camera/camera_drivers.h"
#include "drivers/camera/exec_child.h"
#include "drivers/camera/wait.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
        SIDE_MAX_PX = 8192,
        PIPE_FRAMES = 3,
        PIPE_MIN = 65536,
        DRAIN_MAX = 16 /* frames dropped in one call: a child without a clock never pauses */
};

struct camera_exec {
        struct camera camera;
        struct exec_child child;
        int width_px, height_px;
        size_t frame_len;
        uint8_t *buffer[2];
        int filling;    /* index of the buffer that is not lent */
        size_t have;    /* bytes in it */
        int pipe_bytes; /* what the pipe holds at most */
        int pause_ms;   /* half a frame's period: only a child that has caught up waits longer */
};

/* Bytes of one frame. 0: the format is not one of ours, or the size makes no sense. */
static size_t frame_length(const struct camera_settings *settings)
{
        if (settings->width_px < 1 || settings->width_px > SIDE_MAX_PX || settings->height_px < 1 ||
            settings->height_px > SIDE_MAX_PX)
                return 0;
        size_t width = (size_t)settings->width_px, height = (size_t)settings->height_px;
        size_t chroma = (width + 1) / 2 * ((height + 1) / 2);
        if (strcmp(settings->format, "grey") == 0)
                return width * height;
        if (strcmp(settings->format, "yuv420") == 0 || strcmp(settings->format, "auto") == 0)
                return width * height + 2 * chroma;
        return 0;
}

/* As large as we are allowed to have it: /proc/sys/fs/pipe-max-size is 1 MiB by default. */
static int widen_pipe(int fd, size_t want)
{
        for (int size = (int)want; size > PIPE_MIN; size /= 2) {
                int got = fcntl(fd, F_SETPIPE_SZ, size);
                if (got >= 0)
                        return got;
        }
        return fcntl(fd, F_GETPIPE_SZ);
}

static bool pipe_is_full(const struct camera_exec *exec)
{
        /* Pages that are partly used count as full ones for the writer, hence not 100 %. */
        int waiting = 0;
        return ioctl(exec->child.output_fd, FIONREAD, &waiting) == 0 &&
               waiting > exec->pipe_bytes / 4 * 3;
}

/* Reads what waits, at most to the end of a frame. 1: it is whole; 0: nothing waits; -errno. */
static int fill(struct camera_exec *exec)
{
        uint8_t *buffer = exec->buffer[exec->filling];
        for (;;) {
                ssize_t got = read(exec->child.output_fd, buffer + exec->have,
                                   exec->frame_len - exec->have);
                if (got == 0)
                        return -EPIPE;
                if (got < 0 && errno != EINTR)
                        return errno == EAGAIN ? 0 : -errno;
                if (got > 0)
                        exec->have += (size_t)got;
                if (exec->have == exec->frame_len) {
                        exec->have = 0;
                        return 1;
                }
        }
}

/* Waits for bytes. 1: read on; 0: none came; -EPIPE: the shell has ended and none will come. */
static int wait_for_bytes(const struct camera_exec *exec, int timeout_ms)
{
        struct pollfd fds[] = { { .fd = exec->child.output_fd, .events = POLLIN },
                                { .fd = exec->child.life_fd, .events = POLLIN } };
        int r = poll(fds, ARRAY_LEN(fds), timeout_ms);
        if (r < 0)
                return errno == EINTR ? 1 : -errno;
        if (fds[0].revents != 0)
                return 1;
        return fds[1].revents != 0 ? -EPIPE : 0;
}

static int exec_next(struct camera *camera, struct frame *frame, int timeout_ms)
{
        struct camera_exec *exec = CONTAINER_OF(camera, struct camera_exec, camera);
        int64_t deadline_us = wait_deadline_us(timeout_ms);
        bool is_behind = pipe_is_full(exec);
        int whole = 0, r = 0;

        while (whole < DRAIN_MAX) {
                r = fill(exec);
                if (r > 0) {
                        *frame = (struct frame){ .luma = exec->buffer[exec->filling],
                                                 .width_px = exec->width_px,
                                                 .height_px = exec->height_px,
                                                 .stride = exec->width_px,
                                                 .step = 1,
                                                 .captured_us = monotonic_us() };
                        exec->filling = 1 - exec->filling;
                        whole++;
                        continue;
                }
                if (r < 0 || (whole > 0 && !is_behind))
                        break;
                int left_ms = wait_left_ms(deadline_us);
                r = wait_for_bytes(exec, whole > 0 && left_ms > exec->pause_ms ? exec->pause_ms
                                                                               : left_ms);
                if (r <= 0)
                        break;
        }
        /* A frame that came before the end is a frame; the end will still be there next time. */
        if (whole > 0)
                return 0;
        return r < 0 ? r : -ETIMEDOUT;
}

static void exec_close(struct camera *camera)
{
        struct camera_exec *exec = CONTAINER_OF(camera, struct camera_exec, camera);
        exec_child_end(&exec->child);
        free(exec->buffer[0]);
        free(exec->buffer[1]);
        free(exec);
}

static const struct camera_ops exec_ops = { "exec", exec_next, NULL, exec_close };

int exec_camera_open(const struct camera_settings *settings, struct camera **camera)
{
        int r;
        *camera = NULL;
        size_t frame_len = frame_length(settings);
        /* The log says what was wrong, not with which command: that may hold a password. */
        if (frame_len == 0 || settings->source[0] == '\0') {
                if (!settings->is_told)
                        log_error("camera command not started", "why=\"%s\" format=%s size=%dx%d",
                                  frame_len == 0 ? "bad format or size" : "no command",
                                  settings->format, settings->width_px, settings->height_px);
                return -EINVAL;
        }
        struct camera_exec *exec = calloc(1, sizeof(*exec));
        if (!exec) {
                r = -ENOMEM;
                goto fail;
        }
        exec->camera.ops = &exec_ops;
        exec->child = EXEC_CHILD_NONE;
        exec->width_px = settings->width_px;
        exec->height_px = settings->height_px;
        exec->frame_len = frame_len;
        exec->pause_ms = settings->rate > 0 ? 500 / settings->rate : 0;
        for (size_t i = 0; i < ARRAY_LEN(exec->buffer); i++) {
                exec->buffer[i] = malloc(frame_len);
                if (!exec->buffer[i]) {
                        r = -ENOMEM;
                        goto fail;
                }
        }
        r = exec_child_start(&exec->child, settings->source);
        if (r < 0)
                goto fail;
        exec->pipe_bytes = widen_pipe(exec->child.output_fd, PIPE_FRAMES * frame_len);
        *camera = &exec->camera;
        return 0;
fail:
        if (!settings->is_told)
                log_error("camera command not started", "why=\"%s\"", strerrordesc_np(-r));
        if (exec)
                exec_close(&exec->camera);
        return r;
}

/*
 * Replay camera: picture files as if a camera saw them.
 *
 * Time is a grid: frame n is due at start + n / rate, so nothing drifts, and a reader that is slow
 * misses frames as with a real camera. Pictures change on that grid, but none is skipped: the hold
 * of one that comes late begins when it is lent, so that a slow machine shows the same pictures as
 * a fast one.
 *
 * No list of names is kept. The picture after NAME is the smallest name in the folder that is
 * larger than NAME: memory does not grow with the folder, and pictures may come and go.
 */
#include "common/log.h"
#include "drivers/camera/camera_drivers.h"
#include "drivers/camera/picture.h"
#include "drivers/camera/wait.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
        SCENE_LUMA = 200,
        LOOK_US = 100000, /* how often an empty scene looks for a new picture */
        TRIES = 8,        /* unreadable pictures before the frame must go out all the same */
        WARNINGS_MAX = 64 /* unreadable pictures remembered, so that each is told once */
};

struct camera_replay {
        struct camera camera;
        char *folder; /* or the file's own folder */
        char *only;   /* the file's name; NULL: the whole folder */
        char *path;   /* room for folder/name */
        size_t path_len;
        char name[NAME_MAX + 1]; /* the last picture taken up; empty: none in this round */
        bool is_round_fruitful;  /* it has shown a picture */
        bool is_looping;
        int rate;
        int64_t hold_us;
        int64_t start_us, tick; /* the last frame lent; -1: none yet */
        int64_t until_us;       /* then the next picture's turn comes */
        struct picture scene;
        struct picture picture; /* no luma: the scene is shown */
        uint64_t warned[WARNINGS_MAX];
        size_t warnings;
};

static int64_t due_us(const struct camera_replay *replay, int64_t tick)
{
        return replay->start_us + tick * 1000000 / replay->rate;
}

static const char *path_of(struct camera_replay *replay, const char *name)
{
        snprintf(replay->path, replay->path_len, "%s/%s", replay->folder, name);
        return replay->path;
}

/* Moves `name` on to its successor. False: the round is over, name is as it was. */
static bool next_name(struct camera_replay *replay)
{
        if (replay->only) {
                if (replay->name[0] != '\0')
                        return false;
                snprintf(replay->name, sizeof(replay->name), "%s", replay->only);
                return true;
        }
        char best[NAME_MAX + 1] = "";
        DIR *folder = opendir(replay->folder);
        if (!folder)
                return false;
        for (struct dirent *entry; (entry = readdir(folder));) {
                const char *name = entry->d_name;
                if (name[0] == '.' || entry->d_type == DT_DIR || strcmp(name, replay->name) <= 0)
                        continue;
                if (best[0] == '\0' || strcmp(name, best) < 0)
                        snprintf(best, sizeof(best), "%s", name);
        }
        closedir(folder);
        if (best[0] == '\0')
                return false;
        memcpy(replay->name, best, sizeof(best));
        return true;
}

/* One warning for each unreadable file; when it is written anew, it is another file. */
static void warn_once(struct camera_replay *replay, const char *path, const char *why)
{
        struct stat status = { 0 };
        uint64_t key = 14695981039346656037U; /* FNV-1a */
        for (const char *c = path; *c; c++)
                key = (key ^ (unsigned char)*c) * 1099511628211U;
        if (stat(path, &status) == 0)
                key ^= (uint64_t)status.st_size * 31 + (uint64_t)status.st_mtim.tv_sec * 1000003 +
                       (uint64_t)status.st_mtim.tv_nsec;
        for (size_t i = 0; i < replay->warnings; i++)
                if (replay->warned[i] == key)
                        return;
        if (replay->warnings == WARNINGS_MAX)
                return;
        replay->warned[replay->warnings++] = key;
        log_warn("picture skipped", "file=%s why=\"%s\"%s", path, why,
                 replay->warnings == WARNINGS_MAX ? " further=silent" : "");
}

/* Takes up the picture under `name`. */
static bool load(struct camera_replay *replay)
{
        char why[160];
        struct picture picture;
        const char *path = path_of(replay, replay->name);
        if (picture_read(path, &picture, why, sizeof(why)) < 0) {
                warn_once(replay, path, why);
                return false;
        }
        picture_deinit(&replay->picture);
        replay->picture = picture;
        replay->is_round_fruitful = true;
        return true;
}

/* Decides what the frame due at `now_us` shows, and until when. */
static void change_picture(struct camera_replay *replay, int64_t now_us)
{
        for (int i = 0; i < TRIES; i++) {
                bool is_over = !next_name(replay);
                if (is_over && replay->is_looping && replay->is_round_fruitful) {
                        replay->name[0] = '\0';
                        replay->is_round_fruitful = false;
                        is_over = !next_name(replay);
                }
                if (is_over) {
                        if (replay->is_looping)
                                replay->name[0] = '\0';
                        picture_deinit(&replay->picture);
                        replay->until_us = now_us + LOOK_US;
                        return;
                }
                if (load(replay)) {
                        /* On time: counted from when it was due, so that holds do not drift. */
                        bool is_late = now_us - replay->until_us >= 1000000 / replay->rate;
                        replay->until_us = (is_late ? now_us : replay->until_us) + replay->hold_us;
                        return;
                }
        }
        /* None of these could be read: what was shown stays, the search goes on next time. */
}

static void sleep_until(int64_t at_us)
{
        struct timespec at = { .tv_sec = (time_t)(at_us / 1000000),
                               .tv_nsec = (long)(at_us % 1000000) * 1000 };
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
                ;
}

static int replay_next(struct camera *camera, struct frame *frame, int timeout_ms)
{
        struct camera_replay *replay = CONTAINER_OF(camera, struct camera_replay, camera);
        int64_t deadline_us = wait_deadline_us(timeout_ms);
        int64_t tick = (monotonic_us() - replay->start_us) * replay->rate / 1000000;
        if (tick <= replay->tick)
                tick = replay->tick + 1;
        if (due_us(replay, tick) > deadline_us) {
                sleep_until(deadline_us);
                return -ETIMEDOUT;
        }
        sleep_until(due_us(replay, tick));
        replay->tick = tick;
        if (due_us(replay, tick) >= replay->until_us)
                change_picture(replay, due_us(replay, tick));
        const struct picture *shown = replay->picture.luma ? &replay->picture : &replay->scene;
        *frame = (struct frame){ .luma = shown->luma,
                                 .width_px = shown->width_px,
                                 .height_px = shown->height_px,
                                 .stride = shown->width_px,
                                 .step = 1,
                                 .captured_us = due_us(replay, tick) };
        return 0;
}

static void replay_close(struct camera *camera)
{
        struct camera_replay *replay = CONTAINER_OF(camera, struct camera_replay, camera);
        picture_deinit(&replay->picture);
        picture_deinit(&replay->scene);
        free(replay->path);
        free(replay->only);
        free(replay->folder);
        free(replay);
}

static const struct camera_ops replay_ops = { "replay", replay_next, NULL, replay_close };

/* Takes the source apart into folder and name. */
static int locate(struct camera_replay *replay, const char *source)
{
        struct stat status;
        if (stat(source, &status) < 0)
                return -errno;
        const char *slash = strrchr(source, '/');
        if (S_ISDIR(status.st_mode)) {
                replay->folder = strdup(source);
        } else {
                replay->only = strdup(slash ? slash + 1 : source);
                replay->folder = slash ? strndup(source, (size_t)(slash - source)) : strdup(".");
                if (!replay->only)
                        return -ENOMEM;
        }
        if (!replay->folder)
                return -ENOMEM;
        replay->path_len = strlen(replay->folder) + 1 + sizeof(replay->name);
        replay->path = malloc(replay->path_len);
        return replay->path ? 0 : -ENOMEM;
}

static int make_scene(struct camera_replay *replay, int width_px, int height_px)
{
        if (width_px < 1 || height_px < 1 || width_px > PICTURE_SIDE_MAX ||
            height_px > PICTURE_SIDE_MAX)
                return -EINVAL;
        size_t len = (size_t)width_px * (size_t)height_px;
        replay->scene.luma = malloc(len);
        if (!replay->scene.luma)
                return -ENOMEM;
        memset(replay->scene.luma, SCENE_LUMA, len);
        replay->scene.width_px = width_px;
        replay->scene.height_px = height_px;
        return 0;
}

int replay_camera_open(const struct camera_settings *settings, struct camera **camera)
{
        int r = -ENOMEM;
        *camera = NULL;
        struct camera_replay *replay = calloc(1, sizeof(*replay));
        if (!replay)
                goto fail;
        replay->camera.ops = &replay_ops;
        replay->is_looping = settings->is_looping;
        replay->rate = settings->rate > 0 ? settings->rate : 1;
        replay->hold_us = (int64_t)settings->hold_ms * 1000;
        r = locate(replay, settings->source);
        if (r == 0)
                r = make_scene(replay, settings->width_px, settings->height_px);
        if (r < 0)
                goto fail;
        replay->tick = -1;
        replay->start_us = monotonic_us();
        replay->until_us = replay->start_us;
        *camera = &replay->camera;
        return 0;
fail:
        if (!settings->is_told)
                log_error("pictures not opened", "source=%s why=\"%s\"", settings->source,
                          strerrordesc_np(-r));
        if (replay)
                replay_close(&replay->camera);
        return r;
}

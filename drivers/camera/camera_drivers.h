/*
 * Camera drivers: the three ways to get frames. Each is a camera_open_fn of ports/camera.h, which
 * says what open, next and close promise; here stands what the settings mean to each.
 */
#pragma once

#include "controller/ports/camera.h"

/*
 * A V4L2 capture device, read in place where its luma allows that (GREY, NV12, YU12, YUYV, UYVY),
 * else converted by libv4lconvert. `format` "auto", or a fourcc to insist on. The driver may give
 * another size or rate than asked for: it is taken and logged. A control that the camera lacks is
 * one warning.
 */
MUST_USE int v4l2_camera_open(const struct camera_settings *settings, struct camera **camera);

/*
 * Raw frames of width x height from the standard output of a shell command, without headers or
 * padding between them: `format` "grey", or "yuv420" (I420; "auto" means it too). `rate` is what
 * the command is told to give, so that a queue in it can be told from the camera. Opening succeeds
 * as soon as the shell runs: a command that cannot be found is -EPIPE from the first next(), and
 * so is every later end of the command. Closing ends the command's process group: SIGTERM, then
 * SIGKILL 300 ms later. The command dies with the thread that opened the camera.
 */
MUST_USE int exec_camera_open(const struct camera_settings *settings, struct camera **camera);

/*
 * PNG and PGM pictures from one file or from a folder, in bytewise order of their names, each for
 * `hold_ms`, in frames at `rate`. Names with a leading dot are ignored, so a picture that is
 * written under such a name and then renamed is never seen half. One that cannot be read is
 * skipped with one warning. Pictures keep their own size.
 *
 * The folder is read anew for each picture. With is_looping the last picture is followed by the
 * first; without it each name is shown once, and after the last comes an empty light scene until
 * a later name appears. The scene is width x height, and is also what an empty folder shows.
 */
MUST_USE int replay_camera_open(const struct camera_settings *settings, struct camera **camera);

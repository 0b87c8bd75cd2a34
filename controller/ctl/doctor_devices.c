/* Doctor: cameras and lines. */
#include "controller/ctl/doctor.h"
#include "controller/ctl/print.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The group that stiled's unit joins for a kind of device. */
static bool is_open_to(const struct stat *info, const char *group_name)
{
        const struct group *group = getgrgid(info->st_gid);
        mode_t everybody = S_IROTH | S_IWOTH, members = S_IRGRP | S_IWGRP;
        return (info->st_mode & everybody) == everybody ||
               ((info->st_mode & members) == members && group &&
                strcmp(group->gr_name, group_name) == 0);
}

static bool has_open(const char *pid, const char *real)
{
        char folder[64], link[PATH_MAX], target[PATH_MAX];
        snprintf(folder, sizeof(folder), "/proc/%.20s/fd", pid);
        DIR *fds = opendir(folder);
        bool is_found = false;
        for (struct dirent *fd = fds ? readdir(fds) : NULL; fd && !is_found; fd = readdir(fds)) {
                snprintf(link, sizeof(link), "%s/%s", folder, fd->d_name);
                ssize_t len = readlink(link, target, sizeof(target) - 1);
                target[len > 0 ? len : 0] = '\0';
                is_found = strcmp(target, real) == 0;
        }
        if (fds)
                closedir(fds);
        return is_found;
}

/* Which process has a device open: "motion (123)"; "" when none is seen. */
static void find_user(const char *path, char *user, size_t size)
{
        char real[PATH_MAX], name[64] = "";
        user[0] = '\0';
        DIR *processes = realpath(path, real) ? opendir("/proc") : NULL;
        for (struct dirent *entry = processes ? readdir(processes) : NULL; entry && user[0] == '\0';
             entry = readdir(processes)) {
                char comm[64];
                if (!isdigit((unsigned char)entry->d_name[0]) || !has_open(entry->d_name, real))
                        continue;
                snprintf(comm, sizeof(comm), "/proc/%.20s/comm", entry->d_name);
                FILE *file = fopen(comm, "re");
                if (file && fgets(name, sizeof(name), file))
                        name[strcspn(name, "\n")] = '\0';
                if (file)
                        fclose(file);
                snprintf(user, size, "%s (pid %.20s)", name, entry->d_name);
        }
        if (processes)
                closedir(processes);
}

static void say_device(struct doctor *doctor, enum finding finding, const char *check,
                       const struct settings_point *point)
{
        const char *path = point->camera_source;
        char user[128];
        struct stat info;
        if (stat(path, &info) < 0) {
                doctor_say(doctor, FINDING_FAIL, check,
                           "plug the camera in (v4l2-ctl --list-devices), or mend camera-source",
                           "%s: %s", path, strerror(errno));
        } else if (!S_ISCHR(info.st_mode)) {
                doctor_say(doctor, FINDING_FAIL, check, "mend camera-source", "%s is not a device",
                           path);
        } else if (!is_open_to(&info, "video")) {
                doctor_say(doctor, FINDING_FAIL, check,
                           "give it to the group video: a udev rule with GROUP=\"video\", "
                           "MODE=\"0660\"",
                           "%s is closed to stiled", path);
        } else {
                find_user(path, user, sizeof(user));
                if (user[0] != '\0')
                        doctor_say(doctor, FINDING_FAIL, check, "stop that program",
                                   "%s is taken by %s", path, user);
                else
                        doctor_say(doctor, finding, check,
                                   finding == FINDING_OK ? "" : "journalctl -u stiled -g camera",
                                   "%s is there%s", path,
                                   finding == FINDING_OK ? "" : ", but gives no frames");
        }
}

/* A camera that stiled does not have: because it is not well, or because stiled is not there. */
static void look_at_camera(struct doctor *doctor, enum finding finding, const char *check,
                           const struct settings_point *point)
{
        switch ((enum camera_kind)point->camera) {
        case CAMERA_V4L2:
                say_device(doctor, finding, check, point);
                return;
        case CAMERA_EXEC:
                doctor_say(doctor, finding, check,
                           finding == FINDING_OK ? ""
                                                 : "run the command by hand: is it there, does "
                                                   "it write frames?",
                           "frames come from the command %s", point->camera_source);
                return;
        case CAMERA_REPLAY:
                if (access(point->camera_source, R_OK) < 0)
                        doctor_say(doctor, FINDING_FAIL, check, "mend camera-source", "%s: %s",
                                   point->camera_source, strerror(errno));
                else
                        doctor_say(doctor, FINDING_WARN, check, "",
                                   "shows the pictures of %s, not the world", point->camera_source);
                return;
        }
}

static const json_t *status_of(const struct doctor *doctor, const char *id)
{
        size_t i = 0;
        json_t *point = NULL;
        json_array_foreach(json_object_get(doctor->status, "access_points"), i,
                           point) if (strcmp(text_of(point, "id"), id) == 0) return point;
        return NULL;
}

enum {
        RATE_KNOWN_S = 15 /* the rate is of the last seconds: at the start there are none */
};

/* With what stiled says of it; the settings may be NULL. */
static void check_camera(struct doctor *doctor, const char *id, const json_t *status,
                         const struct settings_point *settings)
{
        const json_t *camera = json_object_get(status, "camera");
        double rate = json_number_value(json_object_get(camera, "rate"));
        int64_t uptime_s = number_of(json_object_get(doctor->status, "gate"), "uptime_s");
        char check[64];
        snprintf(check, sizeof(check), "camera %s", id);
        bool is_running = strcmp(text_of(camera, "state"), "running") == 0;
        if (is_running && rate <= 0 && uptime_s >= RATE_KNOWN_S)
                doctor_say(doctor, FINDING_FAIL, check, "journalctl -u stiled -g camera",
                           "%s runs but gives no frames", text_of(camera, "source"));
        else if (is_running && strcmp(text_of(camera, "driver"), "replay") == 0)
                doctor_say(doctor, FINDING_WARN, check, "",
                           "shows the pictures of %s, not the world", text_of(camera, "source"));
        else if (is_running)
                doctor_say(doctor, FINDING_OK, check, "", "%s, %.1f frames/s, %lld x %lld",
                           text_of(camera, "source"), rate, (long long)number_of(camera, "width"),
                           (long long)number_of(camera, "height"));
        else if (settings)
                look_at_camera(doctor, status ? FINDING_FAIL : FINDING_OK, check, settings);
        else
                doctor_say(doctor, FINDING_FAIL, check, "journalctl -u stiled -g camera",
                           "%s is lost", text_of(camera, "source"));
}

void doctor_cameras(struct doctor *doctor)
{
        size_t i = 0;
        json_t *point = NULL;
        if (doctor->settings) {
                for (i = 0; i < doctor->settings->points; i++) {
                        const struct settings_point *settings = &doctor->settings->point[i];
                        check_camera(doctor, settings->id, status_of(doctor, settings->id),
                                     settings);
                }
                return;
        }
        json_array_foreach(json_object_get(doctor->status, "access_points"), i, point)
                check_camera(doctor, text_of(point, "id"), point, NULL);
}

static bool has_label(const char *chip, const char *label)
{
        char path[PATH_MAX], text[SETTINGS_LINE_MAX] = "";
        snprintf(path, sizeof(path), "%s/label", chip);
        FILE *file = fopen(path, "re");
        if (file && fgets(text, sizeof(text), file))
                text[strcspn(text, "\n")] = '\0';
        if (file)
                fclose(file);
        return strcmp(text, label) == 0;
}

/* Does a chip of that label stand in sysfs? Kernels without CONFIG_GPIO_SYSFS do not tell: -1. */
static int find_label(const char *label)
{
        glob_t chips = { 0 };
        int found = glob("/sys/class/gpio/gpiochip*", 0, NULL, &chips) == 0 ? 0 : -1;
        for (size_t i = 0; found == 0 && i < chips.gl_pathc; i++)
                found = has_label(chips.gl_pathv[i], label) ? 1 : 0;
        globfree(&chips);
        return found;
}

static void look_at_chip(struct doctor *doctor, const char *chip)
{
        char path[PATH_MAX];
        struct stat info;
        bool is_node = strchr(chip, '/') || strncmp(chip, "gpiochip", strlen("gpiochip")) == 0;
        snprintf(path, sizeof(path), "%s%s", strchr(chip, '/') ? "" : "/dev/", chip);
        int found = is_node ? stat(path, &info) == 0 : find_label(chip);
        if (found > 0 && is_node && !is_open_to(&info, "gpio"))
                doctor_say(doctor, FINDING_FAIL, "lines",
                           "give it to the group gpio (60-stile-gpio.rules)",
                           "%s is closed to stiled", path);
        else if (found > 0)
                doctor_say(doctor, FINDING_OK, "lines", "", "the chip %s is there", chip);
        else if (found == 0)
                doctor_say(doctor, FINDING_FAIL, "lines",
                           "gpiodetect shows the chips of this machine; mend [lines] chip",
                           "there is no chip %s", chip);
        else
                doctor_say(doctor, FINDING_WARN, "lines", "gpiodetect shows the chips",
                           "whether the chip %s is there cannot be told without stiled", chip);
}

void doctor_lines(struct doctor *doctor)
{
        const json_t *lines = json_object_get(doctor->status, "lines");
        int64_t faults = number_of(lines, "faults");
        bool is_simulated = lines ? strcmp(text_of(lines, "driver"), "sim") == 0
                                  : doctor->settings && doctor->settings->lines.driver == LINES_SIM;
        if (is_simulated)
                doctor_say(doctor, FINDING_WARN, "lines", "for a real gate: [lines] driver = gpiod",
                           "simulated: no relay moves");
        else if (lines && faults > 0)
                doctor_say(doctor, FINDING_WARN, "lines", "journalctl -u stiled -g line",
                           "%s: %lld faults since the start", text_of(lines, "chip"),
                           (long long)faults);
        else if (lines)
                doctor_say(doctor, FINDING_OK, "lines", "", "%s %s", text_of(lines, "driver"),
                           text_of(lines, "chip"));
        else if (doctor->settings)
                look_at_chip(doctor, doctor->settings->lines.chip);
}

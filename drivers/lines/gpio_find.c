#include "drivers/lines/gpio_find.h"

#include "common/log.h"
#include "drivers/lines/gpio_api.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
        CHIPS_TEXT_MAX = 512, /* "gpiochip0 (pinctrl-bcm2711), gpiochip1 (...)" */
        WHY_MAX = 128
};

/* 0, *chip and its label, or -errno. */
static int open_chip(const char *path, struct gpiod_chip **chip, char label[LINE_NAME_MAX])
{
        *chip = gpiod_chip_open(path);
        if (!*chip)
                return errno == ENOTTY ? -ENODEV : -errno; /* libgpiod 1.6 and 2.x differ */
        int r = gpio_chip_label(*chip, label);
        if (r < 0) {
                gpiod_chip_close(*chip);
                *chip = NULL;
        }
        return r;
}

static int is_chip(const struct dirent *entry)
{
        return strncmp(entry->d_name, "gpiochip", strlen("gpiochip")) == 0;
}

/* Appends "gpiochip0 (pinctrl-bcm2711)". What does not fit is left out. */
static void list_chip(char *chips, const char *name, const char *what)
{
        size_t len = strlen(chips);
        (void)snprintf(chips + len, CHIPS_TEXT_MAX - len, "%s%s (%s)", len > 0 ? ", " : "", name,
                       what);
}

/*
 * Opens the chip with that label or name; lists in `chips` those that are another. Goes through
 * /dev itself, because the library's own search gives up at the first chip that we may not open,
 * and a sandboxed service may open just the one that it needs.
 */
static struct gpiod_chip *search_chip(const char *name, char *chips)
{
        struct dirent **entries = NULL;
        int count = scandir("/dev", &entries, is_chip, versionsort);
        struct gpiod_chip *found = NULL;
        for (int i = 0; i < count; i++) {
                char path[sizeof("/dev/") + NAME_MAX], label[LINE_NAME_MAX];
                (void)snprintf(path, sizeof(path), "/dev/%s", entries[i]->d_name);
                struct gpiod_chip *chip = NULL;
                int r = found ? 0 : open_chip(path, &chip, label);
                if (r < 0)
                        list_chip(chips, entries[i]->d_name, strerror(-r));
                else if (chip &&
                         (strcmp(label, name) == 0 || strcmp(entries[i]->d_name, name) == 0))
                        found = chip;
                else if (chip) {
                        list_chip(chips, entries[i]->d_name, label);
                        gpiod_chip_close(chip);
                }
                free(entries[i]);
        }
        free(entries);
        return found;
}

int gpio_find_chip(const char *name, struct gpiod_chip **chip)
{
        if (strchr(name, '/')) {
                char label[LINE_NAME_MAX];
                int r = open_chip(name, chip, label);
                if (r < 0)
                        log_error("cannot open the GPIO chip", "chip=%s why=\"%s\"", name,
                                  r == -ENODEV ? "not a GPIO chip" : strerror(-r));
                return r;
        }
        char chips[CHIPS_TEXT_MAX] = "";
        *chip = search_chip(name, chips);
        if (*chip)
                return 0;
        log_error("cannot open the GPIO chip", "chip=%s why=\"no such chip; chips here: %s\"", name,
                  chips[0] != '\0' ? chips : "none");
        return -ENODEV;
}

void gpio_complain(const char *chip_name, const struct line_spec *spec, const char *why)
{
        log_error("cannot open the line", "chip=%s line=%s name=%s why=\"%s\"", chip_name,
                  spec->line, spec->name, why);
}

/* "17" is an offset, anything else a name. Its offset or -errno. */
static int find_line(struct gpiod_chip *chip, const char *line)
{
        if (line[0] == '\0')
                return -ENOENT;
        if (line[strspn(line, "0123456789")] != '\0')
                return gpio_chip_find(chip, line);
        unsigned long offset = strtoul(line, NULL, 10);
        return offset <= INT_MAX ? (int)offset : -ENOENT;
}

/* 0, or -errno and why. */
static int check_line(struct gpiod_chip *chip, const char *line, int *offset, char why[WHY_MAX])
{
        char user[LINE_NAME_MAX];
        *offset = find_line(chip, line);
        int r = *offset < 0 ? *offset : gpio_line_user(chip, (unsigned int)*offset, user);
        if (r == 0)
                return 0;
        if (r > 0) {
                (void)snprintf(why, WHY_MAX, "line in use by %s",
                               user[0] != '\0' ? user : "the kernel");
                return -EBUSY;
        }
        bool is_missing = r == -ENOENT || r == -EINVAL; /* the name; the offset */
        (void)snprintf(why, WHY_MAX, "%s", is_missing ? "no such line" : strerror(-r));
        return is_missing ? -ENOENT : r;
}

int gpio_find_lines(struct gpiod_chip *chip, const char *chip_name, const struct line_spec *specs,
                    int count, unsigned int *offsets)
{
        for (int i = 0; i < count; i++) {
                char why[WHY_MAX];
                int offset;
                int r = check_line(chip, specs[i].line, &offset, why);
                for (int j = 0; r == 0 && j < i; j++)
                        if (offsets[j] == (unsigned int)offset) {
                                (void)snprintf(why, sizeof(why), "named twice, %s is the same line",
                                               specs[j].name);
                                r = -EBUSY;
                        }
                if (r < 0) {
                        gpio_complain(chip_name, &specs[i], why);
                        return r;
                }
                offsets[i] = (unsigned int)offset;
        }
        return 0;
}

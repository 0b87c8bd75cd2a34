/* GPIO API over libgpiod 2.x (Debian 13). */
#include "drivers/lines/gpio_api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

struct gpio_line {
        struct gpiod_line_request *request;
        struct gpiod_edge_event_buffer *events; /* room for one: what we hold, poll cannot see */
        unsigned int offset;
};

const bool gpio_debounces = true;

int gpio_chip_label(struct gpiod_chip *chip, char label[LINE_NAME_MAX])
{
        struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
        if (!info)
                return -errno;
        (void)snprintf(label, LINE_NAME_MAX, "%s", gpiod_chip_info_get_label(info));
        gpiod_chip_info_free(info);
        return 0;
}

int gpio_chip_find(struct gpiod_chip *chip, const char *name)
{
        int offset = gpiod_chip_get_line_offset_from_name(chip, name);
        return offset < 0 ? -errno : offset;
}

int gpio_line_user(struct gpiod_chip *chip, unsigned int offset, char user[LINE_NAME_MAX])
{
        struct gpiod_line_info *info = gpiod_chip_get_line_info(chip, offset);
        if (!info)
                return -errno;
        const char *consumer = gpiod_line_info_get_consumer(info);
        (void)snprintf(user, LINE_NAME_MAX, "%s", consumer ? consumer : "");
        bool is_used = gpiod_line_info_is_used(info);
        gpiod_line_info_free(info);
        return is_used;
}

static enum gpiod_line_bias bias_of(const struct line_spec *spec)
{
        switch (spec->bias) {
        case LINE_BIAS_AS_IS:
                break;
        case LINE_BIAS_PULL_UP:
                return GPIOD_LINE_BIAS_PULL_UP;
        case LINE_BIAS_PULL_DOWN:
                return GPIOD_LINE_BIAS_PULL_DOWN;
        case LINE_BIAS_OFF:
                return GPIOD_LINE_BIAS_DISABLED;
        }
        return GPIOD_LINE_BIAS_AS_IS;
}

/* The setters refuse only values that their enums do not have. */
static void describe(struct gpiod_line_settings *settings, const struct line_spec *spec)
{
        (void)gpiod_line_settings_set_bias(settings, bias_of(spec));
        gpiod_line_settings_set_active_low(settings, spec->is_active_low);
        if (spec->is_output) {
                (void)gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
                (void)gpiod_line_settings_set_output_value(settings, GPIOD_LINE_VALUE_INACTIVE);
                return;
        }
        (void)gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
        (void)gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
        (void)gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC);
        gpiod_line_settings_set_debounce_period_us(settings,
                                                   (unsigned long)spec->debounce_ms * 1000);
}

/* The request as the library wants it put together. NULL and errno on failure. */
static struct gpiod_line_request *request_line(struct gpiod_chip *chip, unsigned int offset,
                                               const struct line_spec *spec)
{
        struct gpiod_line_request *request = NULL;
        struct gpiod_request_config *config = gpiod_request_config_new();
        struct gpiod_line_settings *settings = gpiod_line_settings_new();
        struct gpiod_line_config *lines = gpiod_line_config_new();
        if (config && settings && lines) {
                gpiod_request_config_set_consumer(config, GPIO_CONSUMER);
                describe(settings, spec);
                if (gpiod_line_config_add_line_settings(lines, &offset, 1, settings) == 0)
                        request = gpiod_chip_request_lines(chip, config, lines);
        }
        int saved_errno = errno;
        gpiod_line_config_free(lines);
        gpiod_line_settings_free(settings);
        gpiod_request_config_free(config);
        errno = saved_errno;
        return request;
}

int gpio_line_request(struct gpiod_chip *chip, unsigned int offset, const struct line_spec *spec,
                      struct gpio_line **line)
{
        struct gpio_line *new = malloc(sizeof(*new));
        if (!new)
                return -ENOMEM;
        *new = (struct gpio_line){ .offset = offset };
        new->events = gpiod_edge_event_buffer_new(1);
        if (!new->events)
                goto fail;
        new->request = request_line(chip, offset, spec);
        if (!new->request)
                goto fail;
        /* Reading an edge must never wait, and the library has no option for that. */
        if (fcntl(gpio_line_fd(new), F_SETFL, O_NONBLOCK) < 0)
                goto fail;
        *line = new;
        return 0;
fail:;
        int r = -errno;
        gpio_line_release(new);
        return r;
}

struct gpio_line *gpio_line_release(struct gpio_line *line)
{
        if (line) {
                if (line->request)
                        gpiod_line_request_release(line->request);
                gpiod_edge_event_buffer_free(line->events);
        }
        free(line);
        return NULL;
}

int gpio_line_set(struct gpio_line *line, bool is_on)
{
        enum gpiod_line_value value = is_on ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
        return gpiod_line_request_set_value(line->request, line->offset, value) < 0 ? -errno : 0;
}

int gpio_line_get(struct gpio_line *line)
{
        switch (gpiod_line_request_get_value(line->request, line->offset)) {
        case GPIOD_LINE_VALUE_INACTIVE:
                return 0;
        case GPIOD_LINE_VALUE_ACTIVE:
                return 1;
        case GPIOD_LINE_VALUE_ERROR:
                break;
        }
        return -errno;
}

int gpio_line_fd(const struct gpio_line *line)
{
        return gpiod_line_request_get_fd(line->request);
}

int gpio_line_next(struct gpio_line *line, bool *is_on, int64_t *at_us)
{
        if (gpiod_line_request_read_edge_events(line->request, line->events, 1) < 0)
                return errno == EAGAIN ? 0 : -errno;
        struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(line->events, 0);
        *is_on = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
        *at_us = (int64_t)(gpiod_edge_event_get_timestamp_ns(event) / 1000);
        return 1;
}

#include "controller/actuate/plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Appends a line; PLAN_NONE where the settings name none. */
static int add(struct plan *plan, const char *owner, const char *role, const char *value,
               int debounce_ms, bool is_output)
{
        struct settings_line parts;
        const char *why = settings_parse_line(value, &parts);
        assert(!why);
        (void)why;
        if (parts.line[0] == '\0')
                return PLAN_NONE;
        assert(plan->count < LINES_MAX);
        struct line_spec *spec = &plan->spec[plan->count];
        *spec = (struct line_spec){ .is_output = is_output,
                                    .is_active_low = parts.is_active_low,
                                    .bias = (enum line_bias)parts.bias,
                                    .debounce_ms = is_output ? 0 : debounce_ms };
        snprintf(spec->name, sizeof(spec->name), "%s.%s", owner, role);
        snprintf(spec->line, sizeof(spec->line), "%s", parts.line);
        return plan->count++;
}

void plan_init(struct plan *plan, const struct settings *settings)
{
        int debounce_ms = settings->lines.debounce_ms;
        *plan = (struct plan){ .count = 0 };
        plan->fire = add(plan, "fire", "line", settings->fire.fire_line, debounce_ms, false);
        plan->fire_reset =
                add(plan, "fire", "reset-line", settings->fire.reset_line, debounce_ms, false);
        for (size_t i = 0; i < settings->points; i++) {
                const struct settings_point *point = &settings->point[i];
                plan->point[i] = (struct plan_point){
                        .pass = add(plan, point->id, "pass-line", point->pass_line, 0, true),
                        .release =
                                add(plan, point->id, "release-line", point->release_line, 0, true),
                        .sensor = add(plan, point->id, "sensor-line", point->sensor_line,
                                      debounce_ms, false),
                        .button = add(plan, point->id, "button-line", point->button_line,
                                      debounce_ms, false),
                        .tamper = add(plan, point->id, "tamper-line", point->tamper_line,
                                      debounce_ms, false),
                        .green = add(plan, point->id, "green-line", point->green_line, 0, true),
                        .red = add(plan, point->id, "red-line", point->red_line, 0, true),
                        .buzzer = add(plan, point->id, "buzzer-line", point->buzzer_line, 0, true),
                };
        }
}

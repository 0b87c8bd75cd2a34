/* Settings: the sample configuration, which is the reference build of hardware/. */
#include "controller/settings.h"

#include "hardware/pins.h"

#include <string.h>

#define LOW_true  " active-low"
#define LOW_false ""
#define REFERENCE_VALUE(name, section, key, line, header, what, is_low, bias)                      \
        { section, key, line LOW_##is_low " " bias },

/* What the sample says beyond the defaults: the pins of hardware/pins.h and two cameras. */
static const struct {
        const char *section, *key, *value;
} reference_values[] = {
        REFERENCE_PINS(REFERENCE_VALUE) /**/
        { "entry", "direction", "entry" },
        { "entry", "camera-source", "/dev/video0" },
        { "exit", "direction", "exit" },
        { "exit", "camera-source", "/dev/video2" },
};

static const char *reference(const char *section, const char *name, const char *key)
{
        const char *where = name ? name : section;
        for (size_t i = 0; i < ARRAY_LEN(reference_values); i++)
                if (strcmp(reference_values[i].section, where) == 0 &&
                    strcmp(reference_values[i].key, key) == 0)
                        return reference_values[i].value;
        return NULL;
}

void settings_print_sample(FILE *out)
{
        static const char *const headers[] = { "access-point entry", "access-point exit", NULL };
        fputs("# Stile gate configuration: the reference build of hardware/. `stiled "
              "--print-config`\n"
              "# prints this file. A line that begins with # is a comment, or a default.\n\n",
              out);
        option_print(&settings_table, headers, out, reference);
}

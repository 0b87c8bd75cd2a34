#include "common/option.h"

#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <string.h>

enum {
        LINE_MAX_LEN = 198, /* inih's own line buffer holds 200 with newline and NUL */
        OPTIONS_MAX = 128
};

struct load {
        const struct option_table *table;
        void *settings;
        const char *path;
        FILE *file, *complaints;
        int line, complained;
        /* The section being read: where its values go and which were given. */
        void *base;
        bool is_known;
        bool is_set[OPTIONS_MAX];
        unsigned char once_opened[32]; /* by index of section */
};

static void complain(struct load *load, int line, const char *key, const char *why)
{
        load->complained++;
        if (key)
                fprintf(load->complaints, "%s:%d: %s: %s\n", load->path, line, key, why);
        else
                fprintf(load->complaints, "%s:%d: %s\n", load->path, line, why);
}

/* Parses text into the field. NULL or why not; `range` is room for a message with numbers. */
static const char *set_int(const struct option_row *option, void *field, const char *value,
                           char *range, size_t range_len)
{
        char *end;
        errno = 0;
        long number = strtol(value, &end, 10);
        if (end == value || *end != '\0')
                return "a whole number is wanted";
        if (errno == ERANGE || number < option->min || number > option->max) {
                snprintf(range, range_len, "%s is out of range: %d to %d", value, option->min,
                         option->max);
                return range;
        }
        *(int *)field = (int)number;
        return NULL;
}

static const char *set_choice(const struct option_row *option, void *field, const char *value,
                              char *room, size_t room_len)
{
        size_t used = 0;
        for (int i = 0; option->choices[i]; i++) {
                if (strcmp(option->choices[i], value) == 0) {
                        *(int *)field = i;
                        return NULL;
                }
                int n = snprintf(room + used, room_len - used, "%s%s",
                                 i ? ", " : "one of: ", option->choices[i]);
                used = n < 0 || used + (size_t)n >= room_len ? used : used + (size_t)n;
        }
        return room;
}

static const char *set_text(const struct option_row *option, void *field, const char *value)
{
        if (strlen(value) >= option->size)
                return "the text is too long";
        if (option->check) {
                const char *why = option->check(value);
                if (why)
                        return why;
        }
        strcpy(field, value);
        return NULL;
}

const char *option_set(const struct option_row *option, void *base, const char *value, char *room,
                       size_t room_len)
{
        void *field = (char *)base + option->offset;
        switch (option->type) {
        case OPTION_INT:
                return set_int(option, field, value, room, room_len);
        case OPTION_BOOL:
                if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
                        return "yes or no is wanted";
                *(bool *)field = strcmp(value, "yes") == 0;
                return NULL;
        case OPTION_CHOICE:
                return set_choice(option, field, value, room, room_len);
        case OPTION_TEXT:
                return set_text(option, field, value);
        }
        return "unknown type";
}

static void set_defaults(const struct option_table *table, const char *section, void *base)
{
        for (size_t i = 0; i < table->option_count; i++) {
                const struct option_row *option = &table->options[i];
                char room[256];
                if (strcmp(option->section, section) != 0 || !option->fallback)
                        continue;
                const char *why = option_set(option, base, option->fallback, room, sizeof(room));
                assert(!why || option->fallback[0] == '\0');
                (void)why;
        }
}

void option_defaults(const struct option_table *table, void *settings)
{
        assert(table->option_count <= OPTIONS_MAX);
        for (size_t i = 0; i < table->section_count; i++)
                if (!table->sections[i].open)
                        set_defaults(table, table->sections[i].section, settings);
}

/* `[access-point north]` is section and name. */
static void enter_section(struct load *load, const char *header)
{
        memset(load->is_set, 0, sizeof(load->is_set));
        load->is_known = false;
        size_t word = strcspn(header, " ");
        for (size_t i = 0; i < load->table->section_count; i++) {
                const struct option_section *section = &load->table->sections[i];
                if (strlen(section->section) != word ||
                    strncmp(section->section, header, word) != 0)
                        continue;
                const char *why = "the section stands twice";
                if (section->open) {
                        const char *name = header + word + strspn(header + word, " ");
                        load->base = section->open(load->settings, name, &why);
                        load->is_known = load->base != NULL;
                        if (load->is_known)
                                set_defaults(load->table, section->section, load->base);
                } else if (header[word] != '\0') {
                        why = "this section has no name";
                } else if (!load->once_opened[i]) {
                        load->once_opened[i] = 1;
                        load->base = load->settings;
                        load->is_known = true;
                }
                if (!load->is_known)
                        complain(load, load->line, header, why);
                return;
        }
        complain(load, load->line, header, "unknown section");
}

/* Counts lines, which inih does not hand to its handler, refuses ones that it would split, and
 * notices sections, of which inih tells nothing until their first key. */
static char *read_line(char *line, int size, void *stream)
{
        struct load *load = stream;
        if (!fgets(line, size, load->file))
                return NULL;
        load->line++;
        size_t len = strlen(line);
        if (len > 0 && line[len - 1] != '\n' && !feof(load->file)) {
                complain(load, load->line, NULL, "the line is too long");
                int c;
                while ((c = fgetc(load->file)) != EOF && c != '\n')
                        ;
                line[0] = '\0';
        }
        /* inih would read an indented line as the continuation of the value before it. */
        size_t blank = strspn(line, " \t");
        memmove(line, line + blank, strlen(line + blank) + 1);
        size_t header = line[0] == '[' ? strcspn(line, "]") : 0;
        if (line[header] == ']') {
                line[header] = '\0';
                enter_section(load, line + 1);
                line[header] = ']';
        }
        return line;
}

static int handle(void *user, const char *header, const char *key, const char *value)
{
        struct load *load = user;
        if (header[0] == '\0')
                complain(load, load->line, key, "the key stands before the first [section]");
        if (!load->is_known)
                return 1;
        size_t word = strcspn(header, " ");
        for (size_t i = 0; i < load->table->option_count; i++) {
                const struct option_row *option = &load->table->options[i];
                if (strlen(option->section) != word ||
                    strncmp(option->section, header, word) != 0 || strcmp(option->key, key) != 0)
                        continue;
                char room[256] = "";
                const char *why =
                        load->is_set[i] ? "the key stands twice"
                                        : option_set(option, load->base, value, room, sizeof(room));
                load->is_set[i] = true;
                if (why)
                        complain(load, load->line, key, why);
                return 1;
        }
        complain(load, load->line, key, "unknown key");
        return 1;
}

int option_load(const struct option_table *table, void *settings, const char *path,
                FILE *complaints)
{
        assert(table->section_count <= sizeof(((struct load *)0)->once_opened));
        struct load load = {
                .table = table, .settings = settings, .path = path, .complaints = complaints
        };
        load.file = fopen(path, "re");
        if (!load.file) {
                int error = -errno;
                fprintf(complaints, "%s: %s\n", path, strerror(-error));
                return error;
        }
        int bad_line = ini_parse_stream(read_line, &load, handle, &load);
        if (bad_line > 0)
                complain(&load, bad_line, NULL, "neither [section] nor key = value");
        int error = ferror(load.file) ? -EIO : load.complained > 0 ? -EINVAL : 0;
        if (error == -EIO)
                fprintf(complaints, "%s: cannot be read\n", path);
        fclose(load.file);
        return error;
}

static void print_help(FILE *out, const char *help)
{
        while (*help) {
                size_t len = strcspn(help, "\n");
                fprintf(out, "# %.*s\n", (int)len, help);
                help += len + (help[len] == '\n');
        }
}

static void print_option(const struct option_row *option, const char *name, FILE *out,
                         option_sample_fn *value)
{
        const char *sample = value ? value(option->section, name, option->key) : NULL;
        print_help(out, option->help);
        if (option->type == OPTION_INT)
                fprintf(out, "# %d to %d", option->min, option->max);
        else if (option->type == OPTION_BOOL)
                fprintf(out, "# yes, no");
        else if (option->type == OPTION_CHOICE)
                for (int i = 0; option->choices[i]; i++)
                        fprintf(out, "%s%s", i ? ", " : "# ", option->choices[i]);
        else
                fprintf(out, "# text");
        if (!option->fallback)
                fprintf(out, "; must be given");
        else if (option->fallback[0])
                fprintf(out, "; default %s", option->fallback);
        fprintf(out, "%s\n", option->is_live ? "; read again on SIGHUP" : "");
        if (sample)
                fprintf(out, "%s = %s\n\n", option->key, sample);
        else
                fprintf(out, "#%s = %s\n\n", option->key, option->fallback ? option->fallback : "");
}

static void print_options(const struct option_table *table, const char *section, const char *name,
                          FILE *out, option_sample_fn *value)
{
        for (size_t i = 0; i < table->option_count; i++)
                if (strcmp(table->options[i].section, section) == 0)
                        print_option(&table->options[i], name, out, value);
}

static void print_repeated(const struct option_table *table, const char *section,
                           const char *const *headers, FILE *out, option_sample_fn *value)
{
        size_t len = strlen(section);
        bool is_shown = false;
        for (size_t i = 0; headers[i]; i++) {
                if (strncmp(headers[i], section, len) != 0 || headers[i][len] != ' ')
                        continue;
                is_shown = true;
                fprintf(out, "[%s]\n", headers[i]);
                print_options(table, section, headers[i] + len + 1, out, value);
        }
        if (is_shown)
                return;
        fprintf(out, "#[%s NAME]\n", section);
        print_options(table, section, NULL, out, NULL);
}

void option_print(const struct option_table *table, const char *const *headers, FILE *out,
                  option_sample_fn *value)
{
        for (size_t i = 0; i < table->section_count; i++) {
                const struct option_section *section = &table->sections[i];
                print_help(out, section->help);
                if (section->open) {
                        print_repeated(table, section->section, headers, out, value);
                        continue;
                }
                fprintf(out, "[%s]\n", section->section);
                print_options(table, section->section, NULL, out, value);
        }
}

static size_t field_size(const struct option_row *option)
{
        switch (option->type) {
        case OPTION_BOOL:
                return sizeof(bool);
        case OPTION_TEXT:
                return option->size;
        case OPTION_INT:
        case OPTION_CHOICE:
                return sizeof(int);
        }
        return 0;
}

static bool is_equal(const struct option_row *option, const void *a, const void *b)
{
        if (option->type == OPTION_TEXT)
                return strcmp(a, b) == 0;
        return memcmp(a, b, field_size(option)) == 0;
}

static void apply_section(const struct option_table *table, const char *section, void *current,
                          const void *next, option_refused_fn *refused, void *context)
{
        for (size_t i = 0; i < table->option_count; i++) {
                const struct option_row *option = &table->options[i];
                void *to = (char *)current + option->offset;
                const void *from = (const char *)next + option->offset;
                if (strcmp(option->section, section) != 0 || is_equal(option, to, from))
                        continue;
                if (option->is_live)
                        memcpy(to, from, field_size(option));
                else
                        refused(context, section, option->key);
        }
}

void option_apply_live(const struct option_table *table, void *current, void *next,
                       option_refused_fn *refused, void *context)
{
        for (size_t i = 0; i < table->section_count; i++) {
                const struct option_section *section = &table->sections[i];
                if (!section->open) {
                        apply_section(table, section->section, current, next, refused, context);
                        continue;
                }
                for (size_t n = 0; section->element(current, n) && section->element(next, n); n++)
                        apply_section(table, section->section, section->element(current, n),
                                      section->element(next, n), refused, context);
        }
}

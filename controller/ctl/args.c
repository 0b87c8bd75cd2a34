#include "controller/ctl/args.h"

#include "controller/ctl/print.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* "holder add ID --name NAME" is about "holder add". */
static int verb_len(const char *usage)
{
        const char *end = usage;
        while (islower((unsigned char)*end) || (*end == '-' && end[1] != '-') ||
               (*end == ' ' && islower((unsigned char)end[1])))
                end++;
        return (int)(end - usage);
}

int args_complain(struct ctl *ctl, const struct args *args, const char *format, ...)
{
        char text[256];
        va_list list;
        va_start(list, format);
        vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        int len = verb_len(args->usage);
        fprintf(ctl->err, "stilectl %.*s: ", len, args->usage);
        print_safe(ctl->err, text);
        fprintf(ctl->err, "; see stilectl %.*s --help\n", len, args->usage);
        return CTL_CANNOT;
}

static void print_help(FILE *out, const struct args *args)
{
        fprintf(out, "Usage: stilectl %s\n\n%s\n", args->usage, args->about);
        if (args->option_count > 0)
                fputs("\n", out);
        for (size_t i = 0; i < args->option_count; i++) {
                const struct args_option *option = &args->options[i];
                char left[48];
                snprintf(left, sizeof(left), "--%s %s", option->name,
                         option->value ? option->value : "");
                fprintf(out, "  %-22s %s\n", left, option->help);
        }
}

static bool parse_number(const char *text, int64_t *number)
{
        char *end = NULL;
        errno = 0;
        long long value = strtoll(text, &end, 10);
        *number = value;
        return isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0;
}

static int take_value(struct ctl *ctl, const struct args *args, const struct args_option *option,
                      const char *value)
{
        struct args_list *list = option->into;
        switch (option->kind) {
        case ARGS_FLAG:
                break;
        case ARGS_TEXT:
                *(const char **)option->into = value;
                break;
        case ARGS_NUMBER:
                if (!parse_number(value, option->into))
                        return args_complain(ctl, args, "--%s: \"%s\" is not a whole number",
                                             option->name, value);
                break;
        case ARGS_LIST:
                if (list->count == ARGS_LIST_MAX)
                        return args_complain(ctl, args, "--%s stands more than %d times",
                                             option->name, ARGS_LIST_MAX);
                list->value[list->count++] = value;
                break;
        }
        return ARGS_GO;
}

static const struct args_option *find(const struct args *args, const char *name, size_t len)
{
        for (size_t i = 0; i < args->option_count; i++)
                if (strlen(args->options[i].name) == len &&
                    strncmp(args->options[i].name, name, len) == 0)
                        return &args->options[i];
        return NULL;
}

/* The option at argv[*at]; moves *at past its value. */
static int take_option(struct ctl *ctl, const struct args *args, int argc, char **argv, int *at)
{
        const char *name = argv[*at] + 2;
        size_t len = strcspn(name, "=");
        const struct args_option *option = find(args, name, len);
        if (!option)
                return args_complain(ctl, args, "there is no option \"%s\"", argv[*at]);
        if (option->kind == ARGS_FLAG) {
                if (name[len] == '=')
                        return args_complain(ctl, args, "--%s takes no value", option->name);
                *(bool *)option->into = true;
                return ARGS_GO;
        }
        if (name[len] == '=')
                return take_value(ctl, args, option, name + len + 1);
        if (*at + 1 == argc || strncmp(argv[*at + 1], "--", 2) == 0)
                return args_complain(ctl, args, "--%s needs a value", option->name);
        return take_value(ctl, args, option, argv[++*at]);
}

int args_parse(struct ctl *ctl, const struct args *args, int argc, char **argv, int *operands)
{
        bool is_over = false;
        *operands = 0;
        for (int i = 1; i < argc; i++) {
                if (is_over || argv[i][0] != '-' || argv[i][1] == '\0') {
                        argv[++*operands] = argv[i];
                } else if (strcmp(argv[i], "--") == 0) {
                        is_over = true;
                } else if (strcmp(argv[i], "--help") == 0) {
                        print_help(ctl->out, args);
                        return CTL_OK;
                } else if (argv[i][1] != '-') {
                        return args_complain(ctl, args, "there is no option \"%s\"", argv[i]);
                } else {
                        int code = take_option(ctl, args, argc, argv, &i);
                        if (code != ARGS_GO)
                                return code;
                }
        }
        if (*operands < args->least)
                return args_complain(ctl, args, "something is missing: stilectl %s", args->usage);
        if (*operands > args->most)
                return args_complain(ctl, args, "\"%s\" is one too many", argv[args->most + 1]);
        return ARGS_GO;
}

#include "controller/ctl/which.h"

#include "controller/ctl/check.h"

#include <string.h>
#include <unistd.h>

int which_count(const struct which *which)
{
        return (which->lookup != NULL) + (which->holder != NULL) + (which->code != NULL) +
               which->is_code_on_stdin + (which->national_id != NULL);
}

/* One line, without its end. */
static int read_code(struct ctl *ctl, struct which *which)
{
        if (ctl->in == stdin && isatty(STDIN_FILENO) == 1)
                fputs("code: ", ctl->err);
        if (!fgets(which->code_read, sizeof(which->code_read), ctl->in)) {
                fputs("stilectl: there is no code on the standard input; nothing was changed\n",
                      ctl->err);
                return CTL_CANNOT;
        }
        which->code_read[strcspn(which->code_read, "\r\n")] = '\0';
        which->code = which->code_read;
        return ARGS_GO;
}

int which_check(struct ctl *ctl, const struct args *args, struct which *which)
{
        if (which->is_code_on_stdin) {
                int code = read_code(ctl, which);
                if (code != ARGS_GO)
                        return code;
        }
        const char *why = which->code && !which->is_any_code ? check_code(which->code) : NULL;
        if (why)
                return args_complain(ctl, args, "the code is %s", why);
        why = which->national_id ? check_national_id(which->national_id) : NULL;
        if (why)
                return args_complain(ctl, args, "--national-id: %s", why);
        why = which->holder ? check_id(which->holder) : NULL;
        if (why)
                return args_complain(ctl, args, "--holder: \"%s\": %s", which->holder, why);
        if (which->lookup &&
            (strlen(which->lookup) != 64 || strspn(which->lookup, "0123456789abcdef") != 64))
                return args_complain(ctl, args,
                                     "--lookup: 64 hex digits are wanted, as "
                                     "credential list shows them");
        return ARGS_GO;
}

void which_put(const struct which *which, json_t *fields)
{
        if (which->lookup)
                json_object_set_new(fields, "lookup", json_string(which->lookup));
        if (which->holder)
                json_object_set_new(fields, "holder", json_string(which->holder));
        if (which->code)
                json_object_set_new(fields, "code", json_string(which->code));
        if (which->national_id)
                json_object_set_new(fields, "national_id", json_string(which->national_id));
}

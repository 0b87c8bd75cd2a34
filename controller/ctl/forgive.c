/* stilectl forgive: anti-passback forgets where people are. */
#include "controller/ctl/args.h"
#include "controller/ctl/check.h"
#include "controller/ctl/talk.h"

int verb_forgive(struct ctl *ctl, int argc, char **argv)
{
        const struct args args = {
                "forgive [HOLDER]",
                "Lets anti-passback forget where a person is, or where everybody "
                "is: the next\npassage is judged as their first.",
                NULL,
                0,
                0,
                1
        };
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *holder = operands == 1 ? argv[1] : NULL;
        const char *why = holder ? check_id(holder) : NULL;
        if (why)
                return args_complain(ctl, &args, "\"%s\": %s", holder, why);
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        code = talk_plain(ctl, &client, TALK_CHANGE, "forgive",
                          holder ? json_pack("{s:s}", "holder", holder) : NULL);
        if (code == CTL_OK)
                fprintf(ctl->out, "forgave %s\n", holder ? holder : "everybody");
        client_close(&client);
        return code;
}

#include "controller/ctl/listing.h"

#include "controller/ctl/check.h"
#include "controller/ctl/print.h"

int listing_json(void *context, const json_t *row)
{
        const struct ctl *ctl = context;
        print_json(ctl->out, row);
        return CTL_OK;
}

int listing_run(struct ctl *ctl, const struct listing *listing, int argc, char **argv)
{
        bool is_json = false;
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &is_json, NULL, "one object a line" },
        };
        struct args args = listing->args;
        struct client client;
        args.options = options;
        args.option_count = ARRAY_LEN(options);
        int code = talk_begin(ctl, &args, argc, argv, NULL, &client);
        if (code != ARGS_GO)
                return code;
        if (!is_json)
                fprintf(ctl->out, "%s%s%s\n", paint_on(ctl, PAINT_FAINT), listing->heading,
                        paint_off(ctl));
        code = talk_pages(ctl, &client, listing->list, listing->key, NULL,
                          is_json ? listing_json : listing->row, ctl);
        client_close(&client);
        return code;
}

int listing_remove(struct ctl *ctl, const struct args *args, const char *verb, const char *field,
                   int argc, char **argv)
{
        struct client client;
        int operands = 0;
        int code = args_parse(ctl, args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *why = check_id(argv[1]);
        if (why)
                return args_complain(ctl, args, "\"%s\": %s", argv[1], why);
        code = talk_open(ctl, &client);
        if (code != CTL_OK)
                return code;
        code = talk_plain(ctl, &client, TALK_CHANGE, verb, json_pack("{s:s}", field, argv[1]));
        if (code == CTL_OK)
                fprintf(ctl->out, "removed %s\n", argv[1]);
        client_close(&client);
        return code;
}

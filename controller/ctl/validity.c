#include "controller/ctl/validity.h"

#include "controller/ctl/when.h"

#include <string.h>

int validity_check(struct ctl *ctl, const struct args *args, struct validity_args *validity)
{
        int64_t from_us = 0, until_us = 0;
        if (validity->from_text) {
                if (!when_parse_date(validity->from_text, WHEN_FROM, &from_us))
                        return args_complain(ctl, args, "--valid-from: \"%s\" is not a date",
                                             validity->from_text);
                rfc3339_format(from_us, validity->from);
        }
        if (validity->until_text) {
                if (!when_parse_date(validity->until_text, WHEN_UNTIL, &until_us))
                        return args_complain(ctl, args, "--valid-until: \"%s\" is not a date",
                                             validity->until_text);
                rfc3339_format(until_us, validity->until);
        }
        if (validity->from_text && validity->until_text && until_us <= from_us)
                return args_complain(ctl, args, "--valid-until is not after --valid-from");
        return ARGS_GO;
}

void validity_put(const struct validity_args *validity, json_t *object)
{
        if (validity->from[0] != '\0')
                json_object_set_new(object, "valid_from", json_string(validity->from));
        if (validity->until[0] != '\0')
                json_object_set_new(object, "valid_until", json_string(validity->until));
}

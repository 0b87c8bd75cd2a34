#include "controller/ctl/pass_terms.h"

#include "common/base64.h"
#include "controller/ctl/check.h"

#include <string.h>

enum {
        USES_MAX = 1000000,
        PEM_MAX = 4096
};

static const char *fill_id(const char *text, char id[FLOW_ID_MAX])
{
        const char *why = text ? check_id(text) : NULL;
        if (text && !why)
                strcpy(id, text);
        return why;
}

const char *pass_terms_fill(const struct pass_terms *terms, struct issued *issued)
{
        struct pass_claims *claims = &issued->pass.claims;
        if (!terms->holder)
                return "a holder is wanted";
        const char *why = fill_id(terms->holder, claims->holder);
        if (!why)
                why = fill_id(terms->site, claims->site);
        if (!why)
                why = fill_id(terms->schedule, claims->schedule);
        if (!why && terms->name)
                why = check_name(terms->name, issued->name);
        if (!why && terms->levels.count > PASS_LEVELS_MAX)
                why = "a pass holds at most 8 levels";
        for (size_t i = 0; !why && i < terms->levels.count; i++)
                why = fill_id(terms->levels.value[i], claims->level[claims->levels++]);
        if (!why && (terms->uses > USES_MAX || terms->day_uses > USES_MAX))
                why = "uses are limited to a million at most";
        claims->uses_max = (int)terms->uses;
        claims->day_uses_max = (int)terms->day_uses;
        return why;
}

/* The base64 between a PEM's lines. */
static bool read_public(const char *path, uint8_t *der, size_t size, size_t *len)
{
        static const char begin[] = "-----BEGIN PUBLIC KEY-----";
        char text[PEM_MAX];
        FILE *in = fopen(path, "re");
        size_t got = in ? fread(text, 1, sizeof(text) - 1, in) : 0;
        if (in)
                fclose(in);
        text[got] = '\0';
        const char *from = strstr(text, begin);
        const char *to = from ? strstr(from, "-----END PUBLIC KEY-----") : NULL;
        if (!to)
                return false;
        from += strlen(begin);
        *len = base64_decode(from, (size_t)(to - from), der, size);
        return true;
}

int pass_terms_read(struct ctl *ctl, const struct args *args, struct pass_terms *terms,
                    struct issued *issued)
{
        uint8_t der[256];
        size_t len = 0;
        const char *why = pass_terms_fill(terms, issued);
        if (why)
                return args_complain(ctl, args, "%s", why);
        int code = validity_check(ctl, args, &terms->validity);
        if (code != ARGS_GO)
                return code;
        if (terms->validity.from[0] != '\0' &&
            !rfc3339_parse(terms->validity.from, &issued->pass.from_us))
                return args_complain(ctl, args, "--valid-from is not a time");
        if (terms->validity.until[0] != '\0' &&
            !rfc3339_parse(terms->validity.until, &issued->pass.until_us))
                return args_complain(ctl, args, "--valid-until is not a time");
        if (terms->phone_key && (!read_public(terms->phone_key, der, sizeof(der), &len) ||
                                 site_pass_bind(&issued->pass, der, len) != 0))
                return args_complain(ctl, args, "--phone-key: \"%s\" is no public P-256 key in PEM",
                                     terms->phone_key);
        return ARGS_GO;
}

/* stilectl one-time: does what an enrolled phone does, the code of this moment. */
#include "controller/validate/formats/one_time.h"
#include "controller/ctl/args.h"
#include "controller/ctl/check.h"
#include "controller/ctl/when.h"

#include <string.h>

static bool read_secret(FILE *in, uint8_t secret[ONE_TIME_SECRET_LEN])
{
        enum {
                MORE = 3 /* a line end, and what makes a longer line be seen */
        };
        char line[2 * ONE_TIME_SECRET_LEN + MORE + 1];
        if (!fgets(line, sizeof(line), in))
                return false;
        line[strcspn(line, "\r\n")] = '\0';
        bool is_hex = strlen(line) == sizeof(line) - 1 - MORE &&
                      strspn(line, "0123456789abcdef") == strlen(line);
        for (size_t i = 0; is_hex && i < ONE_TIME_SECRET_LEN; i++) {
                const char digits[3] = { line[2 * i], line[2 * i + 1] };
                secret[i] = (uint8_t)strtoul(digits, NULL, 16);
        }
        explicit_bzero(line, sizeof(line));
        return is_hex;
}

int verb_one_time(struct ctl *ctl, int argc, char **argv)
{
        const char *id = NULL, *at = NULL;
        bool is_secret_on_stdin = false;
        const struct args_option options[] = {
                { "id", ARGS_TEXT, &id, "ID", "as enrolled: the holder's" },
                { "secret-stdin", ARGS_FLAG, &is_secret_on_stdin, NULL,
                  "read the secret from the standard input" },
                { "at", ARGS_TEXT, &at, "T", "as of this time, not now" },
        };
        const struct args args = {
                "one-time --id ID --secret-stdin [--at T]",
                "Prints the code that a phone with this secret shows now. The secret is what\n"
                "credential add --one-time printed.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        uint8_t secret[ONE_TIME_SECRET_LEN];
        char text[ONE_TIME_TEXT_MAX];
        uint32_t code = 0;
        int64_t at_us = when_now_us();
        int operands = 0;
        int done = args_parse(ctl, &args, argc, argv, &operands);
        if (done != ARGS_GO)
                return done;
        if (!id || check_id(id) || !is_secret_on_stdin)
                return args_complain(ctl, &args, "--id and --secret-stdin are wanted");
        if (at && !when_parse(at, WHEN_FROM, when_now_us(), &at_us))
                return args_complain(ctl, &args, "--at: \"%s\" is not a time", at);
        if (!read_secret(ctl->in, secret)) {
                fputs("stilectl: 64 hex digits are wanted on the standard input\n", ctl->err);
                return CTL_CANNOT;
        }
        int error = one_time_code(DIGEST_SHA256, secret, sizeof(secret),
                                  at_us / 1000000 / ONE_TIME_STEP_S, ONE_TIME_DIGITS, &code);
        explicit_bzero(secret, sizeof(secret));
        if (error) {
                fputs("stilectl: the digest failed\n", ctl->err);
                return CTL_CANNOT;
        }
        one_time_format(id, code, text);
        fprintf(ctl->out, "%s\n", text);
        return CTL_OK;
}

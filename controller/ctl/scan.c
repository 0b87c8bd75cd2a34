/* stilectl scan: picture files through the decoder that the daemon has. */
#include "common/base64.h"
#include "controller/ctl/args.h"
#include "controller/ctl/print.h"
#include "controller/ports/decoder.h"
#include "controller/settings.h"
#include "drivers/camera/picture.h"

#include <errno.h>
#include <string.h>

enum {
        PICTURE_BUDGET_MS = 5000 /* somebody waits, but for one answer */
};

struct scan {
        struct ctl *ctl;
        struct decoder *decoder;
        bool is_json, is_thorough;
        json_t *codes; /* of the picture at hand */
};

static void remember(void *context, const struct payload *payload)
{
        struct scan *scan = context;
        char *encoded = base64_encode(payload->bytes, payload->len);
        json_t *code = json_pack("{s:s, s:s}", "payload_b64", encoded ? encoded : "", "stage",
                                 payload->stage);
        /* NULL where the bytes are not UTF-8: then there is no text. */
        json_t *text = json_stringn((const char *)payload->bytes, payload->len);
        if (text)
                json_object_set_new(code, "text", text);
        json_array_append_new(scan->codes, code);
        free(encoded);
}

/* A file's name need not be UTF-8, JSON must. */
static json_t *name_json(const char *file)
{
        json_t *name = json_string(file);
        if (name)
                return name;
        char *safe = print_safe_text(file, strlen(file));
        name = json_string(safe ? safe : "");
        free(safe);
        return name;
}

static void print_code(const struct scan *scan, const char *file, const json_t *code,
                       const struct decoder_report *report)
{
        FILE *out = scan->ctl->out;
        const json_t *text = json_object_get(code, "text");
        if (scan->is_json) {
                json_t *object =
                        json_pack("{s:o, s:o}", "file", name_json(file), "payload_b64",
                                  code ? json_string(text_of(code, "payload_b64")) : json_null());
                if (text)
                        json_object_set(object, "text", (json_t *)text);
                json_object_set_new(object, "cpu_ms", json_real((double)report->cpu_us / 1000));
                if (code)
                        json_object_set_new(object, "stage", json_string(text_of(code, "stage")));
                if (report->is_refused)
                        json_object_set_new(object, "refused", json_true());
                print_json(out, object);
                json_decref(object);
                return;
        }
        print_safe(out, file);
        fputs(": ", out);
        if (text)
                print_safe_bytes(out, json_string_value(text), json_string_length(text));
        else if (code)
                fprintf(out, "bytes that are not text, base64 %s", text_of(code, "payload_b64"));
        else
                fputs(report->is_refused ? "refused as hostile: too many patterns that look like "
                                           "codes"
                                         : "no code",
                      out);
        fputc('\n', out);
}

static int scan_file(struct scan *scan, const char *file)
{
        char why[160] = "";
        struct picture picture = PICTURE_NONE;
        struct decoder_report report = { .codes = 0 };
        int error = picture_read(file, &picture, why, sizeof(why));
        if (!error) {
                const struct frame frame = { .luma = picture.luma,
                                             .width_px = picture.width_px,
                                             .height_px = picture.height_px,
                                             .stride = picture.width_px,
                                             .step = 1,
                                             .captured_us = monotonic_us() };
                error = decoder_scan(scan->decoder, &frame, remember, scan, &report);
                snprintf(why, sizeof(why), "cannot be decoded: %s", strerror(-error));
        }
        picture_deinit(&picture);
        if (error) {
                print_safe(scan->ctl->err, file);
                fputs(": ", scan->ctl->err);
                print_safe(scan->ctl->err, why);
                fputc('\n', scan->ctl->err);
                return CTL_CANNOT;
        }
        size_t count = json_array_size(scan->codes);
        for (size_t i = 0; i < count; i++)
                print_code(scan, file, json_array_get(scan->codes, i), &report);
        if (count == 0)
                print_code(scan, file, NULL, &report);
        json_array_clear(scan->codes);
        return count > 0 ? CTL_OK : CTL_NO;
}

/* The daemon's limit, from the configuration or the default: a picture that is refused here is
 * refused there. */
static int open_decoder(struct ctl *ctl, enum decoder_mode mode, struct decoder **decoder)
{
        struct settings *settings = calloc(1, sizeof(*settings));
        FILE *nowhere = fopen("/dev/null", "we");
        int error = settings && nowhere ? 0 : -ENOMEM;
        if (!error && settings_load(settings, ctl->config_path, nowhere) != 0 &&
            ctl->is_config_given) {
                fprintf(ctl->err, "stilectl: %s cannot be used: stilectl doctor says why\n",
                        ctl->config_path);
                error = -EINVAL;
        } else if (!error) {
                const struct decoder_settings of = { .candidates_max =
                                                             settings->decode.candidates_max,
                                                     .mode = mode,
                                                     .budget_ms = PICTURE_BUDGET_MS };
                error = decoder_new(&of, decoder);
                if (error)
                        fprintf(ctl->err, "stilectl: there is no decoder: %s\n", strerror(-error));
        }
        if (nowhere)
                fclose(nowhere);
        free(settings);
        return error;
}

int verb_scan(struct ctl *ctl, int argc, char **argv)
{
        struct scan scan = { .ctl = ctl };
        const struct args_option options[] = {
                { "json", ARGS_FLAG, &scan.is_json, NULL,
                  "one object a code: file, payload_b64, text, cpu_ms, stage" },
                { "thorough", ARGS_FLAG, &scan.is_thorough, NULL,
                  "try every way of reading, whatever it costs" },
        };
        const struct args args = {
                "scan IMAGE… [--json] [--thorough]",
                "Decodes PNG and PGM pictures as the gate decodes frames. Needs no stiled.\n"
                "Exit status 0 when each held a code, 1 when one did not, 2 when one could not\n"
                "be read.",
                options,
                ARRAY_LEN(options),
                1,
                1000000
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (open_decoder(ctl, scan.is_thorough ? DECODER_THOROUGH : DECODER_STILL, &scan.decoder))
                return CTL_CANNOT;
        scan.codes = json_array();
        code = CTL_OK;
        for (int i = 1; i <= operands; i++) {
                int one = scan_file(&scan, argv[i]);
                code = one > code ? one : code;
        }
        json_decref(scan.codes);
        scan.decoder = decoder_free(scan.decoder);
        return code;
}

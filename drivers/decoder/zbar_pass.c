/*
 * libzbar (tried with 0.23.92), with the settings that measurements demand:
 * - QR only. Half the cost, and the readers of the other symbologies have had memory faults.
 * - Binary. In text mode zbar guesses at an encoding, and takes a third of all Vietnamese texts
 *   for Shift-JIS, Big5 or Latin-1. A code that declares an encoding (ECI) is converted even so.
 * - No result cache: who is in view is decided in decode/presentation.
 * Codes of several symbols (structured append) are reported once all of them are in the image.
 */
#include "drivers/decoder/zbar_pass.h"

#include "controller/flow.h"

#include <errno.h>
#include <zbar.h>

enum {
        /* A scanner keeps about 320 bytes for every code it has read (mchehab/zbar#258). A new one
         * costs 4 to 30 µs; a pass costs milliseconds. */
        SCANS_PER_SCANNER = 256
};

struct zbar_pass {
        zbar_image_scanner_t *scanner;
        int scans; /* of this scanner */
        zbar_image_t *image;
};

/* NULL: no memory. */
static zbar_image_scanner_t *new_scanner(void)
{
        zbar_image_scanner_t *scanner = zbar_image_scanner_create();
        if (!scanner)
                return NULL;
        static const struct {
                zbar_symbol_type_t symbol;
                zbar_config_t config;
                int value;
        } settings[] = {
                { ZBAR_NONE, ZBAR_CFG_ENABLE, 0 },    { ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1 },
                { ZBAR_QRCODE, ZBAR_CFG_BINARY, 1 },  { ZBAR_NONE, ZBAR_CFG_X_DENSITY, 1 },
                { ZBAR_NONE, ZBAR_CFG_Y_DENSITY, 1 },
        };
        for (size_t i = 0; i < ARRAY_LEN(settings); i++)
                zbar_image_scanner_set_config(scanner, settings[i].symbol, settings[i].config,
                                              settings[i].value);
        zbar_image_scanner_enable_cache(scanner, 0);
        return scanner;
}

struct zbar_pass *zbar_pass_new(void)
{
        struct zbar_pass *pass = calloc(1, sizeof(*pass));
        if (!pass)
                return NULL;
        pass->scanner = new_scanner();
        pass->image = zbar_image_create();
        if (!pass->scanner || !pass->image)
                return zbar_pass_free(pass);
        zbar_image_set_format(pass->image, zbar_fourcc('Y', '8', '0', '0'));
        return pass;
}

struct zbar_pass *zbar_pass_free(struct zbar_pass *pass)
{
        if (!pass)
                return NULL;
        if (pass->image)
                zbar_image_destroy(pass->image);
        if (pass->scanner)
                zbar_image_scanner_destroy(pass->scanner);
        free(pass);
        return NULL;
}

static int renew_scanner(struct zbar_pass *pass)
{
        zbar_image_scanner_t *fresh = new_scanner();
        if (!fresh)
                return -ENOMEM;
        zbar_image_set_symbols(pass->image, NULL);
        zbar_image_scanner_destroy(pass->scanner);
        pass->scanner = fresh;
        pass->scans = 0;
        return 0;
}

static int collect(const struct zbar_pass *pass, struct zbar_code codes[], int capacity)
{
        int count = 0;
        for (const zbar_symbol_t *symbol = zbar_image_first_symbol(pass->image);
             symbol && count < capacity; symbol = zbar_symbol_next(symbol)) {
                size_t len = zbar_symbol_get_data_length(symbol);
                if (zbar_symbol_get_type(symbol) != ZBAR_QRCODE || len == 0 ||
                    len > FLOW_PAYLOAD_MAX)
                        continue;
                struct zbar_code *code = &codes[count++];
                code->bytes = (const uint8_t *)zbar_symbol_get_data(symbol);
                code->len = len;
                code->corners = zbar_symbol_get_loc_size(symbol) == 4 ? 4 : 0;
                for (int i = 0; i < code->corners; i++) {
                        code->corner[i].x = zbar_symbol_get_loc_x(symbol, (unsigned int)i);
                        code->corner[i].y = zbar_symbol_get_loc_y(symbol, (unsigned int)i);
                }
        }
        return count;
}

int zbar_pass_read(struct zbar_pass *pass, const uint8_t *luma, int width_px, int height_px,
                   struct zbar_code codes[], int capacity)
{
        if (pass->scans == SCANS_PER_SCANNER && renew_scanner(pass))
                return -ENOMEM;
        pass->scans++;
        unsigned int width = (unsigned int)width_px, height = (unsigned int)height_px;
        zbar_image_set_size(pass->image, width, height);
        zbar_image_set_data(pass->image, luma, (unsigned long)width * height, NULL);
        int found = zbar_scan_image(pass->scanner, pass->image);
        zbar_image_set_data(pass->image, NULL, 0, NULL);
        return found < 0 ? -EIO : collect(pass, codes, capacity);
}

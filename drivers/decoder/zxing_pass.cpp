#include "drivers/decoder/zxing_pass.h"

#define ZX_USE_UTF8 1 /* as versions after 1.x are anyway */
#include <ZXing/ReadBarcode.h>
#include <cerrno>
#include <new>
#include <utility>

#if __has_include(<ZXing/ReaderOptions.h>)
using Options = ZXing::ReaderOptions;
#else
using Options = ZXing::DecodeHints;
#endif
using Found = decltype(ZXing::ReadBarcodes(std::declval<const ZXing::ImageView &>()));

struct zxing_pass {
        Options options;
        Found found; /* whose bytes are lent */
};

int zxing_pass_new(struct zxing_pass **result)
{
        auto *pass = new (std::nothrow) zxing_pass;
        *result = pass;
        if (!pass)
                return -ENOMEM;
        pass->options.setFormats(ZXing::BarcodeFormat::QRCode);
        return 0;
}

struct zxing_pass *zxing_pass_free(struct zxing_pass *pass)
{
        delete pass;
        return nullptr;
}

static void lend(const Found::value_type &one, struct zbar_code *code)
{
        code->bytes = one.bytes().data();
        code->len = one.bytes().size();
        code->corners = 4;
        for (int i = 0; i < 4; i++) {
                code->corner[i].x = one.position()[i].x;
                code->corner[i].y = one.position()[i].y;
        }
}

int zxing_pass_read(struct zxing_pass *pass, const uint8_t *luma, int width_px, int height_px,
                    struct zbar_code codes[], int capacity)
{
        int count = 0;
        try {
                const ZXing::ImageView image(luma, width_px, height_px, ZXing::ImageFormat::Lum);
                pass->found = ZXing::ReadBarcodes(image, pass->options);
        } catch (const std::bad_alloc &) {
                return -ENOMEM;
        } catch (...) {
                return -EIO;
        }
        for (const auto &one : pass->found) {
                /* One symbol of a structured append is no code; zbar joins them, where all are in view. */
                bool is_whole = one.isValid() && !one.isPartOfSequence();
                size_t len = is_whole ? one.bytes().size() : 0;
                if (len > 0 && count < capacity)
                        lend(one, &codes[count++]);
        }
        return count;
}

#include "common/paper/code.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

static const char alphanumeric[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

static bool is_alphanumeric(const uint8_t *bytes, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (bytes[i] == '\0' || !strchr(alphanumeric, bytes[i]))
                        return false;
        return true;
}

static QRcode *encode(const uint8_t *bytes, size_t len, enum paper_level level)
{
        static const QRecLevel levels[] = { [PAPER_LEVEL_L] = QR_ECLEVEL_L,
                                            [PAPER_LEVEL_M] = QR_ECLEVEL_M,
                                            [PAPER_LEVEL_Q] = QR_ECLEVEL_Q,
                                            [PAPER_LEVEL_H] = QR_ECLEVEL_H };
        QRencodeMode mode = is_alphanumeric(bytes, len) ? QR_MODE_AN : QR_MODE_8;
        QRinput *input = QRinput_new2(0, levels[level]);
        QRcode *made = NULL;
        if (input && QRinput_append(input, mode, (int)len, bytes) == 0)
                made = QRcode_encodeInput(input);
        else if (input)
                errno = ERANGE;
        int error = errno;
        QRinput_free(input);
        errno = error;
        return made;
}

int paper_code_init(struct paper_code *code, const void *bytes, size_t len, enum paper_level level)
{
        enum {
                LEN_MAX = 7089 /* digits in a version 40-L code */
        };
        *code = PAPER_CODE_NONE;
        if (len == 0)
                return -EINVAL;
        if (len > LEN_MAX)
                return -E2BIG;
        errno = 0;
        QRcode *made = encode(bytes, len, level);
        if (!made)
                return errno == ERANGE ? -E2BIG : -ENOMEM;
        size_t count = (size_t)made->width * (size_t)made->width;
        code->dark = malloc(count);
        for (size_t i = 0; code->dark && i < count; i++)
                code->dark[i] = made->data[i] & 1;
        code->version = made->version;
        code->side = made->width;
        QRcode_free(made);
        return code->dark ? 0 : -ENOMEM;
}

void paper_code_deinit(struct paper_code *code)
{
        free(code->dark);
        *code = PAPER_CODE_NONE;
}

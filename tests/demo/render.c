/* Renders a QR code as a camera would see it: 640x480 grey, PGM on standard output. For the demo.
 */
#include <qrencode.h>
#include <stdio.h>
#include <string.h>

enum {
        WIDTH = 640,
        HEIGHT = 480,
        DARK = 40,
        LIGHT = 215,
        QUIET_ZONE = 4
};

static void draw(const QRcode *code, unsigned char *luma)
{
        int module_px = HEIGHT * 3 / 4 / (code->width + 2 * QUIET_ZONE);
        int side = code->width * module_px;
        int left = (WIDTH - side) / 2, top = (HEIGHT - side) / 2;
        for (int y = 0; y < side; y++)
                for (int x = 0; x < side; x++) {
                        int module = y / module_px * code->width + x / module_px;
                        if (code->data[module] & 1)
                                luma[(top + y) * WIDTH + left + x] = DARK;
                }
}

/* No argument: an empty scene. */
int main(int argc, char **argv)
{
        static unsigned char luma[WIDTH * HEIGHT];
        memset(luma, LIGHT, sizeof(luma));
        if (argc > 1) {
                QRcode *code = QRcode_encodeString8bit(argv[1], 0, QR_ECLEVEL_M);
                if (!code) {
                        perror("render: the text does not fit into a code");
                        return 1;
                }
                draw(code, luma);
                QRcode_free(code);
        }
        printf("P5\n%d %d\n255\n", WIDTH, HEIGHT);
        return fwrite(luma, 1, sizeof(luma), stdout) == sizeof(luma) ? 0 : 1;
}

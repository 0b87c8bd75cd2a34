#include "tests/scene/camera_text.h"

#include <stdio.h>
#include <string.h>

enum {
        SHORT_LEN = 20,
        LONG_LEN = 600
};

#define PICK(list) list[random_below(random, (int)ARRAY_LEN(list))]

static size_t characters(struct random *random, const char *prefix, const char *alphabet,
                         size_t len, uint8_t *text)
{
        size_t at = strlen(prefix);
        memcpy(text, prefix, at);
        int letters = (int)strlen(alphabet);
        for (; at < len; at++)
                text[at] = (uint8_t)alphabet[random_below(random, letters)];
        return len;
}

static size_t card(struct random *random, uint8_t *text, size_t size)
{
        static const char *const names[] = { "Nguyễn Văn An",   "Trần Thị Bình", "Lê Hữu Đức",
                                             "Phạm Ngọc Quỳnh", "Võ Thị Ổn",     "Đặng Minh Khuê",
                                             "Bùi Xuân Vượng",  "Hồ Thị Mỹ Linh" };
        static const char *const places[] = { "Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh",
                                              "Láng Thượng, Đống Đa, Hà Nội",
                                              "Xã Mỹ Hưng, Thanh Oai, Hà Nội",
                                              "Đắk Mâm, Krông Nô, Đắk Nông",
                                              "Bản Nậm Pồ, Điện Biên" };
        int day = 1 + random_below(random, 28), month = 1 + random_below(random, 12);
        int len =
                snprintf((char *)text, size, "%03d%09d|%09d|%s|%02d%02d%d|%s|Số %d, %s|%02d%02d%d",
                         1 + random_below(random, 96), random_below(random, 1000000000),
                         random_below(random, 1000000000), PICK(names), day, month,
                         1950 + random_below(random, 58), random_below(random, 2) ? "Nam" : "Nữ",
                         1 + random_below(random, 300), PICK(places), day, month,
                         2021 + random_below(random, 5));
        return len < 0 ? 0 : (size_t)len;
}

size_t camera_text(struct random *random, enum camera_sim_text kind, uint8_t *text, size_t size)
{
        switch (kind) {
        case CAMERA_SIM_SHORT:
                return characters(random, "GATE.",
                                  "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789",
                                  SHORT_LEN, text);
        case CAMERA_SIM_CARD:
                return card(random, text, size);
        case CAMERA_SIM_LONG:
                return characters(random,
                                  "HC1:", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", LONG_LEN,
                                  text);
        case CAMERA_SIM_NOTHING:
                break;
        }
        return 0;
}

#include "drivers/camera/v4l2_format.h"

#include <errno.h>
#include <string.h>

enum {
        SIDE_MAX_PX = 8192
};

/* Best first: the fewer bytes a frame has, the less the camera's bus and our caches carry. */
static const struct direct {
        uint32_t fourcc;
        int offset, step;
} direct_formats[] = {
        { V4L2_PIX_FMT_GREY, 0, 1 }, { V4L2_PIX_FMT_NV12, 0, 1 }, { V4L2_PIX_FMT_YUV420, 0, 1 },
        { V4L2_PIX_FMT_YUYV, 0, 2 }, { V4L2_PIX_FMT_UYVY, 1, 2 },
};

static const struct direct *find(uint32_t fourcc)
{
        for (size_t i = 0; i < ARRAY_LEN(direct_formats); i++)
                if (direct_formats[i].fourcc == fourcc)
                        return &direct_formats[i];
        return NULL;
}

int v4l2_format_parse(const char *text, uint32_t *fourcc)
{
        *fourcc = 0;
        if (strcmp(text, "auto") == 0)
                return 0;
        size_t len = strlen(text);
        if (len < 1 || len > 4)
                return -EINVAL;
        for (size_t i = 0; i < 4; i++)
                *fourcc |= (uint32_t)(i < len ? (unsigned char)text[i] : ' ') << (8 * i);
        return 0;
}

void v4l2_format_name(uint32_t fourcc, char name[5])
{
        for (int i = 0; i < 4; i++) {
                uint32_t c = (fourcc >> (8 * i)) & 0xff;
                name[i] = '?';
                if (c >= ' ' && c <= '~')
                        name[i] = (char)c;
        }
        name[4] = '\0';
}

bool v4l2_format_is_direct(uint32_t fourcc)
{
        return find(fourcc) != NULL;
}

uint32_t v4l2_format_choose(const uint32_t *offered, size_t count)
{
        for (size_t i = 0; i < ARRAY_LEN(direct_formats); i++)
                for (size_t k = 0; k < count; k++)
                        if (offered[k] == direct_formats[i].fourcc)
                                return offered[k];
        return 0;
}

int v4l2_format_luma(const struct v4l2_pix_format *format, struct v4l2_luma *luma)
{
        const struct direct *direct = find(format->pixelformat);
        if (!direct || format->width < 1 || format->width > SIDE_MAX_PX || format->height < 1 ||
            format->height > SIDE_MAX_PX || format->bytesperline > 16 * SIDE_MAX_PX)
                return -EINVAL;
        int width = (int)format->width, height = (int)format->height;
        int row = direct->offset + (width - 1) * direct->step + 1; /* to its last sample */
        /* Some drivers leave bytesperline at 0 for rows without padding. */
        int stride = format->bytesperline ? (int)format->bytesperline : width * direct->step;
        if (stride < row)
                return -EINVAL;
        *luma = (struct v4l2_luma){ .width_px = width,
                                    .height_px = height,
                                    .stride = stride,
                                    .step = direct->step,
                                    .offset = (size_t)direct->offset,
                                    .needed = (size_t)(height - 1) * (size_t)stride + (size_t)row };
        return 0;
}

bool v4l2_format_lend(const struct v4l2_luma *luma, const uint8_t *data, size_t used,
                      struct frame *frame)
{
        if (used < luma->needed)
                return false;
        *frame = (struct frame){ .luma = data + luma->offset,
                                 .width_px = luma->width_px,
                                 .height_px = luma->height_px,
                                 .stride = luma->stride,
                                 .step = luma->step };
        return true;
}

/*
 * Camera simulation: frames as the camera of a gate gives them, with a QR code on paper or on a
 * phone in view, drawn from numbers. The same view is the same frame in every run.
 *
 * Light reaches the sensor in the order of nature: what is there (background, sheet or phone, code
 * in its pose), what lies on it (glare, the screen's grid), what the lens does (focus, motion),
 * what the sensor does (contrast, noise, eight bits).
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum camera_sim_text {
        CAMERA_SIM_SHORT, /* a pass number: version 2 or 3 */
        CAMERA_SIM_CARD,  /* a citizen card: version 8 to 11 */
        CAMERA_SIM_LONG,  /* 600 characters of base45, a health certificate: version 14 to 19 */
        CAMERA_SIM_TEXTS,
        CAMERA_SIM_NOTHING = CAMERA_SIM_TEXTS /* no code: only what stands behind */
};

enum camera_sim_trouble {
        CAMERA_SIM_CLEAN,
        CAMERA_SIM_TURNED, /* any way round */
        CAMERA_SIM_TILTED, /* perspective */
        CAMERA_SIM_DEFOCUS,
        CAMERA_SIM_MOTION,
        CAMERA_SIM_NOISE,
        CAMERA_SIM_DIM, /* low contrast */
        CAMERA_SIM_GLARE,
        CAMERA_SIM_SCREEN, /* a phone: moiré of its grid and the sensor's, reflections */
        CAMERA_SIM_INVERTED,
        CAMERA_SIM_MIXED, /* three of them, each less */
        CAMERA_SIM_TROUBLES
};

struct camera_sim_view {
        int width_px, height_px;
        enum camera_sim_text text;
        enum camera_sim_trouble trouble;
        double share;  /* of the frame's height that the code takes */
        uint32_t seed; /* text, pose, background and the trouble's measure */
        int moment;    /* a video's frame: the hand shakes, the noise is another */
        double aside;  /* how far from its place the code is yet, in widths of the frame */
};

struct camera_sim_shot {
        struct frame frame; /* its samples belong to the shot */
        uint8_t *luma;
        uint8_t text[FLOW_PAYLOAD_MAX];
        size_t len;       /* 0: no code */
        double module_px; /* before the pose foreshortens it */
};

extern const char *const camera_sim_text_names[CAMERA_SIM_TEXTS];
extern const char *const camera_sim_trouble_names[CAMERA_SIM_TROUBLES];

/* The frame of a view. Ends the program without memory: it serves tests and benches. */
void camera_sim_shoot(const struct camera_sim_view *view, struct camera_sim_shot *shot);
void camera_sim_deinit(struct camera_sim_shot *shot);

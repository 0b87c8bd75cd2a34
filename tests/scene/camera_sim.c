#include "tests/scene/camera_sim.h"

#include "tests/scene/camera_light.h"
#include "tests/scene/camera_text.h"

#include <math.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>

enum {
        QUIET = 4,       /* modules around a code */
        SAMPLES = 3,     /* to a side, for each pixel that shows the sheet */
        CLUTTER_MAX = 12 /* rectangles in the background */
};

const char *const camera_sim_text_names[CAMERA_SIM_TEXTS] = { "short", "card", "long" };
const char *const camera_sim_trouble_names[CAMERA_SIM_TROUBLES] = { "clean",    "turned", "tilted",
                                                                    "defocus",  "motion", "noise",
                                                                    "dim",      "glare",  "screen",
                                                                    "inverted", "mixed" };

/* How much of what is wrong; 0: nothing. */
struct conditions {
        double turn, yaw, pitch;             /* radians */
        double defocus, smear, smear_angle;  /* modules */
        double noise, black, white;          /* grey levels */
        double glare_x, glare_y, glare_size; /* of the code's side, from its centre */
        double grid, period_px, grid_angle;  /* moiré: depth */
        bool is_inverted, is_screen;
};

/* The sheet's plane in the frame: (u, v) in modules from the code's corner, by a homography. */
struct pose {
        double to_plane[9];
};

struct clutter {
        double left, top, right, bottom, light;
};

struct scenery {
        int count;
        struct clutter clutter[CLUTTER_MAX];
        double light, slope_x, slope_y, weave, weave_px;
};

static void add_trouble(struct conditions *now, enum camera_sim_trouble trouble, double much,
                        struct random *random)
{
        double strength = much * random_between(random, 0.25, 1);
        double angle = random_between(random, 0, 2 * M_PI);
        switch (trouble) {
        case CAMERA_SIM_TURNED:
                now->turn = angle;
                break;
        case CAMERA_SIM_TILTED:
                now->yaw = strength * 0.95 * cos(angle);
                now->pitch = strength * 0.95 * sin(angle);
                break;
        case CAMERA_SIM_DEFOCUS:
                now->defocus = strength * 0.85;
                break;
        case CAMERA_SIM_MOTION:
                now->smear = strength * 2.0;
                now->smear_angle = angle;
                break;
        case CAMERA_SIM_NOISE:
                now->noise = strength * 45;
                break;
        case CAMERA_SIM_DIM:
                now->black = random_between(random, 15, 150);
                now->white = now->black + 80 - strength * 68;
                break;
        case CAMERA_SIM_GLARE:
                now->glare_x = 0.5 * cos(angle);
                now->glare_y = 0.5 * sin(angle);
                now->glare_size = strength * 0.45;
                break;
        case CAMERA_SIM_SCREEN:
                now->is_screen = true;
                now->grid = strength * 0.4;
                now->period_px = random_between(random, 2.2, 14);
                now->grid_angle = angle;
                now->black = random_between(random, 20, 60);
                break;
        case CAMERA_SIM_INVERTED:
                now->is_inverted = true;
                break;
        case CAMERA_SIM_CLEAN:
        case CAMERA_SIM_MIXED:
        case CAMERA_SIM_TROUBLES:
                break;
        }
}

static struct conditions conditions_of(const struct camera_sim_view *view, struct random *random)
{
        struct conditions now = { .turn = random_between(random, -0.12, 0.12),
                                  .noise = random_between(random, 1.5, 4),
                                  .black = random_between(random, 15, 50),
                                  .white = random_between(random, 170, 240) };
        if (view->trouble != CAMERA_SIM_MIXED) {
                add_trouble(&now, view->trouble, 1, random);
                return now;
        }
        for (int i = 0; i < 3; i++)
                add_trouble(&now, (enum camera_sim_trouble)(1 + random_below(random, 9)), 0.55,
                            random);
        return now;
}

/* A pinhole camera three sides away from the middle of a sheet that is turned and tilted. */
static struct pose pose_of(const struct conditions *now, double modules, double module_px, double x,
                           double y)
{
        double ct = cos(now->turn), st = sin(now->turn), cy = cos(now->yaw), sy = sin(now->yaw);
        double cp = cos(now->pitch), sp = sin(now->pitch), away = 3 * modules;
        /* Columns of Rx(pitch) · Ry(yaw) · Rz(turn) for u and v. */
        double ux = cy * ct, uy = cp * st + sp * sy * ct, uz = sp * st - cp * sy * ct;
        double vx = -cy * st, vy = cp * ct - sp * sy * st, vz = sp * ct + cp * sy * st;
        double half = modules / 2, f = away * module_px;
        double m[9] = {
                f * ux + x * uz, f * vx + x * vz, 0, f * uy + y * uz, f * vy + y * vz, 0, uz, vz, 0
        };
        m[2] = x * away - half * (m[0] + m[1]);
        m[5] = y * away - half * (m[3] + m[4]);
        m[8] = away - half * (m[6] + m[7]);
        struct pose pose = {
                { m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
                  m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                  m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3] }
        };
        return pose;
}

static void to_plane(const struct pose *pose, double x, double y, double *u, double *v)
{
        const double *m = pose->to_plane;
        double w = m[6] * x + m[7] * y + m[8];
        *u = (m[0] * x + m[1] * y + m[2]) / w;
        *v = (m[3] * x + m[4] * y + m[5]) / w;
}

static struct scenery scenery_of(const struct camera_sim_view *view, struct random *random)
{
        struct scenery scenery = { .light = random_between(random, 0.25, 0.7),
                                   .slope_x = random_between(random, -0.2, 0.2),
                                   .slope_y = random_between(random, -0.2, 0.2),
                                   .weave = random_between(random, 0, 0.12),
                                   .weave_px = random_between(random, 2, 12),
                                   .count = random_below(random, CLUTTER_MAX + 1) };
        for (int i = 0; i < scenery.count; i++) {
                struct clutter *clutter = &scenery.clutter[i];
                clutter->left = random_between(random, -0.2, 1) * view->width_px;
                clutter->top = random_between(random, -0.2, 1) * view->height_px;
                clutter->right = clutter->left + random_between(random, 0.01, 0.4) * view->width_px;
                clutter->bottom =
                        clutter->top + random_between(random, 0.01, 0.4) * view->height_px;
                clutter->light = random_between(random, 0, 1);
        }
        return scenery;
}

static double scenery_light(const struct scenery *scenery, const struct camera_sim_view *view,
                            int x, int y)
{
        double light = scenery->light + scenery->slope_x * x / view->width_px +
                       scenery->slope_y * y / view->height_px;
        for (int i = scenery->count - 1; i >= 0; i--) {
                const struct clutter *clutter = &scenery->clutter[i];
                if (x >= clutter->left && x < clutter->right && y >= clutter->top &&
                    y < clutter->bottom) {
                        light = clutter->light;
                        break;
                }
        }
        return light +
               scenery->weave * sin(x * 2 * M_PI / scenery->weave_px) * sin(y / scenery->weave_px);
}

/* The sheet at (u, v): 0 ink, 1 paper, below 0: not the sheet. */
static double sheet_light(const QRcode *code, const struct conditions *now, double u, double v)
{
        double margin = QUIET + (now->is_screen ? 3 : 1), rim = now->is_screen ? 2 : 0;
        if (u < -margin - rim || v < -margin - rim || u >= code->width + margin + rim ||
            v >= code->width + margin + rim)
                return -1;
        if (u < -margin || v < -margin || u >= code->width + margin || v >= code->width + margin)
                return 0.05; /* a phone's rim */
        bool is_ink = u >= 0 && v >= 0 && u < code->width && v < code->width &&
                      (code->data[(int)v * code->width + (int)u] & 1);
        return is_ink == now->is_inverted ? 1 : 0;
}

/* What lies on the sheet: a lamp's reflection, the beat of two grids. */
static double overlaid(double light, const struct conditions *now, double modules, double u,
                       double v, int x, int y)
{
        if (now->grid > 0) {
                double phase = 2 * M_PI / now->period_px;
                double across = x * cos(now->grid_angle) + y * sin(now->grid_angle);
                double along = y * cos(now->grid_angle) - x * sin(now->grid_angle);
                light *= 1 - now->grid / 2 * (1 + sin(phase * across) * cos(phase * along / 1.7));
        }
        if (now->glare_size > 0) {
                double dx = u / modules - 0.5 - now->glare_x, dy = v / modules - 0.5 - now->glare_y;
                double reach = sqrt(dx * dx + dy * dy) / now->glare_size;
                light += 1.6 / (1 + pow(reach, 6));
        }
        return light;
}

static void draw(struct light *light, const struct camera_sim_view *view, const QRcode *code,
                 const struct conditions *now, const struct pose *pose,
                 const struct scenery *scenery)
{
        for (int y = 0; y < light->height; y++) {
                for (int x = 0; x < light->width; x++) {
                        double behind = scenery_light(scenery, view, x, y), sum = 0;
                        double middle = -1, u = 0, v = 0;
                        for (int i = 0; code && i < SAMPLES * SAMPLES; i++) {
                                to_plane(pose, x + (i % SAMPLES + 0.5) / (double)SAMPLES,
                                         y + (i / SAMPLES + 0.5) / (double)SAMPLES, &u, &v);
                                double one = sheet_light(code, now, u, v);
                                if (i == 0 && (u < -30 || v < -30 || u > code->width + 30 ||
                                               v > code->width + 30))
                                        break;
                                sum += one < 0 ? behind : one;
                                middle = one < 0 ? middle : 1;
                        }
                        double value = middle < 0 ? behind : sum / (SAMPLES * SAMPLES);
                        if (middle >= 0)
                                value = overlaid(value, now, code->width, u, v, x, y);
                        light->at[(size_t)y * (size_t)light->width + (size_t)x] =
                                (float)fmin(fmax(value, 0), 1.4);
                }
        }
}

static QRcode *encode(const struct camera_sim_shot *shot, enum camera_sim_text kind,
                      struct random *random)
{
        static const QRecLevel levels[] = { QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q };
        char text[FLOW_PAYLOAD_MAX + 1];
        memcpy(text, shot->text, shot->len);
        text[shot->len] = '\0';
        QRecLevel level = kind == CAMERA_SIM_LONG ? levels[random_below(random, 2)]
                                                  : levels[random_below(random, 3)];
        return QRcode_encodeString(text, 0, level, QR_MODE_8, 1);
}

void camera_sim_shoot(const struct camera_sim_view *view, struct camera_sim_shot *shot)
{
        struct random random = random_of(view->seed);
        struct random hand = random_of(((uint64_t)view->seed << 20) + (uint64_t)view->moment + 1);
        size_t count = (size_t)view->width_px * (size_t)view->height_px;
        struct light light = { malloc(count * sizeof(float)), view->width_px, view->height_px };
        *shot = (struct camera_sim_shot){ .luma = malloc(count) };
        shot->len = camera_text(&random, view->text, shot->text, sizeof(shot->text));
        QRcode *code = shot->len > 0 ? encode(shot, view->text, &random) : NULL;
        if (!light.at || !shot->luma || (shot->len > 0 && !code)) {
                fputs("no memory for a drawn scene\n", stderr);
                abort();
        }
        struct conditions now = conditions_of(view, &random);
        struct scenery scenery = scenery_of(view, &random);
        struct pose pose = { { 0 } };
        if (code) {
                double side = view->share * view->height_px;
                shot->module_px = side / code->width;
                double room = fmin(0.75 * side, 0.5 * view->height_px);
                double x = random_between(&random, room, view->width_px - room);
                double y = random_between(&random, room, view->height_px - room);
                if (view->moment > 0) {
                        now.turn += 0.03 * random_normal(&hand);
                        x += 0.02 * side * random_normal(&hand);
                        y += 0.02 * side * random_normal(&hand);
                }
                pose = pose_of(&now, code->width, shot->module_px, x + view->aside * view->width_px,
                               y);
        }
        draw(&light, view, code, &now, &pose, &scenery);
        double lens = random_between(&random, 0.4, 0.7), module_px = fmax(shot->module_px, 1);
        light_blur(&light, hypot(lens, now.defocus * module_px));
        if (now.smear > 0)
                light_smear(&light, now.smear * module_px, now.smear_angle);
        light_expose(&light, now.black, now.white, now.noise, &hand, shot->luma);
        shot->frame = (struct frame){ .luma = shot->luma,
                                      .width_px = view->width_px,
                                      .height_px = view->height_px,
                                      .stride = view->width_px,
                                      .step = 1 };
        if (code)
                QRcode_free(code);
        free(light.at);
}

void camera_sim_deinit(struct camera_sim_shot *shot)
{
        free(shot->luma);
        *shot = (struct camera_sim_shot){ .luma = NULL };
}

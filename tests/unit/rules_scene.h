/* Rules' scene: somebody in front of a lane, for the tests of the rules. A scene is not copied
 * without scene_link: its facts point into it. */
#pragma once

#include "controller/validate/rules.h"

#include <string.h>

enum {
        SCENE_COVERS_MAX = 4
};

static const int64_t scene_now = INT64_C(1790000000) * 1000000;
static const int64_t second = 1000000;
static const int64_t hour = INT64_C(3600) * 1000000;

static const struct schedule always = {
        .periods = 1, .period = { { .days = 255, .from_min = 0, .until_min = 0 } }
};
static const struct schedule never = { .periods = 0 };

struct scene {
        struct rules_config config;
        struct rules_facts facts;
        struct credential credential;
        struct rules_cover covers[SCENE_COVERS_MAX];
};

static inline void scene_link(struct scene *scene)
{
        scene->facts.credential = &scene->credential;
        scene->facts.covers = scene->covers;
}

/* An enrolled worker with a level for everywhere, in front of an entry. */
static inline void scene_init(struct scene *scene, enum credential_class class)
{
        *scene = (struct scene){
                .config = { .site = "binh-hung",
                            .passback_reset_min = -1,
                            .is_untrusted_clock_denied = true,
                            .identity = RULES_IDENTITY_ENROLLED,
                            .health_cert = RULES_HEALTH_CERT_ENROLLED,
                            .proof_window_s = 30,
                            .declaration_h = 24,
                            .escort_s = 60 },
                .facts = { .direction = DIRECTION_ENTRY,
                           .now_us = scene_now,
                           .clock = CLOCK_SYNCHRONISED,
                           .local = { .weekday = 1, .minute = 720 },
                           .started_us = scene_now - hour,
                           .is_known = true,
                           .is_enrolled = true,
                           .covering = 1,
                           .passback_reset_min = -1,
                           .is_one_time_good = class == CREDENTIAL_ONE_TIME },
                .credential = { .class = class, .is_consistent = true },
        };
        scene_link(scene);
}

static inline struct rules_verdict scene_judge(const struct scene *scene)
{
        return rules_judge(&scene->config, &scene->facts);
}

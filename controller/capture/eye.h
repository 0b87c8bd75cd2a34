/*
 * Eye: the thread of one camera. Newest frame → codes → presentations → credentials → recorder.
 *
 * A camera that is missing, refuses, stalls (no frame for EYE_STALL_MS) or dies is told once, as a
 * Fault; the eye then opens it again and again, ever more slowly, until it is back. A decode that
 * overran its budget is followed by as long a rest: a hostile picture costs at most half a core,
 * and never the gate, which is another thread.
 */
#pragma once

#include "controller/board.h"
#include "controller/mail.h"
#include "controller/ports/camera.h"
#include "controller/ports/decoder.h"
#include "controller/ports/digest.h"
#include "controller/ports/sealing.h"
#include "controller/validate/trust.h"
#include <stdatomic.h>

enum {
        EYE_STALL_MS = 2000,
        EYE_WAIT_MS = 200,      /* per call of the camera: how soon a stop is noticed */
        EYE_RETRY_MIN_MS = 250, /* first pause before a lost camera is tried again */
        EYE_RETRY_MAX_MS = 2000
};

struct eye_config {
        int point;
        char access_point[FLOW_ID_MAX];
        const char *device; /* the camera in words fit for a log; borrowed */
        camera_open_fn *open;
        struct camera_settings camera;
        struct decoder_settings decoder;
        uint8_t key[DIGEST_KEY_LEN];
        bool is_metering; /* the camera exposes for codes that cannot be read */
        bool is_sealing;  /* identities are sealed with the key below */
        uint8_t seal_key[SEALING_KEY_LEN];
};

struct eye {
        struct eye_config config;
        struct mailbox *recorder, *gate, *desk; /* borrowed */
        struct board_point *board;              /* borrowed */
        atomic_int hold_off_ms, budget_ms;      /* live settings */
        atomic_bool is_stopping;
        struct trust_box trust; /* whose signatures it believes */
};

void eye_init(struct eye *eye, const struct eye_config *config, const struct settings *settings,
              struct mailbox *recorder, struct mailbox *gate, struct mailbox *desk,
              struct board_point *board);
/* Runs until eye_stop, which any thread may call; ends within EYE_WAIT_MS and one decode. */
void eye_run(struct eye *eye);
void eye_stop(struct eye *eye);

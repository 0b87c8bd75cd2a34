/*
 * Settings: the gate's configuration file as one struct. stiled, stile-uplink and stilectl read the
 * same file; each uses its own sections, all check the whole. The table in settings.c is the
 * only place where a key, its range, its default and its help stand.
 */
#pragma once

#include "common/option.h"
#include "controller/flow.h"
#include "controller/validate/manager.h"

enum {
        SETTINGS_POINTS_MAX = 8,
        SETTINGS_PATH_MAX = 108,
        SETTINGS_LINE_MAX = 64,
        SETTINGS_TIME_MAX = 8,  /* "04:00" */
        SETTINGS_ROLES_MAX = 80 /* every role and a space behind each */
};

enum passback_mode {
        PASSBACK_OFF,
        PASSBACK_SOFT,
        PASSBACK_HARD
};
enum when_full {
        WHEN_FULL_KEEP,
        WHEN_FULL_DROP_OLDEST
};

enum on_failure {
        ON_FAILURE_OPEN,
        ON_FAILURE_CLOSED
};
enum clock_policy {
        CLOCK_POLICY_ALLOW,
        CLOCK_POLICY_DENY
};
enum static_passes {
        STATIC_PASSES_ALLOW,
        STATIC_PASSES_DENY
};
enum camera_kind {
        CAMERA_V4L2,
        CAMERA_EXEC,
        CAMERA_REPLAY
};
enum lines_kind {
        LINES_GPIOD,
        LINES_SIM
};
enum ack_mode {
        ACK_COLLECTOR,
        ACK_PUBACK
};
enum home_assistant {
        HOME_ASSISTANT_OFF,
        HOME_ASSISTANT_SHOW,
        HOME_ASSISTANT_CONTROL,
        HOME_ASSISTANT_CLEAR
};
enum stale_policy {
        STALE_WARN,
        STALE_DENY
};
enum mqtt_version {
        MQTT_5,
        MQTT_311
};
enum command_signatures {
        COMMAND_SIGNATURES_OPTIONAL,
        COMMAND_SIGNATURES_REQUIRED
};

/* Access points: one direction of one lane. Lines are "GPIO17 active-low pull-up", "" where there
 * is none. */
struct settings_point {
        char id[FLOW_ID_MAX];
        char lane[FLOW_ID_MAX];
        int direction; /* 0 entry, 1 exit: index into the choices; see settings_direction */
        int camera;    /* enum camera_kind */
        char camera_source[SETTINGS_PATH_MAX * 4];
        char camera_format[16];
        int camera_width_px, camera_height_px, camera_rate;
        int camera_exposure, camera_gain, camera_focus;
        bool camera_is_metering;
        int replay_hold_ms;
        bool replay_is_looping;
        char pass_line[SETTINGS_LINE_MAX], release_line[SETTINGS_LINE_MAX];
        char sensor_line[SETTINGS_LINE_MAX], button_line[SETTINGS_LINE_MAX];
        char tamper_line[SETTINGS_LINE_MAX];
        char green_line[SETTINGS_LINE_MAX], red_line[SETTINGS_LINE_MAX];
        char buzzer_line[SETTINGS_LINE_MAX];
        int pulse_ms, window_ms, open_too_long_ms;
};

/* Whose signatures are obeyed (manager.h). */
struct settings_manager {
        char name[FLOW_ID_MAX];
        char key_file[SETTINGS_PATH_MAX];
        char roles[SETTINGS_ROLES_MAX];
};

struct settings {
        struct {
                char org[FLOW_ID_MAX], site[FLOW_ID_MAX], id[FLOW_ID_MAX];
                char key_file[SETTINGS_PATH_MAX];
        } gate;
        struct {
                char folder[SETTINGS_PATH_MAX];
                int retention_days, budget_mb, when_full;
        } store;
        struct {
                int wait_ms, on_failure, scan_age_ms;
        } record;
        struct {
                char socket[SETTINGS_PATH_MAX];
                char uplink_user[FLOW_ID_MAX];
        } local;
        struct {
                int passback, passback_reset_h, clock_untrusted;
                char passback_reset_at[SETTINGS_TIME_MAX]; /* "": never */
                int identity, health_cert, static_passes, proof_window_s;
                int declaration, declaration_h, escort_s;
                int lockout_codes, lockout_within_s, lockout_for_s;
                char time_zone[SETTINGS_LINE_MAX]; /* "": the system's */
        } rules;
        struct {
                char issuers_folder[SETTINGS_PATH_MAX], health_list[SETTINGS_PATH_MAX];
        } trust;
        struct {
                char seal_identity_to[SETTINGS_PATH_MAX]; /* "": nothing is sealed */
        } privacy;
        struct {
                int hold_off_ms, candidates_max, frame_ms, budget_ms;
        } decode;
        struct {
                int driver;
                char chip[SETTINGS_LINE_MAX];
                int debounce_ms;
        } lines;
        struct {
                char fire_line[SETTINGS_LINE_MAX], reset_line[SETTINGS_LINE_MAX];
        } fire;
        struct {
                int granted_ms, denied_ms;
                bool is_buzzing, is_aiming;
        } signals;
        struct {
                char host[256];
                int port;
                bool is_tls;
                char ca_file[SETTINGS_PATH_MAX], certificate_file[SETTINGS_PATH_MAX],
                        private_key_file[SETTINGS_PATH_MAX];
                int mqtt, ack, keepalive_s, in_flight, health_s, reconnect_max_s;
                int home_assistant; /* enum home_assistant */
        } uplink;
        struct {
                int stale_after_h, stale;
        } sync;
        struct {
                int signatures, per_minute;
        } commands;
        size_t managers;
        struct settings_manager manager[MANAGERS_MAX];
        size_t points;
        struct settings_point point[SETTINGS_POINTS_MAX];
};

/* A line's value taken apart. */
struct settings_line {
        char line[SETTINGS_LINE_MAX];
        bool is_active_low;
        int bias; /* enum line_bias of ports/lines.h */
};

extern const struct option_table settings_table;

/* Defaults, then the file, then what must agree between keys; complaints name file and line.
 * 0, -EINVAL or -errno. */
MUST_USE int settings_load(struct settings *settings, const char *path, FILE *complaints);
/* What must agree between keys. 0, or -EINVAL after complaints. */
MUST_USE int settings_check(const struct settings *settings, const char *path, FILE *complaints);
/* The commented sample: the reference build of hardware/. */
void settings_print_sample(FILE *out);
/* "04:00" → minutes of the day; -1: not such a time. */
int settings_parse_time(const char *value);
/* "access sync" → MANAGER_ACCESS | MANAGER_SYNC; 0: none, or one that is not known. */
unsigned int settings_parse_roles(const char *value);
/* "GPIO17 active-low pull-up" → its parts. NULL or why not. "" gives an empty line. */
const char *settings_parse_line(const char *value, struct settings_line *line);

/* What may be said of a camera's source: a command may hold a password. */
static inline const char *settings_camera_label(const struct settings_point *point)
{
        return point->camera == CAMERA_EXEC ? "command" : point->camera_source;
}

static inline enum direction settings_direction(const struct settings_point *point)
{
        return point->direction == 0 ? DIRECTION_ENTRY : DIRECTION_EXIT;
}

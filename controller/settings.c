#include "controller/settings.h"

#include "controller/settings_values.h"

#include <string.h>

static void *open_point(void *user, const char *name, const char **why)
{
        struct settings *settings = user;
        *why = settings_check_id(name);
        if (*why)
                return NULL;
        for (size_t i = 0; i < settings->points; i++)
                if (strcmp(settings->point[i].id, name) == 0)
                        *why = "this access point stands twice";
        if (settings->points == SETTINGS_POINTS_MAX)
                *why = "more than 8 access points";
        if (*why)
                return NULL;
        struct settings_point *point = &settings->point[settings->points++];
        memset(point, 0, sizeof(*point));
        point->direction = -1; /* has no default: settings_check.c asks for it */
        strcpy(point->id, name);
        return point;
}

static void *point_element(void *user, size_t index)
{
        struct settings *settings = user;
        return index < settings->points ? &settings->point[index] : NULL;
}

static void *open_manager(void *user, const char *name, const char **why)
{
        struct settings *settings = user;
        *why = settings_check_id(name);
        if (*why)
                return NULL;
        for (size_t i = 0; i < settings->managers; i++)
                if (strcmp(settings->manager[i].name, name) == 0)
                        *why = "this manager stands twice";
        if (settings->managers == MANAGERS_MAX)
                *why = "more than 16 managers";
        if (*why)
                return NULL;
        struct settings_manager *manager = &settings->manager[settings->managers++];
        memset(manager, 0, sizeof(*manager));
        strcpy(manager->name, name);
        return manager;
}

static void *manager_element(void *user, size_t index)
{
        struct settings *settings = user;
        return index < settings->managers ? &settings->manager[index] : NULL;
}

static const struct option_section sections[] = {
        { "gate", "Who this gate is. The three names make its MQTT topics: stile/v1/org/site/id/…",
          NULL, NULL },
        { "store", "Where the records live.", NULL, NULL },
        { "record", "Granted means recorded: the relay waits for the record.", NULL, NULL },
        { "local", "The local socket, for stilectl and stile-uplink.", NULL, NULL },
        { "rules", "Who may pass, beyond the holders' own access levels.", NULL, NULL },
        { "trust", "Whose signatures are believed.", NULL, NULL },
        { "privacy", "What is kept of people whom the registry does not know.", NULL, NULL },
        { "decode", "Reading codes.", NULL, NULL },
        { "lines", "The chip that drives relays and lamps and reads sensors.", NULL, NULL },
        { "fire", "The fire loop releases every lane, and holds until it is reset at the panel.",
          NULL, NULL },
        { "signals", "Lamps and buzzer.", NULL, NULL },
        { "uplink", "The broker (stile-uplink only).", NULL, NULL },
        { "sync", "The registry that the centre sends. Manifests are signed: see [manager].", NULL,
          NULL },
        { "commands", "Commands from the network. Those of the local socket are not concerned.",
          NULL, NULL },
        { "manager",
          "Whose signatures are obeyed, and in what: [manager NAME], up to 16 of them. Who may "
          "let\n"
          "people in ([trust]) may not therefore command.",
          open_manager, manager_element },
        { "access-point",
          "One direction of one lane: [access-point NAME], up to 8 of them.\n"
          "A line is a name (GPIO17) or number, then any of: active-low, pull-up, pull-down,\n"
          "bias-off.",
          open_point, point_element },
};

static const char *const when_full_names[] = { "keep", "drop-oldest", NULL };
static const char *const on_failure_names[] = { "open", "closed", NULL };
static const char *const passback_names[] = { "off", "soft", "hard", NULL };
static const char *const clock_names[] = { "allow", "deny", NULL };
static const char *const identity_names[] = { "deny", "enrolled", "pre-registered", "log-only",
                                              NULL };
static const char *const health_cert_names[] = { "off", "enrolled", "admit", NULL };
static const char *const declaration_names[] = { "none", "warn", "require", NULL };
static const char *const static_passes_names[] = { "allow", "deny", NULL };
static const char *const lines_names[] = { "gpiod", "sim", NULL };
static const char *const ack_names[] = { "collector", "puback", NULL };
static const char *const home_assistant_names[] = { "off", "show", "control", "clear", NULL };
static const char *const stale_names[] = { "warn", "deny", NULL };
static const char *const mqtt_names[] = { "5", "3.1.1", NULL };
static const char *const signatures_names[] = { "optional", "required", NULL };
static const char *const direction_names[] = { "entry", "exit", NULL };
static const char *const camera_names[] = { "v4l2", "exec", "replay", NULL };

#define AT(field)         offsetof(struct settings, field)
#define SIZE(field)       sizeof(((struct settings *)0)->field)
#define POINT(field)      offsetof(struct settings_point, field)
#define POINT_SIZE(field) sizeof(((struct settings_point *)0)->field)

/* The rows of the table, one macro a type: key, field, then what that type needs. */
#define INT(section, key, field, low, high, fallback, live, help)                                  \
        {                                                                                          \
                section, key, OPTION_INT, AT(field), 0, low, high, NULL, NULL, fallback, help,     \
                        live                                                                       \
        }
#define CHOICE(section, key, field, names, fallback, live, help)                                   \
        {                                                                                          \
                section, key, OPTION_CHOICE, AT(field), 0, 0, 0, names, NULL, fallback, help, live \
        }
#define BOOL(section, key, field, fallback, live, help)                                            \
        {                                                                                          \
                section, key, OPTION_BOOL, AT(field), 0, 0, 0, NULL, NULL, fallback, help, live    \
        }
#define TEXT(section, key, field, check, fallback, help)                                           \
        {                                                                                          \
                section, key, OPTION_TEXT, AT(field), SIZE(field), 0, 0, NULL, check, fallback,    \
                        help, false                                                                \
        }
#define MANAGER_TEXT(key, field, check, help)                                                      \
        {                                                                                          \
                "manager", key, OPTION_TEXT, offsetof(struct settings_manager, field),             \
                        sizeof(((struct settings_manager *)0)->field), 0, 0, NULL, check, NULL,    \
                        help, true                                                                 \
        }
#define POINT_INT(key, field, low, high, fallback, live, help)                                     \
        {                                                                                          \
                "access-point", key, OPTION_INT, POINT(field), 0, low, high, NULL, NULL, fallback, \
                        help, live                                                                 \
        }
#define POINT_CHOICE(key, field, names, fallback, help)                                            \
        {                                                                                          \
                "access-point", key, OPTION_CHOICE, POINT(field), 0, 0, 0, names, NULL, fallback,  \
                        help, false                                                                \
        }
#define POINT_BOOL(key, field, fallback, help)                                                     \
        {                                                                                          \
                "access-point", key, OPTION_BOOL, POINT(field), 0, 0, 0, NULL, NULL, fallback,     \
                        help, false                                                                \
        }
#define POINT_TEXT(key, field, check, fallback, help)                                              \
        {                                                                                          \
                "access-point", key, OPTION_TEXT, POINT(field), POINT_SIZE(field), 0, 0, NULL,     \
                        check, fallback, help, false                                               \
        }

/* clang-format off: one row an option reads as the table it is */
static const struct option_row options[] = {
        TEXT("gate", "org", gate.org, settings_check_id, "example", "the organisation"),
        TEXT("gate", "site", gate.site, settings_check_id, "site", "the site of the organisation"),
        TEXT("gate", "id", gate.id, settings_check_id, "gate",
             "this gate; the common name of its certificate is org/site/id"),
        TEXT("gate", "key-file", gate.key_file, settings_check_path, "/var/lib/stile/site.key",
             "32 secret bytes that key pseudonyms and the registry; made at the first start.\n"
             "Gates of one site share it."),
        TEXT("store", "folder", store.folder, settings_check_path, "/var/lib/stile",
             "holds journal.db, registry.db and sync.db"),
        INT("store", "retention-days", store.retention_days, 1, 365, "21", true,
            "acknowledged events older than this are deleted; others never; visitors, so long "
            "after their visit"),
        INT("store", "budget-mb", store.budget_mb, 0, 1048576, "256", true,
            "MiB that the journal may use; beyond it the oldest acknowledged events are deleted\n"
            "before their time; 0: only days count"),
        CHOICE("store", "when-full", store.when_full, when_full_names, "keep", true,
               "when only unacknowledged events are left over the budget: keep them all until the\n"
               "disk is full, or drop-oldest, with a Fault that says which"),
        INT("record", "wait-ms", record.wait_ms, 10, 5000, "100", true,
            "how long a lane waits for the record of its grant"),
        CHOICE("record", "on-failure", record.on_failure, on_failure_names, "closed", true,
               "what an entry does when the record takes longer or fails; an exit always opens"),
        INT("record", "scan-age-ms", record.scan_age_ms, 500, 30000, "3000", true,
            "a scan older than this is refused: whoever showed it has left"),
        TEXT("local", "socket", local.socket, settings_check_path, "/run/stile/gate.sock",
             "path of the socket"),
        TEXT("local", "uplink-user", local.uplink_user, NULL, "stile-uplink",
             "may follow the journal, acknowledge and pass commands; root and stiled's own user\n"
             "may do everything; everybody else nothing"),
        CHOICE("rules", "passback", rules.passback, passback_names, "off", true,
               "anti-passback on taken passages; soft admits and notes, hard refuses"),
        INT("rules", "passback-reset-h", rules.passback_reset_h, 0, 720, "0", true,
            "hours after which a presence no longer counts; 0: never"),
        CHOICE("rules", "clock-untrusted", rules.clock_untrusted, clock_names, "allow", true,
               "validity dates while the clock cannot be trusted: judge by the last known time,\n"
               "or deny"),
        TEXT("rules", "passback-reset-at", rules.passback_reset_at, settings_check_time, "",
             "time of the local day at which every presence ceases to count; empty: never"),
        TEXT("rules", "time-zone", rules.time_zone, settings_check_time_zone, "",
             "whose clock the schedules mean, such as Asia/Ho_Chi_Minh; empty: the system's"),
        CHOICE("rules", "identity-codes", rules.identity, identity_names, "enrolled", true,
               "citizen cards, insurance cards and personal QR codes, which anyone can print: "
               "deny;\n"
               "enrolled: as any enrolled code; pre-registered: only visitors whose visit is now;\n"
               "log-only: everybody who shows one, for the record"),
        CHOICE("rules", "health-certificate", rules.health_cert, health_cert_names, "off", true,
               "EU DCC and Vietnam's vaccine passport: off; enrolled: a genuine one of a holder;\n"
               "admit: any genuine one"),
        CHOICE("rules", "static-passes", rules.static_passes, static_passes_names, "allow", true,
               "passes on paper, which can be photographed; deny: only those that a phone renews"),
        INT("rules", "proof-window-s", rules.proof_window_s, 5, 15, "15", true,
            "a phone's proof may be this much older or newer than the gate's clock: a photograph "
            "of\n"
            "it is dead after at most twice as long"),
        CHOICE("rules", "declaration", rules.declaration, declaration_names, "none", true,
               "health declarations: none; warn: admit without one, and note it; require"),
        INT("rules", "declaration-h", rules.declaration_h, 1, 720, "72", true,
            "hours that a declaration is good for"),
        INT("rules", "escort-s", rules.escort_s, 5, 600, "60", true,
            "a visitor who needs an escort follows the escort's own scan within this time"),
        INT("rules", "lockout-codes", rules.lockout_codes, 0, 50, "10", true,
            "so many unknown or forged codes at one entry lock its reader out; 0: never"),
        INT("rules", "lockout-within-s", rules.lockout_within_s, 5, 3600, "60", true,
            "in this time"),
        INT("rules", "lockout-for-s", rules.lockout_for_s, 5, 3600, "30", true, "for so long"),
        TEXT("trust", "issuers-folder", trust.issuers_folder, settings_check_optional_path,
             "/etc/stile/issuers",
             "public keys (PEM) of those whose site passes are good here; empty: nobody's"),
        TEXT("trust", "health-list", trust.health_list, settings_check_optional_path, "",
             "signers of health certificates: a list made by stilectl trust import; empty: nobody"),
        TEXT("privacy", "seal-identity-to", privacy.seal_identity_to, settings_check_optional_path,
             "",
             "the site's public key (PEM, stilectl key new --sealing): who is let in and is not in "
             "the\n"
             "registry is recorded with the number, name and birth date of their card, sealed so\n"
             "that only the private key opens it; empty: nothing is kept but a pseudonym"),
        INT("decode", "hold-off-ms", decode.hold_off_ms, 200, 60000, "2000", true,
            "a code out of view this long is a new presentation when it is shown again"),
        INT("decode", "candidates-max", decode.candidates_max, 0, 10000, "16", false,
            "a frame with more finder-pattern candidates is refused as hostile; 0: no limit.\n"
            "Why 16: controller/decode/finder.h"),
        INT("decode", "frame-ms", decode.frame_ms, 1, 5000, "30", false,
            "a frame that has taken so much of the processor's time is tried in no further way;\n"
            "about what one plain pass over a frame takes"),
        INT("decode", "budget-ms", decode.budget_ms, 10, 5000, "250", true,
            "after a frame that took longer, the camera rests as long as it took"),
        CHOICE("lines", "driver", lines.driver, lines_names, "gpiod", false,
               "gpiod: real lines; sim: simulated ones"),
        TEXT("lines", "chip", lines.chip, NULL, "pinctrl-bcm2711",
             "label, name or path. Pi 0 to 3: pinctrl-bcm2835, Pi 4: pinctrl-bcm2711,\nPi 5: "
             "pinctrl-rp1"),
        INT("lines", "debounce-ms", lines.debounce_ms, 0, 1000, "10", false,
            "how long an input must stand"),
        TEXT("fire", "line", fire.fire_line, settings_check_line, "",
             "normally closed loop: on while it is whole; off or broken releases"),
        TEXT("fire", "reset-line", fire.reset_line, settings_check_line, "",
             "the key at the panel that ends a release"),
        INT("signals", "granted-ms", signals.granted_ms, 200, 10000, "2000", true,
            "how long green stays"),
        INT("signals", "denied-ms", signals.denied_ms, 200, 10000, "2000", true,
            "how long red stays"),
        BOOL("signals", "buzzer", signals.is_buzzing, "yes", true, "sound"),
        BOOL("signals", "aim", signals.is_aiming, "yes", true,
             "green and red in turn while a code is seen and cannot be read"),
        TEXT("uplink", "host", uplink.host, NULL, "localhost",
             "the broker's name, as in its certificate"),
        INT("uplink", "port", uplink.port, 1, 65535, "8883", false, "8883 with TLS, 1883 without"),
        BOOL("uplink", "tls", uplink.is_tls, "yes", false, "no only on loopback"),
        TEXT("uplink", "ca-file", uplink.ca_file, settings_check_path, "/etc/stile/tls/ca.crt",
             "who signs the broker's certificate"),
        TEXT("uplink", "certificate-file", uplink.certificate_file, settings_check_path,
             "/etc/stile/tls/gate.crt", "this gate's certificate"),
        TEXT("uplink", "private-key-file", uplink.private_key_file, settings_check_path,
             "/etc/stile/tls/gate.key", "and its key, readable by stile-uplink only"),
        CHOICE("uplink", "mqtt", uplink.mqtt, mqtt_names, "5", false,
               "3.1.1 for brokers that know no 5 (RabbitMQ before 4.0): no outcomes of commands, "
               "and a\n"
               "refused entry costs the connection"),
        CHOICE("uplink", "ack", uplink.ack, ack_names, "collector", false,
               "what settles an event: the collector's word that it is stored, or the broker's "
               "PUBACK\n"
               "(only for sites without a collector: a broker may lose what it has)"),
        INT("uplink", "keepalive-s", uplink.keepalive_s, 5, 300, "8", false, "MQTT keep alive"),
        INT("uplink", "in-flight", uplink.in_flight, 1, 1000, "100", false,
            "messages with entries sent ahead of their PUBACK"),
        INT("uplink", "health-s", uplink.health_s, 1, 3600, "30", false,
            "how often health is published"),
        INT("uplink", "reconnect-max-s", uplink.reconnect_max_s, 1, 600, "60", false,
            "longest pause between tries; they never end"),
        CHOICE("uplink", "home-assistant", uplink.home_assistant, home_assistant_names, "off",
               false,
               "announce this gate to Home Assistant: show: its states; control: buttons too;\n"
               "clear: take back what was announced before (docs/home-assistant.md)"),
        INT("sync", "stale-after-h", sync.stale_after_h, 0, 8760, "0", true,
            "hours after its issue that the registry counts as stale, and so one that never came;\n"
            "0: never"),
        CHOICE("sync", "stale", sync.stale, stale_names, "warn", true,
               "what a stale registry means: warn: a Fault, and status says so; deny: entries are\n"
               "refused as well, exits never"),
        CHOICE("commands", "signatures", commands.signatures, signatures_names, "optional", true,
               "required: only commands that a manager has signed are obeyed; optional: the "
               "broker's\n"
               "access list says who may command. A signature that is there must be good in both"),
        INT("commands", "per-minute", commands.per_minute, 1, 600, "30", true,
            "so many a minute are looked at, and as many signed ones; more are refused"),
        MANAGER_TEXT("key", key_file, settings_check_path, "their public key (PEM)"),
        MANAGER_TEXT("roles", roles, settings_check_roles,
                     "what they may sign: access, lockopen, lockdown, release, sync and config are "
                     "the\n"
                     "commands of these names; registry is the registry's manifest"),
        POINT_TEXT("lane", lane, settings_check_id, "1",
                   "the lane; entry and exit of one turnstile share it"),
        POINT_CHOICE("direction", direction, direction_names, NULL, "an exit is never refused"),
        POINT_CHOICE("camera", camera, camera_names, "v4l2",
                     "v4l2: a camera; exec: frames from a command; replay: picture files"),
        POINT_TEXT("camera-source", camera_source, NULL, NULL,
                   "v4l2: device; exec: command that writes raw frames; replay: file or folder"),
        POINT_TEXT("camera-format", camera_format, NULL, "auto",
                   "v4l2: auto or a fourcc such as NV12; exec: grey or yuv420 (auto: yuv420)"),
        POINT_INT("camera-width", camera_width_px, 64, 4096, "640", false, "pixels"),
        POINT_INT("camera-height", camera_height_px, 64, 4096, "480", false, "pixels"),
        POINT_INT("camera-rate", camera_rate, 1, 120, "30", false, "frames per second"),
        POINT_INT("camera-exposure", camera_exposure, -1, 1000000, "-1", false,
                  "100 µs units; -1: automatic"),
        POINT_INT("camera-gain", camera_gain, -1, 1000000, "-1", false,
                  "the camera's units; -1: automatic"),
        POINT_INT("camera-focus", camera_focus, -1, 1000000, "-1", false,
                  "the camera's units; -1: automatic"),
        POINT_BOOL("camera-metering", camera_is_metering, "no",
                   "v4l2: exposes for a code that is seen and cannot be read"),
        POINT_INT("replay-hold-ms", replay_hold_ms, 10, 3600000, "1000", false,
                  "how long each picture is shown"),
        POINT_BOOL("replay-loop", replay_is_looping, "yes", "begin again after the last picture"),
        POINT_TEXT("pass-line", pass_line, settings_check_line, NULL,
                   "output: the relay that lets one person pass; off when nobody drives it"),
        POINT_TEXT("release-line", release_line, settings_check_line, "",
                   "output: on holds the lane, off (no power, no driver) leaves it free.\n"
                   "Leave empty where a dead controller shall leave the turnstile's own mechanism "
                   "in charge."),
        POINT_TEXT("sensor-line", sensor_line, settings_check_line, "",
                   "input: on while a person is in the passage; empty: taken is assumed"),
        POINT_TEXT("button-line", button_line, settings_check_line, "", "input: exit push button"),
        POINT_TEXT("tamper-line", tamper_line, settings_check_line, "",
                   "input: on while the housing is open"),
        POINT_TEXT("green-line", green_line, settings_check_line, "", "output: green lamp"),
        POINT_TEXT("red-line", red_line, settings_check_line, "", "output: red lamp"),
        POINT_TEXT("buzzer-line", buzzer_line, settings_check_line, "", "output: active buzzer"),
        POINT_INT("pulse-ms", pulse_ms, 50, 5000, "1000", true, "length of the relay pulse"),
        POINT_INT("window-ms", window_ms, 500, 30000, "6000", true, "time to walk through"),
        POINT_INT("open-too-long-ms", open_too_long_ms, 1000, 600000, "15000", true,
                  "passage sensor on this long raises OpenTooLong"),
};
/* clang-format on */

const struct option_table settings_table = { sections, ARRAY_LEN(sections), options,
                                             ARRAY_LEN(options) };

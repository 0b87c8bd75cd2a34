/* Desk: what hello, status, lines and uplink-state say. */
#include "controller/local/desk_private.h"

#include "common/rfc3339.h"
#include "controller/actuate/lane.h"
#include "controller/flow_names.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

enum {
        UPLINK_SILENT_MS = 30000
}; /* it speaks every 10 s */

static const char *const states[] = {
        [BOARD_CLOSED] = "closed",           [BOARD_GRANTED] = "granted",
        [BOARD_PASSING] = "passing",         [BOARD_RELEASED] = "released",
        [BOARD_LOCKED_OPEN] = "locked_open", [BOARD_LOCKED_DOWN] = "locked_down",
};
static const char *const doors[] = {
        [LANE_DOOR_NORMAL] = "normal",
        [LANE_DOOR_FORCED_OPEN] = "forced_open",
        [LANE_DOOR_OPEN_TOO_LONG] = "open_too_long",
};
static const char *const brokers[] = {
        [BROKER_NO_UPLINK] = "no_uplink",
        [BROKER_DISCONNECTED] = "disconnected",
        [BROKER_CONNECTING] = "connecting",
        [BROKER_CONNECTED] = "connected",
};
static const char *const cameras[] = { "v4l2", "exec", "replay" };

static json_t *time_json(int64_t us)
{
        char text[RFC3339_MAX];
        rfc3339_format(us, text);
        return json_string(text);
}

static json_t *count_json(const atomic_uint_fast64_t *count)
{
        return json_integer((json_int_t)atomic_load(count));
}

static json_t *histogram_json(const struct histogram *histogram)
{
        return json_pack("{s:o, s:I, s:I, s:I, s:I}", "count", count_json(&histogram->count), "p50",
                         (json_int_t)histogram_quantile(histogram, 0.5), "p95",
                         (json_int_t)histogram_quantile(histogram, 0.95), "p99",
                         (json_int_t)histogram_quantile(histogram, 0.99), "max",
                         (json_int_t)atomic_load(&histogram->max_us));
}

static json_t *buckets_json(const struct histogram *histogram)
{
        json_t *buckets = json_array();
        for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
                uint64_t count = atomic_load(&histogram->bucket[i]);
                if (count > 0)
                        json_array_append_new(buckets,
                                              json_pack("[I, I]", (json_int_t)histogram_bound_us(i),
                                                        (json_int_t)count));
        }
        return buckets;
}

static json_t *camera_json(const struct settings_point *settings, const struct board_point *board)
{
        bool is_running = atomic_load(&board->is_camera_running);
        return json_pack(
                "{s:s, s:s, s:s, s:f, s:o, s:i, s:i, s:o}", "driver", cameras[settings->camera],
                "source", settings_camera_label(settings), "state", is_running ? "running" : "lost",
                "rate", (double)atomic_load(&board->rate_mhz) / 1000.0, "frames",
                count_json(&board->frames), "width", atomic_load(&board->width_px), "height",
                atomic_load(&board->height_px), "faults", count_json(&board->camera_faults));
}

/* NULL: no such line is wired. */
static json_t *tamper_json(const struct desk *desk, size_t index)
{
        int line = desk->plan->point[index].tamper;
        return line == PLAN_NONE ? NULL : json_boolean(atomic_load(&desk->board->is_line_on[line]));
}

/* Only stages that read something: ten zeros tell nobody anything. */
static json_t *stages_json(const struct board_point *board)
{
        json_t *read = json_object();
        for (int i = 0; i < STAGES; i++)
                if (atomic_load(&board->stage_codes[i]) > 0)
                        json_object_set_new(read, stages[i].name,
                                            count_json(&board->stage_codes[i]));
        return read;
}

/* NULL: nobody needs help. */
static const char *aim_text(const struct board_point *board)
{
        int hint = atomic_load(&board->aim);
        return hint == AIM_NONE ? NULL : aim_hint_names[hint];
}

static json_t *point_json(const struct desk *desk, size_t index)
{
        const struct settings_point *settings = &desk->settings->point[index];
        const struct board_point *board = &desk->board->point[index];
        json_t *relay = histogram_json(&board->scan_to_relay_us);
        json_object_set_new(relay, "buckets", buckets_json(&board->scan_to_relay_us));
        return json_pack(
                "{s:s, s:s, s:s, s:s, s:s, s:o*, s:o, s:o, s:o, s:o, s:s*, s:o, s:o, s:o}", "id",
                settings->id, "lane", settings->lane, "direction",
                direction_name(settings_direction(settings)), "state",
                states[atomic_load(&board->state)], "door", doors[atomic_load(&board->door)],
                "tamper", tamper_json(desk, index), "camera", camera_json(settings, board),
                "decode_us", histogram_json(&board->decode_us), "refused_frames",
                count_json(&board->refused_frames), "same_frames", count_json(&board->same_frames),
                "aim", aim_text(board), "codes", count_json(&board->codes), "stages",
                stages_json(board), "scan_to_relay_us", relay);
}

static json_t *journal_json(const struct desk *desk, const char *path)
{
        const struct board *board = desk->board;
        uint64_t head = atomic_load(&board->head), acked = atomic_load(&board->acked);
        return json_pack("{s:s, s:I, s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:I, s:I}", "path", path,
                         "head", (json_int_t)head, "acked", (json_int_t)acked, "oldest",
                         count_json(&board->oldest), "outbox", (json_int_t)(head - acked),
                         "waiting", count_json(&board->waiting), "late", count_json(&board->late),
                         "lost", count_json(&board->lost), "dropped", count_json(&board->dropped),
                         "bytes", (json_int_t)atomic_load(&board->journal_bytes), "budget_bytes",
                         (json_int_t)atomic_load(&board->budget_bytes));
}

static json_t *broker_json(const struct desk *desk)
{
        bool is_silent = desk->broker_said_ms == 0 ||
                         monotonic_ms() - desk->broker_said_ms > UPLINK_SILENT_MS;
        return json_pack("{s:s, s:s, s:o, s:I, s:I}", "state",
                         brokers[is_silent ? BROKER_NO_UPLINK : desk->broker], "detail",
                         desk->broker_detail, "since", time_json(desk->broker_since_us),
                         "published", (json_int_t)desk->published, "in_flight",
                         (json_int_t)desk->in_flight);
}

static json_t *gate_json(const struct desk *desk, const char *epoch)
{
        const struct settings *settings = desk->settings;
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I}", "org", settings->gate.org,
                         "site", settings->gate.site, "id", settings->gate.id, "software",
                         STILE_VERSION, "epoch", epoch, "boot", desk->boot, "started",
                         time_json(desk->started_us), "uptime_s",
                         (json_int_t)((monotonic_ms() - desk->started_ms) / 1000));
}

static json_t *clock_json(const struct desk *desk)
{
        enum clock_quality quality = (enum clock_quality)atomic_load(&desk->board->clock_quality);
        return json_pack("{s:s, s:o}", "quality", clock_quality_name(quality), "now",
                         time_json(wall_us()));
}

static json_t *disk_json(const struct desk *desk)
{
        struct statvfs disk = { 0 };
        if (statvfs(desk->settings->store.folder, &disk) != 0)
                return json_object();
        uint64_t block = disk.f_frsize;
        uint64_t free_bytes = disk.f_bavail * block, total_bytes = disk.f_blocks * block;
        return json_pack("{s:I, s:I}", "free_bytes", (json_int_t)free_bytes, "total_bytes",
                         (json_int_t)total_bytes);
}

/* Options that managers changed from afar. */
static json_t *overrides_json(const struct overrides *overrides)
{
        json_t *options = json_object();
        for (size_t i = 0; i < overrides->count; i++)
                json_object_set_new(options, overrides->item[i].name,
                                    json_string(overrides->item[i].value));
        return json_pack("{s:o, s:b}", "options", options, "ignored", overrides->is_ignored);
}

/* What the registry is, and how much of the next one is still to come. */
static json_t *registry_json(const struct desk *desk)
{
        const struct board *board = desk->board;
        json_t *registry =
                json_pack("{s:o, s:o, s:o, s:o}", "holders", count_json(&board->holders),
                          "credentials", count_json(&board->credentials), "levels",
                          count_json(&board->levels), "inside", count_json(&board->inside));
        uint64_t version = atomic_load(&board->registry_version);
        const char *trouble = atomic_load(&board->registry_trouble);
        if (version != 0) {
                int64_t issued_s = atomic_load(&board->registry_issued_s);
                int64_t age_s = (int64_t)time(NULL) - issued_s;
                json_object_set_new(registry, "version", json_integer((json_int_t)version));
                json_object_set_new(registry, "issued", time_json(issued_s * 1000000));
                json_object_set_new(registry, "age_s", json_integer(age_s > 0 ? age_s : 0));
        }
        if (atomic_load(&board->registry_blocked) != 0)
                json_object_set_new(registry, "blocked_version",
                                    count_json(&board->registry_blocked));
        if (atomic_load(&board->registry_buckets_left) != 0)
                json_object_set_new(registry, "pending",
                                    json_pack("{s:o, s:o}", "buckets",
                                              count_json(&board->registry_buckets_left), "bytes",
                                              count_json(&board->registry_bytes_left)));
        if (atomic_load(&board->registry_refused) != 0)
                json_object_set_new(registry, "refused", count_json(&board->registry_refused));
        if (atomic_load(&board->is_registry_stale))
                json_object_set_new(registry, "stale", json_true());
        if (trouble)
                json_object_set_new(registry, "trouble", json_string(trouble));
        return registry;
}

void desk_add_status(const struct desk *desk, json_t *status)
{
        char epoch[64], path[SETTINGS_PATH_MAX + 16];
        const struct board *board = desk->board;
        json_t *points = json_array();
        for (size_t i = 0; i < desk->settings->points; i++)
                json_array_append_new(points, point_json(desk, i));
        snprintf(epoch, sizeof(epoch), "%s", json_string_value(json_object_get(status, "epoch")));
        snprintf(path, sizeof(path), "%s/journal.db", desk->settings->store.folder);
        json_object_clear(status);
        const char *fire = atomic_load(&board->fire_state);
        json_t *rest = json_pack(
                "{s:o, s:o, s:{s:s}, s:{s:s, s:s, s:o}, s:o, s:o, s:o, s:o, s:o, "
                "s:{s:I, s:I, s:I}}",
                "gate", gate_json(desk, epoch), "clock", clock_json(desk), "fire", "state", fire,
                "lines", "driver", desk->is_simulated ? "sim" : "gpiod", "chip",
                desk->settings->lines.chip, "faults", count_json(&board->line_faults),
                "access_points", points, "journal", journal_json(desk, path), "registry",
                registry_json(desk), "disk", disk_json(desk), "broker", broker_json(desk),
                "mailboxes", "recorder", (json_int_t)mailbox_refused(desk->recorder), "gate",
                (json_int_t)mailbox_refused(desk->gate), "desk",
                (json_int_t)mailbox_refused((struct mailbox *)&desk->in));
        json_object_update(status, rest);
        json_decref(rest);
        json_object_set_new(status, "overrides", overrides_json(desk->overrides));
}

void desk_add_hello(const struct desk *desk, const struct server_client *client, json_t *hello)
{
        const struct settings *settings = desk->settings;
        json_t *rest =
                json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "protocol", 1, "software",
                          STILE_VERSION, "role", client->role == SERVER_ADMIN ? "admin" : "uplink",
                          "org", settings->gate.org, "site", settings->gate.site, "gate",
                          settings->gate.id, "boot", desk->boot);
        json_object_update(hello, rest);
        json_decref(rest);
}

json_t *desk_lines(const struct desk *desk)
{
        json_t *lines = json_array();
        for (int i = 0; i < desk->plan->count; i++)
                json_array_append_new(lines,
                                      json_pack("{s:s, s:b, s:b}", "name", desk->plan->spec[i].name,
                                                "output", desk->plan->spec[i].is_output, "on",
                                                atomic_load(&desk->board->is_line_on[i])));
        return fields_ok(json_pack("{s:b, s:o}", "simulated", desk->is_simulated, "lines", lines));
}

json_t *desk_uplink_state(struct desk *desk, struct fields *fields)
{
        const char *name = fields_text(fields, "broker", 16);
        enum board_broker broker = BROKER_NO_UPLINK;
        for (size_t i = BROKER_DISCONNECTED; i < ARRAY_LEN(brokers); i++)
                if (strcmp(brokers[i], name) == 0)
                        broker = (enum board_broker)i;
        if (broker == BROKER_NO_UPLINK)
                fields_complain(fields, "broker", "no such state");
        int64_t published = fields_integer(fields, "published", 0, INT64_MAX, 0);
        int64_t in_flight = fields_integer(fields, "in_flight", 0, INT64_MAX, 0);
        if (fields->why[0] != '\0')
                return fields_error("bad_request", fields->why);
        if (broker != desk->broker)
                desk->broker_since_us = wall_us();
        const char *detail = json_string_value(json_object_get(fields->object, "detail"));
        snprintf(desk->broker_detail, sizeof(desk->broker_detail), "%s", detail ? detail : "");
        desk->broker = broker;
        desk->broker_said_ms = monotonic_ms();
        desk->published = published;
        desk->in_flight = in_flight;
        return fields_ok(NULL);
}

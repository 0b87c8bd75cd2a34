#include "controller/publish/report.h"

#include "controller/publish/thermal.h"

#include <errno.h>
#include <string.h>

void report_init(struct report *report, const struct notice_source *source, int health_s)
{
        *report = (struct report){ .source = source, .health_every_ms = (int64_t)health_s * 1000 };
}

void report_deinit(struct report *report)
{
        json_decref(report->status);
        json_decref(report->said);
        report->status = report->said = NULL;
}

void report_gate(struct report *report, json_t *status)
{
        json_decref(report->status);
        report->status = json_incref(status);
        report->is_gate_there = report->is_gate_known = true;
}

void report_no_gate(struct report *report)
{
        report->is_gate_there = false;
        report->is_gate_known = true;
}

void report_up(struct report *report)
{
        json_decref(report->said);
        report->said = NULL;
        report->is_born = false;
        report->health_ms = INT64_MIN;
}

/* Takes the data. */
static int say(const struct report *report, struct bus *bus, const char *leaf, json_t *data,
               uint64_t token)
{
        struct notice_stamp stamp;
        notice_stamp_now(&stamp);
        char *json = notice_format(report->source, leaf, &stamp, data);
        const struct notice notice = { .leaf = leaf,
                                       .json = json,
                                       .qos = strcmp(leaf, "health") == 0 ? 0 : 1,
                                       .is_retained = strcmp(leaf, "status") == 0 };
        int error = notice_publish(report->source, bus, &notice, token);
        free(json);
        return error;
}

/* What somebody may be waiting to hear, beside numbers that grow. */
static bool is_same_state(const json_t *one, const json_t *other)
{
        static const char *const names[] = { "state", "fire", "access_points" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                const json_t *left = json_object_get(one, names[i]);
                const json_t *right = json_object_get(other, names[i]);
                if ((left || right) && !json_equal(left, right))
                        return false;
        }
        return true;
}

static bool is_status_due(const struct report *report, const json_t *data, int64_t now_ms)
{
        if (!report->said || !is_same_state(report->said, data))
                return true;
        return now_ms - report->said_ms >= REPORT_STATUS_MS && !json_equal(report->said, data);
}

void report_step(struct report *report, struct bus *bus, int64_t now_ms)
{
        if (!report->is_gate_known)
                return;
        bool is_there = report->is_gate_there;
        json_t *data = notice_status_data(is_there ? "online" : "stopped",
                                          is_there ? NULL : "gate_not_running", report->status);
        if (is_status_due(report, data, now_ms) &&
            say(report, bus, "status", json_incref(data), 0) == 0) {
                json_decref(report->said);
                report->said = json_incref(data);
                report->said_ms = now_ms;
        }
        if (is_there && !report->is_born)
                report->is_born = say(report, bus, "birth", json_incref(data), 0) == 0;
        json_decref(data);
        if (!is_there || now_ms < report->health_ms)
                return;
        double celsius = 0;
        bool is_warm = thermal_read(&celsius);
        if (say(report, bus, "health",
                notice_health_data(report->status, is_warm ? &celsius : NULL), 0) == 0)
                report->health_ms = now_ms + report->health_every_ms;
}

int report_goodbye(const struct report *report, struct bus *bus, uint64_t token)
{
        return say(report, bus, "status",
                   notice_status_data("stopped", "uplink_stopped", report->status), token);
}

char *report_will(const struct notice_source *source)
{
        struct notice_stamp stamp;
        notice_stamp_now(&stamp);
        stamp.time[0] = '\0'; /* nobody knows yet when it will be said */
        return notice_format(source, "status", &stamp,
                             notice_status_data("offline", "connection_lost", NULL));
}
